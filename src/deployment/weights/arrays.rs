//! A network's arrays as bytes, as they lie in memory.

use bytemuck::{must_cast_slice, must_cast_slice_mut};

use crate::deployment::weights::WeightsError;
use crate::kernel::rows::in_rows;
use crate::network::{Entry, Parameters, Path, Scalar, Visitor, Walker};

/// The bytes between the start of a network and that of one of its arrays.
fn offset<T>(base: usize, values: &[T]) -> usize {
    values.as_ptr().addr().wrapping_sub(base)
}

/// The rest of two pieces of bytes from the first one on that both have, given where they begin.
macro_rules! from_common {
    ($one:expr, $one_at:expr, $other:expr, $other_at:expr, $get:ident) => {{
        let start = usize::max($one_at, $other_at);
        let one = $one.$get(start - $one_at..).unwrap_or_default();
        one.iter_mut().zip($other.get(start - $other_at..).unwrap_or_default()).for_each(|(to, from)| *to = *from);
    }};
}

/// Writes those bytes of a network that lie from `at` on.
pub(super) fn gather<N: Parameters>(network: &N, at: usize, bytes: &mut [u8]) {
    let base = core::ptr::from_ref(network).addr();
    network.visit(&Path::ROOT, &mut Gather { base, at, bytes });
}

/// Takes over those bytes of a network that lie from `at` on.
pub(super) fn scatter<N: Parameters>(network: &mut N, at: usize, bytes: &[u8]) {
    let base = core::ptr::from_ref(network).addr();
    network.walk([], &Path::ROOT, &mut Scatter { base, at, bytes });
}

/// Whether all numbers among those bytes of a network that lie from `at` on are finite.
pub(super) fn all_finite<N: Parameters>(network: &N, at: usize, bytes: &[u8]) -> Result<(), WeightsError> {
    let base = core::ptr::from_ref(network).addr();
    let mut finite = Finite { base, at, bytes, arrays: 0, result: Ok(()) };
    network.visit(&Path::ROOT, &mut finite);
    finite.result
}

struct Finite<'a> {
    base: usize,
    at: usize,
    bytes: &'a [u8],
    arrays: usize,
    result: Result<(), WeightsError>,
}

impl Visitor for Finite<'_> {
    fn array<T: Scalar>(&mut self, entry: &Entry<'_>, values: &[T]) {
        let offset = offset(self.base, values);
        let start = usize::max(offset, self.at);
        let end = offset.saturating_add(size_of_val(values)).min(self.at.saturating_add(self.bytes.len()));
        let bytes = self.bytes.get(start - self.at..end.saturating_sub(self.at)).unwrap_or_default();
        let finite =
            in_rows(bytes, size_of::<T>()).all(|value| bytemuck::try_pod_read_unaligned(value).is_ok_and(T::is_finite));
        if !finite && self.result.is_ok() {
            self.result = Err(WeightsError::NotFinite { array: entry.name, number: self.arrays });
        }
        self.arrays += 1;
    }
}

struct Gather<'a> {
    base: usize,
    at: usize,
    bytes: &'a mut [u8],
}

impl Visitor for Gather<'_> {
    fn array<T: Scalar>(&mut self, _: &Entry<'_>, values: &[T]) {
        let offset = offset(self.base, values);
        from_common!(self.bytes, self.at, must_cast_slice::<T, u8>(values), offset, get_mut);
    }
}

struct Scatter<'a> {
    base: usize,
    at: usize,
    bytes: &'a [u8],
}

impl Scatter<'_> {
    fn copy<T: Scalar>(&self, values: &mut [T]) {
        let offset = offset(self.base, values);
        from_common!(must_cast_slice_mut::<T, u8>(values), offset, self.bytes, self.at, get_mut);
    }
}

impl Walker<0> for Scatter<'_> {
    fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, values: &mut [T], _: [&mut [T]; 0]) {
        self.copy(values);
    }

    fn statistic<T: Scalar>(&mut self, _: &Entry<'_>, values: &mut [T]) {
        self.copy(values);
    }
}

/// How a network's arrays lie in memory.
pub(super) struct Arrays {
    base: usize,
    size: usize,
    scalars: usize,
    end: usize,
    ordered: bool,
    inside: bool,
    scalar: Option<&'static str>,
    arrays: usize,
    finite: Result<(), WeightsError>,
}

impl Arrays {
    /// Checks that the layers show all of their arrays, and where they are; and that a header has room for their size.
    pub fn of<N: Parameters>(network: &N) -> Result<Self, WeightsError> {
        let base = core::ptr::from_ref(network).addr();
        let size = size_of::<N>();
        if u32::try_from(size).is_err() {
            return Err(WeightsError::Size { bytes: size });
        }
        let (ordered, inside, scalar, finite) = (true, true, None, Ok(()));
        let mut arrays = Self { base, size, scalars: 0, end: 0, ordered, inside, scalar, arrays: 0, finite };
        network.visit(&Path::ROOT, &mut arrays);
        let whole = arrays.inside && arrays.scalars == N::COUNT + N::STATISTICS;
        if whole { Ok(arrays) } else { Err(WeightsError::Arrays) }
    }

    /// Whether all numbers are finite.
    pub fn finite(&self) -> Result<(), WeightsError> {
        self.finite
    }

    /// The type of the scalars, where it is one and they lie in the order of the arrays.
    pub fn scalar(&self) -> Option<&'static str> {
        self.scalar.filter(|_| self.ordered && self.end == self.size)
    }
}

impl Visitor for Arrays {
    fn array<T: Scalar>(&mut self, entry: &Entry<'_>, values: &[T]) {
        let number = self.arrays;
        self.arrays += 1;
        if values.is_empty() {
            return;
        }
        if self.finite.is_ok() && !values.iter().all(|value| value.is_finite()) {
            self.finite = Err(WeightsError::NotFinite { array: entry.name, number });
        }
        let offset = offset(self.base, values);
        let name = core::any::type_name::<T>();
        self.ordered &= offset == self.end && self.scalar.is_none_or(|scalar| scalar == name);
        self.end = offset.saturating_add(size_of_val(values));
        self.inside &= self.end <= self.size;
        self.scalars += values.len();
        self.scalar = Some(name);
    }
}
