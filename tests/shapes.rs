//! Wrong shapes do not compile, and the first line of the error is a sentence that names the layer
//! and the shape.
//!
//! Each file in `tests/shapes` is a wrong program, with the error it must give beside it. To accept
//! errors that changed: `TRYBUILD=overwrite cargo test --test shapes`, and read them.

#[test]
fn shapes() {
    let cases = trybuild::TestCases::new();
    // With a program that passes, all are built and not only checked, so that constants are
    // evaluated too. `tests/shapes/check` shows that a check alone finds the same errors.
    cases.pass("tests/shapes/pass/*.rs");
    cases.compile_fail("tests/shapes/*.rs");
}
