//! The sizes of spec 7.9 are those of real plans (`plans/README.md`), as prover and verifier count them.

mod common;

use affidavit_algebra::{FieldPair, GoldilocksPair};
use affidavit_plan::*;
use affidavit_protocol::{Session, count};
use affidavit_prover::model_shape;
use affidavit_relations::layout::place_checked;
use affidavit_soundness::{Sizes, TARGET_BITS, ledger};
use common::{page::table, sizes};

type P = GoldilocksPair;

const CREDIT: &[u8] = include_bytes!("plans/credit.plan");
const DEEP: &[u8] = include_bytes!("plans/deep.plan");
/// Uses of the model commitments, as in the benchmark.
const USES: usize = 16;

/// What a proof is about, with a commitment of the right shape to nothing: sizes depend on no secret.
struct Case {
    plan: Plan,
    model: Commitment,
}

impl Case {
    fn new(bytes: &[u8]) -> Self {
        let plan = Plan::decode(bytes).unwrap();
        let (shape, columns) = model_shape::<P>(&plan, USES).unwrap();
        let model = Commitment {
            role: Role::Model,
            field: plan.field,
            subject: plan.digest(),
            log_rows: shape.log_rows as u8,
            log_blowup: shape.log_blowup as u8,
            columns: columns as u32,
            queries: shape.queries as u16,
            grinding: shape.grinding,
            pads: shape.pads as u32,
            batch: 0,
            root: [0; 32],
        };
        Self { plan, model }
    }

    fn statement(&self, purpose: Purpose, batch: usize) -> Statement {
        Statement {
            protocol: 1,
            purpose,
            plan: self.plan.digest(),
            layout: [0; 32],
            batch: batch as u32,
            model: self.model.digest(),
            input_commitment: None,
            inputs: vec![],
            outputs: vec![],
            context: Context { nonce: vec![], policy: String::new(), time: 0 },
        }
    }

    fn sizes(&self, statement: &Statement, input: Option<&Commitment>) -> Sizes {
        let input = input.map(Commitment::encode);
        let session =
            Session::open(&self.plan.encode(), &statement.encode(), &self.model.encode(), input.as_deref(), false)
                .unwrap();
        let counted = count::<P>(&session.circuit, &session.layout).unwrap();
        session.sizes::<P>(&counted.counts, counted.checks, counted.pairs.len())
    }

    fn certificate(&self) -> Sizes {
        self.sizes(&self.statement(Purpose::Certificate, 1), None)
    }

    /// About a committed table of `batch` rows.
    fn inference(&self, batch: usize, output: impl Fn(&[Interval]) -> OutputClaim) -> Sizes {
        let schema = schema_of(&self.plan, &self.model).unwrap();
        let dims = |shape: &[u32]| core::iter::once(batch).chain(shape.iter().map(|&d| d as usize)).collect();
        let shapes: Vec<(usize, Vec<usize>)> = schema.inputs.iter().map(|i| dims(&i.shape)).enumerate().collect();
        let layout = place_checked(&shapes, usize::from(schema.log_rows), schema.pads as usize).unwrap();
        let input = Commitment {
            role: Role::Input,
            subject: schema.digest(),
            columns: layout.columns as u32,
            batch: batch as u32,
            ..self.model.clone()
        };
        let mut statement = self.statement(Purpose::Inference, batch);
        statement.inputs = vec![InputClaim::Committed; self.plan.inputs.len()];
        statement.outputs = vec![output(self.plan.validate().unwrap().intervals())];
        statement.input_commitment = Some(CommittedInput {
            commitment: input.digest(),
            schema: schema.digest(),
            issuer: None,
            records: vec![],
            expiry: 0,
        });
        self.sizes(&statement, Some(&input))
    }

    /// A renewal: for each Model tensor the old, the new and their difference, which is zero; no lookups, no products.
    ///
    /// Written from spec 6.2 and 6.8: two claims a tensor, one check a tensor, and the rows of claim batching and of the
    /// opening. The new commitment has as many pads and so as many columns; the fresh oracle holds one column of pads.
    fn renewal(&self) -> Sizes {
        let dims: Vec<&Vec<u32>> =
            self.plan.tensors.iter().filter(|t| matches!(t.kind, TensorKind::Model { .. })).map(|t| &t.dims).collect();
        let vars = |d: &Vec<u32>| d.iter().map(|&x| x.next_power_of_two().trailing_zeros() as usize).sum::<usize>();
        let columns = 2 * self.model.columns as usize + 1;
        let log_columns = columns.next_power_of_two().trailing_zeros() as usize;
        let log_rows = usize::from(self.model.log_rows);
        Sizes {
            log2_k: P::LOG2_K,
            log_leaves: 0,
            log_domain: log_rows + 2,
            log_blowup: 2,
            log_columns,
            check_vars: dims.iter().map(|d| vars(d)).max().unwrap(),
            claims: 2 * dims.len(),
            stages: 0,
            sumcheck_rounds: log_columns + log_rows,
            checks: dims.len() + 2,
            products: 0,
            queries: usize::from(self.model.queries),
            query_grinding: self.model.grinding,
            lookup_grinding: 0,
        }
    }
}

/// "probabilities\[1\] ≥ the middle of its interval", false in the first row and true in the others.
fn threshold(case: &Case, batch: usize) -> impl Fn(&[Interval]) -> OutputClaim {
    let output = case.plan.outputs.iter().position(|o| o.name == "probabilities").unwrap();
    let (tensor, scale) = (case.plan.outputs[output].tensor as usize, case.plan.outputs[output].scale);
    let outcomes: Vec<bool> = (0..batch).map(|row| row > 0).collect();
    move |intervals| OutputClaim::AtLeast {
        output: output as u16,
        cell: 1,
        threshold: ((intervals[tensor].min + intervals[tensor].max) / 2) as i64,
        scale,
        outcomes: outcomes.clone(),
    }
}

/// A certificate's counts by hand, from spec 6.2 and 6.8: each level of the tree has one row and three products, the root
/// three rows and four products; two rows for the leaves, one for claim batching, one for the opening. A tensor whose range
/// has more bits than the table adds a limb for each further width, and the table its multiplicities: one claim each.
#[test]
fn certificates_have_the_counts_of_the_page_of_the_protocol() {
    for (case, range_bits) in [(Case::new(CREDIT), 8u32), (Case::new(DEEP), 16)] {
        let s = case.certificate();
        assert_eq!(s.checks, (s.log_leaves - 1) + 3 + 2 + 2);
        assert_eq!(s.products, 3 * (s.log_leaves - 1) + 4);
        assert_eq!((s.stages, s.check_vars), (0, 0));
        assert_eq!(s.sumcheck_rounds, s.log_columns + usize::from(case.model.log_rows));
        let limbs = case.plan.tensors.iter().filter_map(|t| match t.kind {
            TensorKind::Model { lo, hi } => Some(((hi - lo + 1).ilog2()).div_ceil(range_bits) as usize),
            _ => None,
        });
        assert_eq!(s.claims, limbs.sum::<usize>() + 1);
    }
}

/// The dry run of a renewal has the counts worked out by hand.
#[test]
fn renewals_have_the_counts_of_the_page_of_the_protocol() {
    for case in [Case::new(CREDIT), Case::new(DEEP)] {
        let new = Commitment { root: [1; 32], ..case.model.clone() };
        let statement = case.statement(Purpose::Renewal { renewed: new.digest() }, 1);
        assert_eq!(case.sizes(&statement, Some(&new)), case.renewal());
    }
}

#[test]
fn the_page_shows_the_sizes_of_real_plans() {
    let (credit, deep) = (Case::new(CREDIT), Case::new(DEEP));
    let public = |_: &[Interval]| OutputClaim::Public { output: 0, values: vec![0; 10] };
    let real = [
        ("credit, certificate", credit.certificate()),
        ("credit, 1 row", credit.inference(1, threshold(&credit, 1))),
        ("credit, 1,000 rows", credit.inference(1000, threshold(&credit, 1000))),
        ("credit, renewal", credit.renewal()),
        ("14 layers, certificate", deep.certificate()),
        ("14 layers, 1 row", deep.inference(1, public)),
        ("14 layers, renewal", deep.renewal()),
    ];
    let page = table("size");
    let mut wrong = vec![];
    for (name, s) in &real {
        let column = page.columns.iter().position(|c| c == name).unwrap_or_else(|| panic!("no column {name}"));
        for (row, value) in sizes::named(s) {
            if page.number(row, column) != Some(value) {
                wrong.push(format!("{row} | {name} | page {} | plan {value}", page.rows[row][column]));
            }
        }
        assert!(ledger(s).round_by_round >= TARGET_BITS, "{name}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
