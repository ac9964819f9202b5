//! Several proofs on shared persistent oracles, and whether together they hide what the oracles and the proofs hold.
//!
//! For fixed challenges, positions and masked scalars a verifier sees T(w) + L·r, with the witness w and the other draws
//! r uniform. If L does not depend on w, this hides w exactly if every T(w) − T(w′) lies in the image of L. Elimination
//! goes proof by proof: first what a proof's own draws reach, then what is left over all proofs together against the
//! persistent oracles' pads. Φ and the opened R_× are left out: S alone makes Φ uniform on its space whatever the rest is
//! (`whole::the_product_mask_covers_its_space`), and R_× follows from Φ and the rest of its row.

use super::harness::{Case, Draws, PadFlaw, Sent, Store, Words, columns, prove};
use super::span::Span;
use affidavit_algebra::FieldPair;
use affidavit_protocol::count;
use affidavit_relations::placement::{place, shapes_of};
use affidavit_relations::{Circuit, Layout, Oracle, OracleShape};
use p3_field::{BasedVectorSpace, PrimeCharacteristicRing};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;

/// Witness cells of fresh tensors as a function of the free cells.
pub type Given = Box<dyn Fn(&[i64]) -> BTreeMap<usize, Vec<i64>> + Sync>;

/// A persistent oracle: its tensors' dimensions and where their cells are among the free ones, and pads per column.
#[derive(Clone)]
pub struct Keep {
    pub tensors: Vec<(Vec<usize>, Range<usize>)>,
    pub pads: usize,
}

/// One proof.
pub struct Link {
    pub circuit: Circuit,
    /// Index of the oracle in the model's place, and of that in the input's place.
    pub model: usize,
    pub input: Option<usize>,
    pub given: Given,
    /// Opened rows.
    pub positions: Vec<usize>,
    /// Of challenges and masked scalars.
    pub seed: u64,
}

/// A way to break a chain's first proof (ReusedMask: its first two).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    None,
    Pad(PadFlaw),
    /// These cells of μ are zero.
    MaskCells(usize, usize),
    /// μ is F-valued.
    BaseFieldMask,
    /// The second proof uses the first one's μ.
    ReusedMask,
    /// H has no pads of its own.
    PadVectorTail,
    /// R_H lacks its last coefficient.
    PadVectorMask,
    /// a, b or c without its uniform values.
    OperandTail(usize),
    /// R_Y is constant.
    OperandMask,
    /// One fresh column lacks its first pad.
    FreshPad,
}

pub struct Chain {
    pub log_rows: usize,
    pub queries: usize,
    pub keeps: Vec<Keep>,
    pub links: Vec<Link>,
    pub flaw: Flaw,
}

/// What the verifier sees of one proof: K-part and F-part.
#[derive(Clone)]
struct Seen<P: FieldPair>(Vec<P::K>, Vec<P::F>);

impl<P: FieldPair> Seen<P> {
    fn of(sent: &Sent<P>) -> Self {
        let mut k = [sent.masked.as_slice(), &sent.u, &sent.response.x_h, &sent.response.x_y, &[sent.beta]].concat();
        // Without R_×.
        sent.extension_rows.iter().for_each(|row| k.extend_from_slice(&row[..row.len() - 1]));
        Self(k, sent.base_rows.concat())
    }

    fn minus(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(&other.0).for_each(|(a, &b)| *a -= b);
        self.1.iter_mut().zip(&other.1).for_each(|(a, &b)| *a -= b);
        self
    }
}

/// What a proof's own draws reach, and the map to what they do not.
struct Own<P: FieldPair> {
    extension: Span<P::K>,
    free: Vec<bool>,
    base: Span<P::F>,
}

impl<P: FieldPair> Own<P> {
    fn flat(&self, seen: Seen<P>) -> Vec<P::F> {
        let k = self.extension.reduce(seen.0);
        let rest = k.iter().zip(&self.free).filter(|(_, free)| **free);
        let mut out: Vec<P::F> = rest.flat_map(|(x, _)| x.as_basis_coefficients_slice().to_vec()).collect();
        out.extend(seen.1);
        out
    }

    fn residue(&self, seen: Seen<P>) -> Vec<P::F> {
        self.base.reduce(self.flat(seen))
    }
}

/// The image of L.
pub struct Image<P: FieldPair> {
    own: Vec<Own<P>>,
    shared: Span<P::F>,
}

impl<P: FieldPair> Image<P> {
    /// Dimension over F.
    pub fn rank(&self) -> usize {
        self.own.iter().map(|own| P::DEGREE * own.extension.rank() + own.base.rank()).sum::<usize>()
            + self.shared.rank()
    }
}

/// Draws that all proofs share: the pads of each oracle.
type Pads<F> = Vec<Vec<F>>;

impl Chain {
    pub fn layout(&self, link: &Link) -> Layout {
        let shapes = |oracle| shapes_of(&link.circuit, oracle);
        let pads = self.keeps[link.model].pads;
        let second_pads = link.input.map_or(0, |i| self.keeps[i].pads);
        let renewed = link.circuit.tensors.iter().any(|t| t.oracle() == Some(Oracle::Renewed));
        let second = if renewed { Oracle::Renewed } else { Oracle::Input };
        let shape = OracleShape { log_rows: self.log_rows, log_blowup: 2, queries: self.queries, grinding: 0, pads };
        Layout {
            shape,
            model: place(&shapes(Oracle::Model), self.log_rows, pads),
            second: link.input.map(|_| (second, place(&shapes(second), self.log_rows, second_pads))),
            fresh: place(&shapes(Oracle::Fresh), self.log_rows, self.queries),
            second_pads,
            digest: [0; 32],
        }
    }

    fn store<P: FieldPair>(&self, keep: usize, free: &[i64], pads: &Pads<P::F>) -> Store<P> {
        let Keep { tensors, pads: each } = &self.keeps[keep];
        let cells: Vec<Vec<P::F>> =
            tensors.iter().map(|(_, at)| free[at.clone()].iter().map(|&x| P::F::from_i64(x)).collect()).collect();
        let shapes: Vec<(usize, Vec<usize>)> = tensors.iter().map(|(dims, _)| dims.clone()).enumerate().collect();
        let placed = place(&shapes, self.log_rows, *each);
        let tensor = |id: usize| (shapes[id].1.clone(), cells[id].clone());
        let columns = columns::<P>(&placed, self.log_rows, &pads[keep], tensor);
        Store { cells, columns }
    }

    pub fn pad_columns(&self, keep: usize) -> usize {
        let Keep { tensors, pads } = &self.keeps[keep];
        let shapes: Vec<_> = tensors.iter().map(|(dims, _)| dims.clone()).enumerate().collect();
        place(&shapes, self.log_rows, *pads).columns
    }

    pub fn no_pads<P: FieldPair>(&self) -> Pads<P::F> {
        (0..self.keeps.len()).map(|i| vec![P::F::ZERO; self.pad_columns(i) * self.keeps[i].pads]).collect()
    }

    /// Numbers of draws of a proof: fresh pads, μ, then k_f, R_H, tails, R_Y, S.
    fn sizes<P: FieldPair>(&self, link: &Link, layout: &Layout) -> (usize, usize, [usize; 5]) {
        let counted = count::<P>(&link.circuit, layout).unwrap();
        let (s, q, t) = (counted.scalars, counted.pairs.len(), self.queries);
        let n = (q + t).next_power_of_two();
        (layout.fresh.columns * t, 1 << self.log_rows, [t, s + q + t, 3 * (n - q), n, 2 * n - 1 - q])
    }

    pub fn no_draws<P: FieldPair>(&self, link: &Link) -> Draws<P> {
        let (fresh, mask, finish) = self.sizes::<P>(link, &self.layout(link));
        let zeros = |n| vec![P::K::ZERO; n];
        Draws { fresh: vec![P::F::ZERO; fresh], mask: zeros(mask), finish: zeros(finish.iter().sum()) }
    }

    /// The draws as the flaw lets them be.
    fn spoil<P: FieldPair>(&self, link: usize, mut draws: Draws<P>) -> Draws<P> {
        if link != 0 || self.flaw == Flaw::None {
            return draws;
        }
        let layout = self.layout(&self.links[0]);
        let (_, _, [t, r_h, tails, n, _]) = self.sizes::<P>(&self.links[0], &layout);
        let finish = &mut draws.finish;
        match self.flaw {
            Flaw::MaskCells(from, to) => draws.mask[from..to].fill(P::K::ZERO),
            Flaw::PadVectorTail => finish[..t].fill(P::K::ZERO),
            Flaw::PadVectorMask => finish[t + r_h - 1] = P::K::ZERO,
            Flaw::OperandTail(i) => finish[t + r_h + i * tails / 3..][..tails / 3].fill(P::K::ZERO),
            Flaw::OperandMask => {
                let first = finish[t + r_h + tails];
                finish[t + r_h + tails..][..n].fill(first);
            }
            Flaw::FreshPad => draws.fresh[0] = P::F::ZERO,
            _ => {}
        }
        draws
    }

    pub fn sent<P: FieldPair>(&self, index: usize, free: &[i64], pads: &Pads<P::F>, draws: &Draws<P>) -> Sent<P> {
        let link = &self.links[index];
        let layout = self.layout(link);
        let model = self.store::<P>(link.model, free, pads);
        let input = link.input.map(|i| self.store::<P>(i, free, pads));
        let witness = (link.given)(free);
        let case =
            Case { circuit: &link.circuit, layout: &layout, model: &model, input: input.as_ref(), witness: &witness };
        let mut challenges = Words(link.seed);
        let mut words = Words(link.seed ^ 0xffff);
        let scalars = count::<P>(&link.circuit, &layout).unwrap().scalars;
        let masked = (0..scalars).map(|_| words.k::<P>()).collect();
        let flaw = match self.flaw {
            Flaw::Pad(flaw) if index == 0 => flaw,
            _ => PadFlaw::None,
        };
        let draws = self.spoil(index, draws.clone());
        prove(&case, &draws, masked, flaw, &mut challenges, |_| link.positions.clone())
    }

    fn seen<P: FieldPair>(&self, index: usize, free: &[i64], pads: &Pads<P::F>, draws: &Draws<P>) -> Seen<P> {
        Seen::of(&self.sent::<P>(index, free, pads, draws))
    }

    /// True for proofs whose μ is not a K-linear draw of their own.
    fn odd_mask(&self, link: usize) -> bool {
        match self.flaw {
            Flaw::BaseFieldMask => link == 0,
            Flaw::ReusedMask => link < 2,
            _ => false,
        }
    }

    fn own<P: FieldPair>(&self, index: usize, free: &[i64]) -> Own<P> {
        let still = self.no_draws::<P>(&self.links[index]);
        let pads = self.no_pads::<P>();
        let base = self.seen(index, free, &pads, &still);
        let moved = |change: &(dyn Fn(&mut Draws<P>) + Sync)| {
            let mut draws = still.clone();
            change(&mut draws);
            self.seen(index, free, &pads, &draws).minus(&base)
        };
        let (masks, finish) = (still.mask.len(), still.finish.len());
        let (_, _, [.., quotient]) = self.sizes::<P>(&self.links[index], &self.layout(&self.links[index]));
        let first = if self.odd_mask(index) { masks } else { 0 };
        // S moves Φ and R_× alone, which are not part of what is looked at.
        let direction = |i: usize| {
            moved(&|d: &mut Draws<P>| match i.checked_sub(masks) {
                None => d.mask[i] = P::K::ONE,
                Some(i) => d.finish[i] = P::K::ONE,
            })
        };
        let mut extension = Span::new();
        let all: Vec<usize> = (first..masks + finish - quotient).collect();
        for some in all.chunks(256) {
            let vectors: Vec<Seen<P>> = some.par_iter().map(|&i| direction(i)).collect();
            for v in vectors {
                assert!(v.1.iter().all(|&x| x == P::F::ZERO), "K-valued draws reach K-valued cells only");
                extension.insert(v.0);
            }
        }
        let free_k = extension.pivots(base.0.len()).iter().map(|p| !p).collect();
        let mut own = Own { extension, free: free_k, base: Span::new() };
        let fresh: Vec<Vec<P::F>> = (0..still.fresh.len())
            .into_par_iter()
            .map(|i| own.flat(moved(&|d: &mut Draws<P>| d.fresh[i] = P::F::ONE)))
            .collect();
        for v in fresh {
            own.base.insert(v);
        }
        own
    }

    /// The image of L at the witness `free`.
    pub fn image<P: FieldPair>(&self, free: &[i64]) -> Image<P> {
        let own: Vec<Own<P>> = (0..self.links.len()).map(|i| self.own(i, free)).collect();
        let mut shared = Span::new();
        let still = self.no_pads::<P>();
        let draws: Vec<Draws<P>> = self.links.iter().map(|link| self.no_draws(link)).collect();
        let bases: Vec<Seen<P>> = (0..own.len()).map(|i| self.seen(i, free, &still, &draws[i])).collect();
        let joint = |pads: &Pads<P::F>, masks: Option<(usize, P::K)>| -> Vec<P::F> {
            (0..own.len())
                .flat_map(|i| {
                    let mut draws = draws[i].clone();
                    if let (Some((cell, value)), true) = (masks, self.odd_mask(i)) {
                        draws.mask[cell] = value;
                    }
                    own[i].residue(self.seen(i, free, pads, &draws).minus(&bases[i]))
                })
                .collect()
        };
        let cells: Vec<(usize, usize)> =
            still.iter().enumerate().flat_map(|(keep, pads)| (0..pads.len()).map(move |i| (keep, i))).collect();
        let mut vectors: Vec<Vec<P::F>> = cells
            .into_par_iter()
            .map(|(keep, i)| {
                let mut pads = still.clone();
                pads[keep][i] = P::F::ONE;
                joint(&pads, None)
            })
            .collect();
        if self.odd_mask(0) {
            let directions = if self.flaw == Flaw::BaseFieldMask { 1 } else { P::DEGREE };
            for d in 0..directions {
                let unit = P::K::from_basis_coefficients_fn(|i| P::F::from_bool(i == d));
                let one = |cell| joint(&still, Some((cell, unit)));
                vectors.par_extend((0..1usize << self.log_rows).into_par_iter().map(one));
            }
        }
        for v in vectors {
            shared.insert(v);
        }
        Image { own, shared }
    }

    /// Whether every witness of the list has the same distribution as the first. All of them must be honest.
    pub fn hides<P: FieldPair>(&self, image: &Image<P>, witnesses: &[Vec<i64>]) -> bool {
        let still = self.no_pads::<P>();
        let draws: Vec<Draws<P>> = self.links.iter().map(|link| self.no_draws(link)).collect();
        let at = |w: &[i64]| -> Vec<Seen<P>> {
            let proofs = self.links.iter().enumerate().map(|(i, _)| {
                let sent = self.sent::<P>(i, w, &still, &draws[i]);
                assert_eq!(sent.violated, Vec::<String>::new(), "proof {i} at {w:?}");
                Seen::of(&sent)
            });
            proofs.collect()
        };
        let base = at(&witnesses[0]);
        witnesses[1..].par_iter().all(|w| {
            let seen = at(w).into_iter().zip(&base).zip(&image.own);
            image.shared.contains(seen.flat_map(|((seen, base), own)| own.residue(seen.minus(base))).collect())
        })
    }

    /// The simulator's dimension over F: u, X_H, X_Y and, per row, H, A, B, C and the fresh cells; persistent rows once.
    pub fn simulated_rank<P: FieldPair>(&self) -> usize {
        let mut opened: Vec<std::collections::BTreeSet<usize>> = vec![Default::default(); self.keeps.len()];
        let mut rank = 0;
        for link in &self.links {
            let layout = self.layout(link);
            let (_, u, [_, n_h, _, n, _]) = self.sizes::<P>(link, &layout);
            let t = link.positions.len();
            rank += P::DEGREE * (u + n_h + n + 4 * t) + layout.fresh.columns * t;
            for keep in [Some(link.model), link.input].into_iter().flatten() {
                opened[keep].extend(&link.positions);
            }
        }
        rank + opened.iter().enumerate().map(|(i, rows)| rows.len() * self.pad_columns(i)).sum::<usize>()
    }

    /// Random draws for every proof and random pads.
    pub fn random<P: FieldPair>(&self, words: &mut Words) -> (Pads<P::F>, Vec<Draws<P>>) {
        let mut pads = self.no_pads::<P>();
        pads.iter_mut().flatten().for_each(|x| *x = words.f::<P>());
        let draws = self.links.iter().map(|link| {
            let mut draws = self.no_draws::<P>(link);
            draws.fresh.iter_mut().for_each(|x| *x = words.f::<P>());
            draws.mask.iter_mut().chain(&mut draws.finish).for_each(|x| *x = words.k::<P>());
            draws
        });
        let draws = draws.collect();
        (pads, draws)
    }

    /// The premise of the rank test at two witnesses: what is looked at is affine in the draws, with one linear part.
    pub fn assert_affine<P: FieldPair>(&self, witnesses: [&[i64]; 2]) {
        let words = &mut Words(5);
        let (pads_r, draws_r) = self.random::<P>(words);
        let (pads_s, draws_s) = self.random::<P>(words);
        let sum = |a: &[P::F], b: &[P::F]| -> Vec<P::F> { a.iter().zip(b).map(|(&x, &y)| x + y).collect() };
        let sum_k = |a: &[P::K], b: &[P::K]| -> Vec<P::K> { a.iter().zip(b).map(|(&x, &y)| x + y).collect() };
        let pads_sum: Pads<P::F> = pads_r.iter().zip(&pads_s).map(|(a, b)| sum(a, b)).collect();
        let none = self.no_pads::<P>();
        for i in 0..self.links.len() {
            let (r, s) = (&draws_r[i], &draws_s[i]);
            let both = Draws {
                fresh: sum(&r.fresh, &s.fresh),
                mask: sum_k(&r.mask, &s.mask),
                finish: sum_k(&r.finish, &s.finish),
            };
            let still = self.no_draws::<P>(&self.links[i]);
            let linear = witnesses.map(|w| {
                let base = self.seen(i, w, &none, &still);
                let moved = self.seen(i, w, &pads_r, r).minus(&base);
                let step = self.seen(i, w, &pads_sum, &both).minus(&self.seen(i, w, &pads_s, s));
                assert!(moved.0 == step.0 && moved.1 == step.1, "proof {i} is not affine in its draws");
                moved
            });
            assert!(linear[0].0 == linear[1].0 && linear[0].1 == linear[1].1, "proof {i}: L depends on the witness");
            let [a, b] = witnesses.map(|w| self.seen(i, w, &none, &still));
            assert!(a.0 != b.0 || a.1 != b.1, "proof {i}: the witness does not reach the transcript");
        }
    }
}
