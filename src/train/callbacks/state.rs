//! What callbacks put into a checkpoint.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::network::Parameters;
use crate::network::batch::copy_to;

/// What a callback remembers, for a checkpoint: numbers, texts and networks by name. Every bit
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
    pub(crate) texts: BTreeMap<String, String>,
    pub(crate) networks: BTreeMap<String, Box<N>>,
}

impl<N: Parameters> Clone for CallbackState<N> {
    fn clone(&self) -> Self {
        // Not by `Box`, whose copy goes over the stack without optimisation.
        let networks = self.networks.iter().map(|(name, network)| (name.clone(), boxed(&**network))).collect();
        Self { numbers: self.numbers.clone(), texts: self.texts.clone(), networks }
    }
}

impl<N> Default for CallbackState<N> {
    fn default() -> Self {
        Self { numbers: BTreeMap::new(), texts: BTreeMap::new(), networks: BTreeMap::new() }
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

    /// Puts a count, such as of epochs. Exact up to 2⁵³.
    pub(crate) fn set_count(&mut self, name: &str, count: usize) {
        self.set(name, count as f64);
    }

    /// A count; 0 where there is none.
    pub(crate) fn count(&self, name: &str) -> usize {
        self.get(name).unwrap_or_default() as usize
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
