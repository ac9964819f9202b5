//! Small circuits, each for some of the relations, over free cells that make an honest witness whatever they are.

use super::chain::{Chain, Flaw, Given, Keep, Link};
use super::harness::Words;
use affidavit_plan::ViewPart;
use affidavit_relations::{Circuit, Fresh, Kind, LinearTerm, Lookup, Oracle, PublicBind, TableBlock};
use std::collections::BTreeMap;
use std::sync::Arc;

/// w [3, 2] and b [3] of the dense circuit, the model of most chains; then x [2].
pub const W: std::ops::Range<usize> = 0..6;
pub const B: std::ops::Range<usize> = 6..9;
pub const X: std::ops::Range<usize> = 9..11;

fn empty() -> Circuit {
    Circuit { batch: 1, ..Circuit::default() }
}

fn linear(c: &mut Circuit, name: &str, dims: &[usize], terms: &[(i64, usize)], constant: i64) -> usize {
    let terms = terms.iter().map(|&(coef, tensor)| LinearTerm { coef, tensor, axes: (0..dims.len()).collect() });
    let kind = Kind::Linear { terms: terms.collect(), constant };
    c.push(name, false, dims.to_vec(), kind)
}

fn contract(
    c: &mut Circuit,
    name: &str,
    dims: &[usize],
    out: &[u8],
    (a, a_labels): (usize, &[u8]),
    b: Option<(usize, &[u8])>,
) -> usize {
    let (b, b_labels) = b.map_or((None, vec![]), |(b, labels)| (Some(b), labels.to_vec()));
    let kind = Kind::Contract { out: out.to_vec(), a, a_labels: a_labels.to_vec(), b, b_labels };
    c.push(name, false, dims.to_vec(), kind)
}

fn table(c: &mut Circuit, log_size: usize, values: Option<Vec<i64>>) -> usize {
    let index = c.tables.len();
    let kind = Kind::Fresh(Fresh::Multiplicity { table: index });
    let multiplicity = c.push("multiplicities", false, vec![1 << log_size], kind);
    let tag = if values.is_some() { 1 + index as u32 } else { 0 };
    c.tables.push(TableBlock { tag, in_lo: 0, log_size, values: values.map(Arc::new), multiplicity });
    index
}

fn lookup(c: &mut Circuit, x: usize, y: Option<usize>, table: usize) {
    c.lookups.push(Lookup { name: "lookup".into(), x, y, table });
}

fn square(q: i64) -> i64 {
    (q * q + 3) % 7
}

/// acc = W·x + b + 1 = 4q + r, r < 4, y = table(q): a Contract of two oracles, Linear tensors in lookups, two tables.
pub fn dense() -> Circuit {
    let mut c = empty();
    let w = c.push("w", false, vec![3, 2], Kind::Committed(Oracle::Model));
    let b = c.push("b", false, vec![3], Kind::Committed(Oracle::Model));
    let x = c.push("x", false, vec![2], Kind::Committed(Oracle::Input));
    let wx = contract(&mut c, "wx", &[3], &[0], (w, &[0, 1]), Some((x, &[1])));
    let acc = linear(&mut c, "acc", &[3], &[(1, wx), (1, b)], 1);
    let q = c.push("q", false, vec![3], Kind::Fresh(Fresh::Witness));
    let y = c.push("y", false, vec![3], Kind::Fresh(Fresh::Witness));
    let r = linear(&mut c, "r", &[3], &[(1, acc), (-4, q)], 0);
    let range = table(&mut c, 2, None);
    let function = table(&mut c, 3, Some((0..8).map(square).collect()));
    lookup(&mut c, r, None, range);
    lookup(&mut c, q, Some(y), function);
    c
}

pub fn dense_witness() -> Given {
    Box::new(|free| {
        let (w, b, x) = (&free[W], &free[B], &free[X]);
        let q: Vec<i64> = (0..3).map(|o| (w[2 * o] * x[0] + w[2 * o + 1] * x[1] + b[o] + 1) >> 2).collect();
        BTreeMap::from([(6, q.iter().map(|&q| square(q)).collect()), (5, q)])
    })
}

/// Every weight lies in [0, 4): the card's certificate.
pub fn certificate() -> Circuit {
    let mut c = empty();
    let w = c.push("w", false, vec![3, 2], Kind::Committed(Oracle::Model));
    let b = c.push("b", false, vec![3], Kind::Committed(Oracle::Model));
    let range = table(&mut c, 2, None);
    lookup(&mut c, w, None, range);
    lookup(&mut c, b, None, range);
    c
}

/// Two persistent oracles hold the same tensors: Linear tensors and zero checks alone.
pub fn renewal() -> Circuit {
    let mut c = empty();
    let w = c.push("w", false, vec![3, 2], Kind::Committed(Oracle::Model));
    let b = c.push("b", false, vec![3], Kind::Committed(Oracle::Model));
    let w_new = c.push("w renewed", false, vec![3, 2], Kind::Committed(Oracle::Renewed));
    let b_new = c.push("b renewed", false, vec![3], Kind::Committed(Oracle::Renewed));
    let dw = linear(&mut c, "w difference", &[3, 2], &[(1, w), (-1, w_new)], 0);
    let db = linear(&mut c, "b difference", &[3], &[(1, b), (-1, b_new)], 0);
    c.zeros = vec![("renewal:w".into(), dw), ("renewal:b".into(), db)];
    c
}

/// lin = v + 2u − 1; lin² cell by cell (cubic, its Linear operand sent as a factor) equals t; v ⊗ u and Σ v; v·u² chained.
pub fn products() -> Circuit {
    let mut c = empty();
    let v = c.push("v", false, vec![3], Kind::Committed(Oracle::Model));
    let u = c.push("u", false, vec![3], Kind::Committed(Oracle::Input));
    let t = c.push("t", false, vec![3], Kind::Fresh(Fresh::Witness));
    let o = c.push("o", false, vec![3, 3], Kind::Fresh(Fresh::Witness));
    let s = c.push("s", false, vec![], Kind::Fresh(Fresh::Witness));
    let lin = linear(&mut c, "lin", &[3], &[(1, v), (2, u)], -1);
    let squares = contract(&mut c, "squares", &[3], &[0], (lin, &[0]), Some((lin, &[0])));
    let outer = contract(&mut c, "outer", &[3, 3], &[0, 1], (v, &[0]), Some((u, &[1])));
    let dot = contract(&mut c, "dot", &[], &[], (squares, &[0]), Some((u, &[0])));
    let sum = contract(&mut c, "sum", &[], &[], (v, &[0]), None);
    let zeros = [(&[3][..], squares, t), (&[3, 3], outer, o)];
    for (dims, a, b) in zeros {
        let difference = linear(&mut c, "difference", dims, &[(1, a), (-1, b)], 0);
        c.zeros.push(("products".into(), difference));
    }
    let difference = linear(&mut c, "difference", &[], &[(1, dot), (3, sum), (-1, s)], 0);
    c.zeros.push(("chained".into(), difference));
    c
}

pub fn products_witness() -> Given {
    Box::new(|free| {
        let (v, u) = free.split_at(3);
        let squares: Vec<i64> = v.iter().zip(u).map(|(v, u)| (v + 2 * u - 1).pow(2)).collect();
        let outer = v.iter().flat_map(|v| u.iter().map(move |u| v * u)).collect();
        let dot: i64 = squares.iter().zip(u).map(|(s, u)| s * u).sum();
        BTreeMap::from([(2, squares), (3, outer), (4, vec![dot + 3 * v.iter().sum::<i64>()])])
    })
}

/// A transposition and a padded, reversed row of another view, each equal to a fresh tensor.
pub fn views() -> Circuit {
    let mut c = empty();
    let m = c.push("m", false, vec![3, 2], Kind::Committed(Oracle::Model));
    let copy = c.push("copy", false, vec![2, 3], Kind::Fresh(Fresh::Witness));
    let row = c.push("row", false, vec![5], Kind::Fresh(Fresh::Witness));
    let part = |src: usize, offset: &[u32], shape: &[u32], src_offset, strides: &[i64]| ViewPart {
        src: src as u32,
        box_offset: offset.to_vec(),
        box_shape: shape.to_vec(),
        src_offset,
        src_strides: strides.to_vec(),
    };
    let parts = vec![part(m, &[0, 0], &[2, 3], 0, &[1, 2])];
    let transposed = c.push("transposed", false, vec![2, 3], Kind::View { parts });
    let parts = vec![part(transposed, &[1], &[3], 4, &[-2]), part(m, &[4], &[1], 1, &[0])];
    let padded = c.push("padded", false, vec![5], Kind::View { parts });
    for (dims, a, b) in [(&[2, 3][..], transposed, copy), (&[5], padded, row)] {
        let difference = linear(&mut c, "difference", dims, &[(1, a), (-1, b)], 0);
        c.zeros.push(("views".into(), difference));
    }
    c
}

pub fn views_witness() -> Given {
    Box::new(|m| {
        let copy = vec![m[0], m[2], m[4], m[1], m[3], m[5]];
        let row = vec![0, copy[4], copy[2], copy[0], m[1]];
        BTreeMap::from([(1, copy), (2, row)])
    })
}

/// m + x is public, and each of them hidden: Bind.
pub fn bind() -> Circuit {
    let mut c = empty();
    let m = c.push("m", false, vec![3], Kind::Committed(Oracle::Model));
    let x = c.push("x", false, vec![3], Kind::Fresh(Fresh::Witness));
    let known = c.push("known", false, vec![3], Kind::Public(Arc::new(vec![2, -1, 4])));
    let sum = linear(&mut c, "sum", &[3], &[(1, m), (1, x), (3, known)], 0);
    c.publics.push(PublicBind { name: "output:sum".into(), tensor: sum, values: Arc::new(vec![26, 17, 32]) });
    c
}

pub fn bind_witness() -> Given {
    Box::new(|m| BTreeMap::from([(1, m.iter().map(|m| 20 - m).collect())]))
}

/// Opened rows of proof `number` out of `rows`: distinct over all proofs, in cosets and not.
pub fn positions(number: usize, queries: usize, rows: usize) -> Vec<usize> {
    let mut all: Vec<usize> = (number * queries..(number + 1) * queries).map(|i| (i * 5 + 3) % rows).collect();
    all.sort_unstable();
    all
}

pub fn nothing() -> Given {
    Box::new(|_| BTreeMap::new())
}

/// A chain of one proof about a circuit, its pads exactly as many as rows are opened.
pub fn alone(circuit: Circuit, given: Given, model: &[&[usize]], input: Option<&[&[usize]]>, log_rows: usize) -> Chain {
    let queries = 3;
    let mut at = 0;
    let mut keep = |dims: &[&[usize]]| {
        let tensor = |d: &&[usize]| {
            let start = at;
            at += d.iter().product::<usize>();
            (d.to_vec(), start..at)
        };
        Keep { tensors: dims.iter().map(tensor).collect(), pads: queries }
    };
    let keeps: Vec<Keep> = [Some(model), input].into_iter().flatten().map(&mut keep).collect();
    let link = Link {
        circuit,
        model: 0,
        input: input.map(|_| 1),
        given,
        positions: positions(0, queries, 4 << log_rows),
        seed: 11,
    };
    Chain { log_rows, queries, keeps, links: vec![link], flaw: Flaw::None }
}

/// The zero witness, each cell alone at 1 and 2 from zero and from a random base, and random ones: pads' products are
/// quadratic in the witness, so directions alone would not do. Cells lie in [0, 4).
pub fn witnesses(cells: usize) -> Vec<Vec<i64>> {
    let mut words = Words(77);
    let mut random = || -> Vec<i64> { (0..cells).map(|_| (words.next() % 4) as i64).collect() };
    let mut all = vec![vec![0; cells]];
    for base in [vec![0; cells], random()] {
        for cell in 0..cells {
            for step in [1, 2] {
                let mut w = base.clone();
                w[cell] = (w[cell] + step) % 4;
                all.push(w);
            }
        }
    }
    all.extend((0..12).map(|_| random()));
    all
}
