//! Files that are no good, and writing them.

use std::fs;

use super::*;
use crate::data::FileError;

#[test]
fn files_of_other_formats_are_known_by_their_first_bytes() {
    let problem = |bytes: &[u8]| TensorFile::from_bytes(bytes, "m").unwrap_err().to_string();
    let zip = |name: &[u8]| [b"PK\x03\x04 some bytes ", name, b" and more"].concat();
    for (bytes, word) in [
        (b"\x89HDF\r\n\x1a\n and the rest".to_vec(), "HDF5"),
        (zip(b"model.weights.h5"), "`.keras`"),
        (zip(b"archive/data.pkl"), "`.pt`, `.pth`"),
        (b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.".to_vec(), "`.pt`, `.pth`"),
        (zip(b"a.npy"), "zip archive"),
        (b"\x08\x0a\x12\x07pytorch\x1a\x052.9.0".to_vec(), "ONNX"),
        (b"typenet\0 and so on".to_vec(), "`Weights::load`"),
        (b"typeckpt and so on".to_vec(), "`Trainer::resume`"),
    ] {
        let sentence = problem(&bytes);
        assert!(
            sentence.starts_with("m is not a whole safetensors file: it ") && sentence.contains(word),
            "{sentence}"
        );
    }
}

#[test]
fn every_changed_bit_is_noticed() {
    let file = TensorFile::of(&*initialized::<Dense<2, 1>>(1), Names::PyTorch).unwrap();
    let bytes = file.to_bytes().unwrap();
    let mut refused = 0;
    for bit in 0..bytes.len() * 8 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        match TensorFile::from_bytes(&bytes, "f") {
            Err(_) => refused += 1,
            // Where the name of the checksum is another one, the tensors are still what they were.
            Ok(found) => assert_eq!(found.tensors, file.tensors, "bit {bit}"),
        }
    }
    assert!(refused > bytes.len() * 8 * 3 / 4, "only {refused} of {} are refused", bytes.len() * 8);
    let mut last = bytes.clone();
    *last.last_mut().unwrap() ^= 1;
    let error = TensorFile::from_bytes(&last, "model.safetensors").unwrap_err().to_string();
    assert!(error.starts_with("model.safetensors is corrupt: the checksum of its tensors is "), "{error}");
}

#[test]
fn every_length_is_checked_and_foreign_files_are_refused() {
    let bytes = file().to_bytes().unwrap();
    for length in 0..bytes.len() {
        let error = TensorFile::from_bytes(&bytes[..length], "f").unwrap_err();
        assert!(matches!(error, TensorError::Format { .. }), "{length} bytes: {error}");
    }
    let error = |bytes: &[u8]| TensorFile::from_bytes(bytes, "f").unwrap_err().to_string();
    let longer = [&bytes[..], &[0]].concat();
    let length = longer.len();
    assert_eq!(
        error(&longer),
        format!("f is not a whole safetensors file: its {length} bytes are not as many as its tensors need")
    );
    let magic = u64::from_le_bytes(*b"\x89PNG\r\n\x1a\n");
    assert_eq!(
        error(b"\x89PNG\r\n\x1a\n and so on"),
        format!("f is not a whole safetensors file: it says that its header has {magic} bytes, but all of it has 18")
    );
    assert_eq!(
        error(&[&[3, 0, 0, 0, 0, 0, 0, 0], &b"abc"[..]].concat()),
        "f is not a whole safetensors file: its header cannot be read: expected value at line 1 column 1"
    );
    let huge = br#"{"w":{"dtype":"F32","shape":[18446744073709551615,2],"data_offsets":[0,8]}}"#;
    let huge = [&(huge.len() as u64).to_le_bytes()[..], huge, &[0; 8]].concat();
    assert_eq!(error(&huge), "f is not a whole safetensors file: a shape in its header is too large");
}

#[test]
fn a_file_is_whole_or_the_old_one() {
    let folder = std::env::temp_dir().join(format!("typenet-interchange-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("model.safetensors");
    file().save(&path).unwrap();
    assert_eq!(TensorFile::open(&path).unwrap().tensors, file().tensors);
    TensorFile::new().save(&path).unwrap();
    assert_eq!(TensorFile::open(&path).unwrap().tensors().count(), 0);
    // Nothing is left beside it.
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    // A folder cannot be replaced by a file: an error, and nothing is left of the attempt.
    let taken = folder.join("taken");
    fs::create_dir_all(taken.join("inside")).unwrap();
    let error = file().save(&taken).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{}: cannot be written: ", taken.display())), "{error}");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
    assert!(matches!(file().save(folder.join("no/model")), Err(TensorError::File(FileError::Write { .. }))));
    assert!(matches!(file().save("/"), Err(TensorError::File(FileError::Write { .. }))));
    assert!(matches!(TensorFile::open(&taken), Err(TensorError::File(FileError::Read { .. }))));
    fs::remove_dir_all(&folder).unwrap();
}
