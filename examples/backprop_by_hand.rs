//! One training step by hand: every number of the forward pass, the backward pass and the update of a network of two
//! inputs, two hidden units and one output. Beside each derivative stands the finite difference; in the end
//! `Workspace::train_step` must give the same weights.
//!
//! `cargo run --release --example backprop_by_hand`

use std::error::Error;

use typenet::prelude::*;

type Network = Sequential![Dense<2, 2, f64>, Sigmoid, Dense<2, 1, f64>, Sigmoid];

/// The one sample, its target, and the learning rate.
const X: [f64; 2] = [0.5, -1.0];
const T: f64 = 1.0;
const RATE: f64 = 0.5;

/// `w21` is the weight from the input `x1` to the hidden unit 2; `v` and `c` are weights and bias of the output.
const NAMES: [&str; 9] = ["w11", "w21", "w12", "w22", "b1", "b2", "v1", "v2", "c"];
const START: [f64; 9] = [0.4, -0.3, 0.2, 0.6, 0.1, -0.2, 0.7, -0.5, 0.3];

fn sigma(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

// The loss, from the end of the network to its beginning: each function is what comes after one more quantity.
fn from_output(y: f64) -> f64 {
    (y - T).powi(2)
}

fn from_output_sum(s: f64) -> f64 {
    from_output(sigma(s))
}

fn from_hidden([h1, h2]: [f64; 2], [v1, v2, c]: [f64; 3]) -> f64 {
    from_output_sum(v1 * h1 + v2 * h2 + c)
}

fn from_hidden_sums([z1, z2]: [f64; 2], output: [f64; 3]) -> f64 {
    from_hidden([sigma(z1), sigma(z2)], output)
}

fn from_parameters([w11, w21, w12, w22, b1, b2, v1, v2, c]: [f64; 9]) -> f64 {
    let [x1, x2] = X;
    from_hidden_sums([w11 * x1 + w12 * x2 + b1, w21 * x1 + w22 * x2 + b2], [v1, v2, c])
}

/// The slope of `f` where its argument is moved by nothing: two values, a little to either side.
fn difference(f: impl Fn(f64) -> f64) -> f64 {
    let step = 1e-5;
    (f(step) - f(-step)) / (2.0 * step)
}

fn main() -> Result<(), Box<dyn Error>> {
    let ([x1, x2], [w11, w21, w12, w22, b1, b2, v1, v2, c]) = (X, START);
    println!("x1 = {x1}, x2 = {x2}, target t = {T}, learning rate {RATE}");
    println!("w11 = {w11}, w12 = {w12}, b1 = {b1}; w21 = {w21}, w22 = {w22}, b2 = {b2}; v1 = {v1}, v2 = {v2}, c = {c}");

    println!("\nforward");
    let show = |name: &str, formula: &str, value: f64| println!("  {name:<3} = {formula:<22} = {value:>11.8}");
    let (z1, z2) = (w11 * x1 + w12 * x2 + b1, w21 * x1 + w22 * x2 + b2);
    show("z1", "w11 x1 + w12 x2 + b1", z1);
    show("z2", "w21 x1 + w22 x2 + b2", z2);
    let (h1, h2) = (sigma(z1), sigma(z2));
    show("h1", "σ(z1)", h1);
    show("h2", "σ(z2)", h2);
    let s = v1 * h1 + v2 * h2 + c;
    show("s", "v1 h1 + v2 h2 + c", s);
    let y = sigma(s);
    show("y", "σ(s)", y);
    show("L", "(y - t)²", from_output(y));

    println!("\nbackward: the chain rule from the loss to the first layer     finite difference");
    let mut error = 0.0_f64;
    let mut check = |name: &str, formula: &str, value: f64, difference: f64| {
        error = error.max((value - difference).abs());
        println!("  dL/d{name:<3} = {formula:<30} = {value:>11.8}         {difference:>11.8}");
    };
    let output = [v1, v2, c];
    let dy = 2.0 * (y - T);
    check("y", "2 (y - t)", dy, difference(|d| from_output(y + d)));
    let ds = dy * y * (1.0 - y);
    check("s", "dL/dy y (1 - y)", ds, difference(|d| from_output_sum(s + d)));
    let (dh1, dh2) = (ds * v1, ds * v2);
    check("h1", "dL/ds v1", dh1, difference(|d| from_hidden([h1 + d, h2], output)));
    check("h2", "dL/ds v2", dh2, difference(|d| from_hidden([h1, h2 + d], output)));
    let (dz1, dz2) = (dh1 * h1 * (1.0 - h1), dh2 * h2 * (1.0 - h2));
    check("z1", "dL/dh1 h1 (1 - h1)", dz1, difference(|d| from_hidden_sums([z1 + d, z2], output)));
    check("z2", "dL/dh2 h2 (1 - h2)", dz2, difference(|d| from_hidden_sums([z1, z2 + d], output)));
    let formulas =
        ["dL/dz1 x1", "dL/dz2 x1", "dL/dz1 x2", "dL/dz2 x2", "dL/dz1", "dL/dz2", "dL/ds h1", "dL/ds h2", "dL/ds"];
    let gradient = [dz1 * x1, dz2 * x1, dz1 * x2, dz2 * x2, dz1, dz2, ds * h1, ds * h2, ds];
    for (index, ((name, formula), value)) in NAMES.iter().zip(formulas).zip(gradient).enumerate() {
        let moved = |d| {
            let mut parameters = START;
            parameters.iter_mut().skip(index).take(1).for_each(|parameter| *parameter += d);
            parameters
        };
        check(name, formula, value, difference(|d| from_parameters(moved(d))));
    }
    println!("  largest distance of a derivative from its finite difference: {error:.1e}");

    let mut network = Network::ZERO;
    network.0.weight.copy_from_slice(&[w11, w21, w12, w22]); // by columns: all that x1 gives, then all that x2 gives
    network.0.bias.copy_from_slice(&[b1, b2]);
    network.1.1.0.weight.copy_from_slice(&[v1, v2]);
    network.1.1.0.bias.copy_from_slice(&[c]);
    let mut workspace = Workspace::<Network, [f64; 2], Sgd, Inline<1>>::EMPTY;
    workspace.train_step(&mut network, &MeanSquaredError, &Sgd::new(RATE), &[X], &[[T]], &mut seeded(1))?;
    let (hidden, last) = (&network.0, &network.1.1.0);
    let trained = hidden.weight.iter().chain(&hidden.bias).chain(&last.weight).chain(&last.bias);

    println!("\nupdate: new = old - rate dL/d..            by hand     train_step");
    let mut distance = 0.0_f64;
    let mut new = START;
    new.iter_mut().zip(gradient).for_each(|(parameter, slope)| *parameter -= RATE * slope);
    for ((((name, old), slope), new), trained) in NAMES.iter().zip(START).zip(gradient).zip(new).zip(trained) {
        distance = distance.max((new - trained).abs());
        println!("  {name:<3} = {old:>4} - {RATE} ({slope:>11.8})   = {new:>11.8}    {trained:>11.8}");
    }
    println!("  largest distance: {distance:.1e}");
    println!("\nthe loss goes from {:.8} to {:.8}", from_output(y), from_parameters(new));
    if error > 1e-9 || distance > 1e-15 || from_parameters(new) >= from_output(y) {
        return Err("the numbers above do not agree".into());
    }
    Ok(())
}
