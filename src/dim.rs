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
use typenum::{B1, Sum, U0};

use crate::tensor::Tensor;

/// A size, as a type.
#[derive(Clone, Copy, Debug)]
pub struct Const<const N: usize>;

/// Holds for `Const<0>` to `Const<4096>`: sizes that can be computed with.
#[diagnostic::on_unimplemented(message = "`{Self}` is too large to compute with: sizes go up to 4096")]
pub trait Size {
    /// The same number in typenum's form.
    type Number: Number;
}

/// A number of typenum, from 0 to 4096.
pub trait Number {
    /// Its value.
    const VALUE: usize;
    /// An array of this length.
    type Array<X: Element>: Element + Tensor<Scalar = X::Scalar>;
}

/// A tensor that arrays of a computed length are made of: every tensor of floating-point scalars.
pub trait Element: Tensor + Pod + PartialEq {}

impl<X: Tensor + Pod + PartialEq> Element for X {}

/// The typenum number of a size.
pub type Of<const N: usize> = <Const<N> as Size>::Number;

/// An array whose length is a computed number.
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
pub trait Slide<Kernel, Stride, Padding, Dilation> {
    /// Where the window stops.
    type Length: Number;
    /// The padded input.
    type Strides: Number;
}

impl<N, Kernel, Stride, Padding, Dilation, Padded, Gaps, Reach, Room, Last, Steps, Length, More, Up, Strides>
    Slide<Kernel, Stride, Padding, Dilation> for N
where
    N: Add<Padding, Output = Padded>,
    Kernel: Sub<B1, Output = Gaps>,
    Dilation: Mul<Gaps, Output = Reach>,
    Padded: Sub<Reach, Output = Room>,
    Room: Sub<B1, Output = Last>,
    Last: Div<Stride, Output = Steps>,
    Steps: Add<B1, Output = Length>,
    Length: Number,
    Stride: Sub<B1, Output = More>,
    Padded: Add<More, Output = Up>,
    Up: Div<Stride, Output = Strides>,
    Strides: Number,
{
    type Length = Length;
    type Strides = Strides;
}

/// A number that divides another, and how often.
pub trait Divides<N> {
    /// The quotient.
    type Quotient: Number;
}

impl<N, Divisor, Quotient: Number> Divides<N> for Divisor
where
    N: Rem<Divisor, Output = U0> + Div<Divisor, Output = Quotient>,
{
    type Quotient = Quotient;
}

/// The channels of one group, where `IN` channels are split into `GROUPS`.
///
/// Whether the division leaves a rest is not asked here, but by the layer, which can say so in a sentence of its
/// own.
pub trait Group<const GROUPS: usize> {
    /// An array with one element for each channel of a group.
    type Array<X: Element>: Element + Tensor<Scalar = X::Scalar>;
}

impl<const IN: usize, const GROUPS: usize, Quotient: Number> Group<GROUPS> for Const<IN>
where
    Self: Size,
    Const<GROUPS>: Size,
    Of<IN>: Div<Of<GROUPS>, Output = Quotient>,
{
    type Array<X: Element> = Array<Quotient, X>;
}

/// What a transposed convolution makes of a side of length `N`: [`Window`] backwards.
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
pub trait Unslide<Kernel, Stride, Padding> {
    /// The output.
    type Length: Number;
    /// The padded output.
    type Strides: Number;
}

impl<N, Kernel, Stride, Padding, Moves, Reach, Padded, Length, More, Up, Strides> Unslide<Kernel, Stride, Padding> for N
where
    N: Sub<B1, Output = Moves>,
    Moves: Mul<Stride, Output = Reach>,
    Reach: Add<Kernel, Output = Padded>,
    Padded: Sub<Padding, Output = Length>,
    Length: Number + Sub<B1>,
    Stride: Sub<B1, Output = More>,
    Padded: Add<More, Output = Up>,
    Up: Div<Stride, Output = Strides>,
    Strides: Number,
{
    type Length = Length;
    type Strides = Strides;
}

/// A sum of three sizes.
pub trait Plus<const BEFORE: usize, const AFTER: usize> {
    /// `BEFORE + N + AFTER`
    type Sum: Number;
}

#[diagnostic::do_not_recommend]
impl<const N: usize, const BEFORE: usize, const AFTER: usize, Part, All: Number> Plus<BEFORE, AFTER> for Const<N>
where
    Self: Size,
    Const<BEFORE>: Size,
    Const<AFTER>: Size,
    Of<N>: Add<Of<BEFORE>, Output = Part>,
    Part: Add<Of<AFTER>, Output = All>,
{
    type Sum = All;
}

/// What is left of a size.
pub trait Less<const BEFORE: usize, const AFTER: usize> {
    /// `N - BEFORE - AFTER`, at least 1.
    type Rest: Number;
}

#[diagnostic::do_not_recommend]
impl<const N: usize, const BEFORE: usize, const AFTER: usize, Part, Rest> Less<BEFORE, AFTER> for Const<N>
where
    Self: Size,
    Const<BEFORE>: Size,
    Const<AFTER>: Size,
    Of<N>: Sub<Of<BEFORE>, Output = Part>,
    Part: Sub<Of<AFTER>, Output = Rest>,
    Rest: Number + Sub<B1>,
{
    type Rest = Rest;
}

/// A product of two sizes.
pub trait Times<const FACTOR: usize> {
    /// `N x FACTOR`
    type Product: Number;
}

#[diagnostic::do_not_recommend]
impl<const N: usize, const FACTOR: usize, All: Number> Times<FACTOR> for Const<N>
where
    Self: Size,
    Const<FACTOR>: Size,
    Of<N>: Mul<Of<FACTOR>, Output = All>,
{
    type Product = All;
}
