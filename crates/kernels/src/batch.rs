//! The sumcheck that reduces every claim on an oracle to one point (column point x1, row point x2).

mod gram;

use crate::product::Product;
use affidavit_algebra::FieldPair;
use gram::Gram;

/// Σ over columns and rows of W·f, for base-field columns of 2^l cells padded with zero columns to 2^c.
///
/// The c column variables are bound first (most significant bit of the column index first), then the l row variables.
/// The first rounds run on inner products of groups of columns, so that the columns stay in the base field and are read
/// twice in all.
#[derive(Clone, Debug)]
pub struct BatchSumcheck<'a, P: FieldPair> {
    stage: Stage<'a, P>,
    rows: usize,
    remaining: usize,
}

#[derive(Clone, Debug)]
enum Stage<'a, P: FieldPair> {
    Gram(Gram<'a, P>),
    Product(Product<P>),
}

impl<'a, P: FieldPair> BatchSumcheck<'a, P> {
    /// Starts on columns and their weights; an empty weight vector is the zero weight.
    ///
    /// # Panics
    /// If there is no column, if the columns differ in length or are not of power-of-two length, or if a weight is
    /// neither empty nor of that length.
    pub fn new(columns: Vec<&'a [P::F]>, weights: Vec<Vec<P::K>>) -> Self {
        let cells = columns.first().map_or(0, |c| c.len());
        assert!(
            cells.is_power_of_two() && columns.iter().all(|c| c.len() == cells),
            "columns of one power-of-two length"
        );
        assert!(
            weights.len() == columns.len() && weights.iter().all(|w| w.is_empty() || w.len() == cells),
            "one weight a column, empty or of its length"
        );
        let rows = cells.trailing_zeros() as usize;
        let gram = Gram::new(columns, weights);
        let remaining = gram.column_vars() + rows;
        let mut this = Self { stage: Stage::Gram(gram), rows, remaining };
        this.advance();
        this
    }

    /// Rounds left: first the column rounds, then the row rounds.
    pub fn remaining(&self) -> usize {
        self.remaining
    }

    /// The round polynomial (degree 2) at 0 and 2.
    ///
    /// # Panics
    /// If no round is left.
    pub fn round(&self) -> [P::K; 2] {
        assert!(self.remaining > 0, "all variables are bound");
        match &self.stage {
            Stage::Gram(gram) => gram.round(),
            Stage::Product(product) => {
                let [at0, at2, _] = product.round();
                [at0, at2]
            }
        }
    }

    /// Binds the first remaining variable to r.
    ///
    /// # Panics
    /// If no round is left.
    pub fn bind(&mut self, r: P::K) {
        assert!(self.remaining > 0, "all variables are bound");
        self.remaining -= 1;
        match &mut self.stage {
            Stage::Gram(gram) => {
                gram.bind(r);
                self.advance();
            }
            Stage::Product(product) => product.bind(r),
        }
    }

    /// f(x1, ·): all columns folded at the bound column point, in clear.
    ///
    /// # Panics
    /// Unless exactly the column rounds are done.
    pub fn folded(&self) -> Vec<P::K> {
        match &self.stage {
            Stage::Product(product) if self.remaining == self.rows => product.table(COLUMNS),
            _ => panic!("the columns are folded between the column rounds and the row rounds"),
        }
    }

    /// f(x1, x2).
    ///
    /// # Panics
    /// If a round is left.
    pub fn end(&self) -> P::K {
        match &self.stage {
            Stage::Product(product) if self.remaining == 0 => product.table(COLUMNS)[0],
            _ => panic!("variables are unbound"),
        }
    }

    /// W(x1, x2), for a caller that has no closed form at hand.
    ///
    /// # Panics
    /// If a round is left.
    pub fn weight_end(&self) -> P::K {
        match &self.stage {
            Stage::Product(product) if self.remaining == 0 => product.table(WEIGHTS)[0],
            _ => panic!("variables are unbound"),
        }
    }

    /// Leaves the grouped rounds once they are used up.
    fn advance(&mut self) {
        if let Stage::Gram(gram) = &mut self.stage
            && gram.is_done()
        {
            let [weights, columns] = gram.fold();
            self.stage = Stage::Product(match (weights, columns) {
                (gram::Folded::Simd(w), gram::Folded::Simd(f)) => Product::from_packed(vec![w, f], false),
                (w, f) => Product::new(vec![w.into_scalar(), f.into_scalar()], false),
            });
        }
    }
}

/// Order of the two factors.
const WEIGHTS: usize = 0;
const COLUMNS: usize = 1;
