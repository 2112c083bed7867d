//! Average pooling over images.

use bytemuck::AnyBitPattern;

use super::{covered, slides, window};
use crate::kernel::convolution::Geometry;
use crate::kernel::rows::{in_rows, in_rows_mut};
use crate::layers::convolution::Slides;
use crate::network::{Batch, Layer, Scalar, Tensor};

/// Average pooling over images: the mean of each window, from `[[[T; W]; H]; C]` to `[[[T; W']; H']; C]` with
/// `W' = (W + 2 PADDING - KERNEL) / STRIDE + 1`, rounded down. The stride is the kernel if it is not given.
///
/// `y[c][r][s] = Σ x[c][r STRIDE + k - PADDING][s STRIDE + l - PADDING] / n` over the window.
///
/// With `COUNT_PADDING` (the default, as in PyTorch), places outside of the image are zeros and `n` is `KERNEL²`.
/// Without it they do not take part, and `n` is the number of pixels (Keras' `padding="same"`, PyTorch's
/// `count_include_pad=False`).
///
/// Backward: `dx` of each pixel is the sum of `g / n` over the windows that cover it.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[[[0.0; 2]; 1]; 1]; 1];
/// AveragePool2d::<2>.forward(&[[[[1.0, 2.0, 5.0, 6.0], [3.0, 4.0, 8.0, 7.0]]]], &mut output);
/// assert_eq!(output, [[[[2.5, 6.5]]]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct AveragePool2d<
    const KERNEL: usize,
    const STRIDE: usize = KERNEL,
    const PADDING: usize = 0,
    const COUNT_PADDING: bool = true,
>;

crate::no_parameters!(
    AveragePool2d<KERNEL, STRIDE, PADDING, COUNT_PADDING>,
    const KERNEL: usize, const STRIDE: usize, const PADDING: usize, const COUNT_PADDING: bool
);
slides!(
    2,
    AveragePool2d<KERNEL, STRIDE, PADDING, COUNT_PADDING>,
    [const KERNEL: usize, const STRIDE: usize, const PADDING: usize, const COUNT_PADDING: bool]
);

impl<
    const KERNEL: usize,
    const STRIDE: usize,
    const PADDING: usize,
    const COUNT_PADDING: bool,
    T: Scalar,
    const W: usize,
    const H: usize,
    const C: usize,
> Layer<[[[T; W]; H]; C]> for AveragePool2d<KERNEL, STRIDE, PADDING, COUNT_PADDING>
where
    Self: Slides<[[[T; W]; H]; C]>,
{
    type Output = <Self as Slides<[[[T; W]; H]; C]>>::Output;
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[[[[T; W]; H]; C]], output: &mut [Self::Output]) {
        let geometry = &Self::GEOMETRY;
        let inputs = in_rows(<[[[T; W]; H]; C]>::flat(input), geometry.area());
        for (input, output) in inputs.zip(in_rows_mut(Self::Output::flat_mut(output), geometry.out_area())) {
            for (row, output) in in_rows_mut(output, geometry.out_width).enumerate() {
                for (column, y) in output.iter_mut().enumerate() {
                    let sum =
                        window(geometry, row, column).filter_map(|at| input.get(at)).fold(T::ZERO, |sum, x| sum + *x);
                    *y = sum * share(geometry, row, column, COUNT_PADDING);
                }
            }
        }
    }

    fn backward<B: Batch>(
        &self,
        _: &[[[[T; W]; H]; C]],
        _: &[Self::Output],
        (): &mut (),
        output_gradient: &mut [Self::Output],
        input_gradient: Option<&mut [[[[T; W]; H]; C]]>,
        (): &mut (),
    ) {
        let Some(input_gradient) = input_gradient else { return };
        let geometry = &Self::GEOMETRY;
        let gradients = in_rows(Self::Output::flat(output_gradient), geometry.out_area());
        let places = in_rows_mut(<[[[T; W]; H]; C]>::flat_mut(input_gradient), geometry.area());
        for (place, gradient) in places.zip(gradients) {
            place.fill(T::ZERO);
            for (row, gradient) in in_rows(gradient, geometry.out_width).enumerate() {
                for (column, g) in gradient.iter().enumerate() {
                    let part = *g * share(geometry, row, column, COUNT_PADDING);
                    for at in window(geometry, row, column) {
                        if let Some(dx) = place.get_mut(at) {
                            *dx += part;
                        }
                    }
                }
            }
        }
    }
}

/// What one pixel of the window at `(row, column)` counts.
#[inline(always)]
fn share<T: Scalar>(geometry: &Geometry, row: usize, column: usize, count_padding: bool) -> T {
    let pixels = if count_padding {
        geometry.kernel * geometry.kernel
    } else {
        covered(geometry, row, geometry.height).len() * covered(geometry, column, geometry.width).len()
    };
    T::ONE / T::from_f64(pixels.max(1) as f64)
}
