//! What can be wrong with weights.

use thiserror::Error;

/// Why weights cannot be used. Nothing was changed.
#[derive(Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// The first bytes are not those of a weights file.
    #[error("this is not a weights file")]
    Magic,
    /// The file was cut, or something was added.
    #[error("the weights file has {found} bytes, but should have {expected}")]
    Length {
        /// Bytes there are.
        found: usize,
        /// Bytes there should be.
        expected: usize,
    },
    /// A bit is not what it was.
    #[error("the weights file is corrupt: its checksum is {found:#010x}, not {expected:#010x}")]
    Checksum {
        /// The checksum of the bytes that are there.
        found: u32,
        /// The checksum that the file says.
        expected: u32,
    },
    /// The file was written by a later version of this library.
    #[error("the weights file has version {found} of the format, but this program reads version 1")]
    Version {
        /// The file's version.
        found: u32,
    },
    /// The weights belong to another type.
    #[error("the weights are those of another network: fingerprint {found:#018x}, not {expected:#018x}")]
    Network {
        /// The fingerprint in the file.
        found: u64,
        /// The fingerprint of the network's type.
        expected: u64,
    },
    /// The bytes start at an address where this network cannot lie.
    #[error("the weights file is not aligned for its network: it must start at a multiple of {0} bytes")]
    Alignment(usize),
    /// There is no room for the file.
    #[error("a weights file of {expected} bytes does not fit into {found}")]
    Room {
        /// Bytes there are.
        found: usize,
        /// Bytes needed.
        expected: usize,
    },
    /// A number is infinite or not a number.
    #[error("array {number} of the network (counted from 0), {array:?}, holds a number that is not finite")]
    NotFinite {
        /// The array's name within its layer.
        array: &'static str,
        /// Its number among the arrays of the network, from 0.
        number: usize,
    },
    /// A network whose file would be too large for the format.
    #[error("a network of {bytes} bytes is too large for a weights file, whose header has room for less than 4 GiB")]
    Size {
        /// The network's bytes.
        bytes: usize,
    },
    /// A layer does not show all of its arrays, or shows what is not its own.
    #[error("a layer of this network does not show its arrays as they lie in memory")]
    Arrays,
}

crate::error::debug_is_display!(WeightsError);
