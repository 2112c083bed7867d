//! Targets that are the number of a class.

use crate::network::Sample;

/// The number of a class, from 0: a target that takes the place of a one-hot vector.
///
/// ```
/// use typenet::data::ClassIndex;
///
/// assert_eq!(7_u8.index(), 7);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the number of a class",
    label = "expected `u8`, `u16`, `u32` or `usize`",
    note = "one-hot targets are for losses and metrics without `Sparse` in their names, such as `CategoricalCrossEntropyLogits` and `CategoricalAccuracy`"
)]
pub trait ClassIndex: Sample {
    /// The number as an index.
    fn index(self) -> usize;
}

macro_rules! class_index {
    ($($integer:ty),+) => {$(
        impl ClassIndex for $integer {
            #[inline(always)]
            fn index(self) -> usize {
                // Where `usize` is narrower, a number beyond it is beyond every network's classes.
                usize::try_from(self).unwrap_or(usize::MAX)
            }
        }
    )+};
}

class_index!(u8, u16, u32, usize);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_widths() {
        assert_eq!([200_u8.index(), 60_000_u16.index(), 70_000_u32.index(), 5_usize.index()], [200, 60_000, 70_000, 5]);
    }
}
