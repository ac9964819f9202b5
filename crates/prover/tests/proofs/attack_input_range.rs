//! Attack: an input outside of its declared range (EZKL finding 12), by a prover who owns the input: unbound, or committed
//! under a schema of its own making that is passed off as the model's.

use crate::common::bundle::World;
use crate::common::case::{Case, names};
use crate::common::zoo::{X, zoo};
use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_plan::{Commitment, FieldId, Statement, TensorKind, schema_of};
use affidavit_prover::{Honest, commit_input};

fn outside<P: FieldPair>(field: FieldId) {
    let world = World::<P>::new(zoo(field, 2));
    for wrong in [32, -33, 1 << 12] {
        // All that is computed from the input is honest.
        let mut lie = zoo(field, 2);
        lie.inputs[0][0] = wrong;
        let witness = lie.witness();
        assert_eq!(witness[&X][0], wrong);
        let (broken, refused) = Case::new(&world, world.plain()).run(&witness, &mut Honest);
        assert!(broken.is_superset(&names(&["range:x", "lookup sum"])), "{broken:?}");
        assert_eq!(refused, Some("finish"));

        // Committed: the honest program refuses, so the owner commits under a wider schema and renames it.
        let schema = schema_of(&world.zoo.plan, &world.model.commitment).unwrap();
        assert!(commit_input::<P>(&schema, 2, &lie.inputs, [9; 32]).is_err());
        let mut wider = world.zoo.plan.clone();
        wider.tensors[X].kind = TensorKind::Input { lo: -(1 << 14), hi: (1 << 14) - 1, index: 0 };
        let renamed = Commitment { subject: wider.digest(), ..world.model.commitment.clone() };
        let wide = schema_of(&wider, &renamed).unwrap();
        let mut forged = commit_input::<P>(&wide, 2, &lie.inputs, [9; 32]).unwrap();
        forged.commitment.subject = schema.digest();
        let forger = World { zoo: zoo(field, 2), model: same_model(&world), input: forged };
        let statement = Statement { outputs: vec![], ..forger.full() };
        let (broken, refused) = Case::new(&forger, statement).run(&witness, &mut Honest);
        assert!(broken.is_superset(&names(&["range:x", "lookup sum"])), "{broken:?}");
        assert_eq!(refused, Some("finish"));
    }
}

fn same_model<P: FieldPair>(world: &World<P>) -> affidavit_prover::Persistent<P> {
    affidavit_prover::commit_model::<P>(&world.zoo.plan, &world.zoo.model, 1, [7; 32]).unwrap()
}

#[test]
fn an_input_outside_of_its_range_is_refused() {
    outside::<KoalaBearPair>(FieldId::KoalaBear);
    outside::<GoldilocksPair>(FieldId::Goldilocks);
}
