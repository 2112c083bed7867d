//! Weights, flash, files of tensors.

use typenet::prelude::*;

use super::flash::Flash;
use super::{Camera, Large, Temporary, photos};

pub fn weights() {
    let network = initialized::<Large>(1);
    let mut file = Weights::to_vec(&*network).unwrap();
    assert_eq!(Weights::write(&*network, &mut file).unwrap(), Weights::<Large>::BYTES);
    Weights::<Large>::check(&file).unwrap();
    let mut other = initialized::<Large>(2);
    Weights::read(&file, &mut *other).unwrap();
    assert!(*other == *network && *Weights::<Large>::view(&file).unwrap() == *network);
    let path = std::env::temp_dir().join(format!("typenet-small-stack-{}.weights", std::process::id()));
    Weights::save(&path, &*network).unwrap();
    Weights::load(&path, &mut *other).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(*other == *network);
    let mut scrub = Scrub::of(&*network).unwrap();
    assert!(!scrub.check(&*network, 1 << 20).unwrap());
    Scrub::<Large>::of_file(&file).unwrap();
}

pub fn source() {
    let network = initialized::<Camera>(1);
    let mut text = String::new();
    Weights::write_source(&*network, &mut text).unwrap();
    let network = initialized::<Sequential![Dense<1024, 100>]>(1);
    Weights::write_source(&*network, &mut text).unwrap();
}

pub fn store() {
    let size = 2 * Store::<Flash, Large>::SLOT;
    let mut store = Store::<Flash, Large>::new(Flash(vec![0xff; size]), 0..size as u32).unwrap();
    let network = initialized::<Large>(1);
    store.save(&*network).unwrap();
    let mut other = initialized::<Large>(2);
    store.load(&mut *other).unwrap();
    store.check().unwrap();
    assert!(*other == *network);
    assert_eq!(store.into_flash().0.len(), size);
}

pub fn guard() {
    let (network, data) = (initialized::<Camera>(1), photos(2));
    let mut envelope = Envelope::<4>::EMPTY;
    envelope.learn(&*network, data.inputs());
    let envelope = envelope.widened(0.5);
    let mut output = [[0.0; 2]; 1];
    envelope.forward_checked(&*network, &data.inputs()[..1], &mut output).unwrap();
    let guarded = Guarded { network: &*network, envelope, fallback: &*network };
    assert!(guarded.forward(&data.inputs()[0]).alarm.is_none());
}

pub fn tensors() {
    let network = initialized::<Large>(1);
    let file = TensorFile::of(&*network, Names::PyTorch).unwrap();
    let scaler = StandardScaler::fit_boxed(photos(2).inputs()).unwrap();
    let file = file.with_scaler("photos", &*scaler).unwrap();
    let path = Temporary::new("network.safetensors");
    file.save(&path.0).unwrap();
    let file = TensorFile::open(&path.0).unwrap();
    let file =
        TensorFile::from_bytes(&file.to_bytes().unwrap(), "network").unwrap().renamed(|name| name.to_string()).unwrap();
    assert_eq!(file.tensors().count(), 6);
    let mut other = initialized::<Large>(2);
    file.load(&mut *other, Names::PyTorch).unwrap();
    assert!(*other == *network);
    let file = TensorFile::of_for::<[f32; 1024], _>(&*network, Names::Keras).unwrap().trust_type();
    file.load_for::<[f32; 1024], _>(&mut *other, Names::Keras).unwrap();
    assert!(*other == *network);
    assert_eq!(TensorFile::new().tensors().count(), 0);
}
