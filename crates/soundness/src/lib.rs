//! affidavit-soundness
