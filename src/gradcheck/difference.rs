//! The numeric derivative, and whether the function is smooth enough for it.

use std::vec::Vec;

/// A numeric derivative of a sum of terms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Numeric {
    /// The derivative.
    pub value: f64,
    /// How far the estimates disagree, from the function's values alone.
    pub doubt: f64,
}

/// Differentiates by `t`, at `t = 0`, the sum of what `terms(t)` gives.
///
/// With `h`, `h / 2`, `h / 4` and central differences `D`, Richardson's extrapolation
/// `R = (4 D(h / 2) - D(h)) / 3` leaves an error of order `h⁴`, and a second extrapolation of two
/// such `R` one of order `h⁶`.
///
/// The doubt is the larger of two disagreements, over all terms:
///
/// - of the two `R`. For a smooth function it is of order `h⁴`. For a function that has a kink,
///   where its slope jumps by `J`, at the distance `d < h` from the point, it is of order `J d / h`.
/// - of `E(h)` with `2 E(h / 2)`, where `E(h) = (f(h) - 2 f(0) + f(-h)) / h`. For a smooth function
///   it is of order `h³`. For a kink it is of order `J (1 - 3 d / h)`.
///
/// Both are zero only where there is no kink within `h`, so a kink is always seen, and no
/// analytic derivative has a part in it. Terms are differenced one by one before they are
/// summed: a term that does not move adds no rounding error.
pub(super) fn differentiate(base: &[f64], step: f64, mut terms: impl FnMut(f64) -> Vec<f64>) -> Numeric {
    let levels = [step, step / 2.0, step / 4.0].map(|h| (h, terms(h), terms(-h)));
    let [(h1, plus1, minus1), (h2, plus2, minus2), (h4, plus4, minus4)] = &levels;
    let (mut value, mut first_sum, mut second_sum, mut doubt) = (0.0, 0.0, 0.0, 0.0_f64);
    let mut not_a_number = false;
    let sides = plus1.iter().zip(minus1).zip(plus2.iter().zip(minus2)).zip(plus4.iter().zip(minus4));
    for (at, (((p1, m1), (p2, m2)), (p4, m4))) in base.iter().zip(sides) {
        let odd = |p: &f64, m: &f64, h: &f64| (p - m) / (2.0 * h);
        let even = |p: &f64, m: &f64, h: &f64| ((p - at) + (m - at)) / h;
        let (d1, d2, d4) = (odd(p1, m1, h1), odd(p2, m2, h2), odd(p4, m4, h4));
        let (r1, r2) = (d2 + (d2 - d1) / 3.0, d4 + (d4 - d2) / 3.0);
        let bend = even(p1, m1, h1) - 2.0 * even(p2, m2, h2);
        value += r2 + (r2 - r1) / 15.0;
        first_sum += r1;
        second_sum += r2;
        doubt = doubt.max((r1 - r2).abs()).max(bend.abs());
        not_a_number |= (r1 - r2 + bend).is_nan();
    }
    let difference: f64 = first_sum - second_sum;
    doubt = if not_a_number { f64::INFINITY } else { doubt.max(difference.abs()) };
    Numeric { value, doubt }
}

#[cfg(test)]
mod tests {
    use std::vec;

    use super::*;

    /// 2^-10: sums with it are exact near 1.
    const STEP: f64 = 1.0 / 1024.0;

    fn at(x: f64, f: impl Fn(f64) -> f64) -> Numeric {
        differentiate(&[f(x)], STEP, |t| vec![f(x + t)])
    }

    #[test]
    fn smooth_functions_have_little_error_and_less_doubt_than_the_tolerance() {
        for (numeric, exact) in [
            (at(0.7, f64::exp), 0.7_f64.exp()),
            (at(0.7, f64::sin), 0.7_f64.cos()),
            (at(0.7, f64::tanh), 1.0 - 0.7_f64.tanh().powi(2)),
            (at(0.7, f64::ln), 1.0 / 0.7),
        ] {
            // Rounding: 1e-16 / (step / 4) = 4e-13, times the extrapolation's weights.
            assert!((numeric.value - exact).abs() < 2e-12, "{numeric:?} {exact}");
            // Of order h³ f / 12, which is 1e-9 for f = 12; for ln it is 6 / 0.7⁴ = 25.
            assert!(numeric.doubt < 1e-8, "{numeric:?}");
        }
    }

    #[test]
    fn terms_are_summed() {
        let numeric = differentiate(&[1.0, 1.0], STEP, |t| vec![(1.0 + t) * (1.0 + t), 1.0 + 3.0 * t]);
        assert!((numeric.value - 5.0).abs() < 1e-12);
    }

    #[test]
    fn a_kink_within_the_step_is_never_missed() {
        // Wherever the kink lies, the error that it causes is at most a few times the doubt.
        for i in -1200_i32..=1200 {
            let distance = STEP * f64::from(i) / 1000.0;
            let exact = if distance > 0.0 { 1.0 } else { 0.0 };
            let numeric = at(distance, |x| x.max(0.0));
            if i != 0 {
                assert!((numeric.value - exact).abs() <= 10.0 * numeric.doubt + 1e-12, "{i}: {numeric:?}");
            }
            if i.abs() < 900 {
                assert!(numeric.doubt > 0.005, "{i}: {numeric:?}");
            }
            if i.abs() > 1000 {
                assert!(numeric.doubt < 1e-12, "{i}: {numeric:?}");
            }
        }
    }

    #[test]
    fn a_jump_is_doubted() {
        assert!(at(STEP / 3.0, |x| if x > 0.0 { 1.0 } else { 0.0 }).doubt > 1.0);
        assert!(at(0.0, |x| if x > 0.0 { f64::NAN } else { 0.0 }).doubt.is_infinite());
    }

    #[test]
    fn opposite_kinks_in_two_terms_do_not_hide_each_other() {
        let f = |x: f64| vec![x.max(0.0), -x.max(0.0)];
        assert!(differentiate(&f(0.0), STEP, f).doubt > 0.5);
    }
}
