//! Folds for cross-validation.

use alloc::vec::Vec;

use crate::data::{Dataset, Stratify, shuffle};
use crate::error::Error;
use crate::network::Sample;

impl<X: Sample, Y: Sample> Dataset<X, Y> {
    /// Cuts the samples, in random order, into `folds` parts whose sizes differ by at most one, and
    /// gives each part once as the test set, with all others as the training set: cross-validation
    /// (scikit-learn's `KFold` with shuffling).
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let data = Dataset::new((0..10).map(|i| [i as f32]).collect(), (0..10).map(|i| [2.0 * i as f32]).collect())?;
    /// let mut losses = Vec::new();
    /// for (train, test) in data.k_fold(5, 7)? {
    ///     let mut trainer = Trainer::new(initialized::<Dense<1, 1>>(1), MeanSquaredError, Adam::new(0.1));
    ///     trainer.fit(&train, Fit::epochs(2))?;
    ///     losses.push(trainer.evaluate(&test)?.loss);
    /// }
    /// assert_eq!(losses.len(), 5);
    /// # Ok::<(), typenet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Empty`] without samples; [`Error::Setting`] for fewer than 2 folds or more than samples.
    pub fn k_fold(&self, folds: usize, seed: u64) -> Result<Vec<(Self, Self)>, Error> {
        self.check_folds(folds)?;
        Ok(self.deal(folds, &self.random_order(seed)))
    }

    /// As [`k_fold`](Self::k_fold), with the same proportions of classes in every fold, as near as
    /// whole samples allow: the sizes of the folds, and of each class in them, differ by at most one
    /// (scikit-learn's `StratifiedKFold` with shuffling).
    ///
    /// # Errors
    ///
    /// The same, and [`Error::Setting`] for more folds than the smallest class has samples.
    pub fn k_fold_stratified(&self, folds: usize, seed: u64) -> Result<Vec<(Self, Self)>, Error>
    where
        Y: Stratify,
    {
        self.check_folds(folds)?;
        let rng = &mut crate::network::seeded(seed);
        let mut order: Vec<(Y::Key, usize)> = self.targets().iter().map(Y::key).zip(0..).collect();
        // Shuffled first, and sorted in a stable way: each class is in random order.
        shuffle(&mut order, rng);
        order.sort_by(|(left, _), (right, _)| left.cmp(right));
        let smallest = order.chunk_by(|(left, _), (right, _)| left == right).map(<[_]>::len).min().unwrap_or(0);
        let expected = "at most the samples of the smallest class";
        Error::check("the number of folds", folds as f64, expected, folds <= smallest)?;
        let order: Vec<usize> = order.into_iter().map(|(_, place)| place).collect();
        Ok(self.deal(folds, &order))
    }

    /// Deals the samples to the folds like cards, in this order.
    fn deal(&self, folds: usize, order: &[usize]) -> Vec<(Self, Self)> {
        let parts = (0..folds).map(|fold| {
            let of = |wanted: bool| -> Vec<usize> {
                let dealt = order.iter().enumerate().filter(|(at, _)| (at % folds == fold) == wanted);
                dealt.map(|(_, place)| *place).collect()
            };
            (self.select(&of(false)), self.select(&of(true)))
        });
        parts.collect()
    }

    fn check_folds(&self, folds: usize) -> Result<(), Error> {
        if self.is_empty() {
            return Err(Error::Empty("split"));
        }
        let holds = (2..=self.len()).contains(&folds);
        Error::check("the number of folds", folds as f64, "at least 2 and at most the number of samples", holds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Data = Dataset<[f32; 1], usize>;

    fn data(classes: &[usize]) -> Data {
        Dataset::new((0..classes.len()).map(|at| [at as f32]).collect(), classes.to_vec()).unwrap()
    }

    /// Every sample is tested once, and never in the training set of its own fold.
    fn check(data: &Data, folds: &[(Data, Data)]) {
        let mut tested = Vec::new();
        for (train, test) in folds {
            assert_eq!(train.len() + test.len(), data.len());
            assert!(test.inputs().iter().all(|input| !train.inputs().contains(input)));
            for (input, target) in train.iter().chain(test.iter()) {
                assert_eq!(data.targets()[input[0] as usize], *target);
            }
            tested.extend(test.inputs().iter().map(|input| input[0] as usize));
        }
        tested.sort_unstable();
        assert_eq!(tested, (0..data.len()).collect::<Vec<_>>());
    }

    #[test]
    fn each_sample_is_tested_once() {
        let data = data(&[0; 11]);
        for folds in [2, 3, 11] {
            let parts = data.k_fold(folds, 1).unwrap();
            assert_eq!(parts.len(), folds);
            check(&data, &parts);
            let sizes: Vec<usize> = parts.iter().map(|(_, test)| test.len()).collect();
            assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1, "{sizes:?}");
        }
        let first = |seed| data.k_fold(3, seed).unwrap()[0].1.inputs().to_vec();
        assert_eq!(first(1), first(1));
        assert_ne!(first(1), first(2));
        assert_ne!(first(1), [[0.0], [3.0], [6.0], [9.0]], "not shuffled");
    }

    #[test]
    fn classes_are_spread_evenly() {
        // 7 of class 0, 4 of class 5, 3 of class 2.
        let data = data(&[0, 5, 0, 2, 0, 0, 5, 0, 2, 5, 0, 5, 2, 0]);
        let parts = data.k_fold_stratified(3, 4).unwrap();
        check(&data, &parts);
        for (_, test) in &parts {
            let of = |class| test.targets().iter().filter(|found| **found == class).count();
            assert!((4..=5).contains(&test.len()));
            assert!((2..=3).contains(&of(0)) && (1..=2).contains(&of(5)) && of(2) == 1, "{test:?}");
        }
        let first = |seed| data.k_fold_stratified(3, seed).unwrap()[0].1.inputs().to_vec();
        assert_ne!(first(1), first(2));
    }

    #[test]
    fn folds_that_cannot_be() {
        let setting = |result: Result<Vec<_>, Error>| matches!(result, Err(Error::Setting { .. }));
        let data = data(&[0, 0, 0, 1, 1]);
        for folds in [0, 1, 6] {
            assert!(setting(data.k_fold(folds, 1)) && setting(data.k_fold_stratified(folds, 1)), "{folds}");
        }
        assert!(setting(data.k_fold_stratified(3, 1)) && data.k_fold_stratified(2, 1).is_ok());
        assert_eq!(self::data(&[]).k_fold(2, 1).unwrap_err(), Error::Empty("split"));
    }
}
