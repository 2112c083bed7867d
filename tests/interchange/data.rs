//! Files that NumPy, gzip and an image library wrote (`data.py`), and what is left of them when they are damaged.

use std::fs;
use std::path::PathBuf;

use typenet::prelude::*;

fn file(name: &str) -> PathBuf {
    super::path("data").join(name)
}

/// A damaged copy of a file, gone when it is dropped.
struct Damaged(PathBuf);

impl Damaged {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("typenet-{}-{name}", std::process::id()));
        fs::write(&path, bytes).unwrap();
        Self(path)
    }
}

impl Drop for Damaged {
    fn drop(&mut self) {
        fs::remove_file(&self.0).ok();
    }
}

/// The sentence of an error, without the folder.
#[track_caller]
fn sentence<V>(result: Result<V, DataError>, folder: &std::path::Path) -> String {
    let error = result.err().expect("no error");
    error.to_string().replace(&format!("{}/", folder.display()), "")
}

/// The i-th number is 0.25 i - 2.
fn inputs() -> Vec<[[f32; 3]; 2]> {
    let number = |i: usize| i as f32 * 0.25 - 2.0;
    let sample = |s: usize| std::array::from_fn(|r| std::array::from_fn(|c| number((s * 2 + r) * 3 + c)));
    (0..4).map(sample).collect()
}

#[test]
fn numpy_arrays_of_every_kind() {
    assert_eq!(read_npy::<[[f32; 3]; 2]>(file("inputs.npy")).unwrap(), inputs());
    let flat: Vec<[f64; 6]> = read_npy(file("inputs.npy")).unwrap();
    assert_eq!(flat[3], [2.5, 2.75, 3.0, 3.25, 3.5, 3.75]);
    // Of 8 bytes each, the highest first, and the first index fastest.
    assert_eq!(read_npy::<[[f32; 3]; 2]>(file("inputs_f8_big_fortran.npy")).unwrap(), inputs());
    assert_eq!(read_npy::<i8>(file("targets.npy")).unwrap(), [2, 0, 1, 1]);
    assert_eq!(read_npy::<[f32; 1]>(file("targets_bool.npy")).unwrap(), [[0.0], [0.0], [1.0], [1.0]]);
    for archive in ["both.npz", "stored.npz"] {
        let data: Dataset<[[f32; 3]; 2], u8> = Dataset::from_npz(file(archive), "inputs", "targets").unwrap();
        assert_eq!((data.inputs(), data.targets()), (&inputs()[..], &[2, 0, 1, 1][..]));
    }
}

#[test]
fn numpy_arrays_that_are_no_such_samples() {
    let folder = super::path("data");
    let error = |name: &str| sentence(read_npy::<u8>(file(name)), &folder);
    assert_eq!(error("no.npy"), "no.npy: there is no such file");
    let types = "what is read are f4, f8, i1 to i8, u1 to u8 and b1";
    for (name, kind) in [("half.npy", "<f2"), ("complex.npy", "<c8")] {
        let expected = format!("{name} is not a file of NumPy: it holds numbers of type \"{kind}\"; {types}");
        assert_eq!(error(name), expected);
    }
    assert_eq!(error("records.npy"), r#"records.npy is not a file of NumPy: its header does not say "descr""#);
    let single = "single.npy is not a file of NumPy: it holds a single number, not an array of samples";
    assert_eq!(error("single.npy"), single);
    assert_eq!(error("negative.npy"), "negative.npy, sample 1: -1 is not a whole number from 0 to 255");
    let error = sentence(read_npy::<[f32; 2]>(file("infinite.npy")), &folder);
    assert_eq!(error, "infinite.npy, sample 1: inf is not a finite f32");
    let error = sentence(read_npy::<[[f32; 2]; 3]>(file("inputs.npy")), &folder);
    assert_eq!(error, "inputs.npy: a sample has the shape [2, 3], but its type [[f32; 2]; 3] has [3, 2]");
    assert_eq!(sentence(read_npy::<[f32; 6]>(file("none.npy")), &folder), "none.npy: the file is empty");
    let error = sentence(Dataset::<[f32; 6], u8>::from_npy(file("inputs.npy"), file("labels-idx1-ubyte")), &folder);
    assert_eq!(error, "labels-idx1-ubyte is not a file of NumPy: it does not start with the letters NUMPY");
    let error = sentence(Dataset::<[f32; 6], [f32; 2]>::from_npy(file("inputs.npy"), file("targets.npy")), &folder);
    assert_eq!(error, "targets.npy: a sample has the shape [], but its type [f32; 2] has [2]");
}

#[test]
fn a_damaged_numpy_file_is_noticed() {
    let whole = fs::read(file("inputs.npy")).unwrap();
    let read = |bytes: &[u8]| {
        let damaged = Damaged::new("damaged.npy", bytes);
        read_npy::<[f32; 6]>(&damaged.0)
            .map_err(|error| error.to_string().replace(&damaged.0.display().to_string(), "f"))
    };
    read(&whole).unwrap();
    for length in 0..whole.len() {
        let error = read(&whole[..length]).unwrap_err();
        let expected = match length {
            0..128 => "f is not a file of NumPy: it ends within its header".to_string(),
            _ => format!("f: there are {} bytes of numbers, but its header announces 96", length - 128),
        };
        assert_eq!(error, expected, "{length} bytes");
    }
    let longer = [&whole[..], &[0; 9]].concat();
    assert_eq!(read(&longer).unwrap_err(), "f: there are 97 bytes of numbers, but its header announces 96");
    let replaced = |from: &str, to: &str| {
        let text: String = whole[..128].iter().map(|byte| char::from(*byte)).collect();
        let text = text.replace(from, to);
        let header = text.chars().map(|letter| letter as u8).chain([b' '; 99]).take(127).chain([b'\n']);
        read(&header.chain(whole[128..].iter().copied()).collect::<Vec<u8>>())
    };
    assert_eq!(replaced("False", "False"), read(&whole));
    // A product that no computer can count to, and one that it could if it had the memory.
    for huge in ["(18446744073709551615, 2, 3)", "(4294967296, 2, 3)", "(4611686018427387904, 2, 3)"] {
        let error = replaced("(4, 2, 3)", huge).unwrap_err();
        assert!(error.starts_with("f: there are 96 bytes of numbers, but its header announces"), "{error}");
    }
    for (from, to, key) in [
        ("(4, 2, 3)", "(-4, 2, 3)", "shape"),
        ("(4, 2, 3)", "4", "shape"),
        ("False", "0", "fortran_order"),
        ("'descr': '<f4'", "'descr': <f4", "descr"),
        ("shape", "shade", "shape"),
    ] {
        let expected = format!("f is not a file of NumPy: its header does not say {key:?}");
        assert_eq!(replaced(from, to).unwrap_err(), expected);
    }
}

#[test]
fn a_damaged_archive_is_noticed() {
    let folder = super::path("data");
    assert!(
        sentence(read_npz::<u8>(file("inputs.npy"), "x"), &folder)
            .starts_with("inputs.npy is not a file of NumPy archives")
    );
    for archive in ["both.npz", "stored.npz"] {
        let whole = fs::read(file(archive)).unwrap();
        let read = |bytes: &[u8]| {
            let damaged = Damaged::new(archive, bytes);
            read_npz::<[[f32; 3]; 2]>(&damaged.0, "inputs")
        };
        assert_eq!(read(&whole).unwrap(), inputs());
        for length in 0..whole.len() {
            assert!(read(&whole[..length]).is_err(), "{archive}: {length} bytes");
        }
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            // A bit of a time, of the other array or of what nobody reads may change, but no number.
            if let Ok(found) = read(&bytes) {
                assert_eq!(found, inputs(), "{archive}: bit {bit}");
            }
        }
    }
}

/// The i-th pixel is 7 i, without what is beyond a byte.
fn pixels() -> Vec<[[[f32; 4]; 3]; 1]> {
    let pixel = |i: usize| f32::from((i * 7 % 256) as u8);
    let image = |s: usize| [std::array::from_fn(|r| std::array::from_fn(|c| pixel((s * 3 + r) * 4 + c)))];
    (0..5).map(image).collect()
}

#[test]
fn idx_files_of_every_kind() {
    assert_eq!(read_idx::<[[[f32; 4]; 3]; 1]>(file("images-idx3-ubyte")).unwrap(), pixels());
    assert_eq!(read_idx::<[[[f32; 4]; 3]; 1]>(file("images-idx3-ubyte.gz")).unwrap(), pixels());
    assert_eq!(read_idx::<[u8; 12]>(file("images-idx3-ubyte")).unwrap()[0][..3], [0, 7, 14]);
    assert_eq!(read_idx::<[[f32; 3]; 2]>(file("floats-idx")).unwrap(), inputs());
    assert_eq!(read_idx::<[i16; 2]>(file("shorts-idx")).unwrap(), [[-300, 300]]);
    let folder = super::path("data");
    let error = sentence(read_idx::<[i8; 2]>(file("shorts-idx")), &folder);
    assert_eq!(error, "shorts-idx, sample 0: -300 is not a whole number from -128 to 127");
    let error = sentence(read_idx::<[[f32; 3]; 4]>(file("images-idx3-ubyte.gz")), &folder);
    assert_eq!(error, "images-idx3-ubyte.gz: a sample has the shape [3, 4], but its type [[f32; 3]; 4] has [4, 3]");
    let error = sentence(read_idx::<u8>(file("inputs.npy")), &folder);
    assert_eq!(error, "inputs.npy is not a file of IDX: it does not start with two zeros");
    let pair = Dataset::<[u8; 12], [[f32; 3]; 2]>::from_idx(file("images-idx3-ubyte"), file("floats-idx"));
    assert_eq!(sentence(pair, &folder), "there are 5 inputs in images-idx3-ubyte, but 4 targets in floats-idx");
}

#[test]
fn a_damaged_idx_file_is_noticed() {
    for name in ["images-idx3-ubyte", "images-idx3-ubyte.gz"] {
        let whole = fs::read(file(name)).unwrap();
        let read = |bytes: &[u8]| {
            let damaged = Damaged::new(name, bytes);
            read_idx::<[[[f32; 4]; 3]; 1]>(&damaged.0).map_err(|error| error.to_string())
        };
        assert_eq!(read(&whole).unwrap(), pixels());
        for length in 0..whole.len() {
            assert!(read(&whole[..length]).is_err(), "{name}: {length} bytes");
        }
        if name.ends_with("gz") {
            for bit in 0..whole.len() * 8 {
                let mut bytes = whole.clone();
                bytes[bit / 8] ^= 1 << (bit % 8);
                if let Ok(found) = read(&bytes) {
                    assert_eq!(found, pixels(), "{name}: bit {bit}");
                }
            }
        } else {
            let error = read(&[&whole[..], &[0]].concat()).unwrap_err();
            assert!(error.ends_with("there are 61 bytes of numbers, but its header announces 60"), "{error}");
            let with = |place: usize, value: u8| {
                let mut bytes = whole.clone();
                bytes[place] = value;
                read(&bytes).unwrap_err()
            };
            assert!(with(2, 0x0a).ends_with("is not a file of IDX: it has numbers of a type that there is not"));
            assert!(with(3, 0).ends_with("is not a file of IDX: it has no dimensions"));
            assert!(with(3, 255).contains("is not a file of IDX: it ends within its header"));
            // 255 x 2^24 + 5 images of 12 pixels.
            assert!(
                with(4, 255).ends_with("there are 60 bytes of numbers, but its header announces 51338281020"),
                "{}",
                with(4, 255)
            );
        }
    }
}

#[test]
fn image_folders_are_those_of_another_library() {
    let (data, classes) = Dataset::<[[[f32; 4]; 3]; 3], usize>::from_image_folder(file("images")).unwrap();
    let expected: Vec<[[[f32; 4]; 3]; 3]> = read_npy(file("images.npy")).unwrap();
    assert_eq!(classes, ["circle", "square"]);
    assert_eq!(data.targets(), [0, 0, 1, 1]);
    assert_eq!(data.inputs()[..3], expected[..3]);
    // Decoders of JPEG may round differently, and convert colours differently: two steps of 255.
    for (found, expected) in Tensor::flat(&data.inputs()[3..]).iter().zip(Tensor::flat(&expected[3..])) {
        let (found, expected): (&f32, &f32) = (found, expected);
        assert!((found - expected).abs() <= 2.01 / 255.0, "{found}, not {expected}");
    }
    let grey: [[[f32; 4]; 3]; 1] = read_image(file("images/circle/grey.png")).unwrap();
    assert_eq!(grey[0], expected[0][0]);
    let with_opacity: [[[f32; 4]; 3]; 4] = read_image(file("images/square/Color.PNG")).unwrap();
    assert_eq!((with_opacity[..3].to_vec(), with_opacity[3]), (expected[2].to_vec(), [[1.0; 4]; 3]));
    // 16 bits: 5000 i of 65535.
    let deep: [[[f32; 4]; 3]; 1] = read_image(file("deep.png")).unwrap();
    for (i, found) in deep.as_flattened().as_flattened().iter().enumerate() {
        assert!((found - i as f32 * 5000.0 / 65535.0).abs() < 1e-6, "{i}: {found}");
    }
}

#[test]
fn images_that_are_no_such_samples() {
    let folder = super::path("data");
    type Grey = Dataset<[[[f32; 4]; 3]; 1], usize>;
    let error = sentence(Grey::from_image_folder(file("images")), &folder);
    assert_eq!(error, "images/circle/opaque.png: the image is in colour, but the samples have 1 channel");
    let error = sentence(read_image::<3, 3, 4>(file("clear.png")), &folder);
    assert_eq!(error, "clear.png: the image is partly transparent, but the samples have 3 channels");
    assert!(read_image::<4, 3, 4>(file("clear.png")).is_ok());
    let error = sentence(Dataset::<[[[f32; 5]; 3]; 3], usize>::from_image_folder(file("images")), &folder);
    assert_eq!(error, "images/circle/grey.png: the image is 4 x 3, but must be 5 x 3 (width x height)");
    assert_eq!(sentence(Grey::from_image_folder(file("no")), &folder), "no: there is no such file");
    let error = sentence(Grey::from_image_folder(file("images/circle")), &folder);
    assert_eq!(error, "images/circle: there is no folder in it that could be a class");
    let error = sentence(Grey::from_image_folder("tests"), &folder);
    assert_eq!(error, "tests/bits: there is no PNG or JPEG file in the folder of a class");
    for name in ["images/square/Color.PNG", "images/square/flat.jpg"] {
        let whole = fs::read(file(name)).unwrap();
        for length in [0, 1, 8, 20, 40, whole.len() / 2] {
            let damaged = Damaged::new(&name.replace('/', "-"), &whole[..length]);
            let error = read_image::<3, 3, 4>(&damaged.0).expect_err(&format!("{name}: {length} bytes")).to_string();
            assert!(error.contains("is not a file of PNG or JPEG: "), "{name}: {length} bytes: {error}");
        }
    }
    // The name says PNG, but the file is something else.
    let foreign = Damaged::new("foreign.png", &fs::read(file("inputs.npy")).unwrap());
    assert!(read_image::<3, 3, 4>(&foreign.0).is_err());
}
