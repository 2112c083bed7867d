//! Scalers in files of tensors.

use super::*;
use crate::data::{MinMaxScaler, RobustScaler};

#[test]
fn scalers_that_cannot_scale() {
    for (mean, scale, sentence) in [
        (0.0_f32, 0.0_f32, "scaler[x].scale holds the number 0, but a finite one above 0 is needed"),
        (0.0, -2.0, "scaler[x].scale holds the number -2, but a finite one above 0 is needed"),
        (0.0, f32::NAN, "scaler[x].scale holds the number NaN, but a finite one above 0 is needed"),
        (0.0, f32::INFINITY, "scaler[x].scale holds the number inf, but a finite one above 0 is needed"),
        (f32::NAN, 1.0, "scaler[x].mean holds the number NaN, but a finite one is needed"),
    ] {
        let scaler = StandardScaler { mean: [1.0, mean], scale: [1.0, scale] };
        let error = TensorFile::new().with_scaler("x", &scaler).unwrap_err().to_string();
        assert!(error.ends_with(sentence), "{error}");
        let mut file = TensorFile::new();
        file.tensors.insert("scaler[x].mean".into(), floats(&[2], &scaler.mean));
        file.tensors.insert("scaler[x].scale".into(), floats(&[2], &scaler.scale));
        let error = file.scaler::<StandardScaler<[f32; 2]>>("x").unwrap_err().to_string();
        assert!(error.ends_with(sentence), "{error}");
    }
    // The smallest of all is one.
    let scaler = RobustScaler { median: [0.0_f64], range: [5e-324] };
    assert_eq!(
        TensorFile::new().with_scaler("x", &scaler).unwrap().scaler::<RobustScaler<[f64; 1]>>("x").unwrap(),
        scaler
    );
}

#[test]
fn scalers_come_back_to_the_last_bit() {
    let samples = [[0.1_f32, -3.0e-41], [1.0 / 3.0, 7.0], [-0.0, 1e30]];
    let wide = samples.map(|sample| [sample.map(f64::from)]);
    let standard = StandardScaler::fit(&wide).unwrap();
    let range = MinMaxScaler::fit(&samples).unwrap();
    let robust = RobustScaler::fit(&wide).unwrap();
    let file = file().with_scaler("inputs", &standard).unwrap();
    let file = file.with_scaler("targets", &range).unwrap().with_scaler("[odd].mean", &robust).unwrap();
    let file = TensorFile::from_bytes(&file.to_bytes().unwrap(), "f").unwrap();
    let bits = |values: &[[f64; 2]]| values.as_flattened().iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    let found: StandardScaler<[[f64; 2]; 1]> = file.scaler("inputs").unwrap();
    assert_eq!((bits(&found.mean), bits(&found.scale)), (bits(&standard.mean), bits(&standard.scale)));
    let found: MinMaxScaler<[f32; 2]> = file.scaler("targets").unwrap();
    assert_eq!(found.minimum.map(f32::to_bits), range.minimum.map(f32::to_bits));
    assert_eq!(found.range.map(f32::to_bits), range.range.map(f32::to_bits));
    assert_eq!(file.scaler::<RobustScaler<[[f64; 2]; 1]>>("[odd].mean").unwrap(), robust);

    let sentence = |error: TensorError| error.to_string();
    assert_eq!(
        file.scaler::<StandardScaler<[f32; 3]>>("inputs").map_err(sentence),
        Err("f does not fit the scaler, in 2 places:
  scaler[inputs].mean has the shape [2], but [3] is needed
  scaler[inputs].scale has the shape [2], but [3] is needed"
            .into())
    );
    assert_eq!(
        file.scaler::<StandardScaler<[f32; 2]>>("inputs").map_err(sentence),
        Err("f does not fit the scaler, in 2 places:
  scaler[inputs].mean holds numbers of type F64, but F32 is needed
  scaler[inputs].scale holds numbers of type F64, but F32 is needed"
            .into())
    );
    let again = file.with_scaler("inputs", &standard).map_err(sentence);
    assert_eq!(again, Err(r#"two tensors are named "scaler[inputs].mean""#.into()));
}

/// From a table of sequences to a file: one mean for each feature, over all steps.
#[cfg(feature = "csv")]
#[test]
fn the_scaler_of_a_step_goes_through_a_file() {
    use crate::data::{Columns, Dataset};
    // Three steps of two features in a row: of the first feature 1 to 6, of the second always 7 or 9.
    let text = "a0,b0,a1,b1,a2,b2,t\n1,7,2,9,3,7,0\n4,9,5,7,6,9,1\n";
    let mut data: Dataset<[[f64; 2]; 3], u8> =
        Dataset::from_csv_reader(text.as_bytes(), "t.csv", Columns::First, "t").unwrap();
    let scaler = StandardScaler::fit(data.inputs().as_flattened()).unwrap();
    // The variance of 1 to 6.
    assert_eq!(scaler, StandardScaler { mean: [3.5, 8.0], scale: [libm::sqrt(35.0 / 12.0), 1.0] });
    let bytes = TensorFile::new().with_scaler("inputs", &scaler).unwrap().to_bytes().unwrap();
    let file = TensorFile::from_bytes(&bytes, "f").unwrap();
    assert!(file.tensors().all(|(_, shape)| shape == [2]));
    let found: StandardScaler<[f64; 2]> = file.scaler("inputs").unwrap();
    found.transform(data.inputs_mut().as_flattened_mut());
    let [first, last] = [data.inputs()[0][0], data.inputs()[1][2]];
    assert_eq!((first[1], last[1], first[0]), (-1.0, 1.0, -last[0]));
    // One of whole sequences is another scaler.
    assert!(file.scaler::<StandardScaler<[[f64; 2]; 3]>>("inputs").is_err());
}
