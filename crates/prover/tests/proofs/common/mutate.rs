//! Random changes of bytes, plans and statements, reproducible from a seed.

use affidavit_plan::{InputClaim, OutputClaim, Plan, Relation, Statement, TensorKind};

/// SplitMix64 (Steele, Lea, Flood 2014).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    /// Integers where bounds lie, and their neighbours.
    fn number(&mut self) -> i64 {
        let power = 1i64.checked_shl(self.below(63) as u32).unwrap_or(0);
        self.of(&[0, 1, -1, 2, 3, power, -power, power - 1, power + 1, i64::MIN, i64::MAX])
    }

    fn size(&mut self) -> u32 {
        let power = 1u32 << self.below(27);
        self.of(&[0, 1, 2, 3, 5, 7, power, power + 1, u32::MAX])
    }
}

/// Flips, sets, copies, removes or inserts bytes, or cuts the end.
pub fn mutate_bytes(bytes: &mut Vec<u8>, random: &mut Random) {
    let n = bytes.len();
    match random.below(8) {
        0 | 1 => (0..=random.below(3)).for_each(|_| bytes[random.below(n)] ^= 1 << random.below(8)),
        2 => bytes[random.below(n)] = random.of(&[0, 1, 0x7f, 0x80, 0xff]),
        3 => {
            let word = random.number().to_le_bytes();
            let width = random.of(&[2, 4, 8]).min(n);
            let at = random.below(n - width + 1);
            bytes[at..at + width].copy_from_slice(&word[..width]);
        }
        4 => {
            let len = 1 + random.below(n.min(64));
            let (from, to) = (random.below(n - len + 1), random.below(n - len + 1));
            bytes.copy_within(from..from + len, to);
        }
        5 => bytes.truncate(random.below(n)),
        6 => {
            let len = 1 + random.below(n.min(64));
            let from = random.below(n - len + 1);
            let copy = bytes[from..from + len].to_vec();
            let at = random.below(n + 1);
            bytes.splice(at..at, copy);
        }
        _ => {
            let len = 1 + random.below(n.min(64));
            let from = random.below(n - len + 1);
            bytes.drain(from..from + len);
        }
    }
}

/// One field of one part of a plan.
pub fn mutate_plan(plan: &mut Plan, random: &mut Random) {
    let ids = plan.tensors.len();
    let id = random.below(ids);
    let any_id = |random: &mut Random| random.below(ids + 2) as u32;
    match random.below(12) {
        0 => {
            let dims = &mut plan.tensors[id].dims;
            let at = random.below(dims.len() + 1);
            let size = random.size();
            if at < dims.len() { dims[at] = size } else { dims.push(size) }
        }
        1 => drop(plan.tensors[id].dims.pop()),
        2 => plan.tensors[id].batched ^= true,
        3 => {
            let other = random.below(ids);
            plan.tensors.swap(id, other);
        }
        4 => plan.tensors[id].kind = plan.tensors[random.below(ids)].kind.clone(),
        5..=7 => mutate_kind(&mut plan.tensors[id].kind, ids, random),
        8 => {
            let at = random.below(plan.relations.len());
            plan.relations[at] = match random.below(3) {
                0 => Relation::Range { tensor: any_id(random), lo: random.number(), bits: random.below(50) as u8 },
                1 => Relation::Table { x: any_id(random), y: any_id(random), table: random.below(3) as u16 },
                _ => Relation::Zero { tensor: any_id(random) },
            };
        }
        9 => {
            let relation = plan.relations[random.below(plan.relations.len())].clone();
            plan.relations.push(relation);
        }
        10 => {
            if let Some(table) = plan.tables.first_mut() {
                table.in_lo = random.number();
                let at = random.below(table.values.len());
                table.values[at] = random.number();
            }
        }
        _ => {
            let at = random.below(plan.outputs.len());
            if let Some(port) = plan.outputs.get_mut(at) {
                port.tensor = any_id(random);
            }
        }
    }
}

fn mutate_kind(kind: &mut TensorKind, ids: usize, random: &mut Random) {
    match kind {
        TensorKind::Model { lo, hi } | TensorKind::Input { lo, hi, .. } | TensorKind::Fresh { lo, hi, .. } => {
            let bound = if random.below(2) == 0 { lo } else { hi };
            *bound = random.number();
        }
        TensorKind::Linear { terms, constant } => match random.below(4) {
            0 => *constant = random.number(),
            1 => terms.extend_from_within(..),
            2 => terms.push((random.number(), random.below(ids) as u32)),
            _ => {
                let at = random.below(terms.len());
                if let Some(term) = terms.get_mut(at) {
                    *term = (random.number(), random.below(ids) as u32);
                }
            }
        },
        TensorKind::Contract { out, a, a_labels, b, b_labels } => match random.below(5) {
            0 => *a = random.below(ids) as u32,
            1 => *b = (random.below(3) > 0).then(|| random.below(ids) as u32),
            2 => out.push(random.below(4) as u8),
            3 => core::mem::swap(a_labels, b_labels),
            _ => {
                let labels = [out, a_labels, b_labels].into_iter().nth(random.below(3));
                if let Some(label) = labels.and_then(|l| l.first_mut()) {
                    *label = random.of(&[0, 1, 2, 249, 250, 255]);
                }
            }
        },
        TensorKind::View { parts } => {
            let at = random.below(parts.len());
            let Some(part) = parts.get_mut(at) else { return };
            match random.below(6) {
                0 => part.src = random.below(ids) as u32,
                1 => part.src_offset = random.number(),
                2 => part.src_strides.iter_mut().for_each(|s| *s = random.number()),
                3 => part.box_shape.iter_mut().for_each(|s| *s = random.size()),
                4 => part.box_offset.iter_mut().for_each(|s| *s = random.size()),
                _ => {
                    let copy = part.clone();
                    parts.push(copy);
                }
            }
        }
        TensorKind::Constant { values } => {
            let at = random.below(values.len());
            values[at] = random.number();
        }
    }
}

/// One field of a statement; a changed batch takes lists of the new length along.
pub fn mutate_statement(statement: &mut Statement, random: &mut Random) {
    match random.below(8) {
        0 => resize(statement, 1 + random.below(6)),
        1 => resize(statement, random.of(&[1 << 10, 1 << 12, 1 << 14])),
        2 => {
            statement.outputs.clear();
            resize(statement, random.of(&[1 << 16, 1 << 18, 1 << 20]));
        }
        3 => statement.outputs.extend_from_within(..),
        4 => drop(statement.outputs.pop()),
        5 => {
            let at = random.below(statement.inputs.len());
            if let Some(input) = statement.inputs.get_mut(at) {
                *input = match random.below(3) {
                    0 => InputClaim::Unbound,
                    1 => InputClaim::Committed,
                    _ => InputClaim::Public { values: vec![random.number(); random.below(20)] },
                };
            }
        }
        6 => statement.context.nonce = vec![7; random.below(70)],
        _ => {
            let at = random.below(statement.outputs.len());
            if let Some(output) = statement.outputs.get_mut(at) {
                mutate_output(output, random);
            }
        }
    }
}

fn mutate_output(claim: &mut OutputClaim, random: &mut Random) {
    match claim {
        OutputClaim::Public { output, values } => match random.below(2) {
            0 => *output = random.below(4) as u16,
            _ => values.iter_mut().for_each(|v| *v = random.number()),
        },
        OutputClaim::AtLeast { output, cell, threshold, outcomes, .. }
        | OutputClaim::AtMost { output, cell, threshold, outcomes, .. } => match random.below(4) {
            0 => *output = random.below(4) as u16,
            1 => *cell = random.size(),
            2 => *threshold = random.number(),
            _ => outcomes.iter_mut().for_each(|o| *o ^= true),
        },
        OutputClaim::Between { low, high, outcomes, .. } => match random.below(3) {
            0 => *low = random.number(),
            1 => *high = random.number(),
            _ => outcomes.iter_mut().for_each(|o| *o ^= true),
        },
        OutputClaim::ArgMax { classes, .. } => classes.iter_mut().for_each(|c| *c = random.size()),
        OutputClaim::TopK { k, cell, .. } => match random.below(2) {
            0 => *k = random.size(),
            _ => *cell = random.size(),
        },
    }
}

/// Another batch size, every list of the new length, by repeating what is there.
fn resize(statement: &mut Statement, batch: usize) {
    fn repeat<T: Clone>(list: &mut Vec<T>, n: usize) {
        *list = list.iter().cloned().cycle().take(if list.is_empty() { 0 } else { n }).collect();
    }
    let old = statement.batch as usize;
    statement.batch = batch as u32;
    if let Some(committed) = &mut statement.input_commitment {
        repeat(&mut committed.records, batch);
    }
    for input in &mut statement.inputs {
        if let InputClaim::Public { values } = input {
            let cells = values.len() / old;
            repeat(values, cells * batch);
        }
    }
    for output in &mut statement.outputs {
        match output {
            OutputClaim::Public { values, .. } => {
                let cells = values.len() / old;
                repeat(values, cells * batch);
            }
            OutputClaim::AtLeast { outcomes, .. }
            | OutputClaim::AtMost { outcomes, .. }
            | OutputClaim::Between { outcomes, .. }
            | OutputClaim::TopK { outcomes, .. } => repeat(outcomes, batch),
            OutputClaim::ArgMax { classes, .. } => repeat(classes, batch),
        }
    }
}
