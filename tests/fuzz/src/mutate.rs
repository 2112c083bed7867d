//! Damage.

use typenet::rand::Rng;
use typenet::rand::rngs::Xoshiro256PlusPlus;

/// A number below `end`; 0 for an end of 0.
pub fn below(end: usize, rng: &mut Xoshiro256PlusPlus) -> usize {
    ((u128::from(rng.next_u64()) * end as u128) >> 64) as usize
}

/// Numbers at which programs go wrong, among them infinity and not-a-number as floats of 2, 4 and 8 bytes.
const NUMBERS: [u64; 16] = [
    0,
    1,
    2,
    0x7f,
    0xff,
    0x7c00,
    0x7fff,
    0xffff,
    0x7f80_0000,
    0x7fc0_0000,
    0x7fff_ffff,
    0xffff_ffff,
    1 << 53,
    0x7ff0_0000_0000_0000,
    0x7fff_ffff_ffff_ffff,
    u64::MAX,
];

/// One of the files, damaged in one to four places.
pub fn mutated(files: &[Vec<u8>], mend: Option<fn(&mut [u8])>, rng: &mut Xoshiro256PlusPlus) -> Vec<u8> {
    let mut file = files[below(files.len(), rng)].clone();
    for _ in 0..=below(4, rng) {
        damage(&mut file, files, rng);
    }
    // Checksums stop most of the damage: behind them it goes further.
    if let Some(mend) = mend.filter(|_| below(4, rng) > 0) {
        mend(&mut file);
    }
    file
}

fn damage(file: &mut Vec<u8>, files: &[Vec<u8>], rng: &mut Xoshiro256PlusPlus) {
    let at = below(file.len(), rng);
    // Headers are short and matter most.
    let at = if below(2, rng) == 0 { at.min(below(64, rng)) } else { at };
    let length = (1 + below(16, rng)).min(file.len() - at);
    let random = rng.next_u64();
    match below(9, rng) {
        0 if at < file.len() => file[at] ^= 1 << (random % 8),
        1 if at < file.len() => file[at] = random as u8,
        2 => file.truncate(at),
        3 => drop(file.drain(at..at + length)),
        4 => drop(file.splice(at..at, random.to_le_bytes().into_iter().take(length))),
        5 => {
            let copy = file[at..at + length].to_vec();
            let to = below(file.len(), rng);
            file.splice(to..to, copy);
        }
        6 => {
            let other = &files[below(files.len(), rng)];
            let from = below(other.len(), rng);
            file.truncate(at);
            file.extend_from_slice(&other[from..]);
        }
        7 => {
            let number = NUMBERS[below(NUMBERS.len(), rng)];
            let width = [1, 2, 4, 8][below(4, rng)].min(file.len() - at);
            let little = number.to_le_bytes();
            let big: Vec<u8> = little[..width].iter().rev().copied().collect();
            file[at..at + width].copy_from_slice(if random % 2 == 0 { &little[..width] } else { &big });
        }
        _ => digits(file, rng),
    }
}

/// Another number where the file has one as text.
fn digits(file: &mut Vec<u8>, rng: &mut Xoshiro256PlusPlus) {
    let places: Vec<usize> = (0..file.len()).filter(|at| file[*at].is_ascii_digit()).collect();
    if let Some(at) = places.get(below(places.len(), rng)) {
        let end = *at + file[*at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let text = match below(6, rng) {
            0 => "-1".into(),
            1 => "1e999".into(),
            2 => "NaN".into(),
            3 => String::new(),
            _ => NUMBERS[below(NUMBERS.len(), rng)].to_string(),
        };
        file.splice(*at..end, text.into_bytes());
    }
}
