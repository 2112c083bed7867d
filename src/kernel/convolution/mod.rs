//! Convolution of planes, without copying windows.
//!
//! An image and its result are laid out on one *pitch* (the distance of two rows), so that what one tap of the
//! kernel reads for all outputs of a plane is **one contiguous run**: `result[p] = Σ weight[tap] source[p + offset
//! of
//! tap]`. The inner loop runs over pixels: row by row where rows are wide, and elsewhere as if a row of the result were as long as the image's pitch, where the few places behind its last window are computed and dropped.
//!
//! - *Source*: the image as it is, where neither stride nor padding is asked for. Elsewhere a copy with its
//!   padding, and with stride `S` split in `S x S` planes (rows and columns with the same remainder by `S`), so
//!   that a window's next position is always the next pixel.
//! - *Spread*: the gradient of the result on the pitch of the source, zeros between its rows and a plane of zeros
//!   before the first. The gradient by the source is then the same correlation, with the offsets subtracted.

use crate::kernel::rows::{in_rows, in_rows_mut};

pub(crate) mod reference;
#[cfg(test)]
mod tests;

#[cfg(feature = "simd")]
mod block;
#[cfg(feature = "simd")]
mod outer;
#[cfg(feature = "simd")]
pub(crate) use block::{correlate, products};
#[cfg(not(feature = "simd"))]
pub(crate) use reference::{correlate, products};

/// The sizes of a convolution over images, all known at compile time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Rows and columns of the window.
    pub kernel: usize,
    /// How far the window moves.
    pub stride: usize,
    /// Places of zeros around the image.
    pub padding: usize,
    /// The distance of two places of the window.
    pub dilation: usize,
    /// Rows of the image.
    pub height: usize,
    /// Columns of the image.
    pub width: usize,
    /// Rows of the result.
    pub out_height: usize,
    /// Columns of the result.
    pub out_width: usize,
    /// Rows of a plane of the source.
    pub rows: usize,
    /// Columns of a plane of the source.
    pub pitch: usize,
}

/// One place of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tap {
    /// Where its run starts, from the start of the source's channel; for a gradient, how far before the pixel.
    pub offset: usize,
    /// Its number in the window, row by row.
    pub place: usize,
}

/// `result = start + Σ weight source`, over channels and taps.
#[derive(Debug)]
pub struct Correlation<'a, T> {
    /// The channels of the source, and what lies before them if taps go back.
    pub source: &'a [T],
    /// Where the first channel starts in it.
    pub first: usize,
    /// How many channels.
    pub channels: usize,
    /// The distance of two channels.
    pub channel: usize,
    /// The taps: the same for every channel.
    pub taps: &'a [Tap],
    /// Whether the offsets of the taps are subtracted.
    pub backwards: bool,
    /// A row of `columns` scalars for each channel and place of the window.
    pub weight: &'a [T],
    /// The length of a row: `row` of them hold what the places of a channel give to the outputs.
    pub columns: usize,
    /// Rows for each channel.
    pub places: usize,
    /// The first of the columns to use.
    pub column: usize,
    /// What the sums start from, where it is not zero: one for each output.
    pub bias: Option<&'a [T]>,
    /// Where results go.
    pub grid: Grid,
}

/// The pixels of a correlation, and where they go in a result of `height x width`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// The distance of two rows of pixels.
    pub pitch: usize,
    /// Rows of pixels.
    pub rows: usize,
    /// The first pixels of each row are used.
    pub used: usize,
    /// Pixel `(y, x)` goes to `(y step + down, x step + right)`, less the padding.
    pub step: usize,
    /// See `step`.
    pub down: usize,
    /// See `step`.
    pub right: usize,
    /// See `step`.
    pub padding: usize,
    /// Rows of the result.
    pub height: usize,
    /// Columns of the result.
    pub width: usize,
}

/// `gradient += Σ source spread`: one dot product for each channel, tap and output.
#[derive(Debug)]
pub struct Products<'a, T> {
    /// The channels of the source.
    pub source: &'a [T],
    /// The distance of two channels.
    pub channel: usize,
    /// The taps: the same for every channel.
    pub taps: &'a [Tap],
    /// The planes of the spread.
    pub spread: &'a [T],
    /// The distance of two planes.
    pub plane: usize,
    /// How many planes.
    pub planes: usize,
    /// The distance of two rows of pixels.
    pub pitch: usize,
    /// Rows of pixels.
    pub rows: usize,
    /// Pixels in a row.
    pub used: usize,
}

/// Scalars that [`Grid::compact`] may read beyond those that count.
#[cfg(feature = "simd")]
pub(crate) const SPARE: usize = 16;

/// Where the products go: `[channel][place][plane]` with these distances.
#[derive(Clone, Copy, Debug)]
pub struct Strides {
    /// From channel to channel.
    pub channel: usize,
    /// From place to place.
    pub place: usize,
    /// From plane to plane.
    pub plane: usize,
}

impl Geometry {
    /// The sizes of windows over the steps of a sequence.
    pub(crate) const fn of_sequence(
        kernel: usize,
        stride: usize,
        padding: usize,
        dilation: usize,
        steps: usize,
        length: usize,
    ) -> Self {
        Self {
            kernel,
            stride,
            padding,
            dilation,
            height: steps,
            width: 1,
            out_height: length,
            out_width: 1,
            rows: steps,
            pitch: 1,
        }
    }

    /// Whether the image is its own source.
    pub(crate) const fn is_direct(&self) -> bool {
        self.stride == 1 && self.padding == 0
    }

    /// Pixels of a channel of the image, at least 1.
    pub(crate) const fn area(&self) -> usize {
        if self.height * self.width == 0 { 1 } else { self.height * self.width }
    }

    /// Pixels of a channel of the result, at least 1.
    pub(crate) const fn out_area(&self) -> usize {
        if self.out_height * self.out_width == 0 { 1 } else { self.out_height * self.out_width }
    }

    /// Scalars of a plane.
    pub(crate) const fn plane(&self) -> usize {
        self.rows * self.pitch
    }

    /// Scalars of a channel of the source.
    pub(crate) const fn channel(&self) -> usize {
        self.stride * self.stride * self.plane()
    }

    /// The taps of a window of `KERNEL x KERNEL`, as they lie in the source.
    pub(crate) fn taps<const KERNEL: usize>(&self) -> [[Tap; KERNEL]; KERNEL] {
        let mut taps = [[Tap::default(); KERNEL]; KERNEL];
        for (row, taps) in taps.iter_mut().enumerate() {
            for (column, tap) in taps.iter_mut().enumerate() {
                let phase = self.phase(row) * self.stride + self.phase(column);
                *tap = Tap {
                    offset: phase * self.plane() + self.steps(row) * self.pitch + self.steps(column),
                    place: row * KERNEL + column,
                };
            }
        }
        taps
    }

    /// The taps that reach the plane of rows and columns with these remainders, and how many they are: what a
    /// gradient by that plane is made of.
    pub(crate) fn taps_of_phase<const KERNEL: usize>(
        &self,
        down: usize,
        right: usize,
    ) -> ([[Tap; KERNEL]; KERNEL], usize) {
        let mut taps = [[Tap::default(); KERNEL]; KERNEL];
        let mut places = taps.as_flattened_mut().iter_mut();
        let mut count = 0;
        for row in (0..KERNEL).filter(|row| self.phase(*row) == down) {
            for column in (0..KERNEL).filter(|column| self.phase(*column) == right) {
                let offset = self.steps(row) * self.pitch + self.steps(column);
                if let Some(tap) = places.next() {
                    *tap = Tap { offset, place: row * KERNEL + column };
                    count += 1;
                }
            }
        }
        (taps, count)
    }

    /// The remainder of a window's row or column.
    const fn phase(&self, row: usize) -> usize {
        match (row * self.dilation).checked_rem(self.stride) {
            Some(phase) => phase,
            None => 0,
        }
    }

    /// The whole strides of a window's row or column.
    const fn steps(&self, row: usize) -> usize {
        match (row * self.dilation).checked_div(self.stride) {
            Some(steps) => steps,
            None => 0,
        }
    }

    /// The pixels of the result.
    pub(crate) const fn grid(&self) -> Grid {
        Grid {
            pitch: self.pitch,
            rows: self.out_height,
            used: self.out_width,
            step: 1,
            down: 0,
            right: 0,
            padding: 0,
            height: self.out_height,
            width: self.out_width,
        }
    }

    /// The pixels of a plane of the source, for a gradient by the image.
    pub(crate) const fn grid_of_phase(&self, down: usize, right: usize) -> Grid {
        Grid {
            pitch: self.pitch,
            rows: self.rows,
            used: self.pitch,
            step: self.stride,
            down,
            right,
            padding: self.padding,
            height: self.height,
            width: self.width,
        }
    }

    /// Copies an image into its source. What is padding there is left as it is.
    pub(crate) fn fill_source<T: Copy>(&self, image: &[T], source: &mut [T]) {
        let (height, width, stride) = (self.height.max(1), self.width.max(1), self.stride.max(1));
        let images = in_rows(image, height * width);
        for (image, channel) in images.zip(in_rows_mut(source, self.channel())) {
            for (y, row) in in_rows(image, width).enumerate() {
                let y = y + self.padding;
                for right in 0..stride {
                    // The columns with this remainder lie in one plane, side by side.
                    let first = (right + stride - self.padding % stride) % stride;
                    let phase = (y % stride) * stride + right;
                    let start = phase * self.plane() + (y / stride) * self.pitch + (first + self.padding) / stride;
                    let places = channel.get_mut(start..).unwrap_or_default();
                    if stride == 1 {
                        copy(places, row);
                        continue;
                    }
                    for (place, x) in places.iter_mut().zip(row.iter().skip(first).step_by(stride)) {
                        *place = *x;
                    }
                }
            }
        }
    }

    /// Copies a gradient by the result onto the pitch of the source, behind one plane that stays zero. What is
    /// between its rows is left as it is.
    pub(crate) fn fill_spread<T: Copy>(&self, gradient: &[T], spread: &mut [T]) {
        let (out_height, out_width) = (self.out_height.max(1), self.out_width.max(1));
        let planes = in_rows_mut(spread, self.plane()).skip(1);
        for (gradient, plane) in in_rows(gradient, out_height * out_width).zip(planes) {
            for (row, place) in in_rows(gradient, out_width).zip(in_rows_mut(plane, self.pitch)) {
                copy(place, row);
            }
        }
    }
}

impl Grid {
    /// From the first pixel to the last one used.
    pub(crate) const fn pixels(&self) -> usize {
        if self.rows == 0 { 0 } else { (self.rows - 1) * self.pitch + self.used }
    }

    /// Whether pixels lie in the result as they lie in the grid.
    pub(crate) const fn is_contiguous(&self) -> bool {
        self.step == 1
            && self.down == 0
            && self.right == 0
            && self.padding == 0
            && self.pitch == self.width
            && self.used == self.width
            && self.rows == self.height
    }

    /// Whether rows of pixels become rows of the result, only closer together.
    #[cfg(feature = "simd")]
    pub(crate) const fn is_compaction(&self) -> bool {
        self.step == 1 && self.down == 0 && self.right == 0 && self.padding == 0 && self.used == self.width
    }

    /// [`place`](Self::place) where the grid [`is_compaction`](Self::is_compaction), for values of which `width` count
    /// and [`SPARE`] more may be read.
    ///
    /// Whole chunks are copied, which needs no call; what they write too much is overwritten by the row after it, so
    /// pixels must come in their order.
    #[cfg(feature = "simd")]
    #[inline(always)]
    pub(crate) fn compact<T: Copy>(&self, first: usize, values: &[T], width: usize, plane: &mut [T]) {
        let pitch = self.pitch.max(1);
        let (mut y, mut x, mut at) = (first / pitch, first % pitch, 0);
        while at < width {
            let mut left = self.used.saturating_sub(x).min(width - at);
            let (mut from, mut to) = (at, y * self.width + x);
            while left > 0 {
                let source = values.get(from..).and_then(|values| values.first_chunk::<SPARE>());
                let place = plane.get_mut(to..).and_then(|plane| plane.first_chunk_mut::<SPARE>());
                if let (Some(source), Some(place)) = (source, place) {
                    *place = *source;
                } else {
                    let run = values.get(from..from + left.min(SPARE)).unwrap_or_default();
                    for (place, value) in plane.get_mut(to..).unwrap_or_default().iter_mut().zip(run) {
                        *place = *value;
                    }
                }
                (from, to, left) = (from + SPARE, to + SPARE, left.saturating_sub(SPARE));
            }
            (at, y, x) = (at + pitch - x, y + 1, 0);
        }
    }

    /// Writes the values of the pixels from `first` on to one plane of the result.
    #[inline(always)]
    pub(crate) fn place<T: Copy>(&self, first: usize, values: &[T], plane: &mut [T]) {
        if self.is_contiguous() {
            copy(plane.get_mut(first..).unwrap_or_default(), values);
            return;
        }
        let pitch = self.pitch.max(1);
        let (mut y, mut x) = (first / pitch, first % pitch);
        let mut values = values;
        // Ends: a run is a pixel or more, since `x` is within the pitch.
        while !values.is_empty() {
            let (run, rest) = values.split_at_checked(pitch - x).unwrap_or((values, &[]));
            self.place_run(y, x, run.get(..self.used.saturating_sub(x)).unwrap_or(run), plane);
            (values, y, x) = (rest, y + 1, 0);
        }
    }

    /// Writes pixels of one row.
    #[inline(always)]
    fn place_run<T: Copy>(&self, y: usize, x: usize, run: &[T], plane: &mut [T]) {
        let Some(row) = (y * self.step + self.down).checked_sub(self.padding).filter(|row| *row < self.height) else {
            return;
        };
        let row = plane.get_mut(row * self.width..(row + 1) * self.width).unwrap_or_default();
        let column = x * self.step + self.right;
        // The pixels that would go before the first column.
        let before = self.padding.saturating_sub(column).div_ceil(self.step.max(1));
        let run = run.get(before..).unwrap_or_default();
        let places = row.get_mut((column + before * self.step).saturating_sub(self.padding)..).unwrap_or_default();
        if self.step == 1 {
            copy(places, run);
            return;
        }
        for (place, value) in places.iter_mut().step_by(self.step.max(1)).zip(run) {
            *place = *value;
        }
    }
}

/// Copies as many scalars as both have.
#[inline(always)]
fn copy<T: Copy>(to: &mut [T], from: &[T]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}
