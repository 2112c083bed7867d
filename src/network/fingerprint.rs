//! A number that tells one network type from another.

use crate::network::parameters::{Parameters, Role};

/// A number that tells one network type from another, known at compile time: of its layers' names
/// and settings, and of the names, roles and shapes of their arrays, in order.
///
/// A weights file carries it, so that weights of another network are not taken for those of this
/// one. It does not depend on the compiler's version or on the machine; it is a checksum (FNV-1a of
/// 64 bits), not a protection against forgery.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<4, 16>, Relu, Dense<16, 3>];
/// type Other = Sequential![Dense<4, 16>, Tanh, Dense<16, 3>];
/// const _: () = assert!(Network::FINGERPRINT.value() != Other::FINGERPRINT.value());
/// ```
///
/// The macros [`parameters!`](crate::parameters) and [`no_parameters!`](crate::no_parameters) fill
/// it in. A layer written without them says `Fingerprint::layer::<Self>("Name")`, followed by
/// [`array`](Self::array) for each array, [`number`](Self::number) for each setting in its type and
/// [`part`](Self::part) for each layer within.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// That of a layer without arrays: its name, up to generic parameters, and its size.
    #[must_use]
    pub const fn layer<L>(name: &str) -> Self {
        Self(BASIS).text(name).number(size_of::<L>() as u64)
    }

    /// Followed by an array.
    #[must_use]
    pub const fn array(self, name: &str, role: Role, shape: &[usize]) -> Self {
        let role = match role {
            Role::Weight => 1,
            Role::Bias => 2,
            Role::Scale => 3,
            Role::Statistic => 4,
        };
        let mut found = self.text(name).number(role).number(shape.len() as u64);
        let mut rest = shape;
        // Ends: each round takes a size.
        while let [size, tail @ ..] = rest {
            found = found.number(*size as u64);
            rest = tail;
        }
        found
    }

    /// Followed by a setting.
    #[must_use]
    pub const fn number(self, value: u64) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    /// Followed by a layer.
    #[must_use]
    pub const fn part(self, layer: Self) -> Self {
        self.number(layer.0)
    }

    /// The number.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }

    /// That of a chain of these layers and then a network with this fingerprint, of so many bytes and such an
    /// alignment: as if each layer were nested in the one before.
    pub(crate) const fn chain(parts: &Parts, rest: Self, size: usize, align: usize) -> (Self, usize, usize) {
        let (rest, size, align) = match parts.rest {
            Some(parts) => Self::chain(parts, rest, size, align),
            None => (rest, size, align),
        };
        let widest = if parts.align > align { parts.align } else { align };
        let size = (parts.size.next_multiple_of(align) + size).next_multiple_of(widest);
        let found = Self(BASIS).text("Chain").number(size as u64).part(parts.first).part(rest);
        (found, size, widest)
    }

    /// A name up to its generic parameters, whose values say more than their names do.
    const fn text(self, name: &str) -> Self {
        let mut found = self;
        let mut rest = name.as_bytes();
        // Ends: each round takes a byte.
        while let [byte, tail @ ..] = rest {
            if *byte == b'<' {
                break;
            }
            if *byte != b' ' {
                found = found.bytes(&[*byte]);
            }
            rest = tail;
        }
        // No name goes on with this.
        found.bytes(&[0xff])
    }

    const fn bytes(self, bytes: &[u8]) -> Self {
        let (mut hash, mut rest) = (self.0, bytes);
        // Ends: each round takes a byte.
        while let [byte, tail @ ..] = rest {
            // FNV's prime.
            hash = (hash ^ *byte as u64).wrapping_mul(0x0000_0100_0000_01b3);
            rest = tail;
        }
        Self(hash)
    }
}

/// FNV's offset basis.
const BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// What the fingerprint of a network needs to know of its layers in order.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Parts {
    first: Fingerprint,
    size: usize,
    align: usize,
    rest: Option<&'static Parts>,
}

impl Parts {
    /// Those of one layer.
    #[must_use]
    pub const fn of<L: Parameters>() -> Self {
        Self { first: L::FINGERPRINT, size: size_of::<L>(), align: align_of::<L>(), rest: None }
    }

    /// That layer and those of the rest.
    pub(crate) const fn and(self, rest: &'static Self) -> Self {
        Self { rest: Some(rest), ..self }
    }

    /// The number of layers.
    pub(crate) const fn len(&self) -> usize {
        let (mut len, mut rest) = (1, self.rest);
        // Ends: constants that hold each other do not go in a circle.
        while let Some(parts) = rest {
            len += 1;
            rest = parts.rest;
        }
        len
    }
}

/// A fingerprint followed by the constants among generic parameters, as in `const N: usize, T: Scalar`.
#[doc(hidden)]
#[macro_export]
macro_rules! fingerprint_constants {
    ($fingerprint:expr;) => { $fingerprint };
    ($fingerprint:expr; const $name:ident : $type:ty $(, $($rest:tt)*)?) => {
        $crate::fingerprint_constants!($fingerprint.number($name as u64); $($($rest)*)?)
    };
    ($fingerprint:expr; $other:tt $($rest:tt)*) => { $crate::fingerprint_constants!($fingerprint; $($rest)*) };
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::Sequential;
    use crate::activations::{Relu, Tanh};
    use crate::layers::{
        BatchNorm, Conv2d, Conv2dNoBias, Dense, DenseNoBias, Dropout, Gru, L1, L2, LayerNorm, Regularized, Residual,
    };
    use crate::network::{Parameters, Scalar};

    #[test]
    fn the_hash_is_fnv() {
        // Test vectors of <http://www.isthe.com/chongo/src/fnv/test_fnv.c>: "a" and "foobar".
        let basis = Fingerprint(0xcbf2_9ce4_8422_2325);
        assert_eq!(basis.bytes(b"a").0, 0xaf63_dc4c_8601_ec8c);
        assert_eq!(basis.bytes(b"foobar").0, 0x8594_4171_f739_67e8);
    }

    #[derive(Clone, Copy, Debug, bytemuck::AnyBitPattern)]
    #[repr(C)]
    struct Power<const EXPONENT: i32>;

    crate::no_parameters!(Power<EXPONENT>, const EXPONENT: i32);

    #[derive(Clone, Copy, Debug, bytemuck::AnyBitPattern)]
    #[repr(C)]
    struct Gain<const N: usize, T: Scalar, const SIGNED: bool> {
        gain: [T; N],
    }

    crate::parameters!(Gain<N, T, SIGNED> { gain: Scale [N] }, const N: usize, T: Scalar, const SIGNED: bool);

    #[test]
    fn every_difference_is_seen() {
        let fingerprints = [
            <Sequential![Dense<4, 16>, Relu, Dense<16, 3>]>::FINGERPRINT,
            <Sequential![Dense<4, 16>, Tanh, Dense<16, 3>]>::FINGERPRINT,
            <Sequential![Dense<4, 16>, Dense<16, 3>, Relu]>::FINGERPRINT,
            <Sequential![Dense<4, 16, f64>, Relu, Dense<16, 3, f64>]>::FINGERPRINT,
            <Sequential![Dense<4, 3>, Relu, Dense<3, 3>]>::FINGERPRINT,
            <Sequential![Sequential![Dense<4, 16>, Relu], Dense<16, 3>]>::FINGERPRINT,
            // As many numbers in another shape.
            <Dense<5, 3>>::FINGERPRINT,
            <Dense<2, 6>>::FINGERPRINT,
            <Residual<Dense<3, 3>>>::FINGERPRINT,
            <Dense<3, 3>>::FINGERPRINT,
            <Regularized<Dense<3, 3>, L1<1, -2>>>::FINGERPRINT,
            <DenseNoBias<3, 3>>::FINGERPRINT,
            // As many numbers as with a bias.
            <DenseNoBias<4, 3>>::FINGERPRINT,
            <Conv2d<1, 2, 3>>::FINGERPRINT,
            <Conv2dNoBias<1, 2, 3>>::FINGERPRINT,
            <Gru<2, 3>>::FINGERPRINT,
            <Gru<2, 3, f32, 0>>::FINGERPRINT,
            <LayerNorm<3>>::FINGERPRINT,
            // One array of three numbers, which is another one.
            <LayerNorm<3, -3, f32, 3, 0>>::FINGERPRINT,
            <LayerNorm<3, -3, f32, 0, 3>>::FINGERPRINT,
            <LayerNorm<3, -3, f32, 0, 0>>::FINGERPRINT,
            <BatchNorm<3>>::FINGERPRINT,
            <BatchNorm<3, 99, -3, f32, 0, 3>>::FINGERPRINT,
            <BatchNorm<3, 99, -3, f32, 3, 0>>::FINGERPRINT,
            <BatchNorm<3, 90>>::FINGERPRINT,
            <BatchNorm<3, 99, -5>>::FINGERPRINT,
            <Dropout<50>>::FINGERPRINT,
            <Dropout<51>>::FINGERPRINT,
            <Power<2>>::FINGERPRINT,
            <Power<-2>>::FINGERPRINT,
            <Gain<2, f32, true>>::FINGERPRINT,
            <Gain<2, f32, false>>::FINGERPRINT,
            <Gain<2, f64, false>>::FINGERPRINT,
            <Gain<4, f32, false>>::FINGERPRINT,
        ];
        assert_eq!(HashSet::from(fingerprints).len(), fingerprints.len());
        // A penalty belongs to training: the weights are those of the layer.
        assert_eq!(
            <Regularized<Dense<3, 3>, L1<1, -2>>>::FINGERPRINT,
            <Regularized<Dense<3, 3>, L2<1, -3>>>::FINGERPRINT
        );
    }

    #[test]
    fn it_stays_what_it_was() {
        // Files are in the field. Computed by another program (tests/golden/fingerprint.py).
        type Network = Sequential![Dense<4, 16>, Relu, Dense<16, 3>];
        assert_eq!(Network::FINGERPRINT.value(), 0x8d8f_b02b_ebc3_4501);
        // Layers that may be without an array, and are with it.
        let found = [
            <Conv2d<1, 2, 3>>::FINGERPRINT,
            <Gru<2, 3>>::FINGERPRINT,
            <LayerNorm<3>>::FINGERPRINT,
            <BatchNorm<3>>::FINGERPRINT,
        ];
        assert_eq!(
            found.map(Fingerprint::value),
            [0xa621_5b54_ee58_197d, 0xe6f3_57d1_c876_f75a, 0x027e_7c00_75bf_3283, 0x3c10_6a1f_9689_61ca,]
        );
    }
}
