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

mod window;

use core::ops::{Add, Div, Mul, Rem, Sub};

use bytemuck::Pod;
use typenum::{B1, Min, Minimum, Prod, Quot, Sum, U0};

pub use window::{Fits, Slide, Unslide, Widen, Window};

use crate::network::dim::window::Cut;

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
