//! A network as one layer.

use bytemuck::AnyBitPattern;
use rand::Rng;

use crate::network::pass_on::pass_on;
use crate::network::{Fingerprint, Initializer, Layer, Parameters, Path, Row, Sample, Visitor, Walker, Zero};

/// A network (or layer) as one layer of another: its layers are numbered on their own, also at the
/// end of a [`Sequential!`](crate::Sequential), which would otherwise count them as its own.
///
/// Forward and backward are those of the network.
///
/// ```
/// use typenet::prelude::*;
///
/// type Block = Sequential![Dense<8, 8>, Tanh];
/// let network = <Sequential![Group<Block>, Group<Block>]>::ZERO;
/// let second: &Group<Block> = layer!(network, 1);
/// assert_eq!(second.0.0.bias.len(), 8);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct Group<L: AnyBitPattern>(
    /// The network.
    pub L,
);

impl<L: Zero + AnyBitPattern> Zero for Group<L> {
    const ZERO: Self = Self(L::ZERO);
}

impl<L: Parameters> Parameters for Group<L> {
    type Gradient = L::Gradient;
    const COUNT: usize = L::COUNT;
    const STATISTICS: usize = L::STATISTICS;
    const FINGERPRINT: Fingerprint = Fingerprint::layer::<Self>("Group").part(L::FINGERPRINT);

    fn init(&mut self, weights: Initializer, rng: &mut impl Rng) {
        self.0.init(weights, rng);
    }

    fn visit(&self, path: &Path<'_>, visitor: &mut impl Visitor) {
        self.0.visit(&path.closed(), visitor);
    }

    fn walk<const K: usize>(&mut self, trees: [&mut Self::Gradient; K], path: &Path<'_>, walker: &mut impl Walker<K>) {
        self.0.walk(trees, &path.closed(), walker);
    }

    fn penalty(&self) -> f64 {
        self.0.penalty()
    }

    fn penalize(&mut self, gradient: &mut Self::Gradient) {
        self.0.penalize(gradient);
    }

    fn constrain(&mut self) {
        self.0.constrain();
    }
}

impl<X: Sample, L: Layer<X>> Layer<X> for Group<L> {
    const MULTIPLY_ADDS: usize = L::MULTIPLY_ADDS;
    pass_on!(forward of L to X);
    pass_on!(backward of L to X);

    fn describe(path: &Path<'_>, row: &mut impl FnMut(Row<'_>)) {
        row(Row { layer: "Group", parameters: 0, statistics: 0, remark: true, ..Row::new::<Self, X>(path) });
        L::describe(&path.closed(), row);
    }
}

crate::network::stream::streams_as_inner!(Group<L>, []);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activations::Tanh;
    use crate::layers::{Dense, Repeat};
    use crate::network::{Chain, Entry, Scalar};

    #[test]
    fn the_layers_of_each_group_are_numbered_on_their_own() {
        struct Names(Vec<String>);
        impl Visitor for Names {
            fn array<T: Scalar>(&mut self, entry: &Entry<'_>, _: &[T]) {
                self.0.push(entry.to_string());
            }
        }
        let mut names = Names(Vec::new());
        type Block = Chain<Tanh, Dense<1, 1>>;
        Chain::<Dense<1, 1>, Group<Repeat<2, Block>>>::ZERO.visit(&Path::ROOT, &mut names);
        let expected = ["0.weight", "0.bias", "1.0.1.weight", "1.0.1.bias", "1.1.1.weight", "1.1.1.bias"];
        assert_eq!(names.0, expected);
    }
}
