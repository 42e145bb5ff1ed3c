//! How the read model uses memory and disk.

/// How the read model uses memory and disk.
#[derive(Clone, Copy, Debug)]
pub struct ReadModelOptions {
    /// How much of the register's file redb keeps in memory, in bytes; of a projection's an eighth of it.
    pub cache_bytes: usize,
    /// Whether other processes read what this one writes.
    pub sharing: Sharing,
}

impl Default for ReadModelOptions {
    fn default() -> Self {
        Self { cache_bytes: 32 * 1024 * 1024, sharing: Sharing::Followed }
    }
}

impl ReadModelOptions {
    /// Those of a projection's file, which is small beside the register's.
    pub(crate) fn of_projection(self) -> Self {
        Self { cache_bytes: self.cache_bytes / 8, ..self }
    }
}

/// How processes share a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sharing {
    /// One writes, others follow. Every flush waits for the disk twice, for what another process
    /// sees has to be there.
    #[default]
    Followed,
    /// One writes and no other reads: a third faster, and what was applied can be shown before it
    /// is on the disk.
    Alone,
}
