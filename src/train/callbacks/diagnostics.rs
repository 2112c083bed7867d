//! What the steps of an epoch did to each array of a network.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use crate::network::{Entry, Layer, Parameters, Path, Sample, Scalar, Walker, Watch};
use crate::train::Probe;

/// The sizes of gradients, weights and updates in one epoch, and the units that were silent.
///
/// ```
/// use typenet::prelude::*;
///
/// let array =
///     ArrayNorms { name: "0.weight".into(), gradient: 0.5, largest_gradient: 2.0, weight: 4.0, update: 0.001 };
/// let diagnostics = Diagnostics { arrays: vec![array], silent: vec![0.25] };
/// assert_eq!(
///     diagnostics.to_string(),
///     "array         gradient    largest     weight     update  update/weight\n\
///      0.weight      5.000e-1    2.000e0    4.000e0   1.000e-3       2.500e-4\n\
///      layer 0: 25 % of its units silent"
/// );
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagnostics {
    /// One for each trained array, in the order of the layers.
    pub arrays: Vec<ArrayNorms>,
    /// For each layer, the share of its units that are silent: that are 0 for each of the first 256
    /// training samples, in inference, after the epoch. A unit is one number of the layer's output.
    /// Behind [`Relu`](crate::activations::Relu), a unit that stays silent is dead: it trains no more.
    pub silent: Vec<f64>,
}

/// The sizes of one trained array and of what changed it, as Euclidean norms.
///
/// Where gradients vanish, those of the first layers are smaller than those of the last ones by powers
/// of ten; where they explode, [`largest_gradient`](Self::largest_gradient) is far beyond the mean.
///
/// ```
/// use typenet::prelude::*;
///
/// let array = ArrayNorms { weight: 4.0, update: 0.001, ..ArrayNorms::default() };
/// assert_eq!(array.ratio(), 0.00025);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArrayNorms {
    /// The array's name, such as `0.weight`.
    pub name: String,
    /// The norm of the gradient, before any clipping: the mean over the steps of the epoch.
    pub gradient: f64,
    /// The largest norm of the gradient.
    pub largest_gradient: f64,
    /// The norm of the array before each step, the mean over the steps.
    pub weight: f64,
    /// The norm of what the steps added, the mean over them.
    pub update: f64,
}

impl ArrayNorms {
    /// The update in relation to the weight. Around 0.001 is healthy; not-a-number for an array of zeros
    /// that stays so.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.update / self.weight
    }
}

/// A table of the arrays, and a line for each layer with silent units.
impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.arrays.iter().map(|array| array.name.chars().count()).max().unwrap_or(0).max(10);
        write!(
            f,
            "{:width$}  {:>10} {:>10} {:>10} {:>10}  {:>13}",
            "array", "gradient", "largest", "weight", "update", "update/weight"
        )?;
        for array in &self.arrays {
            let ArrayNorms { name, gradient, largest_gradient, weight, update } = array;
            let ratio = array.ratio();
            write!(
                f,
                "\n{name:width$}  {gradient:>10.3e} {largest_gradient:>10.3e} {weight:>10.3e} {update:>10.3e}  {ratio:>13.3e}"
            )?;
        }
        for (layer, share) in self.silent.iter().enumerate().filter(|(_, share)| **share > 0.0) {
            write!(f, "\nlayer {layer}: {:.0} % of its units silent", 100.0 * share)?;
        }
        Ok(())
    }
}

/// Gathers [`Diagnostics`] step by step.
#[derive(Debug, Default)]
pub(crate) struct Gauge {
    /// Sums over the steps.
    arrays: Vec<ArrayNorms>,
    steps: f64,
    /// The parameters before the step.
    before: Vec<f64>,
}

impl Gauge {
    /// The means of an epoch, for a new one to begin.
    pub fn take(&mut self) -> Diagnostics {
        let mut arrays = core::mem::take(&mut self.arrays);
        for array in &mut arrays {
            array.gradient /= self.steps;
            array.weight /= self.steps;
            array.update /= self.steps;
        }
        self.steps = 0.0;
        Diagnostics { arrays, silent: Vec::new() }
    }
}

impl Probe for Gauge {
    fn before<N: Parameters>(&mut self, network: &mut N, gradient: &mut N::Gradient) {
        self.steps += 1.0;
        self.before.clear();
        network.walk([gradient], &Path::ROOT, &mut Before { gauge: self, place: 0 });
    }

    fn after<N: Parameters>(&mut self, network: &mut N, gradient: &mut N::Gradient) {
        let Self { arrays, before, .. } = self;
        let (arrays, before) = (arrays.iter_mut(), before.iter());
        network.walk([gradient], &Path::ROOT, &mut After { arrays, before });
    }
}

fn norm(values: impl Iterator<Item = f64>) -> f64 {
    libm::sqrt(values.map(|value| value * value).sum())
}

struct Before<'a> {
    gauge: &'a mut Gauge,
    place: usize,
}

impl Walker<1> for Before<'_> {
    fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T], [gradient]: [&mut [T]; 1]) {
        self.gauge.before.extend(values.iter().map(|value| value.to_f64()));
        if self.gauge.arrays.len() == self.place {
            self.gauge.arrays.push(ArrayNorms { name: entry.to_string(), ..ArrayNorms::default() });
        }
        if let Some(array) = self.gauge.arrays.get_mut(self.place) {
            let size = norm(gradient.iter().map(|g| g.to_f64()));
            array.gradient += size;
            array.largest_gradient = array.largest_gradient.max(size);
            array.weight += norm(values.iter().map(|value| value.to_f64()));
        }
        self.place += 1;
    }
}

struct After<'a> {
    arrays: core::slice::IterMut<'a, ArrayNorms>,
    before: core::slice::Iter<'a, f64>,
}

impl Walker<1> for After<'_> {
    fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, values: &mut [T], _: [&mut [T]; 1]) {
        let change = norm(values.iter().zip(&mut self.before).map(|(after, before)| after.to_f64() - before));
        if let Some(array) = self.arrays.next() {
            array.update += change;
        }
    }
}

/// For each layer, the share of units that are 0 for all of these samples.
pub(crate) fn silent_shares<N: Layer<X>, X: Sample>(network: &N, inputs: &[X]) -> Vec<f64> {
    let mut output: Vec<N::Output> = bytemuck::zeroed_vec(1);
    let mut marks = Marks { layers: alloc::vec![Vec::new(); N::DEPTH], next: 0 };
    // One at a time: of several, networks in networks may take groups of different sizes.
    for input in inputs {
        network.forward_watched(core::slice::from_ref(input), &mut output, &mut marks);
    }
    let share = |layer: &Vec<bool>| layer.iter().filter(|mark| !**mark).count() as f64 / layer.len().max(1) as f64;
    marks.layers.iter().map(share).collect()
}

/// Which units of each layer were not 0.
struct Marks {
    layers: Vec<Vec<bool>>,
    next: usize,
}

impl Watch for Marks {
    fn activation<Y: Sample>(&mut self, samples: &[Y]) {
        // Each sample goes through all layers.
        if let Some(marks) = self.layers.get_mut(self.next) {
            marks.resize(Y::UNITS, false);
            samples.iter().for_each(|sample| sample.mark_nonzero(marks));
        }
        self.next = (self.next + 1) % self.layers.len().max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[test]
    fn layers_of_a_wide_network_in_a_narrow_one_are_told_apart() {
        // The inner chain goes by 4 samples, the outer one by 16.
        type Inner = Chain<Dense<1, 200>, Dense<200, 1>>;
        let mut network = alloc::boxed::Box::new(<Sequential![Inner, Relu, Dense<1, 3>]>::ZERO);
        network.0.1.bias[0] = 1.0;
        assert_eq!(silent_shares(&*network, &[[1.0]; 20]), [1.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn units_are_silent_where_all_samples_are_zero() {
        type Network = Sequential![Dense<1, 4>, Relu, Dense<4, 1>];
        let mut network = Network::ZERO;
        // Rows of the weight are inputs: units give x, -x, 0 and 1.
        for (unit, (weight, bias)) in [(1.0, 0.0), (-1.0, 0.0), (0.0, -1.0), (0.0, 1.0)].into_iter().enumerate() {
            network.0.weight[unit] = weight;
            network.0.bias[unit] = bias;
        }
        let positive: Vec<[f32; 1]> = (1..=100).map(|x| [x as f32]).collect();
        // x and 1 are heard, -x and -1 are not; the last layer gives 0 throughout.
        assert_eq!(silent_shares(&network, &positive), [0.0, 0.5, 1.0]);
        let mut both = positive;
        both[70] = [-1.0];
        assert_eq!(silent_shares(&network, &both), [0.0, 0.25, 1.0]);
    }

    #[test]
    fn norms_of_two_steps_by_hand() {
        let mut gauge = Gauge::default();
        let mut layer = Dense::<1, 2>::ZERO;
        let mut gradient = Dense::<1, 2>::ZERO;
        for (g, w) in [([3.0, 4.0], [0.0, 0.0]), ([0.6, 0.8], [5.0, 12.0])] {
            layer.weight.as_mut_slice().copy_from_slice(&w);
            gradient.weight.as_mut_slice().copy_from_slice(&g);
            gauge.before(&mut layer, &mut gradient);
            layer.weight[0] += 0.5;
            gradient.weight.fill(0.0);
            gauge.after(&mut layer, &mut gradient);
        }
        let expected = ArrayNorms {
            name: "weight".into(),
            gradient: (5.0 + 1.0) / 2.0,
            largest_gradient: 5.0,
            weight: 13.0 / 2.0,
            update: 0.5,
        };
        let found = gauge.take();
        // 0.6 and 0.8 are rounded to f32.
        assert!((found.arrays[0].gradient - expected.gradient).abs() < 1e-7, "{found:?}");
        assert_eq!(ArrayNorms { gradient: 3.0, ..found.arrays[0].clone() }, expected);
        assert_eq!(found.arrays[1], ArrayNorms { name: "bias".into(), ..ArrayNorms::default() });
        assert!(found.arrays[1].ratio().is_nan());
        assert_eq!(gauge.take(), Diagnostics::default());
    }
}
