//! What a layer of one's own says of its arrays, and what is checked of it.

#[cfg(doc)]
use crate::network::parameters::{Parameters, Role, Visitor};
use crate::network::tensor::Tensor;
#[cfg(doc)]
use crate::network::tensor::Zero;

/// Implements [`Zero`] and [`Parameters`] for a unit struct that trains nothing. In braces after its name: the
/// constants that a [`Visitor`] is told, `{ slope: Self::SLOPE }`.
///
/// ```
/// use typenet::bytemuck::AnyBitPattern;
///
/// #[derive(Clone, Copy, Debug, AnyBitPattern)]
/// #[bytemuck(crate = "typenet::bytemuck")]
/// #[repr(C)]
/// struct Square;
///
/// typenet::no_parameters!(Square);
///
/// #[derive(Clone, Copy, Debug, AnyBitPattern)]
/// #[bytemuck(crate = "typenet::bytemuck")]
/// #[repr(C)]
/// struct Power<const EXPONENT: u32>;
///
/// typenet::no_parameters!(Power<EXPONENT>, const EXPONENT: u32);
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! no_parameters {
    ($layer:ty $({ $($constant:ident: $value:expr),+ $(,)? })? $(, $($generics:tt)+)?) => {
        impl$(<$($generics)+>)? $crate::network::Zero for $layer {
            // An array of zero bytes of any size is what a unit struct is made of.
            const ZERO: Self = Self;
        }

        impl$(<$($generics)+>)? $crate::network::Parameters for $layer {
            type Gradient = ();
            const COUNT: usize = 0;
            const FINGERPRINT: $crate::network::Fingerprint = $crate::fingerprint_constants!(
                $crate::network::Fingerprint::layer::<Self>(stringify!($layer)); $($($generics)+)?
            );

            fn init(&mut self, _: $crate::network::Initializer, _: &mut impl $crate::rand::Rng) {}

            fn visit(&self, _path: &$crate::network::Path<'_>, _visitor: &mut impl $crate::network::Visitor) {
                $($(_visitor.constant(&_path.of(stringify!($layer)), stringify!($constant), $value);)+)?
            }

            // A name that no layer gives a size.
            fn walk<const WALKED_TREES: usize>(
                &mut self,
                _: [&mut (); WALKED_TREES],
                _: &$crate::network::Path<'_>,
                _: &mut impl $crate::network::Walker<WALKED_TREES>,
            ) {
            }
        }
    };
}

/// Refuses a shape that is not that of the array. Neighbouring dimensions may be told as one: `[IN, 4 * N]` for
/// `[[[T; N]; 4]; IN]`.
#[doc(hidden)]
pub const fn assert_told<L, X: Tensor>(_: fn(&L) -> &X, told: &[usize]) {
    /// `size` is what the dimensions that come next must multiply to, `told` the sizes after it.
    const fn agrees(dimensions: &[usize], size: usize, told: &[usize]) -> bool {
        match (dimensions, told) {
            ([] | [0, ..], _) => false,
            ([first, inner @ ..], [next, told @ ..]) if *first == size => agrees(inner, *next, told),
            // Behind the last size there may be dimensions of 1.
            ([first, inner @ ..], []) if *first == size => {
                matches!(inner, [] | [0, ..]) || matches!(inner, [1, ..]) && agrees(inner, 1, told)
            }
            ([first, inner @ ..], _) => size.is_multiple_of(*first) && agrees(inner, size / *first, told),
        }
    }
    let as_told = match told {
        [size, told @ ..] => agrees(&X::DIMENSIONS, *size, told),
        [] => X::RANK == 0,
    };
    // An empty array has no order, and a tensor of another crate may not say its dimensions.
    let silent = matches!(X::DIMENSIONS, [0, ..]) && X::RANK > 0 || X::LEN == 0;
    assert!(
        silent || as_told,
        "`parameters!` is told another shape than its array has: sizes go from the outermost dimension to the innermost"
    );
}

/// A field: where it starts, its size and its alignment.
#[doc(hidden)]
pub const fn field<L, X>(_: fn(&L) -> &X, offset: usize) -> [usize; 3] {
    [offset, size_of::<X>(), align_of::<X>()]
}

/// Refuses a struct whose fields do not lie as C lays them: weights are read from plain bytes.
#[doc(hidden)]
pub const fn assert_laid_out<L>(fields: &[[usize; 3]]) {
    const fn end(fields: &[[usize; 3]], before: usize) -> Option<usize> {
        match fields {
            [] => Some(before),
            [[offset, size, align], rest @ ..] if *offset == before.next_multiple_of(*align) => {
                end(rest, offset.saturating_add(*size))
            }
            _ => None,
        }
    }
    let whole = match end(fields, 0) {
        Some(end) => end.next_multiple_of(align_of::<L>()) == size_of::<L>(),
        None => false,
    };
    assert!(whole, "a layer of `parameters!` needs `#[repr(C)]`, and its fields in the order in which they are named");
}

/// Implements [`Zero`] and [`Parameters`] for a struct of trained tensors, each with its [`Role`] and
/// its shape, outermost dimension first. An array starts as [`Role::init`] says, or by a function
/// named after `=`, which takes the same arguments. After `with`: the constants that a [`Visitor`] is told. After
/// `lengths`: constants that are the lengths of arrays and no settings beside; at 0 the layer is without the array.
///
/// ```
/// use typenet::bytemuck::AnyBitPattern;
/// use typenet::prelude::*;
///
/// #[derive(Clone, Copy, Debug, AnyBitPattern)]
/// #[bytemuck(crate = "typenet::bytemuck")]
/// #[repr(C)]
/// struct Affine<const IN: usize, const OUT: usize, T: Scalar = f32> {
///     weight: [[T; OUT]; IN],
///     bias: [T; OUT],
/// }
///
/// typenet::parameters!(
///     Affine<IN, OUT, T> { weight: Weight [IN, OUT], bias: Bias [OUT] },
///     const IN: usize, const OUT: usize, T: Scalar
/// );
///
/// assert_eq!(Affine::<3, 2>::COUNT, 8);
/// ```
///
/// A shape that is not that of the array does not compile, nor a struct whose fields lie elsewhere than `#[repr(C)]`
/// puts them:
///
/// ```compile_fail,E0080
/// # use typenet::bytemuck::AnyBitPattern;
/// # use typenet::prelude::*;
/// #[derive(Clone, Copy, Debug, AnyBitPattern)]
/// #[bytemuck(crate = "typenet::bytemuck")]
/// #[repr(C)]
/// struct Factor<const RANK: usize, const OUT: usize> {
///     weight: [[f32; RANK]; OUT],
/// }
///
/// typenet::parameters!(Factor<RANK, OUT> { weight: Weight [RANK, OUT] }, const RANK: usize, const OUT: usize);
/// assert_eq!(Factor::<2, 3>::COUNT, 6);
/// ```
///
/// ```compile_fail,E0080
/// # use typenet::bytemuck::AnyBitPattern;
/// # use typenet::prelude::*;
/// #[derive(Clone, Copy, Debug, AnyBitPattern)]
/// #[bytemuck(crate = "typenet::bytemuck")]
/// struct Mixed {
///     small: [f32; 1],
///     large: [f64; 1],
///     other: [f32; 1],
/// }
///
/// typenet::parameters!(Mixed { small: Scale [1], large: Scale [1], other: Scale [1] });
/// assert_eq!(Mixed::COUNT, 3);
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! parameters {
    (@init $role:ident, $($argument:expr),+) => { $crate::network::Role::$role.init($($argument),+) };
    (@init $role:ident = $start:path, $($argument:expr),+) => { $start($($argument),+) };
    ($layer:ty { $($array:ident: $role:ident [$($size:expr),+ $(,)?] $(= $start:path)?),+ $(,)? }
     $(with { $($constant:ident: $constant_value:expr),+ $(,)? })? $(lengths { $($length:ident),+ })?
     $(, $($generics:tt)+)?) => {
        impl<$($($generics)+)? $(, $(const $length: usize),+)?> $crate::network::Zero for $layer {
            const ZERO: Self = Self { $($array: $crate::network::Zero::ZERO),+ };
        }

        impl<$($($generics)+)? $(, $(const $length: usize),+)?> $crate::network::Parameters for $layer {
            type Gradient = Self;
            const COUNT: usize = {
                // What is told of the arrays is what they are: their shapes, and that they lie as C lays them.
                $($crate::network::internals::assert_told::<Self, _>(|layer| &layer.$array, &[$($size),+]);)+
                $crate::network::internals::assert_laid_out::<Self>(&[
                    $($crate::network::internals::field::<Self, _>(|layer| &layer.$array, ::core::mem::offset_of!(Self, $array))),+
                ]);
                0 $(+ 1 $(* $size)+)+
            };
            const FINGERPRINT: $crate::network::Fingerprint = $crate::fingerprint_constants!(
                $crate::network::Fingerprint::layer::<Self>(stringify!($layer))
                    $(.array(stringify!($array), $crate::network::Role::$role, &[$($size),+]))+;
                $($($generics)+)?
            );

            fn init(&mut self, weights: $crate::network::Initializer, rng: &mut impl $crate::rand::Rng) {
                $(
                    let values = $crate::network::Tensor::flat_mut(::core::slice::from_mut(&mut self.$array));
                    $crate::parameters!(@init $role $(= $start)?, values, &[$($size),+], weights, rng);
                )+
            }

            fn visit(&self, path: &$crate::network::Path<'_>, visitor: &mut impl $crate::network::Visitor) {
                const { assert!(<Self as $crate::network::Parameters>::COUNT < usize::MAX) };
                $($(visitor.constant(&path.of(stringify!($layer)), stringify!($constant), $constant_value);)+)?
                $(
                    let values = $crate::network::Tensor::flat(::core::slice::from_ref(&self.$array));
                    let shape = [$($size),+];
                    let place = path.of(stringify!($layer));
                    if !values.is_empty() {
                        visitor.array(&place.entry(stringify!($array), $crate::network::Role::$role, &shape), values);
                    }
                )+
            }

            // A name that no layer gives a size.
            fn walk<const WALKED_TREES: usize>(
                &mut self,
                mut trees: [&mut Self; WALKED_TREES],
                path: &$crate::network::Path<'_>,
                walker: &mut impl $crate::network::Walker<WALKED_TREES>,
            ) {
                const { assert!(<Self as $crate::network::Parameters>::COUNT < usize::MAX) };
                $(
                    let values = $crate::network::Tensor::flat_mut(::core::slice::from_mut(&mut self.$array));
                    let places = $crate::network::internals::each_array(&mut trees, |tree| {
                        $crate::network::Tensor::flat_mut(::core::slice::from_mut(&mut tree.$array))
                    });
                    let shape = [$($size),+];
                    let place = path.of(stringify!($layer));
                    let entry = place.entry(stringify!($array), $crate::network::Role::$role, &shape);
                    if !values.is_empty() {
                        walker.parameter(&entry, values, places);
                    }
                )+
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::parameters::Parameters;
    use crate::network::scalar::Scalar;

    // The names that the macros use themselves, as sizes of a layer.
    #[derive(Clone, Copy, Debug, bytemuck::AnyBitPattern)]
    #[repr(C)]
    struct Named<const K: usize, const B: usize, X: Scalar> {
        values: [[X; B]; K],
        trees: [X; K],
    }

    crate::parameters!(
        Named<K, B, X> { values: Weight [K, B], trees: Bias [K] }, const K: usize, const B: usize, X: Scalar
    );

    #[derive(Clone, Copy, Debug, bytemuck::AnyBitPattern)]
    #[repr(C)]
    struct Constant<const K: usize, const X: usize, const B: usize>;

    impl<const K: usize, const X: usize, const B: usize> crate::activations::Elementwise for Constant<K, X, B> {
        fn value<T: Scalar>(_: T) -> T {
            T::from_f64((K + X + B) as f64)
        }

        fn derivative<T: Scalar>(_: T, _: T) -> T {
            T::from_f64(0.0)
        }
    }

    crate::elementwise!(Constant<K, X, B>, const K: usize, const X: usize, const B: usize);

    #[test]
    fn names_of_a_layer_do_not_meet_those_of_the_macros() {
        assert_eq!(Named::<3, 2, f32>::COUNT, 9);
        let mut output = [0.0];
        crate::network::Layer::forward(&Constant::<1, 2, 3>, &[1.0_f32], &mut output);
        assert_eq!(output, [6.0]);
    }

    #[test]
    fn shapes_and_layouts_that_are_not_as_told() {
        fn told<X: Tensor>(shape: &[usize]) -> bool {
            let shape = shape.to_vec();
            std::panic::catch_unwind(move || assert_told::<X, X>(|layer| layer, &shape)).is_ok()
        }
        for right in [&[3, 2][..], &[6]] {
            assert!(told::<[[f32; 2]; 3]>(right), "{right:?}");
        }
        for wrong in [&[2, 3][..], &[3, 2, 1], &[3, 3], &[3], &[2], &[12], &[]] {
            assert!(!told::<[[f32; 2]; 3]>(wrong), "{wrong:?}");
        }
        for right in [&[4, 6][..], &[12, 2], &[4, 3, 2], &[24]] {
            assert!(told::<[[[f32; 2]; 3]; 4]>(right), "{right:?}");
        }
        for wrong in [&[6, 4][..], &[2, 12], &[8, 3], &[4, 2, 3]] {
            assert!(!told::<[[[f32; 2]; 3]; 4]>(wrong), "{wrong:?}");
        }
        assert!(told::<[[[f32; 1]; 4]; 1]>(&[1, 4]) && !told::<[[[f32; 2]; 4]; 1]>(&[1, 4]));
        assert!(told::<[[f32; 4]; 2]>(&[2, 4]) && !told::<[[f32; 4]; 2]>(&[4, 2]));
        assert!(told::<[[f32; 3]; 0]>(&[0, 3]));
        let laid_out = |fields: &[[usize; 3]]| {
            let fields = fields.to_vec();
            std::panic::catch_unwind(move || assert_laid_out::<[f64; 3]>(&fields)).is_ok()
        };
        assert!(laid_out(&[[0, 4, 4], [8, 8, 8], [16, 4, 4]]));
        // Another order, a gap, an overlap, a field that is not named.
        for wrong in [[[8, 4, 4], [0, 8, 8]], [[0, 4, 4], [16, 8, 8]], [[0, 16, 8], [8, 8, 8]], [[0, 8, 8], [8, 8, 8]]]
        {
            assert!(!laid_out(&wrong), "{wrong:?}");
        }
    }
}
