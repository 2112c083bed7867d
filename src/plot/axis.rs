//! Where an axis begins and ends, its ticks and their labels.

use std::format;
use std::string::String;
use std::vec::Vec;

/// Values that can be drawn: finite, and not so large that a difference of two overflows.
pub(super) fn drawable(value: f64) -> bool {
    value.abs() <= 1e100
}

/// An axis of values.
#[derive(Debug, PartialEq)]
pub(super) struct Axis {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    step: Step,
}

/// 1, 2 or 5 times a power of ten.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Step {
    factor: i32,
    exponent: i32,
}

impl Step {
    /// The smallest step that divides a span into at most this many parts.
    fn new(span: f64, parts: f64) -> Self {
        let smallest = span / parts;
        let exponent = magnitude(smallest);
        // A quotient that is a step up to rounding is that step.
        let fits = |factor: &i32| crate::network::decimal(*factor, exponent) >= smallest * (1.0 - 1e-9);
        match [1, 2, 5].into_iter().find(fits) {
            Some(factor) => Self { factor, exponent },
            None => Self { factor: 1, exponent: exponent + 1 },
        }
    }

    fn value(self) -> f64 {
        crate::network::decimal(self.factor, self.exponent)
    }
}

/// The power of ten at or below a positive number.
fn magnitude(value: f64) -> i32 {
    libm::floor(libm::log10(value)) as i32
}

impl Axis {
    /// An axis that all drawable values lie inside of.
    pub(super) fn new<'a>(values: impl Iterator<Item = &'a f64>) -> Self {
        Self::in_parts(values, 8.0)
    }

    /// The same with this many steps at most.
    pub(super) fn in_parts<'a>(values: impl Iterator<Item = &'a f64>, parts: f64) -> Self {
        let drawn = values.copied().filter(|value| drawable(*value));
        let (low, high) =
            drawn.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
        // Labels of four digits tell the ends of the narrowest span apart.
        let largest = low.abs().max(high.abs());
        let narrowest = if largest < 1e-100 { 1.0 } else { largest * 1e-3 };
        let missing = (narrowest - (high - low)).max(0.0);
        let margin = 0.05 * (high - low) + 0.5 * missing;
        let (low, high) = (low - margin, high + margin);
        Self { low, high, step: Step::new(high - low, parts) }
    }

    /// The ticks: the multiples of the step.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let step = self.step.value();
        let (first, last) = (libm::ceil(self.low / step), libm::floor(self.high / step));
        (first as i64..=last as i64).map(|index| index as f64 * step).collect()
    }

    /// The label of a tick, with as many digits as the step has.
    pub(super) fn label(&self, tick: f64) -> String {
        self.precise(tick, 0)
    }

    /// A number written as the labels are, with some digits more.
    pub(super) fn precise(&self, value: f64, more: usize) -> String {
        let largest = self.low.abs().max(self.high.abs());
        let exponent = if (0.01..1e5).contains(&largest) { 0 } else { magnitude(largest) };
        let digits = (exponent - self.step.exponent).max(0) as usize + more;
        // Adding zero makes one of the two zeros.
        let mantissa = value / crate::network::decimal(1, exponent) + 0.0;
        match exponent {
            0 => format!("{mantissa:.digits$}"),
            _ => format!("{mantissa:.digits$}e{exponent}"),
        }
    }
}

/// The epochs that get a tick: all of them where they are few.
pub(super) fn epoch_ticks(epochs: usize) -> Vec<f64> {
    let span = epochs as f64;
    let step = match epochs {
        0..=10 => 1.0,
        11..1000 => Step::new(span, 10.0).value(),
        // Longer labels need more room.
        _ => Step::new(span, 5.0).value(),
    };
    let first = (step > 2.0).then_some(1.0);
    first.into_iter().chain((1..=(span / step) as u64).map(|index| index as f64 * step)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(values: &[f64]) -> (Axis, Vec<String>) {
        let axis = Axis::new(values.iter());
        let labels = axis.ticks().into_iter().map(|tick| axis.label(tick)).collect();
        (axis, labels)
    }

    #[test]
    fn ticks_are_round_and_inside() {
        for (values, expected) in [
            (&[0.1, 0.7][..], &["0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7"][..]),
            (&[0.0, 1.0], &["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
            (&[0.9, 1.0], &["0.90", "0.92", "0.94", "0.96", "0.98", "1.00"]),
            (&[-2.0, 2.0], &["-2", "-1", "0", "1", "2"]),
            (&[0.0, 30_000.0], &["0", "5000", "10000", "15000", "20000", "25000", "30000"]),
            (&[1e-6, 4e-6], &["1.0e-6", "1.5e-6", "2.0e-6", "2.5e-6", "3.0e-6", "3.5e-6", "4.0e-6"]),
            (&[0.0, 5e5], &["0e5", "1e5", "2e5", "3e5", "4e5", "5e5"]),
        ] {
            let (axis, labels) = axis(values);
            assert_eq!(labels, expected, "{values:?} {axis:?}");
        }
    }

    #[test]
    fn ends_leave_a_margin() {
        let (axis, _) = axis(&[2.0, 4.0, 3.0]);
        assert_eq!((axis.low, axis.high), (1.9, 4.1));
    }

    #[test]
    fn values_that_cannot_be_drawn_do_not_count() {
        let (expected, _) = axis(&[2.0, 4.0]);
        let values = [f64::NAN, 2.0, f64::INFINITY, f64::NEG_INFINITY, 1e101, -1e101, 4.0];
        assert_eq!(axis(&values).0, expected);
        for nothing in [&[][..], &[f64::NAN]] {
            assert_eq!(axis(nothing).0, axis(&[0.0, 1.0]).0);
        }
        assert!(drawable(-1e100) && !drawable(1.1e100) && !drawable(f64::NAN));
    }

    #[test]
    fn equal_values_are_in_the_middle_of_readable_labels() {
        for value in [0.0, 0.7, 1.0, -3.0, 1e-6, 1e-120, 1e100, 123_456.0] {
            let (axis, labels) = axis(&[value, value]);
            assert!(axis.low < value && value < axis.high, "{axis:?}");
            assert!((0.5 * (axis.low + axis.high) - value).abs() <= 1e-9 * value.abs().max(1e-100), "{axis:?}");
            assert!((3..=8).contains(&labels.len()), "{labels:?}");
            assert!(labels.windows(2).all(|pair| pair[0] != pair[1]), "{labels:?}");
            assert!(labels.iter().all(|label| label.len() <= 11), "{labels:?}");
        }
    }

    #[test]
    fn epochs_are_whole_and_not_too_many() {
        assert_eq!(epoch_ticks(1), [1.0]);
        assert_eq!(epoch_ticks(3), [1.0, 2.0, 3.0]);
        assert_eq!(epoch_ticks(10).len(), 10);
        assert_eq!(epoch_ticks(11), [2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(epoch_ticks(20), [2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 20.0]);
        assert_eq!(epoch_ticks(30), [1.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0]);
        assert_eq!(epoch_ticks(250), [1.0, 50.0, 100.0, 150.0, 200.0, 250.0]);
        assert_eq!(epoch_ticks(999).len(), 10);
        assert_eq!(epoch_ticks(1000), [1.0, 200.0, 400.0, 600.0, 800.0, 1000.0]);
        for epochs in 1..3000 {
            let ticks = epoch_ticks(epochs);
            assert!((1..=11).contains(&ticks.len()), "{epochs}: {ticks:?}");
            assert!(ticks.iter().all(|tick| tick.fract() == 0.0 && (1.0..=epochs as f64).contains(tick)));
            assert!(ticks.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}
