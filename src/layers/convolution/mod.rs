//! Convolutions: what they share. The loops are in `kernel::convolution`.

mod causal_conv1d;
mod conv1d;
mod conv2d;
mod conv_transpose2d;
mod depthwise_conv2d;
mod sequence;

pub use causal_conv1d::{CausalConv1d, CausalConv1dNoBias};
pub use conv_transpose2d::{ConvTranspose2d, ConvTranspose2dNoBias, Widens};
pub use conv1d::{Conv1d, Conv1dNoBias};
pub use conv2d::{Conv2d, Conv2dNoBias, Splits};
pub use depthwise_conv2d::{DepthwiseConv2d, DepthwiseConv2dNoBias};

use crate::kernel::convolution::{Correlation, Geometry, Products, Strides};
use crate::kernel::rows::{in_rows, in_rows_mut};
use crate::network::dim::{Const, Element, Number, Window};
use crate::network::scratch::lend;
use crate::network::shapes::Never;
use crate::network::{Scalar, Tensor};

/// Holds for a layer with a window, where the window fits into the input `X`. It says what comes out.
///
/// ```
/// use typenet::layers::bounds::Slides;
/// use typenet::prelude::*;
///
/// // A window of 3 x 3 leaves 26 of 28 rows and columns.
/// let output: <Conv2d<1, 8, 3> as Slides<[[[f32; 28]; 28]; 1]>>::Output = [[[0.0; 26]; 26]; 8];
/// ```
#[diagnostic::on_unimplemented(
    message = "the window of `{Self}` does not fit into an input of shape `{X}`",
    label = "this layer is given `{X}`",
    note = "a side of the input and twice PADDING must be at least DILATION x (KERNEL - 1) + 1 together",
    note = "KERNEL, STRIDE and DILATION must be at least 1, and a pooling's PADDING less than its KERNEL",
    note = "sides, channels and settings can be computed with up to 4096"
)]
pub trait Slides<X: Tensor> {
    /// What one sample becomes.
    type Output: Element + Tensor<Scalar = X::Scalar>;
    /// Room for one image with its padding.
    type Source: Element + Tensor<Scalar = X::Scalar>;
    /// Room for the gradient of one result, spread to the size of the image.
    type Spread: Element + Tensor<Scalar = X::Scalar>;
    /// All sizes.
    const GEOMETRY: Geometry;
}

// Where there are two implementations to choose from, the compiler looks at their bounds first: so a window that does
// not fit is an error of its own, and not one more behind errors of what would come out of it.
#[diagnostic::do_not_recommend]
impl<X: Element, L: Never> Slides<X> for L {
    type Output = X;
    type Source = X;
    type Spread = X;
    const GEOMETRY: Geometry = Geometry::of_sequence(1, 1, 0, 1, 1, 1);
}

/// The sizes of a window that slides over an image of `H x W`.
pub(crate) const fn geometry<
    const W: usize,
    const H: usize,
    const KERNEL: usize,
    const STRIDE: usize,
    const PADDING: usize,
    const DILATION: usize,
>() -> Geometry
where
    Const<W>: Window<KERNEL, STRIDE, PADDING, DILATION>,
    Const<H>: Window<KERNEL, STRIDE, PADDING, DILATION>,
{
    Geometry {
        kernel: KERNEL,
        stride: STRIDE,
        padding: PADDING,
        dilation: DILATION,
        height: H,
        width: W,
        out_height: <<Const<H> as Window<KERNEL, STRIDE, PADDING, DILATION>>::Length as Number>::VALUE,
        out_width: <<Const<W> as Window<KERNEL, STRIDE, PADDING, DILATION>>::Length as Number>::VALUE,
        rows: <<Const<H> as Window<KERNEL, STRIDE, PADDING, DILATION>>::Strides as Number>::VALUE,
        pitch: <<Const<W> as Window<KERNEL, STRIDE, PADDING, DILATION>>::Strides as Number>::VALUE,
    }
}

/// The scalars of one tensor.
#[inline(always)]
fn flat<X: Tensor>(tensor: &X) -> &[X::Scalar] {
    X::flat(core::slice::from_ref(tensor))
}

/// The scalars of one tensor, to write to.
#[inline(always)]
fn flat_mut<X: Tensor>(tensor: &mut X) -> &mut [X::Scalar] {
    X::flat_mut(core::slice::from_mut(tensor))
}

/// From a batch to an image, to its padding, to a copy of a row; the sums of a block of pixels take as much stack as
/// two calls more.
const CALLS: usize = 6;

/// Bytes of the room that inference needs: none where nothing is padded.
const fn room_for<S>(geometry: Geometry) -> usize {
    if geometry.is_direct() { 0 } else { size_of::<S>() }
}

/// A convolution of one image: its sizes, and how its channels are grouped.
///
/// "Image" is the larger side and "result" the smaller one, whichever of them is the input of the layer.
#[derive(Clone, Copy)]
struct Plan {
    geometry: Geometry,
    groups: usize,
    /// Channels of the image in each group.
    inputs: usize,
    /// Channels of the result in each group.
    outputs: usize,
}

impl Plan {
    /// Places of the window.
    const fn places(&self) -> usize {
        self.geometry.kernel * self.geometry.kernel
    }

    /// From an image to its result. The weight is `[inputs][place][groups x outputs]`.
    ///
    /// `room` is where an image with its padding goes; it stays as it is where there is none.
    fn forward<const KERNEL: usize, T: Scalar>(
        &self,
        weight: &[T],
        bias: Option<&[T]>,
        image: &[T],
        room: &mut [T],
        result: &mut [T],
    ) {
        let geometry = &self.geometry;
        let source = if geometry.is_direct() {
            image
        } else {
            geometry.fill_source(image, room);
            &*room
        };
        let taps = geometry.taps::<KERNEL>();
        let planes = self.outputs * geometry.out_height * geometry.out_width;
        for (group, result) in in_rows_mut(result, planes).enumerate() {
            let task = Correlation {
                source,
                first: group * self.inputs * geometry.channel(),
                channels: self.inputs,
                channel: geometry.channel(),
                taps: taps.as_flattened(),
                backwards: false,
                weight,
                columns: self.groups * self.outputs,
                places: self.places(),
                column: group * self.outputs,
                bias: bias.and_then(|bias| bias.get(group * self.outputs..)),
                grid: geometry.grid(),
            };
            T::correlate(&task, result);
        }
    }

    /// Images of a batch; see [`forward`](Self::forward).
    #[inline]
    fn forward_batch<const KERNEL: usize, X: Tensor, Y: Tensor<Scalar = X::Scalar>>(
        &self,
        (weight, bias): (&[X::Scalar], &[X::Scalar]),
        input: &[X],
        room: &mut [X::Scalar],
        output: &mut [Y],
    ) {
        for (input, output) in input.iter().zip(output) {
            self.forward::<KERNEL, _>(weight, Some(bias), flat(input), room, flat_mut(output));
        }
    }

    /// Images of a batch, with room for the padding of one `R`.
    #[inline(never)]
    fn forward_padded<const KERNEL: usize, R, X, Y>(
        &self,
        parameters: (&[X::Scalar], &[X::Scalar]),
        input: &[X],
        output: &mut [Y],
    ) where
        R: Tensor<Scalar = X::Scalar>,
        X: Tensor,
        Y: Tensor<Scalar = X::Scalar>,
    {
        lend::<R, 1>(|room| self.forward_batch::<KERNEL, X, Y>(parameters, input, R::flat_mut(room), output));
    }

    /// The backward pass of a batch, with the weight's gradient in the order of the weight.
    #[inline]
    fn backward_batch<const KERNEL: usize, X: Tensor, Y: Tensor<Scalar = X::Scalar>>(
        &self,
        weight: &[X::Scalar],
        (input, output_gradient, mut input_gradient): (&[X], &[Y], Option<&mut [X]>),
        [room, spread, transposed]: [&mut [X::Scalar]; 3],
        (by_weight, by_bias): (&mut [X::Scalar], &mut [X::Scalar]),
    ) {
        let outputs = self.groups * self.outputs;
        if input_gradient.is_some() {
            Self::transpose(weight, self.places(), outputs, transposed);
        }
        let strides = Strides { channel: self.places() * outputs, place: outputs, plane: 1 };
        for (sample, (input, output_gradient)) in input.iter().zip(output_gradient).enumerate() {
            self.geometry.fill_spread(flat(output_gradient), spread);
            self.products::<KERNEL, _>(flat(input), room, spread, strides, by_weight, by_bias);
            if let Some(input_gradient) = input_gradient.as_mut().and_then(|samples| samples.get_mut(sample)) {
                self.backward::<KERNEL, _>(transposed, None, spread, flat_mut(input_gradient));
            }
        }
    }

    /// From a result back to an image: the gradient, or a transposed convolution. The result lies in `spread`
    /// (see [`Geometry::fill_spread`]), and the weight is `[groups x outputs][place][inputs]`.
    fn backward<const KERNEL: usize, T: Scalar>(
        &self,
        weight: &[T],
        bias: Option<&[T]>,
        spread: &[T],
        image: &mut [T],
    ) {
        let geometry = &self.geometry;
        let planes = self.inputs * geometry.height * geometry.width;
        let weights = in_rows(weight, self.outputs * self.places() * self.inputs);
        for (group, (image, weight)) in in_rows_mut(image, planes).zip(weights).enumerate() {
            for down in 0..geometry.stride {
                for right in 0..geometry.stride {
                    let (taps, count) = geometry.taps_of_phase::<KERNEL>(down, right);
                    let task = Correlation {
                        source: spread,
                        // The plane of zeros comes first.
                        first: (1 + group * self.outputs) * geometry.plane(),
                        channels: self.outputs,
                        channel: geometry.plane(),
                        taps: taps.as_flattened().get(..count).unwrap_or_default(),
                        backwards: true,
                        weight,
                        columns: self.inputs,
                        places: self.places(),
                        column: 0,
                        bias: bias.and_then(|bias| bias.get(group * self.inputs..)),
                        grid: geometry.grid_of_phase(down, right),
                    };
                    T::correlate(&task, image);
                }
            }
        }
    }

    /// Adds what one image and the gradient of its result give to the gradients of weight and bias. The image is
    /// copied into `room` if it needs padding; `strides` say where in the weight's gradient a product goes.
    fn products<const KERNEL: usize, T: Scalar>(
        &self,
        image: &[T],
        room: &mut [T],
        spread: &[T],
        strides: Strides,
        gradient: &mut [T],
        bias: &mut [T],
    ) {
        let geometry = &self.geometry;
        let source = if geometry.is_direct() {
            image
        } else {
            geometry.fill_source(image, room);
            &*room
        };
        let taps = geometry.taps::<KERNEL>();
        let sources = in_rows(source, self.inputs * geometry.channel());
        let spread = spread.get(geometry.plane()..).unwrap_or_default();
        for (group, source) in sources.enumerate().take(self.groups) {
            let first = group * self.outputs;
            let task = Products {
                source,
                channel: geometry.channel(),
                taps: taps.as_flattened(),
                spread: spread.get(first * geometry.plane()..).unwrap_or_default(),
                plane: geometry.plane(),
                planes: self.outputs,
                pitch: geometry.pitch,
                rows: geometry.out_height,
                used: geometry.out_width,
            };
            let gradient = gradient.get_mut(first * strides.plane..).unwrap_or_default();
            let bias = bias.get_mut(first..).unwrap_or_default();
            let biases = self.outputs.min(bias.len());
            T::products(&task, strides, gradient, bias.get_mut(..biases).unwrap_or_default());
        }
    }

    /// `[inputs][place][outputs]` to `[outputs][place][inputs]`.
    fn transpose<T: Scalar>(weight: &[T], places: usize, outputs: usize, transposed: &mut [T]) {
        let (places, outputs) = (places.max(1), outputs.max(1));
        // A product could wrap to 0 for all the compiler sees where this is a function of its own.
        let inputs = (weight.len() / (places * outputs).max(1)).max(1);
        let row = (places * inputs).max(1);
        for (at, weights) in in_rows(weight, outputs).enumerate() {
            let (input, place) = (at / places, at % places);
            let column = transposed.iter_mut().skip(place * inputs + input).step_by(row);
            for (to, from) in column.zip(weights) {
                *to = *from;
            }
        }
    }
}

/// Implements [`Zero`](crate::network::Zero) and [`Parameters`](crate::network::Parameters) for a convolution's weight
/// and its bias of `BIAS` numbers. Bounds on the layer itself are given as well, which `parameters!` has no place for,
/// and the true fan of a window.
macro_rules! weight_and_bias {
    ($layer:ty { weight: [$($size:expr),+; $outputs:expr], fan: $input:expr => $output:expr },
     [$($generics:tt)+] $(, where $($bounds:tt)+)?) => {
        impl<$($generics)+, const BIAS: usize> $crate::network::Zero for $layer $(where $($bounds)+)? {
            const ZERO: Self = Self { weight: $crate::network::Zero::ZERO, bias: $crate::network::Zero::ZERO };
        }

        impl<$($generics)+, const BIAS: usize> $crate::network::Parameters for $layer $(where $($bounds)+)? {
            type Gradient = Self;
            const COUNT: usize = 1 $(* ($size))+ * $outputs + BIAS;
            const FINGERPRINT: $crate::network::Fingerprint = $crate::fingerprint_constants!(
                $crate::network::Fingerprint::layer::<Self>(stringify!($layer))
                    .array("weight", $crate::network::Role::Weight, &[$($size),+, $outputs])
                    .array("bias", $crate::network::Role::Bias, &[BIAS]);
                $($generics)+
            );

            fn init(&mut self, weights: $crate::network::Initializer, rng: &mut impl $crate::rand::Rng) {
                let fan = $crate::network::Fan { input: $input, output: $output };
                let values = $crate::network::Tensor::flat_mut(::core::slice::from_mut(&mut self.weight));
                weights.fill(values, $outputs, fan, rng);
                self.bias = $crate::network::Zero::ZERO;
            }

            fn visit(&self, path: &$crate::network::Path<'_>, visitor: &mut impl $crate::network::Visitor) {
                let path = path.of(stringify!($layer));
                let values = $crate::network::Tensor::flat(::core::slice::from_ref(&self.weight));
                let shape = [$($size),+, $outputs];
                visitor.array(&path.entry("weight", $crate::network::Role::Weight, &shape), values);
                if BIAS > 0 {
                    visitor.array(&path.entry("bias", $crate::network::Role::Bias, &[BIAS]), &self.bias);
                }
            }

            fn walk<const TREES: usize>(
                &mut self,
                mut trees: [&mut Self; TREES],
                path: &$crate::network::Path<'_>,
                walker: &mut impl $crate::network::Walker<TREES>,
            ) {
                let path = path.of(stringify!($layer));
                let values = $crate::network::Tensor::flat_mut(::core::slice::from_mut(&mut self.weight));
                let places = $crate::network::internals::each_array(&mut trees, |tree| {
                    $crate::network::Tensor::flat_mut(::core::slice::from_mut(&mut tree.weight))
                });
                let shape = [$($size),+, $outputs];
                walker.parameter(&path.entry("weight", $crate::network::Role::Weight, &shape), values, places);
                if BIAS > 0 {
                    let places = $crate::network::internals::each_array(&mut trees, |tree| tree.bias.as_mut_slice());
                    let entry = path.entry("bias", $crate::network::Role::Bias, &[BIAS]);
                    walker.parameter(&entry, &mut self.bias, places);
                }
            }
        }
    };
}

use weight_and_bias;
