//! The plain form: multiply, then add, channel by channel and tap by tap. Its bits are the same on every machine.

use super::{Correlation, Products, Strides};
use crate::kernel::rows::{in_blocks, in_rows, in_rows_mut};
use crate::network::Scalar;

/// Pixels of a block.
const BLOCK: usize = 64;

/// Every output of a [`Correlation`], one plane of `result` after the other.
pub(crate) fn correlate<T: Scalar>(task: &Correlation<'_, T>, result: &mut [T]) {
    let Correlation { source, first, channels, channel, taps, weight, columns, places, grid, .. } = *task;
    let planes = in_rows_mut(result, grid.height * grid.width);
    for (output, plane) in planes.enumerate() {
        let start = task.bias.and_then(|bias| bias.get(output)).copied().unwrap_or(T::ZERO);
        let mut pixel = 0;
        // Ends: a block is a pixel or more, and goes no further than the last.
        while pixel < grid.pixels() {
            let width = BLOCK.min(grid.pixels() - pixel);
            let mut block = [start; BLOCK];
            for c in 0..channels {
                for tap in taps {
                    let at = first + c * channel + pixel;
                    let at = if task.backwards { at.wrapping_sub(tap.offset) } else { at + tap.offset };
                    let run = source.get(at..at.wrapping_add(width)).unwrap_or_default();
                    let row = (c * places + tap.place) * columns;
                    let Some(weight) = weight.get(row + task.column + output) else { continue };
                    for (sum, x) in block.iter_mut().zip(run) {
                        *sum += *weight * *x;
                    }
                }
            }
            grid.place(pixel, block.get(..width).unwrap_or_default(), plane);
            pixel += width;
        }
    }
}

/// Adds the dot products to the gradient of the weight, and the sums of the spread to that of the bias.
pub(crate) fn products<T: Scalar>(task: &Products<'_, T>, strides: Strides, gradient: &mut [T], bias: &mut [T]) {
    let Products { source, channel, taps, spread, plane, planes, pitch, rows, used } = *task;
    for (c, source) in in_rows(source, channel).enumerate() {
        for tap in taps {
            for (output, spread) in in_rows(spread, plane).take(planes).enumerate() {
                let place = c * strides.channel + tap.place * strides.place + output * strides.plane;
                let Some(total) = gradient.get_mut(place) else { continue };
                let mut sum = T::ZERO;
                let source = in_blocks(source.get(tap.offset..).unwrap_or_default(), pitch);
                for (source, spread) in source.zip(in_blocks(spread, pitch)).take(rows) {
                    for (x, g) in source.iter().zip(spread).take(used) {
                        sum += *x * *g;
                    }
                }
                *total += sum;
            }
        }
    }
    for (total, spread) in bias.iter_mut().zip(in_rows(spread, plane).take(planes)) {
        let mut sum = T::ZERO;
        for row in in_blocks(spread, pitch).take(rows) {
            for g in row.iter().take(used) {
                sum += *g;
            }
        }
        *total += sum;
    }
}
