//! The file as a whole: its header, and how it is replaced.

use std::fs;
use std::io;
use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use crc::{CRC_32_ISO_HDLC, Crc, Table};

use crate::data::replace::replace;
use crate::train::checkpoint::error::{CheckpointError, CheckpointProblem};

const MAGIC: [u8; 8] = *b"typeckpt";
const VERSION: u32 = 2;
const HEADER: usize = 24;
/// Where the part begins that the checksum covers.
const CHECKED: usize = 12;

static CRC: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC);

pub(super) fn error(path: &Path, problem: CheckpointProblem) -> CheckpointError {
    CheckpointError { file: path.display().to_string(), problem }
}

/// Replaces the file by one of this payload: at every moment, either is there as a whole.
pub(super) fn write(path: &Path, payload: &[u8]) -> Result<(), CheckpointError> {
    let mut checked = [0; HEADER - CHECKED];
    let fields = VERSION.to_le_bytes().into_iter().chain((payload.len() as u64).to_le_bytes());
    checked.iter_mut().zip(fields).for_each(|(byte, field)| *byte = field);
    let mut digest = CRC.digest();
    digest.update(&checked);
    digest.update(payload);
    let written = replace(path, &[&MAGIC, &digest.finalize().to_le_bytes(), &checked, payload]);
    written.map_err(|source| error(path, CheckpointProblem::Write(source.to_string())))
}

/// The bytes of a file, whose payload begins after the header.
pub(super) struct Payload(Vec<u8>);

impl Payload {
    pub fn bytes(&self) -> &[u8] {
        self.0.get(HEADER..).unwrap_or_default()
    }
}

/// Reads a file that is whole and of this version.
pub(super) fn read(path: &Path) -> Result<Payload, CheckpointError> {
    let bytes = fs::read(path).map_err(|source| {
        error(
            path,
            match source.kind() {
                io::ErrorKind::NotFound => CheckpointProblem::NotFound,
                _ => CheckpointProblem::Read(source.to_string()),
            },
        )
    })?;
    check(&bytes).map_err(|problem| error(path, problem))?;
    Ok(Payload(bytes))
}

fn check(bytes: &[u8]) -> Result<(), CheckpointProblem> {
    if bytes.is_empty() {
        return Err(CheckpointProblem::Empty);
    }
    let length = |expected| Err(CheckpointProblem::Length { found: bytes.len() as u64, expected });
    let begins = crate::network::batch::first(bytes, MAGIC.len());
    if !MAGIC.starts_with(begins) {
        let found = std::format!("\"{}\"", begins.escape_ascii());
        return Err(CheckpointProblem::Foreign { found });
    }
    let Some((header, payload)) = bytes.split_first_chunk::<HEADER>() else { return length(HEADER as u64) };
    let [_, _, _, _, _, _, _, _, c0, c1, c2, c3, v0, v1, v2, v3, l0, l1, l2, l3, l4, l5, l6, l7] = *header;
    let checksum = u32::from_le_bytes([c0, c1, c2, c3]);
    let version = u32::from_le_bytes([v0, v1, v2, v3]);
    let payload_length = u64::from_le_bytes([l0, l1, l2, l3, l4, l5, l6, l7]);
    let expected = payload_length.saturating_add(HEADER as u64);
    let found = CRC.checksum(bytes.get(CHECKED..).unwrap_or_default());
    match (found == checksum, payload_length == payload.len() as u64) {
        // Another version may say its length elsewhere.
        (true, _) if version != VERSION => Err(CheckpointProblem::Version { found: version, expected: VERSION }),
        (true, true) => Ok(()),
        (false, true) => Err(CheckpointProblem::Checksum { found, expected: checksum }),
        (_, false) => length(expected),
    }
}

/// A type's name without the modules that it is in: programs are rearranged.
pub(super) fn short_name<T: ?Sized>() -> String {
    let mut name = String::new();
    for part in core::any::type_name::<T>().split_inclusive(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
    {
        match part.strip_suffix(':') {
            // The name of a module, or the second colon.
            Some(_) => {}
            None => name.push_str(part),
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[test]
    fn names_without_modules() {
        assert_eq!(short_name::<Adam>(), "Adam");
        assert_eq!(short_name::<Clipped<Scheduled<Sgd, CosineDecay>>>(), "Clipped<Scheduled<Sgd, CosineDecay>>");
        assert_eq!(short_name::<(Smoothed<MeanSquaredError>, [f32; 3])>(), "(Smoothed<MeanSquaredError>, [f32; 3])");
    }

    #[test]
    fn a_later_version_is_told_from_a_broken_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        write(&path, b"payload").unwrap();
        assert_eq!(read(&path).unwrap().bytes(), b"payload");
        let mut bytes = fs::read(&path).unwrap();
        // Bytes in the right order, counted by hand from the table in the module's documentation.
        assert_eq!(
            (&bytes[..8], &bytes[12..16], &bytes[16..24]),
            (&b"typeckpt"[..], &[2, 0, 0, 0][..], &[7, 0, 0, 0, 0, 0, 0, 0][..])
        );
        // The checksum from a definition of the CRC that is as short as can be.
        let crc = |bytes: &[u8]| {
            !bytes.iter().fold(!0_u32, |crc, byte| {
                (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
            })
        };
        assert_eq!(bytes[8..12], crc(&bytes[12..]).to_le_bytes());
        bytes[12] = 3;
        bytes.push(7);
        let checksum = crc(&bytes[12..]).to_le_bytes();
        bytes[8..12].copy_from_slice(&checksum);
        assert_eq!(check(&bytes), Err(CheckpointProblem::Version { found: 3, expected: 2 }));
    }
}
