//! Two places in flash for a network, so that one is whole whenever power is lost.

use core::fmt;
use core::marker::PhantomData;
use core::ops::Range;

use embedded_storage::nor_flash::{NorFlash, ReadNorFlash};
use thiserror::Error;

use crate::deployment::weights::{Pieces, Weights, WeightsError, checksum};
use crate::network::Parameters;

/// What is moved at a time. It is a multiple of every flash's unit of reading and writing.
const CHUNK: usize = 256;

/// Why a network could not be saved or loaded.
///
/// `Debug` gives the sentence too.
#[derive(Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StoreError<E: fmt::Debug> {
    /// The flash failed.
    #[error("the flash failed: {0:?}")]
    Flash(E),
    /// The part of the flash cannot be used.
    #[error("a store needs two parts of whole pages in the flash, each of at least {needed} bytes")]
    Place {
        /// Bytes that one of the two parts needs.
        needed: usize,
    },
    /// Nothing valid was found.
    #[error("there is no network in the flash")]
    Empty,
    /// What was written was read back differently.
    #[error("the flash does not hold what was written: {0}")]
    Worn(WeightsError),
    /// The number that makes a slot the newest was read back differently.
    #[error("the flash does not hold the number that was written behind the weights")]
    Seal,
    /// The weights hold what is not finite, or a layer of one's own does not show its arrays.
    #[error(transparent)]
    Weights(WeightsError),
}

impl<E: fmt::Debug> fmt::Debug for StoreError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A network in flash that outlives the loss of power at any moment.
///
/// The place is divided into two slots. Saving erases the slot that does not hold the newest
/// network, writes a weights file there, reads it back, and then writes a seal with a number that
/// counts up: without a right seal a slot does not count. So a save that is cut anywhere leaves the
/// network that was there before; loading takes the newest one that is whole. The two slots wear
/// alike. A slot that cannot be read, as half-written words of a flash with error correction, does
/// not count either, and is the next to be erased.
///
/// It works on any flash with the traits of the crate `embedded-storage`, and needs no heap: what
/// it moves at a time is 256 bytes.
///
/// ```
/// use typenet::prelude::*;
/// # use typenet::embedded_storage::nor_flash::*;
/// # struct Flash([u8; 8192]);
/// # impl ErrorType for Flash { type Error = core::convert::Infallible; }
/// # impl ReadNorFlash for Flash {
/// #     const READ_SIZE: usize = 1;
/// #     fn read(&mut self, at: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
/// #         bytes.copy_from_slice(&self.0[at as usize..][..bytes.len()]);
/// #         Ok(())
/// #     }
/// #     fn capacity(&self) -> usize { self.0.len() }
/// # }
/// # impl NorFlash for Flash {
/// #     const WRITE_SIZE: usize = 4;
/// #     const ERASE_SIZE: usize = 1024;
/// #     fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
/// #         self.0[from as usize..to as usize].fill(0xff);
/// #         Ok(())
/// #     }
/// #     fn write(&mut self, at: u32, bytes: &[u8]) -> Result<(), Self::Error> {
/// #         self.0[at as usize..][..bytes.len()].copy_from_slice(bytes);
/// #         Ok(())
/// #     }
/// # }
/// # let flash = Flash([0xff; 8192]);
/// type Network = Sequential![Dense<4, 16>, Relu, Dense<16, 3>];
///
/// let mut store = Store::<_, Network>::new(flash, 0..4096)?;
/// let mut network = Network::ZERO;
/// network.init(Initializer::HeNormal, &mut seeded(1));
/// store.save(&network)?;
///
/// let mut loaded = Network::ZERO;
/// store.load(&mut loaded)?;
/// assert_eq!(loaded, network);
/// # Ok::<(), StoreError<core::convert::Infallible>>(())
/// ```
#[derive(Debug)]
pub struct Store<F, N> {
    flash: F,
    start: u32,
    slot: u32,
    network: PhantomData<fn() -> N>,
}

/// A slot that holds a whole network.
#[derive(Clone, Copy)]
struct Found {
    slot: u32,
    number: u32,
}

/// What both slots hold, the newest first.
type Slots = [Option<Found>; 2];

impl<F: NorFlash, N: Parameters> Store<F, N> {
    /// Bytes of a seal: its number and a checksum, filled up to a unit of writing.
    const SEAL: usize = if F::WRITE_SIZE > 8 { F::WRITE_SIZE } else { 8 };
    /// Where the seal lies in a slot: after the file.
    const SEAL_AT: usize = Weights::<N>::BYTES.next_multiple_of(unit::<F>());

    /// Bytes that each of the two slots needs, in whole pages.
    pub const SLOT: usize = (Self::SEAL_AT + Self::SEAL.next_multiple_of(unit::<F>())).next_multiple_of(F::ERASE_SIZE);

    const FITS: () = assert!(
        CHUNK.is_multiple_of(unit::<F>()) && F::ERASE_SIZE.is_multiple_of(unit::<F>()),
        "this flash reads or writes in units that 256 bytes are no multiple of"
    );

    /// A store in a part of the flash: two slots of equal size.
    ///
    /// # Errors
    ///
    /// [`StoreError::Place`] where half of the place is too small or does not consist of whole
    /// pages, or the flash ends before.
    pub fn new(flash: F, place: Range<u32>) -> Result<Self, StoreError<F::Error>> {
        let () = Self::FITS;
        let slot = place.end.saturating_sub(place.start) / 2;
        let page = u32::try_from(F::ERASE_SIZE).unwrap_or(u32::MAX);
        let whole = slot.is_multiple_of(page) && place.start.is_multiple_of(page);
        if whole && slot as usize >= Self::SLOT && place.end as usize <= flash.capacity() {
            Ok(Self { flash, start: place.start, slot, network: PhantomData })
        } else {
            Err(StoreError::Place { needed: Self::SLOT })
        }
    }

    /// Gives the flash back.
    pub fn into_flash(self) -> F {
        self.flash
    }

    /// Saves a network in place of the older one of the two that are there.
    ///
    /// # Errors
    ///
    /// [`StoreError::Flash`]; [`StoreError::Worn`] and [`StoreError::Seal`] where the flash does not keep what is
    /// written; [`StoreError::Weights`] for a network whose weights are not finite. The network saved before is
    /// still there.
    pub fn save(&mut self, network: &N) -> Result<(), StoreError<F::Error>> {
        let checksum = Weights::checksum(network).map_err(StoreError::Weights)?;
        let [newest, _] = self.found().0;
        let (slot, number) = newest.map_or((0, 1), |found| (1 - found.slot, found.number.wrapping_add(1)));
        let start = self.start + slot * self.slot;
        self.flash.erase(start, start + self.slot).map_err(StoreError::Flash)?;

        let mut chunk = [0; CHUNK];
        let mut at = 0;
        for _ in 0..Weights::<N>::BYTES.div_ceil(CHUNK) {
            Weights::fill(network, checksum, at, &mut chunk);
            let len = CHUNK.min(Self::SEAL_AT - at);
            let bytes = chunk.get(..len).unwrap_or_default();
            self.flash.write(start + at as u32, bytes).map_err(StoreError::Flash)?;
            at += len;
        }
        // The seal comes last, and only on what can be read.
        self.check_file(start)?.map_err(StoreError::Worn)?;
        let mut seal = [0; CHUNK];
        let fields = number.to_le_bytes().into_iter().chain(seal_checksum(number, checksum).to_le_bytes());
        seal.iter_mut().zip(fields).for_each(|(byte, field)| *byte = field);
        let seal = seal.get(..Self::SEAL.next_multiple_of(unit::<F>())).unwrap_or_default();
        self.flash.write(start + Self::SEAL_AT as u32, seal).map_err(StoreError::Flash)?;
        match self.number(slot)? {
            Some(found) if found == number => Ok(()),
            _ => Err(StoreError::Seal),
        }
    }

    /// Loads the newest network that is whole, and returns its number: the first one saved is 1.
    ///
    /// # Errors
    ///
    /// [`StoreError::Empty`]; [`StoreError::Flash`] where no slot is whole and one cannot be read;
    /// [`StoreError::Weights`] where the weights of all that are whole are not finite. The network is as it was, but
    /// where a slot that could be read twice cannot be read a third time: that can leave it in between.
    pub fn load(&mut self, network: &mut N) -> Result<u32, StoreError<F::Error>> {
        let (found, mut result) = self.found();
        for found in found.into_iter().flatten() {
            result = self.copy(found.slot, network);
            if result.is_ok() {
                return Ok(found.number);
            }
        }
        result.and(Err(StoreError::Empty))
    }

    /// Looks at what is there: whether there is a network that is whole.
    ///
    /// # Errors
    ///
    /// [`StoreError::Empty`]; [`StoreError::Flash`] where no slot is whole and one cannot be read.
    pub fn check(&mut self) -> Result<(), StoreError<F::Error>> {
        let ([newest, _], read) = self.found();
        if newest.is_some() { Ok(()) } else { read.and(Err(StoreError::Empty)) }
    }

    /// The networks that are whole, the newest first, and what could not be read.
    fn found(&mut self) -> (Slots, Result<(), StoreError<F::Error>>) {
        let mut read = Ok(());
        let [first, second] = [0, 1].map(|slot| match self.number(slot) {
            Ok(number) => number.map(|number| Found { slot, number }),
            Err(error) => {
                read = Err(error);
                None
            }
        });
        // The two are one apart, also where the number has begun again at 0.
        let newer = |first: Found, second: Found| second.number.wrapping_sub(first.number) < u32::MAX / 2;
        match (first, second) {
            (Some(older), Some(newest)) if newer(older, newest) => ([second, first], read),
            (None, _) => ([second, None], read),
            _ => ([first, second], read),
        }
    }

    fn copy(&mut self, slot: u32, network: &mut N) -> Result<(), StoreError<F::Error>> {
        let start = self.start + slot * self.slot;
        for take_over in [false, true] {
            for at in (0..Weights::<N>::BYTES).step_by(CHUNK) {
                let chunk = self.read(start, at)?;
                let bytes = chunk.get(..CHUNK.min(Weights::<N>::BYTES - at)).unwrap_or_default();
                match take_over {
                    true => Weights::take_over(network, at, bytes),
                    false => Weights::finite(network, at, bytes).map_err(StoreError::Weights)?,
                }
            }
        }
        Ok(())
    }

    /// The number of the network in a slot, if it is whole.
    fn number(&mut self, slot: u32) -> Result<Option<u32>, StoreError<F::Error>> {
        let start = self.start + slot * self.slot;
        let Ok(checksum) = self.check_file(start)? else { return Ok(None) };
        let seal = self.read(start, Self::SEAL_AT)?;
        let Some((number, rest)) = seal.split_first_chunk() else { return Ok(None) };
        let number = u32::from_le_bytes(*number);
        let sealed =
            rest.first_chunk().is_some_and(|found| u32::from_le_bytes(*found) == seal_checksum(number, checksum));
        Ok(sealed.then_some(number))
    }

    /// The checksum of the file in a slot, if it is right.
    fn check_file(&mut self, start: u32) -> Result<Result<u32, WeightsError>, StoreError<F::Error>> {
        let mut file = Pieces::<N>::new();
        for at in (0..Weights::<N>::BYTES).step_by(CHUNK) {
            file.add(&self.read(start, at)?);
        }
        Ok(file.check())
    }

    /// A chunk of a slot, or as much of it as there is.
    fn read(&mut self, start: u32, at: usize) -> Result<[u8; CHUNK], StoreError<F::Error>> {
        let mut chunk = [0; CHUNK];
        let len = CHUNK.min((self.slot as usize).saturating_sub(at));
        let bytes = chunk.get_mut(..len).unwrap_or_default();
        self.flash.read(start + at as u32, bytes).map_err(StoreError::Flash)?;
        Ok(chunk)
    }
}

/// The unit of both reading and writing.
const fn unit<F: NorFlash>() -> usize {
    let (read, write) = (<F as ReadNorFlash>::READ_SIZE, F::WRITE_SIZE);
    if read > write { read } else { write }
}

/// What makes a number a seal of the file with this checksum.
fn seal_checksum(number: u32, file: u32) -> u32 {
    let [a, b, c, d] = number.to_le_bytes();
    let [e, f, g, h] = file.to_le_bytes();
    checksum(&[a, b, c, d, e, f, g, h])
}
