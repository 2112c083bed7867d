//! Vector units against the reference, and the bounds of the functions.

#[cfg(target_arch = "x86_64")]
use super::fast::On;
use super::fast::recur;
use super::gates::{Gates, sigmoid, tanh};
use super::{Plain, Routine, Unit};
use crate::network::Scalar;

/// The largest error over a fine grid, in units in the last place of the true value.
fn largest_error(found: fn(f32) -> f32, exact: fn(f64) -> f64, reach: f32) -> f64 {
    let mut largest = 0.0_f64;
    let steps = 2_000_000;
    for i in -steps..=steps {
        // Fine near zero, coarse far away.
        let at = i as f32 / steps as f32;
        let x = reach * at * at * at;
        let expected = exact(f64::from(x));
        let unit = f64::from((expected as f32).abs()) * f64::from(f32::EPSILON);
        if unit > 0.0 {
            largest = largest.max((f64::from(found(x)) - expected).abs() / unit);
        }
    }
    largest
}

/// Every operation of a unit on the same numbers.
struct All<'a, T> {
    rows: usize,
    numbers: &'a [T],
    found: &'a mut [Vec<T>],
}

impl<T: Scalar> Routine<T> for All<'_, T> {
    fn run<U: Unit<T>>(self, unit: U) {
        let Self { rows, numbers, found: [product, part, transposed, sum, scaled, times, blend, sigmoid, tanh] } = self
        else {
            panic!("nine results")
        };
        let columns = product.len();
        let (row, rest) = numbers.split_at(rows);
        let (weight, others) = rest.split_at(rows * columns);
        let (one, two) = others.split_at(columns);
        unit.add_product(row, weight, columns, 0, product);
        unit.add_product(row, weight, columns, columns - part.len(), part);
        unit.add_transposed_product(&one[..columns], weight, transposed);
        unit.add(one, sum);
        unit.add_scaled(one, two, scaled);
        unit.scale(one, times);
        unit.blend(one, two, blend);
        unit.sigmoid(sigmoid);
        unit.tanh(tanh);
    }
}

fn units_agree<T: Gates>(rows: usize, columns: usize) {
    let random = |len: usize, seed: u64| -> Vec<T> {
        let rng = &mut crate::network::seeded(seed);
        (0..len).map(|_| T::from_f64(2.0 * crate::network::init::uniform(rng) - 1.0)).collect()
    };
    let numbers = random(rows + rows * columns + 2 * columns, 1);
    let lengths = [columns, columns.div_ceil(3), rows, columns, columns, columns, columns, columns, columns];
    let results: Vec<Vec<T>> = lengths.iter().zip(2..).map(|(len, seed)| random(*len, seed)).collect();

    let mut expected = results.clone();
    All { rows, numbers: &numbers, found: &mut expected }.run(Plain);
    let compare = |unit: &str, found: &[Vec<T>]| {
        // Sums of so many products of random signs, rounded in two orders; the functions' own bounds
        // are tested below.
        let bound = T::EPSILON.to_f64() * (rows.max(columns) as f64 + 4.0) * 2.0;
        for (at, (found, expected)) in found.iter().flatten().zip(expected.iter().flatten()).enumerate() {
            let difference = (found.to_f64() - expected.to_f64()).abs();
            assert!(difference <= bound, "{unit}, {rows} x {columns}, {at}: {found} is not {expected}");
        }
    };
    let mut found = results.clone();
    recur(All { rows, numbers: &numbers, found: &mut found });
    compare("the best unit", &found);
    // Once more: the bits are the same.
    let mut again = results.clone();
    recur(All { rows, numbers: &numbers, found: &mut again });
    assert_eq!(found, again);

    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = pulp::x86::V3::try_new() {
        let mut found = results.clone();
        let all = All { rows, numbers: &numbers, found: &mut found };
        pulp::Simd::vectorize(simd, On::<T, _>(all, std::marker::PhantomData));
        compare("AVX2", &found);
    }
}

#[test]
fn units_agree_with_the_reference() {
    for rows in [1, 2, 3, 4, 5, 7, 8, 33] {
        for columns in [1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 33, 48, 63, 64, 65, 96, 129, 200] {
            units_agree::<f32>(rows, columns);
            units_agree::<f64>(rows, columns);
        }
    }
}

#[test]
fn bounds_of_the_functions() {
    // A unit in the last place is between one half and one of what is divided by here.
    let sigmoids = largest_error(sigmoid, |x| 1.0 / (1.0 + libm::exp(-x)), 87.0);
    let tanhs = largest_error(tanh, libm::tanh, 20.0);
    assert!(sigmoids < 2.0, "{sigmoids}");
    assert!(tanhs < 3.0, "{tanhs}");
}

#[test]
fn ends() {
    assert_eq!((sigmoid(f32::INFINITY), tanh(f32::INFINITY)), (1.0, 1.0));
    assert_eq!((tanh(f32::NEG_INFINITY), tanh(0.0)), (-1.0, 0.0));
    assert!((0.0..1e-37).contains(&sigmoid(f32::NEG_INFINITY)));
    assert_eq!(sigmoid(0.0), 0.5);
    assert!(sigmoid(f32::NAN).is_nan() && tanh(f32::NAN).is_nan());
}
