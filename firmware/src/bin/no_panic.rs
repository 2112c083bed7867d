//! Inference, training steps, losses and optimizers of everything in the list, with a panic handler
//! that cannot be linked: that this program links proves that none of them can panic
//! (`no_panic/run`). It has no global allocator either, so none of them allocates.
//!
//! Where it does not link, it does with `WHERE=1` in the environment, to see from where the handler is called.
#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;

use cases::Cases;
use cases::draw::Draw;
use cortex_m_rt::entry;
use typenet::network::Emission;
use typenet::prelude::*;
use typenet::rand::rngs::Xoshiro256PlusPlus;
use typenet_firmware as _;

#[entry]
fn main() -> ! {
    cases::each(&mut Calls);
    loop {}
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    #[allow(unsafe_code, reason = "a function that is nowhere: it is never called, because it never links")]
    unsafe extern "C" {
        safe fn this_program_can_panic() -> !;
    }
    if option_env!("WHERE").is_some() {
        loop {}
    }
    this_program_can_panic()
}

/// Calls everything, on values that the compiler does not know.
struct Calls;

#[inline(never)]
fn train<N, X, L, T, O>(loss: L, optimizer: O)
where
    X: Draw,
    T: Draw,
    N: Layer<X>,
    N::Output: Tensor<Scalar = f32>,
    L: Loss<N::Output, T>,
    O: Optimizer,
{
    let mut rng: Xoshiro256PlusPlus = black_box(seeded(1));
    let (mut network, mut training) = (N::ZERO, Workspace::<N, X, O, Inline<4>>::EMPTY);
    let (mut inputs, mut targets, mut outputs) = ([X::ZERO; 9], [T::ZERO; 9], [N::Output::ZERO; 9]);
    let (network, training) = (black_box(&mut network), black_box(&mut training));
    // Of any length: too many samples for the workspace, and fewer outputs than inputs.
    let [samples, other] = black_box([3_usize, 4]);
    let inputs = black_box(&mut inputs).get(..samples).unwrap_or_default();
    let targets = black_box(&mut targets).get(..other).unwrap_or_default();
    let outputs = black_box(&mut outputs).get_mut(..other).unwrap_or_default();
    network.init(black_box(Initializer::HeNormal), &mut rng);
    network.forward(inputs, outputs);
    let result = training.train_step(network, &black_box(loss), &black_box(optimizer), inputs, targets, &mut rng);
    black_box((result.is_ok(), outputs.as_ptr(), training.output().as_ptr()));
}

#[inline(never)]
fn listen<N: Stream<X>, X: Sample>() {
    let (mut network, mut state) = (N::ZERO, N::State::ZERO);
    // A state that is none of its own, too.
    let (network, state) = (black_box(&mut network), black_box(&mut state));
    black_box(network.step(state, black_box(&X::ZERO)).item().is_some());
}

impl Cases for Calls {
    fn layer<N, X>(&mut self, _: &'static str)
    where
        X: Draw,
        N: Layer<X>,
        N::Output: Tensor<Scalar = f32> + Draw,
    {
        train::<N, X, _, N::Output, _>(MeanSquaredError, Sgd::default());
    }

    fn stream<N, X>(&mut self, _: &'static str)
    where
        X: Draw,
        N: Stream<X, Output: Emission<Item: Tensor<Scalar = f32>>>,
    {
        listen::<N, X>();
    }

    fn loss<L: Loss<[f32; 3], T>, T: Draw>(&mut self, _: &'static str, loss: L) {
        train::<Dense<5, 3>, [f32; 5], _, T, _>(loss, Sgd::default());
    }

    fn optimizer<O: Optimizer>(&mut self, _: &'static str, optimizer: O) {
        train::<Dense<5, 3>, [f32; 5], _, [f32; 3], _>(MeanSquaredError, optimizer);
    }

    fn other(&mut self, _: &'static str, run: fn()) {
        run();
    }
}
