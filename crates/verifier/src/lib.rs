//! affidavit-verifier
