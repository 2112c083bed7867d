//! The only tuned loops. Layers call them through [`Scalar`](crate::Scalar).

pub(crate) mod reference;
