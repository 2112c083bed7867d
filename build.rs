//! Says whether the code is to be small, which a program cannot ask for, and writes the table between the two forms of
//! a size: `Const<5>` and the typenum number 5.
//!
//! Its numbers are literals, because the compiler can tell two literals apart at a glance: with computed ones
//! (`Const<{ 2 * K + 1 }>`) it compares every pair of lines, and the table takes minutes instead of a second.

use std::fmt::Write as _;
use std::{env, error, fs, path};

/// The largest size in the table.
const LARGEST: usize = 4096;

fn main() -> Result<(), Box<dyn error::Error>> {
    // No file is read, and none of those around it matters.
    println!("cargo::rerun-if-env-changed=OUT_DIR");
    println!("cargo::rustc-check-cfg=cfg(for_size)");
    if matches!(env::var("OPT_LEVEL")?.as_str(), "s" | "z") {
        println!("cargo::rustc-cfg=for_size");
    }
    let mut table = String::from("size!(0 N0 UTerm);\n");
    for size in 1..=LARGEST {
        // The binary digits of a size are those of its half and one more.
        writeln!(table, "size!({size} N{size} UInt<N{}, B{}>);", size / 2, size % 2)?;
    }
    fs::write(path::Path::new(&env::var("OUT_DIR")?).join("sizes.rs"), table)?;
    Ok(())
}
