// Runs the module that the cases are compiled to, and prints what it reports.
import { readFileSync } from "node:fs";

let name = "";
const hex = (hash) => (hash >>> 0).toString(16).padStart(8, "0");
const host = {
    letter: (byte) => (name += String.fromCharCode(byte)),
    hashes: (outputs, weights) => {
        console.log(`${name}: ${hex(outputs)} ${hex(weights)}`);
        name = "";
    },
};
const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]), { host });
instance.exports.run();
