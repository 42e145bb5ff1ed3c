//! The location: where assets and persons are.

use serde::{Deserialize, Serialize};

use super::{Correct, Define, Defined, Definition, DefinitionEvent};
use crate::command_body::commands_of;
use crate::events::EventType;
use crate::guard_name::GuardName;
use crate::ids::ids;
use crate::key::KeyKind;
use crate::text::{Note, ShortText};
use crate::unique_label::UniqueLabel;
use crate::vocabulary::{LocationKind, Standing};

ids! {
    /// A location.
    LocationId;
}

/// A location as it was last defined.
pub type Location = Defined<LocationDefined>;
/// Everything that can have happened to it.
pub type LocationEvent = DefinitionEvent<LocationDefined>;

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

commands_of! {
    /// Defines a location. With the id of one that exists: how it reads from now on, in every field.
    DefineLocation {
        /// Which one; without it, or with an id that is not in use, a new one.
        location_id: Option<LocationId>,
        /// Its name, unique within its parent.
        name: ShortText,
        /// What it is; a site if not said.
        kind: Option<LocationKind>,
        /// The location that it is a part of.
        parent_id: Option<LocationId>,
        /// Its postal address, in one text. An organization's address, not a person's.
        address: Option<Note>,
        /// Its country (ISO 3166-1 alpha-2).
        country: Option<ShortText>,
        /// Anything else.
        notes: Option<Note>,
        /// Whether it may be newly referred to; yes if not said.
        standing: Option<Standing>,
    }
}

/// Corrects how a location was recorded.
pub type CorrectLocation = Correct<DefineLocation>;

impl Definition for LocationDefined {
    type Id = LocationId;

    const EVENT: EventType = EventType { name: "location.defined", version: 1 };
    const CORRECTION: EventType = EventType { name: "location.corrected", version: 1 };
    const NOUN: &'static str = "location";
    const NAMES: KeyKind = KeyKind::names("location", "location name").within();
    const TREE: Option<GuardName> = Some(GuardName::LocationTree);

    fn name(&self) -> &ShortText {
        &self.name
    }

    fn standing(&self) -> Standing {
        self.standing
    }

    fn parent(&self) -> Option<LocationId> {
        self.parent_id
    }

    /// Its name within its parent.
    fn label(&self) -> UniqueLabel {
        let parent = self.parent_id.map_or(String::new(), |id| id.to_string());
        UniqueLabel::name(Self::NAMES, &[&parent, self.name.as_str()])
    }

    fn searched(&self) -> Vec<&ShortText> {
        vec![&self.name]
    }
}

impl Define for DefineLocation {
    type Definition = LocationDefined;

    fn id(&self) -> Option<LocationId> {
        self.location_id
    }

    fn definition(&self) -> LocationDefined {
        LocationDefined {
            name: self.name.clone(),
            kind: self.kind.unwrap_or(LocationKind::Site),
            parent_id: self.parent_id,
            address: self.address.clone(),
            country: self.country.clone(),
            notes: self.notes.clone(),
            standing: self.standing.unwrap_or(Standing::Active),
        }
    }
}

#[cfg(feature = "schemars")]
impl super::Sampled for LocationDefined {
    fn sample() -> super::Sample {
        super::Sample {
            number: 12,
            version: 1,
            command: (
                "define-location",
                serde_json::json!({"name": "Store 2", "kind": "stockroom", "parent_id": super::sample_id(11),
                                        "country": "DE"}),
            ),
            event: serde_json::json!({"name": "Store 2", "kind": "stockroom", "parent_id": super::sample_id(11),
                                      "address": "Invalidenstr. 116\n10115 Berlin", "country": "DE",
                                      "notes": "Key at the reception.", "standing": "active"}),
        }
    }
}
