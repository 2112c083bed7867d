//! The generated code.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericParam, Generics, Ident, Type, WherePredicate, parse_quote, parse_quote_spanned};

use crate::network::{Field, Network};

/// A name that no code of the user has: of a generic parameter, or of a variable.
fn hidden(name: &str, number: usize) -> Ident {
    format_ident!("__{name}{number}")
}

/// Values nested as `(a, (b, (c, d)))`: pairs are what `Tape` and `Zero` know.
fn nested(values: Vec<TokenStream>) -> TokenStream {
    let mut values = values.into_iter().rev();
    let last = values.next().unwrap_or_default();
    values.fold(last, |rest, value| quote!((#value, #rest)))
}

impl Network {
    pub fn generate(&self) -> TokenStream {
        [self.gradient(), self.parameters(), self.layer(), self.stream()]
            .into_iter()
            .chain(self.inputs.iter().map(|input| self.check(input)))
            .collect()
    }

    fn gradient_name(&self) -> Ident {
        format_ident!("{}Gradient", self.name)
    }

    fn names(&self) -> Vec<&Ident> {
        self.fields.iter().map(|field| &field.name).collect()
    }

    fn layers(&self) -> Vec<&Type> {
        self.fields.iter().map(|field| &field.layer).collect()
    }

    /// The struct of the gradients.
    fn gradient(&self) -> TokenStream {
        let (name, visibility, gradient, names, layers) =
            (&self.name, &self.visibility, self.gradient_name(), self.names(), self.layers());
        let (generics, (for_impl, parameters, bounds)) = (&self.generics, self.generics.split_for_impl());
        let about = format!("The gradient of [`{name}`], and every further tree that an optimizer keeps.");
        let fields = names.iter().map(|field| format!("The gradient of `{field}`."));
        let gradients = layers
            .iter()
            .map(|layer| quote_spanned!(layer.span()=> <#layer as ::typenet::network::Parameters>::Gradient));
        quote! {
            #[doc = #about]
            #[derive(::core::clone::Clone, ::core::marker::Copy, ::typenet::bytemuck::AnyBitPattern)]
            #[bytemuck(crate = "::typenet::bytemuck")]
            #[repr(C)]
            #visibility struct #gradient #generics #bounds {
                #(#[doc = #fields] pub #names: #gradients,)*
            }

            impl #for_impl ::typenet::network::Zero for #gradient #parameters #bounds {
                const ZERO: Self = Self { #(#names: ::typenet::network::Zero::ZERO,)* };
            }
        }
    }

    fn parameters(&self) -> TokenStream {
        let (name, gradient, names, layers) = (&self.name, self.gradient_name(), self.names(), self.layers());
        let (for_impl, parameters, bounds) = self.generics.split_for_impl();
        quote! {
            impl #for_impl ::typenet::network::Zero for #name #parameters #bounds {
                const ZERO: Self = Self { #(#names: ::typenet::network::Zero::ZERO,)* };
            }

            impl #for_impl ::typenet::network::Parameters for #name #parameters #bounds {
                type Gradient = #gradient #parameters;
                const COUNT: usize = 0 #(+ <#layers as ::typenet::network::Parameters>::COUNT)*;
                const STATISTICS: usize = 0 #(+ <#layers as ::typenet::network::Parameters>::STATISTICS)*;
                const FINGERPRINT: ::typenet::network::Fingerprint =
                    ::typenet::network::Fingerprint::layer::<Self>(stringify!(#name)) #(
                        .part(
                            ::typenet::network::Fingerprint::layer::<#layers>(stringify!(#names))
                                .part(<#layers as ::typenet::network::Parameters>::FINGERPRINT)
                        )
                    )*;

                fn init(&mut self, weights: ::typenet::network::Initializer, rng: &mut impl ::typenet::rand::Rng) {
                    #(::typenet::network::Parameters::init(&mut self.#names, weights, rng);)*
                }

                fn visit(&self, path: &::typenet::network::Path<'_>, visitor: &mut impl ::typenet::network::Visitor) {
                    #(::typenet::network::Parameters::visit(&self.#names, &path.child(stringify!(#names)), visitor);)*
                }

                fn walk<const __K: usize>(
                    &mut self,
                    mut trees: [&mut Self::Gradient; __K],
                    path: &::typenet::network::Path<'_>,
                    walker: &mut impl ::typenet::network::Walker<__K>,
                ) {
                    #(
                        let places = ::typenet::network::internals::each_part(&mut trees, |tree| &mut tree.#names);
                        ::typenet::network::Parameters::walk(&mut self.#names, places, &path.child(stringify!(#names)), walker);
                    )*
                }

                fn penalty(&self) -> f64 {
                    0.0 #(+ ::typenet::network::Parameters::penalty(&self.#names))*
                }

                fn penalize(&mut self, gradient: &mut Self::Gradient) {
                    #(::typenet::network::Parameters::penalize(&mut self.#names, &mut gradient.#names);)*
                }

                fn constrain(&mut self) {
                    #(::typenet::network::Parameters::constrain(&mut self.#names);)*
                }
            }
        }
    }

    /// The struct's generics, further parameters (the samples between the layers, the input first),
    /// and for each field that it takes one and gives the next.
    fn flow(&self) -> (Generics, Vec<Ident>) {
        let samples: Vec<Ident> = (0..=self.fields.len()).map(|number| hidden("Sample", number)).collect();
        let mut generics = self.generics.clone();
        let parameters =
            samples.iter().map(|sample| -> GenericParam { parse_quote!(#sample: ::typenet::network::Sample) });
        // Types may stand before constants and behind them, but not before lifetimes.
        generics.params.extend(parameters);
        let bounds = self.fields.iter().zip(&samples).zip(samples.iter().skip(1));
        let bounds = bounds.map(|((Field { layer, .. }, takes), gives)| -> WherePredicate {
            // At the place of the field: that is where a note of the compiler points.
            parse_quote_spanned!(layer.span()=> #layer: ::typenet::network::Layer<#takes, Output = #gives>)
        });
        generics.make_where_clause().predicates.extend(bounds);
        (generics, samples)
    }

    fn layer(&self) -> TokenStream {
        let (generics, samples) = self.flow();
        let (for_impl, _, bounds) = generics.split_for_impl();
        let (name, parameters) = (&self.name, self.generics.split_for_impl().1);
        let (names, layers, takes) = (self.names(), self.layers(), self.takes(&samples));
        let (input, output) = (samples.first(), samples.last());
        let (tape, pattern, tapes) = (self.tape(&samples), self.tape_pattern(), self.numbered("tape"));
        let (first, first_layer) = (names.first(), layers.first());
        let (forward, forward_train, backward) =
            (self.forward(&samples), self.forward_train(&samples), self.backward(&samples));
        let scratch = self.scratch(&samples);
        quote! {
            impl #for_impl ::typenet::network::Layer<#input> for #name #parameters #bounds {
                type Output = #output;
                type Tape<__B: ::typenet::network::Batch> = #tape;
                const MULTIPLY_ADDS: usize = 0 #(+ <#layers as ::typenet::network::Layer<#takes>>::MULTIPLY_ADDS)*;
                const SCRATCH: usize = #scratch;
                const GROUPED: usize = #scratch;
                const CALLS: usize =
                    ::typenet::network::derived::deepest(&[#(<#layers as ::typenet::network::Layer<#takes>>::CALLS),*]);

                const DEPTH: usize = 0 #(+ <#layers as ::typenet::network::Layer<#takes>>::DEPTH)*;

                #forward
                #forward_train
                #backward

                fn check_input(&self, input: &[#input]) -> ::core::result::Result<(), ::typenet::Error> {
                    <#first_layer as ::typenet::network::Layer<#input>>::check_input(&self.#first, input)
                }

                fn update_statistics<__B: ::typenet::network::Batch>(&mut self, tape: &Self::Tape<__B>) {
                    #pattern
                    #(<#layers as ::typenet::network::Layer<#takes>>::update_statistics::<__B>(&mut self.#names, #tapes);)*
                }

                fn describe(path: &::typenet::network::Path<'_>, row: &mut impl ::core::ops::FnMut(::typenet::network::Row<'_>)) {
                    #(<#layers as ::typenet::network::Layer<#takes>>::describe(&path.child(stringify!(#names)), row);)*
                }
            }
        }
    }

    /// One name for each field.
    fn numbered(&self, name: &str) -> Vec<Ident> {
        (0..self.fields.len()).map(|number| hidden(name, number)).collect()
    }

    /// What each field takes.
    fn takes<'a>(&self, samples: &'a [Ident]) -> Vec<&'a Ident> {
        samples.iter().take(self.fields.len()).collect()
    }

    /// Each layer's tape, and behind all but the last one what flows to the next, and its gradient.
    fn tape(&self, samples: &[Ident]) -> TokenStream {
        let mut parts = Vec::new();
        for ((Field { layer, .. }, takes), gives) in self.fields.iter().zip(samples).zip(samples.iter().skip(1)) {
            parts.push(quote!(<#layer as ::typenet::network::Layer<#takes>>::Tape<__B>));
            parts.push(quote!(<__B as ::typenet::network::Batch>::Of<#gives>));
            parts.push(quote!(<__B as ::typenet::network::Batch>::Of<#gives>));
        }
        parts.truncate(3 * self.fields.len() - 2);
        nested(parts)
    }

    /// Takes a tape apart: `tape1` is of layer 1, `middle1` what it gives to layer 2, and `gradient1`
    /// the gradient of that.
    fn tape_pattern(&self) -> TokenStream {
        let mut parts = Vec::new();
        for number in 0..self.fields.len() {
            parts.extend(["tape", "middle", "gradient"].map(|name| hidden(name, number).into_token_stream()));
        }
        parts.truncate(3 * self.fields.len() - 2);
        let parts = nested(parts);
        quote!(#[allow(unused_variables)] let #parts = tape;)
    }

    /// What flows from each layer to the next is in memory while the rest runs.
    fn scratch(&self, samples: &[Ident]) -> TokenStream {
        let takes = self.takes(samples);
        let layers = self.layers();
        let mut each = layers.iter().zip(&takes).rev();
        let own = |(layer, takes)| quote!(<#layer as ::typenet::network::Layer<#takes>>::SCRATCH);
        let last = each.next().map(own).unwrap_or_default();
        each.zip(samples.iter().rev().skip(1)).fold(last, |rest, (layer, gives)| {
            let one = own(layer);
            quote!(::typenet::network::derived::scratch::<#gives>(#one, #rest))
        })
    }

    fn forward(&self, samples: &[Ident]) -> TokenStream {
        let (input, output) = (samples.first(), samples.last());
        let names = self.names().into_iter().rev();
        let mut calls =
            names.map(|name| quote!(::typenet::network::Layer::forward_watched(&self.#name, input, output, watch)));
        let last = calls.next().unwrap_or_default();
        let middles = samples.iter().rev().skip(1);
        let body = calls.zip(middles.zip(samples.iter().rev().skip(2))).fold(last, |rest, (call, (gives, takes))| {
            quote! {
                ::typenet::network::derived::in_a_row::<#takes, #gives, #output, _>(
                    input,
                    output,
                    watch,
                    |input, output, watch| #call,
                    |input, output, watch| #rest,
                )
            }
        });
        quote! {
            fn forward(&self, input: &[#input], output: &mut [#output]) {
                ::typenet::network::Layer::forward_watched(self, input, output, &mut ());
            }

            fn forward_watched(
                &self,
                input: &[#input],
                output: &mut [#output],
                watch: &mut impl ::typenet::network::Watch,
            ) {
                #body;
            }
        }
    }

    fn forward_train(&self, samples: &[Ident]) -> TokenStream {
        let (input, output, last) = (samples.first(), samples.last(), self.fields.len() - 1);
        let pattern = self.tape_pattern();
        let mut calls = TokenStream::new();
        for (number, (Field { name, layer }, takes)) in self.fields.iter().zip(samples).enumerate() {
            let (tape, middle) = (hidden("tape", number), hidden("middle", number));
            let from = if number == 0 { quote!(input) } else { hidden("middle", number - 1).into_token_stream() };
            let (to, store) = if number == last {
                (quote!(output), quote!())
            } else {
                let store = quote! {
                    let #middle = ::typenet::network::derived::first_mut(::core::convert::AsMut::as_mut(#middle), input.len());
                };
                (middle.into_token_stream(), store)
            };
            calls.extend(quote! {
                #store
                <#layer as ::typenet::network::Layer<#takes>>::forward_train::<__B>(&self.#name, #from, #to, #tape, rng);
            });
        }
        quote! {
            fn forward_train<__B: ::typenet::network::Batch>(
                &self,
                input: &[#input],
                output: &mut [#output],
                tape: &mut Self::Tape<__B>,
                rng: &mut impl ::typenet::rand::Rng,
            ) {
                #pattern
                #calls
            }
        }
    }

    fn backward(&self, samples: &[Ident]) -> TokenStream {
        let (input, output, last) = (samples.first(), samples.last(), self.fields.len() - 1);
        let (pattern, layers) = (self.tape_pattern(), self.layers());
        let middles = self.numbered("middle").into_iter().take(last);
        let mut calls = TokenStream::new();
        for (number, (Field { name, layer }, takes)) in self.fields.iter().zip(samples).enumerate().rev() {
            let tape = hidden("tape", number);
            let (given, given_gradient) = if number == last {
                (quote!(output), quote!(output_gradient))
            } else {
                (hidden("middle", number).into_token_stream(), hidden("gradient", number).into_token_stream())
            };
            let call = |taken: TokenStream, taken_gradient: TokenStream| {
                quote! {
                    <#layer as ::typenet::network::Layer<#takes>>::backward::<__B>(
                        &self.#name, #taken, #given, #tape, #given_gradient, #taken_gradient, &mut gradient.#name,
                    );
                }
            };
            if number == 0 {
                calls.extend(call(quote!(input), quote!(input_gradient)));
                continue;
            }
            let (middle, middle_gradient) = (hidden("middle", number - 1), hidden("gradient", number - 1));
            let (alone, passing) =
                (call(quote!(#middle), quote!(None)), call(quote!(#middle), quote!(Some(&mut *#middle_gradient))));
            let before = layers.iter().take(number);
            calls.extend(quote! {
                if input_gradient.is_none() && 0 #(+ <#before as ::typenet::network::Parameters>::COUNT)* == 0 {
                    // Nothing before this layer is trained, so nobody reads its input gradient.
                    #alone
                    return;
                }
                let #middle_gradient =
                    ::typenet::network::derived::first_mut(::core::convert::AsMut::as_mut(#middle_gradient), input.len());
                #passing
            });
        }
        quote! {
            fn backward<__B: ::typenet::network::Batch>(
                &self,
                input: &[#input],
                output: &[#output],
                tape: &mut Self::Tape<__B>,
                output_gradient: &mut [#output],
                input_gradient: ::core::option::Option<&mut [#input]>,
                gradient: &mut Self::Gradient,
            ) {
                #pattern
                #(let #middles = ::typenet::network::derived::first(::core::convert::AsRef::as_ref(#middles), input.len());)*
                #calls
            }
        }
    }

    fn stream(&self) -> TokenStream {
        let samples: Vec<Ident> = (0..=self.fields.len()).map(|number| hidden("Sample", number)).collect();
        let (names, layers, takes, states, gives) =
            (self.names(), self.layers(), self.takes(&samples), self.numbered("state"), self.numbered("Gives"));
        let mut generics = self.generics.clone();
        generics
            .params
            .extend(samples.iter().map(|sample| -> GenericParam { parse_quote!(#sample: ::typenet::network::Sample) }));
        generics.params.extend(gives.iter().zip(samples.iter().skip(1)).map(|(gives, sample)| -> GenericParam {
            parse_quote!(#gives: ::typenet::network::Emission<Item = #sample>)
        }));
        let bounds = layers.iter().zip(&takes).zip(&gives).map(|((layer, takes), gives)| -> WherePredicate {
            parse_quote_spanned!(layer.span()=> #layer: ::typenet::network::Stream<#takes, Output = #gives>)
        });
        generics.make_where_clause().predicates.extend(bounds);
        let (for_impl, _, bounds) = generics.split_for_impl();
        let (name, parameters, input) = (&self.name, self.generics.split_for_impl().1, samples.first());
        let state = nested(
            layers
                .iter()
                .zip(&takes)
                .map(|(layer, takes)| quote!(<#layer as ::typenet::network::Stream<#takes>>::State))
                .collect(),
        );
        let pattern = nested(states.iter().map(ToTokens::to_token_stream).collect());
        // From the last layer to the first: what is given, the bytes of a step, and the step, which is given `sample`.
        let mut parts = names.iter().zip(&layers).zip(takes.iter().zip(&states)).zip(&gives).rev().map(
            |(((name, layer), (takes, state)), gives)| {
                let layer = quote!(<#layer as ::typenet::network::Stream<#takes>>);
                [quote!(#gives), quote!(#layer::STEP_BYTES), quote!(#layer::step(&self.#name, #state, sample))]
            },
        );
        let last = parts.next().unwrap_or_default();
        let [output, bytes, step] = parts.fold(last, |[output, bytes, step], [gives, own_bytes, own_step]| {
            [
                quote!(<#gives as ::typenet::network::Emission>::Then<#output>),
                quote!(::typenet::network::derived::scratch::<#gives>(#own_bytes, #bytes)),
                quote!(::typenet::network::Emission::then(#own_step, |sample| #step)),
            ]
        });
        quote! {
            impl #for_impl ::typenet::network::Stream<#input> for #name #parameters #bounds {
                type Output = #output;
                type State = #state;
                const STEP_BYTES: usize = #bytes;

                fn step(&self, state: &mut Self::State, sample: &#input) -> Self::Output {
                    let #pattern = state;
                    #step
                }
            }
        }
    }

    /// Code that compiles if the layers fit on an input: each line stands at the place of its field.
    fn check(&self, input: &Type) -> TokenStream {
        let (for_impl, _, bounds) = self.generics.split_for_impl();
        let lines = self.fields.iter().map(|Field { layer, .. }| {
            quote_spanned!(layer.span()=> let sample = ::typenet::network::derived::gives::<#layer, _>(sample);)
        });
        quote! {
            const _: () = {
                #[allow(dead_code)]
                fn check #for_impl () #bounds {
                    let sample = ::core::marker::PhantomData::<#input>;
                    #(#lines)*
                    let _ = sample;
                }
            };
        }
    }
}
