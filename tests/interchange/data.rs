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
    // Quarters are exact in half precision.
    assert_eq!(read_npy::<[[f32; 3]; 2]>(file("half.npy")).unwrap(), inputs());
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
    let types = "what is read are f2, f4, f8, i1 to i8, u1 to u8 and b1";
    let expected = format!("complex.npy is not a file of NumPy: it holds numbers of type \"<c8\"; {types}");
    assert_eq!(error("complex.npy"), expected);
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

/// So many zeros as an IDX file, compressed to a thousandth.
fn zeros(count: u32) -> Vec<u8> {
    use std::io::Write;
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(&[[0, 0, 8, 1], count.to_be_bytes()].concat()).unwrap();
    std::io::copy(&mut std::io::Read::take(std::io::repeat(0), count.into()), &mut writer).unwrap();
    writer.finish().unwrap()
}

#[test]
fn a_small_file_that_announces_too_much_is_refused() {
    // 60 million bytes, eight times as many as numbers: more than 256 MiB.
    let bomb = Damaged::new("bomb-idx.gz", &zeros(60_000_000));
    assert!(bomb.0.metadata().unwrap().len() < 100_000);
    let error = sentence(read_idx::<f64>(&bomb.0), &std::env::temp_dir());
    assert!(error.ends_with("its samples would take 540000000 bytes of memory, and 268435456 are allowed"), "{error}");
    assert!(read_idx_within::<u8>(&bomb.0, 119_999_999).is_err());
    assert_eq!(read_idx_within::<u8>(&bomb.0, 120_000_000).unwrap().len(), 60_000_000);
    // What is not compressed cannot announce more than there is.
    let small = Damaged::new("small-idx", &[0, 0, 8, 1, 255, 255, 255, 255, 1]);
    assert!(matches!(read_idx::<f64>(&small.0), Err(DataError::Length { found: 1, .. })));
    let error = sentence(read_npz_within::<[f32; 6]>(file("both.npz"), "inputs", 191), &super::path("data"));
    assert_eq!(error, "both.npz, array \"inputs\": its samples would take 192 bytes of memory, and 191 are allowed");
    // A header of NumPy that is all there is.
    let header = [b"\x93NUMPY\x02\x00", &10_001_u32.to_le_bytes()[..], &[b' '; 10_001]].concat();
    let long = Damaged::new("long.npy", &header);
    let error = sentence(read_npy::<u8>(&long.0), &std::env::temp_dir());
    assert!(error.ends_with("its header has 10001 letters, and at most 10000 are read"), "{error}");
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
    let grey = read_image::<1, 3, 4>(file("images/circle/grey.png")).unwrap();
    assert_eq!(grey[0], expected[0][0]);
    let with_opacity = read_image::<4, 3, 4>(file("images/square/Color.PNG")).unwrap();
    assert_eq!((with_opacity[..3].to_vec(), with_opacity[3]), (expected[2].to_vec(), [[1.0; 4]; 3]));
    // 16 bits: 5000 i of 65535.
    let deep = read_image::<1, 3, 4>(file("deep.png")).unwrap();
    for (i, found) in deep.as_flattened().as_flattened().iter().enumerate() {
        assert!((found - i as f32 * 5000.0 / 65535.0).abs() < 1e-6, "{i}: {found}");
    }
}

#[test]
fn images_of_any_size_and_colour_are_those_of_another_library() {
    fn check<const C: usize, const H: usize, const W: usize>(images: Images, name: &str) {
        let found = images.read::<C, H, W>(file("noise.png")).unwrap();
        let expected: Vec<[[[f32; W]; H]; C]> = read_npy(file(name)).unwrap();
        for (found, expected) in Tensor::flat(&[*found]).iter().zip(Tensor::flat(&expected)) {
            let (found, expected): (&f32, &f32) = (found, expected);
            // The library rounds a grey to a level, and both round what they scale.
            assert!((found - expected).abs() <= 1.01 / 255.0, "{name}: {found}, not {expected}");
        }
    }
    check::<1, 32, 48>(Images::default().grey(), "noise_grey.npy");
    check::<3, 10, 8>(Images::default().resized(), "noise_resized.npy");
    check::<3, 10, 10>(Images::default().cropped(), "noise_cropped.npy");
    let folder = super::path("data");
    let small = Images::default().resized().memory(30_000).read::<3, 10, 8>(file("noise.jpg"));
    // 48 x 32 pixels of 8 bytes, and 48 x 10 of 16.
    let expected = "noise.jpg: its samples would take 19968 bytes of memory, and 19967 are allowed";
    assert!(small.is_ok());
    let small = Images::default().resized().memory(19_967).read::<3, 10, 8>(file("noise.jpg"));
    assert_eq!(sentence(small, &folder), expected);
    assert!(Images::default().resized().read::<3, 0, 0>(file("noise.jpg")).is_err());
    // The folder of the test data as a class: one of its images is within a folder of a folder.
    type Grey = [[[f32; 5]; 4]; 1];
    let one = tempfile::tempdir().unwrap();
    fs::create_dir_all(one.path().join("class/part")).unwrap();
    fs::copy(file("noise.png"), one.path().join("class/part/b.png")).unwrap();
    fs::copy(file("noise.jpg"), one.path().join("class/c.jpg")).unwrap();
    let images = Images::default().resized().grey();
    let read = |images: Images| -> (Dataset<Grey, usize>, Vec<String>) { images.read_folder(one.path()).unwrap() };
    assert_eq!((read(images).0.len(), read(images.nested()).0.len()), (1, 2));
    assert_eq!(read(images.nested()).0.inputs()[1], *images.read::<1, 4, 5>(file("noise.png")).unwrap());
}

/// A PNG chunk: its length, name and contents, and a checksum.
fn chunk(name: &[u8; 4], contents: &[u8]) -> Vec<u8> {
    let named = [&name[..], contents].concat();
    let mut crc = flate2::Crc::new();
    crc.update(&named);
    [&(contents.len() as u32).to_be_bytes()[..], &named, &crc.sum().to_be_bytes()].concat()
}

#[test]
fn a_profile_of_an_image_takes_no_more_memory_than_there_should_be() {
    use std::io::Write;
    let mut profile = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    profile.write_all(&vec![0; 200 << 20]).unwrap();
    let profile = [b"x\0\0", &profile.finish().unwrap()[..]].concat();
    let whole = fs::read(file("images/circle/grey.png")).unwrap();
    // Behind the signature and the first chunk.
    let bomb = Damaged::new("profile.png", &[&whole[..33], &chunk(b"iCCP", &profile), &whole[33..]].concat());
    let measured = allocation_counter::measure(|| {
        // The profile is passed over, and the image is whole.
        assert_eq!(read_image::<1, 3, 4>(&bomb.0).unwrap(), read_image(file("images/circle/grey.png")).unwrap());
    });
    assert!(measured.bytes_max < 64 << 20, "{measured:?}");
}

#[cfg(unix)]
#[test]
fn folders_without_a_name_are_no_classes() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    for name in [&b"caf\xe9"[..], &b"caf\xe8"[..]] {
        let class = folder.path().join(std::ffi::OsStr::from_bytes(name));
        // Some file systems take no such name.
        if fs::create_dir(&class).is_err() {
            return;
        }
        fs::copy(file("images/circle/grey.png"), class.join("a.png")).unwrap();
    }
    let error = Dataset::<[[[f32; 4]; 3]; 3], usize>::from_image_folder(folder.path()).unwrap_err();
    assert!(matches!(error, DataError::FolderName { .. }), "{error}");
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
    // Cut anywhere: what is read has every pixel.
    for name in ["noise.jpg", "progressive.jpg", "noise.png"] {
        let whole = fs::read(file(name)).unwrap();
        let image = read_image::<3, 32, 48>(file(name)).unwrap();
        for length in 0..whole.len() {
            let damaged = Damaged::new(name, &whole[..length]);
            match read_image::<3, 32, 48>(&damaged.0) {
                // The last bytes of a PNG say only that it ends.
                Ok(found) => assert!(name == "noise.png" && length >= whole.len() - 12 && found == image, "{length}"),
                Err(error) => assert!(error.to_string().contains("is not a file of PNG or JPEG: "), "{error}"),
            }
        }
    }
    // Ones only are no code of a JPEG: decoders that want to show something leave the rest grey.
    for name in ["noise.jpg", "progressive.jpg"] {
        let whole = fs::read(file(name)).unwrap();
        let (first, second) = whole.split_at(whole.len() / 2);
        let damaged = Damaged::new(name, &[first, &[0xff, 0].repeat(40), second].concat());
        assert!(read_image::<3, 32, 48>(&damaged.0).is_err(), "{name}");
    }
    // The name says PNG, but the file is something else.
    let foreign = Damaged::new("foreign.png", &fs::read(file("inputs.npy")).unwrap());
    assert!(read_image::<3, 3, 4>(&foreign.0).is_err());
}
