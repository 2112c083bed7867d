//! Where the numbers of a training step live: in arrays, or on the heap.

use crate::network::tensor::{Sample, Zero};

/// Memory that a layer fills in `forward_train` and reads in `backward`.
///
/// A layer that remembers nothing has the tape `()`.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut tape = <Vec<[f32; 3]> as Tape>::EMPTY;
/// tape.grow(8);
/// assert_eq!(tape.len(), 8);
/// ```
pub trait Tape {
    /// A tape that nothing was recorded on.
    const EMPTY: Self;

    /// Makes room for at least this many samples. Memory that is there is kept and reused.
    fn grow(&mut self, samples: usize);
}

impl Tape for () {
    const EMPTY: Self = ();

    fn grow(&mut self, _: usize) {}
}

/// Two tapes are one.
impl<A: Tape, B: Tape> Tape for (A, B) {
    const EMPTY: Self = (A::EMPTY, B::EMPTY);

    fn grow(&mut self, samples: usize) {
        self.0.grow(samples);
        self.1.grow(samples);
    }
}

/// A value of fixed size that a tape remembers beside the samples, such as a batch's mean or the
/// key of a random mask.
///
/// ```
/// use typenet::prelude::*;
///
/// /// A layer whose tape holds the sum of a batch.
/// type SumTape = Remember<[f32; 3]>;
/// assert_eq!(SumTape::EMPTY.0, [0.0; 3]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Remember<V>(pub V);

impl<V: Zero> Tape for Remember<V> {
    const EMPTY: Self = Self(V::ZERO);

    fn grow(&mut self, _: usize) {}
}

/// How a batch is stored: [`Inline`] or [`Heap`].
///
/// ```
/// use typenet::prelude::*;
///
/// /// What a layer remembers that needs one number for each sample.
/// type Norms<B> = <B as Batch>::Of<f32>;
/// assert_eq!(<Norms<Inline<4>>>::EMPTY, [0.0; 4]);
/// assert!(<Norms<Heap>>::EMPTY.is_empty());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not store a batch",
    label = "not a store of a batch",
    note = "a batch is stored in an `Inline<N>`, for `N` samples at most, or in a `Heap`"
)]
pub trait Batch: 'static {
    /// The largest number of samples.
    const CAPACITY: usize;
    /// Samples of one type, one for each sample of the batch.
    type Of<X: Sample>: Tape + AsRef<[X]> + AsMut<[X]> + Send + Sync;
    /// One value per batch, such as a gradient.
    type One<V: One>: Tape + AsMut<V> + Send + Sync;
}

/// What a [`Batch`] can store one of: plain data that starts from zeros.
pub trait One: Zero + bytemuck::Zeroable + Send + Sync + 'static {}

impl<V: Zero + bytemuck::Zeroable + Send + Sync + 'static> One for V {}

/// A batch of at most `N` samples, in arrays: no heap is needed, and everything can be `static`.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<4, 16>, Relu, Dense<16, 3>];
/// static WORKSPACE: std::sync::Mutex<Workspace<Network, [f32; 4], Sgd, Inline<8>>> =
///     std::sync::Mutex::new(Workspace::EMPTY);
/// assert_eq!(Inline::<8>::CAPACITY, 8);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Inline<const N: usize>;

impl<const N: usize> Batch for Inline<N> {
    const CAPACITY: usize = N;
    type Of<X: Sample> = [X; N];
    type One<V: One> = Direct<V>;
}

impl<X: Sample, const N: usize> Tape for [X; N] {
    const EMPTY: Self = [X::ZERO; N];

    fn grow(&mut self, _: usize) {}
}

/// A value in place.
#[derive(Clone, Copy, Debug)]
pub struct Direct<V>(V);

impl<V: One> Tape for Direct<V> {
    const EMPTY: Self = Self(V::ZERO);

    fn grow(&mut self, _: usize) {}
}

impl<V> AsMut<V> for Direct<V> {
    fn as_mut(&mut self) -> &mut V {
        &mut self.0
    }
}

/// A batch of any size on the heap. Memory is allocated when a larger batch first comes, and
/// reused afterwards.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<784, 512>, Relu, Dense<512, 10>];
/// // A few pointers: memory comes with the first batch.
/// assert!(size_of::<Workspace<Network, [f32; 784], Adam, Heap>>() < 512);
/// ```
#[cfg(feature = "alloc")]
#[derive(Clone, Copy, Debug)]
pub struct Heap;

#[cfg(feature = "alloc")]
mod heap {
    use alloc::boxed::Box;
    use alloc::vec::Vec;

    use super::{Batch, Heap, One, Tape, first_mut};
    use crate::network::tensor::Sample;

    impl Batch for Heap {
        const CAPACITY: usize = usize::MAX;
        type Of<X: Sample> = Vec<X>;
        type One<V: One> = Boxed<V>;
    }

    impl<X: Sample> Tape for Vec<X> {
        const EMPTY: Self = Self::new();

        fn grow(&mut self, samples: usize) {
            if self.len() < samples {
                // Zeroed where it is: no large sample passes over the stack.
                let mut grown = bytemuck::zeroed_vec(samples);
                first_mut(&mut grown, self.len()).copy_from_slice(self);
                *self = grown;
            }
        }
    }

    /// A value on the heap, allocated (zeroed, never on the stack) when first used.
    #[derive(Clone, Debug)]
    pub struct Boxed<V>(Option<Box<Aligned<V>>>);

    /// At the start of a cache line, so that no vector lies across two lines.
    #[derive(Clone, Debug, bytemuck::Zeroable)]
    #[repr(C, align(64))]
    struct Aligned<V>(V);

    impl<V: One> Tape for Boxed<V> {
        const EMPTY: Self = Self(None);

        fn grow(&mut self, _: usize) {
            self.as_mut();
        }
    }

    impl<V: One> AsMut<V> for Boxed<V> {
        fn as_mut(&mut self) -> &mut V {
            &mut self.0.get_or_insert_with(bytemuck::zeroed_box).0
        }
    }
}

#[cfg(feature = "alloc")]
pub use heap::Boxed;

/// The first `samples` of a store, or all there are: never a panic.
#[inline(always)]
pub fn first<X>(store: &[X], samples: usize) -> &[X] {
    store.get(..samples).unwrap_or(store)
}

/// The first `samples` of a store to write to, or all there are.
#[inline(always)]
pub fn first_mut<X>(store: &mut [X], samples: usize) -> &mut [X] {
    let samples = samples.min(store.len());
    store.split_at_mut_checked(samples).map_or(&mut [], |(first, _)| first)
}

/// Copies as many samples as both have.
pub(crate) fn copy<Y: Copy>(to: &mut [Y], from: &[Y]) {
    // In one go: without optimisation a sample that is assigned goes by way of the stack.
    let samples = to.len().min(from.len());
    first_mut(to, samples).copy_from_slice(first(from, samples));
}

/// Copies one, as large as it may be.
#[cfg(feature = "alloc")]
pub(crate) fn copy_to<V: Copy>(to: &mut V, from: &V) {
    copy(core::slice::from_mut(to), core::slice::from_ref(from));
}

/// The samples at these places, in this order, in a store of as many.
#[cfg(feature = "alloc")]
pub(crate) fn gather<X: Sample>(samples: &[X], places: &[usize]) -> alloc::vec::Vec<X> {
    let mut gathered = alloc::vec::Vec::new();
    gather_into(samples, places, &mut gathered);
    gathered
}

/// The same in a store that may have been used before.
#[cfg(feature = "alloc")]
pub(crate) fn gather_into<X: Sample>(samples: &[X], places: &[usize], gathered: &mut alloc::vec::Vec<X>) {
    gathered.clear();
    gathered.reserve(places.len());
    for place in places {
        // By slices: without optimisation a sample that is pushed goes by way of the stack.
        gathered.extend_from_slice(samples.get(*place).map(core::slice::from_ref).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heap_stores_grow_and_keep() {
        let mut store = <Heap as Batch>::Of::<[f32; 2]>::EMPTY;
        store.grow(3);
        store[2] = [1.0, 2.0];
        store.grow(2);
        assert_eq!(store.len(), 3);
        assert_eq!(store[2], [1.0, 2.0]);
    }

    #[test]
    fn both_of_a_pair_grow() {
        let mut pair = <(Vec<f32>, Vec<[f32; 2]>)>::EMPTY;
        pair.grow(3);
        assert_eq!((pair.0.len(), pair.1.len()), (3, 3));
    }

    #[test]
    fn a_large_value_does_not_pass_over_the_stack() {
        // 64 MB: a test thread's stack has 2 MB.
        let mut one = <Heap as Batch>::One::<[[f32; 4096]; 4096]>::EMPTY;
        one.grow(1);
        assert_eq!(one.as_mut()[4095][4095], 0.0);
        let mut samples = <Heap as Batch>::Of::<[[f32; 4096]; 4096]>::EMPTY;
        samples.grow(1);
        assert_eq!(samples[0][4095][4095], 0.0);
    }

    #[test]
    fn too_few_samples_are_no_panic() {
        assert_eq!(first(&[1, 2], 5), [1, 2]);
        assert_eq!(first(&[1, 2], 1), [1]);
        assert_eq!(first_mut(&mut [1, 2], 5), [1, 2]);
        assert_eq!(first_mut(&mut [1, 2], 1), [1]);
    }
}
