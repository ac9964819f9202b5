//! affidavit-relations
