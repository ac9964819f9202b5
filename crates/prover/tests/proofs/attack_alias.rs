//! Attack: a public integer v passed off as v ± p, which is the same field element (EZKL findings 12 and 16: attested data that
//! overflow the modulus; JSTprove #199).

use crate::common::bundle::{Bundle, World, layout_digest};
use crate::common::zoo::zoo;
use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_plan::*;

fn aliases(value: i64, p: u64) -> impl Iterator<Item = i64> {
    let p = i128::from(p);
    [p, -p, 2 * p].into_iter().filter_map(move |shift| i64::try_from(i128::from(value) + shift).ok())
}

/// The bundle with another statement whose layout digest fits if it can.
fn restated<P: FieldPair>(world: &World<P>, bundle: &Bundle, statement: &Statement) -> Bundle {
    let mut statement = statement.clone();
    let input = bundle.input.as_ref().map(|_| &world.input.commitment);
    statement.layout =
        layout_digest(&world.zoo.plan, &statement, &world.model.commitment, input).unwrap_or(statement.layout);
    Bundle { statement: statement.encode(), ..bundle.clone() }
}

fn statements<P: FieldPair>(field: FieldId) {
    let world = World::<P>::new(zoo(field, 2));
    let public = world.zoo.inputs.iter().map(|v| InputClaim::Public { values: v.clone() }).collect();
    let (sealed, bundle) = world.prove(Statement { inputs: public, outputs: world.predicates(), ..world.plain() });
    let mut tried = 0;
    let mut refuse = |what: &str, edit: &dyn Fn(&mut Statement, i64), value: i64| {
        for alias in aliases(value, P::P) {
            let mut changed = sealed.clone();
            edit(&mut changed, alias);
            assert_ne!(changed, sealed, "{what}");
            assert_eq!(restated(&world, &bundle, &changed).refusal(), "statement", "{what}: {value} as {alias}");
            tried += 1;
        }
    };
    let set_input = |s: &mut Statement, v| {
        if let InputClaim::Public { values } = &mut s.inputs[0] {
            values[2] = v
        }
    };
    let set = |at: usize| {
        move |s: &mut Statement, v: i64| match &mut s.outputs[at] {
            OutputClaim::Public { values, .. } => values[4] = v,
            OutputClaim::AtLeast { threshold, .. } | OutputClaim::AtMost { threshold, .. } => *threshold = v,
            OutputClaim::Between { high, .. } => *high = v,
            OutputClaim::ArgMax { .. } | OutputClaim::TopK { .. } => unreachable!(),
        }
    };
    let set_low = |s: &mut Statement, v| {
        if let OutputClaim::Between { low, .. } = &mut s.outputs[3] {
            *low = v
        }
    };
    let value = |at: usize| match &sealed.outputs[at] {
        OutputClaim::Public { values, .. } => values[4],
        OutputClaim::AtLeast { threshold, .. } | OutputClaim::AtMost { threshold, .. } => *threshold,
        OutputClaim::Between { high, .. } => *high,
        OutputClaim::ArgMax { .. } | OutputClaim::TopK { .. } => unreachable!(),
    };
    refuse("public input", &set_input, world.zoo.inputs[0][2]);
    for (at, what) in [(0, "public output"), (1, "at_least"), (2, "at_most"), (3, "between: high")] {
        refuse(what, &set(at), value(at));
    }
    refuse("between: low", &set_low, value(3));
    // 2^64 − 2^32 + 1 is beyond i64: of Goldilocks, only the alias of a value by −p could exist, and does for none here.
    assert_eq!(tried > 0, field == FieldId::KoalaBear, "{tried}");
}

/// Numbers of the plan: an alias makes another function over the integers, so its bounds do not close.
fn plans<P: FieldPair>(field: FieldId) {
    let world = World::<P>::new(zoo(field, 2));
    let mut tried = 0;
    let mut refuse = |what: &str, edit: &dyn Fn(&mut Plan) -> Option<()>| {
        let mut plan = world.zoo.plan.clone();
        if edit(&mut plan).is_some() {
            assert!(plan.validate().is_err(), "{what}");
            tried += 1;
        }
    };
    let shift = |value: i64, times: i128| i64::try_from(i128::from(value) + times * i128::from(P::P)).ok();
    for times in [-1, 1] {
        refuse("a table's entry", &|p| {
            p.tables[0].values[7] = shift(p.tables[0].values[7], times)?;
            Some(())
        });
        refuse("a table's domain", &|p| {
            p.tables[1].in_lo = shift(p.tables[1].in_lo, times)?;
            Some(())
        });
        refuse("a constant", &|p| {
            let TensorKind::Constant { values } = &mut p.tensors[4].kind else { panic!("a constant") };
            values[0] = shift(values[0], times)?;
            Some(())
        });
        refuse("the constant of a rescale's remainder", &|p| {
            let TensorKind::Linear { constant, .. } = &mut p.tensors[8].kind else { panic!("linear") };
            *constant = shift(*constant, times)?;
            Some(())
        });
        refuse("a range's start", &|p| {
            let Relation::Range { lo, .. } = &mut p.relations[3] else { panic!("a range") };
            *lo = shift(*lo, times)?;
            Some(())
        });
    }
    assert_eq!(tried > 0, field == FieldId::KoalaBear);
}

#[test]
fn an_alias_of_a_public_integer_is_refused() {
    statements::<KoalaBearPair>(FieldId::KoalaBear);
    statements::<GoldilocksPair>(FieldId::Goldilocks);
}

#[test]
fn an_alias_in_the_plan_does_not_validate() {
    plans::<KoalaBearPair>(FieldId::KoalaBear);
    plans::<GoldilocksPair>(FieldId::Goldilocks);
}
