//! Sequences that come one sample at a time.

use crate::network::chain::Chain;
use crate::network::layer::Layer;
use crate::network::parameters::Parameters;
use crate::network::tensor::{Sample, Zero};

/// A layer or network that takes a sequence one step at a time, and keeps what it must know of
/// the past in a state: for a microphone, a sensor, a microcontroller, where the sequence never
/// ends and is never in memory as a whole.
///
/// `N: Stream<[T; IN]>` and `N: Layer<[[T; IN]; STEPS]>` are the same network. After as many steps
/// as the sequence has, [`step`](Stream::step) gives the numbers of [`Layer::forward`], to the last
/// bit; where the network gives its last output only, so does the last step.
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
    note = "recurrent layers and layers that take each step for itself do; what needs the whole sequence does not"
)]
pub trait Stream<X: Sample>: Parameters {
    /// What one step becomes.
    type Output: Sample;
    /// What is kept from step to step. It starts from zero.
    type State: Zero + Copy + Send + Sync + 'static;

    /// Takes one step.
    fn step(&self, state: &mut Self::State, input: &X) -> Self::Output;

    /// The state before the first step.
    fn start(&self) -> Self::State {
        Self::State::ZERO
    }
}

impl<X: Sample, A: Stream<X>, B: Stream<A::Output>> Stream<X> for Chain<A, B> {
    type Output = B::Output;
    type State = (A::State, B::State);

    #[inline]
    fn step(&self, (first, second): &mut Self::State, input: &X) -> B::Output {
        self.1.step(second, &self.0.step(first, input))
    }
}

/// One step of a layer that takes each step for itself.
#[inline]
pub fn step_alone<X: Sample, L: Layer<X>>(layer: &L, input: &X) -> L::Output {
    let mut output = L::Output::ZERO;
    layer.forward(core::slice::from_ref(input), core::slice::from_mut(&mut output));
    output
}

/// Makes a layer around another one a stream where that one is.
macro_rules! streams_as_inner {
    ($layer:ty, [$($generics:tt)*]) => {
        impl<X: $crate::network::Sample, L: $crate::network::Stream<X>, $($generics)*> $crate::network::Stream<X>
            for $layer
        {
            type Output = L::Output;
            type State = L::State;

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
    ($layer:ty: $input:ty, [$($generics:tt)*]) => {
        impl<$($generics)*> $crate::network::Stream<$input> for $layer {
            type Output = <Self as $crate::network::Layer<$input>>::Output;
            type State = ();

            #[inline]
            fn step(&self, (): &mut (), input: &$input) -> Self::Output {
                $crate::network::internals::step_alone(self, input)
            }
        }
    };
}
pub(crate) use streams_alone;
