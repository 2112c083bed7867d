//! Layers that change the shape of a tensor, not its numbers.

mod crop;
mod flatten;
mod pad;
mod reshape;
mod transpose;
mod unmask;
mod upsample;

pub use crop::{Crop, Crops};
pub use flatten::{Flatten, Flattens};
pub use pad::{Pad, Pads};
pub use reshape::Reshape;
#[doc(hidden)]
pub use reshape::same_len;
pub use transpose::Transpose;
pub use unmask::Unmask;
pub use upsample::{Upsample, Upsamples};

use crate::network::Tensor;

/// Copies the scalars of a batch in their order.
fn copy<X: Tensor, Y: Tensor<Scalar = X::Scalar>>(from: &[X], to: &mut [Y]) {
    for (to, from) in Y::flat_mut(to).iter_mut().zip(X::flat(from)) {
        *to = *from;
    }
}
