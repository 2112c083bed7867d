//! What a program on a device calls beside layers, losses and optimizers.

use core::convert::Infallible;
use core::hint::black_box;

use typenet::embedded_storage::nor_flash::{ErrorType, NorFlash, ReadNorFlash};
use typenet::prelude::*;

type Network = Sequential![Dense<4, 8>, Relu, BatchNorm<8>, Dense<8, 3>];

/// A network that the compiler knows nothing of.
fn network() -> Network {
    black_box(Network::ZERO)
}

pub fn weights() {
    let (mut network, mut file) = (network(), black_box([0; Weights::<Network>::BYTES + 4]));
    let len = black_box(3);
    black_box(Weights::write(&network, file.get_mut(len..).unwrap_or_default()).is_ok());
    black_box(Weights::read(file.get(len..).unwrap_or_default(), &mut network).is_ok());
    black_box(Weights::<Network>::view(file.get(len..).unwrap_or_default()).is_ok());
    if let Ok(mut scrub) = Scrub::of(&network) {
        black_box(scrub.check(&network, black_box(100)).is_ok());
    }
    black_box(Scrub::<Network>::of_file(file.get(len..).unwrap_or_default()).is_ok());
    black_box(network);
}

/// A flash in RAM, of no use but for this.
struct Flash([u8; 2048]);

impl ErrorType for Flash {
    type Error = Infallible;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 4;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Infallible> {
        let from = self.0.get(offset as usize..).unwrap_or_default();
        bytes.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.0.len()
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 512;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Infallible> {
        self.0.get_mut(from as usize..to as usize).unwrap_or_default().fill(0xff);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Infallible> {
        let to = self.0.get_mut(offset as usize..).unwrap_or_default();
        to.iter_mut().zip(bytes).for_each(|(to, from)| *to &= *from);
        Ok(())
    }
}

pub fn store() {
    let mut network = network();
    if let Ok(mut store) = Store::new(black_box(Flash([0; 2048])), black_box(0)..black_box(2048)) {
        black_box(store.save(&network).is_ok());
        black_box(store.load(&mut network).is_ok());
        black_box(store.check().is_ok());
    }
    black_box(network);
}

pub fn guarded() {
    let (network, fallback) = (network(), black_box(Dense::<4, 3>::ZERO));
    let mut envelope = Envelope::<4>::EMPTY;
    envelope.learn(&network, &black_box([[0.0; 4]; 3]));
    let guarded = Guarded { network: &network, envelope: envelope.widened(black_box(0.1)), fallback: &fallback };
    black_box(guarded.forward(&black_box([0.0; 4])));
}

pub fn standard_scaler() {
    let samples = black_box([[0.0_f32; 4]; 5]);
    let len = black_box(3);
    if let Ok(scaler) = StandardScaler::fit(samples.get(..len).unwrap_or_default()) {
        let mut samples = samples;
        scaler.transform(&mut samples);
        scaler.inverse_transform(&mut samples);
        black_box(samples);
    }
}

pub fn metrics() {
    let (outputs, targets) = (black_box([[0.0_f32; 3]; 4]), black_box([[0.0_f32; 3]; 4]));
    let classes = black_box([0_u8; 3]);
    let mut accuracy = BinaryAccuracy::default();
    accuracy.update(&outputs, &targets);
    black_box(Metric::<[f32; 3]>::value(&accuracy));
    let mut accuracy = CategoricalAccuracy::default();
    accuracy.update(&outputs, &targets);
    black_box(Metric::<[f32; 3]>::value(&accuracy));
    let mut accuracy = SparseCategoricalAccuracy::default();
    accuracy.update(&outputs, &classes);
    black_box(Metric::<[f32; 3], u8>::value(&accuracy));
    let mut mean = MeanLoss::mean_absolute_error();
    mean.update(&outputs, &targets);
    black_box(Metric::<[f32; 3]>::value(&mean));
}
