//! A pair, side by side.

use core::ops::Add;
use core::slice::{from_mut, from_ref};

use bytemuck::AnyBitPattern;

use crate::kernel::rows::{in_rows, in_rows_mut};
use crate::network::dim::{Array, Const, Element, Number, Of, Size};
use crate::network::{Batch, Layer, Sample, Scalar, Tensor};

/// Puts the features of a pair side by side, first those of the first:
///
/// | from | to |
/// | --- | --- |
/// | vectors `([T; A], [T; B])` | `[T; A + B]` |
/// | sequences `([[T; A]; STEPS], [[T; B]; STEPS])` | `[[T; A + B]; STEPS]` |
/// | images `([[[T; W]; H]; A], [[[T; W]; H]; B])` | `[[[T; W]; H]; A + B]` |
///
/// The sum is computed, up to 4096. Keras' `Concatenate(axis=-1)`, for images as for the rest; PyTorch's
/// `torch.cat` with the `dim` of the features or channels.
///
/// Backward: each of the two gets its part of the derivative.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[0.0_f32; 5]; 1];
/// Concat.forward(&[([1.0, 2.0], [3.0, 4.0, 5.0])], &mut output);
/// assert_eq!(output, [[1.0, 2.0, 3.0, 4.0, 5.0]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct Concat;

crate::no_parameters!(Concat);

/// Holds for pairs that can stand side by side.
#[diagnostic::on_unimplemented(
    message = "`Concat` cannot put `{Self}` side by side",
    label = "`Concat` is given `{Self}`",
    note = "a pair of vectors, of sequences of as many steps, or of images of the same width and height",
    note = "sums are computed up to 4096"
)]
pub trait Joins: Sample {
    /// The two, side by side.
    type Joined: Tensor;
    /// How many scalars of the first, and then of the second, are neighbours.
    const NEIGHBOURS: (usize, usize);
    /// The scalars of both.
    fn parts(&self) -> [&[<Self::Joined as Tensor>::Scalar]; 2];
    /// The scalars of both, to write to.
    fn parts_mut(&mut self) -> [&mut [<Self::Joined as Tensor>::Scalar]; 2];
}

macro_rules! joins {
    ($first:ty, $second:ty => $joined:ty, $neighbours:expr, [$($generics:tt)*] $(, $element:ty)?) => {
        #[diagnostic::do_not_recommend]
        impl<T: Scalar, const A: usize, const B: usize, Sum: Number, $($generics)*> Joins for ($first, $second)
        where
            Const<A>: Size,
            Const<B>: Size,
            Of<A>: Add<Of<B>, Output = Sum>,
            $($element: Element + Tensor<Scalar = T>,)?
        {
            type Joined = $joined;
            const NEIGHBOURS: (usize, usize) = $neighbours;

            fn parts(&self) -> [&[T]; 2] {
                [<$first>::flat(from_ref(&self.0)), <$second>::flat(from_ref(&self.1))]
            }

            fn parts_mut(&mut self) -> [&mut [T]; 2] {
                [<$first>::flat_mut(from_mut(&mut self.0)), <$second>::flat_mut(from_mut(&mut self.1))]
            }
        }
    };
}

joins!([T; A], [T; B] => Array<Sum, T>, (A, B), []);
joins!([[T; A]; STEPS], [[T; B]; STEPS] => [Array<Sum, T>; STEPS], (A, B), [const STEPS: usize]);
joins!(
    [[[T; W]; H]; A], [[[T; W]; H]; B] => Array<Sum, [[T; W]; H]>, (A * H * W, B * H * W),
    [const W: usize, const H: usize], [[T; W]; H]
);

impl<P: Joins> Layer<P> for Concat {
    type Output = P::Joined;
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[P], output: &mut [P::Joined]) {
        let (before, size) = (P::NEIGHBOURS.0, P::NEIGHBOURS.0 + P::NEIGHBOURS.1);
        for (pair, y) in input.iter().zip(output) {
            let [mut first, mut second] = pair.parts().map(<[_]>::iter);
            for row in in_rows_mut(P::Joined::flat_mut(from_mut(y)), size) {
                let (head, tail) = row.split_at_mut_checked(before).unwrap_or_default();
                head.iter_mut().zip(&mut first).chain(tail.iter_mut().zip(&mut second)).for_each(|(y, x)| *y = *x);
            }
        }
    }

    fn backward<B: Batch>(
        &self,
        _: &[P],
        _: &[P::Joined],
        (): &mut (),
        output_gradient: &mut [P::Joined],
        input_gradient: Option<&mut [P]>,
        (): &mut (),
    ) {
        let Some(input_gradient) = input_gradient else { return };
        let (before, size) = (P::NEIGHBOURS.0, P::NEIGHBOURS.0 + P::NEIGHBOURS.1);
        for (pair, g) in input_gradient.iter_mut().zip(output_gradient.iter()) {
            let [mut first, mut second] = pair.parts_mut().map(<[_]>::iter_mut);
            for row in in_rows(P::Joined::flat(from_ref(g)), size) {
                let (head, tail) = row.split_at_checked(before).unwrap_or_default();
                head.iter().zip(&mut first).chain(tail.iter().zip(&mut second)).for_each(|(g, dx)| *dx = *g);
            }
        }
    }
}

crate::network::stream::streams_alone!(Concat: ([T; A], [T; B]), [T: Scalar, const A: usize, const B: usize], where ([T; A], [T; B]): Joins);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_of_each_step_and_channels_of_an_image() {
        let mut output = [[[0.0; 3]; 2]; 1];
        Concat.forward(&[([[1.0, 2.0], [4.0, 5.0]], [[3.0], [6.0]])], &mut output);
        assert_eq!(output, [[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]);
        let mut output = [[[[0.0_f32; 2]; 1]; 3]; 1];
        Concat.forward(&[([[[1.0, 2.0]]], [[[3.0, 4.0]], [[5.0, 6.0]]])], &mut output);
        assert_eq!(output, [[[[1.0, 2.0]], [[3.0, 4.0]], [[5.0, 6.0]]]]);
    }

    #[test]
    fn nothing_beside_something() {
        let mut output = [[0.0; 2]; 2];
        Concat.forward(&[([], [1.0, 2.0]), ([0.0; 0], [3.0, 4.0])], &mut output);
        assert_eq!(output, [[1.0, 2.0], [3.0, 4.0]]);
    }
}
