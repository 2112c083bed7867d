//! Files with a right checksum around what no run has written.

use std::fs;
use std::path::Path;

use typenet::prelude::*;

use super::faults::{Small, Training, data, problem, refuses, usual, written};

/// A file with something else in it, and a right checksum.
fn crafted(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    let length = (bytes.len() as u64 - 24).to_le_bytes();
    bytes[16..24].copy_from_slice(&length);
    let crc = !bytes[12..].iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    });
    bytes[8..12].copy_from_slice(&crc.to_le_bytes());
    fs::write(path, bytes).unwrap();
}

/// The header of the payload, and where the numbers begin.
fn header(bytes: &[u8]) -> (String, usize) {
    let length = u64::from_le_bytes(bytes[24..32].try_into().unwrap()) as usize;
    (String::from_utf8(bytes[32..32 + length].to_vec()).unwrap(), 32 + length)
}

/// Writes other bytes over the last numbers of a tensor.
fn overwrite(bytes: &mut [u8], tensor: &str, value: &[u8]) {
    let (header, numbers) = header(bytes);
    let header: serde_json::Value = serde_json::from_str(&header).unwrap();
    let end = numbers + header[tensor]["data_offsets"][1].as_u64().unwrap() as usize;
    bytes[end - value.len()..end].copy_from_slice(value);
}

fn plateau() -> Training<Small, MeanSquaredError, Adam> {
    Trainer::new(initialized::<Small>(1), MeanSquaredError, Adam::new(0.01))
        .callback(ReduceOnPlateau::new("loss").patience(usize::MAX).cooldown(3))
        .callback(EarlyStopping::new("loss").patience(usize::MAX))
        .callback(Counts(0))
}

/// A callback of another crate.
struct Counts(usize);

impl<N> Callback<N> for Counts {
    fn epoch(&mut self, _: &mut EpochEnd<'_, N>) -> Result<(), Error> {
        self.0 += 1;
        Ok(())
    }

    fn save(&self, state: &mut CallbackState<N>) {
        state.set_count("seen", self.0);
    }

    fn restore(&mut self, state: &CallbackState<N>) -> Result<(), Error> {
        self.0 = state.count("seen");
        Ok(())
    }
}

/// Writes another number into the JSON within the header: the first of this name, or the last.
fn recount(bytes: &mut Vec<u8>, key: &str, last: bool, count: &str) {
    let (header, numbers) = header(bytes);
    let key = format!("\\\"{key}\\\":");
    let (before, after) = if last { header.rsplit_once(&key) } else { header.split_once(&key) }.unwrap();
    let after = after.trim_start_matches(|c: char| c.is_ascii_digit());
    let mut changed = format!("{before}{key}{count}{after}");
    while changed.len() % 8 != 0 {
        changed.push(' ');
    }
    let length = (changed.len() as u64).to_le_bytes();
    let rest = bytes.split_off(numbers);
    bytes.truncate(24);
    bytes.extend([&length[..], changed.as_bytes(), &rest].concat());
}

/// What the checksum covers may still be what no run has written.
#[test]
fn counts_that_no_run_reaches() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    let counts = ["18446744073709551615", "18446744073709551614", "9007199254740992"];
    for (key, what) in [("steps", "the number of steps"), ("epochs_begun", "the number of epochs begun")] {
        for count in counts {
            written(&path);
            crafted(&path, |bytes| recount(bytes, key, false, count));
            let sentence = refuses(usual, &path).to_string();
            assert!(sentence.contains(what) && sentence.ends_with("which is no count"), "{sentence}");
        }
    }
    // Those of callbacks, this crate's and others.
    for (last, name) in [
        (false, "wait"),
        (false, "cooling"),
        (true, "wait"),
        (true, "best_epoch"),
        (true, "stopped_epoch"),
        (true, "seen"),
    ] {
        for count in counts.iter().chain(&["-1", "0.5", "1e19", "null"]) {
            let mut trainer = plateau();
            trainer.fit(&data(), Fit::epochs(2)).unwrap();
            trainer.save_checkpoint(&path).unwrap();
            crafted(&path, |bytes| recount(bytes, name, last, count));
            let sentence = refuses(plateau, &path).to_string();
            let no_count = sentence.contains(name) && sentence.ends_with("which is no count");
            assert!(no_count || !counts.contains(count) && sentence.contains("invalid"), "{sentence}");
        }
    }
}

#[test]
fn weights_that_are_not_finite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    for (tensor, array) in [
        ("network.0.weight", "network.0.weight"),
        ("network.1.variance", "network.1.variance"),
        ("callback.0.network.best.4.bias", "callback.0.network.best.4.bias"),
    ] {
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            written(&path);
            crafted(&path, |bytes| overwrite(bytes, tensor, &value.to_le_bytes()));
            assert_eq!(refuses(usual, &path), CheckpointProblem::NotFinite { array: array.into() });
        }
    }
    // A checkpoint of them is not written over a good one.
    written(&path);
    let kept = fs::read(&path).unwrap();
    let mut trainer = usual();
    trainer.network_mut().0.weight[0] = f32::NAN;
    let found = problem(trainer.save_checkpoint(&path).unwrap_err());
    assert_eq!(found, CheckpointProblem::NotFinite { array: "network.0.weight".into() });
    assert!(fs::read(&path).unwrap() == kept);
}
