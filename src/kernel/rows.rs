//! The rows of a matrix, without a division: whether it is by zero is not always clear to the compiler.

/// The whole rows of `size` numbers, one after the other; of one, where `size` is 0: there are none in such a matrix.
///
/// It is `chunks_exact`, which must panic where the size is 0, and does divide by it: where a program is compiled
/// for size, a size that comes from a structure is no longer known to be larger. With the feature `simd` it is
/// `chunks_exact`, whose number of rows the compiler knows before the first.
#[inline(always)]
pub(crate) fn in_rows<T>(values: &[T], size: usize) -> impl Iterator<Item = &[T]> + Clone {
    let size = size.max(1);
    #[cfg(feature = "simd")]
    let rows = values.chunks_exact(size);
    #[cfg(not(feature = "simd"))]
    let rows = {
        let mut rest = values;
        // Ends: each takes a number or more of what there is.
        core::iter::from_fn(move || {
            let (row, others) = rest.split_at_checked(size)?;
            rest = others;
            Some(row)
        })
    };
    rows
}

/// The same, to write to.
#[inline(always)]
pub(crate) fn in_rows_mut<T>(values: &mut [T], size: usize) -> impl Iterator<Item = &mut [T]> {
    let size = size.max(1);
    #[cfg(feature = "simd")]
    let rows = values.chunks_exact_mut(size);
    #[cfg(not(feature = "simd"))]
    let rows = {
        let mut rest = values;
        // Ends: each takes a number or more of what there is.
        core::iter::from_fn(move || {
            let (row, others) = core::mem::take(&mut rest).split_at_mut_checked(size)?;
            rest = others;
            Some(row)
        })
    };
    rows
}

/// The same with the rest that is shorter, as `chunks` has it.
#[inline(always)]
pub(crate) fn in_blocks<T>(values: &[T], size: usize) -> impl Iterator<Item = &[T]> {
    let size = size.max(1);
    #[cfg(feature = "simd")]
    let rows = values.chunks(size);
    #[cfg(not(feature = "simd"))]
    let rows = {
        let mut rest = values;
        // Ends: each takes a number or more of what there is.
        core::iter::from_fn(move || {
            let (block, others) = rest.split_at_checked(size).unwrap_or((rest, &[]));
            rest = others;
            (!block.is_empty()).then_some(block)
        })
    };
    rows
}

/// The same, to write to.
#[inline(always)]
pub(crate) fn in_blocks_mut<T>(values: &mut [T], size: usize) -> impl Iterator<Item = &mut [T]> {
    let size = size.max(1);
    #[cfg(feature = "simd")]
    let rows = values.chunks_mut(size);
    #[cfg(not(feature = "simd"))]
    let rows = {
        let mut rest = values;
        // Ends: each takes a number or more of what there is.
        core::iter::from_fn(move || {
            let size = size.min(rest.len());
            let (block, others) = core::mem::take(&mut rest).split_at_mut_checked(size)?;
            rest = others;
            (!block.is_empty()).then_some(block)
        })
    };
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_those_of_the_slices_own() {
        let mut numbers: [u8; 7] = [1, 2, 3, 4, 5, 6, 7];
        for size in 1..9 {
            let expected: Vec<Vec<u8>> = numbers.chunks_exact(size).map(<[u8]>::to_vec).collect();
            assert_eq!(in_rows(&numbers, size).collect::<Vec<_>>(), expected);
            assert_eq!(in_rows_mut(&mut numbers, size).collect::<Vec<_>>(), expected);
            let expected: Vec<Vec<u8>> = numbers.chunks(size).map(<[u8]>::to_vec).collect();
            assert_eq!(in_blocks(&numbers, size).collect::<Vec<_>>(), expected);
            assert_eq!(in_blocks_mut(&mut numbers, size).collect::<Vec<_>>(), expected);
        }
        assert_eq!([in_rows(&numbers, 0).count(), in_rows_mut(&mut numbers, 0).count()], [7; 2]);
        assert_eq!([in_blocks(&numbers, 0).count(), in_blocks_mut(&mut numbers, 0).count()], [7; 2]);
        assert_eq!(in_rows::<u8>(&[], 1).count() + in_blocks::<u8>(&[], 1).count(), 0);
    }
}
