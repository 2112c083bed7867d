//! Proves gradients: of this crate's layers, and of your own.
//!
//! A layer's `backward` is written by hand, and a mistake in it rarely shows: a network with a
//! wrong gradient often still learns, only worse. These checks compare it with finite differences
//! of the forward pass, and hold the layer to everything else that [`Layer`] promises.
//!
//! ```
//! use typenet::gradcheck::{Check, check_layer, check_network, tensors};
//! use typenet::prelude::*;
//!
//! // One layer, alone, in `f64`.
//! let report = check_layer::<Dense<3, 2, f64>, [f64; 3]>(&Check::default())?;
//! assert!(report.largest_error < 1e-6);
//!
//! // A network with its loss and penalties.
//! type Network = Sequential![Dense<3, 4, f64>, Relu, Dense<4, 2, f64>];
//! check_network::<Network, [f64; 3], _, _>(&Check::default(), &MeanSquaredError, tensors(-1.0..1.0))?;
//! # Ok::<(), typenet::gradcheck::Failure>(())
//! ```
//!
//! # What is checked
//!
//! At each random point (batch size, inputs, parameters, random numbers of the layer):
//!
//! - the derivative by every element of the input and of the parameters, and the derivative along
//!   a random direction over all of them. A layer's output is weighted by random numbers of both
//!   signs, so that no sign, row or sample can cancel another. Inputs and weights are of several
//!   sizes, from a hundredth to a hundred, and exact zeros (unless [`Check::values`] says otherwise);
//! - that `backward` is linear in the output gradient: scaled by -1, 1/1000, 1000 and 0, and summed;
//! - the promises of `backward`: it adds to the parameters' gradient (which starts from random
//!   numbers), it overwrites the input gradient (which starts from not-a-number, and again from 7),
//!   it does the same when no input gradient is wanted, and when it is called a second time on the
//!   same tape (unless [`Check::tape_is_scratch`]); `backward_input` gives the same input gradient;
//! - that a batch of up to 8 samples gives the same on [`Inline`](crate::network::Inline) as on
//!   [`Heap`](crate::network::Heap);
//! - that outputs, which start from the same, are overwritten;
//! - that a tape on which a larger batch was recorded gives the same as a new one;
//! - that the same random numbers give the same output, so that a dropout's mask is one function
//!   while it is differentiated;
//! - that `forward` gives the same for a batch as for its samples one by one, and the same as
//!   `forward_train` where no random number is drawn and no statistic kept (unless
//!   [`Check::differs_in_training`]);
//! - that `visit` and `walk` show the same names, shapes, roles and values in the same order, that
//!   shapes match lengths and that `COUNT` and `STATISTICS` are true.
//!
//! # The relative error
//!
//! `|a - n| / max(|a|, |n|, floor)`, where the floor is the larger of
//!
//! - 1/100 of the largest numeric derivative in the same array: an element that is by chance nearly
//!   zero has the absolute error of its neighbours, and is judged by it;
//! - 1/1000 of the largest term of the function: rounding alone moves a numeric derivative by about
//!   1e-16 / step of it, and where the true derivative is zero (a bias before a batch
//!   normalisation) that is all there is to see.
//!
//! The analytic derivative has no part in the floor, so a wrong one cannot excuse itself.
//!
//! # Single precision
//!
//! A layer in `f32` is checked in `f32`: one that is in no other precision, or goes another way there. Differences are
//! then known to few digits. The tolerance is 1e-2 at least, the floor 1/10 of the largest term, and inputs are not
//! larger than usual. A wrong sign, factor, row or sample shows; for the rest, check the same layer in `f64` too.
//!
//! # What passes
//!
//! - an error below the tolerance, or in an element that is small beside the floor;
//! - what is wrong only beyond what is drawn: inputs above 200, batches above [`Check::samples`], an
//!   [`Inline`](crate::network::Inline) of another size than 8;
//! - what is wrong at single points: the value assigned to the derivative at a kink;
//! - a derivative that is lost in the forward pass too, behind a number 1e16 times larger. Behind one
//!   1e8 times larger there is no judging, and the check fails with [`Contract::Smooth`].
//!
//! # Kinks
//!
//! Where a function has a kink (ReLU at 0), a finite difference across it is no derivative.
//! [`Check::away_from`] keeps inputs away from known kinks by construction. A kink inside a network
//! cannot be avoided so: there the point is drawn anew when the function is not smooth within the
//! step. That is found by comparing differences at three steps, of the odd part and of the even
//! part of the function around the point.
//!
//! It cannot hide a wrong gradient. The decision uses values of the forward pass alone and is made
//! before an analytic derivative is looked at, so a wrong derivative is exactly as likely to be
//! kept as a right one. It rejects a whole point, never an element: at each point that is kept,
//! everything is compared. And the number of rejected points is bounded: a function that is
//! smooth almost nowhere fails with [`Contract::Smooth`] instead of passing unseen. What remains
//! unchecked is the value assigned to the derivative at the kink itself, which no difference
//! can judge.

mod arrays;
mod bench;
mod difference;
mod draw;
mod examine;
mod failure;
mod loss;
mod settings;
mod subject;

use core::marker::PhantomData;

pub use proptest;
use proptest::strategy::{Just, Strategy};
use rand::rngs::Xoshiro256PlusPlus;

pub use draw::{one_hot, tensors, zeros_and_ones};
pub use failure::{Contract, Failure, Hint, Place};
pub use loss::check_loss;
pub use settings::{Check, Report};

use bench::{Bench, MeanLoss, Weighted};
use draw::{Pull, mixed};
use examine::examine;
use subject::{Constants, Stage, Subject};

use crate::losses::Loss;
use crate::network::init::uniform;
use crate::network::{Layer, Sample, Tensor};

/// Proves the gradient of a layer on inputs `X`, and its other promises.
///
/// # Errors
///
/// The first [`Failure`] found, shrunk to the smallest batch that shows it.
///
/// ```
/// use typenet::gradcheck::{Check, check_layer};
/// use typenet::prelude::*;
///
/// check_layer::<Relu, [[f64; 3]; 2]>(&Check::default().away_from(&[0.0], 0.01))?;
/// # Ok::<(), typenet::gradcheck::Failure>(())
/// ```
pub fn check_layer<L, X>(check: &Check) -> Result<Report, Failure>
where
    L: Layer<X, Output: Tensor<Scalar = X::Scalar>>,
    X: Tensor,
{
    check_layer_with::<L, X>(check, |_, _| {})
}

/// [`check_layer`] for a layer that must be prepared: `prepare` is called at each point after the
/// parameters were randomised, and may change them.
///
/// Parameters start from the layer's own `init` (He), and every one of them is then moved: weights by
/// up to 1/4, all others by up to 1/2, so that no bias is zero and no scale one.
///
/// ```
/// use typenet::gradcheck::{Check, check_layer_with};
/// use typenet::prelude::*;
///
/// type Layer = BatchNorm<3, 99, -3, f64>;
/// check_layer_with::<Layer, [f64; 3]>(&Check::default().samples(2..=5), |layer, _| layer.scale = [0.5, 1.0, 2.0])?;
/// # Ok::<(), typenet::gradcheck::Failure>(())
/// ```
///
/// # Errors
///
/// Those of [`check_layer`].
pub fn check_layer_with<L, X>(
    check: &Check,
    prepare: impl Fn(&mut L, &mut Xoshiro256PlusPlus),
) -> Result<Report, Failure>
where
    L: Layer<X, Output: Tensor<Scalar = X::Scalar>>,
    X: Tensor,
{
    weighted(check, &mut Stage::<L, X>::new(&prepare))
}

/// Proves the gradient of a network with its loss and its penalties, end to end, with targets from
/// a strategy (see [`check_loss`]).
///
/// # Errors
///
/// Those of [`check_layer`].
///
/// ```
/// use typenet::gradcheck::{Check, check_network, tensors};
/// use typenet::prelude::*;
///
/// type Network = Residual<Sequential![Dense<2, 5, f64>, Relu, Dense<5, 2, f64>]>;
/// check_network::<Network, [f64; 2], _, _>(&Check::default(), &MeanSquaredError, tensors(-1.0..1.0))?;
/// # Ok::<(), typenet::gradcheck::Failure>(())
/// ```
pub fn check_network<N, X, L, Target>(
    check: &Check,
    loss: &L,
    targets: impl Strategy<Value = Target>,
) -> Result<Report, Failure>
where
    N: Layer<X, Output: Tensor<Scalar = X::Scalar>>,
    X: Tensor,
    L: Loss<N::Output, Target>,
    Target: Sample,
{
    check_network_with::<N, X, L, Target>(check, loss, targets, |_, _| {})
}

/// [`check_network`] for a network that must be prepared, as in [`check_layer_with`].
///
/// ```
/// use typenet::gradcheck::{Check, check_network_with, tensors};
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<2, 3, f64>, Tanh, Dense<3, 1, f64>];
/// let prepare = |network: &mut Network, _: &mut _| network.0.bias.fill(0.1);
/// check_network_with::<Network, [f64; 2], _, _>(&Check::default(), &MeanSquaredError, tensors(-1.0..1.0), prepare)?;
/// # Ok::<(), typenet::gradcheck::Failure>(())
/// ```
///
/// # Errors
///
/// Those of [`check_layer`].
pub fn check_network_with<N, X, L, Target>(
    check: &Check,
    loss: &L,
    targets: impl Strategy<Value = Target>,
    prepare: impl Fn(&mut N, &mut Xoshiro256PlusPlus),
) -> Result<Report, Failure>
where
    N: Layer<X, Output: Tensor<Scalar = X::Scalar>>,
    X: Tensor,
    L: Loss<N::Output, Target>,
    Target: Sample,
{
    with_loss::<N::Output, L, Target>(check, &mut Stage::<N, X>::new(&prepare), loss, targets)
}

/// Checks a layer whose output is weighted by random numbers.
fn weighted(check: &Check, subject: &mut dyn Subject) -> Result<Report, Failure> {
    let constants = start(check, subject)?;
    let check = &check.fitted(constants.epsilon);
    let (input, output) = (scalars(&constants.input), scalars(&constants.output));
    draw::run(check, input, constants.count, Just(()), &mut |point, targets, report| {
        // Weights of both signs, none near zero unless it is meant to be.
        let rng = &mut crate::network::seeded(point.seed ^ 2);
        let weight = |_| {
            let weight = (0.5 + uniform(rng)) * if uniform(rng) < 0.5 { -1.0 } else { 1.0 };
            weight
                * match point.pull {
                    Pull::Scaled(scale) => scale,
                    Pull::Mixed => mixed(rng),
                }
        };
        let objective = Weighted((0..targets.len() * output).map(weight).collect());
        examine(check, &mut Bench::new(check, subject, &objective, point), &point.earlier, report)
    })
}

/// Checks a network whose output, of samples `Y`, is worth its loss.
fn with_loss<Y: Tensor, L: Loss<Y, Target>, Target: Sample>(
    check: &Check,
    subject: &mut dyn Subject,
    loss: &L,
    targets: impl Strategy<Value = Target>,
) -> Result<Report, Failure> {
    let constants = start(check, subject)?;
    let check = &check.fitted(constants.epsilon);
    draw::run(check, scalars(&constants.input), constants.count, targets, &mut |point, targets, report| {
        loss::accepts::<Y, Target>(loss, targets)?;
        let objective = MeanLoss::<Y, L, Target>(loss, targets, PhantomData);
        examine(check, &mut Bench::new(check, subject, &objective, point), &point.earlier, report)
    })
}

/// Checks what holds at every point.
fn start(check: &Check, subject: &mut dyn Subject) -> Result<Constants, Failure> {
    check.validate()?;
    bench::randomise(subject, check.seed, &[]);
    arrays::check_walks(subject)?;
    Ok(subject.constants())
}

/// Scalars in a tensor of these dimensions.
fn scalars(dimensions: &[usize]) -> usize {
    dimensions.iter().product()
}
