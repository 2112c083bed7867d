//! Data sets, their files and streams.

use std::fs;
use std::io::Write;

use typenet::prelude::*;

use super::{Photo, Temporary, photos};

/// How many numbers a photo has.
const NUMBERS: usize = 3 * 224 * 224;

pub fn dataset() {
    let mut data = photos(3);
    data.push_copy(&data.inputs()[0].clone_boxed(), &1);
    assert_eq!((data.len(), data.is_empty()), (4, false));
    data.inputs_mut()[3][0][0][0] = 1.0;
    data.targets_mut()[3] = 0;
    assert_eq!(data.iter().filter(|(input, target)| input[0][0][0] == 1.0 && **target == 0).count(), 1);
    let copy = data.clone();
    assert!(copy == data && copy.targets() == data.targets());
    let (first, rest) = copy.split_at(1);
    assert_eq!((first.len(), rest.into_parts().0.len()), (1, 3));
    let mut pushed = Dataset::default();
    pushed.push(data.inputs()[3], 1_u8);
    assert_eq!(pushed.inputs()[0][0][0][0], 1.0);
}

/// A copy on the heap.
trait CloneBoxed: Sized {
    fn clone_boxed(&self) -> Box<Self>;
}

impl CloneBoxed for Photo {
    fn clone_boxed(&self) -> Box<Self> {
        let mut copy: Box<Self> = typenet::bytemuck::zeroed_box();
        copy.copy_from_slice(self);
        copy
    }
}

pub fn maps() {
    let data = photos(3).map_targets(|class| [f32::from(class)]).map_inputs(|photo| [photo[0][0][0]]);
    assert_eq!((data.inputs().len(), data.targets()[1]), (3, [1.0]));
    let data = photos(3).try_map_targets(|class| one_hot::<f32, 2>(class.into())).unwrap();
    assert_eq!(data.targets()[1], [0.0, 1.0]);
    let scores: Dataset<Photo, [f32; 2]> = data;
    assert_eq!(arg_max(&scores.targets()[1]), 1);
}

pub fn splits() {
    let mut data = photos(8);
    data.shuffle(1);
    let (train, test) = data.train_test_split(0.5, 1).unwrap();
    assert_eq!((train.len(), test.len()), (4, 4));
    let (train, test) = data.train_test_split_stratified(0.5, 1).unwrap();
    assert_eq!((train.len(), test.len()), (4, 4));
    let (train, _) = data.train_test_split_stratified_by(0.5, 1, |class| *class).unwrap();
    assert_eq!(train.len(), 4);
    assert_eq!(data.split_validation(0.25).unwrap().1.len(), 2);
}

pub fn folds() {
    let data = photos(4);
    assert_eq!(data.k_fold(2, 1).unwrap().len() + data.k_fold_stratified(2, 1).unwrap().len(), 4);
}

pub fn augment() {
    let brighter = |photo: &mut Photo, _: &mut typenet::rand::rngs::Xoshiro256PlusPlus| {
        photo.as_flattened_mut().as_flattened_mut().iter_mut().for_each(|pixel| *pixel += 1.0);
    };
    let all = ((HorizontalFlip { share: 1.0 }, Shift { rows: 3, columns: 3 }), (Noise::new(0.1).unwrap(), brighter));
    assert_eq!(photos(2).augmented(&all, 1).len(), 2);
}

pub fn scalers() {
    let mut data = photos(2);
    data.inputs_mut()[1][0][0][0] = 2.0;
    macro_rules! check {
        ($scaler:ident) => {{
            let scaler = $scaler::fit_boxed(data.inputs()).unwrap();
            let mut scaled = data.clone();
            scaler.transform(scaled.inputs_mut());
            assert!(scaled != data);
            scaler.inverse_transform(scaled.inputs_mut());
            assert!(scaled == data);
        }};
    }
    check!(StandardScaler);
    check!(MinMaxScaler);
    check!(RobustScaler);
}

pub fn csv() {
    let row = vec!["0.5"; NUMBERS].join(",");
    let text = format!("{row},1\n{row},0\n");
    let table = Csv::from_reader(text.as_bytes(), "photos.csv").unwrap().without_header().missing(Missing::DropRow);
    let data: Dataset<Photo, u8> = table.read(Columns::First, Columns::Last).unwrap();
    assert_eq!((data.len(), data.inputs()[1][2][223][223]), (2, 0.5));
    let target = (NUMBERS + 1).to_string();
    let data: Dataset<Photo, u8> = table.read_classes(Columns::First, &target, ["0", "1"]).unwrap();
    assert_eq!(data.targets(), [1, 0]);
    let names: Vec<String> = (0..=NUMBERS).map(|number| format!("x{number}")).collect();
    let text = format!("{}\n{text}", names.join(","));
    let data = Dataset::<Photo, u8>::from_csv_reader(text.as_bytes(), "photos.csv", Columns::First, Columns::Last);
    assert_eq!(data.unwrap().len(), 2);
    let file = Temporary::new("photos.csv");
    fs::write(&file.0, text).unwrap();
    let data: Dataset<Photo, u8> = Dataset::from_csv(&file.0, Columns::First, Columns::Last).unwrap();
    assert_eq!(data.len(), 2);
}

/// Two photos and two classes as NumPy writes them.
fn npy_bytes() -> [Vec<u8>; 2] {
    let file = |shape: &str, kind: &str, numbers: usize| {
        let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}");
        let length = (header.len() as u16).to_le_bytes();
        [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), &vec![0; numbers]].concat()
    };
    [file("(2, 3, 224, 224)", "|u1", 2 * NUMBERS), file("(2,)", "|u1", 2)]
}

pub fn npy() {
    let [inputs, targets] = [Temporary::new("inputs.npy"), Temporary::new("targets.npy")];
    let [input_bytes, target_bytes] = npy_bytes();
    fs::write(&inputs.0, &input_bytes).unwrap();
    fs::write(&targets.0, &target_bytes).unwrap();
    assert_eq!(read_npy::<Photo>(&inputs.0).unwrap().len(), 2);
    let data: Dataset<Photo, u8> = Dataset::from_npy(&inputs.0, &targets.0).unwrap();
    assert_eq!(data.len(), 2);
    let archive = Temporary::new("both.npz");
    let mut writer = zip::ZipWriter::new(fs::File::create(&archive.0).unwrap());
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in [("inputs.npy", &input_bytes), ("targets.npy", &target_bytes)] {
        writer.start_file(name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap();
    assert_eq!(read_npz::<Photo>(&archive.0, "inputs").unwrap().len(), 2);
    assert_eq!(read_npz_within::<Photo>(&archive.0, "inputs", 1 << 30).unwrap().len(), 2);
    let data: Dataset<Photo, u8> = Dataset::from_npz(&archive.0, "inputs", "targets").unwrap();
    assert_eq!(data.len(), 2);
}

pub fn idx() {
    let [inputs, targets] = [Temporary::new("inputs-idx"), Temporary::new("targets-idx")];
    let shape = [2, 3, 224, 224].map(u32::to_be_bytes).concat();
    fs::write(&inputs.0, [&[0, 0, 8, 4], &shape[..], &vec![0; 2 * NUMBERS]].concat()).unwrap();
    fs::write(&targets.0, [0, 0, 8, 1, 0, 0, 0, 2, 1, 0]).unwrap();
    assert_eq!(read_idx::<Photo>(&inputs.0).unwrap().len(), 2);
    assert_eq!(read_idx_within::<Photo>(&inputs.0, 1 << 30).unwrap().len(), 2);
    let data: Dataset<Photo, u8> = Dataset::from_idx(&inputs.0, &targets.0).unwrap();
    assert_eq!(data.targets(), [1, 0]);
}

pub fn images() {
    let folder = Temporary::new("images");
    fs::create_dir_all(folder.0.join("class")).unwrap();
    let file = folder.0.join("class/black.png");
    image::RgbImage::new(224, 224).save(&file).unwrap();
    assert_eq!(read_image::<3, 224, 224>(&file).unwrap()[2][223][223], 0.0);
    let (data, _) = Dataset::<Photo, usize>::from_image_folder(&folder.0).unwrap();
    assert_eq!(data.len(), 1);
    let images = Images::default().cropped().resized().grey().nested().memory(1 << 30);
    assert_eq!(images.read_folder::<3, 224, 224>(&folder.0).unwrap().0.len(), 1);
    let jpeg = concat!(env!("CARGO_MANIFEST_DIR"), "/../interchange/data/noise.jpg");
    assert!(images.read::<3, 224, 224>(jpeg).unwrap()[0][9][9] > 0.0);
}

pub fn streams() {
    // A pair that an iterator gives is on the stack of who makes it: photos come as data sets.
    let pairs = || (0..8).map(|number| Ok::<_, ()>(([0.5_f32; 30_000], number)));
    assert_eq!(Batches::new(pairs(), 3).count(), 3);
    assert_eq!(Batches::new(pairs(), 3).shuffled(4, 1).prefetched(2).unwrap().count(), 3);
    let ready = Prefetch::new((0..3).map(|_| photos(2)), 1).unwrap();
    assert_eq!(ready.map(|data| data.len()).sum::<usize>(), 6);
}
