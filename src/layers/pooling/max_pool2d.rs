//! Maximum pooling over images.

use bytemuck::AnyBitPattern;

use super::{slides, window};
use crate::batch::Batch;
use crate::kernel::convolution::Geometry;
use crate::layer::Layer;
use crate::layers::convolution::Slides;
use crate::scalar::Scalar;
use crate::tensor::Tensor;

/// Maximum pooling over images: the largest value of each window, from `[[[T; W]; H]; C]` to `[[[T; W']; H']; C]` with
/// `W' = (W + 2 PADDING - KERNEL) / STRIDE + 1`, rounded down.
///
/// `y[c][r][s] = max over k, l of x[c][r STRIDE + k - PADDING][s STRIDE + l - PADDING]`. Places outside of the image do
/// not take part, so `PADDING` must be less than `KERNEL`. The stride is the kernel if it is not given.
///
/// Backward: the derivative goes to the place of the maximum, where several are equal to the first of them, row by row, as
/// in PyTorch.
///
/// Keras' `padding="same"` is not symmetric in every case: it is `PADDING = (KERNEL - 1) / 2` for an odd kernel and stride 1.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[[[0.0; 2]; 1]; 1]; 1];
/// MaxPool2d::<2>.forward(&[[[[1.0, 2.0, 5.0, 6.0], [3.0, 4.0, 8.0, 7.0]]]], &mut output);
/// assert_eq!(output, [[[[4.0, 8.0]]]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct MaxPool2d<const KERNEL: usize, const STRIDE: usize = KERNEL, const PADDING: usize = 0>;

crate::no_parameters!(
    MaxPool2d<KERNEL, STRIDE, PADDING>, const KERNEL: usize, const STRIDE: usize, const PADDING: usize
);
slides!(2, MaxPool2d<KERNEL, STRIDE, PADDING>, [const KERNEL: usize, const STRIDE: usize, const PADDING: usize]);

impl<
    const KERNEL: usize,
    const STRIDE: usize,
    const PADDING: usize,
    T: Scalar,
    const W: usize,
    const H: usize,
    const C: usize,
> Layer<[[[T; W]; H]; C]> for MaxPool2d<KERNEL, STRIDE, PADDING>
where
    Self: Slides<[[[T; W]; H]; C]>,
{
    type Output = <Self as Slides<[[[T; W]; H]; C]>>::Output;
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[[[[T; W]; H]; C]], output: &mut [Self::Output]) {
        let geometry = &Self::GEOMETRY;
        let planes = <[[[T; W]; H]; C]>::flat(input).chunks_exact(geometry.area());
        for (input, output) in planes.zip(Self::Output::flat_mut(output).chunks_exact_mut(geometry.out_area())) {
            forward(geometry, input, output);
        }
    }

    fn backward<B: Batch>(
        &self,
        input: &[[[[T; W]; H]; C]],
        output: &[Self::Output],
        (): &mut (),
        output_gradient: &mut [Self::Output],
        input_gradient: Option<&mut [[[[T; W]; H]; C]]>,
        (): &mut (),
    ) {
        let Some(input_gradient) = input_gradient else { return };
        let geometry = &Self::GEOMETRY;
        let inputs = <[[[T; W]; H]; C]>::flat(input).chunks_exact(geometry.area());
        let outputs = Self::Output::flat(output).chunks_exact(geometry.out_area());
        let gradients = Self::Output::flat(output_gradient).chunks_exact(geometry.out_area());
        let places = <[[[T; W]; H]; C]>::flat_mut(input_gradient).chunks_exact_mut(geometry.area());
        for (place, ((input, output), gradient)) in places.zip(inputs.zip(outputs).zip(gradients)) {
            backward(geometry, (input, output), gradient, place);
        }
    }
}

/// The maxima of one plane.
fn forward<T: Scalar>(geometry: &Geometry, input: &[T], output: &mut [T]) {
    for (row, output) in output.chunks_exact_mut(geometry.out_width.max(1)).enumerate() {
        for (column, y) in output.iter_mut().enumerate() {
            let values = window(geometry, row, column).filter_map(|at| input.get(at));
            *y = values.copied().reduce(T::maximum).unwrap_or(T::ZERO);
        }
    }
}

/// Sends the derivative of each window of one plane to the first place of its maximum.
fn backward<T: Scalar>(geometry: &Geometry, (input, output): (&[T], &[T]), gradient: &[T], input_gradient: &mut [T]) {
    input_gradient.fill(T::ZERO);
    let width = geometry.out_width.max(1);
    for (row, (output, gradient)) in output.chunks_exact(width).zip(gradient.chunks_exact(width)).enumerate() {
        for (column, (y, g)) in output.iter().zip(gradient).enumerate() {
            let place = window(geometry, row, column).find(|at| input.get(*at) == Some(y));
            if let Some(dx) = place.and_then(|at| input_gradient.get_mut(at)) {
                *dx += *g;
            }
        }
    }
}
