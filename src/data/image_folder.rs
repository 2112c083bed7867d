//! Folders of images.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::string::{String, ToString};
use std::vec::Vec;

use image::{ColorType, DynamicImage, ImageDecoder, ImageError, ImageReader};

use crate::data::Dataset;
use crate::data::error::DataError;
use crate::network::Zero;

/// The images of one class.
struct Class {
    name: String,
    files: Vec<PathBuf>,
}

impl<const CHANNELS: usize, const HEIGHT: usize, const WIDTH: usize>
    Dataset<[[[f32; WIDTH]; HEIGHT]; CHANNELS], usize>
{
    /// Reads a folder that has a folder for each class, with the images of the class: PNG and JPEG files. Classes
    /// are numbered in the order of their names, which come back beside the data; images come in the order
    /// of the classes and of the files' names. (PyTorch's `ImageFolder` has the same order.) Files of other
    /// kinds, and those whose name starts with a dot, are passed over.
    ///
    /// A pixel is a number from 0 to 1. The samples have one channel (grey), three (red, green, blue) or four (and
    /// opacity). An image is converted where nothing is lost: a grey one becomes a coloured one, full opacity is
    /// added or taken away; anything else is an error, and so is an image of another size.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let (data, classes) = Dataset::<[[[f32; 4]; 3]; 3], usize>::from_image_folder("tests/interchange/data/images")?;
    /// assert_eq!(classes, ["circle", "square"]);
    /// assert_eq!(data.targets(), [0, 0, 1, 1]);
    /// # Ok::<(), DataError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A [`DataError`] that names the file.
    pub fn from_image_folder(path: impl AsRef<Path>) -> Result<(Self, Vec<String>), DataError> {
        let classes = classes(path.as_ref())?;
        let mut data = Self::default();
        for (number, class) in classes.iter().enumerate() {
            for file in &class.files {
                data.push(Zero::ZERO, number);
                if let Some(image) = data.inputs_mut().last_mut() {
                    read(file, image)?;
                }
            }
        }
        Ok((data, classes.into_iter().map(|class| class.name).collect()))
    }
}

/// The image in a PNG or JPEG file; see [`Dataset::from_image_folder`].
///
/// ```
/// use typenet::prelude::*;
///
/// let image: [[[f32; 4]; 3]; 1] = read_image("tests/interchange/data/images/circle/grey.png")?;
/// assert_eq!(image[0][0][0], 0.0);
///
/// let error = read_image::<1, 4, 4>("tests/interchange/data/images/circle/grey.png").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "tests/interchange/data/images/circle/grey.png: the image is 4 x 3, but must be 4 x 4 (width x height)",
/// );
/// # Ok::<(), DataError>(())
/// ```
///
/// # Errors
///
/// A [`DataError`] that names the file.
pub fn read_image<const CHANNELS: usize, const HEIGHT: usize, const WIDTH: usize>(
    path: impl AsRef<Path>,
) -> Result<[[[f32; WIDTH]; HEIGHT]; CHANNELS], DataError> {
    let mut image = Zero::ZERO;
    read(path.as_ref(), &mut image)?;
    Ok(image)
}

fn classes(folder: &Path) -> Result<Vec<Class>, DataError> {
    let mut classes = Vec::new();
    for path in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
        let files: Vec<PathBuf> = entries(&path)?.into_iter().filter(|path| is_image(path)).collect();
        if files.is_empty() {
            return Err(DataError::NoImages { folder: path.display().to_string() });
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        classes.push(Class { name, files });
    }
    if classes.is_empty() {
        return Err(DataError::NoClasses { folder: folder.display().to_string() });
    }
    Ok(classes)
}

/// What is in a folder and not hidden, in the order of the names.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let failed = |source: io::Error| DataError::read(&folder.display().to_string(), source);
    let found: io::Result<Vec<PathBuf>> =
        fs::read_dir(folder).map_err(failed)?.map(|entry| Ok(entry?.path())).collect();
    let mut paths = found.map_err(failed)?;
    paths.retain(|path| !path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")));
    paths.sort();
    Ok(paths)
}

fn is_image(path: &Path) -> bool {
    let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default().to_ascii_lowercase();
    path.is_file() && matches!(ending.as_str(), "png" | "jpg" | "jpeg")
}

/// Reads an image into a sample, its size first: a header can announce more than there is memory for.
fn read<const CHANNELS: usize, const HEIGHT: usize, const WIDTH: usize>(
    path: &Path,
    sample: &mut [[[f32; WIDTH]; HEIGHT]; CHANNELS],
) -> Result<(), DataError> {
    let file = || path.display().to_string();
    let failed = |source| DataError::read(&file(), source);
    let damaged =
        |error: ImageError| DataError::Format { file: file(), format: "PNG or JPEG", problem: error.to_string() };
    let reader = BufReader::new(fs::File::open(path).map_err(failed)?);
    // The name may lie: what the file starts with counts.
    let reader = ImageReader::new(reader).with_guessed_format().map_err(failed)?;
    let decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    let (found, expected) = ((width as usize, height as usize), (WIDTH, HEIGHT));
    if found != expected {
        return Err(DataError::ImageSize { file: file(), found, expected });
    }
    let image = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    if let Some(found) = what_is_lost(&image, CHANNELS) {
        return Err(DataError::ImageColor { file: file(), found, channels: CHANNELS });
    }
    // Red, green and blue of a grey image are the same; a sample of one channel takes a grey image only.
    if image.color().bytes_per_pixel() > image.color().channel_count() {
        fill(sample, image.to_rgba16().pixels().map(|pixel| pixel.0.map(|level| f32::from(level) / 65535.0)));
    } else {
        fill(sample, image.to_rgba8().pixels().map(|pixel| pixel.0.map(|level| f32::from(level) / 255.0)));
    }
    Ok(())
}

/// Pixels, row after row, into the first channels.
fn fill<const CHANNELS: usize, const HEIGHT: usize, const WIDTH: usize>(
    sample: &mut [[[f32; WIDTH]; HEIGHT]; CHANNELS],
    pixels: impl Iterator<Item = [f32; 4]>,
) {
    for (number, pixel) in pixels.enumerate() {
        for (plane, level) in sample.iter_mut().zip(pixel) {
            if let Some(place) = plane.as_flattened_mut().get_mut(number) {
                *place = level;
            }
        }
    }
}

/// What an image is, if samples of so many channels cannot hold it.
fn what_is_lost(image: &DynamicImage, channels: usize) -> Option<&'static str> {
    let color = image.color();
    let opaque = !color.has_alpha() || image.to_rgba16().pixels().all(|pixel| pixel.0.last() == Some(&u16::MAX));
    match channels {
        1 | 3 | 4 if channels < 4 && !opaque => Some("partly transparent"),
        1 if color.has_color() => Some("in colour"),
        1 | 3 | 4 => None,
        _ if color == ColorType::L8 => Some("grey"),
        _ => Some("in colour"),
    }
}
