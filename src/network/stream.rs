//! Sequences that come one sample at a time.

use crate::network::budget::frames;
use crate::network::layer::Layer;
use crate::network::parameters::Parameters;
use crate::network::tensor::{Sample, Zero};

/// A layer or network that takes a sequence one step at a time, and keeps what it must know of
/// the past in a state: for a microphone, a sensor, a microcontroller, where the sequence never
/// ends and is never in memory as a whole.
///
/// `N: Stream<[T; IN]>` and `N: Layer<[[T; IN]; STEPS]>` are the same network. The outputs of
/// [`step`](Stream::step), in order, are those of [`Layer::forward`], to the last bit; where the network gives its last
/// output only, that of the last step is it.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Gru<3, 16>, Dense<16, 8>, Relu, Dense<8, 1>];
/// let network = initialized::<Network>(1);
/// let mut state = network.start();
/// for sample in [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]] {
///     let [y] = network.step(&mut state, &sample);
///     println!("{y}");
/// }
/// state = network.start(); // the next sequence
/// # let _ = state;
/// ```
///
/// Behind a pooling there is an output only every so many steps, and the type says so: it is an `Option`.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![CausalConv1d<1, 8, 5>, Relu, MaxPool1d<4>, CausalConv1d<8, 8, 3>, Relu, GlobalAveragePool, Dense<8, 2>];
/// typenet::assert_budget!(Network, state_bytes::<[f32; 1]>() <= 256);
///
/// let network = initialized::<Network>(1);
/// let mut state = Stream::<[f32; 1]>::start(&*network);
/// let mut scores = Vec::new();
/// for time in 0..16 {
///     scores.extend(network.step(&mut state, &[time as f32]));
/// }
/// assert_eq!(scores.len(), 4);
/// ```
///
/// Where a layer cannot take a stream, `Stream::<[f32; 1]>::start(&network)` and
/// [`assert_budget!`](crate::assert_budget) say which one.
///
/// A layer that takes each step for itself has the state `()`. A layer of your own does it like this:
///
/// ```
/// # use typenet::bytemuck::AnyBitPattern;
/// # use typenet::prelude::*;
/// # #[derive(Clone, Copy, Debug, AnyBitPattern)]
/// # #[bytemuck(crate = "typenet::bytemuck")]
/// # #[repr(C)]
/// # struct Difference;
/// # typenet::no_parameters!(Difference);
/// /// What a sample differs from the one before.
/// impl Stream<f32> for Difference {
///     type Output = f32;
///     type State = f32;
///
///     fn step(&self, before: &mut f32, x: &f32) -> f32 {
///         let difference = x - *before;
///         *before = *x;
///         difference
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not take a stream of samples of shape `{X}`",
    label = "this network or layer is given one `{X}` at a time",
    note = "recurrent layers, `CausalConv1d`, pooling without PADDING and layers that take each step for itself do; what needs later steps or the whole sequence does not",
    note = "`CausalConv1d` stands for `Conv1d`, `GlobalAveragePool` for `Flatten`, the layer alone for `Bidirectional`"
)]
pub trait Stream<X: Sample>: Parameters {
    /// What one step becomes: a sample, or `Option` of one where not every step gives an output.
    type Output: Emission;
    /// What is kept from step to step. It starts from zero.
    type State: Zero + Copy + Send + Sync + 'static;
    /// Bytes of arrays, and of the frames of calls, that a step has on the stack beside input, output and state.
    /// [`Budget`](crate::network::Budget) counts them.
    const STEP_BYTES: usize = 0;

    /// Takes one step.
    fn step(&self, state: &mut Self::State, input: &X) -> Self::Output;

    /// The state before the first step.
    fn start(&self) -> Self::State {
        Self::State::ZERO
    }
}

/// What a step of a [`Stream`] gives: a sample, or `Option` of one where not every step gives an output.
///
/// ```
/// use typenet::network::Emission;
/// use typenet::prelude::*;
///
/// /// The last output of a sequence, of any stream.
/// fn last<N: Stream<X>, X: Sample>(network: &N, sequence: &[X]) -> Option<<N::Output as Emission>::Item> {
///     let mut state = network.start();
///     sequence.iter().filter_map(|x| network.step(&mut state, x).item()).last()
/// }
/// assert_eq!(last(&MaxPool1d::<2>, &[[1.0], [3.0], [2.0]]), Some([3.0]));
/// ```
pub trait Emission: Copy {
    /// The sample.
    type Item: Sample;
    /// What the step gives if the next layer makes `Y` of the sample.
    type Then<Y: Emission>: Emission<Item = Y::Item>;

    /// The sample, where there is one.
    fn item(self) -> Option<Self::Item>;

    /// Gives the sample to the next layer, where there is one.
    fn then<Y: Emission>(self, next: impl FnOnce(&Self::Item) -> Y) -> Self::Then<Y>;
}

impl<X: Sample> Emission for X {
    type Item = X;
    type Then<Y: Emission> = Y;

    #[inline]
    fn item(self) -> Option<X> {
        Some(self)
    }

    #[inline]
    fn then<Y: Emission>(self, next: impl FnOnce(&X) -> Y) -> Y {
        next(&self)
    }
}

impl<X: Sample> Emission for Option<X> {
    type Item = X;
    type Then<Y: Emission> = Option<Y::Item>;

    #[inline]
    fn item(self) -> Option<X> {
        self
    }

    #[inline]
    fn then<Y: Emission>(self, next: impl FnOnce(&X) -> Y) -> Option<Y::Item> {
        self.and_then(|x| next(&x).item())
    }
}

/// Holds for what layer `L` gives at each step. It exists for its error message.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{L}` gives `{Self}` in a stream, and not an output at each step, as a part of a `Parallel` or `Both` must",
    label = "a part of this network does not give an output at each step",
    note = "a pooling stands before or behind a `Residual`, a `Parallel` or a `Both`"
)]
pub trait AtEachStep<L>: Sample {}

#[diagnostic::do_not_recommend]
impl<X: Sample, L> AtEachStep<L> for X {}

/// Makes two layers in a row a stream.
macro_rules! streams_in_a_row {
    ($layer:ident) => {
        impl<X, A, B> $crate::network::Stream<X> for $layer<A, B>
        where
            X: $crate::network::Sample,
            A: $crate::network::Stream<X>,
            B: $crate::network::Stream<<A::Output as $crate::network::Emission>::Item>,
        {
            type Output = <A::Output as $crate::network::Emission>::Then<B::Output>;
            type State = (A::State, B::State);
            const STEP_BYTES: usize =
                size_of::<A::Output>() + if A::STEP_BYTES > B::STEP_BYTES { A::STEP_BYTES } else { B::STEP_BYTES };

            #[inline]
            fn step(&self, (first, second): &mut Self::State, input: &X) -> Self::Output {
                let output = self.0.step(first, input);
                $crate::network::Emission::then(output, |output| self.1.step(second, output))
            }
        }
    };
}
pub(crate) use streams_in_a_row;

/// One step of a layer that takes each step for itself.
#[inline]
pub fn step_alone<X: Sample, L: Layer<X>>(layer: &L, input: &X) -> L::Output {
    let mut output = L::Output::ZERO;
    layer.forward(core::slice::from_ref(input), core::slice::from_mut(&mut output));
    output
}

/// What it takes.
pub const fn bytes_alone<L: Layer<X>, X: Sample>() -> usize {
    L::SCRATCH + frames(L::CALLS)
}

/// Makes a layer around another one a stream where that one is.
macro_rules! streams_as_inner {
    ($layer:ty, [$($generics:tt)*]) => {
        impl<X: $crate::network::Sample, L: $crate::network::Stream<X>, $($generics)*> $crate::network::Stream<X>
            for $layer
        {
            type Output = L::Output;
            type State = L::State;
            const STEP_BYTES: usize = L::STEP_BYTES;

            #[inline]
            fn step(&self, state: &mut L::State, input: &X) -> L::Output {
                self.0.step(state, input)
            }
        }
    };
}
pub(crate) use streams_as_inner;

/// Makes a layer a stream that takes each step for itself.
macro_rules! streams_alone {
    ($layer:ty: $input:ty, [$($generics:tt)*] $(, where $($bounds:tt)+)?) => {
        impl<$($generics)*> $crate::network::Stream<$input> for $layer $(where $($bounds)+)? {
            type Output = <Self as $crate::network::Layer<$input>>::Output;
            type State = ();
            const STEP_BYTES: usize = $crate::network::internals::bytes_alone::<Self, $input>();

            #[inline]
            fn step(&self, (): &mut (), input: &$input) -> Self::Output {
                $crate::network::internals::step_alone(self, input)
            }
        }
    };
}
pub(crate) use streams_alone;
