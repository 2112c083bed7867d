//! Settings that are part of a type.

/// Stops the build with a sentence where a setting is out of its range; else 0.
///
/// A layer says it in `MULTIPLY_ADDS`: [`assert_shapes!`](crate::assert_shapes) computes that in `cargo check`, and
/// inference and training of a chain in every build.
pub(crate) const fn checked(holds: bool, sentence: &'static str) -> usize {
    assert!(holds, "{}", sentence);
    0
}

/// The same of the exponent of an epsilon: in `f32` too it must be a normal number.
pub(crate) const fn checked_epsilon(exponent: i32, sentence: &'static str) -> usize {
    checked(-37 <= exponent && exponent <= 12, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_ranges() {
        assert_eq!([checked(true, ""), checked_epsilon(-37, ""), checked_epsilon(12, "")], [0; 3]);
        for exponent in [-38, 13] {
            assert!(std::panic::catch_unwind(|| checked_epsilon(exponent, "")).is_err());
        }
        assert!(crate::network::decimal(1, -37) as f32 >= f32::MIN_POSITIVE);
    }
}
