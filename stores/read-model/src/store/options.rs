//! How the read model uses memory and disk.

use crate::store::generation::Sharing;

/// How the read model uses memory and disk.
#[derive(Clone, Copy, Debug)]
pub struct ReadModelOptions {
    /// How much of the file redb keeps in memory, in bytes.
    pub cache_bytes: usize,
    /// Whether other processes read what this one writes.
    pub sharing: Sharing,
}

impl Default for ReadModelOptions {
    fn default() -> Self {
        Self { cache_bytes: 128 * 1024 * 1024, sharing: Sharing::Followed }
    }
}
