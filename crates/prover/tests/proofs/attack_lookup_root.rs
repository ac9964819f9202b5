//! Attack: a fraction tree whose root is 0/0 (zksync-airbender #365: the sum was compared with zero, the denominator was not).
//! Every relation between numerators and denominators holds of zeros, whatever the lookups are.

use crate::common::bundle::World;
use crate::common::case::{Case, Names, names};
use crate::common::zoo::{A, N, Q, Y, zoo};
use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_plan::FieldId;
use affidavit_prover::Deviation;
use p3_field::PrimeCharacteristicRing;

/// Sends zero for every scalar of these labels.
struct Zeros(&'static [&'static str]);

impl<P: FieldPair> Deviation<P> for Zeros {
    fn scalar(&mut self, _: usize, label: &'static str, value: P::K) -> P::K {
        if self.0.contains(&label) { P::K::ZERO } else { value }
    }
}

const TREE: [&str; 5] = ["root fraction", "root denominator", "root inverse", "layer round", "layer end"];

fn zero_tree<P: FieldPair>(field: FieldId) {
    let world = World::<P>::new(zoo(field, 2));
    let case = Case::new(&world, world.plain());
    let honest = world.zoo.witness();
    // False lookups, which an honest sum names.
    let false_table = world.zoo.changed(&|id, cells| {
        if id == Y {
            cells[0] += 1
        }
    });
    let false_range = world.zoo.changed(&|id, cells| {
        if id == Q || id == A || id == N {
            cells[0] += i64::from(id == Q)
        }
    });
    let (broken, _) = case.run(&false_table, &mut Zeros(&[]));
    assert!(broken.contains("lookup sum"), "{broken:?}");
    for witness in [&honest, &false_table, &false_range] {
        // All of the tree: the sum is zero, products and layers agree; only the inverse does not exist, and at the leaves
        // the numerators and denominators of the real cells are not zero.
        let (broken, refused) = case.run(witness, &mut Zeros(&TREE));
        let tree: Names = broken.into_iter().filter(|name| name.starts_with("lookup")).collect();
        assert_eq!(tree, names(&["lookup root inverse", "lookup numerators", "lookup denominators"]));
        assert_eq!(refused, Some("finish"));
        // The root alone: the inverse again, and the first layer below it.
        let (broken, refused) = case.run(witness, &mut Zeros(&TREE[..3]));
        let tree: Names = broken.into_iter().filter(|name| name.starts_with("lookup")).collect();
        assert_eq!(tree, names(&["lookup root inverse", "lookup layer 1"]));
        assert_eq!(refused, Some("finish"));
    }
    // A denominator that is zero, or is said to be, has no inverse, and no other number serves as one.
    for (zeros, expected) in [
        (&["root denominator"][..], &["lookup root denominator", "lookup root inverse"][..]),
        (&["root inverse"][..], &["lookup root inverse"][..]),
    ] {
        let (broken, refused) = case.run(&honest, &mut Zeros(zeros));
        assert_eq!((broken, refused), (names(expected), Some("finish")));
    }
}

#[test]
fn a_root_of_zero_over_zero_is_refused() {
    zero_tree::<KoalaBearPair>(FieldId::KoalaBear);
    zero_tree::<GoldilocksPair>(FieldId::Goldilocks);
}
