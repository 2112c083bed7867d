//! Maximum pooling over images.

use bytemuck::AnyBitPattern;

use super::{slides, window};
use crate::kernel::convolution::Geometry;
use crate::kernel::rows::{in_blocks, in_rows, in_rows_mut};
use crate::kernel::vectorize;
use crate::layers::convolution::Slides;
use crate::network::{Batch, Layer, Scalar, Tensor};

/// Maximum pooling over images: the largest value of each window, from `[[[T; W]; H]; C]` to `[[[T; W']; H']; C]` with
/// `W' = (W + 2 PADDING - KERNEL) / STRIDE + 1`, rounded down.
///
/// `y[c][r][s] = max over k, l of x[c][r STRIDE + k - PADDING][s STRIDE + l - PADDING]`. Places outside of the image do
/// not take part, so `PADDING` must be less than `KERNEL`. The stride is the kernel if it is not given.
///
/// Backward: the derivative goes to the place of the maximum, where several are equal to the first of them, row by row,
/// as in PyTorch.
///
/// Keras' `padding="same"` is not symmetric in every case: it is `PADDING = (KERNEL - 1) / 2` for an odd kernel and
/// stride 1.
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
        let planes = in_rows(<[[[T; W]; H]; C]>::flat(input), geometry.area());
        let outputs = in_rows_mut(Self::Output::flat_mut(output), geometry.out_area());
        if PADDING == 0 && STRIDE == KERNEL {
            vectorize(
                #[inline(always)]
                || planes.zip(outputs).for_each(|(input, output)| forward_apart::<KERNEL, T>(geometry, input, output)),
            );
        } else {
            planes.zip(outputs).for_each(|(input, output)| forward(geometry, input, output));
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
        let inputs = in_rows(<[[[T; W]; H]; C]>::flat(input), geometry.area());
        let outputs = in_rows(Self::Output::flat(output), geometry.out_area());
        let gradients = in_rows(Self::Output::flat(output_gradient), geometry.out_area());
        let places = in_rows_mut(<[[[T; W]; H]; C]>::flat_mut(input_gradient), geometry.area());
        let planes = places.zip(inputs.zip(outputs).zip(gradients));
        if PADDING == 0 && STRIDE == KERNEL {
            vectorize(
                #[inline(always)]
                || {
                    for (place, ((input, output), gradient)) in planes {
                        backward_apart::<KERNEL, T>(geometry, (input, output), gradient, place);
                    }
                },
            );
        } else {
            for (place, ((input, output), gradient)) in planes {
                backward(geometry, (input, output), gradient, place);
            }
        }
    }
}

/// The maxima of one plane.
fn forward<T: Scalar>(geometry: &Geometry, input: &[T], output: &mut [T]) {
    for (row, output) in in_rows_mut(output, geometry.out_width).enumerate() {
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
    for (row, (output, gradient)) in in_rows(output, width).zip(in_rows(gradient, width)).enumerate() {
        for (column, (y, g)) in output.iter().zip(gradient).enumerate() {
            let place = window(geometry, row, column).find(|at| input.get(*at) == Some(y));
            if let Some(dx) = place.and_then(|at| input_gradient.get_mut(at)) {
                *dx += *g;
            }
        }
    }
}

/// [`forward`] for windows side by side: row by row, in loops that the compiler can make vectors of.
#[inline(always)]
fn forward_apart<const KERNEL: usize, T: Scalar>(geometry: &Geometry, input: &[T], output: &mut [T]) {
    let bands = in_rows(input, KERNEL * geometry.width);
    for (band, output) in bands.zip(in_rows_mut(output, geometry.out_width)) {
        for (at, row) in in_rows(band, geometry.width).enumerate() {
            for (y, values) in output.iter_mut().zip(row.as_chunks::<KERNEL>().0) {
                let [first, rest @ ..] = values.as_slice() else { continue };
                let mut largest = if at == 0 { *first } else { y.maximum(*first) };
                for x in rest {
                    largest = largest.maximum(*x);
                }
                *y = largest;
            }
        }
    }
}

/// Outputs that [`backward_apart`] looks at together.
const GROUP: usize = 16;

/// [`backward`] for windows side by side.
#[inline(always)]
fn backward_apart<const KERNEL: usize, T: Scalar>(
    geometry: &Geometry,
    (input, output): (&[T], &[T]),
    gradient: &[T],
    input_gradient: &mut [T],
) {
    input_gradient.fill(T::ZERO);
    let (width, out_width) = (geometry.width.max(1), geometry.out_width.max(1));
    let bands = in_rows(input, KERNEL * width).zip(in_rows_mut(input_gradient, KERNEL * width));
    let outputs = in_rows(output, out_width).zip(in_rows(gradient, out_width));
    for ((band, places), (output, gradient)) in bands.zip(outputs) {
        for (group, (output, gradient)) in in_blocks(output, GROUP).zip(in_blocks(gradient, GROUP)).enumerate() {
            // What was not yet given to a place of the window.
            let mut left = [T::ZERO; GROUP];
            for (left, g) in left.iter_mut().zip(gradient) {
                *left = *g;
            }
            for (row, places) in in_rows(band, width).zip(in_rows_mut(places, width)) {
                let windows = row.as_chunks::<KERNEL>().0.iter().skip(group * GROUP);
                let places = places.as_chunks_mut::<KERNEL>().0.iter_mut().skip(group * GROUP);
                for (((values, places), y), left) in windows.zip(places).zip(output).zip(&mut left) {
                    for (x, dx) in values.iter().zip(places) {
                        let is_largest = *x == *y;
                        *dx = if is_largest { *left } else { T::ZERO };
                        *left = if is_largest { T::ZERO } else { *left };
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Inline, Zero};

    /// The gradient of one plane, with windows side by side (`STRIDE` 2) or overlapping.
    fn gradient<const STRIDE: usize, const H: usize, const W: usize>(image: [[f64; W]; H]) -> [[f64; W]; H]
    where
        MaxPool2d<2, STRIDE>: Slides<[[[f64; W]; H]; 1]>,
    {
        let layer = MaxPool2d::<2, STRIDE>;
        let mut output = [<MaxPool2d<2, STRIDE> as Slides<[[[f64; W]; H]; 1]>>::Output::ZERO];
        layer.forward(&[[image]], &mut output);
        let mut ones = output;
        Tensor::flat_mut(&mut ones).fill(1.0);
        let mut found = [[[[f64::NAN; W]; H]]];
        layer.backward::<Inline<1>>(&[[image]], &output, &mut (), &mut ones, Some(&mut found), &mut ());
        found[0][0]
    }

    #[test]
    fn the_first_of_equal_places_takes_the_derivative() {
        assert_eq!(gradient::<2, 2, 4>([[1.0, 1.0, 0.0, 2.0], [1.0, 1.0, 2.0, 2.0]]), [[1.0, 0.0, 0.0, 1.0], [0.0; 4]]);
        // Overlapping windows: the middle column is the first maximum of the second window only.
        assert_eq!(gradient::<1, 2, 3>([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]]), [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);
    }

    #[test]
    fn rows_and_columns_that_no_window_covers_have_no_derivative() {
        assert_eq!(
            gradient::<2, 3, 3>([[1.0, 2.0, 9.0], [3.0, 4.0, 9.0], [9.0; 3]]),
            [[0.0; 3], [0.0, 1.0, 0.0], [0.0; 3]]
        );
    }

    #[test]
    fn wide_rows_are_all_seen() {
        // The largest of windows of two pixels is the second one, in each of 21 windows of two rows.
        let row = core::array::from_fn(|x| x as f64);
        let second = core::array::from_fn(|x| if x < 42 { (x % 2) as f64 } else { 0.0 });
        assert_eq!(gradient::<2, 4, 43>([[0.0; 43], row, [-1.0; 43], row]), [[0.0; 43], second, [0.0; 43], second]);
    }

    #[test]
    fn a_not_a_number_stays_one() {
        let mut output = [[[[0.0_f32]]]];
        for at in 0..4 {
            let mut image = [[1.0, 2.0], [3.0, 4.0]];
            image[at / 2][at % 2] = f32::NAN;
            MaxPool2d::<2>.forward(&[[image]], &mut output);
            assert!(output[0][0][0][0].is_nan());
            MaxPool2d::<2, 1>.forward(&[[image]], &mut output);
            assert!(output[0][0][0][0].is_nan());
        }
    }
}
