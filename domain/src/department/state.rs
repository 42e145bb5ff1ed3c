//! What a department is, as its events tell.

use std::collections::BTreeSet;

use super::event::DepartmentDefined;
use crate::ids::DepartmentId;
use crate::key::{KeyKind, UniqueKey};
use crate::text::ShortText;
use crate::vocabulary::Standing;

/// A department as it was last defined.
#[derive(Clone, Debug, PartialEq)]
pub struct Department {
    /// Which one.
    pub id: DepartmentId,
    /// Its last definition.
    pub definition: DepartmentDefined,
}

impl Department {
    /// Whether it may be newly referred to.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.definition.standing == Standing::Active
    }

    /// The unique values it holds: its name.
    #[must_use]
    pub fn keys(&self) -> BTreeSet<UniqueKey> {
        BTreeSet::from([key(&self.definition.name)])
    }
}

/// The key of a department's name.
pub(super) fn key(name: &ShortText) -> UniqueKey {
    UniqueKey::name(KeyKind::Department, &[name.as_str()])
}
