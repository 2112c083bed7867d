//! Looks through the weights of a running network for bits that have changed.

use core::fmt;
use core::marker::PhantomData;

use crc::{Digest, Table};

use crate::deployment::weights::arrays::Arrays;
use crate::deployment::weights::{CHECKED, CRC, Header, Weights, WeightsError, check, checksum_in_constant};
use crate::network::Parameters;

/// Looks through a network's weights at run time, a piece at each call, for bits that have changed: in flash that
/// wears, in RAM that radiation hits.
///
/// What is computed is the CRC-32 of the network's [weights file](Weights). Any one flipped bit changes it, and so do
/// any two of a network below 512 MiB and all within 32 bits in a row; of other changes it misses one in 2³². (A CRC
/// finds each burst as long as itself: Peterson, Brown 1961, <https://doi.org/10.1109/JRPROC.1961.287814>.)
///
/// The [`scrub!`](crate::scrub) macro takes the checksum from the weights file, so that it is right even if the
/// weights were damaged before the program started. For weights that were trained on the device there is
/// [`of`](Scrub::of).
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<2, 3>, Tanh, Dense<3, 1>];
/// static NETWORK: Network = typenet::weights!(Network, "../../../tests/weights/small.weights");
/// let mut scrub: Scrub<Network> = typenet::scrub!(Network, "../../../tests/weights/small.weights");
///
/// // Now and then, when there is time for it: at most 32 bytes in a call.
/// let mut rounds = 0;
/// for _ in 0..6 {
///     rounds += u32::from(scrub.check(&NETWORK, 32)?);
/// }
/// assert_eq!(rounds, 2);
/// # Ok::<(), WeightsError>(())
/// ```
#[derive(Clone)]
pub struct Scrub<N> {
    expected: u32,
    /// What is looked at next; the checksum so far.
    at: usize,
    digest: Digest<'static, u32, Table<1>>,
    network: PhantomData<fn() -> N>,
}

impl<N> fmt::Debug for Scrub<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scrub").field("expected", &self.expected).field("at", &self.at).finish_non_exhaustive()
    }
}

impl<N: Parameters> Scrub<N> {
    const fn new(expected: u32) -> Self {
        Self { expected, at: CHECKED, digest: CRC.digest(), network: PhantomData }
    }

    /// Takes the network as it is now for right.
    ///
    /// # Errors
    ///
    /// [`WeightsError::NotFinite`]; [`WeightsError::Arrays`] where a layer of one's own does not show all of its
    /// arrays.
    pub fn of(network: &N) -> Result<Self, WeightsError> {
        Weights::checksum(network).map(Self::new)
    }

    /// Takes the checksum from the network's weights file, of which only the first 40 bytes are read.
    ///
    /// # Errors
    ///
    /// As [`Weights::check`], but for a changed byte behind the header, which the first round finds.
    pub const fn of_file(file: &[u8]) -> Result<Self, WeightsError> {
        let checksum = match Header::from_bytes(file) {
            Ok(header) => header.checksum,
            Err(error) => return Err(error),
        };
        match check::<N>(file, checksum) {
            Ok(()) => Ok(Self::new(checksum)),
            Err(error) => Err(error),
        }
    }

    /// Looks at the next bytes, at most so many; whether with them a round has ended, in which the whole network was
    /// found to be as it was. After the last byte, and after an error, it starts again.
    ///
    /// The work of a call is bounded by the number of bytes and of layers.
    ///
    /// # Errors
    ///
    /// [`WeightsError::Checksum`] at the end of a round in which anything is not as it was.
    pub fn check(&mut self, network: &N, bytes: usize) -> Result<bool, WeightsError> {
        let end = Weights::<N>::BYTES.min(self.at.saturating_add(bytes));
        digest(network, self.at..end, &mut self.digest);
        self.at = end;
        if end < Weights::<N>::BYTES {
            return Ok(false);
        }
        let digest = core::mem::replace(self, Self::new(self.expected)).digest;
        match digest.finalize() {
            found if found == self.expected => Ok(true),
            found => Err(WeightsError::Checksum { found, expected: self.expected }),
        }
    }
}

impl<N: Parameters> Weights<N> {
    /// The checksum that a file of this network has.
    pub(crate) fn checksum(network: &N) -> Result<u32, WeightsError> {
        Arrays::of(network)?.finite()?;
        let mut sum = CRC.digest();
        digest(network, CHECKED..Self::BYTES, &mut sum);
        Ok(sum.finalize())
    }
}

/// Adds some bytes of a network's file to a checksum.
fn digest<N: Parameters>(network: &N, place: core::ops::Range<usize>, digest: &mut Digest<'static, u32, Table<1>>) {
    // A compiler that knows the weights need not read them.
    let network = core::hint::black_box(network);
    let mut bytes = [0; 64];
    for at in place.clone().step_by(bytes.len()) {
        Weights::fill(network, 0, at, &mut bytes);
        digest.update(bytes.get(..place.end - at).unwrap_or(&bytes));
    }
}

/// A [`Scrub`] with the checksum of a weights file, which is read and checked while the program is compiled; the file
/// itself does not become part of the program. The path is relative to the source file.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<2, 3>, Tanh, Dense<3, 1>];
/// let scrub: Scrub<Network> = typenet::scrub!(Network, "../../../tests/weights/small.weights");
/// # let _ = scrub;
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! scrub {
    ($network:ty, $path:expr $(,)?) => {{
        #[allow(long_running_const_eval)]
        const SCRUB: $crate::deployment::Scrub<$network> = $crate::deployment::scrub_of_file(include_bytes!($path));
        SCRUB
    }};
}

/// The scrub of a file, in a constant.
#[doc(hidden)]
#[must_use]
#[expect(clippy::panic, reason = "in a constant: the program does not compile")]
pub const fn scrub_of_file<N: Parameters>(file: &[u8]) -> Scrub<N> {
    let found = match file.split_at_checked(CHECKED) {
        Some((_, checked)) => checksum_in_constant(checked),
        None => 0,
    };
    match Scrub::of_file(file) {
        Ok(scrub) if found == scrub.expected => scrub,
        Err(WeightsError::Network { .. }) => panic!("the weights are those of another network: export them again"),
        _ => panic!("this is not a weights file, or it is corrupt"),
    }
}
