//! What has happened to a vendor.

use serde::{Deserialize, Serialize};

use crate::events::events;
use crate::text::{Note, ShortText};
use crate::vocabulary::Standing;

events! {
    /// Everything that can have happened to a vendor.
    VendorEvent of "vendor" {
        /// It was defined, or defined anew.
        "vendor.defined" v 1 => Defined(VendorDefined),
    }
}

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
