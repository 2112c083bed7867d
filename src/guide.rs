//! The guide: pages that are read from the first to the last, or each on its own.
//!
//! The same files are a book (`mdbook build docs`) and can be read where the sources are, in `docs/guide`. Every
//! listing in Rust is compiled and run by the tests, but for those of a board, which say so.
//!
//! Begin with the [introduction].
#![allow(rustdoc::redundant_explicit_links, reason = "the definitions before a page stand in for those in its file")]

// It is there for documentation and its tests only (`cfg(doc)`).
//
// How a page links, so that it is right on a forge, in the book and here:
//
// - To another page by its file's name as the label, `[shapes]` or `[another word][shapes]`, never to a part of it; at
//   the end of the file stands `[shapes]: shapes.md`. Here the macro puts `[shapes]: crate::guide::shapes` before the
//   page: of two definitions of a label Markdown takes the first. To a part of the same page: `[words](#the-part)`.
// - A picture by its file's name as the label, `![What it shows, in words][roc.svg]`; at the end of the file stands
//   `[roc.svg]: ../roc.svg`. Here it is an image of nothing, so that the words are shown: rustdoc copies no files. The
//   name stands in the list of pictures below.
// - A file of the sources by its path, as code, without a link: neither the book nor rustdoc has it.
//
// A new page is one line below and one in `docs/SUMMARY.md`.

macro_rules! pages {
    ([$($picture:literal),* $(,)?] $($pages:tt)+) => {
        pages!(@ { $($pages)+ } [$("[", $picture, ".svg]: data:image/svg+xml,\n"),*] $($pages)+);
    };
    (@ $all:tt $pictures:tt $($page:ident $file:literal),+ $(,)?) => {$(
        #[doc = definitions!($all $pictures)]
        #[doc = include_str!(concat!("../docs/guide/", $file, ".md"))]
        pub mod $page {}
    )+};
}

/// What stands before each page.
macro_rules! definitions {
    ({ $($page:ident $file:literal),+ $(,)? } [$($pictures:literal),*]) => {
        concat!($("[", $file, "]: crate::guide::", stringify!($page), "\n",)+ $($pictures,)*)
    };
}

pages! {
    [
        "confusion", "exploding_gradients", "history", "network", "optimizers", "precision_recall", "regularisation",
        "roc", "vanishing_gradients", "weights",
    ]
    introduction "introduction",
    learning_1_network "learning-1-network",
    learning_2_backpropagation "learning-2-backpropagation",
    learning_3_descent "learning-3-descent",
    learning_4_deep "learning-4-deep",
    learning_5_new_data "learning-5-new-data",
    keras "keras",
    shapes "shapes",
    data "data",
    own_layer "own-layer",
    board "board",
    exchange "exchange",
    reproducibility "reproducibility",
    compile_time "compile-time",
    features "features",
}

/// The listings of the README are tests too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
