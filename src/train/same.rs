//! The data must be of the shape that a trainer was made for.

/// Holds for `X` itself: the data that a trainer is given must be of the shape that it was made for.
///
/// The compiler reports what is nearest to a bound first. `After` puts this bound some steps away, so
/// that the sentence of the layer or the loss comes before this one.
#[diagnostic::on_unimplemented(
    message = "the trainer is made for samples of shape `{X}`, but is given `{Self}`",
    label = "the data has samples of shape `{Self}`"
)]
pub trait Same<X, After = (((((),),),),)>: Sized {
    /// The same samples.
    fn same(samples: &[Self]) -> &[X];
}

impl<X> Same<X, ()> for X {
    #[inline(always)]
    fn same(samples: &[Self]) -> &[X] {
        samples
    }
}

impl<A: Same<X, After>, X, After> Same<X, (After,)> for A {
    #[inline(always)]
    fn same(samples: &[Self]) -> &[X] {
        A::same(samples)
    }
}
