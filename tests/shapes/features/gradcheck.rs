use typenet::prelude::*;

fn main() {
    gradcheck::check_layer::<Relu, [f64; 3]>(&gradcheck::Check::default()).unwrap(); // off
}
