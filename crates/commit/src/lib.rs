//! affidavit-commit
