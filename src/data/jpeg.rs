//! JPEG, where nothing may be missing.

use std::string::{String, ToString};
use std::vec::Vec;

use image::{DynamicImage, GrayImage, RgbImage};
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// What a JPEG file starts with.
pub(super) const START: &[u8] = &[0xff, 0xd8, 0xff];

/// A file whose header was read.
pub(super) struct Jpeg<'a> {
    decoder: JpegDecoder<ZCursor<&'a [u8]>>,
    pub size: (usize, usize),
}

impl<'a> Jpeg<'a> {
    pub fn open(bytes: &'a [u8]) -> Result<Self, String> {
        // Decoders fill in what is missing with grey. So do not take what is cut, and nothing where a code is wrong.
        if !is_whole(bytes) {
            return Err("it ends before its image does".into());
        }
        let options = DecoderOptions::default().set_strict_mode(true).set_max_width(65_535).set_max_height(65_535);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
        decoder.decode_headers().map_err(sentence)?;
        let size = decoder.dimensions().ok_or("it has no size")?;
        Ok(Self { decoder, size })
    }

    /// The image: grey, or red, green and blue.
    pub fn decode(mut self) -> Result<DynamicImage, String> {
        let grey = self.decoder.input_colorspace() == Some(ColorSpace::Luma);
        let colors = if grey { ColorSpace::Luma } else { ColorSpace::RGB };
        let options = self.decoder.options().jpeg_set_out_colorspace(colors);
        self.decoder.set_options(options);
        let pixels: Vec<u8> = self.decoder.decode().map_err(sentence)?;
        let (width, height) = (self.size.0 as u32, self.size.1 as u32);
        let image = if grey {
            GrayImage::from_raw(width, height, pixels).map(DynamicImage::from)
        } else {
            RgbImage::from_raw(width, height, pixels).map(DynamicImage::from)
        };
        image.ok_or_else(|| "it has fewer pixels than it announces".into())
    }
}

fn sentence(error: DecodeErrors) -> String {
    // The decoder's errors go over several lines.
    error.to_string().trim().to_string()
}

/// Whether the marker of the end is there, behind whole segments.
fn is_whole(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(2..).unwrap_or_default();
    while let Some(at) = rest.iter().position(|byte| *byte == 0xff) {
        let Some((marker, behind)) = rest.get(at + 1..).and_then(<[u8]>::split_first) else { return false };
        let skipped = match (marker, behind) {
            (0xd9, _) => return true,
            // Any number of these may stand before a marker.
            (0xff, _) => 0,
            // An 0xff of the image itself, and markers without a segment.
            (0x00 | 0x01 | 0xd0..=0xd8, _) => 1,
            (_, [high, low, ..]) => 1 + usize::from(u16::from_be_bytes([*high, *low])),
            _ => return false,
        };
        rest = rest.get(at + 1 + skipped..).unwrap_or_default();
    }
    false
}
