//! What a finding is about, and how commands name it.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::aggregate::{AggregateKind, AggregateRef};
use crate::asset::AssetName;
use crate::ids::{AssetId, AuditCampaignId, AuditFindingId};
use crate::key::KeyKind;
use crate::label::{Serial, Tag};
use crate::text::ShortText;
use crate::unique_label::UniqueLabel;

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FindingSubject {
    /// An asset of the register.
    Asset(AssetId),
    /// A thing with a tag that no asset bore when it was scanned.
    Tag(Tag),
    /// A thing with a serial number that no asset bore when it was scanned.
    Serial(MakerSerial),
}

/// A serial number within its maker.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MakerSerial {
    /// The serial number.
    pub serial: Serial,
    /// The maker, as the model names it; left out where the model names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<ShortText>,
}

/// What a scanner reads off a thing: on the wire an asset's id or tag as a text, or an object with
/// its serial number and maker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScanName {
    /// An id or a tag.
    Asset(AssetName),
    /// A serial number within its maker.
    Serial(MakerSerial),
}

/// A finding by what it is about: which one that is depends on who bears the label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingName {
    /// The audit.
    pub campaign_id: AuditCampaignId,
    /// What it is about.
    pub scan: ScanName,
}

impl ScanName {
    /// The unique label by which an asset is looked up. An id needs none, and a placeholder that
    /// stands where a serial number should belongs to nobody.
    #[must_use]
    pub fn label(&self) -> Option<UniqueLabel> {
        match self {
            Self::Asset(AssetName::Id(_)) => None,
            Self::Asset(AssetName::Tag(tag)) => Some(UniqueLabel::tag(tag)),
            Self::Serial(serial) => serial.label(),
        }
    }

    /// What a finding about this is about, if `holder` bears the label.
    #[must_use]
    pub fn subject(&self, holder: Option<Uuid>) -> FindingSubject {
        match (self, holder) {
            (Self::Asset(AssetName::Id(id)), _) => FindingSubject::Asset(*id),
            (_, Some(holder)) => FindingSubject::Asset(AssetId(holder)),
            (Self::Asset(AssetName::Tag(tag)), None) => FindingSubject::Tag(tag.clone()),
            (Self::Serial(label), None) => FindingSubject::Serial(label.clone()),
        }
    }
}

impl MakerSerial {
    pub(crate) fn label(&self) -> Option<UniqueLabel> {
        UniqueLabel::serial(self.manufacturer.as_ref().map(ShortText::as_str), &self.serial)
    }
}

impl FindingName {
    /// The finding, if `holder` bears the label.
    #[must_use]
    pub fn aggregate(&self, holder: Option<Uuid>) -> AggregateRef {
        let id = AuditFindingId::of(self.campaign_id, &self.scan.subject(holder));
        AggregateRef::new(AggregateKind::AuditFinding, id.0)
    }
}

impl AuditFindingId {
    /// The id of what an audit finds about a thing: one for each asset, and one for each label that no asset bears, in
    /// the form in which labels were compared when the first of these ids were made: it names them for ever.
    #[must_use]
    pub fn of(campaign: AuditCampaignId, subject: &FindingSubject) -> Self {
        let name = match subject {
            FindingSubject::Asset(id) => format!("asset\n{id}"),
            FindingSubject::Tag(tag) => format!("tag\n{}", UniqueLabel::tag(tag).former().value),
            FindingSubject::Serial(label) => {
                let maker = label.manufacturer.as_ref().map(ShortText::as_str).unwrap_or_default();
                let parts = [maker, label.serial.0.as_str()];
                let value = UniqueLabel::name(KeyKind::SERIAL, &parts).former().value.clone();
                format!("serial\n{value}")
            }
        };
        Self(Uuid::new_v5(&campaign.0, name.as_bytes()))
    }
}

impl fmt::Display for ScanName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asset(name) => name.fmt(formatter),
            Self::Serial(label) => label.serial.fmt(formatter),
        }
    }
}

impl Serialize for ScanName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Asset(name) => name.serialize(serializer),
            Self::Serial(label) => label.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for ScanName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl<'de> Visitor<'de> for NameVisitor {
            type Value = ScanName;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an asset's id or tag, or an object with serial and manufacturer")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<ScanName, E> {
                AssetName::try_new(text).map(ScanName::Asset).map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ScanName, A::Error> {
                MakerSerial::deserialize(MapAccessDeserializer::new(map)).map(ScanName::Serial)
            }
        }

        deserializer.deserialize_any(NameVisitor)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for ScanName {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ScanName".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "What a scanner reads off a thing.",
            "anyOf": [generator.subschema_for::<AssetName>(), generator.subschema_for::<MakerSerial>()],
        })
    }
}
