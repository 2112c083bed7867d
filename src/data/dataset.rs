//! Inputs and their targets.

use alloc::vec::Vec;

use crate::error::Error;
use crate::network::Sample;
use crate::network::batch::gather;

/// Inputs and their targets, always as many of the one as of the other.
///
/// ```
/// use typenet::prelude::*;
///
/// let data = Dataset::new(vec![[0.0_f32], [1.0], [2.0], [3.0]], vec![[1.0_f32], [3.0], [5.0], [7.0]])?;
/// let (train, test) = data.train_test_split(0.25, 1)?;
/// assert_eq!((train.len(), test.len()), (3, 1));
/// for (input, target) in train.iter() {
///     assert_eq!(target[0], 2.0 * input[0] + 1.0);
/// }
/// # Ok::<(), typenet::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset<X, Y> {
    inputs: Vec<X>,
    targets: Vec<Y>,
}

impl<X, Y> Default for Dataset<X, Y> {
    fn default() -> Self {
        Self { inputs: Vec::new(), targets: Vec::new() }
    }
}

impl<X: Sample, Y: Sample> Dataset<X, Y> {
    /// A data set from inputs and their targets.
    ///
    /// # Errors
    ///
    /// [`Error::Lengths`] where there are not as many targets as inputs.
    pub fn new(inputs: Vec<X>, targets: Vec<Y>) -> Result<Self, Error> {
        if inputs.len() == targets.len() {
            Ok(Self { inputs, targets })
        } else {
            Err(Error::Lengths { inputs: inputs.len(), targets: targets.len() })
        }
    }

    /// A data set from inputs and their targets, of which there are as many.
    #[cfg(feature = "image")]
    pub(super) fn of_pairs(inputs: Vec<X>, targets: Vec<Y>) -> Self {
        Self { inputs, targets }
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.inputs.len()
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.inputs.is_empty()
    }

    /// The inputs.
    pub fn inputs(&self) -> &[X] {
        &self.inputs
    }

    /// The inputs, to change: a scaler does.
    pub fn inputs_mut(&mut self) -> &mut [X] {
        &mut self.inputs
    }

    /// The targets.
    pub fn targets(&self) -> &[Y] {
        &self.targets
    }

    /// The targets, to change.
    pub fn targets_mut(&mut self) -> &mut [Y] {
        &mut self.targets
    }

    /// The inputs and the targets.
    pub fn into_parts(self) -> (Vec<X>, Vec<Y>) {
        (self.inputs, self.targets)
    }

    /// Each input with its target.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&X, &Y)> {
        self.inputs.iter().zip(&self.targets)
    }

    /// Adds a sample at the end.
    pub fn push(&mut self, input: X, target: Y) {
        self.push_copy(&input, &target);
    }

    /// As [`push`](Self::push), of a sample that may be too large for the stack.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let photo: Box<[[[f32; 224]; 224]; 3]> = typenet::bytemuck::zeroed_box();
    /// let mut data = Dataset::default();
    /// data.push_copy(&*photo, &0_u8);
    /// assert_eq!(data.len(), 1);
    /// ```
    pub fn push_copy(&mut self, input: &X, target: &Y) {
        self.inputs.extend_from_slice(core::slice::from_ref(input));
        self.targets.extend_from_slice(core::slice::from_ref(target));
    }

    /// The same, or an error where there is no memory.
    #[cfg(feature = "csv")]
    pub(super) fn try_push(&mut self, input: &X, target: &Y) -> Result<(), alloc::collections::TryReserveError> {
        self.inputs.try_reserve(1)?;
        self.targets.try_reserve(1)?;
        self.push_copy(input, target);
        Ok(())
    }

    /// The same targets for other inputs.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let data = Dataset::new(vec![[1.0_f32, 2.0, 3.0]], vec![0_u8])?;
    /// let first = data.map_inputs(|[x, ..]| [x]);
    /// assert_eq!(first.inputs(), [[1.0]]);
    /// # Ok::<(), typenet::Error>(())
    /// ```
    #[must_use]
    pub fn map_inputs<A: Sample>(self, f: impl FnMut(X) -> A) -> Dataset<A, Y> {
        Dataset { inputs: mapped(&self.inputs, f), targets: self.targets }
    }

    /// The same inputs with other targets.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let data = Dataset::new(vec![[0.5_f32], [1.5]], vec![0_u8, 3])?;
    /// let odd = data.map_targets(|class| [f32::from(class % 2)]);
    /// assert_eq!(odd.targets(), [[0.0], [1.0]]);
    /// # Ok::<(), typenet::Error>(())
    /// ```
    #[must_use]
    pub fn map_targets<B: Sample>(self, f: impl FnMut(Y) -> B) -> Dataset<X, B> {
        Dataset { targets: mapped(&self.targets, f), inputs: self.inputs }
    }

    /// The same inputs with other targets, where one may not exist.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let data = Dataset::new(vec![[0.5_f32], [1.5]], vec![0_usize, 2])?;
    /// let data = data.try_map_targets(one_hot::<f32, 3>)?;
    /// assert_eq!(data.targets(), [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]);
    /// # Ok::<(), typenet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The first one of `f`.
    pub fn try_map_targets<B: Sample, E>(self, mut f: impl FnMut(Y) -> Result<B, E>) -> Result<Dataset<X, B>, E> {
        let targets = self.targets.iter().map(|target| f(*target)).collect::<Result<_, E>>()?;
        Ok(Dataset { inputs: self.inputs, targets })
    }

    /// The samples at these places, in this order.
    pub(super) fn select(&self, places: &[usize]) -> Self {
        Self { inputs: gather(&self.inputs, places), targets: gather(&self.targets, places) }
    }

    /// The first `samples` and the rest, in order. All are in the first part where there are
    /// fewer.
    #[must_use]
    pub fn split_at(mut self, samples: usize) -> (Self, Self) {
        let at = samples.min(self.len());
        let rest = Self { inputs: self.inputs.split_off(at), targets: self.targets.split_off(at) };
        (self, rest)
    }
}

/// What becomes of each, which goes over the stack no oftener than the closure needs it.
fn mapped<A: Sample, B: Sample>(samples: &[A], mut f: impl FnMut(A) -> B) -> Vec<B> {
    let mut mapped = bytemuck::zeroed_vec(samples.len());
    for (place, sample) in mapped.iter_mut().zip(samples) {
        *place = f(*sample);
    }
    mapped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(samples: u16) -> Dataset<[f32; 1], u16> {
        Dataset::new((0..samples).map(|i| [f32::from(i)]).collect(), (0..samples).collect()).unwrap()
    }

    #[test]
    fn inputs_and_targets_pair_up() {
        assert_eq!(Dataset::new(vec![1.0_f32], vec![1_u8, 2]), Err(Error::Lengths { inputs: 1, targets: 2 }));
        let mut data = numbered(2);
        data.push([7.0], 8);
        data.inputs_mut()[0] = [5.0];
        data.targets_mut()[1] = 4;
        assert_eq!(data.iter().collect::<Vec<_>>(), [(&[5.0], &0), (&[1.0], &4), (&[7.0], &8)]);
        assert_eq!((data.len(), data.is_empty()), (3, false));
        assert!(Dataset::<f32, f32>::default().is_empty());
        assert_eq!(data.into_parts(), (vec![[5.0], [1.0], [7.0]], vec![0, 4, 8]));
    }

    #[test]
    fn parts_keep_the_order() {
        for (at, first) in [(0, 0), (2, 2), (5, 5), (6, 5)] {
            let (left, right) = numbered(5).split_at(at);
            assert_eq!((left.len(), right.len()), (first, 5 - first));
            let all: Vec<u16> = left.targets().iter().chain(right.targets()).copied().collect();
            assert_eq!(all, [0, 1, 2, 3, 4]);
            assert!(left.iter().chain(right.iter()).all(|(x, y)| x[0] == f32::from(*y)));
        }
    }

    #[test]
    fn maps_change_one_side() {
        let data = numbered(3).map_inputs(|[x]| [x, -x]).map_targets(|y| y + 1);
        assert_eq!(data.inputs(), [[0.0, 0.0], [1.0, -1.0], [2.0, -2.0]]);
        assert_eq!(data.targets(), [1, 2, 3]);
        let error = numbered(3).try_map_targets(|y| crate::data::one_hot::<f32, 2>(y.into())).unwrap_err();
        assert_eq!(error, Error::Class { class: 2, classes: 2 });
    }
}
