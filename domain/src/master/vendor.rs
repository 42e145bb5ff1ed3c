//! The vendor: who sells, leases, repairs or takes assets.

use serde::{Deserialize, Serialize};

use super::{Correct, Define, Defined, Definition, DefinitionEvent};
use crate::command_body::commands_of;
use crate::events::EventType;
use crate::ids::ids;
use crate::key::KeyKind;
use crate::text::{Note, ShortText};
use crate::vocabulary::Standing;

ids! {
    /// A vendor.
    VendorId;
}

/// A vendor as it was last defined.
pub type Vendor = Defined<VendorDefined>;
/// Everything that can have happened to it.
pub type VendorEvent = DefinitionEvent<VendorDefined>;

/// A vendor as it reads from now on: every field, not only what changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct VendorDefined {
    /// Its name, unique.
    pub name: ShortText,
    /// The organization's customer number there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_number: Option<ShortText>,
    /// Its web site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<ShortText>,
    /// Anything else. Names of persons do not belong here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<Note>,
    /// Whether it may be newly referred to.
    pub standing: Standing,
}

commands_of! {
    /// Defines a vendor. With the id of one that exists: how it reads from now on, in every field.
    DefineVendor {
        /// Which one; without it, or with an id that is not in use, a new one.
        vendor_id: Option<VendorId>,
        /// Its name, unique.
        name: ShortText,
        /// The organization's customer number there.
        account_number: Option<ShortText>,
        /// Its web site.
        website: Option<ShortText>,
        /// Anything else. Names of persons do not belong here.
        notes: Option<Note>,
        /// Whether it may be newly referred to; yes if not said.
        standing: Option<Standing>,
    }
}

/// Corrects how a vendor was recorded.
pub type CorrectVendor = Correct<DefineVendor>;

impl Definition for VendorDefined {
    type Id = VendorId;

    const EVENT: EventType = EventType { name: "vendor.defined", version: 1 };
    const CORRECTION: EventType = EventType { name: "vendor.corrected", version: 1 };
    const NOUN: &'static str = "vendor";
    const NAMES: KeyKind = KeyKind::names("vendor", "vendor name");

    fn name(&self) -> &ShortText {
        &self.name
    }

    fn standing(&self) -> Standing {
        self.standing
    }
}

impl Define for DefineVendor {
    type Definition = VendorDefined;

    fn id(&self) -> Option<VendorId> {
        self.vendor_id
    }

    fn definition(&self) -> VendorDefined {
        VendorDefined {
            name: self.name.clone(),
            account_number: self.account_number.clone(),
            website: self.website.clone(),
            notes: self.notes.clone(),
            standing: self.standing.unwrap_or(Standing::Active),
        }
    }
}

#[cfg(feature = "schemars")]
impl super::Sampled for VendorDefined {
    fn sample() -> super::Sample {
        super::Sample {
            number: 31,
            version: 1,
            command: (
                "define-vendor",
                serde_json::json!({"name": "Bechtle", "account_number": "K-55012",
                                        "website": "https://www.bechtle.com"}),
            ),
            event: serde_json::json!({"name": "Bechtle", "account_number": "K-55012",
                                      "website": "https://www.bechtle.com", "notes": "Framework contract.",
                                      "standing": "active"}),
        }
    }
}
