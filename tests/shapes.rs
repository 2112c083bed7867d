//! Wrong shapes do not compile, and the first line of the error is a sentence that names the layer
//! and the shape.
//!
//! Each file in `tests/shapes` is a wrong program, with the error it must give beside it. To accept
//! errors that changed: `TRYBUILD=overwrite cargo test --test shapes`, and read them.
//!
//! Where the sources of the standard library are installed, the errors of constants are left to `tests/shapes/check`,
//! which compares first lines.

mod common;

use std::fs;

#[test]
fn shapes() {
    let cases = trybuild::TestCases::new();
    // With a program that passes, all are built and not only checked, so that constants are
    // evaluated too. `tests/shapes/check` shows that a check alone finds the same errors.
    cases.pass("tests/shapes/pass/*.rs");
    let with_sources = common::are_library_sources_installed();
    // Those in `build` are found by a build alone: nothing in them asks for a check of constants.
    let folders = ["tests/shapes", "tests/shapes/build"].map(|folder| fs::read_dir(folder).unwrap());
    let programs = folders.into_iter().flatten().map(|entry| entry.unwrap().path());
    for program in programs.filter(|path| path.extension().is_some_and(|extension| extension == "rs")) {
        let error = fs::read_to_string(program.with_extension("stderr")).unwrap_or_default();
        if !with_sources || !error.contains("$RUST") {
            cases.compile_fail(program);
        }
    }
}
