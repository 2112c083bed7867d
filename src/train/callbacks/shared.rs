//! A callback that can be looked at after training.

use alloc::rc::Rc;
use alloc::string::String;
use core::cell::{RefCell, RefMut};

use crate::error::Error;
use crate::train::callbacks::{BatchEnd, Callback, CallbackState, EpochEnd, Plan};
use crate::train::progress::Report;

/// A trainer owns its callbacks. Of one that is shared, a clone stays outside, where what it found can
/// be read after training.
///
/// ```
/// use std::cell::RefCell;
/// use std::rc::Rc;
///
/// use typenet::prelude::*;
///
/// let early = Rc::new(RefCell::new(EarlyStopping::new("loss").min_delta(1e-4).patience(2)));
/// let data = Dataset::new(vec![[0.0_f32], [0.5], [1.0]], vec![[1.0_f32], [2.0], [3.0]])?;
/// let mut trainer = Trainer::new(initialized::<Dense<1, 1>>(1), MeanSquaredError, Sgd::new(0.1))
///     .callback(early.clone());
/// let history = trainer.fit(&data, Fit::epochs(1000))?;
/// assert_eq!(early.borrow().stopped_epoch(), Some(history.len()));
/// # Ok::<(), typenet::Error>(())
/// ```
impl<N, C: Callback<N>> Callback<N> for Rc<RefCell<C>> {
    fn name(&self) -> &'static str {
        self.try_borrow().map_or("callback", |callback| callback.name())
    }

    fn start(&mut self, plan: &Plan<'_>) -> Result<(), Error> {
        borrowed(self)?.start(plan)
    }

    fn batch(&mut self, batch: &BatchEnd<'_, N>) {
        if let Ok(mut callback) = self.try_borrow_mut() {
            callback.batch(batch);
        }
    }

    fn epoch(&mut self, epoch: &mut EpochEnd<'_, N>) -> Result<(), Error> {
        borrowed(self)?.epoch(epoch)
    }

    fn failed(&mut self, error: &Error, report: &mut dyn Report) -> bool {
        self.try_borrow_mut().is_ok_and(|mut callback| callback.failed(error, report))
    }

    fn end(&mut self, network: &mut N, report: &mut dyn Report) -> Result<(), Error> {
        borrowed(self)?.end(network, report)
    }

    fn wants_diagnostics(&self) -> bool {
        self.try_borrow().is_ok_and(|callback| callback.wants_diagnostics())
    }

    fn save(&self, state: &mut CallbackState<N>) {
        if let Ok(callback) = self.try_borrow() {
            callback.save(state);
        }
    }

    fn restore(&mut self, state: &CallbackState<N>) -> Result<(), Error> {
        borrowed(self)?.restore(state)
    }
}

/// Not where it is borrowed elsewhere, which is a mistake of whoever borrowed it for so long.
fn borrowed<C>(shared: &Rc<RefCell<C>>) -> Result<RefMut<'_, C>, Error> {
    let sentence = "a shared callback is borrowed while a trainer calls it";
    shared.try_borrow_mut().map_err(|_| Error::Callback(String::from(sentence)))
}
