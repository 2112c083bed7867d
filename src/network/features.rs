//! Layers that treat each feature in its own way.
//!
//! A vector `[T; N]` and a sequence `[[T; N]; STEPS]` have their features innermost; an image
//! `[[[T; WIDTH]; HEIGHT]; N]` has its channels outermost, each of them a run of neighbouring
//! scalars.

use crate::network::tensor::Tensor;

/// How many neighbouring scalars belong to the same of `features` features.
pub(crate) const fn run_of<X: Tensor>(features: usize) -> usize {
    let run = if X::RANK == 3 && features > 0 { X::LEN / features } else { 1 };
    // A run of nothing is as good as one of 1: there are no scalars then.
    if run == 0 { 1 } else { run }
}

/// Implements [`Layer`](crate::network::Layer) for vectors, sequences and images of `N` features; the output
/// has the shape of the input, and `Self::Output` stands for both.
macro_rules! layer_of_features {
    ($layer:ty, [$($generics:tt)*] { $($body:tt)* }) => {
        impl<T: $crate::network::Scalar, const N: usize, $($generics)*> $crate::network::Layer<[T; N]> for $layer {
            type Output = [T; N];
            $($body)*
        }

        impl<T: $crate::network::Scalar, const N: usize, const STEPS: usize, $($generics)*> $crate::network::Layer<[[T; N]; STEPS]>
            for $layer
        {
            type Output = [[T; N]; STEPS];
            $($body)*
        }

        impl<T: $crate::network::Scalar, const WIDTH: usize, const HEIGHT: usize, const N: usize, $($generics)*>
            $crate::network::Layer<[[[T; WIDTH]; HEIGHT]; N]> for $layer
        {
            type Output = [[[T; WIDTH]; HEIGHT]; N];
            $($body)*
        }
    };
}

/// The same for layers that run over the innermost dimension `N`: vectors, sequences, images.
macro_rules! layer_of_rows {
    ($layer:ty, [$($generics:tt)*] { $($body:tt)* }) => {
        impl<T: $crate::network::Scalar, const N: usize, $($generics)*> $crate::network::Layer<[T; N]> for $layer {
            type Output = [T; N];
            $($body)*
        }

        impl<T: $crate::network::Scalar, const N: usize, const STEPS: usize, $($generics)*> $crate::network::Layer<[[T; N]; STEPS]>
            for $layer
        {
            type Output = [[T; N]; STEPS];
            $($body)*
        }

        impl<T: $crate::network::Scalar, const N: usize, const HEIGHT: usize, const CHANNELS: usize, $($generics)*>
            $crate::network::Layer<[[[T; N]; HEIGHT]; CHANNELS]> for $layer
        {
            type Output = [[[T; N]; HEIGHT]; CHANNELS];
            $($body)*
        }
    };
}

pub(crate) use {layer_of_features, layer_of_rows};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs() {
        assert_eq!(run_of::<[f32; 4]>(4), 1);
        assert_eq!(run_of::<[[f32; 4]; 7]>(4), 1);
        assert_eq!(run_of::<[[[f32; 4]; 7]; 3]>(3), 28);
        assert_eq!(run_of::<[[[f32; 4]; 7]; 0]>(0), 1);
        assert_eq!(run_of::<[[[f32; 0]; 7]; 3]>(3), 1);
    }
}
