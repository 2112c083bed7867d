//! Names against patterns, without a heap.

/// The longest pattern, in bytes: one bit of a `u128` for each place in it, and one for its end.
pub(super) const LONGEST: usize = 127;

/// A pattern, in which `*` stands for any characters, against a name that is told byte by byte from its end.
///
/// From its end, because that is how a layer knows where it is: it sees what holds it. The name is never in memory as
/// a whole, so there is no going back in it: all ways to match what was told so far are followed at once.
pub(super) struct Matching<'a> {
    pattern: &'a [u8],
    /// Bit `i`: the last `i` bytes of the pattern match what was told.
    reached: u128,
}

impl<'a> Matching<'a> {
    /// Nothing was told yet. A pattern that is too long matches nothing.
    pub fn new(pattern: &'a str) -> Self {
        let mut matching = Self { pattern: pattern.as_bytes(), reached: u128::from(pattern.len() <= LONGEST) };
        matching.pass_stars();
        matching
    }

    /// Takes one more byte.
    pub fn take(&mut self, next: u8) {
        let mut reached = 0;
        for (place, byte) in self.pattern.iter().rev().take(LONGEST).enumerate() {
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

    /// Whether the pattern matches what was told.
    pub fn holds(&self) -> bool {
        self.reached >> self.pattern.len().min(LONGEST) & 1 == 1
    }

    /// A star may stand for nothing.
    fn pass_stars(&mut self) {
        for (place, byte) in self.pattern.iter().rev().take(LONGEST).enumerate() {
            if *byte == b'*' {
                self.reached |= (self.reached >> place & 1) << (place + 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        let mut matching = Matching::new(pattern);
        name.bytes().rev().for_each(|byte| matching.take(byte));
        matching.holds()
    }

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
            assert_eq!(matches(pattern, name), expected, "{pattern:?} {name:?}");
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
