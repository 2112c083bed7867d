//! The transformer block.

use crate::Sequential;
use crate::activations::Gelu;
use crate::layers::{Dense, LayerNorm, MultiHeadAttention, Residual, TimeDistributed};

/// The transformer block over a sequence `[[T; DIM]; STEPS]` of any number of steps, which keeps its
/// shape: `h = x + attention(norm(x))`, `y = h + W₂ gelu(W₁ norm(h) + b₁) + b₂` with `HIDDEN` features
/// between the last two (Vaswani et al. 2017, <https://arxiv.org/abs/1706.03762>; the normalisation first,
/// as in Xiong et al. 2020, <https://arxiv.org/abs/2002.04745>). `HEADS` divides `DIM`.
///
/// With `CAUSAL` no step sees a later one, as a language model needs it.
///
/// PyTorch's `TransformerEncoderLayer(DIM, HEADS, HIDDEN, dropout=0, activation="gelu", norm_first=True)` is
/// `TransformerBlock<DIM, HEADS, HIDDEN, false, -5>`: its normalisations have an epsilon of 1e-5. For a
/// dropout, an activation or an order of your own write the chain that this stands for:
///
/// ```
/// use typenet::prelude::*;
///
/// type Block = Sequential![
///     Residual<Sequential![LayerNorm<16>, MultiHeadAttention<16, 4>, Dropout<10>]>,
///     Residual<Sequential![LayerNorm<16>, TimeDistributed<Sequential![Dense<16, 64>, Relu, Dense<64, 16>]>, Dropout<10>]>,
/// ];
/// assert_eq!(Block::COUNT, TransformerBlock::<16, 4, 64>::COUNT);
/// ```
pub type TransformerBlock<
    const DIM: usize,
    const HEADS: usize,
    const HIDDEN: usize,
    const CAUSAL: bool = false,
    const EPSILON_EXPONENT: i32 = -3,
    T = f32,
> = Sequential![
    Residual<Sequential![LayerNorm<DIM, EPSILON_EXPONENT, T>, MultiHeadAttention<DIM, HEADS, CAUSAL, T>]>,
    Residual<
        Sequential![
            LayerNorm<DIM, EPSILON_EXPONENT, T>,
            TimeDistributed<Sequential![Dense<DIM, HIDDEN, T>, Gelu, Dense<HIDDEN, DIM, T>]>,
        ],
    >,
];
