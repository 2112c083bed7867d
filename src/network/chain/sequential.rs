//! The macro that writes the type of a network.

/// The type of a network, from the types of its layers in order.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<20, 128>, Relu, Dense<128, 1>];
/// assert_eq!(Network::COUNT, 20 * 128 + 128 + 128 + 1);
/// ```
///
/// It is a [`Chain`](crate::network::Chain). Of more than 32 layers it is [`Joined`](crate::network::Joined) chains,
/// which do what one chain does, so that the compiler's limit of 128 types within each other is not reached.
#[macro_export]
macro_rules! Sequential {
    // Values where types are wanted.
    ($layer:ident ($($_:tt)*) $($rest:tt)*) => { $crate::Sequential!(@value) };
    ($layer:ident :: < $($rest:tt)*) => { $crate::Sequential!(@value) };
    ($layer:ident :: $new:ident ($($_:tt)*) $($rest:tt)*) => { $crate::Sequential!(@value) };
    (@value) => {
        ::core::compile_error!(
            "the layers of `Sequential!` are types: `Dense<4, 8>`, not `Dense(4, 8)` or `Dense::<4, 8>::new()`"
        )
    };
    (@chain
        $l00:ty, $l01:ty, $l02:ty, $l03:ty, $l04:ty, $l05:ty, $l06:ty, $l07:ty, $l08:ty, $l09:ty, $l10:ty, $l11:ty,
        $l12:ty, $l13:ty, $l14:ty, $l15:ty, $l16:ty, $l17:ty, $l18:ty, $l19:ty, $l20:ty, $l21:ty, $l22:ty, $l23:ty,
        $l24:ty, $l25:ty, $l26:ty, $l27:ty, $l28:ty, $l29:ty, $l30:ty, $l31:ty, $($rest:ty),+
    ) => {
        $crate::network::Joined<
            $crate::network::Chain<$l00, $crate::network::Chain<$l01, $crate::network::Chain<$l02, $crate::network::Chain<$l03, $crate::network::Chain<$l04,
            $crate::network::Chain<$l05, $crate::network::Chain<$l06, $crate::network::Chain<$l07, $crate::network::Chain<$l08, $crate::network::Chain<$l09,
            $crate::network::Chain<$l10, $crate::network::Chain<$l11, $crate::network::Chain<$l12, $crate::network::Chain<$l13, $crate::network::Chain<$l14,
            $crate::network::Chain<$l15, $crate::network::Chain<$l16, $crate::network::Chain<$l17, $crate::network::Chain<$l18, $crate::network::Chain<$l19,
            $crate::network::Chain<$l20, $crate::network::Chain<$l21, $crate::network::Chain<$l22, $crate::network::Chain<$l23, $crate::network::Chain<$l24,
            $crate::network::Chain<$l25, $crate::network::Chain<$l26, $crate::network::Chain<$l27, $crate::network::Chain<$l28, $crate::network::Chain<$l29,
            $crate::network::Chain<$l30, $crate::network::internals::Single<$l31>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>,
            $crate::Sequential![@chain $($rest),+]
        >
    };
    (@chain $layer:ty) => { $layer };
    (@chain $layer:ty, $($rest:ty),+) => { $crate::network::Chain<$layer, $crate::Sequential![@chain $($rest),+]> };
    // A path that is a type and an expression: where an expression is wanted, it names the function.
    ($($layer:ty),+ $(,)?) => { $crate::network::internals::Sequential::<$crate::Sequential![@chain $($layer),+]> };
}

/// What [`Sequential!`](crate::Sequential) gives where a type is wanted: `N` itself.
#[doc(hidden)]
pub type Sequential<N> = N;

/// What it gives where a value is wanted. It cannot be called, and exists for its error message.
#[doc(hidden)]
#[expect(non_snake_case, reason = "the name of the macro")]
pub const fn Sequential<N: Value>() {}

/// Holds for nothing.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`Sequential![..]` is the type of a network, not a network",
    label = "this is a type",
    note = "write `type Network = Sequential![..];`, and make a network with `initialized::<Network>(1)`"
)]
pub trait Value {}
