//! Labelled error terms.
//!
//! A term bounds the error of every challenge of its kind: the probability that a run in which something is wrong goes on
//! with nothing wrong (spec 7.3). Challenges that are drawn together (λ with x, ρ with σ, α with β) have one term.

use crate::sizes::{LOOKUP_WIDTH, MAX_GRINDING, Sizes, bits_per_query};

/// What a term is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An error of one round; proof-of-work counted where the term says so.
    Soundness,
    /// The same without proof-of-work; shown, not counted.
    WithoutGrinding,
    /// A deviation from perfect hiding.
    Hiding,
}

/// One error term.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    pub name: &'static str,
    pub formula: &'static str,
    /// −log2 of the error.
    pub bits: f64,
    /// How often the union counts it.
    pub times: usize,
    pub kind: Kind,
}

/// All terms of one proof.
#[derive(Clone, Debug, PartialEq)]
pub struct Ledger {
    pub terms: Vec<Term>,
    /// Bits of the weakest round.
    pub round_by_round: f64,
    /// Bits of the sum over all rounds.
    pub union: f64,
    /// Bits of the weakest round without any proof-of-work.
    pub without_grinding: f64,
}

/// Computes the ledger (terms as in spec 7).
pub fn ledger(s: &Sizes) -> Ledger {
    let k = s.log2_k;
    let domain = s.log_domain as f64;
    let rounds = |count: usize| (count.max(1) as f64).log2();
    let mut terms = Vec::new();
    let mut union = 0f64;
    let mut add = |name, formula, bits: f64, times: usize, kind| {
        terms.push(Term { name, formula, bits, times, kind });
        if kind == Kind::Soundness {
            union += times as f64 * (-bits).exp2();
        }
    };
    let leaves = s.log_leaves as f64 + (LOOKUP_WIDTH + 2.0).log2();
    let tree_rounds = s.log_leaves * s.log_leaves.saturating_add(1) / 2;
    if s.log_leaves > 0 {
        let pow = f64::from(s.lookup_grinding.min(MAX_GRINDING));
        add("lookup alpha, beta", "leaves·(W+2)/|K|, with proof-of-work", k - leaves + pow, 1, Kind::Soundness);
        add("lookup alpha, beta (no proof-of-work)", "leaves·(W+2)/|K|", k - leaves, 0, Kind::WithoutGrinding);
        add("layer lambda and point", "2/|K|", k - 1.0, s.log_leaves, Kind::Soundness);
        add("poles of alpha", "leaves/|K|", k - s.log_leaves as f64, 0, Kind::Hiding);
    }
    let sumcheck_rounds = tree_rounds + s.sumcheck_rounds;
    add("sumcheck round", "3/|K|", k - 3f64.log2(), sumcheck_rounds, Kind::Soundness);
    if s.check_vars > 0 {
        add("check point", "variables/|K|", k - rounds(s.check_vars), 1, Kind::Soundness);
    }
    add("claim batching", "claims/|K|", k - rounds(s.claims), 1 + s.stages, Kind::Soundness);
    add("tensor proximity, each coordinate", "N/|K|", k - domain, s.log_columns, Kind::Soundness);
    add("mask coefficient", "N/(|K|−1)", k - domain, 1, Kind::Soundness);
    let finish = (2.0 * domain.exp2() + 2.0 + (s.checks + s.products) as f64).log2();
    add("finish lambda, x", "(2N + 2 + n_c + q)/|K|", k - finish, 1, Kind::Soundness);
    add("finish rho, sigma", "3N/(|K|−1)", k - domain - 3f64.log2(), 1, Kind::Soundness);
    let queries = s.queries as f64 * bits_per_query(s.log_blowup);
    let with = queries + f64::from(s.query_grinding.min(MAX_GRINDING));
    add("queries, with proof-of-work", "((1+rate)/2)^t · 2^−pow", with, 1, Kind::Soundness);
    add("queries (no proof-of-work)", "((1+rate)/2)^t", queries, 0, Kind::WithoutGrinding);

    let weakest = |wanted: &[Kind]| {
        terms.iter().filter(|t| wanted.contains(&t.kind)).map(|t| t.bits).fold(f64::INFINITY, f64::min)
    };
    let round_by_round = weakest(&[Kind::Soundness]);
    let without_grinding = weakest(&[Kind::Soundness, Kind::WithoutGrinding]);
    Ledger { round_by_round, union: -union.log2(), without_grinding, terms }
}
