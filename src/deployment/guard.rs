//! Watching a network at work: what it computes, and that its weights stay what they were.

use core::fmt;

use thiserror::Error;

use crate::network::extent::Extent;
use crate::network::{Layer, Sample, Watch, Zero};

/// Why an output is not to be trusted.
#[derive(Clone, Copy, PartialEq, Error)]
#[non_exhaustive]
pub enum Alarm {
    /// The output of a layer is infinite or not a number.
    #[error("{signal} is not finite")]
    NotFinite {
        /// What.
        signal: Signal,
    },
    /// A layer's output is out of the range that it was measured to have.
    #[error("{signal} is {value}, out of its range of {low} to {high}")]
    OutOfRange {
        /// What.
        signal: Signal,
        /// What was found.
        value: f32,
        /// The smallest value allowed.
        low: f32,
        /// The largest value allowed.
        high: f32,
    },
}

crate::error::debug_is_display!(Alarm);

/// What an [`Alarm`] is about.
///
/// ```
/// use typenet::prelude::*;
///
/// let alarm = Alarm::NotFinite { signal: Signal::Output(3) };
/// assert_eq!(alarm.to_string(), "the output of layer 3 is not finite");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The network's input.
    Input,
    /// The output of a layer, counted from 0.
    Output(usize),
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input => f.write_str("the input"),
            Self::Output(layer) => write!(f, "the output of layer {layer}"),
        }
    }
}

/// The range of the input and of each layer's output, measured on known data.
///
/// A flipped bit in a large exponent, or an input from outside of what the network was trained on,
/// mostly shows as an activation that was never seen. (Restricting activations to measured ranges
/// is from Chen, Li, Pattabiraman 2020, <https://arxiv.org/abs/2003.13874>.)
///
/// `LAYERS` is [`Layer::DEPTH`] of the network: another number does not compile.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<2, 8>, Tanh, Dense<8, 1>];
/// let mut network = Network::ZERO;
/// network.init(Initializer::GlorotUniform, &mut seeded(1));
///
/// let mut envelope = Envelope::<3>::EMPTY;
/// envelope.learn(&network, &[[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]);
/// let envelope = envelope.widened(0.1);
///
/// let mut output = [[0.0]; 1];
/// assert_eq!(envelope.forward_checked(&network, &[[0.5, 0.5]], &mut output), Ok(()));
/// assert!(envelope.forward_checked(&network, &[[40.0, 0.5]], &mut output).is_err());
/// assert!(envelope.forward_checked(&network, &[[f32::NAN, 0.5]], &mut output).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Envelope<const LAYERS: usize> {
    input: Span,
    layers: [Span; LAYERS],
}

/// A range of numbers, ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Span {
    low: f32,
    high: f32,
}

impl Span {
    const EMPTY: Self = Self { low: f32::INFINITY, high: f32::NEG_INFINITY };

    fn stretch(&mut self, extent: Extent) {
        self.low = self.low.min(extent.low as f32);
        self.high = self.high.max(extent.high as f32);
    }

    fn widened(self, share: f32) -> Self {
        let more = (self.high - self.low) * share;
        Self { low: self.low - more, high: self.high + more }
    }

    fn check(self, signal: Signal, extent: Extent) -> Result<(), Alarm> {
        let Self { low, high } = self;
        // Numbers that are not finite are in none of the two.
        match (extent.low as f32, extent.high as f32) {
            _ if !extent.finite => Err(Alarm::NotFinite { signal }),
            (_, value) if value > high => Err(Alarm::OutOfRange { signal, value, low, high }),
            (value, _) if value < low => Err(Alarm::OutOfRange { signal, value, low, high }),
            _ => Ok(()),
        }
    }
}

impl<const LAYERS: usize> Envelope<LAYERS> {
    /// Nothing was measured yet: everything is out of range.
    pub const EMPTY: Self = Self { input: Span::EMPTY, layers: [Span::EMPTY; LAYERS] };

    /// Everything finite is in range: [`forward_checked`](Self::forward_checked) looks for infinities
    /// and not-a-numbers only.
    pub const FINITE: Self = {
        let all = Span { low: f32::MIN, high: f32::MAX };
        Self { input: all, layers: [all; LAYERS] }
    };

    /// Stretches the ranges to what a network computes from these inputs. Values that are not finite
    /// are left out.
    pub fn learn<N: Layer<X>, X: Sample>(&mut self, network: &N, inputs: &[X]) {
        const { assert!(N::DEPTH == LAYERS, "an envelope has as many ranges as its network has layers") };
        for input in inputs {
            let input = core::slice::from_ref(input);
            self.input.stretch(X::extent(input));
            let mut learn = Learn(self.layers.iter_mut());
            network.forward_watched(input, &mut [N::Output::ZERO], &mut learn);
        }
    }

    /// The same with each range wider on both sides, by a share of its width.
    #[must_use]
    pub fn widened(self, share: f32) -> Self {
        Self { input: self.input.widened(share), layers: self.layers.map(|span| span.widened(share)) }
    }

    /// Inference that tells when something is wrong.
    ///
    /// # Errors
    ///
    /// The first [`Alarm`] of the first sample that has one; outputs from that sample on are not to
    /// be used.
    pub fn forward_checked<N: Layer<X>, X: Sample>(
        &self,
        network: &N,
        inputs: &[X],
        outputs: &mut [N::Output],
    ) -> Result<(), Alarm> {
        const { assert!(N::DEPTH == LAYERS, "an envelope has as many ranges as its network has layers") };
        for (input, output) in inputs.iter().zip(outputs) {
            let input = core::slice::from_ref(input);
            self.input.check(Signal::Input, X::extent(input))?;
            let mut check = Check { spans: self.layers.iter().enumerate(), result: Ok(()) };
            network.forward_watched(input, core::slice::from_mut(output), &mut check);
            check.result?;
        }
        Ok(())
    }
}

struct Learn<'a>(core::slice::IterMut<'a, Span>);

impl Watch for Learn<'_> {
    fn activation<Y: Sample>(&mut self, samples: &[Y]) {
        if let Some(span) = self.0.next() {
            span.stretch(Y::extent(samples));
        }
    }
}

struct Check<'a> {
    spans: core::iter::Enumerate<core::slice::Iter<'a, Span>>,
    result: Result<(), Alarm>,
}

impl Watch for Check<'_> {
    fn activation<Y: Sample>(&mut self, samples: &[Y]) {
        if let Some((layer, span)) = self.spans.next()
            && self.result.is_ok()
        {
            self.result = span.check(Signal::Output(layer), Y::extent(samples));
        }
    }
}

/// An output, and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading<Y> {
    /// The output.
    pub output: Y,
    /// Why it is the fallback's; `None` where it is the network's.
    pub alarm: Option<Alarm>,
}

/// A network with a simpler one (or a layer that gives a safe constant) for when something is wrong.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<2, 8>, Relu, Dense<8, 1>];
/// static NETWORK: Network = Network::ZERO;
/// static FALLBACK: Dense<2, 1> = Dense::ZERO;
///
/// let guarded = Guarded { network: &NETWORK, envelope: Envelope::<3>::FINITE, fallback: &FALLBACK };
/// let reading = guarded.forward(&[0.5, f32::INFINITY]);
/// assert_eq!(reading.alarm, Some(Alarm::NotFinite { signal: Signal::Input }));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Guarded<'a, N, F, const LAYERS: usize> {
    /// The network.
    pub network: &'a N,
    /// What is normal.
    pub envelope: Envelope<LAYERS>,
    /// What answers where something is not.
    pub fallback: &'a F,
}

impl<N, F, const LAYERS: usize> Guarded<'_, N, F, LAYERS> {
    /// The network's output, or the fallback's.
    pub fn forward<X: Sample>(&self, input: &X) -> Reading<N::Output>
    where
        N: Layer<X>,
        F: Layer<X, Output = N::Output>,
    {
        let mut output = [N::Output::ZERO];
        let input = core::slice::from_ref(input);
        let alarm = self.envelope.forward_checked(self.network, input, &mut output).err();
        if alarm.is_some() {
            self.fallback.forward(input, &mut output);
        }
        let [output] = output;
        Reading { output, alarm }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activations::{Relu, Tanh};
    use crate::layers::{Dense, Residual};

    type Network = crate::Sequential![Dense<1, 1>, Relu, Residual<Dense<1, 1>>, Tanh];

    /// y = tanh(2 relu(weight x + bias)).
    fn network(weight: f32, bias: f32) -> Network {
        let mut network = Network::ZERO;
        network.0.weight[(0, 0)] = weight;
        network.0.bias[0] = bias;
        network.1.1.0.0.weight[(0, 0)] = 1.0;
        network
    }

    fn envelope() -> Envelope<4> {
        let mut envelope = Envelope::<4>::EMPTY;
        envelope.learn(&network(2.0, 0.0), &[[-1.0], [0.5], [1.0]]);
        envelope
    }

    #[test]
    fn ranges_are_measured_layer_by_layer() {
        let envelope = envelope();
        let pairs = envelope.layers.map(|span| (span.low, span.high));
        assert_eq!((envelope.input.low, envelope.input.high), (-1.0, 1.0));
        assert_eq!(pairs, [(-2.0, 2.0), (0.0, 2.0), (0.0, 4.0), (0.0, libm::tanhf(4.0))]);
        let wide = envelope.widened(0.5);
        assert_eq!((wide.layers[1].low, wide.layers[1].high), (-1.0, 3.0));
    }

    #[test]
    fn alarms_name_the_layer() {
        let mut output = [[9.0]; 1];
        let mut run = |network: &Network, x: f32| envelope().forward_checked(network, &[[x]], &mut output);
        assert_eq!(run(&network(2.0, 0.0), 0.7), Ok(()));
        let out = |signal, value, low, high| Err(Alarm::OutOfRange { signal, value, low, high });
        assert_eq!(run(&network(2.0, 0.0), 1.5), out(Signal::Input, 1.5, -1.0, 1.0));
        assert_eq!(run(&network(2.0, 0.0), f32::NAN), Err(Alarm::NotFinite { signal: Signal::Input }));
        assert_eq!(run(&network(3.0, 0.0), -1.0), out(Signal::Output(0), -3.0, -2.0, 2.0));
        assert_eq!(run(&network(f32::INFINITY, 0.0), 1.0), Err(Alarm::NotFinite { signal: Signal::Output(0) }));
        let sentence = run(&network(2.0, 0.0), 1.5).unwrap_err().to_string();
        assert_eq!(sentence, "the input is 1.5, out of its range of -1 to 1");
        let mut other = network(2.0, 0.0);
        other.1.1.0.0.bias[0] = 1.0;
        assert_eq!(run(&other, 1.0), out(Signal::Output(2), 5.0, 0.0, 4.0));
    }

    #[test]
    fn without_measuring_only_finite_is_asked_for() {
        let mut output = [[0.0]; 1];
        let finite = Envelope::<4>::FINITE;
        assert_eq!(finite.forward_checked(&network(2.0, 0.0), &[[1e30]], &mut output), Ok(()));
        assert_eq!(
            finite.forward_checked(&network(1e30, 0.0), &[[1e30]], &mut output),
            Err(Alarm::NotFinite { signal: Signal::Output(0) })
        );
        assert!(Envelope::<4>::EMPTY.forward_checked(&network(2.0, 0.0), &[[0.0]], &mut output).is_err());
    }

    #[test]
    fn the_fallback_answers() {
        let (network, mut fallback) = (network(2.0, 0.0), Dense::<1, 1>::ZERO);
        fallback.bias[0] = -7.0;
        let guarded = Guarded { network: &network, envelope: envelope(), fallback: &fallback };
        assert_eq!(guarded.forward(&[1.0]), Reading { output: [libm::tanhf(4.0)], alarm: None });
        let reading = guarded.forward(&[2.0]);
        assert_eq!(reading.output, [-7.0]);
        assert!(matches!(reading.alarm, Some(Alarm::OutOfRange { signal: Signal::Input, .. })));
    }
}
