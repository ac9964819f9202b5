//! affidavit-transcript
