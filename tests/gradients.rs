//! The gradient proof: every layer, activation and loss of the crate, and networks made of them,
//! against finite differences.
//!
//! [`proofs!`] below is the one list. A new layer, activation or loss is one line there, and a test
//! fails, naming it, as long as the line is missing. `cargo test --test gradients -- --nocapture`
//! shows the largest relative error of each line; `TYPENET_PROVE=Dense,Gru` before it chooses lines.

#[path = "gradients/coverage.rs"]
mod coverage;
#[path = "gradients/lengths.rs"]
mod lengths;
#[path = "gradients/networks.rs"]
mod networks;
#[path = "gradients/tokens.rs"]
mod tokens;

use std::any::type_name;

use lengths::{Cut, CutTokens};
use proptest::strategy::Strategy;
use tokens::Tokens;
use typenet::gradcheck::{Check, Failure, Report, check_layer, check_loss, one_hot, proptest, tensors, zeros_and_ones};
use typenet::prelude::*;

/// A folder of `src`, and for each public name in its `mod.rs` what proves it, in several sizes:
/// `smooth![input => layer, ..]`, `kinked!` the same with inputs away from the kink at 0,
/// `losses!(loss, range of outputs; output: targets, ..)`. Nothing else needs to be done for a new one.
macro_rules! proofs {
    ($($folder:ident { $($($name:ident)+: $($proof:expr),+;)+ })+) => {
        /// Each folder with its names.
        const LIST: &[(&str, &[&str])] = &[$((stringify!($folder), &[$($(stringify!($name)),+),+])),+];

        $(#[test]
        fn $folder() {
            #[expect(unused_imports, reason = "the names exist, and the prelude has them")]
            use typenet::prelude::{$($($name as _),+),+};
            $(if wanted(&[$(stringify!($name)),+]) {
                prove(&[$(stringify!($name)),+], [$($proof),+].into_iter().flatten());
            })+
        })+
    };
}

macro_rules! smooth {
    ($($x:ty => $layer:ty),+ $(,)?) => { vec![$(layer::<$layer, $x>(&Check::default())),+] };
}

/// The same for layers that use up their tape.
macro_rules! recurrent {
    ($($x:ty => $layer:ty),+ $(,)?) => { vec![$(layer::<$layer, $x>(&Check::default().tape_is_scratch())),+] };
}

/// Layers of padded sequences, behind the arrays that they are cut from.
macro_rules! padded {
    ($($x:ty => $($layer:ty),+;)+) => { vec![$(layer::<Sequential![Cut, $($layer),+], $x>(
        &Check::default().away_from(&[0.0], 0.01).tape_is_scratch()
    )),+] };
}

macro_rules! kinked {
    ($($x:ty => $layer:ty),+ $(,)?) => { vec![$(layer::<$layer, $x>(&Check::default().away_from(&[0.0], 0.01))),+] };
}

/// The same with inputs in a range and away from the kinks given.
macro_rules! kinks {
    ($values:expr, $kinks:expr; $($x:ty => $layer:ty),+ $(,)?) => {
        vec![$(layer::<$layer, $x>(&Check::default().values($values).away_from(&$kinks, 0.05))),+]
    };
}

macro_rules! losses {
    ($loss:expr, $values:expr; $($y:ty: $targets:expr),+ $(,)?) => {
        // A shorter step than usual: the cross-entropies bend strongly near 0 and 1.
        vec![$(loss::<$y, _, _>(&Check::default().values($values).step(1.0 / 4096.0), &$loss, $targets)),+]
    };
}

proofs! {
    layers {
        Dense DenseNoBias: smooth![
            [f64; 1] => Dense<1, 1, f64>, [f64; 3] => Dense<3, 2, f64>, [f64; 17] => Dense<17, 9, f64>,
            [f64; 5] => Dense<5, 35, f64>,
            // In single precision the vector loops are others.
            [f32; 3] => Dense<3, 2>, [f32; 17] => Dense<17, 35>,
            [f64; 3] => DenseNoBias<3, 1, f64>, [f64; 17] => DenseNoBias<17, 9, f64>, [f32; 17] => DenseNoBias<17, 35>,
        ];
        BatchNorm: smooth![
            [f64; 1] => BatchNorm<1, 99, -3, f64>, [f64; 5] => BatchNorm<5, 99, -3, f64>,
            [f64; 34] => BatchNorm<34, 99, -3, f64>, [f64; 4] => BatchNorm<4, 90, -5, f64>, [f64; 3] => BatchNorm<3, 0, 0, f64>,
            [[f64; 3]; 4] => BatchNorm<3, 99, -3, f64>, [[f64; 2]; 1] => BatchNorm<2, 90, -5, f64>,
            [[[f64; 2]; 3]; 4] => BatchNorm<4, 99, -3, f64>, [[[f64; 17]; 1]; 2] => BatchNorm<2, 90, -5, f64>,
            [f32; 5] => BatchNorm<5>, [[[f32; 2]; 3]; 4] => BatchNorm<4>,
            [f64; 34] => BatchNorm<34, 99, -3, f64, 0, 34>, [[f64; 3]; 4] => BatchNorm<3, 99, -3, f64, 3, 0>,
            [f64; 5] => BatchNorm<5, 99, -3, f64, 0, 0>, [[[f64; 2]; 3]; 4] => BatchNorm<4, 99, -3, f64, 0, 0>,
            [[[f64; 2]; 3]; 4] => BatchNorm<4, 99, -3, f64, 0, 4>,
        ];
        Dropout: smooth![
            f64 => Dropout<50>, [f64; 75] => Dropout, [[f64; 3]; 4] => Dropout<10>, [f64; 5] => Dropout<0>,
            [f64; 5] => Dropout<100>,
        ];
        Residual: smooth![
            [f64; 3] => Residual<Dense<3, 3, f64>>, [[f64; 2]; 3] => Residual<Dropout<40>>,
            [f64; 4] => Residual<Residual<Sequential![Dense<4, 7, f64>, BatchNorm<7, 99, -3, f64>, Tanh, Dense<7, 4, f64>]>>,
            [f64; 2] => Residual<Regularized<Dense<2, 2, f64>, L2<1, -1>>>,
            // A block of a residual network.
            [[[f64; 4]; 3]; 2] => Residual<Sequential![
                Conv2dNoBias<2, 3, 3, 1, 1, 1, 1, f64>, BatchNorm<3, 99, -3, f64>, Tanh,
                Conv2dNoBias<3, 2, 3, 1, 1, 1, 1, f64>, BatchNorm<2, 99, -3, f64>
            ]>,
        ], padded![[[f64; 2]; 4] => Residual<TimeDistributed<Dense<2, 2, f64>>>, Unmask;];
        Regularized: smooth![
            [f64; 3] => Regularized<Regularized<Dense<3, 2, f64>, L2<5, -1>>, L1<2, -1>>,
            [f64; 2] => Regularized<Sequential![Dense<2, 4, f64>, BatchNorm<4, 99, -3, f64>, Dense<4, 1, f64>], L2<1, 0>>,
            [f64; 3] => Regularized<Residual<Sequential![Dense<3, 2, f64>, Dropout<30>, Dense<2, 3, f64>]>, L1<1, 0>>,
        ];
        L1: smooth![
            [f64; 1] => Regularized<Dense<1, 1, f64>, L1<3, 0>>, [f64; 6] => Regularized<Dense<6, 4, f64>, L1<1, -2>>,
        ];
        L2: smooth![
            [f64; 1] => Regularized<Dense<1, 1, f64>, L2<3, 0>>, [f64; 6] => Regularized<Dense<6, 4, f64>, L2<1, -2>>,
        ];
        Penalty: no_function("the trait of L1 and L2");
        Constrained: smooth![
            [f64; 3] => Constrained<Dense<3, 2, f64>, MaxNorm<5, -1>>,
            [f64; 3] => Constrained<Regularized<Dense<3, 2, f64>, L2<1, -1>>, NonNegative>,
        ];
        Constraint MaxNorm NonNegative: no_function("what a Constrained moves its weights to after a step");
        Rnn: recurrent![
            [[f64; 1]; 1] => Rnn<1, 1, f64>, [[f64; 3]; 5] => Rnn<3, 4, f64>, [[f64; 2]; 4] => Rnn<2, 9, f64>,
            [[f64; 3]; 5] => Rnn<3, 4, f64, 0>,
        ], padded![[[f64; 3]; 5] => Rnn<3, 4, f64>;];
        Gru: recurrent![
            [[f64; 1]; 1] => Gru<1, 1, f64>, [[f64; 3]; 5] => Gru<3, 4, f64>, [[f64; 2]; 4] => Gru<2, 9, f64>,
            [[f32; 3]; 5] => Gru<3, 4>, [[f64; 3]; 5] => Gru<3, 4, f64, 0>,
        ], padded![[[f64; 3]; 5] => Gru<3, 4, f64>; [[f64; 2]; 1] => Gru<2, 2, f64>;];
        Lstm: recurrent![
            [[f64; 1]; 1] => Lstm<1, 1, f64>, [[f64; 3]; 5] => Lstm<3, 4, f64>, [[f64; 2]; 4] => Lstm<2, 9, f64>,
            [[f32; 3]; 5] => Lstm<3, 4>, [[f64; 3]; 5] => Lstm<3, 4, f64, 0>,
        ], padded![[[f64; 3]; 5] => Lstm<3, 4, f64>; [[f32; 3]; 5] => Lstm<3, 4>;];
        ReturnSequences: recurrent![
            [[f64; 3]; 4] => ReturnSequences<Rnn<3, 2, f64>>, [[f64; 3]; 4] => ReturnSequences<Gru<3, 2, f64>>,
            [[f64; 3]; 4] => ReturnSequences<Lstm<3, 2, f64>>, [[f64; 3]; 4] => ReturnSequences<Gru<3, 2, f64, 0>>,
            [[f64; 2]; 5] => Sequential![ReturnSequences<Lstm<2, 3, f64>>, Tanh, Gru<3, 4, f64>, Dense<4, 2, f64>],
        ], padded![
            [[f64; 3]; 4] => ReturnSequences<Gru<3, 2, f64>>, Unmask;
            [[f64; 2]; 5] => ReturnSequences<Lstm<2, 3, f64>>, Gru<3, 4, f64>, Dense<4, 2, f64>;
            [[f64; 2]; 3] => Frozen<ReturnSequences<Rnn<2, 3, f64>>>, Unmask;
        ];
        TimeDistributed: smooth![
            [[f64; 3]; 4] => TimeDistributed<Dense<3, 2, f64>>,
            [[f64; 2]; 3] => TimeDistributed<Sequential![
                Dense<2, 5, f64>, Tanh, BatchNorm<5, 99, -3, f64>, Dropout<30>, Dense<5, 2, f64>
            ]>,
            [[[f64; 2]; 3]; 2] => TimeDistributed<TimeDistributed<Dense<2, 2, f64>>>,
            [[f64; 2]; 3] => Frozen<TimeDistributed<Dense<2, 3, f64>>>,
        ], recurrent![[[[f64; 2]; 3]; 2] => TimeDistributed<Rnn<2, 3, f64>>], padded![
            [[f64; 3]; 4] => TimeDistributed<Dense<3, 2, f64>>, Unmask;
            [[f64; 2]; 3] => TimeDistributed<Sequential![
                Dense<2, 5, f64>, Tanh, BatchNorm<5, 99, -3, f64>, Dropout<30>, Dense<5, 2, f64>
            ]>, Unmask;
            [[f64; 2]; 3] => Frozen<TimeDistributed<Dense<2, 3, f64>>>, Gru<3, 2, f64>;
        ];
        Bidirectional: recurrent![
            [[f64; 3]; 4] => Bidirectional<Lstm<3, 2, f64>>, [[f64; 1]; 1] => Bidirectional<Rnn<1, 1, f64>>,
            [[f64; 2]; 5] => Bidirectional<ReturnSequences<Gru<2, 3, f64>>>,
            [[f64; 2]; 3] => Sequential![Bidirectional<ReturnSequences<Rnn<2, 2, f64>>>, Bidirectional<Gru<4, 2, f64>>],
        ], padded![
            [[f64; 3]; 4] => Bidirectional<Lstm<3, 2, f64>>;
            [[f64; 2]; 5] => Bidirectional<ReturnSequences<Gru<2, 3, f64>>>, Unmask;
            [[f64; 2]; 3] => Bidirectional<ReturnSequences<Rnn<2, 2, f64>>>, Bidirectional<Gru<4, 2, f64>>;
        ];
        LayerNorm: smooth![
            [f64; 2] => LayerNorm<2, -3, f64>, [f64; 7] => LayerNorm<7, -5, f64>,
            [[f64; 3]; 4] => LayerNorm<3, 0, f64>, [[[f64; 4]; 2]; 3] => LayerNorm<4, -3, f64>,
            [[f64; 4]; 2] => Frozen<LayerNorm<4, -3, f64>>,
            [[f32; 3]; 4] => LayerNorm<3, 0>,
            [f64; 7] => LayerNorm<7, -5, f64, 7, 0>, [[f64; 3]; 4] => LayerNorm<3, 0, f64, 0, 3>,
            [[[f64; 4]; 2]; 3] => LayerNorm<4, -3, f64, 0, 0>,
        ], padded![[[f64; 3]; 4] => LayerNorm<3, 0, f64>, Unmask;];
        RmsNorm: smooth![
            [f64; 1] => RmsNorm<1, 0, f64>, [f64; 7] => RmsNorm<7, -6, f64>, [[f64; 3]; 4] => RmsNorm<3, -3, f64>,
            [[[f64; 4]; 2]; 3] => RmsNorm<4, -6, f64>, [[f64; 4]; 2] => Frozen<RmsNorm<4, -6, f64>>,
            [[f64; 3]; 4] => RmsNorm<3, -3, f64, 0>,
        ], padded![[[f64; 3]; 4] => RmsNorm<3, -3, f64>, Unmask;];
        GroupNorm: smooth![
            [f64; 6] => GroupNorm<6, 2, -3, f64>, [[[f64; 2]; 3]; 4] => GroupNorm<4, 1, -3, f64>,
            [[[f64; 3]; 1]; 6] => GroupNorm<6, 3, -5, f64>, [[[f64; 2]; 2]; 3] => GroupNorm<3, 3, 0, f64>,
            [[[f64; 2]; 2]; 4] => Frozen<GroupNorm<4, 2, -3, f64>>,
            [f64; 6] => GroupNorm<6, 2, -3, f64, 6, 0>, [[[f64; 2]; 3]; 4] => GroupNorm<4, 2, -3, f64, 0, 0>,
        ];
        InstanceNorm: smooth![
            [[[f64; 2]; 3]; 2] => InstanceNorm<2, -3, f64>, [[[f64; 5]; 1]; 3] => InstanceNorm<3, -5, f64>,
            [[[f64; 2]; 2]; 1] => InstanceNorm<1, 0, f64>, [[[f64; 2]; 3]; 2] => Frozen<InstanceNorm<2, -3, f64>>,
            [[[f64; 2]; 3]; 2] => InstanceNorm<2, -3, f64, 0, 2>, [[[f64; 2]; 3]; 2] => InstanceNorm<2, -3, f64, 0, 0>,
        ];
        SpatialDropout: smooth![
            [[f64; 5]; 3] => SpatialDropout, [[[f64; 2]; 3]; 6] => SpatialDropout<30>,
            [[f64; 2]; 2] => SpatialDropout<0>, [[[f64; 1]; 2]; 2] => SpatialDropout<100>,
        ];
        AlphaDropout: smooth![
            f64 => AlphaDropout, [f64; 9] => AlphaDropout<20>, [[f64; 3]; 4] => AlphaDropout<0>,
            [f64; 3] => AlphaDropout<100>,
        ];
        GaussianNoise: smooth![f64 => GaussianNoise<1, 0>, [[f64; 3]; 4] => GaussianNoise<5, -1>];
        Embedding: kinks![-0.5..4.5, [0.5, 1.5, 2.5, 3.5, 4.5, -0.5];
            [f64; 1] => Tokens<Embedding<5, 2, f64>>, [f64; 6] => Tokens<Embedding<5, 3, f64>>,
            [f64; 3] => Chain<Tokens<Embedding<5, 4, f64>>, Chain<LearntPosition<3, 4, f64>, Tanh>>,
            [f64; 2] => Tokens<Frozen<Embedding<5, 2, f64>>>,
            [f64; 5] => Sequential![CutTokens, Embedding<5, 3, f64>, Unmask],
        ];
        LearntPosition: smooth![
            [[f64; 1]; 1] => LearntPosition<1, 1, f64>, [[f64; 3]; 4] => LearntPosition<4, 3, f64>,
            [[f64; 3]; 2] => Frozen<LearntPosition<2, 3, f64>>,
        ], padded![[[f64; 3]; 4] => LearntPosition<4, 3, f64>, Unmask;];
        SinusoidalPosition: smooth![
            [[f64; 1]; 1] => SinusoidalPosition, [[f64; 5]; 4] => Chain<SinusoidalPosition, Tanh>,
        ], padded![[[f64; 5]; 4] => SinusoidalPosition, Unmask;];
        MultiHeadAttention CausalAttention: smooth![
            [[f64; 1]; 1] => MultiHeadAttention<1, 1, false, f64>, [[f64; 4]; 3] => MultiHeadAttention<4, 2, false, f64>,
            [[f64; 6]; 4] => CausalAttention<6, 3, f64>, [[f64; 3]; 5] => CausalAttention<3, 1, f64>,
            [[f64; 4]; 2] => MultiHeadAttention<4, 4, false, f64>, [[f64; 4]; 3] => Frozen<CausalAttention<4, 2, f64>>,
            [[f32; 4]; 3] => MultiHeadAttention<4, 2>, [[f64; 4]; 3] => MultiHeadAttention<4, 2, false, f64, 0>,
        ], padded![
            [[f64; 4]; 3] => MultiHeadAttention<4, 2, false, f64>, Unmask;
            [[f64; 6]; 4] => CausalAttention<6, 3, f64>, Unmask;
            [[f64; 2]; 5] => Frozen<MultiHeadAttention<2, 1, false, f64>>, GlobalAveragePool;
        ];
        // Their names are those of the layers that they are made of.
        TransformerBlock MultiHeadAttention: smooth![
            [[f64; 4]; 3] => TransformerBlock<4, 2, 6, false, -3, f64>,
            [[f64; 3]; 4] => TransformerBlock<3, 3, 2, true, -5, f64>,
            [[f64; 2]; 3] => Frozen<TransformerBlock<2, 1, 3, true, -3, f64>>,
        ], padded![[[f64; 4]; 3] => TransformerBlock<4, 2, 6, false, -3, f64>, Unmask;];
        Parallel Add: smooth![
            [f64; 3] => Chain<Parallel<Dense<3, 2, f64>, Chain<Tanh, Dense<3, 2, f64>>>, Add>,
            [[f64; 2]; 2] => Chain<Parallel<Identity, Dropout<30>>, Add>,
            [f64; 2] => Chain<Tanh, Chain<Parallel<BatchNorm<2, 99, -3, f64>, Regularized<Dense<2, 2, f64>, L2<1, -1>>>, Add>>,
            [f64; 3] => Frozen<Chain<Parallel<Dense<3, 2, f64>, Dense<3, 2, f64>>, Add>>,
        ];
        Multiply: smooth![
            f64 => Chain<Parallel<Tanh, Sigmoid>, Multiply>,
            [f64; 3] => Chain<Parallel<Dense<3, 4, f64>, Chain<Dense<3, 4, f64>, Sigmoid>>, Multiply>,
        ];
        Both Identity: smooth![
            [f64; 3] => Chain<Parallel<Identity, Tanh>, Chain<Both<Dense<3, 2, f64>, Dense<3, 2, f64>>, Multiply>>,
            [f64; 2] => Chain<Parallel<Dense<2, 3, f64>, Identity>,
                Chain<Both<BatchNorm<3, 99, -3, f64>, Dense<2, 3, f64>>, Chain<Parallel<Add, Multiply>, Add>>>,
            [f64; 2] => Chain<Parallel<Tanh, Identity>, Chain<Both<Identity, Dropout<50>>, Add>>,
            [f64; 2] => Frozen<Chain<Parallel<Tanh, Identity>, Chain<Both<Dense<2, 2, f64>, Tanh>, Add>>>,
        ];
        Concat: smooth![
            [f64; 3] => Chain<Parallel<Dense<3, 2, f64>, Identity>, Concat>,
            [[f64; 2]; 3] => Chain<Parallel<TimeDistributed<Dense<2, 1, f64>>, Identity>, Chain<Concat, Tanh>>,
            [[[f64; 2]; 3]; 2] => Chain<Parallel<Tanh, Conv2d<2, 1, 3, 1, 1, 1, 1, f64>>, Concat>,
        ];
        Frozen: smooth![
            [f64; 3] => Frozen<Dense<3, 2, f64>>,
            [f64; 3] => Chain<Dense<3, 4, f64>, Chain<Frozen<Chain<Dense<4, 4, f64>, Tanh>>, Dense<4, 1, f64>>>,
            [f64; 2] => Frozen<Residual<Chain<Dense<2, 3, f64>, Chain<BatchNorm<3, 99, -3, f64>, Dense<3, 2, f64>>>>>,
            [f64; 2] => Chain<Frozen<Regularized<Dense<2, 2, f64>, L1<1, 0>>>, Frozen<Constrained<Dense<2, 2, f64>,
                MaxNorm<1, 0>>>>,
        ];
        // A Repeat's name is that of a chain of groups.
        Group Repeat: smooth![
            [f64; 2] => Frozen<Group<Chain<Dense<2, 3, f64>, Tanh>>>,
            [f64; 2] => Group<Regularized<Dense<2, 2, f64>, L2<1, 0>>>,
            [f64; 2] => Chain<Repeat<3, Dense<2, 2, f64>>, Repeat<1, Tanh>>,
            [f64; 3] => Repeat<2, Chain<Dense<3, 3, f64>, Chain<Tanh, Repeat<2, BatchNorm<3, 99, -3, f64>>>>>,
        ];
        Conv1d Conv1dNoBias: smooth![
            [[f64; 1]; 1] => Conv1d<1, 1, 1, 1, 0, 1, 1, f64>, [[f64; 3]; 11] => Conv1d<3, 2, 3, 1, 0, 1, 1, f64>,
            [[f64; 2]; 7] => Conv1d<2, 5, 3, 2, 1, 1, 1, f64>, [[f64; 2]; 9] => Conv1d<2, 3, 3, 3, 2, 2, 1, f64>,
            [[f64; 4]; 10] => Conv1d<4, 6, 3, 2, 3, 2, 2, f64>, [[f64; 3]; 5] => Conv1d<3, 3, 2, 1, 1, 1, 3, f64>,
            [[f64; 2]; 21] => Conv1d<2, 2, 2, 1, 0, 1, 1, f64>, [[f64; 2]; 5] => Conv1d<2, 2, 1, 4, 0, 1, 1, f64>,
            [[f64; 3]; 11] => Conv1dNoBias<3, 2, 3, 2, 1, 1, 1, f64>, [[f64; 4]; 10] => Conv1dNoBias<4, 6, 3, 1, 0, 1, 2, f64>,
        ];
        CausalConv1d CausalConv1dNoBias: smooth![
            [[f64; 1]; 1] => CausalConv1d<1, 1, 3, 1, f64>, [[f64; 3]; 9] => CausalConv1d<3, 2, 3, 1, f64>,
            [[f64; 2]; 17] => CausalConv1d<2, 3, 2, 4, f64>, [[f64; 2]; 4] => CausalConv1d<2, 3, 1, 1, f64>,
            [[f64; 2]; 9] => CausalConv1dNoBias<2, 3, 2, 2, f64>,
        ];
        Conv2d Conv2dNoBias: smooth![
            [[[f64; 1]; 1]; 1] => Conv2d<1, 1, 1, 1, 0, 1, 1, f64>,
            [[[f64; 5]; 4]; 2] => Conv2d<2, 3, 3, 1, 0, 1, 1, f64>,
            [[[f64; 9]; 8]; 2] => Conv2d<2, 5, 3, 1, 0, 1, 1, f64>,
            [[[f64; 4]; 5]; 3] => Conv2d<3, 4, 3, 1, 1, 1, 1, f64>,
            [[[f64; 7]; 6]; 2] => Conv2d<2, 2, 3, 2, 1, 1, 1, f64>,
            [[[f64; 8]; 7]; 1] => Conv2d<1, 2, 3, 3, 2, 2, 1, f64>,
            [[[f64; 7]; 9]; 2] => Conv2d<2, 3, 2, 1, 0, 3, 1, f64>,
            [[[f64; 5]; 6]; 4] => Conv2d<4, 6, 3, 2, 1, 1, 2, f64>,
            [[[f64; 4]; 4]; 3] => Conv2d<3, 3, 2, 1, 2, 1, 3, f64>,
            [[[f64; 6]; 5]; 1] => Conv2d<1, 9, 2, 3, 0, 1, 1, f64>,
            [[[f64; 11]; 10]; 5] => Conv2d<5, 8, 3, 1, 0, 1, 1, f64>,
            [[[f64; 5]; 5]; 2] => Conv2d<2, 2, 1, 2, 0, 1, 1, f64>,
            [[[f32; 5]; 4]; 2] => Conv2d<2, 3, 3>,
            [[[f64; 7]; 6]; 2] => Conv2dNoBias<2, 3, 3, 2, 1, 1, 1, f64>,
            [[[f64; 5]; 6]; 4] => Conv2dNoBias<4, 6, 3, 1, 0, 1, 2, f64>, [[[f32; 5]; 4]; 2] => Conv2dNoBias<2, 3, 3>,
        ];
        DepthwiseConv2d DepthwiseConv2dNoBias: smooth![
            [[[f64; 5]; 4]; 2] => DepthwiseConv2d<2, 3, 1, 0, 1, f64>,
            [[[f64; 6]; 7]; 5] => DepthwiseConv2d<5, 3, 2, 1, 1, f64>,
            [[[f64; 7]; 7]; 3] => DepthwiseConv2d<3, 2, 1, 1, 3, f64>,
            [[[f64; 5]; 4]; 2] => DepthwiseConv2dNoBias<2, 3, 1, 1, 1, f64>,
        ];
        ConvTranspose2d ConvTranspose2dNoBias: smooth![
            [[[f64; 1]; 1]; 1] => ConvTranspose2d<1, 1, 1, 1, 0, 0, f64>,
            [[[f64; 3]; 2]; 2] => ConvTranspose2d<2, 3, 3, 1, 0, 0, f64>,
            [[[f64; 4]; 3]; 3] => ConvTranspose2d<3, 2, 2, 2, 0, 0, f64>,
            [[[f64; 3]; 4]; 2] => ConvTranspose2d<2, 5, 3, 2, 1, 1, f64>,
            [[[f64; 3]; 3]; 1] => ConvTranspose2d<1, 2, 2, 3, 0, 1, f64>,
            [[[f64; 5]; 5]; 2] => ConvTranspose2d<2, 1, 3, 1, 2, 0, f64>,
            [[[f64; 3]; 4]; 2] => ConvTranspose2dNoBias<2, 3, 3, 2, 1, 1, f64>,
        ];
        MaxPool1d: smooth![
            [[f64; 3]; 6] => MaxPool1d<2>, [[f64; 2]; 7] => MaxPool1d<3, 2, 1>, [[f64; 2]; 5] => MaxPool1d<2, 3>,
            [[f64; 1]; 4] => MaxPool1d<3, 1, 2>,
        ];
        MaxPool2d: smooth![
            [[[f64; 4]; 6]; 2] => MaxPool2d<2>, [[[f64; 5]; 7]; 3] => MaxPool2d<2>,
            [[[f64; 6]; 5]; 2] => MaxPool2d<3, 2, 1>, [[[f64; 4]; 4]; 1] => MaxPool2d<3, 1, 2>,
            [[[f64; 5]; 5]; 1] => MaxPool2d<2, 3>, [[[f64; 7]; 6]; 1] => MaxPool2d<3>,
        ];
        AveragePool1d: smooth![
            [[f64; 3]; 6] => AveragePool1d<2>, [[f64; 2]; 7] => AveragePool1d<3, 2, 1>,
            [[f64; 2]; 7] => AveragePool1d<3, 1, 2, false>,
        ];
        AveragePool2d: smooth![
            [[[f64; 4]; 6]; 2] => AveragePool2d<2>, [[[f64; 6]; 5]; 2] => AveragePool2d<3, 2, 1>,
            [[[f64; 4]; 3]; 1] => AveragePool2d<3, 1, 2, false>,
        ];
        GlobalAveragePool: smooth![
            [[[f64; 4]; 3]; 2] => GlobalAveragePool, [[f64; 3]; 5] => GlobalAveragePool,
        ], padded![[[f64; 3]; 5] => GlobalAveragePool;];
        GlobalMaxPool: smooth![[[[f64; 4]; 3]; 2] => GlobalMaxPool, [[f64; 3]; 5] => GlobalMaxPool],
            padded![[[f64; 3]; 5] => GlobalMaxPool;];
        Flatten: smooth![
            [f64; 3] => Flatten, [[f64; 3]; 2] => Flatten, [[[f64; 3]; 2]; 4] => Flatten,
        ];
        Reshape: smooth![
            [f64; 6] => Reshape<[[f64; 2]; 3]>, [[[f64; 2]; 2]; 3] => Reshape<[[f64; 4]; 3]>, f64 => Reshape<[f64; 1]>,
        ];
        Unmask: padded![[[f64; 3]; 4] => Unmask; [[f64; 1]; 1] => Unmask;];
        Transpose: smooth![[[f64; 3]; 2] => Transpose, [[f64; 1]; 4] => Transpose];
        Upsample: smooth![[[[f64; 3]; 2]; 2] => Upsample<2>, [[[f64; 2]; 3]; 1] => Upsample<3>];
        Pad: smooth![[[[f64; 3]; 2]; 2] => Pad<1>, [[[f64; 2]; 3]; 2] => Pad<0, 1, 2, 3>];
        Crop: smooth![[[[f64; 5]; 4]; 2] => Crop<1>, [[[f64; 7]; 3]; 2] => Crop<0, 1, 2, 3>];
        Chain: smooth![
            [f64; 3] => Chain<Dense<3, 4, f64>, Dense<4, 2, f64>>, [[f64; 3]; 2] => Chain<Tanh, Sigmoid>,
            [f64; 4] => Chain<Dropout<30>, Chain<BatchNorm<4, 99, -3, f64>, Dense<4, 1, f64>>>,
            [f64; 2] => Chain<Chain<Dense<2, 3, f64>, Softplus>, Chain<Dense<3, 3, f64>, Softmax>>,
        ];
    }
    activations {
        Relu: kinked![f64 => Relu, [f64; 5] => Relu, [[f64; 3]; 2] => Relu];
        LeakyRelu: kinked![[f64; 5] => LeakyRelu, [[f64; 3]; 2] => LeakyRelu<3, -1>];
        Elu: kinked![[f64; 5] => Elu, [[f64; 3]; 2] => Elu<5, -1>];
        Gelu: smooth![[f64; 5] => Gelu, [[f64; 3]; 2] => Gelu, [f32; 5] => Gelu];
        GeluTanh: smooth![[f64; 5] => GeluTanh, [[f64; 3]; 2] => GeluTanh];
        Sigmoid: smooth![f64 => Sigmoid, [f64; 5] => Sigmoid, [[f64; 3]; 2] => Sigmoid];
        Silu: smooth![[f64; 5] => Silu, [[f64; 3]; 2] => Silu];
        Softplus: smooth![[f64; 5] => Softplus, [[f64; 3]; 2] => Softplus];
        Tanh: smooth![[f64; 5] => Tanh, [[f64; 3]; 2] => Tanh, [f32; 5] => Tanh];
        Softmax: smooth![
            f64 => Softmax, [f64; 2] => Softmax, [f64; 5] => Softmax, [[[f64; 2]; 3]; 2] => Softmax,
            [f32; 5] => Softmax,
        ];
        LogSoftmax: smooth![
            f64 => LogSoftmax, [f64; 2] => LogSoftmax, [f64; 5] => LogSoftmax, [[[f64; 2]; 3]; 2] => LogSoftmax,
        ];
        Selu: kinked![f64 => Selu, [[f64; 3]; 2] => Selu];
        Mish: smooth![f64 => Mish, [[f64; 3]; 2] => Mish];
        HardSigmoid: kinks![-5.0..5.0, [-3.0, 3.0]; f64 => HardSigmoid, [[f64; 3]; 2] => HardSigmoid];
        HardSwish: kinks![-5.0..5.0, [-3.0, 3.0]; f64 => HardSwish, [[f64; 3]; 2] => HardSwish];
        Glu: smooth![
            [f64; 2] => Glu, [f64; 6] => Glu, [[f64; 4]; 3] => Glu, [[[f64; 2]; 3]; 4] => Glu,
        ];
        // At 0 its second derivative jumps.
        Softsign: kinked![f64 => Softsign, [[f64; 3]; 2] => Softsign];
        Relu6: kinks![-3.0..9.0, [0.0, 6.0]; f64 => Relu6, [[f64; 3]; 2] => Relu6];
        PRelu: kinked![
            [f64; 1] => PRelu<1, f64>, [f64; 5] => PRelu<5, f64>, [[f64; 3]; 4] => PRelu<3, f64>,
            [[[f64; 2]; 3]; 4] => PRelu<4, f64>, [[[f64; 2]; 1]; 3] => Frozen<PRelu<3, f64>>,
        ];
        Elementwise: no_function("the trait of the elementwise activations");
    }
    losses {
        MeanSquaredError: losses!(MeanSquaredError, -3.0..3.0;
            f64: -3.0..3.0, [f64; 4]: tensors(-3.0..3.0), [[f64; 2]; 3]: tensors(-3.0..3.0));
        MeanAbsoluteError: losses!(MeanAbsoluteError, -3.0..3.0;
            f64: -3.0..3.0, [f64; 4]: tensors(-3.0..3.0), [[f64; 2]; 3]: tensors(-3.0..3.0));
        Huber:
            losses!(Huber::default(), -3.0..3.0; f64: -3.0..3.0, [[f64; 2]; 3]: tensors(-3.0..3.0)),
            losses!(Huber { delta: 0.5 }, -3.0..3.0; f64: -3.0..3.0, [[f64; 2]; 3]: tensors(-3.0..3.0));
        BinaryCrossEntropy: losses!(BinaryCrossEntropy, 0.1..0.9;
            f64: 0.0..1.0, [f64; 4]: zeros_and_ones(), [[f64; 2]; 3]: tensors(0.0..1.0));
        BinaryCrossEntropyLogits: losses!(BinaryCrossEntropyLogits, -5.0..5.0;
            f64: 0.0..1.0, [f64; 4]: zeros_and_ones(), [[f64; 2]; 3]: tensors(0.0..1.0));
        CategoricalCrossEntropy: losses!(CategoricalCrossEntropy, 0.1..0.9;
            [f64; 2]: one_hot(), [f64; 5]: tensors(0.0..1.0), [[f64; 3]; 2]: one_hot());
        CategoricalCrossEntropyLogits: losses!(CategoricalCrossEntropyLogits, -5.0..5.0;
            [f64; 2]: one_hot(), [f64; 5]: tensors(0.0..1.0), [[f64; 3]; 2]: one_hot());
        SparseCategoricalCrossEntropy: losses!(SparseCategoricalCrossEntropy, 0.1..0.9;
            [f64; 2]: 0..2_u8, [f64; 5]: 0..5_usize);
        SparseCategoricalCrossEntropyLogits: losses!(SparseCategoricalCrossEntropyLogits, -5.0..5.0;
            [f64; 2]: 0..2_u16, [f64; 5]: 0..5_u32);
        Hinge: losses!(Hinge, -3.0..3.0; f64: sign(), [[f64; 2]; 3]: signs());
        SquaredHinge: losses!(SquaredHinge, -3.0..3.0; f64: sign(), [[f64; 2]; 3]: signs());
        KullbackLeibler: losses!(KullbackLeibler, 0.1..0.9;
            [f64; 2]: one_hot(), [f64; 5]: tensors(0.0..1.0), [[f64; 3]; 2]: tensors(0.0..1.0));
        LogCosh: losses!(LogCosh, -3.0..3.0; f64: -3.0..3.0, [[f64; 2]; 3]: tensors(-3.0..3.0));
        Poisson: losses!(Poisson, 0.1..3.0; f64: 0.0..5.0, [[f64; 2]; 3]: tensors(0.0..5.0));
        FocalLogits:
            losses!(FocalLogits::default(), -5.0..5.0; [f64; 4]: zeros_and_ones()),
            losses!(FocalLogits { focus: 0.5, balance: Some(0.3) }, -5.0..5.0; [[f64; 2]; 3]: zeros_and_ones());
        CosineSimilarity: losses!(CosineSimilarity, -3.0..3.0;
            [f64; 2]: tensors(0.5..3.0), [f64; 5]: tensors(0.5..3.0), [[f64; 3]; 2]: tensors(-3.0..-0.5));
        Smoothed:
            losses!(Smoothed::categorical(CategoricalCrossEntropyLogits, 0.1), -5.0..5.0; [[f64; 3]; 2]: one_hot()),
            losses!(Smoothed::binary(BinaryCrossEntropyLogits, 0.1), -5.0..5.0; [f64; 4]: zeros_and_ones());
        SampleWeighted: losses!(SampleWeighted(MeanSquaredError), -3.0..3.0;
            f64: (-3.0..3.0, 0.0..2.0), [f64; 4]: (tensors(-3.0..3.0), 0.0..2.0));
        ClassWeighted:
            losses!(ClassWeighted { loss: CategoricalCrossEntropyLogits, weights: [0.5, 1.0, 3.0] }, -5.0..5.0;
                [f64; 3]: one_hot()),
            losses!(ClassWeighted { loss: SparseCategoricalCrossEntropyLogits, weights: [0.5, 3.0] }, -5.0..5.0;
                [f64; 2]: 0..2_u8);
        Everywhere: losses!(Everywhere(MeanSquaredError), -3.0..3.0;
            f64: -3.0..3.0, [f64; 4]: tensors(-3.0..3.0));
        PerStep:
            losses!(PerStep(SparseCategoricalCrossEntropyLogits), -5.0..5.0; [[f64; 3]; 2]: [0..3_u8, 0..3_u8]),
            losses!(PerStep(MeanSquaredError), -3.0..3.0; [[f64; 2]; 3]: tensors::<[[f64; 2]; 3]>(-3.0..3.0)),
            losses!(PerStep(SparseCategoricalCrossEntropyLogits), -5.0..5.0;
                [[f64; 3]; 4]: sequences::<_, 4>(3, 0..3_u8), [[f64; 2]; 2]: sequences::<_, 2>(2, 0..2_u16)),
            losses!(PerStep(MeanSquaredError), -3.0..3.0;
                [[f64; 2]; 3]: sequences::<_, 3>(1, tensors::<[f64; 2]>(-3.0..3.0)));
        ClassLabel: no_function("the trait of targets that stand for a class");
        Loss TargetOf: no_function("the trait of losses, and of their targets");
    }
}

/// Padded targets of one length: over those of several, the mean of a batch is not that of its samples.
fn sequences<X: Sample, const STEPS: usize>(
    length: usize,
    steps: impl Strategy<Value = X>,
) -> impl Strategy<Value = Padded<X, STEPS>> {
    proptest::collection::vec(steps, length).prop_map(|steps| Padded::new(&steps).unwrap())
}

/// A target of a hinge loss.
fn sign() -> impl Strategy<Value = f64> {
    (0..2_u8).prop_map(|class| if class == 0 { -1.0 } else { 1.0 })
}

fn signs<Y: Tensor<Scalar = f64>>() -> impl Strategy<Value = Y> {
    zeros_and_ones::<Y>().prop_map(|mut target| {
        Y::flat_mut(std::slice::from_mut(&mut target)).iter_mut().for_each(|t| *t = *t * 2.0 - 1.0);
        target
    })
}

/// One check: of what, and its result.
struct Proof {
    of: String,
    result: Result<Report, Failure>,
}

fn layer<L, X>(check: &Check) -> Proof
where
    L: Layer<X, Output: Tensor<Scalar = X::Scalar>>,
    X: Tensor,
{
    Proof { of: format!("{} on {}", short::<L>(), short::<X>()), result: check_layer::<L, X>(check) }
}

fn loss<Y: Tensor<Scalar = f64>, L: Loss<Y, Target>, Target: Sample>(
    check: &Check,
    loss: &L,
    targets: impl Strategy<Value = Target>,
) -> Proof {
    let result = check_loss::<L, Y, Target>(check, loss, targets);
    Proof { of: format!("{} of {} and {}", short::<L>(), short::<Y>(), short::<Target>()), result }
}

/// For what is public but has no gradient of its own.
fn no_function(_why: &str) -> Vec<Proof> {
    Vec::new()
}

/// The name of a type, without paths.
fn short<T>() -> String {
    let mut parts = type_name::<T>().split("::").collect::<Vec<_>>();
    let last = parts.pop().unwrap_or_default();
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    parts.into_iter().map(|part| part.trim_end_matches(is_name)).chain([last]).collect()
}

/// Whether a line is to be proven: every line, or with `TYPENET_PROVE=Dense,Gru` in the environment these.
fn wanted(names: &[&str]) -> bool {
    std::env::var("TYPENET_PROVE").map_or(true, |chosen| chosen.split(',').any(|name| names.contains(&name)))
}

/// Demands that a line's checks passed, that they prove what the line is named after, and more
/// than one size of it.
fn prove(names: &[&str], proofs: impl Iterator<Item = Proof>) {
    let proofs: Vec<Proof> = proofs.collect();
    for Proof { of, result } in &proofs {
        match result {
            Ok(report) => println!("{of}: {report}"),
            Err(failure) => panic!("{of}: {failure}"),
        }
        let mut words = of.split(|c: char| !c.is_alphanumeric());
        assert!(words.any(|word| names.contains(&word)), "{names:?} is not proven by {of}");
    }
    assert_ne!(proofs.len(), 1, "{names:?} is proven in one size only");
    if proofs.is_empty() {
        let unproven: Vec<_> = names.iter().filter(|name| !coverage::NO_FUNCTION.contains(name)).collect();
        assert!(
            unproven.is_empty(),
            "{unproven:?} is not proven, and not among `NO_FUNCTION` in gradients/coverage.rs"
        );
    }
}

#[test]
#[should_panic(expected = "[\"Gru\"] is not proven")]
fn a_layer_without_a_proof_is_noticed() {
    prove(&["Penalty", "Gru"], no_function("").into_iter());
}
