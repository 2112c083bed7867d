//! Cropping.

use bytemuck::AnyBitPattern;

use crate::kernel::rows::{in_rows, in_rows_mut};
use crate::network::dim::{Array, Const, Element, Less, NotZero, Number};
use crate::network::{Batch, Layer, Scalar, Tensor};

/// Cuts rows and columns off an image: from `[[[T; W]; H]; C]` to `[[[T; W - LEFT - RIGHT]; H - TOP - BOTTOM]; C]`.
/// `Crop<1>` cuts one off every side, `Crop<1, 2>` one at the top and on both sides and two at the bottom.
///
/// Backward: `dx` is `g` where the image is kept, 0 elsewhere.
///
/// PyTorch: a slice, `x[:, :, TOP:H - BOTTOM, LEFT:W - RIGHT]`. Keras: `Cropping2D(((TOP, BOTTOM), (LEFT, RIGHT)))`.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[[[0.0; 1]; 1]; 1]; 1];
/// Crop::<1, 0, 1, 1>.forward(&[[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]], &mut output);
/// assert_eq!(output, [[[[5.0]]]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct Crop<const TOP: usize, const BOTTOM: usize = TOP, const LEFT: usize = TOP, const RIGHT: usize = LEFT>;

crate::no_parameters!(
    Crop<TOP, BOTTOM, LEFT, RIGHT>, const TOP: usize, const BOTTOM: usize, const LEFT: usize, const RIGHT: usize
);

/// Holds for an image of which something is left.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cuts more off than an input of shape `{X}` has",
    label = "this layer is given `{X}`",
    note = "at least one row and one column must be left; sides can be computed with up to 4096"
)]
pub trait Crops<X: Tensor> {
    /// The smaller image.
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
> Crops<[[[T; W]; H]; C]> for Crop<TOP, BOTTOM, LEFT, RIGHT>
where
    Const<W>: Less<LEFT, RIGHT>,
    Const<H>: Less<TOP, BOTTOM>,
    <Const<W> as Less<LEFT, RIGHT>>::Rest: NotZero,
    <Const<H> as Less<TOP, BOTTOM>>::Rest: NotZero,
{
    type Output = [Array<<Const<H> as Less<TOP, BOTTOM>>::Rest, Array<<Const<W> as Less<LEFT, RIGHT>>::Rest, T>>; C];
    const WIDTH: usize = <<Const<W> as Less<LEFT, RIGHT>>::Rest as Number>::VALUE;
    const HEIGHT: usize = <<Const<H> as Less<TOP, BOTTOM>>::Rest as Number>::VALUE;
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
> Layer<[[[T; W]; H]; C]> for Crop<TOP, BOTTOM, LEFT, RIGHT>
where
    Self: Crops<[[[T; W]; H]; C]>,
{
    type Output = <Self as Crops<[[[T; W]; H]; C]>>::Output;
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[[[[T; W]; H]; C]], output: &mut [Self::Output]) {
        let (width, height) = (<Self as Crops<[[[T; W]; H]; C]>>::WIDTH, <Self as Crops<[[[T; W]; H]; C]>>::HEIGHT);
        let planes = in_rows_mut(Self::Output::flat_mut(output), width * height);
        for (input, plane) in input.as_flattened().iter().zip(planes) {
            for (row, place) in input.iter().skip(TOP).zip(in_rows_mut(plane, width)) {
                for (y, x) in place.iter_mut().zip(row.iter().skip(LEFT)) {
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
        let (width, height) = (<Self as Crops<[[[T; W]; H]; C]>>::WIDTH, <Self as Crops<[[[T; W]; H]; C]>>::HEIGHT);
        let planes = in_rows(Self::Output::flat(output_gradient), width * height);
        for (place, plane) in input_gradient.as_flattened_mut().iter_mut().zip(planes) {
            place.as_flattened_mut().fill(T::ZERO);
            for (place, row) in place.iter_mut().skip(TOP).zip(in_rows(plane, width)) {
                for (dx, g) in place.iter_mut().skip(LEFT).zip(row) {
                    *dx = *g;
                }
            }
        }
    }
}
