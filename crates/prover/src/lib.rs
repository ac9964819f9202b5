//! affidavit-prover
