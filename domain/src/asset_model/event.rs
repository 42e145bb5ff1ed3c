//! What has happened to a model.

use serde::{Deserialize, Serialize};

use crate::events::events;
use crate::text::{Note, ShortText};
use crate::vocabulary::{AssetKind, HardwareKind, Standing};

events! {
    /// Everything that can have happened to a model.
    AssetModelEvent of "asset_model" {
        /// It was defined, or defined anew.
        "asset_model.defined" v 1 => Defined(AssetModelDefined),
    }
}

/// A model as it reads from now on: every field, not only what changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AssetModelDefined {
    /// Its name, such as "`ThinkPad` T14 Gen 5".
    pub name: ShortText,
    /// What sort of thing it is. Fixed once defined: registers and counters rest on it.
    pub kind: AssetKind,
    /// What sort of device. Fixed once defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hardware_kind: Option<HardwareKind>,
    /// Who makes it. Fixed once defined: serial numbers are unique within the maker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<ShortText>,
    /// The maker's number for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_number: Option<ShortText>,
    /// Whether its pieces can hold data that must be removed before they leave.
    pub data_bearing: bool,
    /// Months after which a piece's planned life ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_of_life_months: Option<u32>,
    /// Anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<Note>,
    /// Whether it may be newly referred to.
    pub standing: Standing,
}
