//! Unique values: who holds which.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::CommandId;
use crate::label::{Serial, Tag, normalize};

/// A value that at most one live thing may hold, in the form in which values are compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UniqueKey {
    /// The set within which it is unique, as a subject token.
    pub kind: KeyKind,
    /// The normalized value.
    pub value: String,
}

/// The sets within which values are unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyKind {
    /// Asset tags.
    Tag,
    /// Serial numbers within a maker.
    Serial,
    /// Purchase order numbers.
    OrderNumber,
    /// Names of models within maker and model number.
    Model,
    /// Names of locations within their parent.
    Location,
    /// Names of vendors.
    Vendor,
    /// Names of departments.
    Department,
}

impl KeyKind {
    /// The subject token.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Serial => "serial",
            Self::OrderNumber => "order-number",
            Self::Model => "model",
            Self::Location => "location",
            Self::Vendor => "vendor",
            Self::Department => "department",
        }
    }

    /// What a person calls it.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Tag => "asset tag",
            Self::Serial => "serial number",
            Self::OrderNumber => "purchase order number",
            Self::Model => "model",
            Self::Location => "location name",
            Self::Vendor => "vendor name",
            Self::Department => "department name",
        }
    }

    /// The reason code of a refusal because another holds it.
    #[must_use]
    pub fn held_reason(self) -> &'static str {
        match self {
            Self::Tag => "tag-held",
            Self::Serial => "serial-held",
            Self::OrderNumber => "order-number-held",
            Self::Model | Self::Location | Self::Vendor | Self::Department => "name-held",
        }
    }
}

impl UniqueKey {
    /// The key of an asset tag.
    #[must_use]
    pub fn tag(tag: &Tag) -> Self {
        Self { kind: KeyKind::Tag, value: tag.normalized() }
    }

    /// The key of a serial number within its maker; `None` for a placeholder.
    #[must_use]
    pub fn serial(maker: Option<&str>, serial: &Serial) -> Option<Self> {
        let serial = serial.normalized()?;
        let maker = maker.map(normalize).unwrap_or_default();
        Some(Self { kind: KeyKind::Serial, value: format!("{maker}\n{serial}") })
    }

    /// The value as a person reads it: without the set within which it is unique.
    #[must_use]
    pub(crate) fn shown(&self) -> String {
        match self.kind {
            KeyKind::Serial | KeyKind::Location => {
                self.value.rsplit('\n').next().unwrap_or_default().to_owned()
            }
            KeyKind::Tag | KeyKind::OrderNumber | KeyKind::Model | KeyKind::Vendor | KeyKind::Department => {
                self.value.replace('\n', " ").trim().to_owned()
            }
        }
    }

    /// The key of a name made of parts.
    #[must_use]
    pub fn name(kind: KeyKind, parts: &[&str]) -> Self {
        let value = parts.iter().map(|part| normalize(part)).collect::<Vec<_>>().join("\n");
        Self { kind, value }
    }
}

/// The stored body of a key: who holds it since which command, or nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// The holder's aggregate id; `None` after a release.
    pub holder: Option<Uuid>,
    /// The command that claimed or released it.
    pub commandid: CommandId,
}
