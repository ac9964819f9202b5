//! Every field of a statement, changed.

use affidavit_plan::{CommittedInput, InputClaim, OutputClaim, Purpose, Statement};

/// A change of a statement.
pub type Edit = Box<dyn Fn(&mut Statement)>;

/// Every field of a statement: (what, edit, class of the refusal); "shape" where the number of scalars may change.
pub fn statement_edits() -> Vec<(&'static str, Edit, &'static str)> {
    fn edit(f: impl Fn(&mut Statement) + 'static) -> Edit {
        Box::new(f)
    }
    fn committed(f: impl Fn(&mut CommittedInput) + 'static) -> Edit {
        Box::new(move |s| f(s.input_commitment.as_mut().unwrap()))
    }
    fn output(at: usize, f: impl Fn(&mut OutputClaim) + 'static) -> Edit {
        Box::new(move |s| f(&mut s.outputs[at]))
    }
    vec![
        ("protocol", edit(|s| s.protocol = 2), "malformed"),
        ("purpose certificate", edit(|s| s.purpose = Purpose::Certificate), "statement"),
        ("purpose renewal", edit(|s| s.purpose = Purpose::Renewal { renewed: [1; 32] }), "statement"),
        ("plan", edit(|s| s.plan[3] ^= 1), "statement"),
        ("layout", edit(|s| s.layout[31] ^= 128), "mismatch"),
        ("batch", edit(|s| s.batch += 1), "statement"),
        ("model", edit(|s| s.model[0] ^= 1), "mismatch"),
        ("input commitment", committed(|c| c.commitment[0] ^= 1), "mismatch"),
        ("schema", committed(|c| c.schema[9] ^= 1), "mismatch"),
        ("no input commitment", edit(|s| s.input_commitment = None), "statement"),
        ("issuer", committed(|c| c.issuer = Some([6; 32])), "finish"),
        ("no issuer", committed(|c| c.issuer = None), "finish"),
        ("record", committed(|c| c.records[1].push('x')), "finish"),
        ("records swapped", committed(|c| c.records.swap(0, 1)), "finish"),
        ("no records", committed(|c| c.records.clear()), "finish"),
        ("one record", committed(|c| c.records.truncate(1)), "statement"),
        ("expiry", committed(|c| c.expiry += 1), "finish"),
        ("an input unbound", edit(|s| s.inputs[0] = InputClaim::Unbound), "statement"),
        ("inputs missing", edit(|s| s.inputs.truncate(1)), "statement"),
        (
            "public value",
            output(0, |o| {
                if let OutputClaim::Public { values, .. } = o {
                    values[1] ^= 1
                }
            }),
            "finish",
        ),
        (
            "at_least threshold",
            output(1, |o| {
                if let OutputClaim::AtLeast { threshold, .. } = o {
                    *threshold -= 1
                }
            }),
            "finish",
        ),
        (
            "at_least outcome",
            output(1, |o| {
                if let OutputClaim::AtLeast { outcomes, .. } = o {
                    outcomes[1] ^= true
                }
            }),
            "shape",
        ),
        (
            "at_least scale",
            output(1, |o| {
                if let OutputClaim::AtLeast { scale, .. } = o {
                    *scale += 1
                }
            }),
            "statement",
        ),
        (
            "at_least cell",
            output(1, |o| {
                if let OutputClaim::AtLeast { cell, .. } = o {
                    *cell += 1
                }
            }),
            "finish",
        ),
        (
            "at_least port",
            output(1, |o| {
                if let OutputClaim::AtLeast { output, .. } = o {
                    *output = 0
                }
            }),
            "shape",
        ),
        (
            "at_most threshold",
            output(2, |o| {
                if let OutputClaim::AtMost { threshold, .. } = o {
                    *threshold += 1
                }
            }),
            "finish",
        ),
        (
            "at_most outcome",
            output(2, |o| {
                if let OutputClaim::AtMost { outcomes, .. } = o {
                    outcomes[0] ^= true
                }
            }),
            "shape",
        ),
        (
            "between low",
            output(3, |o| {
                if let OutputClaim::Between { low, .. } = o {
                    *low -= 1
                }
            }),
            "finish",
        ),
        (
            "between high",
            output(3, |o| {
                if let OutputClaim::Between { high, .. } = o {
                    *high += 1
                }
            }),
            "finish",
        ),
        (
            "between empty",
            output(3, |o| {
                if let OutputClaim::Between { low, high, .. } = o {
                    *low = *high + 1
                }
            }),
            "statement",
        ),
        (
            "between outcome",
            output(3, |o| {
                if let OutputClaim::Between { outcomes, .. } = o {
                    outcomes[0] ^= true
                }
            }),
            "shape",
        ),
        (
            "class",
            output(4, |o| {
                if let OutputClaim::ArgMax { classes, .. } = o {
                    classes[0] = (classes[0] + 1) % 6
                }
            }),
            "finish",
        ),
        (
            "class outside",
            output(4, |o| {
                if let OutputClaim::ArgMax { classes, .. } = o {
                    classes[0] = 6
                }
            }),
            "statement",
        ),
        (
            "k",
            output(5, |o| {
                if let OutputClaim::TopK { k, .. } = o {
                    *k += 1
                }
            }),
            "finish",
        ),
        (
            "k of nothing",
            output(5, |o| {
                if let OutputClaim::TopK { k, .. } = o {
                    *k = 0
                }
            }),
            "statement",
        ),
        (
            "top_k outcome",
            output(5, |o| {
                if let OutputClaim::TopK { outcomes, .. } = o {
                    outcomes[1] ^= true
                }
            }),
            "shape",
        ),
        ("an output less", edit(|s| drop(s.outputs.remove(1))), "shape"),
        ("outputs swapped", edit(|s| s.outputs.swap(1, 2)), "shape"),
        ("at_least becomes at_most", edit(swap_operator), "shape"),
        ("nonce", edit(|s| s.context.nonce[0] ^= 1), "finish"),
        ("nonce length", edit(|s| s.context.nonce.push(0)), "finish"),
        ("policy", edit(|s| s.context.policy.push('!')), "finish"),
        ("time", edit(|s| s.context.time += 1), "finish"),
    ]
}

fn swap_operator(s: &mut Statement) {
    if let OutputClaim::AtLeast { output, cell, threshold, scale, outcomes } = s.outputs[1].clone() {
        s.outputs[1] = OutputClaim::AtMost { output, cell, threshold, scale, outcomes };
    }
}
