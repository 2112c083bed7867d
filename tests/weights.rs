//! The weights file: what is written is what the format says, what is damaged is not read.

mod common;

use typenet::bytemuck::AnyBitPattern;
use typenet::prelude::*;
use typenet::rand::Rng;

type Network = Sequential![Dense<2, 3>, Tanh, Dense<3, 1>];
type Other = Sequential![Dense<2, 3>, Relu, Dense<3, 1>];

/// Written by `weights/make.py` from the format's description.
const FILE: &[u8] = include_bytes!("weights/small.weights");
static NETWORK: Network = typenet::weights!(Network, "weights/small.weights");

#[test]
fn a_file_of_another_program_is_read() {
    assert_eq!(NETWORK.0.weight[(1, 0)], -1.0); // from input 0 to output 1
    assert_eq!(NETWORK.0.weight[(0, 1)], 2.0);
    assert_eq!(NETWORK.0.bias.as_slice(), [0.125, 0.0, -0.25]);
    assert_eq!(NETWORK.1.1.weight.as_slice(), [1.0, -2.0, 4.0]);
    assert_eq!(NETWORK.1.1.bias.as_slice(), [0.75]);

    let mut network = Network::ZERO;
    Weights::read(FILE, &mut network).unwrap();
    assert_eq!(network, NETWORK);
}

#[test]
fn what_is_written_is_that_file() {
    assert_eq!(Weights::to_vec(&NETWORK).unwrap(), FILE);
    let mut room = [7; Weights::<Network>::BYTES + 3];
    assert_eq!(Weights::write(&NETWORK, &mut room), Ok(FILE.len()));
    assert_eq!(room.split_at(FILE.len()), (FILE, &[7; 3][..]));
    let short = &mut room[..FILE.len() - 1];
    assert_eq!(Weights::write(&NETWORK, short), Err(WeightsError::Room { found: 91, expected: 92 }));
}

#[test]
fn every_flipped_bit_is_noticed() {
    let mut network = Network::ZERO;
    for bit in 0..FILE.len() * 8 {
        let mut file = FILE.to_vec();
        file[bit / 8] ^= 1 << (bit % 8);
        let error = Weights::read(&file, &mut network).unwrap_err();
        match bit / 8 {
            0..8 => assert_eq!(error, WeightsError::Magic),
            32..36 => assert!(matches!(error, WeightsError::Length { .. }), "bit {bit}: {error}"),
            _ => assert!(matches!(error, WeightsError::Checksum { .. }), "bit {bit}: {error}"),
        }
    }
    assert_eq!(network, Network::ZERO);
}

#[test]
fn every_length_is_checked() {
    let mut network = Network::ZERO;
    for len in 0..FILE.len() {
        let error = Weights::read(&FILE[..len], &mut network).unwrap_err();
        assert!(matches!(error, WeightsError::Length { found, .. } if found == len), "{len} bytes: {error}");
    }
    let longer = [FILE, &[0]].concat();
    assert_eq!(Weights::read(&longer, &mut network), Err(WeightsError::Length { found: 93, expected: 92 }));
}

#[test]
fn other_networks_and_versions_are_refused() {
    let fingerprint = |file: &[u8]| u64::from_le_bytes(file[16..24].try_into().unwrap());
    let error = Weights::<Other>::check(FILE).unwrap_err();
    let expected = Other::FINGERPRINT.value();
    assert_eq!(error, WeightsError::Network { found: fingerprint(FILE), expected });
    assert_eq!(expected, fingerprint(include_bytes!("weights/other.weights")));

    let later = include_bytes!("weights/later.weights");
    assert_eq!(Weights::<Network>::check(later), Err(WeightsError::Version { found: 2 }));
    assert_eq!(Weights::<Network>::check(b"something else"), Err(WeightsError::Magic));
}

#[test]
fn a_view_copies_nothing_and_wants_alignment() {
    #[repr(align(8))]
    struct Aligned<V>(V);
    let mut page = Aligned([0_u8; 128]);
    page.0[..92].copy_from_slice(FILE);
    let network = Weights::<Network>::view(&page.0[..92]).unwrap();
    assert_eq!(*network, NETWORK);
    assert!(std::ptr::addr_eq(network, &raw const page.0[40]));

    page.0[1..93].copy_from_slice(FILE);
    assert_eq!(Weights::<Network>::view(&page.0[1..93]), Err(WeightsError::Alignment(4)));
    // A copy can be made from anywhere.
    let mut network = Network::ZERO;
    Weights::read(&page.0[1..93], &mut network).unwrap();
    assert_eq!(network, NETWORK);
}

#[test]
fn statistics_penalties_and_doubles_are_kept() {
    type Large = Sequential![Regularized<Dense<3, 5, f64>, L2<1, -3>>, BatchNorm<5, 99, -3, f64>, Dropout, Residual<Dense<5, 5, f64>>];
    let mut network = Large::ZERO;
    network.init(Initializer::HeNormal, &mut seeded(1));
    network.1.0.mean = [0.1, 0.2, 0.3, 0.4, 0.5];
    network.1.0.variance = [f64::MIN_POSITIVE, 5e-324, f64::MAX, -0.0, 5.0];
    let mut copy = Large::ZERO;
    Weights::read(&Weights::to_vec(&network).unwrap(), &mut copy).unwrap();
    assert_eq!(copy.1.0.variance.map(f64::to_bits), network.1.0.variance.map(f64::to_bits));
    assert_eq!((copy.0.0, copy.1), (network.0.0, network.1));
}

/// The CRC-32 of zip, from a definition that is as short as can be.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[test]
fn numbers_that_are_not_finite_are_refused() {
    fn refused<N: Parameters + PartialEq + core::fmt::Debug>(
        network: &mut N,
        place: usize,
        bytes: &[u8],
        expected: WeightsError,
    ) {
        #[repr(align(8))]
        struct Aligned<V>(V);
        let file = Weights::to_vec(network).unwrap();
        // A file with a right checksum.
        let mut page = Aligned([0_u8; 512]);
        let bad = &mut page.0[..file.len()];
        bad.copy_from_slice(&file);
        bad[40 + place..][..bytes.len()].copy_from_slice(bytes);
        let checksum = crc(&bad[12..]).to_le_bytes();
        bad[8..12].copy_from_slice(&checksum);
        assert_eq!(Weights::<N>::check(bad), Ok(()));
        let before = *network;
        assert_eq!(Weights::read(bad, network), Err(expected));
        assert_eq!(*network, before);
        assert_eq!(Weights::<N>::view(bad).err(), Some(expected));
        // The network itself: nothing is written.
        let bad: N = typenet::bytemuck::pod_read_unaligned(&bad[40..]);
        let mut room = [7; 512];
        assert_eq!(Weights::write(&bad, &mut room), Err(expected));
        assert_eq!(room, [7; 512]);
        assert_eq!(Weights::to_vec(&bad), Err(expected));
        assert_eq!(Scrub::of(&bad).err(), Some(expected));
        assert!(Weights::write_source(&bad, &mut String::new()).is_err());
    }
    for value in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for place in 0..13 {
            let mut network = NETWORK;
            let arrays = [6, 9, 12, 13].iter().position(|end| place < *end).unwrap();
            let array = if arrays % 2 == 0 { "weight" } else { "bias" };
            let error = WeightsError::NotFinite { array, number: arrays };
            refused(&mut network, 4 * place, &value.to_le_bytes(), error);
        }
        let sentence = "array 3 of the network (counted from 0), \"bias\", holds a number that is not finite";
        assert_eq!(WeightsError::NotFinite { array: "bias", number: 3 }.to_string(), sentence);
    }
    // Statistics, and `f64`.
    let mut network = BatchNorm::<2, 99, -3, f64>::ZERO;
    let error = WeightsError::NotFinite { array: "variance", number: 3 };
    refused(&mut network, 8 * 7, &f64::NAN.to_le_bytes(), error);
    // Of two types, with padding between: each is looked at where it lies.
    let mut padded = Padded { gain: [0.5], shift: [1.0, 2.0] };
    refused(&mut padded, 0, &f32::INFINITY.to_le_bytes(), WeightsError::NotFinite { array: "gain", number: 0 });
    refused(&mut padded, 16, &f64::NAN.to_le_bytes(), WeightsError::NotFinite { array: "shift", number: 1 });
    // A network that is broken already can take over a good file.
    let mut broken = NETWORK;
    broken.0.weight[0] = f32::NAN;
    Weights::read(FILE, &mut broken).unwrap();
    assert_eq!(broken, NETWORK);
}

/// The header has 32 bits for the number of bytes.
#[cfg(target_pointer_width = "64")]
#[test]
fn a_network_of_four_gibibytes_is_refused() {
    type Huge = Dense<32768, 32768>;
    // Memory that nobody touches: the system only promises it.
    let huge: Box<Huge> = typenet::bytemuck::zeroed_box();
    let bytes = 4 * (32768 * 32768 + 32768);
    assert_eq!(Weights::write(&*huge, &mut []), Err(WeightsError::Size { bytes }));
    assert_eq!(Scrub::of(&*huge).err(), Some(WeightsError::Size { bytes }));
}

#[test]
fn files_on_a_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.weights");
    Weights::save(&path, &NETWORK).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), FILE);
    let mut network = Network::ZERO;
    Weights::load(&path, &mut network).unwrap();
    assert_eq!(network, NETWORK);

    // What cannot be written leaves the old file, and nothing beside it.
    let mut broken = NETWORK;
    broken.0.weight[0] = f32::NAN;
    let error = Weights::save(&path, &broken).unwrap_err().to_string();
    let problem = WeightsError::NotFinite { array: "weight", number: 0 };
    assert_eq!(error, format!("{}: {problem}", path.display()));
    assert!(matches!(Weights::save(folder.path(), &NETWORK), Err(WeightsFileError::File(FileError::Write { .. }))));
    assert_eq!(std::fs::read(&path).unwrap(), FILE);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    // The file is replaced and not written over, in which a crash could come: under a second name the old one stays.
    let second = folder.path().join("second");
    std::fs::hard_link(&path, &second).unwrap();
    Weights::save(&path, &Network::ZERO).unwrap();
    assert_eq!(std::fs::read(second).unwrap(), FILE);
    assert_ne!(std::fs::read(&path).unwrap(), FILE);

    let mut other = Other::ZERO;
    let error = Weights::load(&path, &mut other).unwrap_err();
    assert!(matches!(error, WeightsFileError::Weights { problem: WeightsError::Network { .. }, .. }));
    assert!(matches!(Weights::load(folder.path(), &mut other), Err(WeightsFileError::File(FileError::Read { .. }))));
    assert!(matches!(
        Weights::load(folder.path().join("no"), &mut other),
        Err(WeightsFileError::File(FileError::NotFound { .. }))
    ));
    assert_eq!(other, Other::ZERO);
}

/// Its arrays lie eight bytes apart in memory: there is padding after the first one.
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[bytemuck(crate = "typenet::bytemuck")]
#[repr(C)]
struct Padded {
    gain: [f32; 1],
    shift: [f64; 2],
}

typenet::parameters!(Padded { gain: Scale[1], shift: Bias[2] });

/// Forgets to show an array.
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[bytemuck(crate = "typenet::bytemuck")]
#[repr(C)]
struct Forgetful(Dense<1, 2>);

impl Zero for Forgetful {
    const ZERO: Self = Self(Dense::ZERO);
}

impl Parameters for Forgetful {
    type Gradient = Dense<1, 2>;
    const COUNT: usize = 4;
    const FINGERPRINT: Fingerprint = Fingerprint::layer::<Self>("Forgetful");

    fn init(&mut self, _: Initializer, _: &mut impl Rng) {}

    fn visit(&self, path: &Path<'_>, visitor: &mut impl Visitor) {
        visitor.array(&path.entry("bias", Role::Bias, &[2]), self.0.bias.as_slice());
    }

    fn walk<const K: usize>(&mut self, trees: [&mut Dense<1, 2>; K], path: &Path<'_>, walker: &mut impl Walker<K>) {
        self.0.walk(trees, path, walker);
    }
}

#[test]
fn layers_of_ones_own() {
    let padded = Padded { gain: [0.5], shift: [1.0, 2.0] };
    let file = Weights::to_vec(&padded).unwrap();
    let payload = [0.5_f32.to_le_bytes(), [0; 4]].concat();
    assert_eq!(file[40..48], payload);
    let mut copy = Padded::ZERO;
    Weights::read(&file, &mut copy).unwrap();
    assert_eq!(copy, padded);
    // Two types of numbers are no array of one type.
    assert!(Weights::write_source(&padded, &mut String::new()).is_err());

    assert_eq!(Weights::to_vec(&Forgetful::ZERO), Err(WeightsError::Arrays));
    assert!(Weights::write_source(&Forgetful::ZERO, &mut String::new()).is_err());
}

#[test]
fn a_network_without_parameters() {
    let file = Weights::to_vec(&Relu).unwrap();
    assert_eq!(file.len(), 40);
    assert_eq!(Weights::read(&file, &mut Relu.clone()), Ok(()));
    assert!(matches!(Weights::read(&file, &mut Tanh.clone()), Err(WeightsError::Network { .. })));
}

#[test]
fn source_code_gives_the_same_network() {
    static NUMBERS: BatchNorm<3> = typenet::deployment::from_source::<_, f32, _>(
        BatchNorm::<3>::FINGERPRINT.value(),
        [0.1, -1e-9, 3.4028235e38, 4.0, 5.0, 6.0, 7.0, -8.5, 9.0, 1e-45, 11.0, 0.2],
    );
    let mut source = String::new();
    Weights::write_source(&NUMBERS, &mut source).unwrap();
    let fingerprint = BatchNorm::<3>::FINGERPRINT.value();
    let expected = format!(
        "// Written by typenet: `BatchNorm<3>`, 12 numbers.\n\
         typenet::deployment::from_source::<_, f32, _>({fingerprint:#018x}, [\n    \
             // scale: 3\n    0.1, -1e-9, 3.4028235e38,\n    \
             // shift: 3\n    4.0, 5.0, 6.0,\n    \
             // mean: 3\n    7.0, -8.5, 9.0,\n    \
             // variance: 3\n    1e-45, 11.0, 0.2,\n\
         ])\n"
    );
    assert_eq!(source, expected);
}

#[test]
fn wrong_files_do_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/weights/small.rs");
    if !common::are_library_sources_installed() {
        cases.compile_fail("tests/weights/[!s]*.rs");
        cases.compile_fail("tests/weights/source.rs");
    }
}

/// A scrub of a copy of the network with something done to it, in pieces.
fn scrub_all(network: &Network, bytes: usize) -> Result<usize, WeightsError> {
    let mut scrub: Scrub<Network> = typenet::scrub!(Network, "weights/small.weights");
    let mut calls = 1;
    while !scrub.check(network, bytes)? {
        calls += 1;
    }
    Ok(calls)
}

#[test]
fn a_scrub_looks_at_so_many_bytes_a_call() {
    // What the checksum covers: 28 bytes of header and 52 of weights.
    for bytes in 1..100 {
        assert_eq!(scrub_all(&NETWORK, bytes), Ok(80_usize.div_ceil(bytes)), "{bytes} at a time");
    }
    // A call for no bytes does nothing.
    assert_eq!(Scrub::of(&NETWORK).unwrap().check(&NETWORK, 0), Ok(false));
}

#[test]
fn a_scrub_finds_every_flipped_bit() {
    for bit in 0..size_of::<Network>() * 8 {
        let mut file = FILE.to_vec();
        file[40 + bit / 8] ^= 1 << (bit % 8);
        // As it would be in memory: there is no file to look at.
        let flipped: Network = typenet::bytemuck::pod_read_unaligned(&file[40..]);
        for bytes in [7, 64, usize::MAX] {
            assert!(matches!(scrub_all(&flipped, bytes), Err(WeightsError::Checksum { .. })), "bit {bit}");
        }
    }
}

#[test]
fn a_scrub_goes_on_after_an_error() {
    let mut network = NETWORK;
    let mut scrub = Scrub::of(&network).unwrap();
    assert_eq!(scrub.check(&network, 50), Ok(false));
    // Changed where it has been already: the next round finds it.
    network.0.weight[0] += 1.0;
    assert_eq!(scrub.check(&network, 50), Ok(true));
    assert!(scrub.check(&network, 100).is_err());
    network = NETWORK;
    assert_eq!(scrub.check(&network, 100), Ok(true));
}

#[test]
fn the_scrub_of_a_file_is_of_its_network() {
    assert_eq!(Scrub::<Network>::of_file(FILE).unwrap().check(&NETWORK, 100), Ok(true));
    assert!(matches!(Scrub::<Other>::of_file(FILE), Err(WeightsError::Network { .. })));
    assert!(matches!(Scrub::<Network>::of_file(&FILE[..91]), Err(WeightsError::Length { .. })));
}
