//! Networks in flash: power is cut at every write and in every erasure, and a valid network is
//! always there.

#[path = "store/flash.rs"]
mod flash;

use std::collections::BTreeSet;

use typenet::prelude::*;
use typenet::rand::Rng;

use flash::{Fault, Flash, Worn};

type Network = Sequential![Dense<4, 16>, Relu, BatchNorm<16>, Dense<16, 3>];

fn network(seed: u64) -> Network {
    let mut network = Network::ZERO;
    network.init(Initializer::HeNormal, &mut seeded(seed));
    network
}

/// Cuts the power in every operation of three saves in a row, and looks at what is there.
fn cut_everywhere<const WRITE: usize, const ERASE: usize>() -> usize {
    let pages = 2 * Store::<Flash<WRITE, ERASE>, Network>::SLOT / ERASE;
    let place = ERASE as u32..((pages + 1) * ERASE) as u32;
    let mut flash = Flash::<WRITE, ERASE>::new(pages + 2);
    // Dirt from something else.
    flash.rng.fill_bytes(&mut flash.bytes);
    let mut cuts = 0;
    for save in 0..3_u64 {
        let mut left = 1;
        let after = loop {
            // Several ways in which the cut operation is half done.
            for way in 0..4 {
                let mut flash = flash.clone();
                (flash.left, flash.rng) = (Some(left), seeded(way));
                let mut store = Store::<_, Network>::new(flash, place.clone()).unwrap();
                let cut = store.save(&network(save));
                let mut flash = store.into_flash();
                flash.left = None;

                // Power is back: the network is the one before, or the new one.
                let mut store = Store::<_, Network>::new(flash, place.clone()).unwrap();
                let mut loaded = network(99);
                match (store.load(&mut loaded), save) {
                    (Err(StoreError::Empty), 0) => assert_eq!(loaded, network(99)),
                    (Ok(number), _) => {
                        assert!(u64::from(number) == save || u64::from(number) == save + 1);
                        assert_eq!(loaded, network(u64::from(number) - 1), "save {save}, cut in operation {left}");
                    }
                    (result, _) => panic!("save {save}, cut in operation {left}: {result:?}"),
                }
                // And saving works again.
                store.save(&network(50)).unwrap();
                store.load(&mut loaded).unwrap();
                assert_eq!(loaded, network(50));
                assert!(matches!(cut, Ok(()) | Err(StoreError::Flash(Fault::PowerLost))), "{cut:?}");
            }
            let mut whole = flash.clone();
            (whole.left, whole.operations) = (Some(left), 0);
            let mut store = Store::<_, Network>::new(whole, place.clone()).unwrap();
            match store.save(&network(save)) {
                Err(StoreError::Flash(Fault::PowerLost)) => {
                    cuts += 1;
                    left += 1;
                }
                result => {
                    result.unwrap();
                    break store.into_flash();
                }
            }
        };
        flash = Flash { left: None, ..after };
    }
    // Nothing outside of the place was touched.
    let mut untouched = vec![0; flash.bytes.len()];
    seeded(1).fill_bytes(&mut untouched);
    let end = place.end as usize;
    assert_eq!(flash.bytes[..ERASE], untouched[..ERASE]);
    assert_eq!(flash.bytes[end..], untouched[end..]);
    cuts
}

#[test]
fn power_is_cut_in_every_operation() {
    // Bytes of a file: 40 and 4 x (80 + 64 + 51); the operations of three saves are its units, the
    // seal's and the pages.
    let file = Weights::<Network>::BYTES;
    assert_eq!(file, 40 + 4 * 195);
    assert_eq!(cut_everywhere::<4, 1024>(), 3 * (file.div_ceil(4) + 2 + 1));
    assert_eq!(cut_everywhere::<8, 2048>(), 3 * (file.div_ceil(8) + 1 + 1));
    assert_eq!(cut_everywhere::<1, 512>(), 3 * (file + 8 + 2));
    assert_eq!(cut_everywhere::<32, 512>(), 3 * (file.div_ceil(32) + 1 + 2));
    assert_eq!(cut_everywhere::<256, 4096>(), 3 * (file.div_ceil(256) + 1 + 1));
}

#[test]
fn every_flipped_bit_falls_back_to_the_network_before() {
    let mut store = Store::<_, Network>::new(Flash::<4, 1024>::new(2), 0..2048).unwrap();
    store.save(&network(1)).unwrap();
    store.save(&network(2)).unwrap();
    let flash = store.into_flash();
    let used = Weights::<Network>::BYTES + 8;
    for bit in 0..used * 8 {
        let mut flash = flash.clone();
        flash.bytes[1024 + bit / 8] ^= 1 << (bit % 8);
        let mut loaded = Network::ZERO;
        let mut store = Store::<_, Network>::new(flash, 0..2048).unwrap();
        assert_eq!(store.load(&mut loaded), Ok(1), "bit {bit}");
        assert_eq!(loaded, network(1));
    }
}

/// What a device does when power is back: the flash, and the network found.
fn restart(flash: Flash<8, 1024>) -> (Store<Flash<8, 1024>, Network>, Option<(u32, Network)>) {
    let mut store = Store::<_, Network>::new(Flash { left: None, ..flash }, 0..2048).unwrap();
    let mut loaded = network(99);
    let found = store.load(&mut loaded).ok();
    assert_eq!(store.check().is_ok(), found.is_some());
    assert!(found.is_some() || loaded == network(99));
    (store, found.map(|number| (number, loaded)))
}

/// Cuts the power in each operation of a save, in two ways each, where half-written words cannot be read.
fn cut_each(flash: &Flash<8, 1024>, saved: &Network) -> Vec<Flash<8, 1024>> {
    let mut cuts = Vec::new();
    for left in 1.. {
        for way in 0..2 {
            let flash = Flash { left: Some(left), rng: seeded(way), ..flash.clone() };
            let mut store = Store::<_, Network>::new(flash, 0..2048).unwrap();
            match store.save(saved) {
                Err(StoreError::Flash(Fault::PowerLost)) => cuts.push(store.into_flash()),
                result => {
                    result.unwrap();
                    return cuts;
                }
            }
        }
    }
    cuts
}

/// With error correction a word that was half written cannot be read: it hides nothing but its own slot.
#[test]
fn unreadable_words_hide_only_their_slot() {
    let empty = Flash::<8, 1024>::new(2).with_error_correction();
    let (mut single, mut double, mut unreadable) = (0, 0, 0);
    // A save after 0 to 3 whole ones, cut everywhere, and the next one cut everywhere too.
    for saves in 0..4 {
        let mut store = Store::<_, Network>::new(empty.clone(), 0..2048).unwrap();
        (0..saves).for_each(|save| store.save(&network(save)).unwrap());
        let whole = |found: &Option<(u32, Network)>, newer: &[u64], case: &str| match found {
            Some((number, loaded)) => {
                let last = u64::from(*number) == saves && *loaded == network(saves.wrapping_sub(1));
                assert!(last || newer.iter().any(|seed| *loaded == network(*seed)), "{case}: number {number}");
            }
            None => assert_eq!(saves, 0, "{case}: the network saved before is lost"),
        };
        let first = cut_each(&store.into_flash(), &network(50));
        for (cut, flash) in first.iter().enumerate() {
            let (store, found) = restart(flash.clone());
            whole(&found, &[50], &format!("{saves} saves, cut {cut}"));
            single += 1;
            // Not each second cut: one in 16 of the first, every one in the next save.
            if cut % 16 < 2 {
                for (again, flash) in cut_each(&store.into_flash(), &network(51)).into_iter().enumerate() {
                    unreadable += usize::from(flash.unreadable.as_ref().is_some_and(|units| !units.is_empty()));
                    let (mut store, found) = restart(flash);
                    let case = format!("{saves} saves, cuts {cut} and {again}");
                    whole(&found, &[50, 51], &case);
                    double += 1;
                    // And saving works again, twice: no slot is lost for ever.
                    for seed in [60, 61] {
                        store.save(&network(seed)).unwrap();
                        let mut loaded = Network::ZERO;
                        store.load(&mut loaded).unwrap();
                        assert_eq!(loaded, network(seed), "{case}");
                    }
                }
            }
        }
    }
    println!("{single} of {single} single cuts, {double} of {double} double cuts; {unreadable} with unreadable words");
    // Operations of a save: the units of the file (820 bytes), the seal's and the page.
    let operations = 820_usize.div_ceil(8) + 1 + 1;
    assert_eq!(single, 4 * 2 * operations);
    assert_eq!(double, 4 * (2 * operations).div_ceil(16) * 2 * 2 * operations);
    // Half of the cut operations leave one.
    assert!(unreadable > double / 3);
}

/// A slot that becomes unreadable at any word later, whichever it is.
#[test]
fn an_unreadable_word_anywhere_leaves_the_other_slot() {
    let mut store = Store::<_, Network>::new(Flash::<8, 1024>::new(2).with_error_correction(), 0..2048).unwrap();
    store.save(&network(1)).unwrap();
    assert_eq!(store.load(&mut Network::ZERO.clone()), Ok(1));
    store.save(&network(2)).unwrap();
    let flash = store.into_flash();
    let used = (Weights::<Network>::BYTES + 8).div_ceil(8);
    for unit in (0..used).chain(128..128 + used) {
        let mut flash = flash.clone();
        flash.unreadable = Some(BTreeSet::from([unit]));
        let (mut store, found) = restart(flash);
        let expected = if unit < 128 { (2, network(2)) } else { (1, network(1)) };
        assert_eq!(found, Some(expected), "word {unit}");
        store.save(&network(3)).unwrap();
        let (_, found) = restart(store.into_flash());
        assert_eq!(found.map(|(_, loaded)| loaded), Some(network(3)));
    }
    // Both: an error that says why, and the next save mends it.
    let mut flash = flash;
    flash.unreadable = Some(BTreeSet::from([1, 129]));
    let mut store = Store::<_, Network>::new(flash, 0..2048).unwrap();
    let mut loaded = network(99);
    assert!(matches!(store.load(&mut loaded), Err(StoreError::Flash(Fault::Unreadable))));
    assert_eq!(loaded, network(99));
    assert!(matches!(store.check(), Err(StoreError::Flash(Fault::Unreadable))));
    store.save(&network(4)).unwrap();
    assert_eq!(restart(store.into_flash()).1, Some((1, network(4))));
}

#[test]
fn places_are_checked() {
    let needed = Store::<Flash<4, 512>, Network>::SLOT;
    assert_eq!(needed, 1024);
    let new = |range| Store::<_, Network>::new(Flash::<4, 512>::new(5), range).map(|_| ());
    assert!(new(0..2048).is_ok());
    assert!(new(512..2560).is_ok());
    for wrong in [0..1024, 0..2560, 4..2052, 1024..3072, 0..0] {
        assert!(matches!(new(wrong.clone()), Err(StoreError::Place { needed: 1024 })), "{wrong:?}");
    }
}

#[test]
fn another_network_in_the_flash_is_none() {
    type Other = Sequential![Dense<4, 16>, Tanh, BatchNorm<16>, Dense<16, 3>];
    let mut store = Store::<_, Network>::new(Flash::<4, 1024>::new(2), 0..2048).unwrap();
    assert!(matches!(store.check(), Err(StoreError::Empty)));
    store.save(&network(1)).unwrap();
    assert!(store.check().is_ok());
    let mut other = Store::<_, Other>::new(store.into_flash(), 0..2048).unwrap();
    assert!(matches!(other.check(), Err(StoreError::Empty)));
}

/// Weights that are not finite are not saved, and where the checksums are right, as no program of ours writes it, not
/// loaded.
#[test]
fn weights_that_are_not_finite_are_refused() {
    let crc = |bytes: &[u8]| {
        !bytes.iter().fold(!0_u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
        })
    };
    let mut store = Store::<_, Network>::new(Flash::<4, 1024>::new(2), 0..2048).unwrap();
    store.save(&network(1)).unwrap();
    let mut broken = network(2);
    broken.1.1.0.variance[15] = f32::INFINITY;
    let error = WeightsError::NotFinite { array: "variance", number: 5 };
    assert_eq!(store.save(&broken), Err(StoreError::Weights(error)));
    store.save(&network(3)).unwrap();
    let good = store.into_flash();
    let file = Weights::<Network>::BYTES;
    // Every number of both slots: the other slot is served.
    for place in 0..195 {
        let mut flash = good.clone();
        for (slot, left) in [(1024, Some((1, network(1)))), (0, None)] {
            let bytes = &mut flash.bytes[slot..slot + file + 8];
            bytes[40 + 4 * place..][..4].copy_from_slice(&f32::NAN.to_le_bytes());
            let checksum = crc(&bytes[12..file]).to_le_bytes();
            bytes[8..12].copy_from_slice(&checksum);
            let seal = crc(&[&bytes[file..file + 4], &checksum].concat()).to_le_bytes();
            bytes[file + 4..].copy_from_slice(&seal);
            let mut store = Store::<_, Network>::new(flash.clone(), 0..2048).unwrap();
            let mut loaded = network(99);
            let result = store.load(&mut loaded);
            match left {
                Some(left) => assert_eq!((result.unwrap(), loaded), left),
                None => {
                    assert!(matches!(result, Err(StoreError::Weights(WeightsError::NotFinite { .. }))), "{place}");
                    assert_eq!(loaded, network(99));
                }
            }
        }
    }
}

#[test]
fn what_is_not_kept_is_noticed() {
    let mut store = Store::<_, Network>::new(Worn(Flash::new(2), 1024 + 3), 0..2048).unwrap();
    store.save(&network(1)).unwrap();
    // The second slot holds the worn byte.
    assert!(matches!(store.save(&network(2)), Err(StoreError::Worn(_))));
    let mut loaded = Network::ZERO;
    assert_eq!(store.load(&mut loaded).unwrap(), 1);
    assert_eq!(loaded, network(1));

    // The number that makes the second slot the newest lies behind the weights.
    let seal = 1024 + Weights::<Network>::BYTES.next_multiple_of(4);
    let mut store = Store::<_, Network>::new(Worn(Flash::new(2), seal), 0..2048).unwrap();
    store.save(&network(1)).unwrap();
    assert!(matches!(store.save(&network(2)), Err(StoreError::Seal)));
    assert_eq!(store.load(&mut loaded).unwrap(), 1);
}
