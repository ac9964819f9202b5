//! A whole inference with every kind of tensor, relation, predicate and input: committed inputs, all claims on outputs
//! that leave the witness some freedom.

use super::chain::{Chain, Flaw, Keep, Link};
use super::circuits::positions;
use super::harness::Words;
use super::relations;
use super::span::Span;
use crate::common::bundle::World;
use crate::common::evaluate::evaluate;
use crate::common::zoo::zoo;
use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_hiding::FinishDomain;
use affidavit_hiding::TwoAdicDomain;
use affidavit_plan::{FieldId, OutputClaim, Statement, TensorKind};
use affidavit_relations::{Kind, Oracle};
use p3_field::PrimeCharacteristicRing;
use std::collections::BTreeSet;

/// The zoo's proof as a chain, and honest witnesses: every free cell moved by one either way where the claims allow it.
fn zoo_chain<P: FieldPair>(field: FieldId, log_rows: usize, queries: usize) -> (Chain, Vec<Vec<i64>>) {
    let world = World::<P>::new(zoo(field, 1));
    let cell = 1;
    let outputs = vec![
        OutputClaim::AtLeast { output: 2, cell, threshold: -400, scale: 0, outcomes: vec![true] },
        OutputClaim::AtMost { output: 2, cell, threshold: -300, scale: 0, outcomes: vec![false] },
        OutputClaim::Between { output: 0, cell, low: -1, high: 100, scale: 0, outcomes: vec![true] },
        OutputClaim::Between { output: 2, cell, low: 300, high: 400, scale: 0, outcomes: vec![false] },
        OutputClaim::TopK { output: 0, cell, k: 4, outcomes: vec![true] },
    ];
    let (_, session) = world.seal(Statement { outputs, ..world.full() });
    let circuit = session.circuit;
    let mut free: Vec<i64> = Vec::new();
    let mut ranges = Vec::new();
    let mut keep = |oracle, cells: &[Vec<i64>]| {
        let tensors = circuit.tensors.iter().filter(|t| t.kind == Kind::Committed(oracle)).zip(cells);
        let tensors = tensors.map(|(tensor, cells)| {
            let start = free.len();
            free.extend(cells);
            (tensor.dims.clone(), start..free.len())
        });
        Keep { tensors: tensors.collect(), pads: queries }
    };
    let keeps = vec![keep(Oracle::Model, &world.zoo.model), keep(Oracle::Input, &world.zoo.inputs)];
    let plan = world.zoo.plan.clone();
    for wanted in [false, true] {
        for tensor in &plan.tensors {
            let cells = tensor.dims.iter().product::<u32>() as usize;
            match tensor.kind {
                TensorKind::Model { lo, hi } if !wanted => ranges.extend(vec![(lo, hi); cells]),
                TensorKind::Input { lo, hi, .. } if wanted => ranges.extend(vec![(lo, hi); cells]),
                _ => {}
            }
        }
    }
    assert_eq!(free.len(), ranges.len());
    let sizes: Vec<usize> = keeps.iter().flat_map(|k| k.tensors.iter().map(|t| t.1.len())).collect();
    let models = world.zoo.model.len();
    let given = move |free: &[i64]| {
        let mut rest = free;
        let mut tensors: Vec<Vec<i64>> = sizes
            .iter()
            .map(|&n| {
                let (head, tail) = rest.split_at(n);
                rest = tail;
                head.to_vec()
            })
            .collect();
        let inputs = tensors.split_off(models);
        evaluate(&plan, &tensors, &inputs, 1, &|_, _| {})
    };
    let link = Link {
        circuit,
        model: 0,
        input: Some(1),
        given: Box::new(given),
        positions: positions(0, queries, 4 << log_rows),
        seed: 31,
    };
    let chain = Chain { log_rows, queries, keeps, links: vec![link], flaw: Flaw::None };
    let mut list = vec![free.clone()];
    let mut moved_cells = BTreeSet::new();
    let none = chain.no_draws(&chain.links[0]);
    let mut try_one = |w: Vec<i64>| {
        let honest = chain.sent::<P>(0, &w, &chain.no_pads::<P>(), &none).violated.is_empty();
        if honest {
            list.push(w);
        }
        honest
    };
    for i in 0..free.len() {
        for step in [-1, 1] {
            let mut w = free.clone();
            w[i] = (w[i] + step).clamp(ranges[i].0, ranges[i].1);
            if w[i] != free[i] && try_one(w) {
                moved_cells.insert(i);
            }
        }
    }
    let mut words = Words(3);
    let mut random = 0;
    for _ in 0..20 {
        let span = |&(lo, hi): &(i64, i64)| lo + (words.next() % (hi - lo + 1) as u64) as i64;
        random += usize::from(try_one(ranges.iter().map(span).collect()));
    }
    assert!(moved_cells.len() == free.len() && random > 3, "{} of {}, {random}", moved_cells.len(), free.len());
    (chain, list)
}

fn exact<P: FieldPair>(field: FieldId, log_rows: usize, queries: usize) {
    let (chain, witnesses) = zoo_chain::<P>(field, log_rows, queries);
    chain.assert_affine::<P>([&witnesses[0], &witnesses[witnesses.len() - 1]]);
    let image = chain.image::<P>(&witnesses[0]);
    assert_eq!(image.rank(), chain.simulated_rank::<P>());
    assert!(chain.hides(&image, &witnesses));
}

#[test]
fn a_whole_inference_hides_over_koalabear() {
    exact::<KoalaBearPair>(FieldId::KoalaBear, 10, 2);
}

/// The product's own parameters: columns of 2^12 cells, 166 opened rows.
#[test]
#[ignore = "minutes; part of the full tier"]
fn a_whole_inference_hides_at_the_products_own_size() {
    exact::<KoalaBearPair>(FieldId::KoalaBear, 12, 166);
}

#[test]
fn a_whole_inference_hides_over_goldilocks() {
    exact::<GoldilocksPair>(FieldId::Goldilocks, 10, 2);
}

/// S ↦ Φ reaches every polynomial of degree ≤ 2n − 2 that vanishes at the products' points, and no other, so Φ is uniform
/// there whatever everything else is. (That the opened R_× follows, the harness checks in every proof.)
fn covers<P: FieldPair>() {
    for (name, chain, cells, _) in relations::all() {
        let free = vec![1; cells];
        let mut words = Words(6);
        let (pads, mut draws) = chain.random::<P>(&mut words);
        let mut draws = draws.remove(0);
        let sent = chain.sent(0, &free, &pads, &draws);
        let (shape, total) = (sent.shape.clone(), draws.finish.len());
        let count = shape.product_len() - shape.products();
        let domain = TwoAdicDomain::<P>::new(chain.log_rows, 2).unwrap();
        let vanishes =
            |phi: &[P::K]| domain.message_values(shape.n(), phi)[..shape.products()].iter().all(|&v| v == P::K::ZERO);
        assert!(vanishes(&sent.response.phi), "{name}");
        let mut span = Span::new();
        for i in total - count..total {
            draws.finish[i] += P::K::ONE;
            let moved = chain.sent(0, &free, &pads, &draws);
            draws.finish[i] -= P::K::ONE;
            assert!(vanishes(&moved.response.phi), "{name}");
            assert!(moved.u == sent.u && moved.beta == sent.beta, "{name}: S reaches Φ and R_× alone");
            assert!(moved.response.x_h == sent.response.x_h && moved.response.x_y == sent.response.x_y, "{name}");
            assert!(moved.base_rows == sent.base_rows, "{name}");
            for (a, b) in moved.extension_rows.iter().zip(&sent.extension_rows) {
                assert!(a[..a.len() - 1] == b[..b.len() - 1], "{name}");
            }
            span.insert(moved.response.phi.iter().zip(&sent.response.phi).map(|(&a, &b)| a - b).collect());
        }
        assert_eq!(span.rank(), count, "{name}");
    }
}

#[test]
fn the_product_mask_covers_its_space() {
    covers::<KoalaBearPair>();
    covers::<GoldilocksPair>();
}
