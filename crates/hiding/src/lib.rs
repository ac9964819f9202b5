//! affidavit-hiding
