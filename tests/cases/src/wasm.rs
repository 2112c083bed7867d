//! What a WebAssembly module needs: an exported function, for JavaScript to call.
#![allow(unsafe_code, reason = "an exported name is unsafe: two of the same would clash")]

#[link(wasm_import_module = "host")]
unsafe extern "C" {
    /// A byte of a name.
    safe fn letter(byte: u32);
    /// The hashes of the case with that name.
    safe fn hashes(outputs: u32, weights: u32);
}

/// Reports the hashes of all cases.
#[unsafe(no_mangle)]
pub extern "C" fn run() {
    crate::hash::hash_all(|name, outputs, weights| {
        name.bytes().for_each(|byte| letter(byte.into()));
        hashes(outputs, weights);
    });
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
