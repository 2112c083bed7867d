//! The weights file, and weights as source code.
//!
//! A file is a header of 40 bytes and the network as it lies in memory, which is how a program
//! reads it without a copy. All numbers are little-endian; a machine of the other byte order does
//! not get this module.
//!
//! | bytes | type | what |
//! | --- | --- | --- |
//! | 0 to 7 | bytes | `typenet` and 0 |
//! | 8 to 11 | `u32` | CRC-32 (ISO-HDLC, as in zip and PNG) of everything after it |
//! | 12 to 15 | `u32` | version of the format: 1 |
//! | 16 to 23 | `u64` | [`Fingerprint`](crate::network::Fingerprint) of the network's type |
//! | 24 to 27 | `u32` | trained scalars |
//! | 28 to 31 | `u32` | measured scalars (statistics) |
//! | 32 to 35 | `u32` | bytes of the network |
//! | 36 to 39 | `u32` | 0 |
//! | from 40 | | the network's arrays, in order; padding between them is 0 |

mod arrays;
mod error;
#[cfg(feature = "std")]
mod file;
#[cfg(feature = "store")]
mod pieces;
mod scrub;
mod source;

pub use error::WeightsError;
#[cfg(feature = "std")]
pub use file::WeightsFileError;
#[cfg(feature = "store")]
pub(crate) use pieces::Pieces;
pub use scrub::{Scrub, scrub_of_file};
pub use source::from_source;

use core::marker::PhantomData;

use crc::{CRC_32_ISO_HDLC, Crc, Table};

use crate::deployment::weights::arrays::{Arrays, all_finite, gather, scatter};
use crate::network::Parameters;

const MAGIC: [u8; 8] = *b"typenet\0";
const VERSION: u32 = 1;
pub(crate) const HEADER: usize = 40;
/// Where the part begins that the checksum covers.
const CHECKED: usize = 12;

/// The bytes of a weights file that lie before the network.
#[derive(Clone, Copy)]
struct Header {
    checksum: u32,
    version: u32,
    fingerprint: u64,
    trained: u32,
    measured: u32,
    bytes: u32,
}

impl Header {
    const fn of<N: Parameters>() -> Self {
        Self {
            checksum: 0,
            version: VERSION,
            fingerprint: N::FINGERPRINT.value(),
            trained: N::COUNT as u32,
            measured: N::STATISTICS as u32,
            bytes: size_of::<N>() as u32,
        }
    }

    fn to_bytes(self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        let fields = MAGIC
            .into_iter()
            .chain(self.checksum.to_le_bytes())
            .chain(self.version.to_le_bytes())
            .chain(self.fingerprint.to_le_bytes())
            .chain(self.trained.to_le_bytes())
            .chain(self.measured.to_le_bytes())
            .chain(self.bytes.to_le_bytes());
        bytes.iter_mut().zip(fields).for_each(|(byte, field)| *byte = field);
        bytes
    }

    const fn from_bytes(bytes: &[u8]) -> Result<Self, WeightsError> {
        let short = WeightsError::Length { found: bytes.len(), expected: HEADER };
        let Some((magic, rest)) = bytes.split_first_chunk::<8>() else { return Err(short) };
        if u64::from_le_bytes(*magic) != u64::from_le_bytes(MAGIC) {
            return Err(WeightsError::Magic);
        }
        let Some((checksum, rest)) = rest.split_first_chunk() else { return Err(short) };
        let Some((version, rest)) = rest.split_first_chunk() else { return Err(short) };
        let Some((fingerprint, rest)) = rest.split_first_chunk() else { return Err(short) };
        let Some((trained, rest)) = rest.split_first_chunk() else { return Err(short) };
        let Some((measured, rest)) = rest.split_first_chunk() else { return Err(short) };
        let Some((bytes, rest)) = rest.split_first_chunk() else { return Err(short) };
        if rest.len() < 4 {
            return Err(short);
        }
        Ok(Self {
            checksum: u32::from_le_bytes(*checksum),
            version: u32::from_le_bytes(*version),
            fingerprint: u64::from_le_bytes(*fingerprint),
            trained: u32::from_le_bytes(*trained),
            measured: u32::from_le_bytes(*measured),
            bytes: u32::from_le_bytes(*bytes),
        })
    }
}

/// For checksums at run time: a table of one kilobyte.
static CRC: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);

pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    CRC.checksum(bytes)
}

/// The checksum in a constant: larger tables, which are not part of the program, for fewer steps of
/// the compiler.
const fn checksum_in_constant(bytes: &[u8]) -> u32 {
    const CRC: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC);
    CRC.checksum(bytes)
}

/// The file of the weights of a network of type `N`.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<4, 16>, Relu, Dense<16, 3>];
///
/// // On the desktop:
/// let mut trained = Network::ZERO;
/// trained.init(Initializer::HeNormal, &mut seeded(1));
/// let mut file = [0; Weights::<Network>::BYTES];
/// Weights::write(&trained, &mut file)?;
///
/// // In the program that uses them:
/// let mut network = Network::ZERO;
/// Weights::read(&file, &mut network)?;
/// assert_eq!(network, trained);
/// # Ok::<(), typenet::deployment::WeightsError>(())
/// ```
///
/// On a disk: [`save`](Self::save) and [`load`](Self::load).
///
/// The macro [`weights!`](crate::weights) puts a file into the program and checks it while the
/// program is compiled.
#[derive(Debug)]
pub struct Weights<N>(PhantomData<N>);

impl<N: Parameters> Weights<N> {
    /// Bytes of the file.
    pub const BYTES: usize = HEADER + size_of::<N>();

    /// Writes a file to the start of a slice and returns its length.
    ///
    /// # Errors
    ///
    /// [`WeightsError::Room`]; [`WeightsError::NotFinite`]; [`WeightsError::Size`];
    /// [`WeightsError::Arrays`] where a layer of one's own does not show all of its arrays.
    pub fn write(network: &N, bytes: &mut [u8]) -> Result<usize, WeightsError> {
        let arrays = Arrays::of(network)?;
        let found = bytes.len();
        let Some((file, _)) = bytes.split_at_mut_checked(Self::BYTES) else {
            return Err(WeightsError::Room { found, expected: Self::BYTES });
        };
        arrays.finite()?;
        Self::fill(network, 0, 0, file);
        let checksum = checksum(file.get(CHECKED..).unwrap_or_default());
        Self::fill(network, checksum, 0, file);
        Ok(Self::BYTES)
    }

    /// The file in a vector.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    #[cfg(feature = "alloc")]
    pub fn to_vec(network: &N) -> Result<alloc::vec::Vec<u8>, WeightsError> {
        let mut file = alloc::vec![0; Self::BYTES];
        Self::write(network, &mut file)?;
        Ok(file)
    }

    /// Checks a file: that it is one, whole, and of this network. At its numbers it does not look.
    ///
    /// It can be called again and again on weights in flash, to notice a bit that has changed.
    ///
    /// # Errors
    ///
    /// [`WeightsError::Magic`], [`WeightsError::Length`], [`WeightsError::Checksum`], [`WeightsError::Version`],
    /// [`WeightsError::Network`].
    pub fn check(file: &[u8]) -> Result<(), WeightsError> {
        check::<N>(file, checksum(file.get(CHECKED..).unwrap_or_default()))
    }

    /// The network in a file, in place.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check); [`WeightsError::Alignment`]; [`WeightsError::NotFinite`].
    pub fn view(file: &[u8]) -> Result<&N, WeightsError> {
        Self::check(file)?;
        let payload = file.get(HEADER..).unwrap_or_default();
        let network = bytemuck::try_from_bytes(payload).map_err(|_| WeightsError::Alignment(align_of::<N>()))?;
        Arrays::of(network)?.finite()?;
        Ok(network)
    }

    /// Copies the weights in a file into a network, which stays as it is if there is an error. The
    /// file may lie at any address.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check); [`WeightsError::NotFinite`].
    pub fn read(file: &[u8], network: &mut N) -> Result<(), WeightsError> {
        Self::check(file)?;
        Arrays::of(network)?;
        let payload = file.get(HEADER..).unwrap_or_default();
        all_finite(network, 0, payload)?;
        scatter(network, 0, payload);
        Ok(())
    }

    /// The bytes of a file from `at` on, as many as there is room for; 0 after its end.
    pub(crate) fn fill(network: &N, checksum: u32, at: usize, bytes: &mut [u8]) {
        bytes.fill(0);
        let header = Header { checksum, ..Header::of::<N>() }.to_bytes();
        let rest = header.get(at..).unwrap_or_default();
        bytes.iter_mut().zip(rest).for_each(|(byte, value)| *byte = *value);
        let bytes = bytes.get_mut(rest.len()..).unwrap_or_default();
        gather(network, (at + rest.len()) - HEADER, bytes);
    }

    /// Whether all numbers in the bytes of a file from `at` on are finite. No number is cut: all places are multiples
    /// of 8.
    #[cfg(feature = "store")]
    pub(crate) fn finite(network: &N, at: usize, bytes: &[u8]) -> Result<(), WeightsError> {
        let (at, bytes) = behind_header(at, bytes);
        all_finite(network, at, bytes)
    }

    /// Takes over the bytes of a file from `at` on. Nothing is checked.
    #[cfg(feature = "store")]
    pub(crate) fn take_over(network: &mut N, at: usize, bytes: &[u8]) {
        let (at, bytes) = behind_header(at, bytes);
        scatter(network, at, bytes);
    }
}

/// The place in the network of bytes of its file, and those of them that are the network's.
#[cfg(feature = "store")]
fn behind_header(at: usize, bytes: &[u8]) -> (usize, &[u8]) {
    (at.saturating_sub(HEADER), bytes.get(HEADER.saturating_sub(at)..).unwrap_or_default())
}

const fn check<N: Parameters>(file: &[u8], found: u32) -> Result<(), WeightsError> {
    let header = match Header::from_bytes(file) {
        Ok(header) => header,
        Err(error) => return Err(error),
    };
    let expected = HEADER.saturating_add(header.bytes as usize);
    if file.len() != expected {
        return Err(WeightsError::Length { found: file.len(), expected });
    }
    check_header::<N>(header, found)
}

const fn check_header<N: Parameters>(header: Header, found: u32) -> Result<(), WeightsError> {
    if found != header.checksum {
        return Err(WeightsError::Checksum { found, expected: header.checksum });
    }
    if header.version != VERSION {
        return Err(WeightsError::Version { found: header.version });
    }
    let here = Header::of::<N>();
    if header.fingerprint != here.fingerprint
        || header.trained != here.trained
        || header.measured != here.measured
        || header.bytes != here.bytes
    {
        return Err(WeightsError::Network { found: header.fingerprint, expected: here.fingerprint });
    }
    Ok(())
}

/// Reads a weights file while the program is compiled: the value is the network.
///
/// In a `static` the weights lie in flash, and using them copies nothing. A file of another network
/// or version, and one with a byte changed or missing, does not compile; nor does one with a number that is not
/// finite, where all numbers are of one type. The path is relative to the source file, as with [`include_bytes!`].
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<2, 3>, Tanh, Dense<3, 1>];
/// static NETWORK: Network = typenet::weights!(Network, "../../../tests/weights/small.weights");
///
/// let mut output = [[0.0]; 1];
/// NETWORK.forward(&[[1.0, 0.0]], &mut output);
/// # assert!(output[0][0].is_finite());
/// ```
///
/// ```compile_fail
/// # use typenet::prelude::*;
/// type Network = Sequential![Dense<2, 4>, Tanh, Dense<4, 1>];
/// static NETWORK: Network = typenet::weights!(Network, "../../../tests/weights/small.weights");
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! weights {
    ($network:ty, $path:expr $(,)?) => {{
        // A checksum of a large file takes the compiler a while.
        #[allow(long_running_const_eval)]
        const NETWORK: $network =
            $crate::deployment::included::<$network, { ::core::mem::size_of::<$network>() }>(include_bytes!($path));
        NETWORK
    }};
}

/// The network in a file, in a constant.
#[doc(hidden)]
#[must_use]
#[expect(clippy::panic, reason = "in a constant: the program does not compile")]
pub const fn included<N: Parameters, const BYTES: usize>(file: &[u8]) -> N {
    let found = match file.split_at_checked(CHECKED) {
        Some((_, checked)) => checksum_in_constant(checked),
        None => 0,
    };
    match check::<N>(file, found) {
        Ok(()) => {}
        Err(WeightsError::Magic) => panic!("this is not a weights file"),
        Err(WeightsError::Length { .. }) => panic!("the weights file was cut, or something was added to it"),
        Err(WeightsError::Version { .. }) => panic!("the weights file has a version that this library does not read"),
        Err(WeightsError::Network { .. }) => panic!("the weights are those of another network: export them again"),
        Err(_) => panic!("the weights file is corrupt: its checksum is wrong"),
    }
    match file.split_at_checked(HEADER) {
        Some((_, payload)) => match payload.first_chunk::<BYTES>() {
            Some(bytes) if is_finite::<N>(bytes) => bytemuck::must_cast(*bytes),
            Some(_) => panic!("the weights file holds a number that is infinite or not a number"),
            None => panic!("the weights file was cut"),
        },
        None => panic!("the weights file was cut"),
    }
}

/// Whether all numbers are finite, as far as a constant can tell where they are: if all are of one type.
const fn is_finite<N: Parameters>(payload: &[u8]) -> bool {
    let (mut rest, scalars) = (payload, N::COUNT + N::STATISTICS);
    if payload.len() == 4 * scalars {
        // Ends: each round takes a number of the rest.
        while let Some((bytes, tail)) = rest.split_first_chunk() {
            if !f32::from_le_bytes(*bytes).is_finite() {
                return false;
            }
            rest = tail;
        }
    } else if payload.len() == 8 * scalars {
        // Ends: each round takes a number of the rest.
        while let Some((bytes, tail)) = rest.split_first_chunk() {
            if !f64::from_le_bytes(*bytes).is_finite() {
                return false;
            }
            rest = tail;
        }
    }
    true
}
