//! The worked numbers of spec 7.9: the page, the ledger and the formulas worked out here agree.

mod common;

use affidavit_soundness::{Kind, Sizes, ledger, lookup_grinding, queries};
use common::{page::table, sizes};

/// A challenge's error worked out from the field's and the code's exact sizes: (row of the page, bits, times).
///
/// Written from the theorems and not from the ledger: |K| is p^D and not the page's rounded logarithm, challenges that are
/// not zero come from |K| − 1 values (the difference is far below what a double shows), and a position agrees with a
/// word that is more than e rows away from the code in at most N − e − 1 rows.
fn exact(s: &Sizes) -> Vec<(&'static str, f64, f64)> {
    let (p, degree) = if s.log2_k < 160.0 { (2f64.powi(31) - 2f64.powi(24) + 1.0, 5.0) } else { (2f64.powi(64), 3.0) };
    // 2^64 − 2^32 + 1 is 2^64·(1 − 2^-32 + 2^-64).
    let correction = if degree == 3.0 { (-(2f64.powi(-32))).ln_1p() } else { 0.0 };
    let k = degree * (p.ln() + correction) / 2f64.ln();
    let of = |count: f64| k - count.log2();
    let (n, dimension) = (1u64 << s.log_domain, 1u64 << (s.log_domain - s.log_blowup));
    let e = (n - dimension) / 2;
    let agreement = (n - e - 1) as f64 / n as f64;
    let queries = -(s.queries as f64) * agreement.log2();
    let n = n as f64;
    let mut all = vec![];
    if s.log_leaves > 0 {
        let leaves = 2f64.powi(s.log_leaves as i32);
        // At most leaves − 1 roots in α and 2(leaves − 1) in β (the page's lemma); the ledger counts 5·leaves.
        all.push(("lookup alpha, beta", of(3.0 * (leaves - 1.0)) + f64::from(s.lookup_grinding), 1.0));
        all.push(("lookup alpha, beta (no proof-of-work)", of(3.0 * (leaves - 1.0)), 0.0));
        all.push(("layer lambda and point", of(1.0), s.log_leaves as f64));
        all.push(("poles of alpha", of(leaves), 0.0));
    }
    let layers: usize = (1..s.log_leaves).sum();
    all.push(("sumcheck round", of(3.0), (layers + s.sumcheck_rounds) as f64));
    if s.check_vars > 0 {
        all.push(("check point", of(s.check_vars as f64), 1.0));
    }
    all.push(("claim batching", of((s.claims.max(2) - 1) as f64), (1 + s.stages) as f64));
    all.push(("tensor proximity, each coordinate", of(n), s.log_columns as f64));
    all.push(("mask coefficient", of(n), 1.0));
    let rows = (s.checks + s.products) as f64;
    all.push(("finish lambda, x", of((2.0 * n).max(rows - 1.0).max(2.0)), 1.0));
    all.push(("finish rho, sigma", of(n), 1.0));
    all.push(("queries, with proof-of-work", queries + f64::from(s.query_grinding), 1.0));
    all.push(("queries (no proof-of-work)", queries, 0.0));
    all
}

/// The factor by which the ledger is above the exact error, where it is on purpose.
fn slack(row: &str) -> f64 {
    match row {
        // (W + 2)·leaves for 3·(leaves − 1); both challenges together; the sum over the three lines; claims for claims − 1
        // and 2N + 2 + n_c + q for the largest of 2N, 2 and n_c + q − 1.
        "lookup alpha, beta" | "lookup alpha, beta (no proof-of-work)" => 5.01 / 3.0,
        "layer lambda and point" => 2.0,
        "finish rho, sigma" => 3.0,
        "claim batching" => 2.0,
        "finish lambda, x" => 1.6,
        _ => 1.0,
    }
}

/// No term of the ledger is better than the theorems, and none is worse than the slack that is meant.
#[test]
fn the_ledger_never_overstates() {
    let page = table("size");
    for column in 0..page.columns.len() {
        let s = sizes::read(&page, column);
        let l = ledger(&s);
        let exact = exact(&s);
        assert_eq!(l.terms.len(), exact.len(), "{}: the same terms", page.columns[column]);
        for (row, bits, _) in &exact {
            let term = l.terms.iter().find(|t| t.name == *row).unwrap_or_else(|| panic!("no term {row}"));
            let name = format!("{} in {}: ledger {}, exact {bits}", row, page.columns[column], term.bits);
            assert!(term.bits <= bits + 1e-9, "{name}");
            // 0.03: |K| is rounded down in the ledger, by 0.01 bits in Goldilocks, and N − e − 1 rows up to N − e.
            assert!(term.bits >= bits - slack(row).log2() - 0.03, "{name}");
        }
        let sum: f64 = exact.iter().map(|(_, bits, times)| times * (-bits).exp2()).sum();
        assert!(l.union <= -sum.log2() + 1e-9, "{}: union {} exact {}", page.columns[column], l.union, -sum.log2());
        let counted = exact.iter().filter(|(row, _, times)| *times > 0.0 && *row != "poles of alpha");
        let least = counted.map(|(_, bits, _)| *bits).fold(f64::INFINITY, f64::min);
        assert!(l.round_by_round <= least + 1e-9 && l.round_by_round > least - 1.0);
        assert!(l.union <= l.round_by_round && l.without_grinding <= l.round_by_round);
    }
}

/// The page's numbers are the ledger's, to the two decimals that it shows; and it shows every term.
#[test]
fn the_page_shows_the_ledger() {
    let (page, bits) = (table("size"), table("bits"));
    assert_eq!(page.columns, bits.columns);
    let mut wrong = vec![];
    for column in 0..page.columns.len() {
        let l = ledger(&sizes::read(&page, column));
        let mut shown = vec![
            ("**proven**".to_owned(), l.round_by_round),
            ("union".to_owned(), l.union),
            ("proven without proof-of-work".to_owned(), l.without_grinding),
        ];
        shown.extend(l.terms.iter().map(|t| (t.name.to_owned(), t.bits)));
        for row in bits.rows.keys() {
            let ledger = shown.iter().find(|(name, _)| name == row).map(|(_, bits)| *bits);
            let same = match (bits.number(row, column), ledger) {
                (Some(a), Some(b)) => (a - b).abs() < 0.00501,
                (a, b) => a.is_none() && b.is_none(),
            };
            if !same {
                wrong.push(format!(
                    "{row} | {} | page {:?} | ledger {ledger:.2?}",
                    page.columns[column], bits.rows[row][column]
                ));
            }
        }
        for (name, _) in &shown {
            assert!(bits.rows.contains_key(name), "the page does not show {name}");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The ledger's table of formulas names every term with its kind of count.
#[test]
fn the_page_explains_every_term() {
    let terms = table("term");
    let page = table("size");
    for column in 0..page.columns.len() {
        for term in ledger(&sizes::read(&page, column)).terms {
            if term.kind == Kind::Soundness {
                assert!(terms.rows.contains_key(term.name), "7.2 has no row {}", term.name);
                assert!(term.times > 0 || term.name == "tensor proximity, each coordinate");
            }
        }
    }
}

/// Positions and proof-of-work are those that reach the target.
#[test]
fn parameters_reach_the_target() {
    assert_eq!((queries(2, 16), queries(2, 20)), (166, 160));
    for (log_leaves, bits) in [(1, 0), (24, 0), (25, 1), (26, 2), (27, 3)] {
        assert_eq!(lookup_grinding(log_leaves, 154.94), bits);
        assert_eq!(lookup_grinding(log_leaves, 191.99), 0);
        let error = 154.94 - (5.0 * 2f64.powi(log_leaves as i32)).log2() + f64::from(bits);
        assert!(error >= 128.0 && (bits == 0 || error - 1.0 < 128.0), "{log_leaves}: {error}");
    }
}
