//! The little that the finish needs of its field.

use core::fmt::Debug;
use core::ops::{Add, Mul, Neg, Sub};
use p3_field::Field;

/// A field element. Every p3 field is one; tests add fields small enough to enumerate.
///
/// The names differ from those of [`Field`] so that both traits can be in scope.
pub trait Scalar:
    Copy + Eq + Debug + Send + Sync + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Neg<Output = Self>
{
    /// The additive identity.
    fn zero() -> Self;
    /// The multiplicative identity.
    fn one() -> Self;
}

impl<T: Field> Scalar for T {
    fn zero() -> Self {
        T::ZERO
    }

    fn one() -> Self {
        T::ONE
    }
}

/// Σ a_i·b_i over the common prefix.
pub(crate) fn dot<K: Scalar>(a: &[K], b: &[K]) -> K {
    a.iter().zip(b).fold(K::zero(), |sum, (&x, &y)| sum + x * y)
}

/// Σ c_i·x^i.
pub(crate) fn horner<K: Scalar>(coeffs: &[K], x: K) -> K {
    coeffs.iter().rev().fold(K::zero(), |sum, &c| sum * x + c)
}

/// scale·a + b, cell by cell over the common prefix.
pub(crate) fn axpy<K: Scalar>(scale: K, a: &[K], b: &[K]) -> Vec<K> {
    a.iter().zip(b).map(|(&x, &y)| scale * x + y).collect()
}
