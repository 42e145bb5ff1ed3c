//! What a location is, as its events tell.

use std::collections::BTreeSet;

use super::event::LocationDefined;
use crate::ids::LocationId;
use crate::key::{KeyKind, UniqueKey};
use crate::text::ShortText;
use crate::vocabulary::Standing;

/// A location as it was last defined.
#[derive(Clone, Debug, PartialEq)]
pub struct Location {
    /// Which one.
    pub id: LocationId,
    /// Its last definition.
    pub definition: LocationDefined,
}

impl Location {
    /// Whether it may be newly referred to.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.definition.standing == Standing::Active
    }

    /// The unique values it holds: its name within its parent.
    #[must_use]
    pub fn keys(&self) -> BTreeSet<UniqueKey> {
        BTreeSet::from([key(self.definition.parent_id, &self.definition.name)])
    }
}

/// The key of a location's name within its parent.
pub(super) fn key(parent_id: Option<LocationId>, name: &ShortText) -> UniqueKey {
    let parent = parent_id.map_or(String::new(), |id| id.to_string());
    UniqueKey::name(KeyKind::Location, &[&parent, name.as_str()])
}
