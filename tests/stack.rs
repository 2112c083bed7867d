//! Large networks run in a thread with a small stack: their activations are on the heap.
//!
//! The activations are a megabyte each or more. A stack that overflows ends the whole test program.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::thread::Builder;

use typenet::bytemuck::AnyBitPattern;
use typenet::prelude::*;

const STACK: usize = 512 * 1024;

/// Runs in a thread with little stack.
fn with_little_stack(run: impl FnOnce() + Send + 'static) {
    Builder::new().stack_size(STACK).spawn(run).unwrap().join().unwrap();
}

/// Inference of one sample and of two.
fn check<N, X: Sample>(input: X)
where
    N: Layer<X, Output = [f32; 2]> + 'static,
{
    const { assert!(N::SCRATCH > 2 * STACK, "this network would fit on the stack") };
    let inputs = vec![input; 2];
    with_little_stack(move || {
        let network = initialized::<N>(1);
        let mut outputs = [[f32::NAN; 2]; 2];
        network.forward(&inputs, &mut outputs);
        assert!(outputs[0][0].is_finite() && outputs[0] == outputs[1]);
        let mut output = [[f32::NAN; 2]];
        network.forward(&inputs[..1], &mut output);
        assert_eq!(output[0], outputs[0]);
    });
}

type Image = [[[f32; 128]; 128]; 1];
type Steps = [[f32; 32]; 1024];
type Network = Sequential![Conv2d<1, 20, 3, 1, 1>, Relu, GlobalAveragePool, Dense<20, 2>];

#[test]
fn a_trainer_fits_evaluates_and_predicts() {
    let inputs: Vec<Image> = (0..4).map(|number| [[[number as f32; 128]; 128]; 1]).collect();
    let data = Dataset::new(inputs.clone(), vec![0_u8, 0, 1, 1]).unwrap();
    with_little_stack(move || {
        let mut trainer = Trainer::new(initialized::<Network>(1), SparseCategoricalCrossEntropyLogits, Adam::new(0.01));
        trainer.fit(&data, Fit::epochs(1).batch_size(2).validation_data(&data)).unwrap();
        assert!(trainer.evaluate(&data).unwrap().loss.is_finite());
        assert_eq!(trainer.predict(&inputs).len(), 4);
    });
}

#[test]
fn layers_that_keep_samples() {
    check::<Network, Image>([[[0.5; 128]; 128]; 1]);
    // Room for padding, and for what is spread.
    check::<Sequential![Conv2d<2, 1, 3, 1, 128>, Conv2d<1, 8, 3, 2, 0>, GlobalAveragePool, Dense<8, 2>], _>(
        [[[0.5; 64]; 64]; 2],
    );
    check::<Sequential![ConvTranspose2d<1, 20, 3, 2, 1>, GlobalAveragePool, Dense<20, 2>], Image>(
        [[[0.5; 128]; 128]; 1],
    );
    check::<
        Sequential![Residual<Conv2d<1, 1, 3, 1, 1>>, DepthwiseConv2d<1, 3, 1, 1>, Conv2d<1, 20, 1>, GlobalAveragePool, Dense<20, 2>],
        Image,
    >([[[0.5; 128]; 128]; 1]);
}

#[test]
fn branches_and_sequences() {
    type Branch = Sequential![Conv2d<1, 10, 1>, Relu];
    check::<Sequential![Parallel<Branch, Branch>, Add, GlobalAveragePool, Dense<10, 2>], Image>([[[0.5; 128]; 128]; 1]);
    check::<Sequential![Both<Branch, Branch>, Add, GlobalAveragePool, Dense<10, 2>], (Image, Image)>((
        [[[0.5; 128]; 128]; 1],
        [[[0.25; 128]; 128]; 1],
    ));
    check::<Sequential![MultiHeadAttention<32, 4>, GlobalAveragePool, Dense<32, 2>], Steps>([[0.5; 32]; 1024]);
    check::<Sequential![Bidirectional<ReturnSequences<Rnn<32, 128>>>, GlobalAveragePool, Dense<256, 2>], Steps>(
        [[0.5; 32]; 1024],
    );
    check::<
        Sequential![TimeDistributed<Sequential![Dense<1, 300_000>, Tanh, Dense<300_000, 1>]>, Flatten, Dense<2, 2>],
        _,
    >([[0.5_f32; 1]; 2]);
}

/// Named layers.
#[derive(Clone, Copy, Debug, AnyBitPattern, Layer)]
#[bytemuck(crate = "typenet::bytemuck")]
#[layer(input = [[[f32; 128]; 128]; 1])]
#[repr(C)]
struct Named {
    features: Conv2d<1, 20, 1>,
    pool: GlobalAveragePool,
    head: Dense<20, 2>,
}

#[test]
fn named_layers() {
    check::<Named, Image>([[[0.5; 128]; 128]; 1]);
}
