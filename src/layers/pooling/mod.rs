//! Pooling: what the layers share.

mod average_pool1d;
mod average_pool2d;
mod global_average_pool;
mod global_max_pool;
mod max_pool1d;
mod max_pool2d;

pub use average_pool1d::AveragePool1d;
pub use average_pool2d::AveragePool2d;
pub use global_average_pool::GlobalAveragePool;
pub use global_max_pool::GlobalMaxPool;
pub use max_pool1d::MaxPool1d;
pub use max_pool2d::MaxPool2d;

use core::ops::Range;

use crate::kernel::convolution::Geometry;
use crate::kernel::rows::in_rows_mut;
use crate::network::dim::{Array, Const, Number, Window};
use crate::network::{Scalar, Tensor};

/// The rows (or columns) of the image that the window at `place` covers, without padding.
#[inline(always)]
fn covered(geometry: &Geometry, place: usize, length: usize) -> Range<usize> {
    let start = place * geometry.stride;
    let end = (start + geometry.kernel).saturating_sub(geometry.padding).min(length);
    start.saturating_sub(geometry.padding).min(end)..end
}

/// The pixels that the window at `(row, column)` covers, as their places in the plane, row by row.
#[inline(always)]
fn window(geometry: &Geometry, row: usize, column: usize) -> impl Iterator<Item = usize> {
    let (columns, width) = (covered(geometry, column, geometry.width), geometry.width);
    covered(geometry, row, geometry.height).flat_map(move |y| columns.clone().map(move |x| y * width + x))
}

/// As many windows as are open at once in a stream: `KERNEL / STRIDE`, rounded up.
type Count<const KERNEL: usize, const STRIDE: usize> = <Const<KERNEL> as Window<1, STRIDE, 0, 1>>::Length;

/// The state of a stream: a result for each open window, the newest first; the steps until the next one opens; how many
/// have opened, up to all.
type Open<T, const FEATURES: usize, const KERNEL: usize, const STRIDE: usize> =
    (Array<Count<KERNEL, STRIDE>, [T; FEATURES]>, (usize, usize));

/// One step of a stream: each open window is folded, from `start`. Gives the oldest when it is complete.
#[inline]
fn step<T: Scalar, const FEATURES: usize, const KERNEL: usize, const STRIDE: usize>(
    (results, (until, opened)): &mut Open<T, FEATURES, KERNEL, STRIDE>,
    input: &[T; FEATURES],
    start: T,
    fold: impl Fn(T, T) -> T,
) -> Option<[T; FEATURES]>
where
    Const<KERNEL>: Window<1, STRIDE, 0, 1>,
{
    let windows = Count::<KERNEL, STRIDE>::VALUE;
    let opens = *until == 0;
    if opens {
        *until = STRIDE;
        *opened = (*opened + 1).min(windows);
    }
    *until = until.saturating_sub(1);
    // What is in the place of one window moves to that of the next older, where a new one opens.
    let (mut moving, results) = ([start; FEATURES], Tensor::flat_mut(core::slice::from_mut(results)));
    for result in in_rows_mut(results, FEATURES) {
        for ((result, moving), x) in result.iter_mut().zip(&mut moving).zip(input) {
            if opens {
                core::mem::swap(result, moving);
            }
            *result = fold(*result, *x);
        }
    }
    let complete = *opened == windows && *until == (windows * STRIDE).saturating_sub(KERNEL);
    let oldest = results.get(windows.saturating_sub(1) * FEATURES..)?.first_chunk();
    if complete { oldest.copied() } else { None }
}

/// Implements [`Slides`](crate::layers::bounds::Slides) for a pooling layer over images and over sequences.
macro_rules! slides {
    (2, $layer:ty, [$($generics:tt)+]) => {
        #[diagnostic::do_not_recommend]
        impl<
            $($generics)+,
            T: $crate::network::Scalar,
            const W: usize,
            const H: usize,
            const C: usize,
        > $crate::layers::bounds::Slides<[[[T; W]; H]; C]> for $layer
        where
            $crate::network::dim::Const<KERNEL>: $crate::network::dim::Less<PADDING, 0>,
            <$crate::network::dim::Const<KERNEL> as $crate::network::dim::Less<PADDING, 0>>::Rest: $crate::network::dim::NotZero,
            $crate::network::dim::Const<W>: $crate::network::dim::Window<KERNEL, STRIDE, PADDING, 1>
                + $crate::network::dim::Fits<KERNEL, STRIDE, PADDING, 1>,
            $crate::network::dim::Const<H>: $crate::network::dim::Window<KERNEL, STRIDE, PADDING, 1>
                + $crate::network::dim::Fits<KERNEL, STRIDE, PADDING, 1>,
        {
            type Output = [$crate::network::dim::Array<<$crate::network::dim::Const<H> as $crate::network::dim::Window<KERNEL, STRIDE, PADDING, 1>>::Length, $crate::network::dim::Array<<$crate::network::dim::Const<W> as $crate::network::dim::Window<KERNEL, STRIDE, PADDING, 1>>::Length, T>>; C];
            type Source = T;
            type Spread = T;
            const GEOMETRY: $crate::kernel::convolution::Geometry =
                $crate::layers::convolution::geometry::<W, H, KERNEL, STRIDE, PADDING, 1>();
        }
    };
    (1, $layer:ty, [$($generics:tt)+]) => {
        #[diagnostic::do_not_recommend]
        impl<$($generics)+, T: $crate::network::Scalar, const FEATURES: usize, const STEPS: usize>
            $crate::layers::bounds::Slides<[[T; FEATURES]; STEPS]> for $layer
        where
            $crate::network::dim::Const<KERNEL>: $crate::network::dim::Less<PADDING, 0>,
            <$crate::network::dim::Const<KERNEL> as $crate::network::dim::Less<PADDING, 0>>::Rest: $crate::network::dim::NotZero,
            $crate::network::dim::Const<STEPS>: $crate::network::dim::Window<KERNEL, STRIDE, PADDING, 1>
                + $crate::network::dim::Fits<KERNEL, STRIDE, PADDING, 1>,
        {
            type Output = $crate::network::dim::Array<<$crate::network::dim::Const<STEPS> as $crate::network::dim::Window<KERNEL, STRIDE, PADDING, 1>>::Length, [T; FEATURES]>;
            type Source = T;
            type Spread = T;
            const GEOMETRY: $crate::kernel::convolution::Geometry =
                $crate::kernel::convolution::Geometry::of_sequence(
                    KERNEL, STRIDE, PADDING, 1, STEPS, <<$crate::network::dim::Const<STEPS> as $crate::network::dim::Window<KERNEL, STRIDE, PADDING, 1>>::Length as $crate::network::dim::Number>::VALUE,
                );
        }
    };
}

use slides;
