//! What a struct says about its network.

use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Error, Fields, Generics, Ident, Result, Token, Type, Visibility};

/// A struct whose fields are layers.
pub struct Network {
    pub name: Ident,
    pub visibility: Visibility,
    pub generics: Generics,
    pub fields: Vec<Field>,
    /// The inputs that the struct is checked with; none where that is left open.
    pub inputs: Vec<Type>,
}

/// A layer.
pub struct Field {
    pub name: Ident,
    pub layer: Type,
}

impl Network {
    /// Reads a struct, or says what is missing.
    pub fn read(input: DeriveInput) -> Result<Self> {
        let name = input.ident;
        let Data::Struct(data) = input.data else {
            return Err(Error::new(name.span(), "a network is a struct of layers: not an enum and not a union"));
        };
        let Fields::Named(fields) = data.fields else {
            return Err(Error::new(
                name.span(),
                "the fields name the parameters: write `struct Network { encoder: .., head: .. }`; for layers without \
                 names there is `Sequential!`",
            ));
        };
        let fields: Vec<Field> = fields
            .named
            .into_iter()
            .filter_map(|field| field.ident.map(|name| Field { name, layer: field.ty }))
            .collect();
        if fields.is_empty() {
            return Err(Error::new(name.span(), "a network needs at least one layer"));
        }
        if !is_repr_c(&input.attrs)? {
            return Err(Error::new(
                name.span(),
                "a network needs `#[repr(C)]`: its layers lie in memory in the order of the fields",
            ));
        }
        let mut inputs = inputs(&input.attrs)?;
        if inputs.is_empty() {
            return Err(Error::new(
                name.span(),
                "say what the network takes, and its layers are checked here: `#[layer(input = [f32; 20])]`; \
                 `#[layer(input = _)]` leaves it open",
            ));
        }
        inputs.retain(|input| !matches!(input, Type::Infer(_)));
        Ok(Self { name, visibility: input.vis, generics: input.generics, fields, inputs })
    }
}

/// Whether one of the attributes is `#[repr(C)]`.
fn is_repr_c(attributes: &[Attribute]) -> Result<bool> {
    let mut found = false;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("repr")) {
        attribute.parse_nested_meta(|meta| {
            found |= meta.path.is_ident("C");
            // `align(..)` and `packed(..)` are followed by a number.
            if meta.input.peek(syn::token::Paren) {
                meta.input.parse::<proc_macro2::Group>()?;
            }
            Ok(())
        })?;
    }
    Ok(found)
}

/// The types of all `#[layer(input = ..)]`.
fn inputs(attributes: &[Attribute]) -> Result<Vec<Type>> {
    let mut inputs = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("layer")) {
        let before = inputs.len();
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("input") {
                return Err(meta.error("expected `input = [f32; 20]`, the type of one sample"));
            }
            meta.input.parse::<Token![=]>()?;
            inputs.push(meta.input.parse()?);
            Ok(())
        })?;
        if inputs.len() == before {
            return Err(Error::new(attribute.span(), "expected `#[layer(input = [f32; 20])]`"));
        }
    }
    Ok(inputs)
}
