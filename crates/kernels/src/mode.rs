//! SIMD and scalar views of the same arithmetic, so that every kernel is written once.

use affidavit_algebra::FieldPair;
use p3_field::{
    Algebra, BasedVectorSpace, ExtensionField, Field, PackedField, PackedFieldExtension, PackedValue,
    PrimeCharacteristicRing,
};

/// Packed extension elements of a field pair.
pub(crate) type PackedK<P> = <<P as FieldPair>::K as ExtensionField<<P as FieldPair>::F>>::ExtensionPacking;

/// How many field elements one kernel step handles at once.
pub(crate) trait Mode<P: FieldPair>: 'static + Copy + Send + Sync {
    /// Base-field elements, `WIDTH` of them.
    type B: PackedField<Scalar = P::F>;
    /// Extension elements, `WIDTH` of them.
    type E: Algebra<P::K> + Algebra<Self::B> + BasedVectorSpace<Self::B> + Copy + Send + Sync + 'static;
    /// Elements per lane group.
    const WIDTH: usize = <Self::B as PackedValue>::WIDTH;

    /// Gathers `WIDTH` extension elements.
    fn pack(xs: &[P::K]) -> Self::E;
    /// Scatters `WIDTH` extension elements.
    fn unpack(x: &Self::E, out: &mut [P::K]);

    /// The same element in every lane.
    fn splat(x: P::K) -> Self::E {
        <Self::E as From<P::K>>::from(x)
    }

    /// Sum of the lanes.
    fn sum(x: &Self::E) -> P::K {
        let coefficients = x.as_basis_coefficients_slice();
        P::K::from_basis_coefficients_fn(|d| {
            coefficients.get(d).map_or(P::F::ZERO, |c| c.as_slice().iter().copied().sum())
        })
    }
}

/// p3's packed types.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Simd;

/// One element at a time: sizes below the SIMD width.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scalar;

impl<P: FieldPair> Mode<P> for Simd {
    type B = <P::F as Field>::Packing;
    type E = PackedK<P>;

    #[inline]
    fn pack(xs: &[P::K]) -> Self::E {
        // Lane by lane through the stack: several times faster than gathering each coefficient's lanes.
        let mut columns = [Self::B::ZERO; 8];
        let mut slots = columns.each_mut().map(|c| c.as_slice_mut());
        for (lane, x) in xs.iter().enumerate().take(<Self as Mode<P>>::WIDTH) {
            for (slot, &c) in slots.iter_mut().zip(x.as_basis_coefficients_slice()) {
                slot[lane] = c;
            }
        }
        Self::E::from_basis_coefficients_fn(|d| columns[d])
    }

    #[inline]
    fn unpack(x: &Self::E, out: &mut [P::K]) {
        x.to_ext_slice(out);
    }
}

impl<P: FieldPair> Mode<P> for Scalar {
    type B = P::F;
    type E = P::K;

    #[inline]
    fn pack(xs: &[P::K]) -> P::K {
        xs[0]
    }

    #[inline]
    fn unpack(x: &P::K, out: &mut [P::K]) {
        out[0] = *x;
    }

    #[inline]
    fn sum(x: &P::K) -> P::K {
        *x
    }
}

/// SIMD width of a field pair.
pub(crate) const fn width<P: FieldPair>() -> usize {
    <Simd as Mode<P>>::WIDTH
}
