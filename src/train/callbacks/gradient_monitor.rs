//! The diagnostics of every epoch.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::Error;
use crate::train::callbacks::{ArrayNorms, Callback, CallbackState, Diagnostics, EpochEnd, Plan};

/// Keeps the sizes of gradients, weights and updates and the shares of silent units of every epoch:
/// where gradients vanish or explode and where units die, it shows.
///
/// Measuring takes time: three more walks over the parameters for each step, and inference on up to 256
/// samples for each epoch.
///
/// ```
/// use std::cell::RefCell;
/// use std::rc::Rc;
///
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<1, 8>, Relu, Dense<8, 1>];
/// let data = Dataset::new(vec![[0.0_f32], [0.5], [1.0]], vec![[0.0_f32], [0.25], [1.0]])?;
/// let monitor = Rc::new(RefCell::new(GradientMonitor::default()));
/// let mut trainer = Trainer::new(initialized::<Network>(1), MeanSquaredError, Sgd::new(0.1))
///     .callback(monitor.clone());
/// trainer.fit(&data, Fit::epochs(5))?;
///
/// let monitor = monitor.borrow();
/// assert_eq!(monitor.epochs().len(), 5);
/// assert_eq!(monitor.gradients("2.weight").map(|norms| norms.len()), Some(5));
/// if let Some(last) = monitor.epochs().last() {
///     println!("{last}");
/// }
/// # Ok::<(), typenet::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GradientMonitor {
    epochs: Vec<Diagnostics>,
}

impl GradientMonitor {
    /// What was measured, epoch by epoch.
    #[must_use]
    pub fn epochs(&self) -> &[Diagnostics] {
        &self.epochs
    }

    /// The mean norm of an array's gradient, epoch by epoch. `None` for an array that there is not.
    #[must_use]
    pub fn gradients(&self, array: &str) -> Option<Vec<f64>> {
        let found = |epoch: &Diagnostics| Some(epoch.arrays.iter().find(|found| found.name == array)?.gradient);
        self.epochs.iter().map(found).collect()
    }
}

impl<N> Callback<N> for GradientMonitor {
    fn name(&self) -> &'static str {
        "GradientMonitor"
    }

    fn start(&mut self, _: &Plan<'_>) -> Result<(), Error> {
        self.epochs.clear();
        Ok(())
    }

    fn epoch(&mut self, epoch: &mut EpochEnd<'_, N>) -> Result<(), Error> {
        self.epochs.extend(epoch.diagnostics.cloned());
        Ok(())
    }

    fn wants_diagnostics(&self) -> bool {
        true
    }

    fn save(&self, state: &mut CallbackState<N>) {
        let Some(first) = self.epochs.first() else { return };
        let names: Vec<&str> = first.arrays.iter().map(|array| array.name.as_str()).collect();
        state.set_text("arrays", names.join("\n"));
        let arrays = || self.epochs.iter().flat_map(|epoch| &epoch.arrays);
        state.set_series("gradient", arrays().map(|array| array.gradient));
        state.set_series("largest_gradient", arrays().map(|array| array.largest_gradient));
        state.set_series("weight", arrays().map(|array| array.weight));
        state.set_series("update", arrays().map(|array| array.update));
        state.set_count("layers", first.silent.len());
        state.set_series("silent", self.epochs.iter().flat_map(|epoch| epoch.silent.iter().copied()));
    }

    fn restore(&mut self, state: &CallbackState<N>) -> Result<(), Error> {
        let names: Vec<String> = state.text("arrays").unwrap_or_default().lines().map(String::from).collect();
        let series = |name| state.series(name).unwrap_or_default().iter().copied();
        let numbers = series("gradient").zip(series("largest_gradient")).zip(series("weight").zip(series("update")));
        let mut arrays =
            names.iter().cycle().zip(numbers).map(|(name, ((gradient, largest_gradient), (weight, update)))| {
                ArrayNorms { name: name.clone(), gradient, largest_gradient, weight, update }
            });
        let silent: Vec<f64> = series("silent").collect();
        let mut silent = silent.chunks(state.count("layers").max(1));
        self.epochs.clear();
        loop {
            let arrays: Vec<ArrayNorms> = arrays.by_ref().take(names.len()).collect();
            if arrays.is_empty() {
                return Ok(());
            }
            self.epochs.push(Diagnostics { arrays, silent: silent.next().unwrap_or_default().to_vec() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_survives_a_checkpoint() {
        let array = |name: &str, value: f64| ArrayNorms {
            name: name.into(),
            gradient: value,
            largest_gradient: value + 1.0,
            weight: value + 2.0,
            update: value + 3.0,
        };
        let epoch = |value: f64| Diagnostics {
            arrays: vec![array("0.weight", value), array("0.bias", value + 10.0)],
            silent: vec![value, value / 2.0, 0.0],
        };
        let monitor = GradientMonitor { epochs: vec![epoch(1.0), epoch(2.0), epoch(0.3)] };
        let mut state = CallbackState::<()>::default();
        monitor.save(&mut state);
        let mut restored = GradientMonitor { epochs: vec![epoch(7.0)] };
        restored.restore(&state).unwrap();
        assert_eq!(restored, monitor);
        let mut state = CallbackState::<()>::default();
        Callback::<()>::save(&GradientMonitor::default(), &mut state);
        restored.restore(&state).unwrap();
        assert_eq!(restored, GradientMonitor::default());
    }
}
