//! Puts the memory map where the linker looks for it, and the data set into the program.

use std::error::Error;
use std::fmt::Write;
use std::path::PathBuf;
use std::{env, fs};

const DATA: &str = "../data/breast_cancer.csv";

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::copy("memory.x", out.join("memory.x"))?;
    println!("cargo::rustc-link-search={}", out.display());
    println!("cargo::rerun-if-changed=memory.x");
    println!("cargo::rerun-if-changed={DATA}");

    // The first 20 columns and the last one, as they are in the file.
    let (mut inputs, mut targets, mut rows) = (String::new(), String::new(), 0);
    for line in fs::read_to_string(DATA)?.lines().skip(1) {
        let fields: Vec<f32> = line.split(',').map(str::parse).collect::<Result<_, _>>()?;
        let (input, target) = (fields.get(..20).ok_or("a row is too short")?, fields.last().ok_or("an empty row")?);
        writeln!(inputs, "    {input:?},")?;
        write!(targets, "[{target:?}], ")?;
        rows += 1;
    }
    let source = format!(
        "/// 20 measurements of each of {rows} tumours.\npub static INPUTS: [[f32; 20]; {rows}] = [\n{inputs}];\n\
         /// 1 where it is benign.\npub static TARGETS: [[f32; 1]; {rows}] = [{targets}];\n"
    );
    fs::write(out.join("data.rs"), source)?;
    Ok(())
}
