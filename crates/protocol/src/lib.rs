//! affidavit-protocol
