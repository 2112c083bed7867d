//! The sizes that sliding windows lead to, forward and transposed.

use core::ops::{Add, Div, Mul, Sub};

use typenum::{Add1, B1, Diff, Max, Maximum, Min, Minimum, Prod, Quot, Sub1, Sum, U1};

use crate::network::dim::{Const, Number, Of, Size};

/// The two lengths that a sliding window leads to, along one dimension of a given size.
///
/// The input of length `N` has `PADDING` more places at both ends. The window looks at `KERNEL` places, `DILATION`
/// apart, and moves by `STRIDE`.
///
/// ```
/// use typenet::network::dim::{Const, Number, Window};
///
/// // A window of 3 on 28 places, moved by 2, with one more place at both ends.
/// assert_eq!(<<Const<28> as Window<3, 2, 1, 1>>::Length as Number>::VALUE, 14);
/// ```
pub trait Window<const KERNEL: usize, const STRIDE: usize, const PADDING: usize, const DILATION: usize> {
    /// How many places the window stops at:
    /// `(N + 2 PADDING - DILATION (KERNEL - 1) - 1) / STRIDE + 1`, rounded down.
    type Length: Number;
    /// How many strides the padded input is long: `(N + 2 PADDING) / STRIDE`, rounded up.
    type Strides: Number;
}

#[diagnostic::do_not_recommend]
impl<const N: usize, const KERNEL: usize, const STRIDE: usize, const PADDING: usize, const DILATION: usize>
    Window<KERNEL, STRIDE, PADDING, DILATION> for Const<N>
where
    Self: Size,
    Const<KERNEL>: Size,
    Const<STRIDE>: Size,
    Const<PADDING>: Size,
    Const<DILATION>: Size,
    Of<PADDING>: Add<Of<PADDING>>,
    Of<N>: Slide<Of<KERNEL>, Of<STRIDE>, Sum<Of<PADDING>, Of<PADDING>>, Of<DILATION>>,
{
    type Length = <Of<N> as Slide<Of<KERNEL>, Of<STRIDE>, Sum<Of<PADDING>, Of<PADDING>>, Of<DILATION>>>::Length;
    type Strides = <Of<N> as Slide<Of<KERNEL>, Of<STRIDE>, Sum<Of<PADDING>, Of<PADDING>>, Of<DILATION>>>::Strides;
}

/// [`Window`] on typenum's side, with the padding of both ends together.
///
/// ```
/// use typenet::network::dim::{Number, Of, Slide};
///
/// assert_eq!(<<Of<28> as Slide<Of<3>, Of<2>, Of<2>, Of<1>>>::Length as Number>::VALUE, 14);
/// ```
pub trait Slide<Kernel, Stride, Padding, Dilation> {
    /// Where the window stops.
    type Length: Number;
    /// The padded input.
    type Strides: Number;
}

// Every step by its name: were they parameters of the implementation, the compiler would guess at a layer's input
// before it has computed them, and report its guess. And no step can fail (nothing below zero, no division by zero):
// whether a window fits is asked by `Fits` alone, so that there is one error and not a heap of them.
type AtLeast1<N> = Maximum<N, U1>;
type Ahead<N, Stride, Padding, Dilation> = Sum<Sum<Sum<N, Padding>, AtLeast1<Stride>>, Dilation>;
type Behind<Kernel, Dilation> = Add1<Prod<Dilation, Kernel>>;
type Smaller<N, Kernel, Stride, Padding, Dilation> =
    Minimum<Ahead<N, Stride, Padding, Dilation>, Behind<Kernel, Dilation>>;
type Room<N, Kernel, Stride, Padding, Dilation> =
    Diff<Ahead<N, Stride, Padding, Dilation>, Smaller<N, Kernel, Stride, Padding, Dilation>>;
type RoundedUp<N, Stride> = Quot<Sum<N, Sub1<AtLeast1<Stride>>>, AtLeast1<Stride>>;

impl<N, Kernel, Stride, Padding, Dilation> Slide<Kernel, Stride, Padding, Dilation> for N
where
    N: Add<Padding>,
    Stride: Max<U1>,
    Sum<N, Padding>: Add<AtLeast1<Stride>>,
    Sum<Sum<N, Padding>, AtLeast1<Stride>>: Add<Dilation>,
    Dilation: Mul<Kernel>,
    Prod<Dilation, Kernel>: Add<B1>,
    Ahead<N, Stride, Padding, Dilation>: Min<Behind<Kernel, Dilation>>,
    Ahead<N, Stride, Padding, Dilation>: Sub<Smaller<N, Kernel, Stride, Padding, Dilation>>,
    Room<N, Kernel, Stride, Padding, Dilation>: Div<AtLeast1<Stride>>,
    Quot<Room<N, Kernel, Stride, Padding, Dilation>, AtLeast1<Stride>>: Number,
    AtLeast1<Stride>: Sub<B1>,
    Sum<N, Padding>: Add<Sub1<AtLeast1<Stride>>>,
    Sum<Sum<N, Padding>, Sub1<AtLeast1<Stride>>>: Div<AtLeast1<Stride>>,
    RoundedUp<Sum<N, Padding>, Stride>: Number,
{
    type Length = Quot<Room<N, Kernel, Stride, Padding, Dilation>, AtLeast1<Stride>>;
    type Strides = RoundedUp<Sum<N, Padding>, Stride>;
}

/// Holds where a [`Window`] fits into a side, and no setting is zero that must not be.
///
/// ```
/// use typenet::network::dim::{Const, Fits};
///
/// fn fits<N: Fits<3, 1, 0, 1>>(_: N) {}
/// fits(Const::<3>); // `Const::<2>` does not compile
/// ```
pub trait Fits<const KERNEL: usize, const STRIDE: usize, const PADDING: usize, const DILATION: usize> {}

#[diagnostic::do_not_recommend]
impl<const N: usize, const KERNEL: usize, const STRIDE: usize, const PADDING: usize, const DILATION: usize>
    Fits<KERNEL, STRIDE, PADDING, DILATION> for Const<N>
where
    Self: Size,
    Const<KERNEL>: Size,
    Const<STRIDE>: Size,
    Const<PADDING>: Size,
    Const<DILATION>: Size,
    Of<KERNEL>: Sub<B1>,
    Of<STRIDE>: Sub<B1>,
    Of<DILATION>: Sub<B1> + Mul<Of<KERNEL>>,
    Of<PADDING>: Add<Of<PADDING>>,
    Of<N>: Add<Sum<Of<PADDING>, Of<PADDING>>>,
    // N + 2 PADDING + DILATION > DILATION KERNEL
    Sum<Of<N>, Sum<Of<PADDING>, Of<PADDING>>>: Add<Of<DILATION>>,
    Sum<Sum<Of<N>, Sum<Of<PADDING>, Of<PADDING>>>, Of<DILATION>>: Sub<Prod<Of<DILATION>, Of<KERNEL>>>,
    Diff<Sum<Sum<Of<N>, Sum<Of<PADDING>, Of<PADDING>>>, Of<DILATION>>, Prod<Of<DILATION>, Of<KERNEL>>>: Sub<B1>,
{
}

/// What a transposed convolution makes of a side of length `N`: [`Window`] backwards.
///
/// ```
/// use typenet::network::dim::{Const, Number, Widen};
///
/// // A window of 4, moved by 2: 7 places become 16.
/// assert_eq!(<<Const<7> as Widen<4, 2, 0, 0>>::Length as Number>::VALUE, 16);
/// ```
pub trait Widen<const KERNEL: usize, const STRIDE: usize, const PADDING: usize, const OUTPUT_PADDING: usize> {
    /// `(N - 1) STRIDE + KERNEL + OUTPUT_PADDING - 2 PADDING`
    type Length: Number;
    /// How many strides the padded output is long, rounded up.
    type Strides: Number;
}

#[diagnostic::do_not_recommend]
impl<const N: usize, const KERNEL: usize, const STRIDE: usize, const PADDING: usize, const OUTPUT_PADDING: usize>
    Widen<KERNEL, STRIDE, PADDING, OUTPUT_PADDING> for Const<N>
where
    Self: Size,
    Const<KERNEL>: Size,
    Const<STRIDE>: Size,
    Const<PADDING>: Size,
    Const<OUTPUT_PADDING>: Size,
    Of<PADDING>: Add<Of<PADDING>>,
    Of<KERNEL>: Add<Of<OUTPUT_PADDING>>,
    Of<N>: Unslide<Sum<Of<KERNEL>, Of<OUTPUT_PADDING>>, Of<STRIDE>, Sum<Of<PADDING>, Of<PADDING>>>,
{
    type Length =
        <Of<N> as Unslide<Sum<Of<KERNEL>, Of<OUTPUT_PADDING>>, Of<STRIDE>, Sum<Of<PADDING>, Of<PADDING>>>>::Length;
    type Strides =
        <Of<N> as Unslide<Sum<Of<KERNEL>, Of<OUTPUT_PADDING>>, Of<STRIDE>, Sum<Of<PADDING>, Of<PADDING>>>>::Strides;
}

/// [`Widen`] on typenum's side, with the padding of both ends together.
///
/// ```
/// use typenet::network::dim::{Number, Of, Unslide};
///
/// assert_eq!(<<Of<7> as Unslide<Of<4>, Of<2>, Of<0>>>::Length as Number>::VALUE, 16);
/// ```
pub trait Unslide<Kernel, Stride, Padding> {
    /// The output.
    type Length: Number;
    /// The padded output.
    type Strides: Number;
}

type Grown<N, Kernel, Stride> = Sum<Prod<Sub1<AtLeast1<N>>, Stride>, Kernel>;
pub(super) type Cut<N, Part> = Diff<N, Minimum<N, Part>>;

impl<N, Kernel, Stride, Padding> Unslide<Kernel, Stride, Padding> for N
where
    N: Max<U1>,
    AtLeast1<N>: Sub<B1>,
    Sub1<AtLeast1<N>>: Mul<Stride>,
    Prod<Sub1<AtLeast1<N>>, Stride>: Add<Kernel>,
    Grown<N, Kernel, Stride>: Min<Padding>,
    Grown<N, Kernel, Stride>: Sub<Minimum<Grown<N, Kernel, Stride>, Padding>>,
    Cut<Grown<N, Kernel, Stride>, Padding>: Number,
    Stride: Max<U1>,
    AtLeast1<Stride>: Sub<B1>,
    Grown<N, Kernel, Stride>: Add<Sub1<AtLeast1<Stride>>>,
    Sum<Grown<N, Kernel, Stride>, Sub1<AtLeast1<Stride>>>: Div<AtLeast1<Stride>>,
    RoundedUp<Grown<N, Kernel, Stride>, Stride>: Number,
{
    type Length = Cut<Grown<N, Kernel, Stride>, Padding>;
    type Strides = RoundedUp<Grown<N, Kernel, Stride>, Stride>;
}
