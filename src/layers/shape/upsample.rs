//! Upsampling.

use bytemuck::AnyBitPattern;

use crate::kernel::rows::{in_rows, in_rows_mut};
use crate::network::dim::{Array, Const, Element, Times};
use crate::network::{Batch, Layer, Scalar, Tensor};

/// Repeats every pixel of an image `FACTOR` times in both directions: from `[[[T; W]; H]; C]` to
/// `[[[T; W x FACTOR]; H x FACTOR]; C]`.
///
/// `y[c][r][s] = x[c][r / FACTOR][s / FACTOR]`, the nearest pixel. Backward: `dx` is the sum of `g` over the copies.
///
/// PyTorch: `Upsample(scale_factor=FACTOR)`. Keras: `UpSampling2D(FACTOR)`.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[[[0.0; 4]; 2]; 1]; 1];
/// Upsample::<2>.forward(&[[[[1.0, 2.0]]]], &mut output);
/// assert_eq!(output, [[[[1.0, 1.0, 2.0, 2.0]; 2]]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct Upsample<const FACTOR: usize>;

crate::no_parameters!(Upsample<FACTOR>, const FACTOR: usize);

/// Holds for an image whose sides, `FACTOR` times as long, can be computed with.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot compute the sides of its output for an input of shape `{X}`",
    label = "this layer is given `{X}`",
    note = "sides can be computed with up to 4096"
)]
pub trait Upsamples<X: Tensor> {
    /// The larger image.
    type Output: Element + Tensor<Scalar = X::Scalar>;
}

#[diagnostic::do_not_recommend]
impl<const FACTOR: usize, T: Scalar, const W: usize, const H: usize, const C: usize> Upsamples<[[[T; W]; H]; C]>
    for Upsample<FACTOR>
where
    Const<W>: Times<FACTOR>,
    Const<H>: Times<FACTOR>,
{
    type Output = [Array<<Const<H> as Times<FACTOR>>::Product, Array<<Const<W> as Times<FACTOR>>::Product, T>>; C];
}

impl<const FACTOR: usize, T: Scalar, const W: usize, const H: usize, const C: usize> Layer<[[[T; W]; H]; C]>
    for Upsample<FACTOR>
where
    Self: Upsamples<[[[T; W]; H]; C]>,
{
    type Output = <Self as Upsamples<[[[T; W]; H]; C]>>::Output;
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[[[[T; W]; H]; C]], output: &mut [Self::Output]) {
        let rows = input.as_flattened().as_flattened();
        let copies = in_rows_mut(Self::Output::flat_mut(output), W * FACTOR * FACTOR);
        for (row, copies) in rows.iter().zip(copies) {
            for copy in in_rows_mut(copies, W * FACTOR) {
                for (pixels, x) in in_rows_mut(copy, FACTOR).zip(row) {
                    pixels.fill(*x);
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
        let rows = input_gradient.as_flattened_mut().as_flattened_mut();
        let copies = in_rows(Self::Output::flat(output_gradient), W * FACTOR * FACTOR);
        for (row, copies) in rows.iter_mut().zip(copies) {
            *row = [T::ZERO; W];
            for copy in in_rows(copies, W * FACTOR) {
                for (pixels, dx) in in_rows(copy, FACTOR).zip(&mut *row) {
                    for g in pixels {
                        *dx += *g;
                    }
                }
            }
        }
    }
}
