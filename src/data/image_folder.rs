//! Folders of images.

use std::boxed::Box;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::string::{String, ToString};
use std::vec::Vec;

use image::imageops::FilterType;
use image::{ColorType, DynamicImage, ImageDecoder, ImageError, ImageReader, Limits};

use crate::data::Dataset;
use crate::data::error::DataError;
use crate::data::jpeg::{Jpeg, START};

/// The memory of what a PNG file holds beside its image, such as a colour profile.
const BESIDE: u64 = 16 << 20;

/// An image as a sample.
type Image<const CHANNELS: usize, const HEIGHT: usize, const WIDTH: usize> = [[[f32; WIDTH]; HEIGHT]; CHANNELS];

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
    /// added or taken away; anything else is an error, and so is an image of another size. [`Images`] has more to
    /// choose.
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
        Images::default().read_folder(path)
    }
}

/// The image in a PNG or JPEG file; see [`Dataset::from_image_folder`].
///
/// ```
/// use typenet::prelude::*;
///
/// let image = read_image::<1, 3, 4>("tests/interchange/data/images/circle/grey.png")?;
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
) -> Result<Box<[[[f32; WIDTH]; HEIGHT]; CHANNELS]>, DataError> {
    Images::default().read(path)
}

/// How an image gets the size of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    Exact,
    Resized,
    Cropped,
}

/// PNG and JPEG files as samples: [`read_image`] and [`Dataset::from_image_folder`] with more to choose.
///
/// ```
/// use typenet::prelude::*;
///
/// let folder = "tests/interchange/data/images";
/// let (data, _) = Images::default().resized().grey().read_folder::<1, 8, 8>(folder)?;
/// assert_eq!(data.len(), 4);
/// # Ok::<(), DataError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Images {
    size: Size,
    grey: bool,
    nested: bool,
    memory: u64,
}

impl Default for Images {
    /// Images that are read as they are.
    fn default() -> Self {
        Self { size: Size::Exact, grey: false, nested: false, memory: 512 << 20 }
    }
}

impl Images {
    /// Images of any size are scaled to that of the samples, each side for itself (bilinear, over all pixels that go
    /// into one).
    #[must_use]
    pub const fn resized(self) -> Self {
        Self { size: Size::Resized, ..self }
    }

    /// As [`resized`](Self::resized), of the largest part in the middle that has the proportions of the samples.
    #[must_use]
    pub const fn cropped(self) -> Self {
        Self { size: Size::Cropped, ..self }
    }

    /// Colours become grey: `0.299 red + 0.587 green + 0.114 blue` (ITU-R BT.601, as Pillow and torchvision do it).
    #[must_use]
    pub const fn grey(self) -> Self {
        Self { grey: true, ..self }
    }

    /// Images of a class are also in folders within its folder. Links to folders are not followed.
    #[must_use]
    pub const fn nested(self) -> Self {
        Self { nested: true, ..self }
    }

    /// The most bytes of memory that an image may take while it is scaled. Default 512 MiB: 60 megapixels.
    #[must_use]
    pub const fn memory(self, bytes: u64) -> Self {
        Self { memory: bytes, ..self }
    }

    /// The image in a file.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let image = Images::default().cropped().read::<3, 2, 2>("tests/interchange/data/images/square/flat.jpg")?;
    /// assert!((image[0][1][1] - 200.0 / 255.0).abs() < 0.01);
    /// # Ok::<(), DataError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A [`DataError`] that names the file.
    pub fn read<const CHANNELS: usize, const HEIGHT: usize, const WIDTH: usize>(
        self,
        path: impl AsRef<Path>,
    ) -> Result<Box<[[[f32; WIDTH]; HEIGHT]; CHANNELS]>, DataError> {
        // On the heap from the start: a photo is larger than some stacks.
        let mut image: Box<[[[f32; WIDTH]; HEIGHT]; CHANNELS]> = bytemuck::zeroed_box();
        self.read_into(path.as_ref(), &mut image)?;
        Ok(image)
    }

    /// A folder of classes, and the names of these; see [`Dataset::from_image_folder`].
    ///
    /// # Errors
    ///
    /// A [`DataError`] that names the file.
    pub fn read_folder<const CHANNELS: usize, const HEIGHT: usize, const WIDTH: usize>(
        self,
        path: impl AsRef<Path>,
    ) -> Result<(Dataset<Image<CHANNELS, HEIGHT, WIDTH>, usize>, Vec<String>), DataError> {
        let folder = path.as_ref();
        let classes = self.classes(folder)?;
        let numbered = classes.iter().enumerate();
        let files: Vec<(&PathBuf, usize)> =
            numbered.flat_map(|(number, class)| class.files.iter().map(move |file| (file, number))).collect();
        let mut inputs: Vec<Image<CHANNELS, HEIGHT, WIDTH>> =
            bytemuck::try_zeroed_vec(files.len()).map_err(|()| DataError::Memory {
                file: folder.display().to_string(),
                needed: (files.len() as u64).saturating_mul(size_of::<Image<CHANNELS, HEIGHT, WIDTH>>() as u64),
            })?;
        for (image, (file, _)) in inputs.iter_mut().zip(&files) {
            self.read_into(file, image)?;
        }
        let data = Dataset::of_pairs(inputs, files.iter().map(|(_, number)| *number).collect());
        Ok((data, classes.into_iter().map(|class| class.name).collect()))
    }

    fn classes(self, folder: &Path) -> Result<Vec<Class>, DataError> {
        let mut classes = Vec::new();
        for path in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
            let mut files = Vec::new();
            self.collect(&path, &mut files)?;
            let folder = path.display().to_string();
            if files.is_empty() {
                return Err(DataError::NoImages { folder });
            }
            let Some(name) = path.file_name().and_then(OsStr::to_str).map(String::from) else {
                return Err(DataError::FolderName { folder });
            };
            classes.push(Class { name, files });
        }
        if classes.is_empty() {
            return Err(DataError::NoClasses { folder: folder.display().to_string() });
        }
        Ok(classes)
    }

    /// The images in a folder, then those in its folders if they are wanted.
    fn collect(self, folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), DataError> {
        let entries = entries(folder)?;
        files.extend(entries.iter().filter(|path| is_image(path)).cloned());
        let is_folder = |path: &&PathBuf| path.symlink_metadata().is_ok_and(|data| data.is_dir());
        let mut folders = entries.iter().filter(is_folder).filter(|_| self.nested);
        folders.try_for_each(|folder| self.collect(folder, files))
    }

    fn read_into<const CHANNELS: usize, const HEIGHT: usize, const WIDTH: usize>(
        self,
        path: &Path,
        sample: &mut [[[f32; WIDTH]; HEIGHT]; CHANNELS],
    ) -> Result<(), DataError> {
        let file = path.display().to_string();
        let image = self.image(path, &file, (WIDTH, HEIGHT))?;
        if let Some(found) = self.what_is_lost(&image, CHANNELS) {
            return Err(DataError::ImageColor { file, found, channels: CHANNELS });
        }
        let image = self.of_size(image, WIDTH, HEIGHT);
        let grey = |[red, green, blue, opacity]: [f32; 4]| {
            // Of equal parts exactly these, which the sum may miss by its rounding.
            let mixed = if red == green && green == blue { red } else { 0.299 * red + 0.587 * green + 0.114 * blue };
            [mixed, mixed, mixed, opacity]
        };
        let finish = |pixel| if self.grey { grey(pixel) } else { pixel };
        if image.color().bytes_per_pixel() > image.color().channel_count() {
            let levels = |pixel: &image::Rgba<u16>| pixel.0.map(|level| f32::from(level) / 65535.0);
            fill(sample, image.to_rgba16().pixels().map(levels).map(finish));
        } else {
            let levels = |pixel: &image::Rgba<u8>| pixel.0.map(|level| f32::from(level) / 255.0);
            fill(sample, image.to_rgba8().pixels().map(levels).map(finish));
        }
        Ok(())
    }

    /// The image in a file, its size first: a header can announce more than there is memory for.
    fn image(self, path: &Path, file: &str, expected: (usize, usize)) -> Result<DynamicImage, DataError> {
        let failed = |source| DataError::read(file, source);
        let damaged = |problem| DataError::Format { file: file.to_string(), format: "PNG or JPEG", problem };
        let mut reader = BufReader::new(File::open(path).map_err(failed)?);
        // The name may lie: what the file starts with counts.
        if reader.fill_buf().map_err(failed)?.starts_with(START) {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).map_err(failed)?;
            let jpeg = Jpeg::open(&bytes).map_err(damaged)?;
            self.check_size(file, jpeg.size, expected)?;
            return jpeg.decode().map_err(damaged);
        }
        let damaged = |error: ImageError| damaged(error.to_string());
        let mut limits = Limits::no_limits();
        let exact = BESIDE.saturating_add(self.memory_of(expected, expected));
        limits.max_alloc = Some(if self.size == Size::Exact { exact } else { self.memory });
        let mut reader = ImageReader::new(reader).with_guessed_format().map_err(failed)?;
        reader.limits(limits);
        let decoder = reader.into_decoder().map_err(damaged)?;
        let (width, height) = decoder.dimensions();
        self.check_size(file, (width as usize, height as usize), expected)?;
        DynamicImage::from_decoder(decoder).map_err(damaged)
    }

    fn check_size(self, file: &str, found: (usize, usize), expected: (usize, usize)) -> Result<(), DataError> {
        let nothing = expected.0 == 0 || expected.1 == 0;
        if nothing || (self.size == Size::Exact && found != expected) {
            return Err(DataError::ImageSize { file: file.to_string(), found, expected });
        }
        let needed = self.memory_of(found, expected);
        if self.size != Size::Exact && needed > self.memory {
            return Err(DataError::TooLarge { file: file.to_string(), needed, most: self.memory });
        }
        Ok(())
    }

    /// The most that an image takes: 16 bits for each of four channels, and floats for what is scaled in height only.
    fn memory_of(self, (width, height): (usize, usize), (_, scaled): (usize, usize)) -> u64 {
        let pixels = |height: usize, bytes: u64| (width as u64).saturating_mul(height as u64).saturating_mul(bytes);
        pixels(height, 8).saturating_add(if self.size == Size::Exact { 0 } else { pixels(scaled, 16) })
    }

    fn of_size(self, image: DynamicImage, width: usize, height: usize) -> DynamicImage {
        let (across, down) = (u64::from(image.width()), u64::from(image.height()));
        let part = match self.size {
            Size::Exact => return image,
            Size::Resized => image,
            Size::Cropped => {
                let share =
                    |of: u64, by: usize, to: usize| (of * by as u64).checked_div(to as u64).unwrap_or(of).max(1);
                let (kept_across, kept_down) =
                    (share(down, width, height).min(across), share(across, height, width).min(down));
                let (left, top) = ((across - kept_across) / 2, (down - kept_down) / 2);
                image.crop_imm(left as u32, top as u32, kept_across as u32, kept_down as u32)
            }
        };
        part.resize_exact(width as u32, height as u32, FilterType::Triangle)
    }

    /// What an image is, if samples of so many channels cannot hold it.
    fn what_is_lost(self, image: &DynamicImage, channels: usize) -> Option<&'static str> {
        let color = image.color();
        let opaque = !color.has_alpha() || image.to_rgba16().pixels().all(|pixel| pixel.0.last() == Some(&u16::MAX));
        match channels {
            1 | 3 | 4 if channels < 4 && !opaque => Some("partly transparent"),
            // Red, green and blue of a grey image are the same.
            1 if color.has_color() && !self.grey => Some("in colour"),
            1 | 3 | 4 => None,
            _ if color == ColorType::L8 => Some("grey"),
            _ => Some("in colour"),
        }
    }
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
