//! Augmentation: samples that are changed a little, and differently in each epoch.

use rand::Rng;
use rand::rngs::Xoshiro256PlusPlus;

use crate::error::Error;
use crate::network::init::normal;
use crate::network::{Scalar, Tensor};

/// Changes a sample at random, without changing what it is: a mirrored cat is a cat.
///
/// A closure is one, and so is a pair, whose members come one after the other. With the same generator the
/// same comes out.
///
/// ```
/// use typenet::prelude::*;
/// use typenet::rand::rngs::Xoshiro256PlusPlus;
///
/// let brighter = |image: &mut [[[f32; 2]; 1]; 1], _: &mut Xoshiro256PlusPlus| {
///     image.as_flattened_mut().as_flattened_mut().iter_mut().for_each(|pixel| *pixel += 1.0);
/// };
/// let mut image = [[[0.0, 0.5]]];
/// (brighter, HorizontalFlip { share: 1.0 }).augment(&mut image, &mut seeded(1));
/// assert_eq!(image, [[[1.5, 1.0]]]);
/// ```
pub trait Augment<X> {
    /// Changes a sample in place.
    fn augment(&self, sample: &mut X, rng: &mut Xoshiro256PlusPlus);
}

impl<X, F: Fn(&mut X, &mut Xoshiro256PlusPlus)> Augment<X> for F {
    fn augment(&self, sample: &mut X, rng: &mut Xoshiro256PlusPlus) {
        self(sample, rng);
    }
}

impl<X, A: Augment<X>, B: Augment<X>> Augment<X> for (A, B) {
    fn augment(&self, sample: &mut X, rng: &mut Xoshiro256PlusPlus) {
        self.0.augment(sample, rng);
        self.1.augment(sample, rng);
    }
}

/// A random number in `[0, 1)`.
fn uniform(rng: &mut Xoshiro256PlusPlus) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// Mirrors a share of the images, left to right.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut image = [[[1.0_f32, 2.0, 3.0]]];
/// HorizontalFlip { share: 1.0 }.augment(&mut image, &mut seeded(1));
/// assert_eq!(image, [[[3.0, 2.0, 1.0]]]);
/// assert_eq!(HorizontalFlip::default().share, 0.5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HorizontalFlip {
    /// How many, from 0 to 1. Default 0.5.
    pub share: f64,
}

impl Default for HorizontalFlip {
    fn default() -> Self {
        Self { share: 0.5 }
    }
}

impl<T: Scalar, const WIDTH: usize, const HEIGHT: usize, const CHANNELS: usize>
    Augment<[[[T; WIDTH]; HEIGHT]; CHANNELS]> for HorizontalFlip
{
    fn augment(&self, sample: &mut [[[T; WIDTH]; HEIGHT]; CHANNELS], rng: &mut Xoshiro256PlusPlus) {
        if uniform(rng) < self.share {
            sample.as_flattened_mut().iter_mut().for_each(|row| row.reverse());
        }
    }
}

/// Moves an image by a random number of whole pixels, up to `rows` up or down and up to `columns` to the left or
/// right. What comes in from outside is 0.
///
/// ```
/// use typenet::prelude::*;
///
/// let shift = Shift { rows: 0, columns: 1 };
/// let shifted: Vec<_> = (0..100).map(|seed| {
///     let mut image = [[[1.0_f32, 2.0, 3.0]]];
///     shift.augment(&mut image, &mut seeded(seed));
///     image[0][0]
/// }).collect();
/// for row in [[1.0, 2.0, 3.0], [0.0, 1.0, 2.0], [2.0, 3.0, 0.0]] {
///     assert!(shifted.contains(&row));
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    /// The most rows.
    pub rows: usize,
    /// The most columns.
    pub columns: usize,
}

/// A whole number from `-most` to `most`: whether it is negative, and how large.
fn distance(most: usize, rng: &mut Xoshiro256PlusPlus) -> (bool, usize) {
    let steps = (uniform(rng) * (2 * most + 1) as f64) as usize;
    (steps < most, steps.abs_diff(most))
}

/// Moves elements towards the start or the end, with a copy of `fill` in what becomes free.
fn shift<V: Copy>(elements: &mut [V], (towards_start, by): (bool, usize), fill: V) {
    let by = by.min(elements.len());
    if towards_start {
        elements.rotate_left(by);
        let kept = elements.len() - by;
        elements.iter_mut().skip(kept).for_each(|element| *element = fill);
    } else {
        elements.rotate_right(by);
        elements.iter_mut().take(by).for_each(|element| *element = fill);
    }
}

impl<T: Scalar, const WIDTH: usize, const HEIGHT: usize, const CHANNELS: usize>
    Augment<[[[T; WIDTH]; HEIGHT]; CHANNELS]> for Shift
{
    fn augment(&self, sample: &mut [[[T; WIDTH]; HEIGHT]; CHANNELS], rng: &mut Xoshiro256PlusPlus) {
        let (rows, columns) = (distance(self.rows, rng), distance(self.columns, rng));
        for plane in sample {
            shift(plane, rows, [T::ZERO; WIDTH]);
            plane.iter_mut().for_each(|row| shift(row, columns, T::ZERO));
        }
    }
}

/// Adds normally distributed noise to every number, of mean 0.
///
/// ```
/// use typenet::prelude::*;
///
/// let noise = Noise::new(0.1)?;
/// let mut sample = [0.5_f32; 20];
/// noise.augment(&mut sample, &mut seeded(1));
/// assert!(sample.iter().all(|x| *x != 0.5 && (x - 0.5).abs() < 0.5));
/// # Ok::<(), typenet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    deviation: f64,
}

impl Noise {
    /// Noise of this standard deviation.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] where it is negative or not finite.
    pub fn new(deviation: f64) -> Result<Self, Error> {
        let holds = deviation >= 0.0 && deviation.is_finite();
        Error::check("the standard deviation of the noise", deviation, "at least 0 and finite", holds)?;
        Ok(Self { deviation })
    }
}

impl<X: Tensor> Augment<X> for Noise {
    fn augment(&self, sample: &mut X, rng: &mut Xoshiro256PlusPlus) {
        for number in X::flat_mut(core::slice::from_mut(sample)) {
            *number += X::Scalar::from_f64(self.deviation * normal(rng));
        }
    }
}

#[cfg(feature = "alloc")]
impl<X: crate::network::tensor::Sample, Y: crate::network::tensor::Sample> crate::data::Dataset<X, Y> {
    /// A copy of the data whose inputs are changed at random: one for each epoch, with another seed.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// type Network = Sequential![Flatten, Dense<6, 1>];
    /// let data = Dataset::new(vec![[[[0.0_f32, 0.5, 1.0]; 2]; 1]; 8], vec![[1.0_f32]; 8])?;
    /// let augment = (HorizontalFlip::default(), Noise::new(0.05)?);
    /// let mut trainer = Trainer::new(initialized::<Network>(1), MeanSquaredError, Adam::new(0.01));
    /// for epoch in 0..3 {
    ///     trainer.fit(&data.augmented(&augment, epoch), Fit::epochs(1))?;
    /// }
    /// # Ok::<(), typenet::Error>(())
    /// ```
    #[must_use]
    pub fn augmented(&self, augment: &impl Augment<X>, seed: u64) -> Self {
        let mut data = self.clone();
        let mut rng = crate::network::seeded(seed);
        data.inputs_mut().iter_mut().for_each(|sample| augment.augment(sample, &mut rng));
        data
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::seeded;

    #[test]
    fn a_share_of_images_is_mirrored() {
        let rng = &mut seeded(1);
        let mirrored = |share: f64, rng: &mut _| {
            let count = (0..10_000).filter(|_| {
                let mut image = [[[1.0_f32, 2.0]; 3]; 2];
                HorizontalFlip { share }.augment(&mut image, rng);
                let whole = [[[[1.0, 2.0]; 3]; 2], [[[2.0, 1.0]; 3]; 2]];
                assert!(whole.contains(&image), "all rows or none: {image:?}");
                image == whole[1]
            });
            count.count()
        };
        assert_eq!((mirrored(0.0, rng), mirrored(1.0, rng)), (0, 10_000));
        // Six standard deviations of 43.
        assert!(mirrored(0.25, rng).abs_diff(2500) < 260);
    }

    #[test]
    fn every_shift_comes_and_moves_all_channels() {
        let source = |row: isize, column: isize| {
            let inside = (0..2).contains(&row) && (0..3).contains(&column);
            if inside { (row * 3 + column + 1) as f32 } else { 0.0 }
        };
        let moved = |down: isize, right: isize| {
            let plane: [[f32; 3]; 2] =
                core::array::from_fn(|y| core::array::from_fn(|x| source(y as isize - down, x as isize - right)));
            [plane, plane.map(|row| row.map(|x| 10.0 * x))]
        };
        let mut seen = std::collections::BTreeMap::new();
        let mut rng = seeded(1);
        for _ in 0..15_000 {
            let mut image = moved(0, 0);
            Shift { rows: 1, columns: 2 }.augment(&mut image, &mut rng);
            let by = (-1..=1).flat_map(|down| (-2..=2).map(move |right| (down, right)));
            let by = by.into_iter().find(|by| moved(by.0, by.1) == image);
            *seen.entry(by.expect("no shift gives this image")).or_insert(0) += 1;
        }
        assert_eq!(seen.len(), 15);
        // Each 1000 times; six standard deviations of 31.
        assert!(seen.values().all(|count: &i32| count.abs_diff(1000) < 190), "{seen:?}");
        // Further than the image is wide: nothing is left of it, and nothing panics.
        let mut image = moved(0, 0);
        shift(&mut image[0], (true, 5), [0.0; 3]);
        assert_eq!(image[0], [[0.0; 3]; 2]);
    }

    #[test]
    fn noise_has_its_deviation() {
        let mut sample = [3.0_f64; 10_000];
        Noise::new(0.5).unwrap().augment(&mut sample, &mut seeded(2));
        let mean = sample.iter().sum::<f64>() / 1e4;
        let variance = sample.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 1e4;
        // The standard deviations of both are 0.005 and 0.0035: six of them.
        assert!((mean - 3.0).abs() < 0.03 && (variance - 0.25).abs() < 0.022, "{mean} {variance}");
        assert!(Noise::new(-1.0).is_err() && Noise::new(f64::NAN).is_err());
    }

    #[test]
    fn a_seed_gives_the_same_and_another_gives_others() {
        let data = crate::data::Dataset::new(vec![[1.0_f32; 4]; 3], vec![0_u8, 1, 2]).unwrap();
        let noise = Noise::new(1.0).unwrap();
        let augmented = data.augmented(&noise, 1);
        assert_eq!(augmented, data.augmented(&noise, 1));
        assert_ne!(augmented, data.augmented(&noise, 2));
        assert_eq!(augmented.targets(), data.targets());
        assert_ne!(augmented.inputs()[0], augmented.inputs()[1]);
    }
}
