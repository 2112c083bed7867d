//! NumPy's files: one array (`.npy`), and archives of them (`.npz`).

use std::format;
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::Path;
use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use zip::ZipArchive;
use zip::result::ZipError;

use crate::data::Dataset;
use crate::data::error::DataError;
use crate::data::numbers::{Encoding, FromNumbers, Header, memory_of_compressed, pair, start};

const FORMAT: &str = "NumPy";
/// The longest header, as NumPy itself reads it by default.
const LONGEST_HEADER: u32 = 10_000;

/// The samples of a file that NumPy's `save` wrote (<https://numpy.org/neps/nep-0001-npy-format.html>): floating-point
/// numbers of 2, 4 or 8 bytes, integers, truth values.
///
/// The first dimension counts the samples. Sizes of 1 do not count in the others, and a vector takes a sample of any
/// shape, row after row.
///
/// ```
/// use typenet::prelude::*;
///
/// let samples: Vec<[[f32; 3]; 2]> = read_npy("tests/interchange/data/inputs.npy")?;
/// assert_eq!(samples.len(), 4);
/// # Ok::<(), DataError>(())
/// ```
///
/// # Errors
///
/// A [`DataError`] that names the file and, of a number that is no such sample's, the sample.
pub fn read_npy<X: FromNumbers>(path: impl AsRef<Path>) -> Result<Vec<X>, DataError> {
    let file = path.as_ref().display().to_string();
    let mut reader = BufReader::new(File::open(&path).map_err(|source| DataError::read(&file, source))?);
    header(&file, &mut reader)?.samples(&file, reader, u64::MAX)
}

/// The samples of one array in an archive that NumPy's `savez` or `savez_compressed` wrote; see
/// [`read_npy`](fn@crate::data::read_npy).
///
/// ```
/// use typenet::prelude::*;
///
/// let classes: Vec<u8> = read_npz("tests/interchange/data/both.npz", "targets")?;
/// assert_eq!(classes, [2, 0, 1, 1]);
///
/// let error = read_npz::<u8>("tests/interchange/data/both.npz", "y").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#"tests/interchange/data/both.npz: there is no array "y"; there are "inputs", "targets""#,
/// );
/// # Ok::<(), DataError>(())
/// ```
///
/// # Errors
///
/// A [`DataError`] that names the file and the array; [`DataError::TooLarge`] where so small a file announces so many
/// numbers that it can hardly hold a data set: [`read_npz_within`].
pub fn read_npz<X: FromNumbers>(path: impl AsRef<Path>, array: &str) -> Result<Vec<X>, DataError> {
    // A file that is not there is an error of its own, below.
    let memory = memory_of_compressed(fs::metadata(&path).map_or(0, |data| data.len()));
    read_npz_within(path, array, memory)
}

/// As [`read_npz`], of an array that takes at most `memory` bytes as samples and as the numbers in the file together.
///
/// ```
/// use typenet::prelude::*;
///
/// let error = read_npz_within::<u8>("tests/interchange/data/both.npz", "targets", 7).unwrap_err();
/// assert!(error.to_string().ends_with("its samples would take 8 bytes of memory, and 7 are allowed"));
/// ```
///
/// # Errors
///
/// The same.
pub fn read_npz_within<X: FromNumbers>(path: impl AsRef<Path>, array: &str, memory: u64) -> Result<Vec<X>, DataError> {
    let file = path.as_ref().display().to_string();
    let reader = BufReader::new(File::open(&path).map_err(|source| DataError::read(&file, source))?);
    let mut archive = ZipArchive::new(reader).map_err(|error| of_zip(&file, error))?;
    let names = archive.file_names().filter_map(Result::ok);
    let mut arrays: Vec<String> = names.filter_map(|name| Some(name.strip_suffix(".npy")?.to_string())).collect();
    if !arrays.iter().any(|name| name == array) {
        arrays.sort();
        return Err(DataError::MissingArray { file, name: array.to_string(), arrays });
    }
    let mut reader = archive.by_name(&format!("{array}.npy")).map_err(|error| of_zip(&file, error))?;
    let file = format!("{file}, array {array:?}");
    header(&file, &mut reader)?.samples(&file, reader, memory)
}

fn of_zip(file: &str, error: ZipError) -> DataError {
    match error {
        ZipError::Io(source) if source.kind() != std::io::ErrorKind::UnexpectedEof => DataError::read(file, source),
        error => DataError::Format { file: file.to_string(), format: "NumPy archives", problem: error.to_string() },
    }
}

impl<X: FromNumbers, Y: FromNumbers> Dataset<X, Y> {
    /// Reads two files that NumPy's `save` wrote; see [`read_npy`](fn@crate::data::read_npy).
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let data: Dataset<[f32; 6], u8> =
    ///     Dataset::from_npy("tests/interchange/data/inputs.npy", "tests/interchange/data/targets.npy")?;
    /// assert_eq!(data.targets(), [2, 0, 1, 1]);
    /// # Ok::<(), DataError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A [`DataError`] that names the file.
    pub fn from_npy(inputs: impl AsRef<Path>, targets: impl AsRef<Path>) -> Result<Self, DataError> {
        let names = (inputs.as_ref().display().to_string(), targets.as_ref().display().to_string());
        pair((read_npy(inputs)?, names.0), (read_npy(targets)?, names.1))
    }

    /// Reads two arrays of an archive that NumPy's `savez` or `savez_compressed` wrote.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let data: Dataset<[[f64; 3]; 2], usize> =
    ///     Dataset::from_npz("tests/interchange/data/both.npz", "inputs", "targets")?;
    /// assert_eq!(data.len(), 4);
    /// # Ok::<(), DataError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A [`DataError`] that names the file and the array.
    pub fn from_npz(path: impl AsRef<Path>, inputs: &str, targets: &str) -> Result<Self, DataError> {
        let file = path.as_ref().display();
        let names = (format!("{file}, array {inputs:?}"), format!("{file}, array {targets:?}"));
        pair((read_npz(&path, inputs)?, names.0), (read_npz(&path, targets)?, names.1))
    }
}

/// What a file starts with: `{'descr': '<f4', 'fortran_order': False, 'shape': (4, 2, 3), }`, a literal of
/// Python.
fn header(file: &str, reader: &mut impl Read) -> Result<Header, DataError> {
    let wrong = |problem: String| DataError::Format { file: file.to_string(), format: FORMAT, problem };
    let [magic @ .., version, _] = start::<8>(file, FORMAT, reader)?;
    if magic != *b"\x93NUMPY" {
        return Err(wrong("it does not start with the letters NUMPY".into()));
    }
    let length = match version {
        1 => u16::from_le_bytes(start(file, FORMAT, reader)?).into(),
        2 | 3 => u32::from_le_bytes(start(file, FORMAT, reader)?),
        _ => return Err(wrong(format!("it has version {version} of the format, which is not known"))),
    };
    if length > LONGEST_HEADER {
        return Err(wrong(format!("its header has {length} letters, and at most {LONGEST_HEADER} are read")));
    }
    let mut text = vec![];
    let found = reader.take(length.into()).read_to_end(&mut text).map_err(|source| DataError::read(file, source))?;
    if found as u64 != u64::from(length) {
        return Err(wrong("it ends within its header".into()));
    }
    let text = String::from_utf8_lossy(&text);
    let missing = |key: &str| wrong(format!("its header does not say {key:?}"));
    let kind = value(&text, "descr").and_then(quoted).ok_or_else(|| missing("descr"))?;
    let encoding = encoding(kind).ok_or_else(|| {
        wrong(format!("it holds numbers of type {kind:?}; what is read are f2, f4, f8, i1 to i8, u1 to u8 and b1"))
    })?;
    let fortran = match value(&text, "fortran_order") {
        Some(value) if value.starts_with("False") => false,
        Some(value) if value.starts_with("True") => true,
        _ => return Err(missing("fortran_order")),
    };
    let shape = value(&text, "shape").and_then(tuple).ok_or_else(|| missing("shape"))?;
    if shape.is_empty() {
        return Err(wrong("it holds a single number, not an array of samples".into()));
    }
    Ok(Header { encoding, shape, fortran })
}

/// The text behind a key.
fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("'{key}'"))?;
    Some(rest.trim_start().strip_prefix(':')?.trim_start())
}

/// A text in quotation marks.
fn quoted(value: &str) -> Option<&str> {
    Some(value.strip_prefix('\'')?.split_once('\'')?.0)
}

/// Whole numbers in parentheses, with a comma behind a single one.
fn tuple(value: &str) -> Option<Vec<usize>> {
    let (inside, _) = value.strip_prefix('(')?.split_once(')')?;
    let inside = inside.trim();
    let inside = inside.strip_suffix(',').unwrap_or(inside);
    if inside.is_empty() {
        return Some(vec![]);
    }
    inside.split(',').map(|size| size.trim().parse().ok()).collect()
}

/// `<f4`: the order of bytes, the kind of number and its bytes.
fn encoding(text: &str) -> Option<Encoding> {
    let mut letters = text.chars();
    let big_endian = match letters.next()? {
        '<' | '|' => false,
        '>' => true,
        _ => return None,
    };
    let kind = letters.next()?;
    let encoding = Encoding { kind, size: letters.as_str().parse().ok()?, big_endian };
    encoding.is_known().then_some(encoding)
}
