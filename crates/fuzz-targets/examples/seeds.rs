//! Writes the honest bundles to FOLDER/bases and the targets' honest inputs to FOLDER/TARGET/NUMBER.

#[path = "../tests/common/mod.rs"]
mod common;

use affidavit_fuzz_targets::{bases::to_bytes, seeds::seeds};
use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).expect("usage: seeds FOLDER"));
    let bundles = common::bundles();
    std::fs::create_dir_all(&folder)?;
    for (number, (target, input)) in seeds(&bundles).into_iter().enumerate() {
        let folder = folder.join(target);
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(number.to_string()), input)?;
    }
    std::fs::write(folder.join("bases"), to_bytes(&bundles))
}
