//! Names of atomic batches: short, since the server stores them with every message for ever.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use data_encoding::BASE64URL_NOPAD;

/// Gives names to batches. They only have to differ among the batches that are on their way to one stream at
/// the same time (ADR-50): six bytes are this process's own, three count.
#[derive(Debug)]
pub(super) struct BatchIds {
    process: u64,
    next: AtomicU64,
}

impl BatchIds {
    pub(super) fn new() -> Self {
        Self { process: RandomState::new().hash_one("batches"), next: AtomicU64::new(1) }
    }

    /// The number of the next batch, and its name.
    pub(super) fn next(&self) -> (u64, String) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let ([_, _, process @ ..], [_, _, _, _, _, count @ ..]) =
            (self.process.to_be_bytes(), number.to_be_bytes());
        (number, BASE64URL_NOPAD.encode(&[&process[..], &count[..]].concat()))
    }

    /// A number of this process's own.
    pub(super) fn process(&self) -> u64 {
        self.process
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_short_and_differ_within_a_process_and_among_processes() {
        let processes = [BatchIds::new(), BatchIds::new()];
        let names: HashSet<_> = (0..2_000).map(|index| processes[index % 2].next().1).collect();
        assert_eq!(names.len(), 2_000);
        assert!(names.iter().all(|name| name.len() == 12));
    }
}
