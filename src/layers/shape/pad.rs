//! Padding with zeros.

use bytemuck::AnyBitPattern;

use crate::kernel::rows::{in_rows, in_rows_mut};
use crate::network::dim::{Array, Const, Element, Number, Plus};
use crate::network::{Batch, Layer, Scalar, Tensor};

/// Puts rows and columns of zeros around an image: from `[[[T; W]; H]; C]` to
/// `[[[T; LEFT + W + RIGHT]; TOP + H + BOTTOM]; C]`. `Pad<1>` pads by one on every side, `Pad<1, 2>` by one at the top
/// and on both sides and by two at the bottom.
///
/// Backward: `dx` is `g` without the border.
///
/// PyTorch: `ZeroPad2d((LEFT, RIGHT, TOP, BOTTOM))`. Keras: `ZeroPadding2D(((TOP, BOTTOM), (LEFT, RIGHT)))`.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[[[9.0; 4]; 2]; 1]; 1];
/// Pad::<0, 1, 2, 1>.forward(&[[[[5.0]]]], &mut output);
/// assert_eq!(output, [[[[0.0, 0.0, 5.0, 0.0], [0.0; 4]]]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct Pad<const TOP: usize, const BOTTOM: usize = TOP, const LEFT: usize = TOP, const RIGHT: usize = LEFT>;

crate::no_parameters!(
    Pad<TOP, BOTTOM, LEFT, RIGHT>, const TOP: usize, const BOTTOM: usize, const LEFT: usize, const RIGHT: usize
);

/// Holds for an image whose padded sides can be computed with.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot compute the sides of its output for an input of shape `{X}`",
    label = "this layer is given `{X}`",
    note = "sides can be computed with up to 4096"
)]
pub trait Pads<X: Tensor> {
    /// The padded image.
    type Output: Element + Tensor<Scalar = X::Scalar>;
    /// Its columns.
    const WIDTH: usize;
    /// Its rows.
    const HEIGHT: usize;
}

#[diagnostic::do_not_recommend]
impl<
    const TOP: usize,
    const BOTTOM: usize,
    const LEFT: usize,
    const RIGHT: usize,
    T: Scalar,
    const W: usize,
    const H: usize,
    const C: usize,
> Pads<[[[T; W]; H]; C]> for Pad<TOP, BOTTOM, LEFT, RIGHT>
where
    Const<W>: Plus<LEFT, RIGHT>,
    Const<H>: Plus<TOP, BOTTOM>,
{
    type Output = [Array<<Const<H> as Plus<TOP, BOTTOM>>::Sum, Array<<Const<W> as Plus<LEFT, RIGHT>>::Sum, T>>; C];
    const WIDTH: usize = <<Const<W> as Plus<LEFT, RIGHT>>::Sum as Number>::VALUE;
    const HEIGHT: usize = <<Const<H> as Plus<TOP, BOTTOM>>::Sum as Number>::VALUE;
}

impl<
    const TOP: usize,
    const BOTTOM: usize,
    const LEFT: usize,
    const RIGHT: usize,
    T: Scalar,
    const W: usize,
    const H: usize,
    const C: usize,
> Layer<[[[T; W]; H]; C]> for Pad<TOP, BOTTOM, LEFT, RIGHT>
where
    Self: Pads<[[[T; W]; H]; C]>,
{
    type Output = <Self as Pads<[[[T; W]; H]; C]>>::Output;
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[[[[T; W]; H]; C]], output: &mut [Self::Output]) {
        let (width, height) = (<Self as Pads<[[[T; W]; H]; C]>>::WIDTH, <Self as Pads<[[[T; W]; H]; C]>>::HEIGHT);
        let planes = in_rows_mut(Self::Output::flat_mut(output), width * height);
        for (input, plane) in input.as_flattened().iter().zip(planes) {
            plane.fill(T::ZERO);
            for (row, place) in input.iter().zip(in_rows_mut(plane, width).skip(TOP)) {
                for (y, x) in place.iter_mut().skip(LEFT).zip(row) {
                    *y = *x;
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
        let (width, height) = (<Self as Pads<[[[T; W]; H]; C]>>::WIDTH, <Self as Pads<[[[T; W]; H]; C]>>::HEIGHT);
        let planes = in_rows(Self::Output::flat(output_gradient), width * height);
        for (place, plane) in input_gradient.as_flattened_mut().iter_mut().zip(planes) {
            for (place, row) in place.iter_mut().zip(in_rows(plane, width).skip(TOP)) {
                for (dx, g) in place.iter_mut().zip(row.iter().skip(LEFT)) {
                    *dx = *g;
                }
            }
        }
    }
}
