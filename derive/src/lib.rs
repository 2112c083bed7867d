//! The derive macro of `typenet`, which re-exports it with its feature `derive`; its documentation is
//! there.

mod generate;
mod network;

use proc_macro::TokenStream;

/// Makes a struct of layers a network: its fields run in their order, and their names name the
/// parameters, as in `encoder.weight`. What `Sequential!` numbers, this names.
///
/// ```
/// use typenet::bytemuck::AnyBitPattern;
/// use typenet::prelude::*;
///
/// #[derive(Clone, Copy, Debug, AnyBitPattern, Layer)]
/// #[bytemuck(crate = "typenet::bytemuck")]
/// #[layer(input = [f32; 20])]
/// #[repr(C)]
/// struct Classifier {
///     encoder: Sequential![Dense<20, 64>, Relu],
///     dropout: Dropout<30>,
///     head: Dense<64, 1>,
/// }
///
/// let classifier = initialized::<Classifier>(1);
/// let mut output = [[0.0]];
/// classifier.forward(&[[0.5; 20]], &mut output);
/// assert_eq!(classifier.head.bias[0], 0.0);
/// println!("{}", Summary::<Classifier, [f32; 20]>::NEW);
/// ```
///
/// # What is generated
///
/// - `Zero`, `Parameters` and `Layer<X>`, for every `X` that the first field takes, if each further
///   field takes what the one before it gives; and `Stream<X>`, if all fields are streams. An `Envelope`
///   or another `Watch` sees the output of each layer, as it does of a `Sequential!`;
/// - the struct's gradient, with the same field names: `ClassifierGradient`.
///
/// There is no heap and no `unsafe` in it. The struct must be plain data: the derives of `Clone`,
/// `Copy` and `AnyBitPattern` say so, and `#[repr(C)]` keeps the fields in their order in memory.
/// It may have type, constant and `where` parameters of its own.
///
/// # Where an error points
///
/// `#[layer(input = [f32; 20])]` says what the network is meant for, and its layers are checked with
/// that where they stand: an error points at the field whose layer does not fit. Several such lines
/// are several checks. They change nothing else: the network takes any input that fits. A struct
/// that cannot know its input says `#[layer(input = _)]`; it is checked where it is used.
#[proc_macro_derive(Layer, attributes(layer))]
pub fn derive_layer(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    network::Network::read(input).map_or_else(syn::Error::into_compile_error, |network| network.generate()).into()
}
