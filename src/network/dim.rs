//! Arithmetic of dimensions in the type system, on stable Rust.
//!
//! Stable Rust cannot compute with the numbers in a type: `[T; N + 1]` is refused. The numbers of the crate typenum
//! are types that it can compute with. So a size goes over to typenum, is computed there and comes back:
//!
//! `28` -> [`Const<28>`](Const) -> typenum's 28 -> typenum's `(28 - 3) / 1 + 1` -> `[T; 26]`
//!
//! The ways over and back are a table from 0 to 4096, which the build script writes.
//!
//! A shape that cannot be (a window larger than its input) is a bound that does not hold. The bounds inside this
//! file are not what a user should read, so each layer has a trait of its own on top, with a plain sentence.

use core::ops::{Add, Div, Mul, Rem, Sub};

use bytemuck::Pod;
use typenum::{Add1, B1, Diff, Max, Maximum, Min, Minimum, Prod, Quot, Sub1, Sum, U0, U1};

use crate::network::tensor::Tensor;

/// A size, as a type.
///
/// ```
/// use typenet::network::dim::{Const, Size, Number};
///
/// assert_eq!(<<Const<28> as Size>::Number as Number>::VALUE, 28);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Const<const N: usize>;

/// Holds for `Const<0>` to `Const<4096>`: sizes that can be computed with.
///
/// ```
/// use typenet::network::dim::{Const, Number, Size};
///
/// fn value<S: Size>(_: S) -> usize {
///     S::Number::VALUE
/// }
/// assert_eq!(value(Const::<4096>), 4096);
/// ```
#[diagnostic::on_unimplemented(message = "`{Self}` is too large to compute with: sizes go up to 4096")]
pub trait Size {
    /// The same number in typenum's form.
    type Number: Number;
}

/// A number of typenum, from 0 to 4096.
///
/// ```
/// use typenet::network::dim::{Array, Number, Of};
///
/// assert_eq!(<Of<3> as Number>::VALUE, 3);
/// let array: Array<Of<3>, f32> = [1.0, 2.0, 3.0];
/// ```
#[diagnostic::on_unimplemented(message = "a computed size is too large: sizes are computed up to 4096")]
pub trait Number {
    /// Its value.
    const VALUE: usize;
    /// An array of this length.
    type Array<X: Element>: Element + Tensor<Scalar = X::Scalar>;
}

/// A tensor that arrays of a computed length are made of: every tensor of floating-point scalars.
///
/// ```
/// use typenet::network::dim::{Array, Element, Of};
///
/// fn rows<X: Element>(row: X) -> Array<Of<2>, X> {
///     [row; 2]
/// }
/// assert_eq!(rows([1.0_f32, 2.0]), [[1.0, 2.0]; 2]);
/// ```
pub trait Element: Tensor + Pod + PartialEq {}

impl<X: Tensor + Pod + PartialEq> Element for X {}

/// The typenum number of a size.
///
/// ```
/// use typenet::network::dim::{Number, Of};
///
/// assert_eq!(<Of<7> as Number>::VALUE, 7);
/// ```
pub type Of<const N: usize> = <Const<N> as Size>::Number;

/// An array whose length is a computed number.
///
/// ```
/// use typenet::network::dim::{Array, Of};
///
/// let array: Array<Of<2>, f64> = [0.5, 1.5];
/// ```
pub type Array<N, X> = <N as Number>::Array<X>;

mod table {
    use typenum::{B0, B1, UInt, UTerm};

    use super::{Const, Element, Number, Size};

    macro_rules! size {
        ($size:literal $number:ident $digits:ty) => {
            type $number = $digits;

            impl Size for Const<$size> {
                type Number = $number;
            }

            impl Number for $number {
                const VALUE: usize = $size;
                type Array<X: Element> = [X; $size];
            }
        };
    }

    include!(concat!(env!("OUT_DIR"), "/sizes.rs"));
}

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

// Every step by its name: were they parameters of the implementation, the compiler would guess at a layer's input before
// it has computed them, and report its guess. And no step can fail (nothing below zero, no division by zero): whether a
// window fits is asked by `Fits` alone, so that there is one error and not a heap of them.
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

/// A number that divides another, and how often.
///
/// ```
/// use typenet::network::dim::{Divides, Number, Of};
///
/// assert_eq!(<<Of<4> as Divides<Of<12>>>::Quotient as Number>::VALUE, 3);
/// ```
pub trait Divides<N> {
    /// The quotient.
    type Quotient: Number;
}

impl<N, Divisor> Divides<N> for Divisor
where
    N: Rem<Divisor, Output = U0> + Div<Divisor>,
    Quot<N, Divisor>: Number,
{
    type Quotient = Quot<N, Divisor>;
}

/// The channels of one group, where `IN` channels are split into `GROUPS`.
///
/// Whether the division leaves a rest is not asked here, but by the layer, which can say so in a sentence of its
/// own.
///
/// ```
/// use typenet::network::dim::{Const, Group};
///
/// let channels: <Const<8> as Group<4>>::Array<f32> = [1.0, 2.0];
/// ```
pub trait Group<const GROUPS: usize> {
    /// An array with one element for each channel of a group.
    type Array<X: Element>: Element + Tensor<Scalar = X::Scalar>;
}

impl<const IN: usize, const GROUPS: usize> Group<GROUPS> for Const<IN>
where
    Self: Size,
    Const<GROUPS>: Size,
    Of<IN>: Div<Of<GROUPS>>,
    Quot<Of<IN>, Of<GROUPS>>: Number,
{
    type Array<X: Element> = Array<Quot<Of<IN>, Of<GROUPS>>, X>;
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
type Cut<N, Part> = Diff<N, Minimum<N, Part>>;

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

/// Holds for a number that is not zero.
///
/// ```
/// use typenet::network::dim::{NotZero, Of};
///
/// fn divisor<N: NotZero>() {}
/// divisor::<Of<1>>(); // `Of<0>` does not compile
/// ```
pub trait NotZero {}

#[diagnostic::do_not_recommend]
impl<N: Number + Sub<B1>> NotZero for N {}

/// A sum of three sizes.
///
/// ```
/// use typenet::network::dim::{Const, Number, Plus};
///
/// assert_eq!(<<Const<28> as Plus<1, 2>>::Sum as Number>::VALUE, 31);
/// ```
pub trait Plus<const BEFORE: usize, const AFTER: usize> {
    /// `BEFORE + N + AFTER`
    type Sum: Number;
}

#[diagnostic::do_not_recommend]
impl<const N: usize, const BEFORE: usize, const AFTER: usize> Plus<BEFORE, AFTER> for Const<N>
where
    Self: Size,
    Const<BEFORE>: Size,
    Const<AFTER>: Size,
    Of<N>: Add<Of<BEFORE>>,
    Sum<Of<N>, Of<BEFORE>>: Add<Of<AFTER>>,
    Sum<Sum<Of<N>, Of<BEFORE>>, Of<AFTER>>: Number,
{
    type Sum = Sum<Sum<Of<N>, Of<BEFORE>>, Of<AFTER>>;
}

/// What is left of a size.
///
/// ```
/// use typenet::network::dim::{Const, Less, Number};
///
/// assert_eq!(<<Const<28> as Less<1, 2>>::Rest as Number>::VALUE, 25);
/// ```
pub trait Less<const BEFORE: usize, const AFTER: usize> {
    /// `N - BEFORE - AFTER`, or 0.
    type Rest: Number;
}

#[diagnostic::do_not_recommend]
impl<const N: usize, const BEFORE: usize, const AFTER: usize> Less<BEFORE, AFTER> for Const<N>
where
    Self: Size,
    Const<BEFORE>: Size,
    Const<AFTER>: Size,
    Of<BEFORE>: Add<Of<AFTER>>,
    Of<N>: Min<Sum<Of<BEFORE>, Of<AFTER>>>,
    Of<N>: Sub<Minimum<Of<N>, Sum<Of<BEFORE>, Of<AFTER>>>>,
    Cut<Of<N>, Sum<Of<BEFORE>, Of<AFTER>>>: Number,
{
    type Rest = Cut<Of<N>, Sum<Of<BEFORE>, Of<AFTER>>>;
}

/// A product of two sizes.
///
/// ```
/// use typenet::network::dim::{Const, Number, Times};
///
/// assert_eq!(<<Const<14> as Times<2>>::Product as Number>::VALUE, 28);
/// ```
pub trait Times<const FACTOR: usize> {
    /// `N x FACTOR`
    type Product: Number;
}

#[diagnostic::do_not_recommend]
impl<const N: usize, const FACTOR: usize> Times<FACTOR> for Const<N>
where
    Self: Size,
    Const<FACTOR>: Size,
    Of<N>: Mul<Of<FACTOR>>,
    Prod<Of<N>, Of<FACTOR>>: Number,
{
    type Product = Prod<Of<N>, Of<FACTOR>>;
}
