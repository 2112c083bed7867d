//! Whole files, and their checksums.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use image::{DynamicImage, ImageFormat};
use zip::CompressionMethod::{Deflated, Stored};
use zip::write::SimpleFileOptions;

/// Tables, each for its settings of `targets::csv`.
pub fn csv() -> Vec<Vec<u8>> {
    [
        "a,b,c\n1,2.5,0\n-3e2,\"4\",1\n,NA,2.0\n",
        "# by hand\n\"a\",b,c\r\n1,2,True\r\n\"4\r\n\",2,3\r\n#",
        "  1   2 3\n4 5  6\n",
        "a;b;c\n1,5;2;0\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}

pub fn npy() -> Vec<Vec<u8>> {
    let file = |version: u8, kind: &str, order: &str, shape: &str, bytes: usize| {
        let header = format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
        let length = (header.len() as u32).to_le_bytes();
        let length = if version == 1 { &length[..2] } else { &length[..] };
        [&b"\x93NUMPY"[..], &[version, 0], length, header.as_bytes(), &vec![1; bytes]].concat()
    };
    vec![
        file(1, "<f4", "False", "(4, 2, 3)", 96),
        file(2, ">f8", "True", "(4, 2, 3)", 192),
        file(1, "<f2", "False", "(4, 6)", 48),
        file(1, "|u1", "False", "(4, 6, 1)", 24),
        file(1, "<i8", "True", "(4, 3, 2)", 192),
    ]
}

pub fn npz() -> Vec<Vec<u8>> {
    let archive = |method| {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for name in ["x.npy", "y.npy"] {
            writer.start_file(name, SimpleFileOptions::default().compression_method(method)).unwrap();
            writer.write_all(&npy()[0]).unwrap();
        }
        writer.finish().unwrap().into_inner()
    };
    vec![archive(Stored), archive(Deflated)]
}

pub fn idx() -> Vec<Vec<u8>> {
    let file = |kind: u8, size: usize| {
        let shape = [4, 2, 3].map(u32::to_be_bytes).concat();
        [&[0, 0, kind, 3], &shape[..], &vec![1; 24 * size]].concat()
    };
    let mut files = vec![file(0x08, 1), file(0x0b, 2), file(0x0d, 4)];
    let mut writer = GzEncoder::new(Vec::new(), Compression::default());
    writer.write_all(&files[0]).unwrap();
    files.push(writer.finish().unwrap());
    files
}

/// An image in which all pixels differ.
fn image() -> DynamicImage {
    let pixel = |x: u32, y: u32| image::Rgb([(x * 11) as u8, (y * 17) as u8, (x * y) as u8]);
    image::RgbImage::from_fn(24, 16, pixel).into()
}

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub fn png() -> Vec<Vec<u8>> {
    let image = image();
    let kinds = [image.clone(), image.to_luma8().into(), image.to_rgba8().into(), image.to_rgb16().into()];
    kinds.iter().map(|image| encoded(image, ImageFormat::Png)).collect()
}

pub fn jpeg() -> Vec<Vec<u8>> {
    // Another program's, since this one writes no scans that refine each other.
    let progressive = include_bytes!("../../interchange/data/progressive.jpg").to_vec();
    vec![encoded(&image(), ImageFormat::Jpeg), encoded(&image().to_luma8().into(), ImageFormat::Jpeg), progressive]
}

/// The checksum of zip, PNG and our own files.
pub fn crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// The checksum of weights and checkpoints: of all behind it.
pub fn mend_own(file: &mut [u8]) {
    // A checkpoint says how much comes after its header, and weights say it otherwise.
    if file.starts_with(b"typeckpt") && file.len() >= 24 {
        let length = (file.len() as u64 - 24).to_le_bytes();
        file[16..24].copy_from_slice(&length);
    }
    if file.len() >= 12 {
        let checksum = crc(&file[12..]).to_le_bytes();
        file[8..12].copy_from_slice(&checksum);
    }
}

/// The checksum of each chunk.
pub fn mend_png(file: &mut [u8]) {
    let mut at = 8;
    while let Some(header) = file.get(at..at + 8) {
        let length = u32::from_be_bytes([header[0], header[1], header[2], header[3]]) as usize;
        let end = at.saturating_add(8).saturating_add(length);
        if file.len() < end.saturating_add(4) {
            return;
        }
        let checksum = crc(&file[at + 4..end]).to_be_bytes();
        file[end..end + 4].copy_from_slice(&checksum);
        at = end + 4;
    }
}
