//! Random valid plans.

use super::{contract, fresh, linear, part, port, tensor};
use affidavit_plan::*;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

pub struct Generator {
    rng: ChaCha8Rng,
    plan: Plan,
    /// Tensors with small enforced ranges: operands of Contracts.
    small: Vec<u32>,
}

pub fn plan(seed: u64) -> Plan {
    let mut g = Generator {
        rng: ChaCha8Rng::seed_from_u64(seed),
        plan: Plan {
            field: if seed.is_multiple_of(2) { FieldId::KoalaBear } else { FieldId::Goldilocks },
            name: format!("random {seed}"),
            tables: vec![Table { in_lo: -4, log_size: 3, values: vec![5, -1, 0, 9, 9, 2, -7, 3] }],
            tensors: vec![],
            relations: vec![],
            inputs: vec![],
            outputs: vec![],
        },
        small: vec![],
    };
    for index in 0..1 + g.below(3) as u16 {
        let dims = g.dims();
        let id = g.push(true, &dims, TensorKind::Input { lo: -16, hi: 15, index });
        g.plan.relations.push(Relation::Range { tensor: id, lo: -16, bits: 5 });
        g.plan.inputs.push(port(&format!("in{index}"), id, &dims));
        g.small.push(id);
    }
    for _ in 0..4 + g.below(20) {
        match g.below(7) {
            0 => g.model(),
            1 => g.linear(),
            2 => g.contract(),
            3 => g.view(),
            4 => g.constant(),
            5 => g.table(),
            _ => g.clamp(),
        }
    }
    g.clamp();
    let last = g.plan.tensors.len() as u32 - 1;
    let dims = g.plan.tensors[last as usize].dims.clone();
    if g.plan.tensors[last as usize].batched {
        g.plan.outputs.push(port("out", last, &dims));
    }
    g.plan
}

impl Generator {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.rng.next_u64() % bound
    }

    fn dims(&mut self) -> Vec<u32> {
        (0..self.below(4)).map(|_| 1 + self.below(4) as u32).collect()
    }

    fn push(&mut self, batched: bool, dims: &[u32], kind: TensorKind) -> u32 {
        let id = self.plan.tensors.len() as u32;
        self.plan.tensors.push(tensor(&format!("t{id}"), batched, dims, kind));
        id
    }

    fn any(&mut self) -> (u32, Tensor) {
        let id = self.below(self.plan.tensors.len() as u64) as u32;
        (id, self.plan.tensors[id as usize].clone())
    }

    fn small(&mut self) -> (u32, Tensor) {
        let at = self.below(self.small.len() as u64) as usize;
        (self.small[at], self.plan.tensors[self.small[at] as usize].clone())
    }

    fn model(&mut self) {
        let dims = self.dims();
        let range = if self.below(2) == 0 { (-8, 7) } else { (0, 15) };
        let id = self.push(false, &dims, TensorKind::Model { lo: range.0, hi: range.1 });
        self.small.push(id);
    }

    fn constant(&mut self) {
        let dims = self.dims();
        let values = (0..dims.iter().product()).map(|_| self.below(9) as i64 - 4).collect();
        let id = self.push(false, &dims, TensorKind::Constant { values });
        self.small.push(id);
    }

    fn linear(&mut self) {
        let (first, shape) = self.small();
        let mut terms = vec![(self.below(7) as i64 - 3, first)];
        let fits = |t: &Tensor| {
            (!t.batched || shape.batched)
                && t.dims.len() <= shape.dims.len()
                && t.dims.iter().rev().zip(shape.dims.iter().rev()).all(|(a, b)| *a == 1 || a == b)
        };
        for id in self.small.clone() {
            if fits(&self.plan.tensors[id as usize]) && self.below(2) == 0 {
                terms.push((self.below(7) as i64 - 3, id));
            }
        }
        let constant = self.below(21) as i64 - 10;
        self.push(shape.batched, &shape.dims, linear(&terms, constant));
    }

    fn contract(&mut self) {
        let ((a, left), (b, right)) = (self.small(), self.small());
        let a_labels: Vec<u8> = (0..left.dims.len() as u8).collect();
        let mut b_labels: Vec<u8> = Vec::new();
        for (axis, size) in right.dims.iter().enumerate() {
            let shared = a_labels.iter().find(|l| left.dims[**l as usize] == *size && !b_labels.contains(l));
            b_labels.push(*shared.unwrap_or(&(100 + axis as u8)));
        }
        let single = self.below(3) == 0;
        let mut out = Vec::new();
        let mut dims = Vec::new();
        for (label, size) in a_labels.iter().zip(&left.dims).chain(b_labels.iter().zip(&right.dims)) {
            let known = !single || a_labels.contains(label);
            if known && !out.contains(label) && out.len() < 6 && self.below(2) == 0 {
                out.push(*label);
                dims.push(*size);
            }
        }
        if single {
            self.push(left.batched, &dims, contract(&out, a, &a_labels, None, &[]));
        } else {
            let batched = left.batched || right.batched;
            self.push(batched, &dims, contract(&out, a, &a_labels, Some(b), &b_labels));
        }
    }

    /// The source reversed along its first axis, with a border of zeros or none.
    fn view(&mut self) {
        let (src, source) = self.any();
        let border = self.below(2) as u32;
        let mut strides = vec![0i64; source.dims.len()];
        let mut stride = 1i64;
        for (slot, size) in strides.iter_mut().zip(&source.dims).rev() {
            *slot = stride;
            stride *= i64::from(*size);
        }
        let mut offset = 0;
        if let (Some(slot), Some(size)) = (strides.first_mut(), source.dims.first()) {
            offset = *slot * (i64::from(*size) - 1);
            *slot = -*slot;
        }
        let corner = vec![border; source.dims.len()];
        let dims: Vec<u32> = source.dims.iter().map(|size| size + 2 * border).collect();
        let parts = vec![part(src, &corner, &source.dims, offset, &strides)];
        self.push(source.batched, &dims, TensorKind::View { parts });
    }

    fn clamp(&mut self) {
        let (src, source) = self.any();
        let hint = Hint::Clamp { src, shift: 3, lo: -16, hi: 15 };
        let id = self.push(source.batched, &source.dims, fresh(-16, 15, hint));
        self.plan.relations.push(Relation::Range { tensor: id, lo: -16, bits: 5 });
        self.small.push(id);
    }

    fn table(&mut self) {
        let (src, source) = self.any();
        let hint = Hint::Clamp { src, shift: 3, lo: -4, hi: 3 };
        let x = self.push(source.batched, &source.dims, fresh(-4, 3, hint));
        let y = self.push(source.batched, &source.dims, fresh(-7, 9, Hint::Table { src: x, table: 0 }));
        self.plan.relations.push(Relation::Table { x, y, table: 0 });
        self.small.extend([x, y]);
    }
}
