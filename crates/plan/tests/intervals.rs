//! Validation against direct evaluation: intervals hold every value, boxes are disjoint exactly if no cell is hit twice.

mod common;

use affidavit_plan::*;
use common::evaluate::{evaluate, flat, indices};
use common::{part, tensor};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

#[test]
fn random_plans_validate_and_their_values_stay_inside() {
    let (mut virtuals, mut at_the_end) = (0, 0);
    for seed in 0..300 {
        let plan = common::random::plan(seed);
        let validated = plan.validate().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert_eq!(validated.intervals().len(), plan.tensors.len());
        for draw in 0..3 {
            let values = evaluate(&plan, seed ^ (draw << 32));
            for ((values, interval), tensor) in values.iter().zip(validated.intervals()).zip(&plan.tensors) {
                let (least, greatest) = (*values.iter().min().unwrap(), *values.iter().max().unwrap());
                let name = &tensor.name;
                assert!(interval.min <= least && greatest <= interval.max, "seed {seed}, {name}: {interval:?}");
                if matches!(tensor.kind, TensorKind::Linear { .. } | TensorKind::Contract { .. }) {
                    virtuals += 1;
                    at_the_end += usize::from(least == interval.min || greatest == interval.max);
                }
            }
        }
        for (values, cells) in evaluate(&plan, seed).iter().zip(validated.all_cells()) {
            assert_eq!(values.len() as u64, *cells);
        }
        assert!(certificate_plan(&plan).validate().is_ok());
    }
    // Intervals that were merely huge would pass the test above.
    assert!(virtuals > 1000 && at_the_end * 20 > virtuals, "{at_the_end} of {virtuals}");
}

#[test]
fn sample_intervals() {
    let validated = common::sample().validate().unwrap();
    let interval = |id| validated.interval(id).map(|interval| (interval.min, interval.max)).unwrap();
    assert_eq!(interval(2), (-4 * 128 * 127, 4 * 128 * 128));
    assert_eq!(interval(4), (-4 * 128 * 127 + 5, 4 * 128 * 128 + 4 * 255 + 5));
    assert_eq!(interval(5), (-1, 3));
    assert_eq!(interval(10), (-128, 127));
    assert_eq!(interval(20), (-1, 2));
    assert_eq!(interval(21), (-256 - 1 - 128, 254 + 3 + 127));
    assert_eq!(validated.cells(0), Some(12));
    assert_eq!(validated.cells(22), None);
    assert_eq!(validated.interval(u32::MAX), None);
}

#[test]
fn a_view_includes_zero_only_where_it_is_uncovered() {
    let mut plan = common::sample();
    plan.tensors[6].kind = common::fresh(10, 17, Hint::Clamp { src: 4, shift: 8, lo: 10, hi: 17 });
    plan.tensors[10] =
        tensor("padded", true, &[2, 3], TensorKind::View { parts: vec![part(6, &[0, 0], &[2, 3], 0, &[0, 1])] });
    plan.tensors.push(tensor(
        "hole",
        true,
        &[2, 3],
        TensorKind::View { parts: vec![part(6, &[0, 0], &[1, 3], 0, &[0, 1])] },
    ));
    plan.tensors.push(tensor("empty", true, &[2], TensorKind::View { parts: vec![] }));
    plan.relations[1] = Relation::Range { tensor: 6, lo: 10, bits: 3 };
    plan.relations.remove(2);
    let validated = plan.validate().unwrap();
    assert_eq!(validated.interval(10), Some(Interval { min: 10, max: 17 }));
    assert_eq!(validated.interval(22), Some(Interval { min: 0, max: 17 }));
    assert_eq!(validated.interval(23), Some(Interval { min: 0, max: 0 }));
}

#[test]
fn overlap_agrees_with_marking_cells() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let dims = [4, 5, 3];
    let (mut disjoint, mut overlapping) = (0, 0);
    for _ in 0..2000 {
        let parts: Vec<ViewPart> = (0..2 + rng.next_u32() % 3)
            .map(|_| {
                let offset: Vec<u32> = dims.iter().map(|dim| rng.next_u32() % dim).collect();
                let shape: Vec<u32> =
                    dims.iter().zip(&offset).map(|(dim, at)| 1 + rng.next_u32() % (dim - at).min(2)).collect();
                part(6, &offset, &shape, 0, &[0, 0, 0])
            })
            .collect();
        let mut hits = vec![0; 60];
        for part in &parts {
            for o in indices(&part.box_shape) {
                let at: Vec<u32> = part.box_offset.iter().zip(&o).map(|(b, o)| b + o).collect();
                hits[flat(&at, &dims)] += 1;
            }
        }
        let mut plan = common::sample();
        plan.tensors.push(tensor("boxes", true, &dims, TensorKind::View { parts }));
        let expected = if hits.iter().any(|count| *count > 1) {
            overlapping += 1;
            Some(Rule::BoxOverlap)
        } else {
            disjoint += 1;
            None
        };
        assert_eq!(plan.validate().err().map(|error| error.rule), expected);
    }
    assert!(disjoint > 200 && overlapping > 200, "{disjoint} {overlapping}");
}
