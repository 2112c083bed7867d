//! The loaders.

use std::fs;
use std::path::PathBuf;

use typenet::embedded_storage::nor_flash::ReadNorFlash;
use typenet::prelude::*;
use typenet::rand::rngs::Xoshiro256PlusPlus;

use crate::Target;
use crate::files::{self, mend_own, mend_png};
use crate::flash::Flash;
use crate::mutate::below;

type Network = Sequential![Dense<2, 3>, BatchNorm<3>, Tanh, Dense<3, 1>];
type Run = Trainer<Network, [f32; 2], [f32; 1], MeanSquaredError, Adam>;

pub fn all() -> Vec<Target> {
    vec![
        weights(),
        tensors(),
        scalers(),
        checkpoint(),
        store(),
        csv(),
        numbers("npy", files::npy(), |path, _| read_npy::<[f64; 6]>(path)),
        numbers("npz", files::npz(), |path, _| read_npz::<[f32; 6]>(path, "x")),
        numbers("idx", files::idx(), |path, _| read_idx::<[f32; 6]>(path)),
        images("png", files::png(), Some(mend_png)),
        images("jpeg", files::jpeg(), None),
    ]
}

/// A file that one target writes over and over.
fn path(name: &str) -> PathBuf {
    // In memory where there is such a folder: fifty times as many files.
    let memory = PathBuf::from("/dev/shm");
    let folder = if memory.is_dir() { memory } else { std::env::temp_dir() };
    let folder = folder.join(format!("typenet-fuzz-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}

pub fn clean() {
    fs::remove_dir_all(path("x").parent().unwrap()).ok();
}

fn weights() -> Target {
    let file = |seed| Weights::to_vec(&*initialized::<Network>(seed)).unwrap();
    let mut network = initialized::<Network>(3);
    let load = move |bytes: &[u8], _: &mut _| {
        let before = Weights::to_vec(&*network);
        let taken = Weights::read(bytes, &mut *network).is_ok();
        assert_eq!(Weights::<Network>::check(bytes).is_ok() && taken, taken, "taken, but not checked");
        if taken {
            network = initialized(3);
        } else {
            assert_eq!(Weights::to_vec(&*network), before, "changed by a file that is refused");
        }
        taken
    };
    Target { name: "weights", files: vec![file(1), file(2)], mend: Some(mend_own), load: Box::new(load) }
}

fn tensors() -> Target {
    let file = |names| TensorFile::of(&*initialized::<Network>(1), names).unwrap().to_bytes().unwrap();
    let mut network = initialized::<Network>(3);
    let load = move |bytes: &[u8], rng: &mut Xoshiro256PlusPlus| {
        let Ok(file) = TensorFile::from_bytes(bytes, "f") else { return false };
        let names = [Names::PyTorch, Names::Keras];
        let first = below(2, rng);
        for names in [names[first], names[1 - first]] {
            let before = Weights::to_vec(&*network);
            if file.load(&mut *network, names).is_ok() {
                network = initialized(3);
                return true;
            }
            assert_eq!(Weights::to_vec(&*network), before, "changed by a file that is refused");
        }
        false
    };
    let files = vec![file(Names::PyTorch), file(Names::Keras)];
    Target { name: "safetensors", files, mend: None, load: Box::new(load) }
}

fn scalers() -> Target {
    let scaler = StandardScaler::fit(&[[1.0_f32, 2.0], [3.0, 5.0]]).unwrap();
    let file = TensorFile::new().with_scaler("x", &scaler).unwrap().to_bytes().unwrap();
    let load = |bytes: &[u8], _: &mut _| {
        let file = TensorFile::from_bytes(bytes, "f");
        file.is_ok_and(|file| file.scaler::<StandardScaler<[f32; 2]>>("x").is_ok())
    };
    Target { name: "scalers", files: vec![file], mend: None, load: Box::new(load) }
}

fn trainer() -> Run {
    let network = initialized::<Network>(1);
    Trainer::new(network, MeanSquaredError, Adam::new(0.01))
        .callback(EarlyStopping::new("val_loss").patience(9).restore_best())
        .callback(ReduceOnPlateau::new("val_loss").patience(3))
}

fn checkpoint() -> Target {
    let data = Dataset::new(vec![[0.5_f32, 0.25]; 4], vec![[1.0_f32]; 4]).unwrap();
    let fit = |epochs| Fit::epochs(epochs).batch_size(2);
    let path = path("checkpoint");
    let file = |epochs| {
        let mut trainer = trainer();
        trainer.fit(&data, fit(epochs).validation_data(&data)).unwrap();
        trainer.save_checkpoint(&path).unwrap();
        fs::read(&path).unwrap()
    };
    let files = vec![file(1), file(3)];
    let load = move |bytes: &[u8], _: &mut _| {
        fs::write(&path, bytes).unwrap();
        let mut trainer = trainer();
        let before = Weights::to_vec(trainer.network());
        if trainer.resume(&path).is_err() {
            assert_eq!(Weights::to_vec(trainer.network()), before, "changed by a file that is refused");
            assert!(trainer.history().is_empty(), "changed by a file that is refused");
            return false;
        }
        // What it says may still be refused, but must not break what goes on.
        let epochs = trainer.history().len() + 1;
        trainer.fit(&data, fit(epochs).validation_data(&data)).ok();
        true
    };
    Target { name: "checkpoint", files, mend: Some(mend_own), load: Box::new(load) }
}

fn store() -> Target {
    const SIZE: usize = 2 * Store::<Flash, Network>::SLOT;
    let open = |bytes: Vec<u8>| Store::<Flash, Network>::new(Flash(bytes), 0..SIZE as u32).unwrap();
    let mut store = open(vec![0xff; SIZE]);
    let files = [1, 2, 3].map(|seed| {
        store.save(&*initialized::<Network>(seed)).unwrap();
        // The memory as it is now.
        let mut bytes = vec![0; SIZE];
        let mut flash = std::mem::replace(&mut store, open(vec![0xff; SIZE])).into_flash();
        flash.read(0, &mut bytes).unwrap();
        store = open(bytes.clone());
        bytes
    });
    let mut network = initialized::<Network>(9);
    let load = move |bytes: &[u8], _: &mut _| {
        let mut flash = bytes.to_vec();
        flash.resize(SIZE, 0xff);
        let mut store = open(flash);
        let before = Weights::to_vec(&*network);
        let taken = store.load(&mut *network).is_ok();
        assert!(taken || Weights::to_vec(&*network) == before, "changed by a memory that is refused");
        store.check().ok();
        network = initialized(9);
        // Whatever is there, a network can be saved, and is what is loaded then.
        if store.save(&*network).is_ok() {
            let mut other = initialized::<Network>(8);
            store.load(&mut *other).expect("what was saved");
            assert!(*other == *network, "another network than the one that was saved");
        }
        taken
    };
    Target { name: "store", files: files.into(), mend: None, load: Box::new(load) }
}

fn csv() -> Target {
    let read = |bytes: &[u8], settings: usize| {
        let table = Csv::from_reader(bytes, "f").unwrap();
        let table = match settings {
            0 => table.missing(Missing::Fill(0.5)),
            1 => table.comments(b'#').missing(Missing::DropRow),
            2 => table.blanks().without_header(),
            _ => table.delimiter(b';').decimal_comma(),
        };
        let numbers = table.read::<[f32; 2], u8>(Columns::First, Columns::Last).is_ok();
        let columns: [&str; 2] = if settings == 2 { ["1", "2"] } else { ["a", "b"] };
        let classes = table.read_classes::<[f64; 1], u8, 3>(columns[0], columns[1], ["0", "x", "2"]).is_ok();
        numbers || classes
    };
    let load = move |bytes: &[u8], rng: &mut Xoshiro256PlusPlus| {
        let first = below(4, rng);
        (0..4).any(|settings| read(bytes, (first + settings) % 4))
    };
    Target { name: "csv", files: files::csv(), mend: None, load: Box::new(load) }
}

fn numbers<X: Tensor>(
    name: &'static str,
    files: Vec<Vec<u8>>,
    read: fn(&PathBuf, &mut Xoshiro256PlusPlus) -> Result<Vec<X>, DataError>,
) -> Target {
    let path = path(name);
    let load = move |bytes: &[u8], rng: &mut Xoshiro256PlusPlus| {
        fs::write(&path, bytes).unwrap();
        read(&path, rng).is_ok_and(|samples| {
            assert!(X::flat(&samples).iter().all(|x| x.is_finite()), "a number that is not finite");
            true
        })
    };
    Target { name, files, mend: None, load: Box::new(load) }
}

fn images(name: &'static str, files: Vec<Vec<u8>>, mend: Option<fn(&mut [u8])>) -> Target {
    let path = path(name);
    let load = move |bytes: &[u8], rng: &mut Xoshiro256PlusPlus| {
        fs::write(&path, bytes).unwrap();
        let scaled = if below(2, rng) == 0 { Images::default().resized() } else { Images::default().cropped().grey() };
        // Of any size, within 16 MB; and of one size only.
        let scaled = scaled.memory(16 << 20).read::<4, 5, 7>(&path).map(|image| Tensor::flat(&[*image]).to_vec());
        let exact = read_image::<4, 16, 24>(&path).map(|image| Tensor::flat(&[*image]).to_vec());
        let all_fine = |pixels: &Vec<f32>| {
            assert!(pixels.iter().all(|pixel| (0.0..=1.0).contains(pixel)), "a pixel that is none");
        };
        let (scaled, exact) = (scaled.inspect(all_fine).is_ok(), exact.inspect(all_fine).is_ok());
        assert!(scaled || !exact, "read, but not scaled");
        scaled
    };
    Target { name, files, mend, load: Box::new(load) }
}
