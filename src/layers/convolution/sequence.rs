//! Convolution over sequences: what [`Conv1d`](crate::layers::Conv1d) and [`CausalConv1d`](crate::layers::CausalConv1d)
//! share.

use crate::kernel::rows::{in_blocks, in_blocks_mut, in_rows, in_rows_mut};
use crate::network::Scalar;

/// Windows that go through the product at once.
pub(super) const BLOCK: usize = 8;

/// Room for them.
pub(super) type Windows<const KERNEL: usize, const IN: usize, T> = [[[T; IN]; KERNEL]; BLOCK];

/// From a batch to a sequence, to the product.
pub(super) const CALLS: usize = 2;

/// The sizes of a convolution over a sequence.
#[derive(Clone, Copy)]
pub(super) struct Sequence {
    pub kernel: usize,
    pub stride: usize,
    /// Steps of zeros before the first.
    pub before: usize,
    pub dilation: usize,
    pub steps: usize,
    /// Features of a step.
    pub inputs: usize,
    pub outputs: usize,
    pub groups: usize,
}

impl Sequence {
    /// The step that place `place` of window `window` looks at.
    fn step(&self, window: usize, place: usize) -> Option<usize> {
        let step = (window * self.stride + place * self.dilation).checked_sub(self.before)?;
        (step < self.steps).then_some(step)
    }

    /// The features of that step; empty beyond the ends.
    fn features<'a, T>(&self, input: &'a [T], window: usize, place: usize) -> &'a [T] {
        let Some(step) = self.step(window, place) else { return &[] };
        input.get(step * self.inputs..(step + 1) * self.inputs).unwrap_or_default()
    }

    /// Copies windows from `first` on, one after the other.
    fn gather<T: Scalar>(&self, input: &[T], first: usize, windows: &mut [T]) {
        for (window, places) in in_rows_mut(windows, self.kernel * self.inputs).enumerate() {
            for (place, features) in in_rows_mut(places, self.inputs).enumerate() {
                match self.features(input, first + window, place) {
                    [] => features.fill(T::ZERO),
                    found => features.iter_mut().zip(found).for_each(|(to, from)| *to = *from),
                }
            }
        }
    }

    /// Adds windows from `first` on to the steps that they came from.
    fn scatter<T: Scalar>(&self, windows: &[T], first: usize, input_gradient: &mut [T]) {
        for (window, places) in in_rows(windows, self.kernel * self.inputs).enumerate() {
            for (place, features) in in_rows(places, self.inputs).enumerate() {
                let Some(step) = self.step(first + window, place) else { continue };
                let sums = input_gradient.get_mut(step * self.inputs..).unwrap_or_default();
                for (sum, g) in sums.iter_mut().zip(features) {
                    *sum += *g;
                }
            }
        }
    }

    /// One sequence, with room for [`BLOCK`] windows. The weight is `[place][inputs / groups][outputs]`.
    pub(super) fn forward<T: Scalar>(
        &self,
        (weight, bias): (&[T], &[T]),
        input: &[T],
        room: &mut [T],
        output: &mut [T],
    ) {
        let outputs = self.outputs.max(1);
        if self.groups == 1 {
            for (block, output) in in_blocks_mut(output, BLOCK * outputs).enumerate() {
                let windows = room.get_mut(..output.len() / outputs * self.kernel * self.inputs).unwrap_or_default();
                self.gather(input, block * BLOCK, windows);
                T::affine(windows, weight, bias, outputs, output);
            }
            return;
        }
        for (window, output) in in_rows_mut(output, outputs).enumerate() {
            output.fill(T::ZERO);
            output.iter_mut().zip(bias).for_each(|(y, b)| *y = *b);
            self.each_row(weight.len(), |place, input_at, columns, row| {
                let Some(x) = self.features(input, window, place).get(input_at) else { return };
                let weights = weight.get(row..).unwrap_or_default();
                for (y, w) in output.iter_mut().zip(weights).skip(columns).take(self.outputs / self.groups) {
                    *y += *x * *w;
                }
            });
        }
    }

    /// The backward pass of one sequence.
    pub(super) fn backward<T: Scalar>(
        &self,
        weight: &[T],
        (input, output_gradient): (&[T], &[T]),
        room: &mut [T],
        mut input_gradient: Option<&mut [T]>,
        (by_weight, by_bias): (&mut [T], &mut [T]),
    ) {
        let outputs = self.outputs.max(1);
        if let Some(input_gradient) = &mut input_gradient {
            input_gradient.fill(T::ZERO);
        }
        if self.groups == 1 {
            for (block, gradient) in in_blocks(output_gradient, BLOCK * outputs).enumerate() {
                let windows = room.get_mut(..gradient.len() / outputs * self.kernel * self.inputs).unwrap_or_default();
                self.gather(input, block * BLOCK, windows);
                T::weight_gradient(windows, gradient, outputs, by_weight, by_bias);
                if let Some(input_gradient) = &mut input_gradient {
                    T::input_gradient(gradient, weight, self.outputs, windows);
                    self.scatter(windows, block * BLOCK, input_gradient);
                }
            }
            return;
        }
        let width = self.outputs / self.groups.max(1);
        for (window, gradient) in in_rows(output_gradient, outputs).enumerate() {
            for (sum, g) in by_bias.iter_mut().zip(gradient) {
                *sum += *g;
            }
            self.each_row(weight.len(), |place, input_at, columns, row| {
                let Some(x) = self.features(input, window, place).get(input_at) else { return };
                let gradient = gradient.iter().skip(columns).take(width);
                let sums = by_weight.get_mut(row + columns..).unwrap_or_default();
                for (sum, g) in sums.iter_mut().zip(gradient.clone()) {
                    *sum += *x * *g;
                }
                let at = self.step(window, place).map_or(usize::MAX, |step| step * self.inputs + input_at);
                if let Some(dx) = input_gradient.as_mut().and_then(|gradient| gradient.get_mut(at)) {
                    for (w, g) in weight.get(row + columns..).unwrap_or_default().iter().zip(gradient) {
                        *dx += *w * *g;
                    }
                }
            });
        }
    }

    /// Every row of the weight, for every group: the place in the window, the input, the group's first output and
    /// where the row starts.
    fn each_row(&self, len: usize, mut run: impl FnMut(usize, usize, usize, usize)) {
        let (width, height) = (self.outputs / self.groups.max(1), self.inputs / self.groups.max(1));
        for (at, row) in (0..len).step_by(self.outputs.max(1)).enumerate() {
            let (place, input) = (at / height.max(1), at % height.max(1));
            for group in 0..self.groups {
                run(place, group * height + input, group * width, row);
            }
        }
    }
}
