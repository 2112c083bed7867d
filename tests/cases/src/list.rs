//! The list. What is new in the library gets a line here, and nowhere else in the firmware.

use typenet::prelude::*;

use crate::{Cases, others};

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

    // Activations
    cases.layer::<Elu, [f32; 5]>("Elu");
    cases.layer::<Gelu, [f32; 5]>("Gelu");
    cases.layer::<GeluTanh, [f32; 5]>("GeluTanh");
    cases.layer::<LeakyRelu, [f32; 5]>("LeakyRelu");
    cases.layer::<LogSoftmax, [f32; 5]>("LogSoftmax");
    cases.layer::<Relu, [f32; 5]>("Relu");
    cases.layer::<Sigmoid, [f32; 5]>("Sigmoid");
    cases.layer::<Silu, [f32; 5]>("Silu");
    cases.layer::<Softmax, [f32; 5]>("Softmax");
    cases.layer::<Softplus, [f32; 5]>("Softplus");
    cases.layer::<Tanh, [f32; 5]>("Tanh");

    // Losses
    cases.loss::<_, [f32; 3]>("BinaryCrossEntropy", BinaryCrossEntropy);
    cases.loss::<_, [f32; 3]>("BinaryCrossEntropyLogits", BinaryCrossEntropyLogits);
    cases.loss::<_, [f32; 3]>("CategoricalCrossEntropy", CategoricalCrossEntropy);
    cases.loss::<_, [f32; 3]>("CategoricalCrossEntropyLogits", CategoricalCrossEntropyLogits);
    cases.loss::<_, [f32; 3]>("Huber", Huber::default());
    cases.loss::<_, [f32; 3]>("MeanAbsoluteError", MeanAbsoluteError);
    cases.loss::<_, [f32; 3]>("MeanSquaredError", MeanSquaredError);
    cases.loss::<_, u8>("SparseCategoricalCrossEntropy", SparseCategoricalCrossEntropy);
    cases.loss::<_, u8>("SparseCategoricalCrossEntropyLogits", SparseCategoricalCrossEntropyLogits);

    // Optimizers
    cases.optimizer("Adam", Adam::default());
    cases.optimizer("AdamW", AdamW::default());
    cases.optimizer("RmsProp", RmsProp::default());
    cases.optimizer("Sgd", Sgd::default());
    cases.optimizer("Momentum", Sgd::default().momentum(0.9));
    cases.optimizer("Momentum, Nesterov", Sgd::default().momentum(0.9).nesterov());
    cases.optimizer("Clip::Value", Sgd::default().clip(Clip::Value(0.01)));
    cases.optimizer("Clip::Norm", Sgd::default().clip(Clip::Norm(0.1)));
    cases.optimizer("Clip::GlobalNorm", Sgd::default().clip(Clip::GlobalNorm(0.1)));

    // Anything else
    cases.other("Weights", others::weights);
    cases.other("Store", others::store);
    cases.other("Envelope, Guarded", others::guarded);
    cases.other("StandardScaler", others::standard_scaler);
    cases.other("metrics", others::metrics);
}
