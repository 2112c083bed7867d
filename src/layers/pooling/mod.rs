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

/// Implements [`Slides`](crate::Slides) for a pooling layer over images and over sequences.
macro_rules! slides {
    (2, $layer:ty, [$($generics:tt)+]) => {
        #[diagnostic::do_not_recommend]
        impl<
            $($generics)+,
            T: $crate::Scalar,
            const W: usize,
            const H: usize,
            const C: usize,
        > $crate::Slides<[[[T; W]; H]; C]> for $layer
        where
            $crate::dim::Const<KERNEL>: $crate::dim::Less<PADDING, 0>,
            <$crate::dim::Const<KERNEL> as $crate::dim::Less<PADDING, 0>>::Rest: $crate::dim::NotZero,
            $crate::dim::Const<W>: $crate::dim::Window<KERNEL, STRIDE, PADDING, 1>
                + $crate::dim::Fits<KERNEL, STRIDE, PADDING, 1>,
            $crate::dim::Const<H>: $crate::dim::Window<KERNEL, STRIDE, PADDING, 1>
                + $crate::dim::Fits<KERNEL, STRIDE, PADDING, 1>,
        {
            type Output = [$crate::dim::Array<<$crate::dim::Const<H> as $crate::dim::Window<KERNEL, STRIDE, PADDING, 1>>::Length, $crate::dim::Array<<$crate::dim::Const<W> as $crate::dim::Window<KERNEL, STRIDE, PADDING, 1>>::Length, T>>; C];
            type Source = T;
            type Spread = T;
            const GEOMETRY: $crate::kernel::convolution::Geometry =
                $crate::layers::convolution::geometry::<W, H, KERNEL, STRIDE, PADDING, 1>();
        }
    };
    (1, $layer:ty, [$($generics:tt)+]) => {
        #[diagnostic::do_not_recommend]
        impl<$($generics)+, T: $crate::Scalar, const FEATURES: usize, const STEPS: usize>
            $crate::Slides<[[T; FEATURES]; STEPS]> for $layer
        where
            $crate::dim::Const<KERNEL>: $crate::dim::Less<PADDING, 0>,
            <$crate::dim::Const<KERNEL> as $crate::dim::Less<PADDING, 0>>::Rest: $crate::dim::NotZero,
            $crate::dim::Const<STEPS>: $crate::dim::Window<KERNEL, STRIDE, PADDING, 1>
                + $crate::dim::Fits<KERNEL, STRIDE, PADDING, 1>,
        {
            type Output = $crate::dim::Array<<$crate::dim::Const<STEPS> as $crate::dim::Window<KERNEL, STRIDE, PADDING, 1>>::Length, [T; FEATURES]>;
            type Source = T;
            type Spread = T;
            const GEOMETRY: $crate::kernel::convolution::Geometry =
                $crate::kernel::convolution::Geometry::of_sequence(
                    KERNEL, STRIDE, PADDING, 1, STEPS, <<$crate::dim::Const<STEPS> as $crate::dim::Window<KERNEL, STRIDE, PADDING, 1>>::Length as $crate::dim::Number>::VALUE,
                );
        }
    };
}

use slides;
