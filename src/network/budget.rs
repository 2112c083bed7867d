//! The sizes of a network, known at compile time.

use core::marker::PhantomData;

use crate::network::batch::{Batch, Inline};
use crate::network::layer::Layer;
use crate::network::parameters::Parameters;
use crate::network::stream::Stream;
use crate::network::tensor::Sample;

/// The sizes of a network, known at compile time: in numbers and bytes.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<4, 16>, Relu, Dense<16, 3>];
/// const _: () = assert!(Budget::<Network>::PARAMETER_BYTES <= 1024);
/// assert_eq!(Budget::<Network>::PARAMETERS, 4 * 16 + 16 + 16 * 3 + 3);
/// assert_eq!(Budget::<Network>::multiply_adds::<[f32; 4]>(), 4 * 16 + 16 * 3);
/// // Between the layers: three tensors of 16, 16 and nothing; once forward and once backward.
/// assert_eq!(Budget::<Network>::tape_bytes::<[f32; 4], 8>(), 2 * 8 * (16 + 16) * 4);
///
/// // What a microcontroller must have for this network:
/// assert_eq!(Budget::<Network>::FLASH_BYTES, 524);
/// const _: () = assert!(Budget::<Network>::inference_bytes::<[f32; 4]>() <= 512);
/// const _: () = assert!(Budget::<Network>::training_bytes::<[f32; 4], Adam, 8>() <= 6 * 1024);
/// ```
///
/// `firmware/figures` compares the bytes with what is measured on a Cortex-M4F and a Cortex-M3, at `opt-level` 2.
///
/// [`assert_budget!`](crate::assert_budget) stops a build that does not fit and says by how much.
#[derive(Debug)]
pub struct Budget<N>(PhantomData<N>);

impl<N: Parameters> Budget<N> {
    /// Trained scalars.
    pub const PARAMETERS: usize = N::COUNT;
    /// Bytes of the network, statistics included.
    pub const PARAMETER_BYTES: usize = size_of::<N>();
    /// Bytes that a `static` network takes in flash, which are those of its parameters and statistics: nothing
    /// describes it at run time. Code comes to it, which depends on the kinds of the layers more than on their sizes.
    pub const FLASH_BYTES: usize = Self::PARAMETER_BYTES;
    /// Bytes of its gradient, and of each further tree that an optimizer keeps.
    pub const GRADIENT_BYTES: usize = size_of::<N::Gradient>();

    /// Multiply-adds of inference for one sample of type `X`. Elementwise work is not counted.
    #[must_use]
    pub const fn multiply_adds<X: Sample>() -> usize
    where
        N: Layer<X>,
    {
        N::MULTIPLY_ADDS
    }

    /// Bytes of activations while one sample of type `X` passes through, beside its input and output:
    /// they take turns in two buffers, each as large as the largest that is in it. Elementwise layers work in place.
    ///
    /// The buffers are on the stack. With the feature `alloc`, a buffer of more than 32 KiB is on the heap
    /// instead, so that an image does not overflow the stack of a thread; smaller ones allocate nothing.
    #[must_use]
    pub const fn buffer_bytes<X: Sample>() -> usize
    where
        N: Layer<X>,
    {
        N::SCRATCH
    }

    /// Bytes of RAM that inference takes at its peak for one sample of type `X`, beside the sample and its output. All
    /// of it is stack: the [buffers](Self::buffer_bytes); what the network's own function saves; and 128 bytes for each
    /// call below it ([`Layer::CALLS`]), which are nine registers, eight double ones, and 28 bytes for values that find
    /// no register. Where there is no call the network's own function computes everything and saves as many registers,
    /// 100 bytes; else 24. Where floating-point arithmetic is software these are 120 and 88.
    ///
    /// The number is that of the target that is compiled for. For the networks of `firmware/figures`, at `opt-level` 2
    /// with whole-program optimisation, it is within 10 % of what was measured: of `Dense`, `Conv1d`, `Conv2d`,
    /// `MaxPool2d`, `Gru`, `MultiHeadAttention`, `BatchNorm`, `LayerNorm` and elementwise layers. Two networks of
    /// products of at most 16 outputs, and 256 weights, took up to 92 bytes less: with a unit for floating-point
    /// arithmetic such are computed in registers where they are the only ones of their shapes. At 3 so it is, but
    /// for one that took a quarter less. At `s` it holds for networks with other layers than products; of products
    /// alone 20-128-64-1 took 30 % more, and smaller ones from a third less to 20 % more. At `z` and 1 small networks
    /// took up to 85 % more, and those of some kilobytes up to 40 %. Leave as much room, or measure.
    ///
    /// Other layers may take some hundred bytes more, and an unoptimised program takes more. What the compiler inlines
    /// makes a difference of up to 256 bytes, which counts where a network takes less than a kilobyte: with a
    /// normalisation that is the only one of its program it took less, and where several networks share their
    /// functions, the smallest took 100 bytes more.
    #[must_use]
    pub const fn inference_bytes<X: Sample>() -> usize
    where
        N: Layer<X>,
    {
        N::SCRATCH + own_frame(N::CALLS) + frames(N::CALLS)
    }

    /// Bytes that a stream of samples of type `X` keeps from step to step, in RAM.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// type Network = Sequential![CausalConv1d<1, 8, 5>, Relu, MaxPool1d<4>, CausalConv1d<8, 8, 3>];
    /// typenet::assert_budget!(Network, state_bytes::<[f32; 1]>() <= 4 * (4 + 8 + 2 * 8) + 4 * size_of::<usize>());
    /// typenet::assert_budget!(Network, step_bytes::<[f32; 1]>() <= 512);
    /// ```
    #[must_use]
    pub const fn state_bytes<X: Sample>() -> usize
    where
        N: Stream<X>,
    {
        size_of::<N::State>()
    }

    /// Bytes of RAM that one step of a stream takes at its peak, beside the [state](Self::state_bytes), the sample and the
    /// output. All of it is stack: each activation between two layers, and the arrays and calls of the layer that has most.
    ///
    /// It is a bound from above: the compiler keeps small activations in registers, and gives others one place. At
    /// `opt-level` 2 no network of seven that were measured took more than 3 % more, and some took 45 % less.
    #[must_use]
    pub const fn step_bytes<X: Sample>() -> usize
    where
        N: Stream<X>,
    {
        own_frame(0) + N::STEP_BYTES
    }

    /// Bytes of the tape of a training step for batches of up to `B` samples, in arrays.
    #[must_use]
    pub const fn tape_bytes<X: Sample, const B: usize>() -> usize
    where
        N: Layer<X>,
        Inline<B>: Batch,
    {
        size_of::<N::Tape<Inline<B>>>()
    }
}

/// What a network's own function saves, beside its activations. Calls of software arithmetic take more.
const fn own_frame(calls: usize) -> usize {
    let software = cfg!(any(
        all(target_arch = "arm", not(target_abi = "eabihf")),
        all(target_arch = "riscv32", not(target_feature = "f"))
    ));
    match (calls, software) {
        (0, false) => 100,
        (0, true) => 120,
        (_, false) => 24,
        (_, true) => 88,
    }
}
/// What a call takes.
const FRAME: usize = 9 * 4 + 8 * 8 + 28;

/// What calls take that go so deep.
pub(crate) const fn frames(calls: usize) -> usize {
    calls * FRAME
}

/// Stops the build, already in `cargo check`, where a size of a network is over its budget. The
/// sizes are the constants and functions of [`Budget`].
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<20, 128>, Relu, Dense<128, 1>];
/// typenet::assert_budget!(Network, FLASH_BYTES <= 16 * 1024);
/// typenet::assert_budget!(Network, inference_bytes::<[f32; 20]>() <= 2 * 1024);
/// typenet::assert_budget!(Network, training_bytes::<[f32; 20], Accumulated<Adam>, 16>() <= 96 * 1024);
/// ```
///
/// ```compile_fail
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<20, 128>, Relu, Dense<128, 1>];
/// typenet::assert_budget!(Network, PARAMETERS <= 1000);
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! assert_budget {
    ($network:ty, $name:ident $($size:tt)+) => {
        $crate::assert_budget!(@size $network, $name, [$name] $($size)+);
    };
    // What stands before `<=`, token by token: it may have generic arguments, and they may.
    (@size $network:ty, $name:ident, [$($size:tt)+] <= $limit:expr) => {
        $crate::assert_budget!(@ $network, stringify!($name), $crate::network::Budget::<$network>::$($size)+, $limit);
    };
    (@size $network:ty, $name:ident, [$($size:tt)+] $next:tt $($rest:tt)+) => {
        $crate::assert_budget!(@size $network, $name, [$($size)+ $next] $($rest)+);
    };
    (@ $network:ty, $name:expr, $found:expr, $limit:expr) => {
        const _: () = {
            const FOUND: $crate::network::internals::Decimal = $crate::network::internals::Decimal::new($found);
            const LIMIT: $crate::network::internals::Decimal = $crate::network::internals::Decimal::new($limit);
            const SENTENCE: &[&str] = &[
                "`",
                stringify!($network),
                "` is over its budget: ",
                $name,
                " is ",
                FOUND.as_str(),
                ", more than ",
                LIMIT.as_str(),
            ];
            const MESSAGE: [u8; $crate::network::internals::joined_len(SENTENCE)] = $crate::network::internals::join(SENTENCE);
            if $found > $limit {
                match ::core::str::from_utf8(&MESSAGE) {
                    Ok(message) => panic!("{}", message),
                    Err(_) => panic!("a network is over its budget"),
                }
            }
        };
    };
}

/// A number as text, at compile time.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Decimal {
    digits: [u8; 20],
    start: usize,
}

impl Decimal {
    #[doc(hidden)]
    #[must_use]
    #[expect(
        clippy::indexing_slicing,
        reason = "runs while a budget is compiled: an index beyond the end stops the build"
    )]
    pub const fn new(number: usize) -> Self {
        let (mut digits, mut start, mut rest) = ([b'0'; 20], 20, number);
        // Ends: a number of 64 bits has 20 digits, each of which makes the rest smaller.
        loop {
            start -= 1;
            digits[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                return Self { digits, start };
            }
        }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.digits.split_at(self.start).1) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

/// The length of several texts in a row.
#[doc(hidden)]
#[must_use]
#[expect(clippy::indexing_slicing, reason = "runs while a budget is compiled: an index beyond the end stops the build")]
pub const fn joined_len(texts: &[&str]) -> usize {
    let (mut len, mut at) = (0, 0);
    // Ends: each round takes a text.
    while at < texts.len() {
        len += texts[at].len();
        at += 1;
    }
    len
}

/// Several texts in a row, `N` bytes in all.
#[doc(hidden)]
#[must_use]
#[expect(clippy::indexing_slicing, reason = "runs while a budget is compiled: an index beyond the end stops the build")]
pub const fn join<const N: usize>(texts: &[&str]) -> [u8; N] {
    let (mut joined, mut len, mut text) = ([0; N], 0, 0);
    // Ends: each round takes a text.
    while text < texts.len() {
        let bytes = texts[text].as_bytes();
        let mut at = 0;
        // Ends: each round takes a byte.
        while at < bytes.len() {
            joined[len] = bytes[at];
            len += 1;
            at += 1;
        }
        text += 1;
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sequential;
    use crate::activations::Relu;
    use crate::layers::{
        BatchNorm, Bidirectional, CausalConv1d, Conv1d, Conv2d, Dense, GroupNorm, Gru, LayerNorm, MultiHeadAttention,
        Parallel, Repeat, Residual, RmsNorm, TimeDistributed,
    };
    use crate::network::Chain;
    use crate::optimizers::Adam;
    use crate::train::Workspace;

    type Small = Sequential![Dense<4, 16>, Relu, Dense<16, 3>];

    /// Calls within the inference of a layer.
    const fn calls<L: Layer<X>, X: Sample>() -> usize {
        L::CALLS
    }

    #[test]
    fn inference_takes_its_buffers_and_a_frame_for_each_call() {
        // An activation of 16 numbers, and the network's own frame on a machine with a floating-point unit.
        assert_eq!(Budget::<Small>::inference_bytes::<[f32; 4]>(), 16 * 4 + 100);
        // An activation of 3, the deviations of 3 features, and two calls.
        type Normalised = Sequential![Dense<4, 3>, BatchNorm<3>];
        assert_eq!(Budget::<Normalised>::inference_bytes::<[f32; 4]>(), 3 * 4 + 3 * 4 + 24 + 2 * 128);
    }

    #[test]
    fn calls_are_counted_where_they_are_deepest() {
        assert_eq!(calls::<Small, [f32; 4]>(), 0);
        assert_eq!(calls::<Chain<Relu, BatchNorm<2>>, [f32; 2]>(), 2);
        assert_eq!(calls::<Chain<BatchNorm<2>, Relu>, [f32; 2]>(), 2);
        assert_eq!(calls::<Residual<BatchNorm<2>>, [f32; 2]>(), 2);
        assert_eq!(calls::<Repeat<3, BatchNorm<2>>, [f32; 2]>(), 2);
        assert_eq!(calls::<Parallel<BatchNorm<2>, Relu>, [f32; 2]>(), 1 + 2);
        assert_eq!(calls::<Parallel<Relu, BatchNorm<2>>, [f32; 2]>(), 1 + 2);
        assert_eq!(calls::<Bidirectional<Gru<2, 3>>, [[f32; 2]; 4]>(), 1 + 5);
        assert_eq!(calls::<Conv2d<1, 2, 3>, [[[f32; 4]; 4]; 1]>(), 6);
        assert_eq!(calls::<Conv1d<1, 2, 3>, [[f32; 1]; 4]>(), 2);
        assert_eq!(calls::<CausalConv1d<1, 2, 3>, [[f32; 1]; 4]>(), 2);
        assert_eq!(calls::<LayerNorm<4>, [f32; 4]>(), 2);
        assert_eq!(calls::<GroupNorm<4, 2>, [f32; 4]>(), 2);
        assert_eq!(calls::<RmsNorm<4>, [f32; 4]>(), 1);
        assert_eq!(calls::<MultiHeadAttention<4, 2>, [[f32; 4]; 3]>(), 1);
        assert_eq!(calls::<TimeDistributed<Dense<2, 3>>, [[f32; 2]; 4]>(), 1);
        assert_eq!(calls::<TimeDistributed<LayerNorm<2>>, [[f32; 2]; 4]>(), 2);
    }

    #[test]
    fn training_takes_network_workspace_and_stack() {
        let workspace = size_of::<Workspace<Small, [f32; 4], Adam, Inline<8>>>();
        // Three trees of gradient and moments, and what flows between the layers, at the least.
        assert!(workspace >= 3 * 524 + 2 * 8 * (16 + 16) * 4);
        assert_eq!(Budget::<Small>::training_bytes::<[f32; 4], Adam, 8>(), 524 + workspace + 640);
    }
}
