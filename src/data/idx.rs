//! IDX: the format of MNIST.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::string::ToString;
use std::vec::Vec;

use flate2::bufread::MultiGzDecoder;

use crate::data::Dataset;
use crate::data::error::DataError;
use crate::data::numbers::{Encoding, FromNumbers, Header, memory_of_compressed, pair, start};

const FORMAT: &str = "IDX";
/// What a gzip file starts with (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The samples of an IDX file, the format of MNIST (<http://yann.lecun.com/exdb/mnist>), compressed by gzip or not:
/// a number of dimensions, their sizes, and numbers of one type, the highest byte first.
///
/// The first dimension counts the samples. Sizes of 1 do not count in the others, so that an image of `28 x 28` is
/// a `[[[f32; 28]; 28]; 1]`; and a vector takes a sample of any shape, row after row.
///
/// ```
/// use typenet::prelude::*;
///
/// let images: Vec<[[[f32; 4]; 3]; 1]> = read_idx("tests/interchange/data/images-idx3-ubyte.gz")?;
/// assert_eq!(images.len(), 5);
/// # Ok::<(), DataError>(())
/// ```
///
/// # Errors
///
/// A [`DataError`] that names the file and, of a number that is no such sample's, the sample;
/// [`DataError::TooLarge`] where so small a compressed file announces so many numbers that it can hardly hold a data
/// set: [`read_idx_within`].
pub fn read_idx<X: FromNumbers>(path: impl AsRef<Path>) -> Result<Vec<X>, DataError> {
    read(path.as_ref(), None)
}

/// As [`read_idx`], of a file that takes at most `memory` bytes as samples and as the numbers in the file together.
///
/// ```
/// use typenet::prelude::*;
///
/// let labels: Vec<u8> = read_idx_within("tests/interchange/data/labels-idx1-ubyte", 10)?;
/// assert_eq!(labels.len(), 5);
/// assert!(read_idx_within::<u64>("tests/interchange/data/labels-idx1-ubyte", 10).is_err());
/// # Ok::<(), DataError>(())
/// ```
///
/// # Errors
///
/// The same.
pub fn read_idx_within<X: FromNumbers>(path: impl AsRef<Path>, memory: u64) -> Result<Vec<X>, DataError> {
    read(path.as_ref(), Some(memory))
}

fn read<X: FromNumbers>(path: &Path, memory: Option<u64>) -> Result<Vec<X>, DataError> {
    let file = path.display().to_string();
    let failed = |source| DataError::read(&file, source);
    let opened = File::open(path).map_err(failed)?;
    let length = opened.metadata().map_err(failed)?.len();
    let mut reader = BufReader::new(opened);
    if reader.fill_buf().map_err(failed)?.starts_with(&GZIP) {
        samples(&file, MultiGzDecoder::new(reader), memory.unwrap_or(memory_of_compressed(length)))
    } else {
        samples(&file, reader, memory.unwrap_or(u64::MAX))
    }
}

fn samples<X: FromNumbers>(file: &str, mut reader: impl Read, memory: u64) -> Result<Vec<X>, DataError> {
    let [zero, zero_too, kind, rank] = start(file, FORMAT, &mut reader)?;
    let wrong = |problem: &str| DataError::Format { file: file.to_string(), format: FORMAT, problem: problem.into() };
    if [zero, zero_too] != [0, 0] {
        return Err(wrong("it does not start with two zeros"));
    }
    let (kind, size) = match kind {
        0x08 => ('u', 1),
        0x09 => ('i', 1),
        0x0b => ('i', 2),
        0x0c => ('i', 4),
        0x0d => ('f', 4),
        0x0e => ('f', 8),
        _ => return Err(wrong("it has numbers of a type that there is not")),
    };
    if rank == 0 {
        return Err(wrong("it has no dimensions"));
    }
    let mut shape = Vec::new();
    for _ in 0..rank {
        let size = u32::from_be_bytes(start(file, FORMAT, &mut reader)?);
        shape.push(usize::try_from(size).unwrap_or(usize::MAX));
    }
    let header = Header { encoding: Encoding { kind, size, big_endian: true }, shape, fortran: false };
    header.samples(file, reader, memory)
}

impl<X: FromNumbers, Y: FromNumbers> Dataset<X, Y> {
    /// Reads two IDX files, compressed or not, as MNIST has them: images and their classes. See
    /// [`read_idx`](fn@crate::data::read_idx).
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let mut data: Dataset<[[[f32; 4]; 3]; 1], u8> = Dataset::from_idx(
    ///     "tests/interchange/data/images-idx3-ubyte.gz",
    ///     "tests/interchange/data/labels-idx1-ubyte",
    /// )?;
    /// // From 0..255 to 0..1.
    /// Tensor::flat_mut(data.inputs_mut()).iter_mut().for_each(|pixel: &mut f32| *pixel /= 255.0);
    /// assert_eq!(data.targets(), [0, 1, 2, 3, 9]);
    /// # Ok::<(), DataError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A [`DataError`] that names the file.
    pub fn from_idx(inputs: impl AsRef<Path>, targets: impl AsRef<Path>) -> Result<Self, DataError> {
        let names = (inputs.as_ref().display().to_string(), targets.as_ref().display().to_string());
        pair((read_idx(inputs)?, names.0), (read_idx(targets)?, names.1))
    }
}
