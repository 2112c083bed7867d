//! The fast forms against the plain ones, and these by hand.

use super::{Correlation, Geometry, reference};

#[cfg(feature = "simd")]
mod fast {
    use super::super::block::{Correlate, Multiply};
    use super::super::{Products, Strides};
    use super::{Correlation, Geometry, geometry, reference};
    use crate::kernel::lanes::Lanes;
    #[cfg(target_arch = "x86_64")]
    use crate::kernel::tests::Avx2;
    use crate::kernel::tests::{Best, Unit};
    use crate::network::init::uniform;
    use crate::network::seeded;

    /// Random values in [-1, 1).
    fn random<T: Lanes>(len: usize, seed: u64) -> Vec<T> {
        let mut rng = seeded(seed);
        (0..len).map(|_| T::from_f64(2.0 * uniform(&mut rng) - 1.0)).collect()
    }

    /// The bound is that of sums of `terms` products below 1, summed in two orders.
    fn compare<T: Lanes>(what: &str, terms: usize, found: &[T], expected: &[T]) {
        let bound = T::EPSILON.to_f64() * (terms as f64 + 2.0) * 2.0;
        assert_eq!(found.len(), expected.len());
        for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
            assert!(
                (found.to_f64() - expected.to_f64()).abs() <= bound,
                "{what}, element {at}: {found}, not {expected}"
            );
        }
    }

    fn check<U: Unit, T: Lanes>(geometry: Geometry, inputs: usize, outputs: usize) {
        let what = &format!("{geometry:?}, {inputs} to {outputs}");
        let source = random::<T>(inputs * geometry.channel(), 1);
        let (weight, bias) = (random::<T>(inputs * 9 * outputs, 2), random::<T>(outputs, 3));
        let taps = geometry.taps::<3>();
        let task = Correlation {
            source: &source,
            first: 0,
            channels: inputs,
            channel: geometry.channel(),
            taps: taps.as_flattened(),
            backwards: false,
            weight: &weight,
            columns: outputs,
            places: 9,
            column: 0,
            bias: Some(&bias),
            grid: geometry.grid(),
        };
        // What is not overwritten is seen: it stays not-a-number.
        let mut found = vec![T::from_f64(f64::NAN); outputs * geometry.out_area()];
        let mut expected = found.clone();
        U::run(Correlate { task: &task, result: &mut found });
        reference::correlate(&task, &mut expected);
        compare(what, inputs * 9, &found, &expected);

        let mut spread = vec![T::ZERO; (outputs + 1) * geometry.plane()];
        geometry.fill_spread(&random::<T>(outputs * geometry.out_area(), 4), &mut spread);
        let products = Products {
            source: &source,
            channel: geometry.channel(),
            taps: taps.as_flattened(),
            spread: &spread[geometry.plane()..],
            plane: geometry.plane(),
            planes: outputs,
            pitch: geometry.pitch,
            rows: geometry.out_height,
            used: geometry.out_width,
        };
        let strides = Strides { channel: 9 * outputs, place: outputs, plane: 1 };
        // Both add to what is there.
        let (mut found, mut found_bias) = (weight.clone(), bias.clone());
        let (mut expected, mut expected_bias) = (weight.clone(), bias.clone());
        U::run(Multiply { task: &products, strides, gradient: &mut found, bias: &mut found_bias });
        reference::products(&products, strides, &mut expected, &mut expected_bias);
        compare(what, geometry.out_area(), &found, &expected);
        compare(what, geometry.out_area(), &found_bias, &expected_bias);

        // Back, in each of the planes that the stride makes.
        for (down, right) in (0..geometry.stride).flat_map(|down| (0..geometry.stride).map(move |right| (down, right)))
        {
            let (taps, count) = geometry.taps_of_phase::<3>(down, right);
            let task = Correlation {
                source: &spread,
                first: geometry.plane(),
                channels: outputs,
                channel: geometry.plane(),
                taps: &taps.as_flattened()[..count],
                backwards: true,
                columns: inputs,
                bias: None,
                grid: geometry.grid_of_phase(down, right),
                ..task
            };
            let mut found = vec![T::ZERO; inputs * geometry.area()];
            let mut expected = found.clone();
            U::run(Correlate { task: &task, result: &mut found });
            reference::correlate(&task, &mut expected);
            compare(what, outputs * 9, &found, &expected);
        }
    }

    /// Planes of less than a vector, of whole vectors and with odd ends; outputs of whole tiles and vectors and with
    /// some left.
    fn agrees<U: Unit, T: Lanes>() {
        for (height, width) in [(3, 3), (4, 5), (5, 18), (9, 10), (13, 13), (19, 28), (7, 66)] {
            for (inputs, outputs) in [(1, 1), (2, 4), (3, 5), (1, 8), (5, 3), (2, 16), (1, 21)] {
                for (stride, padding) in [(1, 0), (1, 1), (2, 1), (3, 2)] {
                    check::<U, T>(geometry(height, width, stride, padding), inputs, outputs);
                }
            }
        }
    }

    #[test]
    fn the_best_unit_agrees_with_the_plain_form() {
        agrees::<Best, f32>();
        agrees::<Best, f64>();
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn avx2_agrees_with_the_plain_form() {
        agrees::<Avx2, f32>();
        agrees::<Avx2, f64>();
    }
}

fn geometry(height: usize, width: usize, stride: usize, padding: usize) -> Geometry {
    let length = |side: usize| (side + 2 * padding - 3) / stride + 1;
    Geometry {
        kernel: 3,
        stride,
        padding,
        dilation: 1,
        height,
        width,
        out_height: length(height),
        out_width: length(width),
        rows: (height + 2 * padding).div_ceil(stride),
        pitch: (width + 2 * padding).div_ceil(stride),
    }
}

#[test]
fn the_plain_form_by_hand() {
    // An image of 3x3 and a window of 3x3: one sum of products, 1 x 9 + 2 x 8 + .. + 9 x 1 = 165.
    let image: Vec<f64> = (1..=9).map(f64::from).collect();
    let weight: Vec<f64> = (1..=9).rev().map(f64::from).collect();
    let geometry = geometry(3, 3, 1, 0);
    let taps = geometry.taps::<3>();
    let task = Correlation {
        source: &image,
        first: 0,
        channels: 1,
        channel: 9,
        taps: taps.as_flattened(),
        backwards: false,
        weight: &weight,
        columns: 1,
        places: 9,
        column: 0,
        bias: Some(&[0.5]),
        grid: geometry.grid(),
    };
    let mut result = [0.0];
    reference::correlate(&task, &mut result);
    assert_eq!(result, [165.5]);
}
