use typenet::prelude::*;

fn read() -> [[[f32; 32]; 32]; 3] {
    read_image("cat.png").unwrap() // off
}

fn read_all() {
    let _ = Dataset::<[[[f32; 32]; 32]; 3], u8>::from_image_folder("pets"); // off
}

fn main() {}
