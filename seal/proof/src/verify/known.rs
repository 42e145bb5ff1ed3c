//! What was seen of logs before: roots by size, from checkpoints and from exports that held.

use std::collections::BTreeMap;

use super::Reason;
use crate::Hash;
use crate::checkpoint::Origin;

/// Roots that are proven or signed, and whether a history was found that has them all.
#[derive(Clone, Debug, Default)]
pub struct Known {
    roots: BTreeMap<Origin, BTreeMap<u64, Root>>,
}

#[derive(Clone, Debug)]
struct Root {
    root: Hash,
    /// Whether it was computed from the messages themselves, or proven to begin with those.
    is_computed: bool,
}

impl Known {
    /// Nothing was seen yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Remembers the root that a checkpoint says.
    pub(super) fn see(&mut self, origin: &Origin, size: u64, root: Hash) -> Result<(), Reason> {
        self.put(origin, size, root, false)
    }

    /// Remembers a root that an export led to.
    pub(super) fn compute(&mut self, origin: &Origin, size: u64, root: Hash) -> Result<(), Reason> {
        if size == 0 {
            return Ok(());
        }
        self.put(origin, size, root, true)
    }

    /// Whether something was seen of this size, so that its root is worth computing.
    pub(super) fn asks_for(&self, origin: &Origin, size: u64) -> bool {
        self.roots.get(origin).is_some_and(|roots| roots.contains_key(&size))
    }

    /// The checkpoints that no export was compared with, by log and size.
    pub fn not_compared(&self) -> impl Iterator<Item = (&Origin, u64)> {
        let each = |(origin, roots)| -> Vec<(&Origin, u64)> {
            let roots: &BTreeMap<u64, Root> = roots;
            let open = roots.iter().filter(|(_, root)| !root.is_computed);
            open.map(|(size, _)| (origin, *size)).collect()
        };
        self.roots.iter().flat_map(each)
    }

    fn put(&mut self, origin: &Origin, size: u64, root: Hash, is_computed: bool) -> Result<(), Reason> {
        let roots = self.roots.entry(origin.clone()).or_default();
        let known = roots.entry(size).or_insert(Root { root, is_computed });
        if known.root != root {
            return Err(Reason::TwoHistories { origin: origin.to_string(), size });
        }
        known.is_computed |= is_computed;
        Ok(())
    }
}
