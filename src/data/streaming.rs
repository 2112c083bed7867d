//! Data that does not fit into memory: samples come from an iterator, in batches, from a thread.

use std::panic::resume_unwind;
use std::string::ToString;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::vec::Vec;

use rand::Rng;
use rand::rngs::Xoshiro256PlusPlus;

use crate::data::Dataset;
use crate::error::Error;
use crate::network::Sample;

/// Batches of samples that come from an iterator, such as rows read from a file that is larger than the memory.
///
/// The source gives pairs of input and target, or an error of any type, which comes out in place of the batch
/// that it is found in; what was collected for that batch is lost, and the stream ends.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<1, 1>];
/// let rows = || (0..1000).map(|i| f64::from(i % 10) as f32).map(|x| Ok::<_, typenet::Error>(([x], [2.0 * x + 1.0])));
///
/// let mut network = initialized::<Network>(1);
/// let mut workspace = Workspace::<Network, [f32; 1], Adam, Heap>::EMPTY;
/// let (adam, mut rng) = (Adam::new(0.05), seeded(1));
/// for epoch in 0..20 {
///     // The next four batches are read, shuffled and augmented while one is learnt from.
///     for batch in Batches::new(rows(), 32).shuffled(256, epoch).prefetched(4)? {
///         let batch = batch?;
///         workspace.train_step(&mut *network, &MeanSquaredError, &adam, batch.inputs(), batch.targets(), &mut rng)?;
///     }
/// }
/// assert!((network.weight[(0, 0)] - 2.0).abs() < 0.01);
/// # Ok::<(), typenet::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Batches<I> {
    source: I,
    size: usize,
    ended: bool,
}

impl<I> Batches<I> {
    /// Batches of `size` samples (of 1 for a size of 0); the last one has what is left.
    #[must_use]
    pub fn new(source: I, size: usize) -> Self {
        Self { source, size: size.max(1), ended: false }
    }

    /// Each sample is drawn from a reservoir of `samples`, which the source fills again: the larger, the more
    /// random the order. All samples at once are shuffled as [`Fit`](crate::train::Fit) does it.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let source = (0..100_u8).map(|i| Ok::<_, ()>((i, i)));
    /// let batches: Result<Vec<_>, _> = Batches::new(source, 10).shuffled(50, 1).collect();
    /// let mut samples: Vec<u8> = batches.into_iter().flatten().flat_map(|batch| batch.into_parts().0).collect();
    /// assert!(!samples.is_sorted());
    /// samples.sort();
    /// assert!(samples.into_iter().eq(0..100));
    /// ```
    #[must_use]
    pub fn shuffled(self, samples: usize, seed: u64) -> Batches<Shuffled<I>>
    where
        I: Iterator,
    {
        let source = Shuffled {
            source: self.source,
            reservoir: Vec::new(),
            samples: samples.max(1),
            rng: crate::network::seeded(seed),
        };
        Batches { source, size: self.size, ended: self.ended }
    }

    /// The same batches, made by a thread of their own, up to `ahead` of them in advance.
    ///
    /// # Errors
    ///
    /// Those of [`Prefetch::new`].
    pub fn prefetched(self, ahead: usize) -> Result<Prefetch<<Self as Iterator>::Item>, Error>
    where
        Self: Iterator<Item: Send> + Send + 'static,
    {
        Prefetch::new(self, ahead)
    }
}

impl<X: Sample, Y: Sample, E, I: Iterator<Item = Result<(X, Y), E>>> Iterator for Batches<I> {
    type Item = Result<Dataset<X, Y>, E>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut batch = Dataset::default();
        while !self.ended && batch.len() < self.size {
            let mut next = self.source.next();
            match &next {
                // Not taken out of it: a sample may be large.
                Some(Ok((input, target))) => batch.push_copy(input, target),
                Some(Err(_)) => {
                    self.ended = true;
                    return next.take().map(|error| error.map(|_| batch));
                }
                None => self.ended = true,
            }
        }
        if batch.is_empty() { None } else { Some(Ok(batch)) }
    }
}

/// The items of a source in an order that is random over a part of it (see [`Batches::shuffled`]). An error
/// comes at once.
#[derive(Clone, Debug)]
pub struct Shuffled<I: Iterator> {
    source: I,
    reservoir: Vec<I::Item>,
    samples: usize,
    rng: Xoshiro256PlusPlus,
}

impl<V, E, I: Iterator<Item = Result<V, E>>> Iterator for Shuffled<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        while self.reservoir.len() < self.samples {
            match self.source.next() {
                Some(Ok(sample)) => self.reservoir.push(Ok(sample)),
                Some(error) => return Some(error),
                None => break,
            }
        }
        let count = self.reservoir.len() as u64;
        // The product with the upper bits: as good as even for any number of samples there can be.
        let drawn = (u128::from(self.rng.next_u64()) * u128::from(count)) >> 64;
        if self.reservoir.is_empty() { None } else { Some(self.reservoir.swap_remove(drawn as usize)) }
    }
}

/// The items of an iterator that runs in a thread of its own, a few items ahead.
///
/// The order is that of the iterator. When it is dropped, the thread ends with the item it is at. A panic of the
/// iterator goes on where the items are taken.
///
/// ```
/// use typenet::prelude::*;
///
/// let squares = Prefetch::new((0..5).map(|i| i * i), 2)?;
/// assert_eq!(squares.collect::<Vec<_>>(), [0, 1, 4, 9, 16]);
/// # Ok::<(), typenet::Error>(())
/// ```
#[derive(Debug)]
pub struct Prefetch<V> {
    receiver: Option<Receiver<V>>,
    thread: Option<JoinHandle<()>>,
}

impl<V: Send + 'static> Prefetch<V> {
    /// Runs an iterator up to `ahead` items in advance (1 for 0).
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] for more than 65,536 items; [`Error::Thread`] where the system gives no thread.
    pub fn new(source: impl Iterator<Item = V> + Send + 'static, ahead: usize) -> Result<Self, Error> {
        let name = "the number of items made in advance";
        Error::check(name, ahead as f64, "at most 65536", ahead <= 65_536)?;
        let (sender, receiver) = sync_channel(ahead.max(1));
        let run = move || {
            for item in source {
                if sender.send(item).is_err() {
                    // Nobody takes items any more.
                    return;
                }
            }
        };
        let thread = Builder::new().spawn(run).map_err(|problem| Error::Thread(problem.to_string()))?;
        Ok(Self { receiver: Some(receiver), thread: Some(thread) })
    }
}

impl<V> Iterator for Prefetch<V> {
    type Item = V;

    fn next(&mut self) -> Option<V> {
        let item = self.receiver.as_ref()?.recv().ok();
        if item.is_none() {
            self.receiver = None;
            // A source that failed must not look like one that ended.
            if let Some(Err(panic)) = self.thread.take().map(JoinHandle::join) {
                resume_unwind(panic);
            }
        }
        item
    }
}

impl<V> Drop for Prefetch<V> {
    fn drop(&mut self) {
        // Without a receiver, the thread's next item is its last.
        self.receiver = None;
        if let Some(thread) = self.thread.take() {
            // Whoever drops this does not want to know more.
            thread.join().ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::AssertUnwindSafe;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    type Item = Result<(u16, [f32; 1]), &'static str>;

    fn numbered(samples: u16) -> impl Iterator<Item = Item> + Send + 'static {
        (0..samples).map(|i| Ok((i, [f32::from(i)])))
    }

    #[test]
    fn every_sample_is_in_one_batch() {
        for (samples, size, sizes) in
            [(0, 3, &[][..]), (6, 3, &[3, 3]), (7, 3, &[3, 3, 1]), (2, 3, &[2]), (2, 0, &[1, 1])]
        {
            let batches: Vec<_> = Batches::new(numbered(samples), size).map(Result::unwrap).collect();
            assert_eq!(batches.iter().map(Dataset::len).collect::<Vec<_>>(), sizes);
            let all = batches.iter().flat_map(|batch| batch.iter().map(|(x, y)| (*x, y[0])));
            assert!(all.eq((0..samples).map(|i| (i, f32::from(i)))));
        }
    }

    #[test]
    fn an_error_ends_the_stream() {
        let broken = || numbered(5).chain([Err("no disk")]).chain(numbered(5));
        let mut batches = Batches::new(broken(), 2);
        assert_eq!(batches.next().map(|batch| batch.map(|batch| batch.len())), Some(Ok(2)));
        assert_eq!(batches.next().map(|batch| batch.map(|batch| batch.len())), Some(Ok(2)));
        assert_eq!(batches.next(), Some(Err("no disk")));
        assert_eq!(batches.next(), None);
        // Also out of a reservoir and a thread.
        let last = Batches::new(broken(), 2).shuffled(3, 1).prefetched(2).unwrap().last();
        assert_eq!(last, Some(Err("no disk")));
    }

    #[test]
    fn a_reservoir_shuffles_what_it_holds() {
        let order = |reservoir, seed| -> Vec<u16> {
            let batches = Batches::new(numbered(200), 200).shuffled(reservoir, seed);
            batches.flat_map(|batch| batch.unwrap().into_parts().0).collect()
        };
        let found = order(20, 1);
        assert_eq!(found, order(20, 1));
        assert_ne!(found, order(20, 2));
        let mut sorted = found.clone();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..200));
        // No sample comes before the reservoir can have held it.
        assert!(found.iter().enumerate().all(|(place, i)| usize::from(*i) < place + 20));
        assert!(found.iter().enumerate().any(|(place, i)| usize::from(*i) >= place + 15));
        assert!(order(1, 1).into_iter().eq(0..200));
    }

    #[test]
    fn the_thread_runs_ahead_but_not_too_far() {
        let made = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&made);
        let mut items = Prefetch::new(
            (0..100).inspect(move |_| {
                counter.fetch_add(1, Ordering::SeqCst);
            }),
            3,
        )
        .unwrap();
        assert_eq!(items.next(), Some(0));
        // One taken, three wait, and one is in the thread's hand: it makes no more, however long one waits.
        while made.load(Ordering::SeqCst) < 5 {
            std::thread::yield_now();
        }
        for _ in 0..1000 {
            std::thread::yield_now();
            assert_eq!(made.load(Ordering::SeqCst), 5);
        }
        assert_eq!(items.next(), Some(1));
        drop(items);
        // The thread has ended: nobody else has the counter.
        assert_eq!(Arc::strong_count(&made), 1);
        assert!(made.load(Ordering::SeqCst) <= 6);
    }

    #[test]
    fn a_number_of_items_that_no_memory_holds_is_refused() {
        for ahead in [65_537, usize::MAX] {
            let error = Prefetch::new(0..1, ahead).unwrap_err();
            assert!(matches!(error, Error::Setting { name: "the number of items made in advance", .. }), "{error}");
            assert!(Batches::new(numbered(1), 1).prefetched(ahead).is_err());
        }
        assert_eq!(Prefetch::new(0..3, 65_536).unwrap().count(), 3);
    }

    #[test]
    fn a_panic_of_the_source_is_not_taken_for_its_end() {
        let items = Prefetch::new((0..3).inspect(|i| assert!(*i < 2, "no disk")), 1).unwrap();
        let panic = std::panic::catch_unwind(AssertUnwindSafe(|| items.count())).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"no disk"));
        // After the end there is nothing more.
        let mut items = Prefetch::new(0..1, 1).unwrap();
        assert_eq!((items.next(), items.next(), items.next()), (Some(0), None, None));
    }
}
