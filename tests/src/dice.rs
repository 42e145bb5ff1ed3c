//! Numbers that look random and repeat with their seed: every decision of a run comes from them.

use sha2::{Digest, Sha256};

/// A generator (`SplitMix64`) whose numbers depend on its seed alone.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice for one purpose of a run: the same seed and the same numbers give the same throws.
    #[must_use]
    pub fn of(seed: u64, purpose: &str, numbers: &[u64]) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed.to_be_bytes());
        hash.update(purpose.as_bytes());
        for number in numbers {
            hash.update(number.to_be_bytes());
        }
        Self(first_eight(&hash.finalize()))
    }

    /// The next number.
    pub fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`; 0 if the limit is 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.throw() % limit.max(1)
    }

    /// Whether something happens that happens in `percent` of 100 cases.
    pub fn is_within(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of several.
    ///
    /// # Panics
    /// If there is none.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let index = self.below(choices.len() as u64);
        &choices[usize::try_from(index).unwrap_or(0)]
    }

    /// An id in the form of a `UUIDv7`, which a command keeps as its own.
    pub fn id(&mut self) -> String {
        const THEN_MS: u64 = 1_767_225_600_000;
        let time = THEN_MS + self.below(1_000_000_000);
        let (high, low) = (self.throw(), self.throw());
        format!(
            "{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}",
            time >> 16,
            time & 0xFFFF,
            high & 0xFFF,
            0x8000 | (high >> 16) & 0x3FFF,
            low & 0xFFFF_FFFF_FFFF
        )
    }
}

fn first_eight(hash: &[u8]) -> u64 {
    hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_throws_and_ids() {
        let throws = |seed| {
            let mut dice = Dice::of(seed, "test", &[1, 2]);
            (dice.throw(), dice.below(10), dice.id())
        };
        assert_eq!(throws(7), throws(7));
        assert_ne!(throws(7), throws(8));
        let id = throws(7).2;
        assert_eq!((id.len(), &id[14..15]), (36, "7"));
    }
}
