//! The asset model: what many assets have in common.

use serde::{Deserialize, Serialize};

use super::{Correct, Define, Defined, Definition, DefinitionEvent};
use crate::command_body::commands_of;
use crate::events::EventType;
use crate::ids::ids;
use crate::key::KeyKind;
use crate::rejection::Rejection;
use crate::text::{Note, ShortText};
use crate::unique_label::UniqueLabel;
use crate::vocabulary::{AssetKind, HardwareKind, Standing};
use crate::world::{Stop, World};

ids! {
    /// An asset model.
    ModelId;
}

/// A model as it was last defined.
pub type AssetModel = Defined<AssetModelDefined>;
/// Everything that can have happened to it.
pub type AssetModelEvent = DefinitionEvent<AssetModelDefined>;

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

commands_of! {
    /// Defines a model. With the id of one that exists: how it reads from now on, in every field.
    DefineModel {
        /// Which one; without it, or with an id that is not in use, a new one.
        model_id: Option<ModelId>,
        /// Its name, such as "`ThinkPad` T14 Gen 5".
        name: ShortText,
        /// What sort of thing it is.
        kind: AssetKind,
        /// What sort of device, for hardware.
        hardware_kind: Option<HardwareKind>,
        /// Who makes it.
        manufacturer: Option<ShortText>,
        /// The maker's number for it.
        model_number: Option<ShortText>,
        /// Whether its pieces can hold data; if not said, as is usual for the kind.
        data_bearing: Option<bool>,
        /// Months after which a piece's planned life ends.
        end_of_life_months: Option<u32>,
        /// Anything else.
        notes: Option<Note>,
        /// Whether it may be newly referred to; yes if not said.
        standing: Option<Standing>,
    }
}

/// Corrects how a model was recorded.
pub type CorrectModel = Correct<DefineModel>;

impl Definition for AssetModelDefined {
    type Id = ModelId;

    const EVENT: EventType = EventType { name: "asset_model.defined", version: 1 };
    const CORRECTION: EventType = EventType { name: "asset_model.corrected", version: 1 };
    const NOUN: &'static str = "model";
    const NAMES: KeyKind = KeyKind::names("model", "model");

    fn name(&self) -> &ShortText {
        &self.name
    }

    fn standing(&self) -> Standing {
        self.standing
    }

    /// Its name within maker and model number.
    fn label(&self) -> UniqueLabel {
        let text = |text: Option<&ShortText>| text.map_or(String::new(), ToString::to_string);
        let (maker, number) = (text(self.manufacturer.as_ref()), text(self.model_number.as_ref()));
        UniqueLabel::name(Self::NAMES, &[&maker, self.name.as_str(), &number])
    }

    fn searched(&self) -> Vec<&ShortText> {
        [Some(&self.name), self.manufacturer.as_ref(), self.model_number.as_ref()]
            .into_iter()
            .flatten()
            .collect()
    }
}

impl Define for DefineModel {
    type Definition = AssetModelDefined;

    fn id(&self) -> Option<ModelId> {
        self.model_id
    }

    fn definition(&self) -> AssetModelDefined {
        AssetModelDefined {
            name: self.name.clone(),
            kind: self.kind,
            hardware_kind: self.hardware_kind,
            manufacturer: self.manufacturer.clone(),
            model_number: self.model_number.clone(),
            data_bearing: self.data_bearing.unwrap_or(usually_bears_data(self)),
            end_of_life_months: self.end_of_life_months,
            notes: self.notes.clone(),
            standing: self.standing.unwrap_or(Standing::Active),
        }
    }

    fn check(&self, _world: &World, before: Option<&AssetModelDefined>) -> Result<(), Stop> {
        if self.hardware_kind.is_some() && self.kind != AssetKind::Hardware {
            let detail = "only hardware has a hardware_kind";
            return Err(Rejection::invalid("/hardware_kind", "not-hardware", detail).into());
        }
        before.map_or(Ok(()), |before| check_fixed(before, self))
    }
}

/// Serial numbers are unique within the maker, and every asset carries its model's kind, so these
/// do not change under the assets that exist.
fn check_fixed(old: &AssetModelDefined, body: &DefineModel) -> Result<(), Stop> {
    let pointer = if old.kind != body.kind {
        "/kind"
    } else if old.hardware_kind != body.hardware_kind {
        "/hardware_kind"
    } else if old.manufacturer != body.manufacturer {
        "/manufacturer"
    } else {
        return Ok(());
    };
    let detail = "kind, hardware_kind and manufacturer of a model are fixed: define another model and correct the assets";
    Err(Rejection::invalid(pointer, "fixed-once-defined", detail).into())
}

/// Whether pieces of such a model usually hold data that must be removed before they leave.
fn usually_bears_data(body: &DefineModel) -> bool {
    let Some(hardware_kind) = body.hardware_kind else {
        return false;
    };
    match hardware_kind {
        HardwareKind::Laptop
        | HardwareKind::Desktop
        | HardwareKind::Phone
        | HardwareKind::Server
        | HardwareKind::Network
        | HardwareKind::Printer => true,
        HardwareKind::Monitor | HardwareKind::Other => false,
    }
}

#[cfg(feature = "schemars")]
impl super::Sampled for AssetModelDefined {
    fn sample() -> super::Sample {
        super::Sample {
            number: 1,
            version: 1,
            command: (
                "define-model",
                serde_json::json!({"name": "ThinkPad T14 Gen 5", "kind": "hardware", "hardware_kind": "laptop",
                                        "manufacturer": "Lenovo", "model_number": "21ML003AGE",
                                        "end_of_life_months": 48}),
            ),
            event: serde_json::json!({"name": "ThinkPad T14 Gen 5", "kind": "hardware", "hardware_kind": "laptop",
                                      "manufacturer": "Lenovo", "model_number": "21ML003AGE", "data_bearing": true,
                                      "end_of_life_months": 48, "notes": "The standard device.",
                                      "standing": "active"}),
        }
    }
}
