//! Review: cells of a committed tensor outside its real shape must be zero, whoever fills the columns.

use crate::common::{Toy, statement};
use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_commit::{CodeShape, Encoded};
use affidavit_plan::*;
use affidavit_protocol::Session;
use affidavit_prover::{Persistent, commit_model, replay};
use affidavit_relations::placement::for_each_cell;
use affidavit_verifier::verify;
use p3_field::PrimeCharacteristicRing;
use std::collections::BTreeMap;

/// An axis whose packing rounds up to 16: one stored cell is outside the tensor.
const N: u32 = 15;
const PADDED: usize = 16;

fn tensor(name: &str, batched: bool, dims: &[u32], kind: TensorKind) -> Tensor {
    Tensor { name: name.into(), batched, dims: dims.to_vec(), scale: 0, kind }
}

/// y = x + Σ_j w_j·v_j with hidden weights w, v of 15 cells.
fn plan(field: FieldId) -> Plan {
    let weight = TensorKind::Model { lo: -128, hi: 127 };
    let sum = TensorKind::Contract { out: vec![], a: 0, a_labels: vec![0], b: Some(1), b_labels: vec![0] };
    let port = |name: &str, tensor| Port { name: name.into(), tensor, shape: vec![1], scale: 0 };
    Plan {
        field,
        name: "padding".into(),
        tables: vec![],
        tensors: vec![
            tensor("w", false, &[N], weight.clone()),
            tensor("v", false, &[N], weight),
            tensor("x", true, &[1], TensorKind::Input { lo: 0, hi: 255, index: 0 }),
            tensor("s", false, &[], sum),
            tensor("y", true, &[1], TensorKind::Linear { terms: vec![(1, 2), (1, 3)], constant: 0 }),
        ],
        relations: vec![Relation::Range { tensor: 2, lo: 0, bits: 8 }],
        inputs: vec![port("x", 2)],
        outputs: vec![port("y", 4)],
    }
}

fn open(toy: &Toy, s: &mut Statement, model: &Commitment) -> Session {
    let open =
        |s: &Statement, check| Session::open(&toy.plan.encode(), &s.encode(), &model.encode(), None, check).unwrap();
    s.layout = open(s, false).layout.digest;
    open(s, true)
}

/// The weights are all zero, so y = x. A dishonest owner stores 77 and 1 in the cells behind the 15 real ones.
fn false_output_is_refused<P: FieldPair>(field: FieldId) {
    let x = vec![5i64];
    let lie = vec![5 + 77];
    let plan = plan(field);
    plan.validate().unwrap();
    let zeros = vec![vec![0i64; N as usize]; 2];
    let honest = commit_model::<P>(&plan, &zeros, 2, [7; 32]).unwrap();
    let toy = Toy { plan, model: vec![], witness: BTreeMap::new(), batch: 1 };

    let claim = |values: &[i64]| vec![OutputClaim::Public { output: 0, values: values.to_vec() }];
    let public = InputClaim::Public { values: x.clone() };
    let mut s = statement(&toy, &honest.commitment, public.clone(), claim(&lie));
    let session = open(&toy, &mut s, &honest.commitment);

    // The same columns, but for the one stored cell of w and of v that lies outside of the tensor.
    let garbage = [P::F::from_i64(77), P::F::ONE];
    let mut columns = honest.columns.clone();
    let mut tensors = vec![P::F::zero_vec(PADDED); 2];
    for chunk in &session.layout.model.chunks {
        for_each_cell(chunk, &[PADDED], |cell, flat| {
            if flat >= N as usize && flat < PADDED {
                columns[chunk.column][chunk.offset + cell] = garbage[chunk.tensor];
                tensors[chunk.tensor][flat] = garbage[chunk.tensor];
            }
        });
    }
    let code = CodeShape { log_rows: session.layout.shape.log_rows, log_blowup: session.layout.shape.log_blowup };
    let encoded = Encoded::<P>::commit(&columns, code, [3; 32]).unwrap();
    let mut commitment = honest.commitment.clone();
    commitment.root = encoded.root();
    let evil = Persistent::<P> { commitment: commitment.clone(), tensors, columns, encoded, secret: [1; 32] };

    let mut s = statement(&toy, &commitment, public, claim(&lie));
    let mut session = open(&toy, &mut s, &commitment);
    // The dishonest prover's view: both tensors have 16 cells. Points, layout and messages are the verifier's.
    for id in [0, 1] {
        session.circuit.tensors[id].dims = vec![PADDED];
    }
    let scalar = [77i64];
    let witness: BTreeMap<usize, &[i64]> = [(2, x.as_slice()), (3, scalar.as_slice())].into();
    let (proof, _) = replay::<P>(&session, &evil, None, &witness, b"entropy").unwrap();
    let result = verify(&toy.plan.encode(), &s.encode(), &commitment.encode(), None, &proof.bytes, 128.0);
    let refusal = result.err().map(|error| error.code());
    assert_eq!(refusal, Some("finish"), "y = x + 0 was proven to be x + 77 by cells outside of the weights' shape");
}

#[test]
fn hole_cells_outside_the_shape_must_not_count_koalabear() {
    false_output_is_refused::<KoalaBearPair>(FieldId::KoalaBear);
}

#[test]
fn hole_cells_outside_the_shape_must_not_count_goldilocks() {
    false_output_is_refused::<GoldilocksPair>(FieldId::Goldilocks);
}
