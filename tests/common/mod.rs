//! What several tests need.

use std::path::Path;
use std::process::Command;

/// Whether the sources of the standard library are installed (`rustup component add rust-src`). The compiler then shows
/// lines of them in errors of constants, and the errors kept beside the wrong programs are without.
pub fn are_library_sources_installed() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or("rustc".into());
    let printed = Command::new(rustc).args(["--print", "sysroot"]).output().unwrap().stdout;
    Path::new(String::from_utf8(printed).unwrap().trim()).join("lib/rustlib/src/rust/library").exists()
}
