//! Counts that the bytes cannot justify are refused before memory is reserved. One test alone in its process: threads
//! reserve address space of their own.
#![cfg(target_os = "linux")]

mod common;

use affidavit_plan::*;

/// Peak of the process's address space in KiB: a reservation shows here even if no page of it is touched.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmPeak:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn huge_counts_reserve_nothing() {
    let plan = common::sample().encode();
    let statement = common::committed_statement().encode();
    let public = common::statement().encode();
    let before = peak();
    let mut refused = 0;
    for bytes in [&plan, &statement, &public] {
        for at in 0..bytes.len() - 4 {
            for count in [u32::MAX, 0x0fff_ffff, 0x000f_ffff, 0x0001_0000] {
                let mut changed = bytes.clone();
                changed[at..at + 4].copy_from_slice(&count.to_le_bytes());
                refused += usize::from(Plan::decode(&changed).is_err() && Statement::decode(&changed).is_err());
            }
        }
    }
    assert!(refused > 1000);
    assert!(peak() - before < 8 * 1024, "{} KiB more", peak() - before);
}
