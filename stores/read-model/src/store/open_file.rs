//! One file, open, with what is kept of it in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use itam_domain::AggregateKind;
use uuid::Uuid;

use crate::store::error::Result;
use crate::store::generation::{DatabaseHandle, Pointer};
use crate::store::key::{Ordinal, sort_code};

/// Ordinals whose ids are kept in memory, for each sort of thing.
const MAX_KEPT_IDS: usize = 1_000_000;

/// One file, open.
pub(crate) struct Generation {
    /// What the pointer says where this is the file that is read.
    pub(crate) pointer: Pointer,
    handle: Arc<DatabaseHandle>,
    /// The ids of ordinals, by sort; nil where not read yet. They never change within a file.
    ids: RwLock<BTreeMap<u8, Vec<Uuid>>>,
}

impl Generation {
    pub(crate) fn new(pointer: Pointer, handle: DatabaseHandle) -> Self {
        Self { pointer, handle: Arc::new(handle), ids: RwLock::default() }
    }

    /// The same file under another pointer.
    pub(crate) fn under(pointer: Pointer, same: &Self) -> Self {
        Self { pointer, handle: Arc::clone(&same.handle), ids: RwLock::default() }
    }

    pub(crate) fn handle(&self) -> &DatabaseHandle {
        &self.handle
    }

    /// The id of an ordinal, from memory or by `read`.
    pub(crate) fn id(
        &self,
        kind: AggregateKind,
        ordinal: Ordinal,
        read: impl FnOnce() -> Result<Uuid>,
    ) -> Result<Uuid> {
        let (sort, index) = (sort_code(kind), ordinal as usize);
        let kept = {
            let ids = self.ids.read().unwrap_or_else(PoisonError::into_inner);
            ids.get(&sort).and_then(|ids| ids.get(index)).copied()
        };
        if let Some(id) = kept.filter(|id| !id.is_nil()) {
            return Ok(id);
        }
        let id = read()?;
        if index < MAX_KEPT_IDS {
            let mut ids = self.ids.write().unwrap_or_else(PoisonError::into_inner);
            let ids = ids.entry(sort).or_default();
            if ids.len() <= index {
                ids.resize(index + 1, Uuid::nil());
            }
            ids[index] = id;
        }
        Ok(id)
    }
}
