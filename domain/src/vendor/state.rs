//! What a vendor is, as its events tell.

use std::collections::BTreeSet;

use super::event::VendorDefined;
use crate::ids::VendorId;
use crate::key::{KeyKind, UniqueKey};
use crate::text::ShortText;
use crate::vocabulary::Standing;

/// A vendor as it was last defined.
#[derive(Clone, Debug, PartialEq)]
pub struct Vendor {
    /// Which one.
    pub id: VendorId,
    /// Its last definition.
    pub definition: VendorDefined,
}

impl Vendor {
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

/// The key of a vendor's name.
pub(super) fn key(name: &ShortText) -> UniqueKey {
    UniqueKey::name(KeyKind::Vendor, &[name.as_str()])
}
