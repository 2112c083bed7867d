use typenet::prelude::*;

fn main() {
    let mut network = initialized::<Dense<4, 8>>(1);
    TensorFile::open("weights.safetensors").unwrap().load(&mut *network, Names::PyTorch).unwrap(); // off
}
