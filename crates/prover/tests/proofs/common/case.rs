//! False witnesses, messages and claims: what the checked replay names and what the verifier answers.

use super::bundle::{World, refs};
use affidavit_algebra::FieldPair;
use affidavit_plan::Statement;
use affidavit_protocol::Session;
use affidavit_prover::{Deviation, Persistent, Values, replay_with};
use affidavit_relations::Circuit;
use p3_field::PrimeCharacteristicRing;
use std::collections::{BTreeMap, BTreeSet};

pub type Witness = BTreeMap<usize, Vec<i64>>;
pub type Names = BTreeSet<String>;

/// A sealed statement about a world.
pub struct Case<'a, P: FieldPair> {
    pub world: &'a World<P>,
    pub sealed: Statement,
    pub session: Session,
}

impl<'a, P: FieldPair> Case<'a, P> {
    pub fn new(world: &'a World<P>, statement: Statement) -> Self {
        let (sealed, session) = world.seal(statement);
        Self { world, sealed, session }
    }

    /// Names from the replay, and the class of the verifier's refusal (None if it accepts).
    pub fn run_with(
        &self,
        model: &Persistent<P>,
        input: Option<&Persistent<P>>,
        witness: &Witness,
        deviation: &mut dyn Deviation<P>,
    ) -> (Names, Option<&'static str>) {
        let (proof, broken) =
            replay_with::<P>(&self.session, model, input, &refs(witness), b"entropy", deviation).unwrap();
        let refused = self.world.bundle(&self.sealed, proof.bytes).verify().err().map(|e| e.code());
        (broken.into_iter().collect(), refused)
    }

    pub fn run(&self, witness: &Witness, deviation: &mut dyn Deviation<P>) -> (Names, Option<&'static str>) {
        self.run_with(&self.world.model, self.world.input_of(&self.sealed), witness, deviation)
    }

    /// The corruption is refused by the finish and breaks exactly `expected`.
    #[track_caller]
    pub fn caught(&self, what: &str, witness: &Witness, deviation: &mut dyn Deviation<P>, expected: &[&str]) {
        let (broken, refused) = self.run(witness, deviation);
        assert_eq!(broken, names(expected), "{what}");
        assert_eq!(refused, Some("finish"), "{what}");
    }
}

pub fn names(list: &[&str]) -> Names {
    list.iter().map(|&s| s.to_owned()).collect()
}

/// Changes values after the lookups were counted.
pub struct Alter<F>(pub F);

impl<P: FieldPair, F: FnMut(&Circuit, &mut Values<P>)> Deviation<P> for Alter<F> {
    fn values(&mut self, circuit: &Circuit, values: &mut Values<P>) {
        (self.0)(circuit, values);
    }
}

/// Sends scalar `index` off by one.
pub struct Misreport {
    pub index: usize,
    pub label: &'static str,
}

impl<P: FieldPair> Deviation<P> for Misreport {
    fn scalar(&mut self, index: usize, label: &'static str, value: P::K) -> P::K {
        if index != self.index {
            return value;
        }
        self.label = label;
        value + P::K::ONE
    }
}
