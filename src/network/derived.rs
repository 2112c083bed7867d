//! What the code that `#[derive(Layer)]` generates calls.

use core::marker::PhantomData;

use crate::kernel::rows::{in_blocks, in_blocks_mut};
pub use crate::network::batch::{first, first_mut};
use crate::network::layer::Watch;
use crate::network::scratch::{group, lend};
use crate::network::shapes::InputOf;
use crate::network::tensor::Sample;

/// Inference of one layer and then of the rest, in groups of samples as a
/// [`Chain`](crate::network::Chain) does.
pub fn in_a_row<X: Sample, Y: Sample, Z: Sample, W: Watch>(
    input: &[X],
    output: &mut [Z],
    watch: &mut W,
    one: impl Fn(&[X], &mut [Y], &mut W),
    rest: impl Fn(&[Y], &mut [Z], &mut W),
) {
    match group(size_of::<Y>()) {
        _ if input.len() == 1 => in_groups::<1, X, Y, Z, W>(input, output, watch, one, rest),
        16 => in_groups::<16, X, Y, Z, W>(input, output, watch, one, rest),
        4 => in_groups::<4, X, Y, Z, W>(input, output, watch, one, rest),
        _ => in_groups::<1, X, Y, Z, W>(input, output, watch, one, rest),
    }
}

fn in_groups<const SAMPLES: usize, X: Sample, Y: Sample, Z: Sample, W: Watch>(
    input: &[X],
    output: &mut [Z],
    watch: &mut W,
    one: impl Fn(&[X], &mut [Y], &mut W),
    rest: impl Fn(&[Y], &mut [Z], &mut W),
) {
    lend::<Y, SAMPLES>(|store| {
        for (input, output) in in_blocks(input, SAMPLES).zip(in_blocks_mut(output, SAMPLES)) {
            let middle = first_mut(store, input.len());
            one(input, middle, watch);
            rest(middle, output, watch);
        }
    });
}

/// Bytes for inference, where a sample of `Y` flows from one layer to the rest and these need so many.
#[must_use]
pub const fn scratch<Y>(one: usize, rest: usize) -> usize {
    size_of::<Y>() + if one > rest { one } else { rest }
}

/// The largest of some numbers of calls.
#[must_use]
pub const fn deepest(mut calls: &[usize]) -> usize {
    let mut most = 0;
    while let Some((first, rest)) = calls.split_first() {
        most = if *first > most { *first } else { most };
        calls = rest;
    }
    most
}

/// What a layer gives for a sample, said to the compiler alone.
#[must_use]
pub const fn gives<L, X: InputOf<L>>(_: PhantomData<X>) -> PhantomData<X::Output> {
    PhantomData
}

#[cfg(test)]
mod tests {
    #[test]
    fn deepest() {
        assert_eq!([super::deepest(&[]), super::deepest(&[1, 3, 2]), super::deepest(&[4, 3])], [0, 3, 4]);
    }
}
