//! The tables of spec 7, read from the page itself.

use std::collections::BTreeMap;

const PAGE: &str = include_str!("../../../../spec/07-soundness.md");

/// A table's cells by row name, in the order of its columns.
pub struct Table {
    pub columns: Vec<String>,
    pub rows: BTreeMap<String, Vec<String>>,
}

/// The table whose header starts with this cell.
pub fn table(first: &str) -> Table {
    let cells = |line: &str| -> Vec<String> {
        let inner = line.trim().trim_start_matches('|').trim_end_matches('|').replace("\\|", "\u{1}");
        inner.split('|').map(|c| c.trim().replace('\u{1}', "|")).collect()
    };
    let mut lines = PAGE.lines().skip_while(|l| !l.starts_with('|') || cells(l)[0] != first);
    let columns = cells(lines.next().expect("the page has this table"))[1..].to_vec();
    // The line of dashes, then rows up to the first line that is none.
    let rows = lines.skip(1).take_while(|l| l.starts_with('|')).map(cells);
    let rows = rows.map(|r| (r[0].clone(), r[1..].to_vec())).collect();
    Table { columns, rows }
}

impl Table {
    /// A cell as a number; None for a dash.
    pub fn number(&self, row: &str, column: usize) -> Option<f64> {
        let cell = &self.rows.get(row).unwrap_or_else(|| panic!("no row {row}"))[column];
        (cell != "–").then(|| cell.replace(',', "").parse().unwrap_or_else(|_| panic!("{row}: {cell}")))
    }
}
