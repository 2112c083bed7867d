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
/// It is a [`Chain`](crate::Chain). Of more than 32 layers it is [`Joined`](crate::Joined) chains, which do what one
/// chain does, so that the compiler's limit of 128 types within each other is not reached.
#[macro_export]
macro_rules! Sequential {
    (
        $l00:ty, $l01:ty, $l02:ty, $l03:ty, $l04:ty, $l05:ty, $l06:ty, $l07:ty, $l08:ty, $l09:ty, $l10:ty, $l11:ty,
        $l12:ty, $l13:ty, $l14:ty, $l15:ty, $l16:ty, $l17:ty, $l18:ty, $l19:ty, $l20:ty, $l21:ty, $l22:ty, $l23:ty,
        $l24:ty, $l25:ty, $l26:ty, $l27:ty, $l28:ty, $l29:ty, $l30:ty, $l31:ty, $($rest:ty),+ $(,)?
    ) => {
        $crate::Joined<
            $crate::Chain<$l00, $crate::Chain<$l01, $crate::Chain<$l02, $crate::Chain<$l03, $crate::Chain<$l04,
            $crate::Chain<$l05, $crate::Chain<$l06, $crate::Chain<$l07, $crate::Chain<$l08, $crate::Chain<$l09,
            $crate::Chain<$l10, $crate::Chain<$l11, $crate::Chain<$l12, $crate::Chain<$l13, $crate::Chain<$l14,
            $crate::Chain<$l15, $crate::Chain<$l16, $crate::Chain<$l17, $crate::Chain<$l18, $crate::Chain<$l19,
            $crate::Chain<$l20, $crate::Chain<$l21, $crate::Chain<$l22, $crate::Chain<$l23, $crate::Chain<$l24,
            $crate::Chain<$l25, $crate::Chain<$l26, $crate::Chain<$l27, $crate::Chain<$l28, $crate::Chain<$l29,
            $crate::Chain<$l30, $crate::Single<$l31>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>,
            $crate::Sequential![$($rest),+]
        >
    };
    ($layer:ty $(,)?) => { $layer };
    ($layer:ty, $($rest:ty),+ $(,)?) => { $crate::Chain<$layer, $crate::Sequential![$($rest),+]> };
}
