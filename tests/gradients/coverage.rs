//! Nothing public may be missing from the list.

use std::fs;
use std::path::Path;

/// What is public, but no layer, activation or loss: traits and constraints. It is a list of its own,
/// so that nothing with a gradient comes by without a proof.
pub const NO_FUNCTION: &[&str] =
    &["ClassLabel", "Constraint", "Elementwise", "Loss", "MaxNorm", "NonNegative", "Penalty", "TargetOf"];

/// The names that a `mod.rs` makes public: the types and traits of its `pub use` lines, and those
/// that it defines itself.
fn public_names(source: &str) -> Vec<String> {
    let code: String =
        source.lines().filter(|line| !line.trim_start().starts_with("//")).map(|l| format!("{l}\n")).collect();
    let mut names = Vec::new();
    for (at, _) in code.match_indices("pub ") {
        let mut statement = code[at + 4..].split([';', '{']);
        let item = statement.next().unwrap_or_default();
        if item.starts_with("use ") {
            // With the braces of a list.
            let list = code[at..].split(';').next().unwrap_or_default();
            assert!(!list.contains('*'), "`{list}` hides its names from this test: write them out");
            names.extend(types(list));
        } else if ["struct ", "enum ", "union ", "trait ", "type "].iter().any(|kind| item.starts_with(kind)) {
            names.extend(types(item).next());
        }
    }
    names
}

/// The words that start with a capital, as types and traits do.
fn types(code: &str) -> impl Iterator<Item = String> {
    let words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with(char::is_uppercase)).map(String::from)
}

/// The public names that are not on a list.
fn missing(source: &str, list: &[&str]) -> Vec<String> {
    let mut names = public_names(source);
    names.retain(|name| !list.contains(&name.as_str()));
    names
}

#[test]
fn nothing_is_missing_from_the_list() {
    for (folder, list) in super::LIST {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder).join("mod.rs");
        let source = fs::read_to_string(&path).unwrap();
        let missing = missing(&source, list);
        assert!(
            missing.is_empty(),
            "src/{folder}/mod.rs makes {missing:?} public, but `proofs!` in tests/gradients.rs has no line for it in \
             `{folder}`: add one, and the gradient is checked"
        );
        // The file was read as it is meant: at least half of the list is found in it.
        assert!(public_names(&source).len() * 2 > list.len(), "{folder}");
    }
    assert_eq!(super::LIST.len(), 3);
}

#[test]
fn all_ways_to_make_a_name_public_are_seen() {
    let source = "
        //! pub use comment::Nothing;
        mod conv;
        mod pool;
        pub use conv::Conv2d;
        pub use pool::{
            MaxPool,
            average::{AveragePool, helper},
        };
        pub(crate) use pool::Inner;
        pub trait Window {}
        pub struct Pair<A, B>(A, B);
        pub fn function(x: Private) {}
    ";
    assert_eq!(public_names(source), ["Conv2d", "MaxPool", "AveragePool", "Window", "Pair"]);
    assert_eq!(missing(source, &["Conv2d", "AveragePool", "Window", "Pair"]), ["MaxPool"]);
}

#[test]
#[should_panic(expected = "hides its names")]
fn a_glob_is_refused() {
    public_names("pub use pool::*;");
}
