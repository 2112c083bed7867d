//! What callbacks put into a checkpoint.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::network::Parameters;
use crate::network::batch::copy_to;

/// What a callback remembers, for a checkpoint: numbers, counts, texts and networks by name. Every bit
/// survives, those of infinities and of not-a-number too.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut state = CallbackState::<Dense<2, 3>>::default();
/// state.set("best", f64::INFINITY);
/// state.set_network("best", &Dense::ZERO);
/// assert_eq!(state.get("best"), Some(f64::INFINITY));
/// assert_eq!(state.network("best"), Some(&Dense::ZERO));
/// assert_eq!(state.get("wait"), None);
/// ```
#[derive(Debug, PartialEq)]
pub struct CallbackState<N> {
    pub(crate) numbers: BTreeMap<String, Vec<f64>>,
    pub(crate) counts: BTreeMap<String, u64>,
    pub(crate) texts: BTreeMap<String, String>,
    pub(crate) networks: BTreeMap<String, Box<N>>,
}

impl<N: Parameters> Clone for CallbackState<N> {
    fn clone(&self) -> Self {
        // Not by `Box`, whose copy goes over the stack without optimisation.
        let networks = self.networks.iter().map(|(name, network)| (name.clone(), boxed(&**network))).collect();
        Self { numbers: self.numbers.clone(), counts: self.counts.clone(), texts: self.texts.clone(), networks }
    }
}

impl<N> Default for CallbackState<N> {
    fn default() -> Self {
        Self { numbers: BTreeMap::new(), counts: BTreeMap::new(), texts: BTreeMap::new(), networks: BTreeMap::new() }
    }
}

impl<N> CallbackState<N> {
    /// Puts a number.
    pub fn set(&mut self, name: &str, value: f64) {
        self.set_series(name, [value]);
    }

    /// A number.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<f64> {
        self.series(name)?.first().copied()
    }

    /// Puts several numbers.
    pub fn set_series(&mut self, name: &str, values: impl IntoIterator<Item = f64>) {
        self.numbers.insert(name.into(), values.into_iter().collect());
    }

    /// Several numbers.
    #[must_use]
    pub fn series(&self, name: &str) -> Option<&[f64]> {
        self.numbers.get(name).map(Vec::as_slice)
    }

    /// Puts a text.
    pub fn set_text(&mut self, name: &str, text: impl Into<String>) {
        self.texts.insert(name.into(), text.into());
    }

    /// A text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    /// A network.
    #[must_use]
    pub fn network(&self, name: &str) -> Option<&N> {
        self.networks.get(name).map(Box::as_ref)
    }

    /// Puts a count, such as of epochs.
    pub fn set_count(&mut self, name: &str, count: usize) {
        self.counts.insert(name.into(), count as u64);
    }

    /// A count; 0 where there is none. Out of a checkpoint it is at most 2⁵²: to go on counting from it does not
    /// overflow.
    #[must_use]
    pub fn count(&self, name: &str) -> usize {
        let count = self.counts.get(name).copied().unwrap_or_default();
        usize::try_from(count).unwrap_or(usize::MAX)
    }
}

impl<N: Parameters> CallbackState<N> {
    /// Puts a network.
    pub fn set_network(&mut self, name: &str, network: &N) {
        self.networks.insert(name.into(), boxed(network));
    }
}

/// A copy on the heap. It never passes over the stack.
pub(crate) fn boxed<N: Parameters>(network: &N) -> Box<N> {
    let mut copy: Box<N> = bytemuck::zeroed_box();
    copy_to(&mut *copy, network);
    copy
}
