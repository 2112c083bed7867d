//! Names against patterns, without a heap.

use core::fmt::{self, Write};

/// The longest pattern, in bytes: one bit of a `u128` for each place in it, and one for its end.
pub(super) const LONGEST: usize = 127;

/// Whether what a name displays matches a pattern, in which `*` stands for any characters.
///
/// The name is never in memory as a whole, so there is no going back in it: all ways to match what
/// was written so far are followed at once.
pub(super) fn matches(pattern: &str, name: &impl fmt::Display) -> bool {
    let pattern = pattern.as_bytes();
    if pattern.len() > LONGEST {
        return false;
    }
    let mut places = Places { pattern, reached: 1 };
    places.pass_stars();
    write!(places, "{name}").is_ok() && places.reached >> pattern.len() & 1 == 1
}

struct Places<'a> {
    pattern: &'a [u8],
    /// Bit `i`: the first `i` bytes of the pattern match what was written.
    reached: u128,
}

impl Places<'_> {
    /// A star may stand for nothing.
    fn pass_stars(&mut self) {
        for (place, byte) in self.pattern.iter().enumerate() {
            if *byte == b'*' {
                self.reached |= (self.reached >> place & 1) << (place + 1);
            }
        }
    }
}

impl Write for Places<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for next in text.bytes() {
            let mut reached = 0;
            for (place, byte) in self.pattern.iter().enumerate() {
                let here = self.reached >> place & 1;
                if *byte == b'*' {
                    reached |= here << place;
                } else if *byte == next {
                    reached |= here << (place + 1);
                }
            }
            self.reached = reached;
            self.pass_stars();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, by going back.
    fn naive(pattern: &[u8], name: &[u8]) -> bool {
        match pattern {
            [] => name.is_empty(),
            [b'*', rest @ ..] => (0..=name.len()).any(|from| naive(rest, &name[from..])),
            [first, rest @ ..] => name.first() == Some(first) && naive(rest, &name[1..]),
        }
    }

    #[test]
    fn by_hand() {
        for (pattern, name, expected) in [
            ("0.weight", "0.weight", true),
            ("0.weight", "0.weights", false),
            ("0.*", "0.weight", true),
            ("0.*", "10.weight", false),
            ("*.bias", "12.inner.bias", true),
            ("*.bias", "bias", false),
            ("*", "", true),
            ("", "", true),
            ("", "0", false),
            ("**", "0", true),
            ("*.*.weight", "0.weight", false),
        ] {
            assert_eq!(matches(pattern, &name), expected, "{pattern:?} {name:?}");
        }
    }

    #[test]
    fn every_short_pattern_and_name() {
        let words = |letters: &[u8]| {
            let mut all = vec![Vec::new()];
            for length in 0..4 {
                let longest: Vec<Vec<u8>> = all.iter().filter(|word| word.len() == length).cloned().collect();
                all.extend(
                    longest.iter().flat_map(|word| letters.iter().map(|letter| [&word[..], &[*letter]].concat())),
                );
            }
            all.into_iter().map(|word| String::from_utf8(word).unwrap()).collect::<Vec<_>>()
        };
        let mut matching = 0;
        for pattern in words(b"ab*") {
            for name in words(b"ab") {
                let expected = naive(pattern.as_bytes(), name.as_bytes());
                assert_eq!(matches(&pattern, &name), expected, "{pattern:?} {name:?}");
                matching += usize::from(expected);
            }
        }
        assert!(matching > 500, "{matching}");
    }

    #[test]
    fn the_longest_pattern() {
        let name = "a".repeat(LONGEST);
        assert!(matches(&name, &name) && matches(&format!("{}*", "a".repeat(LONGEST - 1)), &name));
        assert!(!matches(&"a".repeat(LONGEST + 1), &"a".repeat(LONGEST + 1)));
    }
}
