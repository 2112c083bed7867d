//! Shuffling, and splits into training, validation and test samples.

use alloc::vec::Vec;
use core::cmp::Reverse;

use rand::Rng;

use crate::data::{Dataset, Stratify};
use crate::error::Error;
use crate::network::Sample;

impl<X: Sample, Y: Sample> Dataset<X, Y> {
    /// Puts the samples in random order: the same for the same seed, on every machine.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let mut data = Dataset::new(vec![[0.0_f32], [1.0], [2.0]], vec![0_u8, 1, 2])?;
    /// data.shuffle(1);
    /// // Inputs and targets stay together.
    /// assert!(data.iter().all(|(input, target)| input[0] == f32::from(*target)));
    /// # Ok::<(), typenet::Error>(())
    /// ```
    pub fn shuffle(&mut self, seed: u64) {
        *self = self.select(&self.random_order(seed));
    }

    /// The places of all samples, in random order.
    pub(super) fn random_order(&self, seed: u64) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.len()).collect();
        shuffle(&mut order, &mut crate::network::seeded(seed));
        order
    }

    /// The first samples for training and the last ones for validation, in order, as Keras'
    /// `validation_split` takes them: before any shuffling. Of `n` samples `n (1 - fraction)` are
    /// for training, rounded down.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let data = Dataset::new(vec![[0.0_f32], [1.0], [2.0], [3.0]], vec![0_u8, 1, 2, 3])?;
    /// let (training, validation) = data.split_validation(0.25)?;
    /// assert_eq!((training.targets(), validation.targets()), (&[0, 1, 2][..], &[3][..]));
    /// # Ok::<(), typenet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Empty`] without samples; [`Error::Setting`] for a fraction outside `(0, 1)` or one
    /// that leaves a side without samples.
    pub fn split_validation(self, fraction: f64) -> Result<(Self, Self), Error> {
        let at = validation_start(self.len(), fraction)?;
        Ok(self.split_at(at))
    }

    /// Two parts in random order, for training and for testing. The test part has
    /// `test_fraction` of the samples, rounded up, as in scikit-learn.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let data = Dataset::new(vec![[0.5_f32]; 10], vec![[1.0_f32]; 10])?;
    /// let (train, test) = data.train_test_split(0.25, 1)?;
    /// assert_eq!((train.len(), test.len()), (7, 3));
    /// # Ok::<(), typenet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Empty`] without samples; [`Error::Setting`] for a fraction outside `(0, 1)` or one
    /// that leaves a side without samples.
    pub fn train_test_split(&self, test_fraction: f64, seed: u64) -> Result<(Self, Self), Error> {
        let train_samples = self.train_samples(test_fraction)?;
        let order = self.random_order(seed);
        let (train, test) = order.split_at(train_samples);
        Ok((self.select(train), self.select(test)))
    }

    /// As [`train_test_split`](Self::train_test_split), with the same proportions of classes on
    /// both sides, as near as whole samples allow.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let data = Dataset::new(vec![[0.5_f32]; 10], vec![0_u8, 1, 0, 0, 1, 0, 0, 1, 0, 1])?;
    /// let (train, test) = data.train_test_split_stratified(0.5, 7)?;
    /// assert_eq!(train.targets().iter().filter(|class| **class == 1).count(), 2);
    /// assert_eq!(test.targets().iter().filter(|class| **class == 1).count(), 2);
    /// # Ok::<(), typenet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As those of `train_test_split`, and [`Error::ClassTooSmall`] for a class of one sample,
    /// [`Error::SplitTooSmall`] for a side with fewer samples than there are classes.
    pub fn train_test_split_stratified(&self, test_fraction: f64, seed: u64) -> Result<(Self, Self), Error>
    where
        Y: Stratify,
    {
        self.train_test_split_stratified_by(test_fraction, seed, Y::key)
    }

    /// As [`train_test_split_stratified`](Self::train_test_split_stratified), with classes of
    /// your own: a target's key.
    ///
    /// # Errors
    ///
    /// The same.
    pub fn train_test_split_stratified_by<K: Ord>(
        &self,
        test_fraction: f64,
        seed: u64,
        key: impl FnMut(&Y) -> K,
    ) -> Result<(Self, Self), Error> {
        let train_samples = self.train_samples(test_fraction)?;
        let mut members: Vec<(K, usize)> = self.targets().iter().map(key).zip(0..).collect();
        members.sort();
        let mut classes: Vec<Vec<usize>> = members
            .chunk_by(|(left, _), (right, _)| left == right)
            .map(|class| class.iter().map(|(_, place)| *place).collect())
            .collect();
        if let Some(class) = classes.iter().find(|class| class.len() < 2) {
            return Err(Error::ClassTooSmall { samples: class.len() });
        }
        let smaller = train_samples.min(self.len() - train_samples);
        if smaller < classes.len() {
            return Err(Error::SplitTooSmall { samples: smaller, classes: classes.len() });
        }

        let mut rng = crate::network::seeded(seed);
        let sizes: Vec<usize> = classes.iter().map(Vec::len).collect();
        let (mut train, mut test) = (Vec::new(), Vec::new());
        for (class, share) in classes.iter_mut().zip(shares(&sizes, train_samples, &mut rng)) {
            shuffle(class, &mut rng);
            let (first, rest) = class.split_at(share.min(class.len()));
            train.extend_from_slice(first);
            test.extend_from_slice(rest);
        }
        shuffle(&mut train, &mut rng);
        shuffle(&mut test, &mut rng);
        Ok((self.select(&train), self.select(&test)))
    }

    /// How many samples are left for training.
    fn train_samples(&self, test_fraction: f64) -> Result<usize, Error> {
        let test_samples = libm::ceil(test_fraction * self.len() as f64) as usize;
        check_split("the test fraction", test_fraction, self.len(), self.len().saturating_sub(test_samples))
    }
}

/// Where the validation samples start.
pub(crate) fn validation_start(samples: usize, fraction: f64) -> Result<usize, Error> {
    let start = (samples as f64 * (1.0 - fraction)) as usize;
    check_split("the validation fraction", fraction, samples, start)
}

fn check_split(name: &'static str, fraction: f64, samples: usize, at: usize) -> Result<usize, Error> {
    Error::check(name, fraction, "between 0 and 1, both excluded", fraction > 0.0 && fraction < 1.0)?;
    if samples == 0 {
        return Err(Error::Empty("split"));
    }
    Error::check(name, fraction, "such that each side gets a sample", at > 0 && at < samples)?;
    Ok(at)
}

/// How many of `total` samples each class gives, in proportion to its size. What rounding down
/// leaves over goes to the largest remainders, ties at random.
fn shares(sizes: &[usize], total: usize, rng: &mut impl Rng) -> Vec<usize> {
    let samples = sizes.iter().sum::<usize>().max(1) as u128;
    let exact = |size: usize| size as u128 * total as u128;
    let mut shares: Vec<usize> = sizes.iter().map(|size| (exact(*size) / samples) as usize).collect();
    let missing = total.saturating_sub(shares.iter().sum());
    let mut remainders: Vec<(usize, &mut usize)> = sizes.iter().copied().zip(&mut shares).collect();
    shuffle(&mut remainders, rng);
    remainders.sort_by_key(|(size, _)| Reverse(exact(*size) % samples));
    remainders.into_iter().take(missing).for_each(|(_, share)| *share += 1);
    shares
}

/// Fisher and Yates' shuffle: every order is equally likely.
pub(crate) fn shuffle<V>(values: &mut [V], rng: &mut impl Rng) {
    for last in (1..values.len()).rev() {
        // The upper half of a product is below the factor; 64 bits each time, so that a 32-bit
        // machine draws the same.
        let other = (u128::from(rng.next_u64()) * (last as u128 + 1)) >> 64;
        values.swap(last, other as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_targets<Y: Sample>(targets: Vec<Y>) -> Dataset<[f32; 1], Y> {
        let inputs = (0..targets.len()).map(|i| [i as f32]).collect();
        Dataset::new(inputs, targets).unwrap()
    }

    fn numbered(samples: usize) -> Dataset<[f32; 1], usize> {
        with_targets((0..samples).collect())
    }

    /// Every sample is there once, and still has its target.
    fn assert_parts(parts: [&Dataset<[f32; 1], usize>; 2], samples: usize) {
        let mut all: Vec<usize> = parts.iter().flat_map(|part| part.targets()).copied().collect();
        all.sort_unstable();
        assert_eq!(all, (0..samples).collect::<Vec<_>>());
        assert!(parts.iter().flat_map(|part| part.iter()).all(|(x, y)| x[0] == *y as f32));
    }

    #[test]
    fn a_seed_gives_one_order() {
        let shuffled = |seed| {
            let mut data = numbered(10);
            data.shuffle(seed);
            assert_parts([&data, &numbered(0)], 10);
            data.targets().to_vec()
        };
        assert_eq!(shuffled(1), shuffled(1));
        assert_ne!(shuffled(1), shuffled(2));
        assert_ne!(shuffled(1), numbered(10).targets());
        numbered(0).shuffle(1);
        numbered(1).shuffle(1);
    }

    #[test]
    fn every_order_is_equally_likely() {
        let mut rng = crate::network::seeded(5);
        let mut counts = std::collections::BTreeMap::new();
        for _ in 0..24_000 {
            let mut order = [0, 1, 2, 3];
            shuffle(&mut order, &mut rng);
            *counts.entry(order).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 24);
        // 1000 of each, with a standard deviation of 31: six of them.
        assert!(counts.values().all(|count| (814..=1186).contains(count)), "{counts:?}");
    }

    #[test]
    fn test_sizes_are_those_of_scikit_learn() {
        for (samples, fraction, train, test) in
            [(569, 0.2, 455, 114), (10, 0.2, 8, 2), (10, 0.25, 7, 3), (3, 0.5, 1, 2), (100, 0.07, 92, 8)]
        {
            let (left, right) = numbered(samples).train_test_split(fraction, 3).unwrap();
            assert_eq!((left.len(), right.len()), (train, test), "{samples} samples, {fraction}");
            assert_parts([&left, &right], samples);
            assert_ne!(left.targets(), (0..train).collect::<Vec<_>>(), "not shuffled");
        }
    }

    #[test]
    fn validation_takes_the_last_samples_as_keras_does() {
        for (samples, fraction, start) in [(569, 0.2, 455), (10, 0.25, 7), (3, 0.5, 1), (2, 0.01, 1), (455, 0.2, 364)] {
            let (train, validation) = numbered(samples).split_validation(fraction).unwrap();
            assert_eq!(train.targets(), (0..start).collect::<Vec<_>>());
            assert_eq!(validation.targets(), (start..samples).collect::<Vec<_>>());
        }
    }

    #[test]
    fn unusable_fractions_are_errors() {
        for fraction in [0.0, 1.0, -0.1, 1.1, f64::NAN, f64::INFINITY] {
            for (name, result) in [
                ("test", numbered(9).train_test_split(fraction, 1)),
                ("test", numbered(9).train_test_split_stratified_by(fraction, 1, |_| 0)),
                ("validation", numbered(9).split_validation(fraction)),
            ] {
                assert_eq!(
                    result.unwrap_err().to_string(),
                    format!("the {name} fraction is {fraction}, but must be between 0 and 1, both excluded")
                );
            }
        }
        let sentence = "fraction is 0.5, but must be such that each side gets a sample";
        assert_eq!(numbered(1).train_test_split(0.5, 1).unwrap_err().to_string(), format!("the test {sentence}"));
        assert_eq!(numbered(1).split_validation(0.5).unwrap_err().to_string(), format!("the validation {sentence}"));
        assert_eq!(numbered(0).train_test_split(0.5, 1), Err(Error::Empty("split")));
        assert_eq!(numbered(0).split_validation(0.5), Err(Error::Empty("split")));
    }

    /// How many samples of each class the two sides have.
    fn class_counts(sizes: &[usize], fraction: f64, seed: u64) -> [Vec<usize>; 2] {
        let targets = sizes.iter().enumerate().flat_map(|(class, size)| vec![class; *size]).collect();
        let (train, test) = with_targets(targets).train_test_split_stratified(fraction, seed).unwrap();
        [train, test].map(|part| {
            (0..sizes.len()).map(|class| part.targets().iter().filter(|target| **target == class).count()).collect()
        })
    }

    #[test]
    fn class_sizes_are_those_of_scikit_learn() {
        // `train_test_split(y, test_size=fraction, stratify=y)` of scikit-learn 1.9.
        for (sizes, fraction, train, test) in [
            (&[212, 357][..], 0.2, &[170, 285][..], &[42, 72][..]),
            (&[7, 3], 0.25, &[5, 2], &[2, 1]),
            (&[10, 5, 4], 0.3, &[7, 3, 3], &[3, 2, 1]),
            (&[2, 2, 6], 0.35, &[1, 1, 4], &[1, 1, 2]),
            (&[50], 0.1, &[45], &[5]),
        ] {
            for seed in 0..20 {
                assert_eq!(class_counts(sizes, fraction, seed), [train, test], "{sizes:?}, {fraction}");
            }
        }
    }

    #[test]
    fn ties_are_broken_at_random() {
        // 5 and 5 samples in halves of 5: the odd one may go either way.
        let found: std::collections::BTreeSet<_> = (0..60).map(|seed| class_counts(&[5, 5], 0.5, seed)).collect();
        let expected = [[vec![2, 3], vec![3, 2]], [vec![3, 2], vec![2, 3]]];
        assert_eq!(found.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn stratified_parts_are_shuffled_and_whole() {
        let split = |seed| numbered(40).train_test_split_stratified_by(0.25, seed, |target| target / 20).unwrap();
        let (train, test) = split(1);
        assert_parts([&train, &test], 40);
        assert_eq!((train.len(), test.len()), (30, 10));
        assert_eq!(split(1), split(1));
        assert_ne!(split(1).1, split(2).1);
        // Classes are mixed, and within a class samples are drawn, not taken from the front.
        assert!(!train.targets().is_sorted_by_key(|target| target / 20));
        assert!(!test.targets().is_sorted_by_key(|target| target / 20));
        assert!(train.targets().iter().any(|target| target % 20 >= 15));
    }

    #[test]
    fn tensors_are_classes_by_their_values() {
        let binary = with_targets([0.0_f32, 1.0, -0.0, 1.0].map(|y| [y]).to_vec());
        let (train, _) = binary.train_test_split_stratified(0.5, 1).unwrap();
        assert_eq!(train.targets().iter().filter(|y| y[0] == 1.0).count(), 1);
        let one_hot = with_targets(vec![[1.0_f64, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);
        let (train, test) = one_hot.train_test_split_stratified(0.5, 1).unwrap();
        assert_ne!(train.targets()[0], train.targets()[1]);
        assert_ne!(test.targets()[0], test.targets()[1]);
        assert_eq!(7_i8.key(), 7);
    }

    #[test]
    fn classes_that_cannot_be_on_both_sides_are_errors() {
        let error = with_targets(vec![0_u8, 0, 0, 1]).train_test_split_stratified(0.5, 1).unwrap_err();
        assert_eq!(error.to_string(), "a class has 1 sample: to be on both sides of a split it needs 2");
        let data = with_targets([0_u8, 1, 2].repeat(4));
        for (fraction, samples) in [(0.1, 2), (0.8, 2)] {
            let error = data.train_test_split_stratified(fraction, 1).unwrap_err();
            assert_eq!(error, Error::SplitTooSmall { samples, classes: 3 });
            assert_eq!(error.to_string(), "a side of the split has 2 samples, fewer than the 3 classes");
        }
        assert!(data.train_test_split_stratified(0.25, 1).is_ok());
        assert_eq!(with_targets(Vec::<u8>::new()).train_test_split_stratified(0.5, 1), Err(Error::Empty("split")));
    }
}
