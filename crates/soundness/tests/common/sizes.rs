//! Sizes as the page writes them.
#![allow(dead_code, reason = "each test uses one direction")]

use super::page::Table;
use affidavit_soundness::Sizes;

/// Row of the sizes table and the value of these sizes in it.
pub fn named(s: &Sizes) -> [(&'static str, f64); 13] {
    [
        ("log2 |K|", s.log2_k),
        ("L", s.log_leaves as f64),
        ("log2 N", s.log_domain as f64),
        ("c", s.log_columns as f64),
        ("check variables", s.check_vars as f64),
        ("claims", s.claims as f64),
        ("stages", s.stages as f64),
        ("rounds", s.sumcheck_rounds as f64),
        ("n_c", s.checks as f64),
        ("q", s.products as f64),
        ("t", s.queries as f64),
        ("grinding", f64::from(s.query_grinding)),
        ("pow_L", f64::from(s.lookup_grinding)),
    ]
}

/// The sizes of a column of the page's table.
pub fn read(table: &Table, column: usize) -> Sizes {
    let cell = |row: &str| table.number(row, column).unwrap_or_else(|| panic!("{row} has no number"));
    let count = |row: &str| cell(row) as usize;
    Sizes {
        log2_k: cell("log2 |K|"),
        log_leaves: count("L"),
        log_domain: count("log2 N"),
        log_blowup: 2,
        log_columns: count("c"),
        check_vars: count("check variables"),
        claims: count("claims"),
        stages: count("stages"),
        sumcheck_rounds: count("rounds"),
        checks: count("n_c"),
        products: count("q"),
        queries: count("t"),
        query_grinding: count("grinding") as u8,
        lookup_grinding: count("pow_L") as u8,
    }
}
