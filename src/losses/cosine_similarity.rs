//! The cosine similarity.

use crate::losses::{Loss, by_row, revealed};
use crate::network::{Scalar, Tensor, Zero};

/// The negative cosine of the angle between output and target, over the innermost dimension:
/// `-Σᵢ ŷᵢ t̂ᵢ` with `ŷ = y / |y|`, `t̂ = t / |t|`. Where a sample has several rows it is their mean. -1 is
/// the same direction, 1 the opposite one (Keras' `CosineSimilarity`; PyTorch's
/// `CosineEmbeddingLoss` adds 1).
///
/// As in Keras, a length below 1e-7 counts as 1e-7. The derivative is `(ŷ (Σ ŷ t̂) - t̂) / |y|`, and
/// `-t̂ / 1e-7` for so short an output.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut gradient = [0.0; 2];
/// let loss = CosineSimilarity.sample(&[2.0, 0.0], &[0.0, 3.0], Some(&mut gradient));
/// assert_eq!((loss, gradient), (0.0, [0.0, -0.5]));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CosineSimilarity;

/// The shortest length that is divided by.
const SHORTEST: f64 = 1e-7;

impl<Y: Tensor> Loss<Y, Y> for CosineSimilarity {
    fn sample(&self, output: &Y, target: &Y, gradient: Option<&mut Y>) -> Y::Scalar {
        let shortest = Y::Scalar::from_f64(SHORTEST);
        by_row(output, target, gradient, |output, target, scale, gradient| {
            let (mut output_square, mut target_square) = (Y::Scalar::ZERO, Y::Scalar::ZERO);
            for (y, t) in output.iter().zip(target.clone()) {
                output_square += *y * *y;
                target_square += t * t;
            }
            let (found, wanted) = (output_square.sqrt(), target_square.sqrt().maximum(shortest));
            let length = found.maximum(shortest);
            // Divided by an infinite length, all would be 0.
            let mut cosine = revealed(&[output_square, target_square]);
            for (y, t) in output.iter().zip(target.clone()) {
                cosine += *y / length * (t / wanted);
            }
            if let Some(gradient) = gradient {
                // A length that is held at the shortest does not change with the output.
                let turned = if found < shortest { Y::Scalar::ZERO } else { cosine };
                for ((g, y), t) in gradient.iter_mut().zip(output).zip(target) {
                    *g = scale * ((*y / length * turned) - t / wanted) / length;
                }
            }
            -cosine
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::checks::{at, check_slope, close};

    #[test]
    fn by_hand() {
        // Lengths 5 and 13, product 3 x 5 + 4 x 12 = 63; a row and its opposite.
        let (loss, gradient) = at(&CosineSimilarity, [[3.0, 4.0], [1.0, 0.0]], [[5.0, 12.0], [-2.0, 0.0]]);
        let cosine = 63.0 / 65.0;
        close(loss, (-cosine + 1.0) / 2.0, 1e-15);
        let row = [(0.6 * cosine - 5.0 / 13.0) / 10.0, (0.8 * cosine - 12.0 / 13.0) / 10.0];
        close(gradient, [row, [0.0, 0.0]], 1e-15);
    }

    #[test]
    fn slope() {
        check_slope(&CosineSimilarity, [[0.9, 0.4, -1.0], [-0.6, 2.0, 0.1]], [[1.0, 0.0, 0.5], [3.0, 0.7, -1.0]]);
    }

    #[test]
    fn short_and_not_a_number() {
        // Half the shortest length counts as the shortest: the loss is linear in the output.
        let (loss, gradient) = at(&CosineSimilarity, [5e-8_f64, 0.0], [2.0, 0.0]);
        close(loss, -0.5, 1e-15);
        close(gradient, [-1e7, 0.0], 1e-8);
        // At the shortest length itself only the direction counts, as for longer ones.
        assert_eq!(at(&CosineSimilarity, [1e-7_f64, 0.0], [2.0, 0.0]), (-1.0, [0.0, 0.0]));
        assert_eq!(at(&CosineSimilarity, [0.0_f64, 0.0], [0.0, 2.0]), (0.0, [0.0, -1e7]));
        let (loss, gradient) = at(&CosineSimilarity, [1.0_f64, 0.0], [0.0, 0.0]);
        assert_eq!((loss, gradient), (0.0, [0.0, 0.0]));
        let (loss, gradient) = at(&CosineSimilarity, [f32::NAN, 1.0], [1.0, 1.0]);
        assert!(loss.is_nan() && gradient[0].is_nan() && gradient[1].is_nan());
        let (loss, gradient) = at(&CosineSimilarity, [1e4_f32, 1e4], [-1e4, -1e4]);
        assert!((loss - 1.0).abs() < 1e-6 && gradient[0].abs() < 1e-10);
    }
}
