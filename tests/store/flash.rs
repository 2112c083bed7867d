//! Flash memories that fail.

use std::collections::BTreeSet;
use std::convert::Infallible;

use typenet::embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};
use typenet::prelude::*;
use typenet::rand::Rng;
use typenet::rand::rngs::Xoshiro256PlusPlus;

/// A flash memory as they are: erasing sets all bits of a page, writing clears bits of a unit. Power
/// is lost in the middle of the operation that `left` has counted down to.
#[derive(Clone, Debug)]
pub struct Flash<const WRITE: usize, const ERASE: usize> {
    pub bytes: Vec<u8>,
    pub left: Option<usize>,
    pub operations: usize,
    pub rng: Xoshiro256PlusPlus,
    /// Of a flash with error correction: units that were half written or half erased, which cannot be read.
    pub unreadable: Option<BTreeSet<usize>>,
}

#[derive(Debug, PartialEq)]
pub enum Fault {
    PowerLost,
    Misused(NorFlashErrorKind),
    NotErased,
    Unreadable,
}

impl NorFlashError for Fault {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

impl<const WRITE: usize, const ERASE: usize> Flash<WRITE, ERASE> {
    pub fn new(pages: usize) -> Self {
        Self { bytes: vec![0xff; pages * ERASE], left: None, operations: 0, rng: seeded(1), unreadable: None }
    }

    pub fn with_error_correction(self) -> Self {
        Self { unreadable: Some(BTreeSet::new()), ..self }
    }

    /// One operation on a unit or a page: whole, or half done where power is lost.
    fn operate(&mut self, at: usize, len: usize, what: impl Fn(u8, usize) -> u8) -> Result<(), Fault> {
        if self.left == Some(0) {
            return Err(Fault::PowerLost);
        }
        self.left = self.left.map(|left| left - 1);
        self.operations += 1;
        let cut = self.left == Some(0);
        for (index, byte) in self.bytes[at..at + len].iter_mut().enumerate() {
            // Any of the bits that should change has changed, or has not.
            let random = self.rng.next_u32() as u8;
            let changed = *byte ^ what(*byte, index);
            *byte ^= if cut { changed & random } else { changed };
        }
        for unit in at / WRITE..(at + len) / WRITE {
            match &mut self.unreadable {
                Some(units) if cut && self.rng.next_u32().is_multiple_of(2) => units.insert(unit),
                Some(units) if !cut => units.remove(&unit),
                _ => false,
            };
        }
        if cut { Err(Fault::PowerLost) } else { Ok(()) }
    }
}

impl<const WRITE: usize, const ERASE: usize> ErrorType for Flash<WRITE, ERASE> {
    type Error = Fault;
}

impl<const WRITE: usize, const ERASE: usize> ReadNorFlash for Flash<WRITE, ERASE> {
    const READ_SIZE: usize = if WRITE < 4 { WRITE } else { 4 };

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Fault> {
        check_read(self, offset, bytes.len()).map_err(Fault::Misused)?;
        let units = offset as usize / WRITE..(offset as usize + bytes.len()).div_ceil(WRITE);
        if self.unreadable.as_ref().is_some_and(|unreadable| unreadable.range(units).next().is_some()) {
            return Err(Fault::Unreadable);
        }
        bytes.copy_from_slice(&self.bytes[offset as usize..][..bytes.len()]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.bytes.len()
    }
}

impl<const WRITE: usize, const ERASE: usize> NorFlash for Flash<WRITE, ERASE> {
    const WRITE_SIZE: usize = WRITE;
    const ERASE_SIZE: usize = ERASE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Fault> {
        check_erase(self, from, to).map_err(Fault::Misused)?;
        (from as usize..to as usize).step_by(ERASE).try_for_each(|at| self.operate(at, ERASE, |_, _| 0xff))
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Fault> {
        check_write(self, offset, bytes.len()).map_err(Fault::Misused)?;
        for (index, unit) in bytes.chunks(WRITE).enumerate() {
            let at = offset as usize + index * WRITE;
            // Units cannot be written twice.
            if self.bytes[at..at + WRITE].iter().any(|byte| *byte != 0xff) {
                return Err(Fault::NotErased);
            }
            self.operate(at, WRITE, |old, index| old & unit[index])?;
        }
        Ok(())
    }
}

/// A flash with a byte whose bits cannot be cleared.
pub struct Worn(pub Flash<4, 1024>, pub usize);

impl ErrorType for Worn {
    type Error = Infallible;
}

impl ReadNorFlash for Worn {
    const READ_SIZE: usize = 4;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.read(offset, bytes).unwrap();
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.0.capacity()
    }
}

impl NorFlash for Worn {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 1024;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Infallible> {
        self.0.erase(from, to).unwrap();
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Infallible> {
        self.0.write(offset, bytes).unwrap();
        self.0.bytes[self.1] = 0xff;
        Ok(())
    }
}
