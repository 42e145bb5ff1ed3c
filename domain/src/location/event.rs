//! What has happened to a location.

use serde::{Deserialize, Serialize};

use crate::events::events;
use crate::ids::LocationId;
use crate::text::{Note, ShortText};
use crate::vocabulary::{LocationKind, Standing};

events! {
    /// Everything that can have happened to a location.
    LocationEvent of "location" {
        /// It was defined, or defined anew.
        "location.defined" v 1 => Defined(LocationDefined),
    }
}

/// A location as it reads from now on: every field, not only what changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct LocationDefined {
    /// Its name, unique within its parent.
    pub name: ShortText,
    /// What it is.
    pub kind: LocationKind,
    /// The location that it is a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<LocationId>,
    /// Its postal address, in one text. An organization's address, not a person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Note>,
    /// Its country (ISO 3166-1 alpha-2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<ShortText>,
    /// Anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<Note>,
    /// Whether it may be newly referred to.
    pub standing: Standing,
}
