//! Areas under the curves of a threshold.

use alloc::vec::Vec;

use crate::metrics::Metric;
use crate::network::{Scalar, Tensor, Zero};

/// Every score with whether its target is 1.
#[derive(Clone, Debug, Default, PartialEq)]
struct Scored(Vec<(f64, bool)>);

impl Scored {
    fn add<Y: Tensor>(&mut self, outputs: &[Y], targets: &[Y]) {
        let pairs = Y::flat(outputs).iter().zip(Y::flat(targets));
        // A target that is not-a-number makes its score one.
        let score = |y: f64, t: f64| if t.is_nan() { t } else { y };
        self.0.extend(pairs.map(|(y, t)| (score(y.to_f64(), t.to_f64()), *t != Y::Scalar::ZERO)));
    }

    /// The counts of false and true positives, from the highest threshold to the lowest: those of all
    /// scores that are equal come together. None where one side is empty or a score is not-a-number.
    fn curve(&self) -> Option<Vec<[f64; 2]>> {
        if self.0.iter().any(|(score, _)| score.is_nan()) {
            return None;
        }
        let mut scores = self.0.clone();
        scores.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        let mut curve = alloc::vec![[0.0; 2]];
        let (mut counts, mut before) = ([0.0; 2], f64::NAN);
        for (score, positive) in scores {
            if score != before && counts != [0.0; 2] {
                curve.push(counts);
            }
            let [negatives, positives] = &mut counts;
            *(if positive { positives } else { negatives }) += 1.0;
            before = score;
        }
        curve.push(counts);
        (counts.iter().all(|count| *count > 0.0)).then_some(curve)
    }
}

/// The points of the curve of the receiver operating characteristic, from the highest threshold to the
/// lowest: the share of negatives that are read as 1, and the share of positives. Empty where one side
/// is empty or a score is not-a-number.
///
/// ```
/// use typenet::prelude::*;
///
/// let curve = roc_curve(&[[0.9_f32], [0.6], [0.4]], &[[1.0], [0.0], [1.0]]);
/// assert_eq!(curve, [[0.0, 0.0], [0.0, 0.5], [1.0, 0.5], [1.0, 1.0]]);
/// ```
pub fn roc_curve<Y: Tensor>(outputs: &[Y], targets: &[Y]) -> Vec<[f64; 2]> {
    let mut scored = Scored::default();
    scored.add(outputs, targets);
    roc(&scored)
}

/// The points of the curve of precision over recall, from the highest threshold to the lowest: recall,
/// then precision. Empty where one side is empty or a score is not-a-number.
///
/// ```
/// use typenet::prelude::*;
///
/// let curve = precision_recall_curve(&[[0.9_f32], [0.6], [0.4]], &[[1.0], [0.0], [1.0]]);
/// assert_eq!(curve, [[0.0, 1.0], [0.5, 1.0], [0.5, 0.5], [1.0, 2.0 / 3.0]]);
/// ```
pub fn precision_recall_curve<Y: Tensor>(outputs: &[Y], targets: &[Y]) -> Vec<[f64; 2]> {
    let mut scored = Scored::default();
    scored.add(outputs, targets);
    precision_recall(&scored)
}

fn roc(scored: &Scored) -> Vec<[f64; 2]> {
    let curve = scored.curve().unwrap_or_default();
    let [negatives, positives] = curve.last().copied().unwrap_or_default();
    curve.iter().map(|[false_positives, hits]| [false_positives / negatives, hits / positives]).collect()
}

fn precision_recall(scored: &Scored) -> Vec<[f64; 2]> {
    let curve = scored.curve().unwrap_or_default();
    let [_, positives] = curve.last().copied().unwrap_or_default();
    let precision = |hits: f64, read: f64| if read == 0.0 { 1.0 } else { hits / read };
    curve.iter().map(|[wrong, hits]| [hits / positives, precision(*hits, hits + wrong)]).collect()
}

/// The area under the curve of the receiver operating characteristic: the chance that a random positive
/// scores higher than a random negative, equal scores counting one half. It is exact (scikit-learn's
/// `roc_auc_score`; Keras' `AUC` interpolates between thresholds), so every score is kept until the next
/// reset. Not-a-number where one side is empty or a score is not-a-number. Reported as `roc_auc`.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut area = RocAuc::default();
/// area.update(&[[0.9_f32], [0.6], [0.4]], &[[1.0], [0.0], [1.0]]);
/// assert_eq!(Metric::<[f32; 1]>::value(&area), 0.5);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RocAuc(Scored);

/// The average precision: `Σ (recallᵢ - recallᵢ₋₁) precisionᵢ` over the thresholds from the highest to the
/// lowest, the area under the curve of precision over recall (scikit-learn's
/// `average_precision_score`). Every score is kept until the next reset. Not-a-number where one side is
/// empty or a score is not-a-number. Reported as `pr_auc`.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut area = PrAuc::default();
/// area.update(&[[0.9_f32], [0.6], [0.4]], &[[1.0], [0.0], [1.0]]);
/// assert_eq!(Metric::<[f32; 1]>::value(&area), 0.5 * 1.0 + 0.5 * 2.0 / 3.0);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PrAuc(Scored);

/// Sums what each two points in a row give.
fn area(curve: &[[f64; 2]], of: impl Fn([f64; 2], [f64; 2]) -> f64) -> f64 {
    if curve.is_empty() {
        return f64::NAN;
    }
    curve.array_windows().map(|[before, after]| of(*before, *after)).sum()
}

impl<Y: Tensor> Metric<Y, Y> for RocAuc {
    fn name(&self) -> &'static str {
        "roc_auc"
    }

    fn reset(&mut self) {
        self.0.0.clear();
    }

    fn update(&mut self, outputs: &[Y], targets: &[Y]) {
        self.0.add(outputs, targets);
    }

    fn value(&self) -> f64 {
        area(&roc(&self.0), |[x0, y0], [x1, y1]| (x1 - x0) * (y0 + y1) / 2.0)
    }
}

impl<Y: Tensor> Metric<Y, Y> for PrAuc {
    fn name(&self) -> &'static str {
        "pr_auc"
    }

    fn reset(&mut self) {
        self.0.0.clear();
    }

    fn update(&mut self, outputs: &[Y], targets: &[Y]) {
        self.0.add(outputs, targets);
    }

    fn value(&self) -> f64 {
        area(&precision_recall(&self.0), |[before, _], [recall, precision]| (recall - before) * precision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn areas(scores: &[f64], targets: &[f64]) -> [f64; 2] {
        let (mut roc, mut pr) = (RocAuc::default(), PrAuc::default());
        let (a, b) = scores.split_at(scores.len() / 2);
        let (ta, tb) = targets.split_at(scores.len() / 2);
        for metric in [&mut roc as &mut dyn Metric<f64>, &mut pr] {
            metric.update(&[0.5, 0.1], &[0.0, 1.0]);
            metric.reset();
            metric.update(a, ta);
            metric.update(b, tb);
        }
        [Metric::<f64>::value(&roc), Metric::<f64>::value(&pr)]
    }

    #[test]
    fn the_area_is_the_share_of_ordered_pairs() {
        // Every pair of a positive and a negative, counted naively.
        let rng = &mut crate::network::seeded(5);
        for len in [4, 9, 30] {
            // Few different scores, so that many are equal.
            let mut draw = |levels: f64| libm::floor(crate::network::init::uniform(rng) * levels);
            let scores: Vec<f64> = (0..len).map(|_| draw(7.0)).collect();
            let targets: Vec<f64> = (0..len).map(|at| if at < 2 { at as f64 } else { draw(2.0) }).collect();
            let pairs = scores.iter().zip(&targets);
            let (mut won, mut all) = (0.0, 0.0);
            for (positive, _) in pairs.clone().filter(|(_, t)| **t == 1.0) {
                for (negative, _) in pairs.clone().filter(|(_, t)| **t == 0.0) {
                    won += if positive > negative {
                        1.0
                    } else if positive == negative {
                        0.5
                    } else {
                        0.0
                    };
                    all += 1.0;
                }
            }
            assert!((areas(&scores, &targets)[0] - won / all).abs() < 1e-14, "{scores:?} {targets:?}");
        }
    }

    #[test]
    fn by_hand() {
        // Sorted: 1, 0, 1 and 1 equal to 0. Pairs won: 2, then 1 + 1/2, then 1/2 ... of 2 negatives.
        let [roc, pr] = areas(&[0.9, 0.7, 0.5, 0.3, 0.3], &[1.0, 0.0, 1.0, 1.0, 0.0]);
        assert!((roc - (2.0 + 1.0 + 0.5) / 6.0).abs() < 1e-15);
        // Recall 1/3 at precision 1, 2/3 at 2/3, 1 at 3/5.
        assert!((pr - (1.0 + 2.0 / 3.0 + 0.6) / 3.0).abs() < 1e-15);
        assert_eq!(areas(&[0.1, 0.2, 0.8, 0.9], &[0.0, 0.0, 1.0, 1.0]), [1.0, 1.0]);
    }

    #[test]
    fn one_side_only_and_not_a_number() {
        for (scores, targets) in [(&[][..], &[][..]), (&[0.5, 0.6], &[1.0, 1.0]), (&[0.5, f64::NAN], &[1.0, 0.0])] {
            assert!(areas(scores, targets).iter().all(|area| area.is_nan()));
        }
    }
}
