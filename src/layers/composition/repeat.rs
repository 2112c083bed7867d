//! A layer many times in a row.

use bytemuck::AnyBitPattern;

use super::Group;
use crate::network::Chain;

/// `N` copies of a layer (or network) in a row, each with its own parameters, from 1 to 99 of them. The
/// layer keeps the shape of its input.
///
/// It is another way to write a [`Sequential!`](crate::Sequential) of `N` times the same [`Group`], and
/// [`layer!`](crate::layer) reaches the copies.
///
/// ```
/// use typenet::prelude::*;
///
/// type Block = Residual<Sequential![Dense<16, 16>, Relu]>;
/// type Network = Sequential![Dense<4, 16>, Repeat<6, Block>, Dense<16, 1>];
/// assert_eq!(Network::COUNT, (4 + 1) * 16 + 6 * (16 + 1) * 16 + (16 + 1));
/// let network = Network::ZERO;
/// let last: &Group<Block> = layer!(layer!(network, 1), 5);
/// assert_eq!(last.0.0.0.bias.len(), 16);
/// ```
pub type Repeat<const N: usize, L> = <CopyCount<N> as Copies<L>>::Layers;

/// A number of copies.
#[derive(Clone, Copy, Debug)]
pub struct CopyCount<const N: usize>;

/// The chain of as many copies of a layer.
#[diagnostic::on_unimplemented(
    message = "a `Repeat` has from 1 to 99 copies, not `{Self}`",
    label = "this number of copies is not there"
)]
pub trait Copies<L: AnyBitPattern> {
    /// The chain.
    type Layers: AnyBitPattern;
}

impl<L: AnyBitPattern> Copies<L> for CopyCount<1> {
    type Layers = Group<L>;
}

macro_rules! copies {
    ($before:literal $($number:literal)+) => { copies!(@ $before, $($number)+); };
    (@ $before:literal, $number:literal $($more:literal)*) => {
        impl<L: AnyBitPattern> Copies<L> for CopyCount<$number> {
            type Layers = Chain<Group<L>, <CopyCount<$before> as Copies<L>>::Layers>;
        }

        copies!(@ $number, $($more)*);
    };
    (@ $last:literal,) => {};
}

copies!(
    1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41
    42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68 69 70 71 72 73 74 75 76 77 78 79
    80 81 82 83 84 85 86 87 88 89 90 91 92 93 94 95 96 97 98 99
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer;
    use crate::layers::Dense;
    use crate::network::{Initializer, Layer, Parameters, Zero, seeded};

    #[test]
    fn copies_run_one_after_the_other_with_their_own_weights() {
        let mut copies = Repeat::<4, Dense<2, 2, f64>>::ZERO;
        copies.init(Initializer::HeNormal, &mut seeded(1));
        assert_ne!(layer!(copies, 0), layer!(copies, 3));
        assert_eq!(Repeat::<99, Dense<2, 2, f64>>::COUNT, 99 * 6);
        let mut x = [[0.5, -1.0]];
        let mut output = [[0.0; 2]];
        copies.forward(&x, &mut output);
        for part in [layer!(copies, 0), layer!(copies, 1), layer!(copies, 2), layer!(copies, 3)] {
            let before = x;
            part.forward(&before, &mut x);
        }
        assert_eq!(x, output);
    }
}
