//! Many layers whose activations are each a little smaller than what goes to the heap: their sum must not pile up on the
//! stack.

use typenet::bytemuck::AnyBitPattern;
use typenet::prelude::*;

/// 31,752 bytes, of 32,768 that may be on the stack.
type Image = [[[f32; 63]; 63]; 2];
type Same = Conv2d<2, 2, 3, 1, 1>;
type Ten = Sequential![Same, Relu, Same, Relu, Same, Same, Same, Same, Same, Relu, Same, Same, Same];

fn infer<N: Layer<Image, Output = Image> + 'static>() {
    let network = initialized::<N>(1);
    for samples in [1, 3] {
        let inputs = vec![[[[0.5; 63]; 63]; 2]; samples];
        let mut outputs = vec![[[[f32::NAN; 63]; 63]; 2]; samples];
        network.forward(&inputs, &mut outputs);
        assert!(outputs.as_flattened().as_flattened().as_flattened().iter().all(|y| y.is_finite()));
    }
}

/// Less than the activations of 32 layers, which is as deep as calls go in a long chain.
fn on_half_a_megabyte(run: fn()) {
    std::thread::Builder::new().stack_size(512 << 10).spawn(run).unwrap().join().unwrap();
}

/// A hundred of them, in one chain of more than 32 layers and in chains within chains.
pub fn convolutions() {
    type Flat = Sequential![
        Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same,
        Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same,
        Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same,
        Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same,
        Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same,
        Same, Same, Same, Same, Same, Same, Same, Same, Same, Same
    ];
    on_half_a_megabyte(infer::<Flat>);
    on_half_a_megabyte(infer::<Sequential![Ten, Ten, Ten, Ten, Ten, Ten, Ten, Ten, Ten, Ten]>);
}

/// A residual branch is a chain of its own; and each within the branch of the one before.
pub fn residuals() {
    type Block = Residual<Sequential![Same, Relu, Same]>;
    infer::<
        Sequential![
            Block, Block, Block, Block, Block, Block, Block, Block, Block, Block, Block, Block, Block, Block, Block,
            Block, Block, Block, Block, Block, Block, Block, Block, Block, Block, Block, Block, Block, Block, Block,
            Block, Block, Block, Block, Block, Block, Block, Block, Block, Block, Block, Block, Block, Block, Block,
            Block, Block, Block, Block, Block
        ],
    >();
    type Around<N> = Residual<Sequential![Same, N]>;
    type Four<N> = Around<Around<Around<Around<N>>>>;
    infer::<Four<Four<Four<Four<Same>>>>>();
}

/// Named layers take turns in no buffers: each activation has its own.
#[derive(Clone, Copy, Debug, AnyBitPattern, Layer)]
#[bytemuck(crate = "typenet::bytemuck")]
#[layer(input = Image)]
#[repr(C)]
struct Named {
    first: Same,
    second: Same,
    third: Same,
    fourth: Same,
    fifth: Same,
    sixth: Same,
    seventh: Same,
    eighth: Same,
    ninth: Same,
    tenth: Same,
    eleventh: Same,
    twelfth: Same,
}

pub fn named() {
    infer::<Named>();
}

/// Neither do pairs.
pub fn pairs() {
    type Half = Conv2d<1, 1, 3, 1, 1>;
    type Two = Both<Half, Half>;
    infer::<
        Sequential![
            Parallel<Conv2d<2, 1, 1>, Conv2d<2, 1, 1>>,
            Two,
            Two,
            Two,
            Two,
            Two,
            Two,
            Two,
            Two,
            Two,
            Two,
            Two,
            Two,
            Two,
            Two,
            Two,
            Two,
            Concat
        ],
    >();
}
