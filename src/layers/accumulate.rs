//! Sums of derivatives, where two branches read one input.

use core::slice::{from_mut, from_ref};

use crate::tensor::Sample;

/// A sample whose derivatives can be added up: a tensor, tokens (which have none), or a pair of such.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the input of two branches: there is no sum of its derivatives",
    label = "this must implement `Accumulate`"
)]
pub trait Accumulate: Sample {
    /// `sum += summand`, sample by sample.
    fn accumulate(sum: &mut [Self], summand: &[Self]);
}

macro_rules! numbers {
    ($($number:ty),+) => {$(
        impl Accumulate for $number {
            fn accumulate(sum: &mut [Self], summand: &[Self]) {
                for (sum, summand) in sum.iter_mut().zip(summand) {
                    *sum += *summand;
                }
            }
        }
    )+};
}

macro_rules! tokens {
    ($($token:ty),+) => {$(
        /// There is no derivative by a token.
        impl Accumulate for $token {
            fn accumulate(_: &mut [Self], _: &[Self]) {}
        }
    )+};
}

numbers!(f32, f64);
tokens!(u8, u16, u32, u64, usize, i8, i16, i32, i64, bool);

impl<X: Accumulate, const N: usize> Accumulate for [X; N] {
    fn accumulate(sum: &mut [Self], summand: &[Self]) {
        X::accumulate(sum.as_flattened_mut(), summand.as_flattened());
    }
}

impl<A: Accumulate, B: Accumulate> Accumulate for (A, B) {
    fn accumulate(sum: &mut [Self], summand: &[Self]) {
        for (sum, summand) in sum.iter_mut().zip(summand) {
            A::accumulate(from_mut(&mut sum.0), from_ref(&summand.0));
            B::accumulate(from_mut(&mut sum.1), from_ref(&summand.1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_any_nesting_add_up_and_tokens_stay() {
        let mut sum = [([[1.0_f32, 2.0]; 2], ([3_u16; 2], 4.0_f64)); 2];
        let summand = [([[10.0, 20.0]; 2], ([7; 2], 40.0)); 2];
        Accumulate::accumulate(&mut sum, &summand);
        assert_eq!(sum, [([[11.0, 22.0]; 2], ([3; 2], 44.0)); 2]);
    }
}
