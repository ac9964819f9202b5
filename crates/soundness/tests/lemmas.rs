//! The lemmas of spec 7.4 on codes and fields small enough to try every challenge.
//!
//! No proof: a check that the bounds are stated for the right things, and that they are attained up to a constant.

/// More elements than any bound below, so that no bound holds for lack of challenges.
const P: i64 = 31;
const N: usize = 8;
/// Polynomials of degree below 2 at 1, …, 8: distance 7, e = 3.
const E: usize = 3;

type Word = [i64; N];

struct Rng(u64);

impl Rng {
    fn below(&mut self, n: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as i64 % n
    }

    fn codeword(&mut self) -> Word {
        let (a, b) = (self.below(P), self.below(P));
        core::array::from_fn(|x| (a + b * (x as i64 + 1)) % P)
    }

    /// This many different positions.
    fn positions(&mut self, count: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..N).collect();
        (0..count).map(|_| all.remove(self.below(all.len() as i64) as usize)).collect()
    }
}

/// The rows in which the word differs from the one codeword within e, if there is one.
///
/// That codeword agrees with the word in N − e = 5 rows, so in two of the first e + 2: those pairs name all candidates.
fn errors(word: &Word) -> Option<[bool; N]> {
    let pairs = (0..E + 2).flat_map(|i| (0..i).map(move |j| (i, j)));
    pairs.into_iter().find_map(|(i, j)| {
        let inverse = (1..P).find(|k| k * (i - j) as i64 % P == 1)?;
        let slope = ((word[i] - word[j]) * inverse).rem_euclid(P);
        let wrong: [bool; N] =
            core::array::from_fn(|x| (word[i] + slope * (x as i64 - i as i64) - word[x]).rem_euclid(P) != 0);
        (wrong.iter().filter(|&&w| w).count() <= E).then_some(wrong)
    })
}

/// One set of at least N − e rows on which every word is a codeword.
fn jointly_close(words: &[Word]) -> bool {
    let all: Option<Vec<[bool; N]>> = words.iter().map(errors).collect();
    all.is_some_and(|all| (0..N).filter(|&x| all.iter().any(|w| w[x])).count() <= E)
}

/// Σ r^i·words_i.
fn curve(words: &[Word], r: i64) -> Word {
    core::array::from_fn(|x| words.iter().rev().fold(0, |sum, w| (sum * r + w[x]).rem_euclid(P)))
}

/// Codewords with errors at `positions` that cancel on the curve at one challenge a position, or two on a parabola.
fn cancelling(rng: &mut Rng, degree: usize, positions: &[usize]) -> Vec<Word> {
    let mut words: Vec<Word> = (0..=degree).map(|_| rng.codeword()).collect();
    for &x in positions {
        let (scale, r, s) = (1 + rng.below(P - 1), rng.below(P), rng.below(P));
        let errors = if degree == 1 { vec![-r, 1] } else { vec![r * s, -(r + s), 1] };
        for (word, error) in words.iter_mut().zip(errors) {
            word[x] = (word[x] + scale * error).rem_euclid(P);
        }
    }
    words
}

/// The most challenges that bring words which are not jointly close to the code, over many tries.
fn worst(degree: usize) -> usize {
    let mut rng = Rng(degree as u64);
    let mut worst = 0;
    for _ in 0..3000 {
        let count = E + 1 + rng.below(3) as usize;
        let positions = rng.positions(count);
        let words = cancelling(&mut rng, degree, &positions);
        if !jointly_close(&words) {
            let cured = (0..P).filter(|&r| errors(&curve(&words, r)).is_some()).count();
            worst = worst.max(cured);
        }
    }
    worst
}

#[test]
fn a_line_of_words_is_cured_by_at_most_n_challenges() {
    let worst = worst(1);
    assert!((E + 1..=N).contains(&worst), "{worst}");
}

#[test]
fn a_parabola_of_words_is_cured_by_at_most_2n_challenges() {
    let worst = worst(2);
    assert!((2 * (E + 1)..=2 * N).contains(&worst), "{worst}");
}

/// Lemma 1: folding two halves of the columns with μ beside them. The words may each be close, and only together not.
#[test]
fn columns_of_several_oracles_fold_with_the_mask_beside_them() {
    let (mut rng, mut worst, mut each_close) = (Rng(7), 0, 0);
    for _ in 0..4000 {
        let (of_columns, of_mask) = (rng.below(5) as usize, rng.below(4) as usize);
        let rows = rng.positions(of_columns + of_mask);
        let columns = cancelling(&mut rng, 1, &rows[..of_columns]);
        let mut mask = rng.codeword();
        rows[of_columns..].iter().for_each(|&x| mask[x] = (mask[x] + 1) % P);
        // (1 − r)·D_0 + r·D_1 as a line with D_1 − D_0; jointly close exactly if D_0, D_1 and μ are.
        let halves = [columns[0], core::array::from_fn(|x| (columns[0][x] + columns[1][x]) % P)];
        if jointly_close(&[halves[0], halves[1], mask]) {
            assert!((0..P).all(|r| jointly_close(&[curve(&columns, r), mask])));
            continue;
        }
        each_close += usize::from([halves[0], halves[1], mask].iter().all(|w| errors(w).is_some()));
        let cured = (0..P).filter(|&r| jointly_close(&[curve(&columns, r), mask])).count();
        assert!(cured <= N, "{cured}");
        worst = worst.max(cured);
    }
    assert!(worst >= 2 && each_close > 100, "{worst} {each_close}");
}

/// Lemma 3 over all (α, β) of a field of 101 elements: three looked-up tuples, one of them wrong, a table of four with any
/// multiplicities, one padding leaf.
#[test]
fn a_tuple_outside_of_its_table_is_seen_by_almost_all_challenges() {
    const Q: i64 = 101;
    let mut rng = Rng(3);
    let leaves = 8;
    for trial in 0..40 {
        let table: Vec<[i64; 3]> = (0..4).map(|i| [i, rng.below(Q), 1]).collect();
        let honest = trial % 2 == 0;
        let mut looked_up: Vec<usize> = (0..3).map(|_| rng.below(4) as usize).collect();
        let mut tuples: Vec<[i64; 3]> = looked_up.iter().map(|&i| table[i]).collect();
        let mut multiplicities = [0; 4];
        if honest {
            looked_up.drain(..).for_each(|i| multiplicities[i] += 1);
        } else {
            // Another y, another tag, or an x outside: and the multiplicities that suit the prover best, at random.
            tuples[0][trial % 3] += 5;
            multiplicities.iter_mut().for_each(|m| *m = rng.below(Q));
        }
        let padding = [rng.below(Q), rng.below(Q), 1];
        let all: Vec<([i64; 3], i64)> = (tuples.iter().map(|&t| (t, -1)))
            .chain(table.iter().copied().zip(multiplicities.iter().copied()))
            .chain([(padding, 0)])
            .collect();
        assert_eq!(all.len(), leaves);
        let mut zeros = 0i64;
        for (alpha, beta) in (0..Q).flat_map(|a| (0..Q).map(move |b| (a, b))) {
            // Fractions added as in the tree: never reduced.
            let (numerator, _) = all.iter().fold((0i64, 1i64), |(n, d), (t, m)| {
                let leaf = (alpha - t[0] - beta * t[1] - beta * beta * t[2]).rem_euclid(Q);
                ((n * leaf + m * d).rem_euclid(Q), d * leaf % Q)
            });
            zeros += i64::from(numerator == 0);
        }
        if honest {
            assert_eq!(zeros, Q * Q, "a true relation has numerator 0 everywhere");
        } else {
            assert!(zeros <= 3 * (leaves as i64 - 1) * Q, "{zeros}");
        }
    }
}
