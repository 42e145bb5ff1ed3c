//! How a command or a query names an asset: by its id or by its tag, everywhere.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::ids::AssetId;
use crate::label::Tag;
use crate::text::{Text, TextError};

/// An asset's id or tag. A text that reads as a UUID is an id; anything else is a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssetName {
    /// By id.
    Id(AssetId),
    /// By tag.
    Tag(Tag),
}

impl AssetName {
    /// Reads an id or a tag.
    ///
    /// # Errors
    /// [`TextError`] if it is neither.
    pub fn try_new(text: &str) -> Result<Self, TextError> {
        match Uuid::try_parse(text.trim()) {
            Ok(id) => Ok(Self::Id(AssetId(id))),
            Err(_) => Ok(Self::Tag(Tag(Text::try_new(text)?))),
        }
    }
}

impl fmt::Display for AssetName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(formatter),
            Self::Tag(tag) => tag.fmt(formatter),
        }
    }
}

impl Serialize for AssetName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AssetName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::try_new(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for AssetName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AssetName".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "description": "An asset's id (a UUID) or its tag."
        })
    }
}
