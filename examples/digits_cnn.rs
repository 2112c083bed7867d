//! Teaches a convolutional network to read handwritten digits, from a table of pixels to the pictures that it still gets
//! wrong.
//!
//! `cargo run --release --example digits_cnn`

use std::error::Error;

use typenet::prelude::*;

/// One channel of 8 rows of 8 pixels.
type Image = [[[f32; 8]; 8]; 1];

// Each line takes the shape that the line above gives; the compiler computes it and checks it.
type Network = Sequential![
    Conv2d<1, 16, 3, 1, 1>, // 16 windows of 3x3, stride 1, one pixel of zeros around the image: 16 x 8 x 8
    Relu,
    Conv2d<16, 32, 3, 1, 1>, // 32 x 8 x 8
    Relu,
    MaxPool2d<2>, // the largest of each 2x2: 32 x 4 x 4
    Dropout<25>,
    Flatten, // 512
    Dense<512, 64>,
    Relu,
    Dropout<50>,
    Dense<64, 10>, // one score for each digit
];

typenet::assert_shapes!(Network, Image => [f32; 10]);

const SEED: u64 = 1;

fn main() -> Result<(), Box<dyn Error>> {
    let mut data: Dataset<Image, u8> = Dataset::from_csv("data/digits.csv", "p00"..="p77", "digit")?;
    // Pixels from 0 to 16 become 0 to 1: networks like numbers near 1.
    for pixel in Image::flat_mut(data.inputs_mut()) {
        *pixel /= 16.0;
    }
    let (train, test) = data.train_test_split_stratified(0.2, SEED)?;

    // The loss takes scores as they are (logits) and the number of the right digit.
    let mut trainer = Trainer::new(initialized::<Network>(SEED), SparseCategoricalCrossEntropyLogits, Adam::default())
        .metric(SparseCategoricalAccuracy::default())
        .report(Bar::default())
        .seed(SEED);
    println!("{}\n", trainer.summary());
    trainer.fit(&train, Fit::epochs(30).batch_size(32))?;

    println!("\nWhat it reads wrong among {} digits that it has never seen:\n", test.len());
    for (scores, (image, digit)) in trainer.predict(test.inputs()).iter().zip(test.iter()) {
        let read = arg_max(scores);
        if read != usize::from(*digit) {
            println!("a {digit}, read as {read}\n{}", picture(image));
        }
    }
    let scores = trainer.evaluate(&test)?;
    println!("test loss {:.4}, test accuracy {:.4}", scores.loss, scores.get("accuracy").unwrap_or(f64::NAN));
    Ok(())
}

/// The image as text: the darker a pixel, the denser its letter.
fn picture(image: &Image) -> String {
    let shades = [' ', '.', ':', '+', '#', '@'];
    let mut text = String::new();
    for row in image.as_flattened() {
        for pixel in row {
            let shade = (pixel * 5.0).round() as usize;
            let letter = shades.get(shade).unwrap_or(&'@');
            // Twice, because letters are higher than wide.
            text.extend([*letter, *letter]);
        }
        text.push('\n');
    }
    text
}
