//! A sequence read in both directions.

use bytemuck::AnyBitPattern;
use rand::Rng;

use crate::layers::composition::parallel::lend_pair;
use crate::network::batch::copy;
use crate::network::batch::{first, first_mut};
use crate::network::dim::{Array, Const, Element, Times};
use crate::network::parameters::each_part;
use crate::network::scratch::lend;
use crate::network::{
    Batch, Chain, Fingerprint, Initializer, Layer, Padded, Parameters, Path, Row, Sample, Scalar, Tape, Tensor,
    Visitor, Walker, Zero,
};

/// Two recurrent layers: one reads the sequence forwards, one backwards, and their outputs stand side
/// by side, `2 HIDDEN` of them, forwards first.
///
/// Around a layer that gives its last output, both give theirs after they have seen everything, from
/// `[[T; IN]; STEPS]` to `[T; 2 x HIDDEN]`. Around [`ReturnSequences`](crate::layers::ReturnSequences) the
/// outputs of one step are put together, to `[[T; 2 x HIDDEN]; STEPS]`: the one backwards has then seen
/// this step and all later ones. This is Keras' `Bidirectional` with `merge_mode="concat"`; PyTorch's
/// `bidirectional=True` gives the sequence, and its `h_n` what is given here without
/// `ReturnSequences` (the last row of the sequence is something else: backwards, it is the first step).
/// `2 x HIDDEN` is computed, up to 4096.
///
/// Backward: the derivative is split, each layer goes back through its own direction, and the input
/// gradients add up (Schuster, Paliwal 1997, "Bidirectional recurrent neural networks").
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![
///     Bidirectional<ReturnSequences<Gru<3, 8>>>,
///     Bidirectional<Lstm<16, 4>>,
///     Dense<8, 1>,
/// ];
/// let mut output = [[0.0]];
/// initialized::<Network>(1).forward(&[[[0.5; 3]; 10]], &mut output);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct Bidirectional<L: AnyBitPattern> {
    /// Reads forwards.
    pub forward: L,
    /// Reads backwards.
    pub backward: L,
}

/// Outputs of two directions that can be put side by side: `[T; HIDDEN]` and `[[T; HIDDEN]; STEPS]`.
#[diagnostic::on_unimplemented(
    message = "`Bidirectional` cannot put two outputs of shape `{Self}` side by side",
    label = "the layer in it gives `{Self}`",
    note = "it takes `[T; HIDDEN]` and `[[T; HIDDEN]; STEPS]`, with `HIDDEN` up to 2048"
)]
pub trait Directed: Sample {
    /// Both, side by side.
    type Both: Sample;

    /// Puts the two together. The steps of the one backwards come in the order in which it saw them.
    fn join(forward: &Self, backward: &Self, both: &mut Self::Both);

    /// Takes the two apart.
    fn split(both: &Self::Both, forward: &mut Self, backward: &mut Self);
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, const HIDDEN: usize> Directed for [T; HIDDEN]
where
    Const<HIDDEN>: Times<2>,
    Array<<Const<HIDDEN> as Times<2>>::Product, T>: Element + Tensor<Scalar = T>,
{
    type Both = Array<<Const<HIDDEN> as Times<2>>::Product, T>;

    #[inline]
    fn join(forward: &Self, backward: &Self, both: &mut Self::Both) {
        let both = Tensor::flat_mut(core::slice::from_mut(both));
        both.iter_mut().zip(forward.iter().chain(backward)).for_each(|(y, x)| *y = *x);
    }

    #[inline]
    fn split(both: &Self::Both, forward: &mut Self, backward: &mut Self) {
        let both = Tensor::flat(core::slice::from_ref(both));
        both.iter().zip(forward.iter_mut().chain(backward)).for_each(|(y, x)| *x = *y);
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, const HIDDEN: usize, const STEPS: usize> Directed for [[T; HIDDEN]; STEPS]
where
    [T; HIDDEN]: Directed,
{
    type Both = [<[T; HIDDEN] as Directed>::Both; STEPS];

    #[inline]
    fn join(forward: &Self, backward: &Self, both: &mut Self::Both) {
        for ((forward, backward), both) in forward.iter().zip(backward.iter().rev()).zip(both) {
            Directed::join(forward, backward, both);
        }
    }

    #[inline]
    fn split(both: &Self::Both, forward: &mut Self, backward: &mut Self) {
        for ((forward, backward), both) in forward.iter_mut().zip(backward.iter_mut().rev()).zip(both) {
            Directed::split(both, forward, backward);
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, const HIDDEN: usize, const STEPS: usize> Directed for Padded<[T; HIDDEN], STEPS>
where
    [T; HIDDEN]: Directed,
{
    type Both = Padded<<[T; HIDDEN] as Directed>::Both, STEPS>;

    #[inline]
    fn join(forward: &Self, backward: &Self, both: &mut Self::Both) {
        let steps = forward.steps().iter().zip(backward.steps().iter().rev());
        for ((forward, backward), both) in steps.zip(both.resize(forward.steps().len())) {
            Directed::join(forward, backward, both);
        }
    }

    #[inline]
    fn split(both: &Self::Both, forward: &mut Self, backward: &mut Self) {
        let length = both.steps().len();
        let steps = forward.resize(length).iter_mut().zip(backward.resize(length).iter_mut().rev());
        for ((forward, backward), both) in steps.zip(both.steps()) {
            Directed::split(both, forward, backward);
        }
    }
}

impl<L: Zero + AnyBitPattern> Zero for Bidirectional<L> {
    const ZERO: Self = Self { forward: L::ZERO, backward: L::ZERO };
}

impl<L: Parameters> Parameters for Bidirectional<L> {
    type Gradient = Chain<L::Gradient, L::Gradient>;
    const COUNT: usize = 2 * L::COUNT;
    const STATISTICS: usize = 2 * L::STATISTICS;
    const FINGERPRINT: Fingerprint = Fingerprint::layer::<Self>("Bidirectional").part(L::FINGERPRINT);

    fn init(&mut self, weights: Initializer, rng: &mut impl Rng) {
        self.forward.init(weights, rng);
        self.backward.init(weights, rng);
    }

    fn visit(&self, path: &Path<'_>, visitor: &mut impl Visitor) {
        let path = path.of("Bidirectional");
        self.forward.visit(&path.child("forward"), visitor);
        self.backward.visit(&path.child("backward"), visitor);
    }

    fn walk<const K: usize>(
        &mut self,
        mut trees: [&mut Self::Gradient; K],
        path: &Path<'_>,
        walker: &mut impl Walker<K>,
    ) {
        let path = path.of("Bidirectional");
        self.forward.walk(each_part(&mut trees, |tree| &mut tree.0), &path.child("forward"), walker);
        self.backward.walk(each_part(&mut trees, |tree| &mut tree.1), &path.child("backward"), walker);
    }

    fn penalty(&self) -> f64 {
        self.forward.penalty() + self.backward.penalty()
    }

    fn penalize(&mut self, gradient: &mut Self::Gradient) {
        self.forward.penalize(&mut gradient.0);
        self.backward.penalize(&mut gradient.1);
    }

    fn constrain(&mut self) {
        self.forward.constrain();
        self.backward.constrain();
    }
}

/// What a [`Bidirectional`] remembers: of each direction the tape, the output and its gradient, and
/// the reversed input with its gradient.
#[derive(Clone, Copy, Debug)]
pub struct BidirectionalTape<F, X, Y> {
    tapes: (F, F),
    outputs: (Y, Y),
    gradients: (Y, Y),
    reversed: X,
    reversed_gradient: X,
}

impl<F: Tape, X: Tape, Y: Tape> Tape for BidirectionalTape<F, X, Y> {
    const EMPTY: Self = Self {
        tapes: <(F, F)>::EMPTY,
        outputs: <(Y, Y)>::EMPTY,
        gradients: <(Y, Y)>::EMPTY,
        reversed: X::EMPTY,
        reversed_gradient: X::EMPTY,
    };

    fn grow(&mut self, samples: usize) {
        self.tapes.grow(samples);
        self.outputs.grow(samples);
        self.gradients.grow(samples);
        self.reversed.grow(samples);
        self.reversed_gradient.grow(samples);
    }
}

/// A sequence of steps `X`, as an array and padded. Its steps are reversed, and not its padding.
macro_rules! in_both_directions {
    ($(#[$attribute:meta])* $sequence:ty) => {
        $(#[$attribute])*
        impl<X: Tensor, L: Layer<$sequence, Output: Directed>, const STEPS: usize> Layer<$sequence> for Bidirectional<L> {
            type Output = <L::Output as Directed>::Both;
            type Tape<B: Batch> = BidirectionalTape<L::Tape<B>, B::Of<$sequence>, B::Of<L::Output>>;
            const MULTIPLY_ADDS: usize = 2 * L::MULTIPLY_ADDS;
            const SCRATCH: usize = size_of::<$sequence>() + 2 * size_of::<L::Output>() + L::SCRATCH;
            const CALLS: usize = 1 + L::CALLS;

            fn forward(&self, input: &[$sequence], output: &mut [Self::Output]) {
                lend::<$sequence, 1>(|reversed| {
                    lend_pair::<L::Output, L::Output, 1>(|forward, backward| {
                        for (input, output) in input.iter().zip(output) {
                            for reversed in reversed.iter_mut() {
                                copy(core::slice::from_mut(reversed), core::slice::from_ref(input));
                                reversed.as_mut().reverse();
                            }
                            self.forward.forward(core::slice::from_ref(input), forward);
                            self.backward.forward(reversed, backward);
                            for (forward, backward) in forward.iter().zip(&*backward) {
                                Directed::join(forward, backward, output);
                            }
                        }
                    });
                });
            }

            fn forward_train<B: Batch>(
                &self,
                input: &[$sequence],
                output: &mut [Self::Output],
                tape: &mut Self::Tape<B>,
                rng: &mut impl Rng,
            ) {
                let reversed = first_mut(tape.reversed.as_mut(), input.len());
                for (reversed, input) in reversed.iter_mut().zip(input) {
                    *reversed = *input;
                    reversed.as_mut().reverse();
                }
                let forward = first_mut(tape.outputs.0.as_mut(), input.len());
                let backward = first_mut(tape.outputs.1.as_mut(), input.len());
                self.forward.forward_train(input, forward, &mut tape.tapes.0, rng);
                self.backward.forward_train(reversed, backward, &mut tape.tapes.1, rng);
                for ((forward, backward), output) in forward.iter().zip(backward).zip(output) {
                    Directed::join(forward, backward, output);
                }
            }

            fn backward<B: Batch>(
                &self,
                input: &[$sequence],
                _: &[Self::Output],
                tape: &mut Self::Tape<B>,
                output_gradient: &mut [Self::Output],
                mut input_gradient: Option<&mut [$sequence]>,
                gradient: &mut Self::Gradient,
            ) {
                let forward_gradient = first_mut(tape.gradients.0.as_mut(), input.len());
                let backward_gradient = first_mut(tape.gradients.1.as_mut(), input.len());
                for ((forward, backward), both) in forward_gradient.iter_mut().zip(&mut *backward_gradient).zip(output_gradient)
                {
                    Directed::split(both, forward, backward);
                }
                let output = first(tape.outputs.0.as_ref(), input.len());
                let direct = input_gradient.as_deref_mut();
                self.forward.backward(input, output, &mut tape.tapes.0, forward_gradient, direct, &mut gradient.0);

                let (output, reversed) =
                    (first(tape.outputs.1.as_ref(), input.len()), first(tape.reversed.as_ref(), input.len()));
                let reversed_gradient = first_mut(tape.reversed_gradient.as_mut(), input.len());
                let wanted = input_gradient.is_some().then_some(&mut *reversed_gradient);
                self.backward.backward(reversed, output, &mut tape.tapes.1, backward_gradient, wanted, &mut gradient.1);

                for (sums, reversed) in input_gradient.into_iter().flatten().zip(reversed_gradient) {
                    for (sum, reversed) in sums.as_mut().iter_mut().zip(reversed.as_ref().iter().rev()) {
                        let sum = X::flat_mut(core::slice::from_mut(sum));
                        sum.iter_mut().zip(X::flat(core::slice::from_ref(reversed))).for_each(|(sum, x)| *sum += *x);
                    }
                }
            }

            fn update_statistics<B: Batch>(&mut self, tape: &Self::Tape<B>) {
                self.forward.update_statistics(&tape.tapes.0);
                self.backward.update_statistics(&tape.tapes.1);
            }

            fn describe(path: &Path<'_>, row: &mut impl FnMut(Row<'_>)) {
                row(Row::new::<Self, $sequence>(path));
            }
        }
    };
}

in_both_directions!([X; STEPS]);
in_both_directions!(#[diagnostic::do_not_recommend] Padded<X, STEPS>);
