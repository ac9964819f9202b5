//! One corruptor per equation: a false witness, message or commitment breaks exactly the equations named here in the
//! checked replay, and its proof is refused by the verifier.

use crate::common::bundle::{World, refs};
use crate::common::case::{Alter, Case, Misreport, Names, Witness, names};
use crate::common::zoo::{A, FREE, N, Q, R, REVERSED, W, X, Y, zoo};
use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_plan::{FieldId, Statement, TensorKind};
use affidavit_protocol::count;
use affidavit_prover::{Honest, Persistent, Values, commit_model, prove};
use affidavit_relations::{Circuit, Fresh, Kind};
use p3_field::{Field, PrimeCharacteristicRing, PrimeField64};

/// The first cell of a tensor in the honest witness that `wanted` holds for.
fn cell(witness: &Witness, id: usize, wanted: impl Fn(i64) -> bool) -> usize {
    witness[&id].iter().position(|&v| wanted(v)).expect("the zoo has such a cell")
}

/// Quotients, remainders, products, tables and zero checks: the false value is the prover's best continuation.
fn witnesses<P: FieldPair>(world: &World<P>) {
    let case = Case::new(world, world.plain());
    let honest = world.zoo.witness();
    assert_eq!(case.run(&honest, &mut Honest), (names(&[]), None));
    // A cell of `a` that is positive, so that its negative part `n` is zero, with room on both sides.
    let at = cell(&honest, A, |v| (2..100).contains(&v));
    let add = |changes: &[(usize, i64)]| {
        world.zoo.changed(&|id, cells| {
            for (_, delta) in changes.iter().filter(|c| c.0 == id) {
                cells[at] += delta;
            }
        })
    };
    let sum = "lookup sum";
    case.caught("quotient above: negative remainder", &add(&[(Q, 1)]), &mut Honest, &["range:r", sum]);
    case.caught("quotient below: remainder of 16 or more", &add(&[(Q, -1)]), &mut Honest, &["range:r", sum]);
    let p = P::P as i128;
    let quotient = |r: i64| {
        // acc − 16·q + 8 = r modulo p for another q: only q's own range forbids it.
        let inverse = (P::F::from_u64(16).inverse().as_canonical_u64() as i128 * i128::from(r)).rem_euclid(p);
        let value = if inverse > p / 2 { inverse - p } else { inverse };
        i64::try_from(value).unwrap()
    };
    let remainder = honest[&R][at];
    let shifted = if remainder < 15 { 1 } else { -1 };
    // Only this cell of q changes by −shifted/16 mod p; the later tensors keep their honest cells.
    let mut wrapped = honest.clone();
    wrapped.get_mut(&Q).unwrap()[at] -= quotient(shifted);
    let (broken, refused) = case.run(&wrapped, &mut Honest);
    assert!(broken.contains("range:q") && !broken.contains("range:r"), "{broken:?}");
    assert_eq!(refused, Some("finish"), "a quotient that wraps modulo p");

    case.caught("table value", &add(&[(Y, 1)]), &mut Honest, &["table:y", sum]);
    let table = &world.zoo.plan.tables;
    let other = table[1].values[(honest[&A][at] - table[1].in_lo) as usize % 64];
    let delta = other - honest[&Y][at];
    assert_ne!(delta, 0);
    case.caught("a value of another table", &add(&[(Y, delta)]), &mut Honest, &["table:y", sum]);
    case.caught("sum of parts, difference kept", &add(&[(A, 1), (N, 1)]), &mut Honest, &["zero:an"]);
    case.caught("positive part off by one", &add(&[(A, 1)]), &mut Honest, &["zero:diff"]);
    case.caught(
        "negative part below zero",
        &add(&[(A, -1), (N, -1)]),
        &mut Honest,
        &["range:n", "range:outer", "zero:an", sum],
    );

    // 3 bits: v·2^(w − 3) lies in the table for this v, but v does not; then v + 8 lies in the table, scaled it does not.
    let width = case.session.circuit.range_bits as u32;
    let scale = P::F::from_u64(1 << (width - 3));
    let unscaled = P::F::ONE * scale.inverse();
    assert!(unscaled.as_canonical_u64() >> width != 0, "in no range table");
    let mut small = honest.clone();
    small.get_mut(&FREE).unwrap()[0] = 8;
    case.caught("a width below the table's: scaled check", &small, &mut Honest, &["range:free", sum]);
    let set = move |_: &Circuit, v: &mut Values<P>| v.cells[FREE].to_mut()[0] = unscaled;
    let (broken, refused) = case.run(&honest, &mut Alter(set));
    assert!(broken.contains(sum), "{broken:?}");
    assert_eq!(refused, Some("finish"), "a width below the table's: unscaled check");
}

/// Every limb of every range check.
fn limbs<P: FieldPair>(world: &World<P>) {
    let case = Case::new(world, world.plain());
    let honest = world.zoo.witness();
    let mut seen = 0;
    for (id, tensor) in case.session.circuit.tensors.iter().enumerate() {
        let Kind::Fresh(Fresh::Limb { src, shift, bits }) = tensor.kind else { continue };
        seen += 1;
        let mut values = Values::<P>::new(&case.session.circuit, &refs(&honest), &world.model.tensors, None).unwrap();
        let limb: Vec<i64> = values.cells.swap_remove(id).iter().map(|x| x.as_canonical_u64() as i64).collect();
        let source = &case.session.circuit.tensors[src].name;
        for wrong in [limb[0] + 1, limb[0] - 1, limb[0] + (1 << bits)] {
            let mut witness = honest.clone();
            witness.insert(id, [&[wrong], &limb[1..]].concat());
            let name = tensor.name.split(" (limb").next().unwrap();
            assert!(shift > 0 && !source.is_empty());
            case.caught(&format!("{}: {wrong}", tensor.name), &witness, &mut Honest, &[name, "lookup sum"]);
        }
    }
    assert!(seen >= 3, "the zoo has range checks wider than the table");
}

/// A wrong cell of every Contract (products, sums, weights alone), continued honestly, breaks its stage alone.
fn contracts<P: FieldPair>(world: &World<P>) {
    let case = Case::new(world, world.plain());
    let ids = world.zoo.ids(|k| matches!(k, TensorKind::Contract { .. }));
    assert!(ids.len() >= 7);
    let mut stages = Names::new();
    for id in ids {
        let witness = world.zoo.changed(&|t, cells| {
            if t == id {
                cells[0] += 1
            }
        });
        let name = &world.zoo.plan.tensors[id].name;
        let (mut broken, refused) = case.run(&witness, &mut Honest);
        assert_eq!(refused, Some("finish"), "{name}");
        if name == "an" {
            assert!(broken.remove("zero:an"), "{broken:?}");
        }
        assert_eq!(broken.len(), 1, "{name}: {broken:?}");
        let stage = broken.pop_first().unwrap();
        assert!(stage.starts_with("stage "), "{name}: {stage}");
        stages.insert(stage);
    }
    assert!(stages.len() >= 2, "contractions of several depths: {stages:?}");
}

/// Values that no witness can give: views, linear tensors, multiplicities.
fn virtual_values<P: FieldPair>(world: &World<P>) {
    let case = Case::new(world, world.plain());
    let honest = world.zoo.witness();
    let bump = |id: usize| Alter(move |_: &Circuit, v: &mut Values<P>| v.cells[id].to_mut()[0] += P::F::ONE);
    for id in world.zoo.ids(|k| matches!(k, TensorKind::View { .. })) {
        let name = &world.zoo.plan.tensors[id].name;
        let (broken, refused) = case.run(&honest, &mut bump(id));
        assert_eq!(refused.is_some(), !broken.is_empty(), "{name}");
        // `padded` is an output that this statement hides: no claim is made on it.
        if name == "padded" {
            assert!(broken.is_empty());
            continue;
        }
        assert!(broken.iter().any(|b| b.starts_with("stage ")), "{name}: {broken:?}");
        let looked_up = id == REVERSED;
        assert!(!looked_up || broken.contains("lookup sum"), "{broken:?}");
        assert_eq!(refused, Some("finish"), "{name}");
    }
    case.caught("linear", &honest, &mut bump(R), &["lookup sum", "lookup denominators"]);
    for (index, table) in case.session.circuit.tables.iter().enumerate() {
        let id = table.multiplicity;
        case.caught(&format!("multiplicity of table {index}"), &honest, &mut bump(id), &["lookup sum"]);
        let moved = move |_: &Circuit, v: &mut Values<P>| {
            let used = v.cells[id].iter().position(|&m| m != P::F::ZERO).unwrap();
            v.cells[id].to_mut()[used] -= P::F::ONE;
            v.cells[id].to_mut()[(used + 1) % (1 << 6)] += P::F::ONE;
        };
        case.caught(&format!("moved multiplicity, table {index}"), &honest, &mut Alter(moved), &["lookup sum"]);
    }
}

/// Every sent scalar, off by one: none is free, and together they break every equation of the run.
fn messages<P: FieldPair>(world: &World<P>) {
    let mut statement = world.plain();
    // A public output, so that Bind takes part.
    statement.outputs = world.predicates()[..1].to_vec();
    let case = Case::new(world, statement);
    let honest = world.zoo.witness();
    let counted = count::<P>(&case.session.circuit, &case.session.layout).unwrap();
    let mut all = Names::new();
    for index in 0..counted.scalars {
        let mut lie = Misreport { index, label: "" };
        let (broken, refused) = case.run(&honest, &mut lie);
        assert!(!broken.is_empty(), "scalar {index} ({}) is free", lie.label);
        assert_eq!(refused, Some("finish"), "scalar {index} ({}) breaks {broken:?}", lie.label);
        all.extend(broken);
    }
    let circuit = &case.session.circuit;
    let mut expected = names(&["lookup sum", "lookup root denominator", "lookup root inverse"]);
    expected.extend(names(&["lookup numerators", "lookup denominators", "factor", "claim batching", "opening"]));
    expected.extend((1..circuit.log_leaves()).map(|l| format!("lookup layer {l}")));
    expected.extend((0..counted.counts.stages).map(|s| format!("stage {s}")));
    expected.extend(circuit.publics.iter().map(|b| b.name.clone()));
    expected.extend(circuit.zeros.iter().map(|z| z.0.clone()));
    assert_eq!(all, expected);
}

/// The committed vector is not the one that is computed with.
fn commitments<P: FieldPair>(world: &World<P>) {
    let case = Case::new(world, world.full());
    let clone = |p: &Persistent<P>, fresh: fn(&World<P>) -> Persistent<P>| Persistent {
        commitment: p.commitment.clone(),
        tensors: p.tensors.clone(),
        columns: p.columns.clone(),
        ..fresh(world)
    };
    let again = |w: &World<P>| commit_model::<P>(&w.zoo.plan, &w.zoo.model, 1, [7; 32]).unwrap();
    let again_input = |w: &World<P>| {
        let schema = affidavit_plan::schema_of(&w.zoo.plan, &w.model.commitment).unwrap();
        affidavit_prover::commit_input::<P>(&schema, w.zoo.batch, &w.zoo.inputs, [9; 32]).unwrap()
    };
    // The witness follows the false value, so that nothing but the commitment is wrong.
    let follow = |tensor: usize, cell: usize| {
        world.zoo.changed(&|id, cells| {
            if id == tensor {
                cells[cell] ^= 1
            }
        })
    };
    let flip = |x: &mut P::F, honest: i64| *x = P::F::from_i64(honest ^ 1);
    let honest = world.zoo.witness();
    // A cell whose change moves no output claim: the statement stays true of the false values, or names would mix.
    let statement = || Case::new(world, Statement { outputs: vec![], ..world.full() });
    let hidden = statement();
    for (tensor, is_model) in [(W, true), (X, false)] {
        let witness = follow(tensor, 0);
        let (mut model, mut input) = (clone(&world.model, again), clone(&world.input, again_input));
        let side = if is_model { &mut model } else { &mut input };
        flip(&mut side.tensors[0][0], honest[&tensor][0]);
        let (broken, refused) = hidden.run_with(&model, Some(&input), &witness, &mut Honest);
        assert_eq!(broken, names(&["claim batching"]), "{tensor}");
        assert_eq!(refused, Some("finish"));
        // Columns changed too, but not the tree: the opened rows are those of the true vector.
        let layout = &hidden.session.layout;
        let placed = if is_model { &layout.model } else { &layout.second.as_ref().unwrap().1 };
        let chunk =
            placed.chunks.iter().find(|c| c.tensor == tensor && c.pieces.iter().all(|p| p.prefix == 0)).unwrap();
        let side = if is_model { &mut model } else { &mut input };
        flip(&mut side.columns[chunk.column][chunk.offset], honest[&tensor][0]);
        let (broken, refused) = hidden.run_with(&model, Some(&input), &witness, &mut Honest);
        assert_eq!(broken, names(&[]), "the run is consistent with the false columns");
        assert_eq!(refused, Some("row"), "{tensor}");
    }
    // And a private file whose commitment is not the statement's is refused before anything is computed.
    let other = commit_model::<P>(&world.zoo.plan, &world.zoo.model, 1, [8; 32]).unwrap();
    let input = Some(&world.input);
    assert!(prove::<P>(&case.session, &other, input, &refs(&honest), b"entropy").is_err());
}

/// A weight outside of its declared range: refused at commit, and by the certificate if committed all the same.
fn certificate<P: FieldPair>(world: &World<P>) {
    for (wrong, expected) in [(8, "range:w"), (-9, "range:w"), (1 << 12, "range:w")] {
        let mut model = world.zoo.model.clone();
        model[0][5] = wrong;
        assert!(commit_model::<P>(&world.zoo.plan, &model, 1, [7; 32]).is_err());
        let mut wider = world.zoo.plan.clone();
        wider.tensors[W].kind = TensorKind::Model { lo: -(1 << 15), hi: (1 << 15) - 1 };
        let mut forged = commit_model::<P>(&wider, &model, 1, [7; 32]).unwrap();
        forged.commitment.subject = world.zoo.plan.digest();
        let forged = World { zoo: zoo(world.zoo.plan.field, world.zoo.batch), model: forged, input: same_input(world) };
        let case = Case::new(&forged, forged.certificate());
        let (broken, refused) = case.run(&Witness::new(), &mut Honest);
        assert_eq!(broken, names(&[expected, "lookup sum"]), "{wrong}");
        assert_eq!(refused, Some("finish"), "{wrong}");
    }
}

fn same_input<P: FieldPair>(world: &World<P>) -> Persistent<P> {
    let schema = affidavit_plan::schema_of(&world.zoo.plan, &world.model.commitment).unwrap();
    affidavit_prover::commit_input::<P>(&schema, world.zoo.batch, &world.zoo.inputs, [9; 32]).unwrap()
}

fn all<P: FieldPair>(field: FieldId) {
    let world = World::<P>::new(zoo(field, 3));
    witnesses(&world);
    limbs(&world);
    contracts(&world);
    virtual_values(&world);
    commitments(&world);
    certificate(&world);
    messages(&world);
}

#[test]
fn koalabear() {
    all::<KoalaBearPair>(FieldId::KoalaBear);
}

#[test]
fn goldilocks() {
    all::<GoldilocksPair>(FieldId::Goldilocks);
}
