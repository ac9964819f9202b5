//! Contract: which axes of the operands are bound at the output point and which are summed.

use crate::{Circuit, Kind, TensorId};

/// How one axis of an operand gets its coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxisSource {
    /// The output point's axis with this index.
    Output(usize),
    /// The summed label with this index.
    Summed(usize),
}

/// The sum behind one claim on a Contract output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Summed labels in order: bits of each, and the output axis whose equality weight it carries, if any.
    pub summed: Vec<(usize, Option<usize>)>,
    pub a: TensorId,
    pub a_axes: Vec<AxisSource>,
    pub b: Option<TensorId>,
    pub b_axes: Vec<AxisSource>,
}

impl Plan {
    /// Number of summed variables.
    pub fn vars(&self) -> usize {
        self.summed.iter().map(|&(bits, _)| bits).sum()
    }

    /// True if the sum carries an equality weight.
    pub fn weighted(&self) -> bool {
        self.summed.iter().any(|&(_, w)| w.is_some())
    }
}

/// Splits the labels of a Contract: output labels in both operands and labels that are in no output are summed.
#[expect(clippy::indexing_slicing, reason = "ids and labels are of a validated plan")]
pub fn plan(circuit: &Circuit, id: TensorId) -> Option<Plan> {
    let Kind::Contract { out, a, a_labels, b, b_labels } = &circuit.tensors[id].kind else {
        return None;
    };
    let bits_of = |label: u8| {
        let find = |t: TensorId, labels: &[u8]| {
            labels.iter().position(|&l| l == label).map(|axis| circuit.tensors[t].bits()[axis])
        };
        find(*a, a_labels).or_else(|| b.and_then(|b| find(b, b_labels))).unwrap_or(0)
    };
    let mut labels: Vec<(u8, Option<usize>)> = Vec::new();
    for (axis, &label) in out.iter().enumerate() {
        if b.is_some() && a_labels.contains(&label) && b_labels.contains(&label) {
            labels.push((label, Some(axis)));
        }
    }
    for &label in a_labels.iter().chain(b_labels) {
        if !out.contains(&label) && !labels.iter().any(|&(l, _)| l == label) {
            labels.push((label, None));
        }
    }
    let source = |label: &u8| match labels.iter().position(|(l, _)| l == label) {
        Some(i) => AxisSource::Summed(i),
        None => AxisSource::Output(out.iter().position(|l| l == label).unwrap_or(0)),
    };
    Some(Plan {
        summed: labels.iter().map(|&(l, w)| (bits_of(l), w)).collect(),
        a: *a,
        a_axes: a_labels.iter().map(source).collect(),
        b: *b,
        b_axes: b_labels.iter().map(source).collect(),
    })
}
