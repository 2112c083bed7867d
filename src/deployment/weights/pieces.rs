//! A weights file that comes piece by piece.

use core::marker::PhantomData;

use crc::{Digest, Table};

use crate::deployment::weights::{CHECKED, CRC, HEADER, Header, Weights, WeightsError, check_header};
use crate::network::Parameters;

/// Checks a file that comes piece by piece.
pub(crate) struct Pieces<N> {
    digest: Digest<'static, u32, Table<1>>,
    header: [u8; HEADER],
    at: usize,
    network: PhantomData<fn() -> N>,
}

impl<N: Parameters> Pieces<N> {
    pub fn new() -> Self {
        Self { digest: CRC.digest(), header: [0; HEADER], at: 0, network: PhantomData }
    }

    /// The next piece; what comes after the file does not count.
    pub fn add(&mut self, bytes: &[u8]) {
        let bytes = bytes.get(..Weights::<N>::BYTES.saturating_sub(self.at)).unwrap_or(bytes);
        let header = self.header.get_mut(self.at..).unwrap_or_default();
        header.iter_mut().zip(bytes).for_each(|(byte, value)| *byte = *value);
        self.digest.update(bytes.get(CHECKED.saturating_sub(self.at)..).unwrap_or_default());
        self.at += bytes.len();
    }

    /// The checksum of the file, if it is right.
    pub fn check(self) -> Result<u32, WeightsError> {
        let header = Header::from_bytes(&self.header)?;
        check_header::<N>(header, self.digest.finalize())?;
        Ok(header.checksum)
    }
}
