//! The list. What is new in the library gets a line here, and nowhere else in the firmware.

use typenet::prelude::*;

use crate::{Cases, others};

type Steps = Sequential![Bidirectional<ReturnSequences<Lstm<3, 4>>>, TimeDistributed<Dense<8, 3>>, Unmask];
type Words = Sequential![Embedding<5, 4>, LearntPosition<6, 4>, TransformerBlock<4, 2, 6>, GlobalAveragePool];

/// All of them, one after the other.
pub fn each(cases: &mut impl Cases) {
    // Layers
    cases.layer::<Dense<5, 3>, [f32; 5]>("Dense");
    cases.layer::<BatchNorm<5>, [f32; 5]>("BatchNorm");
    cases.layer::<Dropout<30>, [f32; 5]>("Dropout");
    cases.layer::<Regularized<Dense<5, 3>, L1<1, -3>>, [f32; 5]>("Regularized, L1");
    cases.layer::<Regularized<Dense<5, 3>, L2<1, -3>>, [f32; 5]>("Regularized, L2");
    cases.layer::<Residual<Sequential![Dense<5, 7>, Tanh, Dense<7, 5>]>, [f32; 5]>("Residual");
    cases.layer::<Sequential![Dense<5, 9>, Relu, BatchNorm<9>, Dropout, Dense<9, 3>, Softmax], [f32; 5]>("Chain");
    cases.layer::<Constrained<Dense<5, 3>, MaxNorm<5, -1>>, [f32; 5]>("Constrained, MaxNorm");
    cases.layer::<Constrained<Dense<5, 3>, NonNegative>, [f32; 5]>("Constrained, NonNegative");
    cases.layer::<Sequential![Frozen<Dense<5, 4>>, Dense<4, 3>], [f32; 5]>("Frozen");
    cases.layer::<Repeat<3, Dense<4, 4>>, [f32; 4]>("Repeat");
    cases.layer::<Sequential![Parallel<Dense<3, 2>, Identity>, Both<Identity, Dense<3, 2>>, Add], [f32; 3]>(
        "Parallel, Both, Identity, Add",
    );
    cases.layer::<Sequential![Parallel<Dense<3, 2>, Dense<3, 2>>, Multiply], [f32; 3]>("Multiply");
    cases.layer::<Sequential![Parallel<Dense<3, 2>, Identity>, Concat], [f32; 3]>("Concat");
    cases.layer::<Group<Sequential![Dense<3, 2>, Tanh]>, [f32; 3]>("Group");
    cases.layer::<BatchNorm<2>, [[[f32; 3]; 2]; 2]>("BatchNorm of an image");
    cases.layer::<BatchNorm<3>, [[f32; 3]; 4]>("BatchNorm of a sequence");
    cases.layer::<TransformerBlock<4, 2, 6, true>, [[f32; 4]; 3]>("TransformerBlock");
    cases.layer::<LayerNorm<5>, [f32; 5]>("LayerNorm");
    cases.layer::<RmsNorm<5>, [f32; 5]>("RmsNorm");
    cases.layer::<GroupNorm<4, 2>, [[[f32; 3]; 2]; 4]>("GroupNorm");
    cases.layer::<InstanceNorm<2>, [[[f32; 3]; 2]; 2]>("InstanceNorm");
    cases.layer::<SpatialDropout<30>, [[[f32; 3]; 2]; 4]>("SpatialDropout");
    cases.layer::<AlphaDropout<20>, [f32; 5]>("AlphaDropout");
    cases.layer::<GaussianNoise<1, -1>, [f32; 5]>("GaussianNoise");
    cases.layer::<Rnn<3, 4>, [[f32; 3]; 5]>("Rnn");
    cases.layer::<Gru<3, 4>, [[f32; 3]; 5]>("Gru");
    cases.layer::<Lstm<3, 4>, [[f32; 3]; 5]>("Lstm");
    cases.layer::<Sequential![ReturnSequences<Lstm<2, 3>>, Gru<3, 4>], [[f32; 2]; 5]>("ReturnSequences");
    cases.layer::<TimeDistributed<Dense<3, 2>>, [[f32; 3]; 4]>("TimeDistributed");
    cases.layer::<Embedding<5, 3>, [u16; 4]>("Embedding");
    cases.layer::<LearntPosition<4, 3>, [[f32; 3]; 4]>("LearntPosition");
    cases.layer::<SinusoidalPosition, [[f32; 4]; 3]>("SinusoidalPosition");
    cases.layer::<MultiHeadAttention<4, 2>, [[f32; 4]; 3]>("MultiHeadAttention");
    cases.layer::<CausalAttention<4, 2>, [[f32; 4]; 3]>("CausalAttention");
    cases.layer::<Gru<3, 4>, Padded<[f32; 3], 5>>("Gru of a padded sequence");
    cases.layer::<Steps, Padded<[f32; 3], 5>>("Bidirectional, TimeDistributed, Unmask of a padded sequence");
    cases.layer::<Words, Padded<u16, 6>>(
        "Embedding, LearntPosition, TransformerBlock, GlobalAveragePool of a padded sequence",
    );
    cases.layer::<Sequential![SinusoidalPosition, CausalAttention<4, 2>, GlobalMaxPool], Padded<[f32; 4], 5>>(
        "SinusoidalPosition, CausalAttention, GlobalMaxPool of a padded sequence",
    );
    cases.layer::<Conv1d<2, 3, 3, 2, 1>, [[f32; 2]; 7]>("Conv1d");
    cases.layer::<CausalConv1d<2, 3, 2, 2>, [[f32; 2]; 7]>("CausalConv1d");
    cases.layer::<Conv2d<2, 3, 3, 2, 1>, [[[f32; 5]; 6]; 2]>("Conv2d");
    cases.layer::<DepthwiseConv2d<3, 3, 1, 1>, [[[f32; 4]; 5]; 3]>("DepthwiseConv2d");
    cases.layer::<ConvTranspose2d<2, 3, 3, 2, 1>, [[[f32; 3]; 4]; 2]>("ConvTranspose2d");
    cases.layer::<MaxPool1d<3, 2, 1>, [[f32; 2]; 7]>("MaxPool1d");
    cases.layer::<MaxPool2d<3, 2, 1>, [[[f32; 6]; 5]; 2]>("MaxPool2d");
    cases.layer::<AveragePool1d<3, 2, 1>, [[f32; 2]; 7]>("AveragePool1d");
    cases.layer::<AveragePool2d<3, 2, 1>, [[[f32; 6]; 5]; 2]>("AveragePool2d");
    cases.layer::<GlobalAveragePool, [[[f32; 4]; 3]; 2]>("GlobalAveragePool");
    cases.layer::<GlobalMaxPool, [[[f32; 4]; 3]; 2]>("GlobalMaxPool");
    cases.layer::<Flatten, [[[f32; 3]; 2]; 4]>("Flatten");
    cases.layer::<Reshape<[[f32; 2]; 3]>, [f32; 6]>("Reshape");
    cases.layer::<Transpose, [[f32; 3]; 2]>("Transpose");
    cases.layer::<Upsample<2>, [[[f32; 3]; 2]; 2]>("Upsample");
    cases.layer::<Pad<1>, [[[f32; 3]; 2]; 2]>("Pad");
    cases.layer::<Crop<1>, [[[f32; 5]; 4]; 2]>("Crop");
    cases
        .layer::<Sequential![Conv2d<1, 4, 3>, Relu, MaxPool2d<2>, Flatten, Dense<36, 3>, Softmax], [[[f32; 8]; 8]; 1]>(
            "a small convolutional network",
        );

    // Without bias, scale or shift
    cases.layer::<DenseNoBias<5, 3>, [f32; 5]>("DenseNoBias");
    cases.layer::<Conv1dNoBias<4, 6, 3, 2, 1, 1, 2>, [[f32; 4]; 7]>("Conv1dNoBias");
    cases.layer::<CausalConv1dNoBias<2, 3, 2, 2>, [[f32; 2]; 7]>("CausalConv1dNoBias");
    cases.layer::<Conv2dNoBias<2, 3, 3, 2, 1>, [[[f32; 5]; 6]; 2]>("Conv2dNoBias");
    cases.layer::<DepthwiseConv2dNoBias<3, 3, 1, 1>, [[[f32; 4]; 5]; 3]>("DepthwiseConv2dNoBias");
    cases.layer::<ConvTranspose2dNoBias<2, 3, 3, 2, 1>, [[[f32; 3]; 4]; 2]>("ConvTranspose2dNoBias");
    cases.layer::<Rnn<3, 4, f32, 0>, [[f32; 3]; 5]>("Rnn without a bias");
    cases.layer::<Gru<3, 4, f32, 0>, [[f32; 3]; 5]>("Gru without biases");
    cases.layer::<Lstm<3, 4, f32, 0>, [[f32; 3]; 5]>("Lstm without a bias");
    cases.layer::<MultiHeadAttention<4, 2, false, f32, 0>, [[f32; 4]; 3]>("MultiHeadAttention without biases");
    cases.layer::<BatchNorm<5, 99, -3, f32, 0, 5>, [f32; 5]>("BatchNorm without a scale");
    cases.layer::<BatchNorm<2, 99, -3, f32, 0, 0>, [[[f32; 3]; 2]; 2]>("BatchNorm of an image without both");
    cases.layer::<LayerNorm<5, -3, f32, 5, 0>, [f32; 5]>("LayerNorm without a shift");
    cases.layer::<RmsNorm<5, -6, f32, 0>, [f32; 5]>("RmsNorm without a scale");
    cases.layer::<GroupNorm<4, 2, -3, f32, 0, 0>, [[[f32; 3]; 2]; 4]>("GroupNorm without both");
    cases.layer::<InstanceNorm<2, -3, f32, 0, 0>, [[[f32; 3]; 2]; 2]>("InstanceNorm without both");

    // Activations
    cases.layer::<Elu, [f32; 5]>("Elu");
    cases.layer::<Gelu, [f32; 5]>("Gelu");
    cases.layer::<GeluTanh, [f32; 5]>("GeluTanh");
    cases.layer::<Glu, [f32; 6]>("Glu");
    cases.layer::<HardSigmoid, [f32; 5]>("HardSigmoid");
    cases.layer::<HardSwish, [f32; 5]>("HardSwish");
    cases.layer::<LeakyRelu, [f32; 5]>("LeakyRelu");
    cases.layer::<LogSoftmax, [f32; 5]>("LogSoftmax");
    cases.layer::<Mish, [f32; 5]>("Mish");
    cases.layer::<PRelu<5>, [f32; 5]>("PRelu");
    cases.layer::<Relu, [f32; 5]>("Relu");
    cases.layer::<Relu6, [f32; 5]>("Relu6");
    cases.layer::<Selu, [f32; 5]>("Selu");
    cases.layer::<Sigmoid, [f32; 5]>("Sigmoid");
    cases.layer::<Silu, [f32; 5]>("Silu");
    cases.layer::<Softmax, [f32; 5]>("Softmax");
    cases.layer::<Softplus, [f32; 5]>("Softplus");
    cases.layer::<Softsign, [f32; 5]>("Softsign");
    cases.layer::<Tanh, [f32; 5]>("Tanh");

    // Streams
    cases.stream::<Gru<3, 4>, [f32; 3]>("Gru step by step");
    cases.stream::<CausalConv1d<2, 3, 3, 2>, [f32; 2]>("CausalConv1d step by step");
    cases.stream::<MaxPool1d<3, 2>, [f32; 2]>("MaxPool1d step by step");
    cases.stream::<AveragePool1d<3, 2>, [f32; 2]>("AveragePool1d step by step");
    cases.stream::<GlobalAveragePool, [f32; 2]>("GlobalAveragePool step by step");
    cases.stream::<GlobalMaxPool, [f32; 2]>("GlobalMaxPool step by step");
    cases.stream::<Sequential![
        CausalConv1d<2, 4, 3>, Relu, MaxPool1d<2>, Residual<Sequential![CausalConv1d<4, 4, 2, 2>, BatchNorm<4>, Tanh]>,
        Parallel<Identity, TimeDistributed<Dense<4, 4>>>, Multiply, AveragePool1d<2, 1>, GlobalAveragePool, Dense<4, 2>
    ], [f32; 2]>("a small network of causal convolutions step by step");

    // Losses
    cases.loss::<_, [f32; 3]>("BinaryCrossEntropy", BinaryCrossEntropy);
    cases.loss::<_, [f32; 3]>("BinaryCrossEntropyLogits", BinaryCrossEntropyLogits);
    cases.loss::<_, [f32; 3]>("CategoricalCrossEntropy", CategoricalCrossEntropy);
    cases.loss::<_, [f32; 3]>("CategoricalCrossEntropyLogits", CategoricalCrossEntropyLogits);
    cases.loss::<_, [f32; 3]>("CosineSimilarity", CosineSimilarity);
    cases.loss::<_, [f32; 3]>("FocalLogits", FocalLogits::default());
    cases.loss::<_, [f32; 3]>("Hinge", Hinge);
    cases.loss::<_, [f32; 3]>("SquaredHinge", SquaredHinge);
    cases.loss::<_, [f32; 3]>("Huber", Huber::default());
    cases.loss::<_, [f32; 3]>("KullbackLeibler", KullbackLeibler);
    cases.loss::<_, [f32; 3]>("LogCosh", LogCosh);
    cases.loss::<_, [f32; 3]>("MeanAbsoluteError", MeanAbsoluteError);
    cases.loss::<_, [f32; 3]>("MeanSquaredError", MeanSquaredError);
    cases.loss::<_, [f32; 3]>("Poisson", Poisson);
    cases.loss::<_, [f32; 3]>("Smoothed", Smoothed::categorical(CategoricalCrossEntropyLogits, 0.1));
    cases.loss::<_, ([f32; 3], f32)>("SampleWeighted", SampleWeighted(MeanSquaredError));
    let loss = SparseCategoricalCrossEntropyLogits;
    cases.loss::<_, u8>("ClassWeighted", ClassWeighted { loss, weights: [0.5, 1.0, 3.0] });
    cases.loss::<_, u8>("SparseCategoricalCrossEntropy", SparseCategoricalCrossEntropy);
    cases.loss::<_, u8>("SparseCategoricalCrossEntropyLogits", SparseCategoricalCrossEntropyLogits);

    // Optimizers
    cases.optimizer("Adam", Adam::default());
    cases.optimizer("AdamW", AdamW::default());
    cases.optimizer("AmsGrad", Adam::default().amsgrad());
    cases.optimizer("Adagrad", Adagrad::default());
    cases.optimizer("Adadelta", Adadelta::default());
    cases.optimizer("Adamax", Adamax::default());
    cases.optimizer("NAdam", NAdam::default());
    cases.optimizer("RAdam", RAdam::default());
    cases.optimizer("Lion", Lion::default());
    cases.optimizer("Decayed", Sgd::default().weight_decay(0.1).weights_only());
    cases.optimizer("Grouped", Sgd::default().groups([ParameterGroup::matching("*.bias").rate(2.0)]));
    cases.optimizer("Accumulated", Adam::default().accumulate(3));
    cases.optimizer("Averaged", Adam::default().average(0.9));
    cases.optimizer("RmsProp", RmsProp::default());
    cases.optimizer("Sgd", Sgd::default());
    cases.optimizer("Momentum", Sgd::default().momentum(0.9));
    cases.optimizer("Momentum, Nesterov", Sgd::default().momentum(0.9).nesterov());
    cases.optimizer("Clip::Value", Sgd::default().clip(Clip::Value(0.01)));
    cases.optimizer("Clip::Norm", Sgd::default().clip(Clip::Norm(0.1)));
    cases.optimizer("Clip::GlobalNorm", Sgd::default().clip(Clip::GlobalNorm(0.1)));

    // Anything else
    cases.other("Weights with Scrub", others::weights);
    cases.other("Store", others::store);
    cases.other("Envelope, Guarded", others::guarded);
    cases.other("StandardScaler", others::standard_scaler);
    cases.other("metrics", others::metrics);
}
