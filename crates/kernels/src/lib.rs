//! affidavit-kernels
