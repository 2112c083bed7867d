//! Squeezes pictures of digits through 8 numbers: an autoencoder learns to keep what matters.
//!
//! `cargo run --release --example autoencoder`

use std::error::Error;

use typenet::prelude::*;

/// One channel of 8 rows of 8 pixels.
type Image = [[[f32; 8]; 8]; 1];

/// 64 pixels become 8 numbers.
type Encoder = Sequential![Flatten, Dense<64, 48>, Relu, Dense<48, 8>];
/// 8 numbers become 64 pixels between 0 and 1.
type Decoder = Sequential![Dense<8, 48>, Relu, Dense<48, 64>, Sigmoid, Reshape<Image>];
/// Networks are layers: two of them in a row are a network.
type Autoencoder = Sequential![Encoder, Decoder];

typenet::assert_shapes!(Encoder, Image => [f32; 8]);
typenet::assert_shapes!(Autoencoder, Image => Image);

const SEED: u64 = 1;

fn main() -> Result<(), Box<dyn Error>> {
    let digits: Dataset<Image, u8> = Dataset::from_csv("data/digits.csv", "p00"..="p77", "digit")?;
    let mut images = digits.inputs().to_vec();
    for pixel in Image::flat_mut(&mut images) {
        *pixel /= 16.0;
    }
    // The target of each image is the image itself.
    let data = Dataset::new(images.clone(), images)?;
    let (train, test) = data.train_test_split(0.2, SEED)?;

    let network = initialized_with::<Autoencoder>(Initializer::GlorotUniform, SEED);
    let mut trainer = Trainer::new(network, MeanSquaredError, Adam::new(0.002)).report(Bar::default()).seed(SEED);
    println!("{}\n", trainer.summary());

    let shown = test.inputs().get(..4).unwrap_or_default();
    let (untrained, before) = (trainer.evaluate(&test)?.loss, trainer.predict(shown));
    trainer.fit(&train, Fit::epochs(100).batch_size(32))?;
    let (trained, after) = (trainer.evaluate(&test)?.loss, trainer.predict(shown));

    println!("\nimages that it has never seen");
    print_row(shown);
    println!("out of 8 numbers, before training: mean squared error {untrained:.4}");
    print_row(&before);
    println!("out of 8 numbers, after training: mean squared error {trained:.4}");
    print_row(&after);
    println!("the average image in place of each: mean squared error {:.4}", error_of_average(&train, &test));
    Ok(())
}

/// What an error is to be compared with: that of the one image that is best for all.
fn error_of_average(train: &Dataset<Image, Image>, test: &Dataset<Image, Image>) -> f64 {
    let mut average = Image::ZERO;
    for image in train.inputs() {
        for (mean, pixel) in
            average.as_flattened_mut().as_flattened_mut().iter_mut().zip(image.as_flattened().as_flattened())
        {
            *mean += pixel / train.len() as f32;
        }
    }
    f64::from(MeanSquaredError.mean(&vec![average; test.len()], test.targets(), None))
}

/// Images side by side as text: the darker a pixel, the denser its letter.
fn print_row(images: &[Image]) {
    let shades = [' ', '.', ':', '+', '#', '@'];
    for row in 0..8 {
        let mut line = String::new();
        for image in images {
            for pixel in image.as_flattened().get(row).into_iter().flatten() {
                let letter = shades.get((pixel * 5.0).round() as usize).unwrap_or(&'@');
                // Twice, because letters are higher than wide.
                line.extend([*letter, *letter]);
            }
            line.push_str("  |  ");
        }
        println!("{line}");
    }
    println!();
}
