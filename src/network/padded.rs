//! Sequences of different lengths in one type.

use core::fmt;

use crate::error::Error;
use crate::network::batch::{first, first_mut};
use crate::network::extent::Extent;
use crate::network::tensor::{Sample, Zero};

/// A sequence of at most `STEPS` steps, in the place of `[X; STEPS]`: its own steps stand in front, the rest is padding,
/// which is zero. It is what Keras' `mask_zero` and `Masking`, and PyTorch's `pack_padded_sequence`,
/// `key_padding_mask`, `padding_idx` and `ignore_index` are for: the length travels with the sequence.
///
/// As an input, layers make of it what they make of the sequence without its padding: no step of padding is read, and
/// none has a derivative. [`Embedding`](crate::layers::Embedding), [`TimeDistributed`](crate::layers::TimeDistributed),
/// [`LayerNorm`](crate::layers::LayerNorm), positions, attention, [`Residual`](crate::layers::Residual),
/// [`ReturnSequences`](crate::layers::ReturnSequences) and [`Bidirectional`](crate::layers::Bidirectional) pass the length
/// on; [`Rnn`](crate::layers::Rnn), [`Gru`](crate::layers::Gru) and [`Lstm`](crate::layers::Lstm) give the output of the
/// last step, [`GlobalAveragePool`](crate::layers::GlobalAveragePool) and
/// [`GlobalMaxPool`](crate::layers::GlobalMaxPool) look at the steps there are, and [`Unmask`](crate::layers::Unmask) makes
/// an array of it. To any other layer it is a wrong shape, which does not compile. Of a sequence without a step,
/// recurrent layers and poolings give zero.
///
/// As a target of [`PerStep`](crate::losses::PerStep) it says which steps of the output count.
///
/// ```
/// use typenet::prelude::*;
///
/// // Words of at most 12 letters.
/// type Network = Sequential![Embedding<27, 8>, Bidirectional<Gru<8, 16>>, Dense<32, 1>];
/// let network = initialized::<Network>(1);
/// let (short, padded): (Padded<u8, 4>, Padded<u8, 12>) = (Padded::new(&[3, 1, 20])?, Padded::new(&[3, 1, 20])?);
/// let (mut one, mut other) = ([[0.0]], [[0.0]]);
/// network.forward(&[short], &mut one);
/// network.forward(&[padded], &mut other);
/// assert_eq!(one, other); // whatever the padding
///
/// // From arrays that are padded already, in front or behind.
/// assert_eq!(padded, Padded::trimmed(&[0, 0, 3, 1, 20], &0)?);
/// # Ok::<(), typenet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Zeroable)]
pub struct Padded<X, const STEPS: usize> {
    /// At most `STEPS`.
    length: usize,
    steps: [X; STEPS],
}

impl<X: Sample, const STEPS: usize> Padded<X, STEPS> {
    /// A sequence of these steps.
    ///
    /// # Errors
    ///
    /// [`Error::TooManySteps`] where there are more than `STEPS`: which of them to leave out is for the caller to say.
    pub fn new(steps: &[X]) -> Result<Self, Error> {
        if steps.len() > STEPS {
            return Err(Error::TooManySteps { steps: steps.len(), capacity: STEPS });
        }
        let mut padded = Self::ZERO;
        padded.resize(steps.len()).copy_from_slice(steps);
        Ok(padded)
    }

    /// The sequence that is left where steps of `padding` are cut off in front and behind.
    ///
    /// # Errors
    ///
    /// [`Error::PaddingWithin`] where a step of padding is between two others; [`Error::TooManySteps`] where more than
    /// `STEPS` are left.
    pub fn trimmed(steps: &[X], padding: &X) -> Result<Self, Error>
    where
        X: PartialEq,
    {
        let start = steps.iter().take_while(|step| *step == padding).count();
        let steps = steps.get(start..).unwrap_or_default();
        let end = steps.iter().rev().take_while(|step| *step == padding).count();
        let steps = first(steps, steps.len().saturating_sub(end));
        match steps.iter().position(|step| step == padding) {
            Some(within) => Err(Error::PaddingWithin { step: start.saturating_add(within) }),
            None => Self::new(steps),
        }
    }

    /// The steps there are.
    #[inline]
    pub fn steps(&self) -> &[X] {
        first(&self.steps, self.length)
    }

    /// The steps there are, to change: `scaler.transform(sequence.steps_mut())`.
    #[inline]
    pub fn steps_mut(&mut self) -> &mut [X] {
        first_mut(&mut self.steps, self.length)
    }

    /// All places, those of padding too.
    pub(crate) const fn array(&self) -> &[X; STEPS] {
        &self.steps
    }

    /// All places, to write to before [`resize`](Self::resize) says how many count.
    pub(crate) const fn array_mut(&mut self) -> &mut [X; STEPS] {
        &mut self.steps
    }

    /// Makes it as long as this, and all behind it padding. Its steps, to write to.
    #[inline]
    pub(crate) fn resize(&mut self, length: usize) -> &mut [X] {
        self.length = length.min(STEPS);
        if let Some((steps, padding)) = self.steps.split_at_mut_checked(self.length) {
            padding.fill(X::ZERO);
            return steps;
        }
        &mut []
    }
}

impl<X: Sample, const STEPS: usize> AsRef<[X]> for Padded<X, STEPS> {
    #[inline]
    fn as_ref(&self) -> &[X] {
        self.steps()
    }
}

impl<X: Sample, const STEPS: usize> AsMut<[X]> for Padded<X, STEPS> {
    #[inline]
    fn as_mut(&mut self) -> &mut [X] {
        self.steps_mut()
    }
}

impl<X: Zero, const STEPS: usize> Zero for Padded<X, STEPS> {
    const ZERO: Self = Self { length: 0, steps: Zero::ZERO };
}

impl<X: Sample, const STEPS: usize> Sample for Padded<X, STEPS> {
    fn write_dimensions(f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, ", up to {STEPS}")?;
        X::write_dimensions(f)
    }

    fn accumulate(sum: &mut [Self], summand: &[Self]) {
        for (sum, summand) in sum.iter_mut().zip(summand) {
            // Padding is zero.
            X::accumulate(&mut sum.steps, &summand.steps);
        }
    }

    fn extent(samples: &[Self]) -> Extent {
        samples.iter().fold(Extent::EMPTY, |extent, sample| extent.and(X::extent(sample.steps())))
    }

    const UNITS: usize = STEPS * X::UNITS;

    fn mark_nonzero(&self, marks: &mut [bool]) {
        self.steps.mark_nonzero(marks);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Shape;

    type Letters = Padded<u8, 4>;

    #[test]
    fn sequences_of_any_length_there_is_room_for() {
        for length in 0..=4 {
            let steps = &[7, 8, 9, 10][..length];
            let padded = Letters::new(steps).unwrap();
            assert_eq!(padded.steps(), steps);
            assert!(padded.array()[length..].iter().all(|step| *step == 0));
        }
        let error = Letters::new(&[1; 5]).unwrap_err();
        assert_eq!(error, Error::TooManySteps { steps: 5, capacity: 4 });
        assert_eq!(error.to_string(), "a sequence has 5 steps, but its type has room for 4");
        assert_eq!(Letters::ZERO, Letters::new(&[]).unwrap());
    }

    #[test]
    fn padding_is_cut_off_at_both_ends() {
        let trimmed = |steps: &[u8]| Letters::trimmed(steps, &0).map(|padded| padded.steps().to_vec());
        assert_eq!(trimmed(&[0, 0, 0, 5, 6]), Ok(vec![5, 6]));
        assert_eq!(trimmed(&[5, 6, 0, 0, 0]), Ok(vec![5, 6]));
        assert_eq!(trimmed(&[0, 5, 0]), Ok(vec![5]));
        assert_eq!(trimmed(&[0; 9]), Ok(vec![]));
        assert_eq!(trimmed(&[]), Ok(vec![]));
        assert_eq!(trimmed(&[1, 2, 3, 4, 5]), Err(Error::TooManySteps { steps: 5, capacity: 4 }));
        let error = trimmed(&[0, 5, 6, 0, 7, 0]).unwrap_err();
        assert_eq!(error, Error::PaddingWithin { step: 3 });
        assert!(error.to_string().starts_with("step 3 of a sequence is padding, but steps before and behind it"));
        let rows = Padded::<[f32; 2], 3>::trimmed(&[[-1.0, 0.0], [-1.0; 2]], &[-1.0; 2]).unwrap();
        assert_eq!(rows.steps(), [[-1.0, 0.0]]);
    }

    #[test]
    fn shorter_is_padded_again() {
        let mut padded = Letters::new(&[1, 2, 3]).unwrap();
        padded.steps_mut()[0] = 9;
        padded.resize(2);
        assert_eq!(padded, Letters::new(&[9, 2]).unwrap());
        assert_eq!(padded.resize(99).len(), 4);
    }

    #[test]
    fn what_a_sample_does() {
        assert_eq!(Shape::<Padded<[f32; 2], 9>>::NEW.to_string(), "(_, up to 9, 2)");
        let mut sum = [Padded::<[f32; 1], 3>::new(&[[1.0], [2.0]]).unwrap()];
        Sample::accumulate(&mut sum, &[Padded::new(&[[10.0], [20.0]]).unwrap()]);
        assert_eq!(sum[0].steps(), [[11.0], [22.0]]);
        assert_eq!((Sample::extent(&sum).low, Sample::extent(&sum).high), (11.0, 22.0));
        let mut marks = [false; 3];
        sum[0].mark_nonzero(&mut marks);
        assert_eq!((marks, <Padded<[f32; 1], 3> as Sample>::UNITS), ([true, true, false], 3));
    }
}
