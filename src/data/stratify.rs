//! The classes that a stratified split keeps in proportion.

/// What a stratified split groups targets by: integers by value, tensors by the values of all
/// their scalars. So class indices, `[0.0]` against `[1.0]` and one-hot targets all work.
///
/// ```
/// use typenet::prelude::*;
///
/// assert_eq!([0.0_f32, 1.0].key(), [0.0_f32, 1.0].key());
/// assert_ne!([0.0_f32, 1.0].key(), [1.0_f32, 0.0].key());
/// ```
pub trait Stratify {
    /// Equal for targets of the same class.
    type Key: Ord;
    /// The class of a target.
    fn key(&self) -> Self::Key;
}

macro_rules! stratify {
    ($($integer:ty),+) => {$(
        impl Stratify for $integer {
            type Key = Self;
            fn key(&self) -> Self {
                *self
            }
        }
    )+};
}

stratify!(u8, u16, u32, u64, usize, i8, i16, i32, i64, bool);

impl Stratify for f64 {
    type Key = u64;
    fn key(&self) -> u64 {
        // Adding zero makes one of the two zeros.
        (self + 0.0).to_bits()
    }
}

impl Stratify for f32 {
    type Key = u64;
    fn key(&self) -> u64 {
        f64::from(*self).key()
    }
}

impl<Y: Stratify, const N: usize> Stratify for [Y; N] {
    type Key = [Y::Key; N];
    fn key(&self) -> Self::Key {
        self.each_ref().map(Y::key)
    }
}
