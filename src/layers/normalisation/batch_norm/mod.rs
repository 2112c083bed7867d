//! Batch normalisation.

mod features;
mod shapes;

use bytemuck::{AnyBitPattern, Pod};
use rand::Rng;

use super::normalize::or;
use features::{Backward, Normalize, Statistics, by_blocks};

use crate::network::parameters::each_array;
use crate::network::settings::{checked, checked_epsilon};
use crate::network::{
    Batch, Fingerprint, Initializer, Layer, Parameters, Path, Remember, Role, Scalar, Visitor, Walker, Zero, decimal,
};

/// Batch normalisation of `N` features (Ioffe, Szegedy 2015, <https://arxiv.org/abs/1502.03167>).
///
/// It takes vectors `[T; N]`, sequences `[[T; N]; STEPS]` and images `[[[T; WIDTH]; HEIGHT]; N]`: of a
/// sequence each step, of an image each pixel counts as a sample of its own (PyTorch's `BatchNorm1d` with
/// the features first, and `BatchNorm2d`).
///
/// Training uses the mean `m` and the biased variance `v` of each feature over the batch:
/// `x̂ = (x - m) / sqrt(v + epsilon)`, `y = scale x̂ + shift`. Inference uses the running mean and
/// variance, which every training step moves a little towards the batch's:
///
/// `running = KEEP_PERCENT % of running + the rest of the batch's`.
///
/// Backward, over a batch of `B` samples with `g` the derivative by `y`:
/// `dscale += Σ g x̂`, `dshift += Σ g`,
/// `dx = scale / sqrt(v + epsilon) x (g - Σ g / B - x̂ Σ g x̂ / B)`.
///
/// | | keeps | epsilon | running variance | write |
/// | --- | --- | --- | --- | --- |
/// | Keras (default) | 99 % (`momentum=0.99`) | 1e-3 | biased | `BatchNorm<N>` |
/// | PyTorch | 90 % (`momentum=0.1`) | 1e-5 | unbiased | `BatchNorm<N, 90, -5>`, its running variance times `B / (B - 1)` |
///
/// The lengths of scale and shift come last: `BatchNorm<N, 99, -3, f32, 0, N>` has no scale (Keras' `scale=False`: an
/// activation such as ReLU and the next layer's weights can do what it does), `BatchNorm<N, 90, -5, f32, 0, 0>` neither
/// (PyTorch's `affine=False`).
///
/// ```
/// use typenet::prelude::*;
///
/// let mut layer = BatchNorm::<2>::ZERO;
/// layer.init(Initializer::default(), &mut seeded(1));
/// let mut output = [[0.0; 2]; 2];
/// let batch = [[1.0, 30.0], [3.0, 10.0]];
/// layer.forward_train::<Inline<2>>(&batch, &mut output, &mut Tape::EMPTY, &mut seeded(1));
/// assert!((output[0][0] + 1.0).abs() < 1e-3 && (output[0][1] - 1.0).abs() < 1e-3);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct BatchNorm<
    const N: usize,
    const KEEP_PERCENT: u32 = 99,
    const EPSILON_EXPONENT: i32 = -3,
    T: Pod = f32,
    const SCALE: usize = N,
    const SHIFT: usize = N,
> {
    /// What each normalised feature is multiplied by; may be empty.
    pub scale: [T; SCALE],
    /// What is added to it; may be empty.
    pub shift: [T; SHIFT],
    /// The running mean, used in inference.
    pub mean: [T; N],
    /// The running variance, used in inference.
    pub variance: [T; N],
}

/// The gradient of a [`BatchNorm`].
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct BatchNormGradient<const SCALE: usize, const SHIFT: usize, T: Pod> {
    /// The derivative by the scale.
    pub scale: [T; SCALE],
    /// The derivative by the shift.
    pub shift: [T; SHIFT],
}

/// The mean and the biased variance of a batch.
#[derive(Clone, Copy, Debug)]
pub struct BatchStatistics<const N: usize, T> {
    pub(super) mean: [T; N],
    pub(super) variance: [T; N],
}

impl<const N: usize, const KEEP: u32, const EPSILON: i32, T: Scalar, const SCALE: usize, const SHIFT: usize> Zero
    for BatchNorm<N, KEEP, EPSILON, T, SCALE, SHIFT>
{
    const ZERO: Self =
        Self { scale: [T::ZERO; SCALE], shift: [T::ZERO; SHIFT], mean: [T::ZERO; N], variance: [T::ZERO; N] };
}

impl<const SCALE: usize, const SHIFT: usize, T: Scalar> Zero for BatchNormGradient<SCALE, SHIFT, T> {
    const ZERO: Self = Self { scale: [T::ZERO; SCALE], shift: [T::ZERO; SHIFT] };
}

impl<const N: usize, T: Scalar> Zero for BatchStatistics<N, T> {
    const ZERO: Self = Self { mean: [T::ZERO; N], variance: [T::ZERO; N] };
}

impl<const N: usize, const KEEP: u32, const EPSILON: i32, T: Scalar, const SCALE: usize, const SHIFT: usize> Parameters
    for BatchNorm<N, KEEP, EPSILON, T, SCALE, SHIFT>
{
    type Gradient = BatchNormGradient<SCALE, SHIFT, T>;
    const COUNT: usize = SCALE + SHIFT;
    const STATISTICS: usize = 2 * N;
    const FINGERPRINT: Fingerprint = Fingerprint::layer::<Self>("BatchNorm")
        .array("scale", Role::Scale, &[SCALE])
        .array("shift", Role::Bias, &[SHIFT])
        .array("mean", Role::Statistic, &[N])
        .array("variance", Role::Statistic, &[N])
        .number(KEEP as u64)
        .number(EPSILON as u64);

    fn init(&mut self, _: Initializer, _: &mut impl Rng) {
        *self = Self { scale: [T::ONE; SCALE], shift: [T::ZERO; SHIFT], mean: [T::ZERO; N], variance: [T::ONE; N] };
    }

    fn visit(&self, path: &Path<'_>, visitor: &mut impl Visitor) {
        let path = path.of("BatchNorm");
        visitor.constant(&path, "epsilon", decimal(1, EPSILON));
        if SCALE > 0 {
            visitor.array(&path.entry("scale", Role::Scale, &[SCALE]), &self.scale);
        }
        if SHIFT > 0 {
            visitor.array(&path.entry("shift", Role::Bias, &[SHIFT]), &self.shift);
        }
        visitor.array(&path.entry("mean", Role::Statistic, &[N]), &self.mean);
        visitor.array(&path.entry("variance", Role::Statistic, &[N]), &self.variance);
    }

    fn walk<const K: usize>(
        &mut self,
        mut trees: [&mut Self::Gradient; K],
        path: &Path<'_>,
        walker: &mut impl Walker<K>,
    ) {
        let path = path.of("BatchNorm");
        if SCALE > 0 {
            let scales = each_array(&mut trees, |tree| tree.scale.as_mut_slice());
            walker.parameter(&path.entry("scale", Role::Scale, &[SCALE]), &mut self.scale, scales);
        }
        if SHIFT > 0 {
            let shifts = each_array(&mut trees, |tree| tree.shift.as_mut_slice());
            walker.parameter(&path.entry("shift", Role::Bias, &[SHIFT]), &mut self.shift, shifts);
        }
        walker.statistic(&path.entry("mean", Role::Statistic, &[N]), &mut self.mean);
        walker.statistic(&path.entry("variance", Role::Statistic, &[N]), &mut self.variance);
    }
}

impl<const N: usize, const KEEP: u32, const EPSILON: i32, T: Scalar, const SCALE: usize, const SHIFT: usize>
    BatchNorm<N, KEEP, EPSILON, T, SCALE, SHIFT>
{
    /// `1 / sqrt(variance + epsilon)` of each feature.
    pub(super) fn inverse_deviation(variance: &[T; N]) -> [T; N] {
        let epsilon = T::from_f64(decimal(1, EPSILON));
        // `map` would take a copy of the array.
        let mut inverse = [T::ZERO; N];
        for (inverse, variance) in inverse.iter_mut().zip(variance) {
            *inverse = T::ONE / (*variance + epsilon).sqrt();
        }
        inverse
    }

    /// `y = scale (x - mean) / sqrt(variance + epsilon) + shift`
    fn normalize(&self, mean: &[T; N], variance: &[T; N], input: &[[T; N]], output: &mut [[T; N]]) {
        let inverse = &Self::inverse_deviation(variance);
        let (input, output) = (input.as_flattened(), output.as_flattened_mut());
        let (ones, zeros) = ([T::ONE; N], [T::ZERO; N]);
        let (scale, shift) = (or(&self.scale, &ones), or(&self.shift, &zeros));
        by_blocks(N, Normalize { mean, inverse, scale, shift, input, output });
    }
}

/// Mean and biased variance over the batch.
fn statistics<const N: usize, T: Scalar>(input: &[[T; N]]) -> BatchStatistics<N, T> {
    let BatchStatistics { mut mean, mut variance } = BatchStatistics::ZERO;
    by_blocks(N, Statistics { mean: &mut mean, variance: &mut variance, input: input.as_flattened() });
    BatchStatistics { mean, variance }
}

impl<const N: usize, const KEEP: u32, const EPSILON: i32, T: Scalar, const SCALE: usize, const SHIFT: usize>
    Layer<[T; N]> for BatchNorm<N, KEEP, EPSILON, T, SCALE, SHIFT>
{
    type Output = [T; N];
    type Tape<B: Batch> = Remember<BatchStatistics<N, T>>;
    const MULTIPLY_ADDS: usize = checked(KEEP <= 100, "the KEEP_PERCENT of a `BatchNorm` must be from 0 to 100")
        + checked_epsilon(
            EPSILON,
            "the epsilon of `BatchNorm` is 10 to the power of EPSILON_EXPONENT, which must be from -37 to 12",
        )
        + checked(
            (SCALE == 0 || SCALE == N) && (SHIFT == 0 || SHIFT == N),
            "SCALE and SHIFT of `BatchNorm` must be N, or 0 for none",
        );
    /// The deviations, and what stands for arrays that are not there.
    const SCRATCH: usize = size_of::<T>() * (3 * N).saturating_sub(SCALE + SHIFT);
    /// The loop over the features, and the square root.
    const CALLS: usize = 2;

    fn forward(&self, input: &[[T; N]], output: &mut [[T; N]]) {
        self.normalize(&self.mean, &self.variance, input, output);
    }

    fn forward_train<B: Batch>(
        &self,
        input: &[[T; N]],
        output: &mut [[T; N]],
        tape: &mut Self::Tape<B>,
        _: &mut impl Rng,
    ) {
        tape.0 = statistics(input);
        self.normalize(&tape.0.mean, &tape.0.variance, input, output);
    }

    fn backward<B: Batch>(
        &self,
        input: &[[T; N]],
        _: &[[T; N]],
        tape: &mut Self::Tape<B>,
        output_gradient: &mut [[T; N]],
        input_gradient: Option<&mut [[T; N]]>,
        gradient: &mut Self::Gradient,
    ) {
        let BatchStatistics { mean, variance } = &tape.0;
        let ones = [T::ONE; N];
        let backward = Backward {
            mean,
            inverse: &Self::inverse_deviation(variance),
            scale: or(&self.scale, &ones),
            input: input.as_flattened(),
            output_gradient: output_gradient.as_flattened(),
            by_scale: &mut gradient.scale,
            by_shift: &mut gradient.shift,
            input_gradient: input_gradient.map(|samples| samples.as_flattened_mut()),
        };
        by_blocks(N, backward);
    }

    fn update_statistics<B: Batch>(&mut self, tape: &Self::Tape<B>) {
        let keep = T::from_f64(decimal(KEEP as i32, -2));
        for (running, batch) in [(&mut self.mean, &tape.0.mean), (&mut self.variance, &tape.0.variance)] {
            for (running, batch) in running.iter_mut().zip(batch) {
                *running = keep * *running + (T::ONE - keep) * *batch;
            }
        }
    }
}

/// `sum += summand`, where there is a sum.
#[inline(always)]
pub(super) fn add<T: Scalar>(sum: &mut [T], summand: &[T]) {
    for (sum, summand) in sum.iter_mut().zip(summand) {
        *sum += *summand;
    }
}

crate::network::stream::streams_alone!(
    BatchNorm<N, KEEP, EPSILON, T, SCALE, SHIFT>: [T; N],
    [const N: usize, const KEEP: u32, const EPSILON: i32, T: Scalar, const SCALE: usize, const SHIFT: usize]
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Entry, Inline, Tape, seeded};

    type Norm = BatchNorm<2, 75, -1, f64>;

    fn layer() -> Norm {
        Norm { scale: [2.0, -1.0], shift: [0.5, 1.0], mean: [1.0, -2.0], variance: [0.15, 8.9] }
    }

    #[test]
    fn inference_uses_the_running_statistics() {
        // sqrt(0.15 + 0.1) = 0.5 and sqrt(8.9 + 0.1) = 3
        let mut output = [[0.0; 2]; 2];
        layer().forward(&[[2.0, 4.0], [1.0, -2.0]], &mut output);
        for (found, expected) in output.as_flattened().iter().zip([4.5, -1.0, 0.5, 1.0]) {
            assert!((found - expected).abs() < 1e-14, "{output:?}");
        }
    }

    #[test]
    fn training_uses_the_batch_and_moves_the_running_statistics() {
        let mut layer = layer();
        let mut tape = <Norm as Layer<[f64; 2]>>::Tape::<Inline<3>>::EMPTY;
        let mut output = [[0.0; 2]; 3];
        // Feature 0: mean 4, biased variance (9 + 0 + 9) / 3 = 6. Feature 1: mean 10, variance 0.
        let input = [[1.0, 10.0], [4.0, 10.0], [7.0, 10.0]];
        layer.forward_train::<Inline<3>>(&input, &mut output, &mut tape, &mut seeded(1));
        let expected = 2.0 * -3.0 / 6.1_f64.sqrt() + 0.5;
        assert!((output[0][0] - expected).abs() < 1e-14);
        assert_eq!(output[1], [0.5, 1.0]);
        assert_eq!(output[2][1], 1.0);

        Layer::<[f64; 2]>::update_statistics::<Inline<3>>(&mut layer, &tape);
        for (found, expected) in
            layer.mean.iter().chain(&layer.variance).zip([0.75 + 1.0, 0.75 * -2.0 + 2.5, 0.75 * 0.15 + 1.5, 0.75 * 8.9])
        {
            assert!((found - expected).abs() < 1e-14, "{layer:?}");
        }
    }

    #[test]
    fn backward_is_the_slope_in_every_block() {
        // A block of 32 features and one alone. Three samples a third of a wave apart: every variance is 1/2.
        const N: usize = 33;
        type Wide = BatchNorm<N, 99, -3, f64>;
        let wave = |at: usize, phase: f64| (1.7 * at as f64 + phase).sin();
        let layer = Wide {
            scale: core::array::from_fn(|at| 1.5 + wave(at, 0.3)),
            shift: core::array::from_fn(|at| wave(at, 0.6)),
            ..Wide::ZERO
        };
        let input: [[f64; N]; 3] = core::array::from_fn(|s| core::array::from_fn(|at| wave(at, 2.1 * s as f64)));
        let weights: [[f64; N]; 3] = core::array::from_fn(|s| core::array::from_fn(|at| wave(3 * at + s, 1.1)));
        let forward = |layer: &Wide, input: &[[f64; N]; 3]| {
            let (mut tape, mut output) = (Remember::EMPTY, [[f64::NAN; N]; 3]);
            layer.forward_train::<Inline<3>>(input, &mut output, &mut tape, &mut seeded(1));
            (tape, output)
        };
        let value = |layer: &Wide, input: &[[f64; N]; 3]| -> f64 {
            let output = forward(layer, input).1;
            output.as_flattened().iter().zip(weights.as_flattened()).map(|(y, w)| y * w).sum()
        };

        let (mut tape, output) = forward(&layer, &input);
        let (mut gradient, mut dx) = (BatchNormGradient { scale: [1.0; N], shift: [2.0; N] }, [[f64::NAN; N]; 3]);
        let mut g = weights;
        layer.backward::<Inline<3>>(&input, &output, &mut tape, &mut g, Some(&mut dx), &mut gradient);
        // The step is a power of two. The error of the difference is h² times a third derivative, below
        // 1e-8, and a rounding of a sum of about 100 over h, below 1e-8 as well.
        let h = 2.0_f64.powi(-16);
        let close = |derivative: f64, up: f64, down: f64| {
            let difference = (up - down) / (h + h);
            assert!((difference - derivative).abs() < 1e-7, "{derivative}, but the slope is {difference}");
        };
        for at in 0..N {
            for sample in 0..3 {
                let (mut up, mut down) = (input, input);
                up[sample][at] += h;
                down[sample][at] -= h;
                close(dx[sample][at], value(&layer, &up), value(&layer, &down));
            }
            let (mut up, mut down) = (layer, layer);
            up.scale[at] += h;
            down.scale[at] -= h;
            close(gradient.scale[at] - 1.0, value(&up, &input), value(&down, &input));
            (up, down) = (layer, layer);
            up.shift[at] += h;
            down.shift[at] -= h;
            close(gradient.shift[at] - 2.0, value(&up, &input), value(&down, &input));
        }
    }

    #[test]
    fn all_arrays_are_shown() {
        struct Names(Vec<(String, Role, f64)>);
        impl Visitor for Names {
            fn array<T: Scalar>(&mut self, entry: &Entry<'_>, values: &[T]) {
                self.0.push((entry.to_string(), entry.role, values[1].to_f64()));
            }
        }
        impl Walker<1> for Names {
            fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T], [tree]: [&mut [T]; 1]) {
                self.array(entry, values);
                tree[1] += values[1];
            }

            fn statistic<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T]) {
                self.array(entry, values);
            }
        }
        let expected = [
            ("scale".to_string(), Role::Scale, -1.0),
            ("shift".to_string(), Role::Bias, 1.0),
            ("mean".to_string(), Role::Statistic, -2.0),
            ("variance".to_string(), Role::Statistic, 8.9),
        ];
        let (mut visited, mut walked) = (Names(Vec::new()), Names(Vec::new()));
        let mut gradient = BatchNormGradient::ZERO;
        layer().visit(&Path::ROOT, &mut visited);
        layer().walk([&mut gradient], &Path::ROOT, &mut walked);
        assert_eq!((visited.0.as_slice(), walked.0.as_slice()), (&expected[..], &expected[..]));
        assert_eq!(gradient, BatchNormGradient { scale: [0.0, -1.0], shift: [0.0, 1.0] });
        assert_eq!((Norm::COUNT, Norm::STATISTICS), (4, 4));
        assert_eq!((BatchNorm::<5>::COUNT, BatchNorm::<5>::STATISTICS), (10, 10));
    }

    #[test]
    fn a_large_mean_keeps_its_variance() {
        // In one pass, 1e8² swallows a variance of 1 in f64's 16 digits.
        let BatchStatistics { mean, variance } = statistics(&[[1e8 - 1.0], [1e8 + 1.0]]);
        assert_eq!((mean, variance), ([1e8], [1.0]));
    }

    #[test]
    fn a_variance_that_overflows_is_not_a_number() {
        let BatchStatistics { variance, .. } = statistics(&[[1e20_f32, 1.0], [-1e20, 3.0]]);
        assert!(variance[0].is_nan() && variance[1] == 1.0);
        let BatchStatistics { variance, .. } = statistics(&[[f32::MAX], [f32::MAX]]);
        assert!(variance[0].is_nan());
    }

    #[test]
    fn init_is_the_identity_up_to_epsilon() {
        let mut layer = layer();
        layer.init(Initializer::Zeros, &mut seeded(1));
        assert_eq!(layer, Norm { scale: [1.0; 2], shift: [0.0; 2], mean: [0.0; 2], variance: [1.0; 2] });
    }
}
