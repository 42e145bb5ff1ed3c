//! Which aggregate a command is about, known before anything is decided.
//!
//! A retry is recognized by the history of this aggregate, so it must be found without deciding.

use uuid::Uuid;

use crate::aggregate::{AggregateRef, TypedId};
use crate::asset::AssetName;
use crate::audit_finding::FindingName;
use crate::ids::AssetId;
use crate::unique_label::UniqueLabel;

/// Which aggregate a command is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// This one: named by id, or created by the command.
    Aggregate(AggregateRef),
    /// An asset by id or tag.
    Asset(AssetName),
    /// What an audit found about a thing.
    Finding(FindingName),
}

impl Target {
    /// The unique label on whose bearer it depends which aggregate it is; `None` if it depends on nothing.
    #[must_use]
    pub fn label(&self) -> Option<UniqueLabel> {
        match self {
            Self::Aggregate(_) | Self::Asset(AssetName::Id(_)) => None,
            Self::Asset(AssetName::Tag(tag)) => Some(UniqueLabel::tag(tag)),
            Self::Finding(name) => name.scan.label(),
        }
    }

    /// Which aggregate it is, if `holder` bears that label; `None` if it is none then.
    #[must_use]
    pub fn aggregate(&self, holder: Option<Uuid>) -> Option<AggregateRef> {
        match self {
            Self::Aggregate(aggregate) => Some(*aggregate),
            Self::Asset(AssetName::Id(id)) => Some((*id).into()),
            Self::Asset(AssetName::Tag(_)) => holder.map(|holder| AssetId(holder).into()),
            Self::Finding(name) => Some(name.aggregate(holder)),
        }
    }
}

/// How a command names what it is about.
pub(crate) trait NamesTarget {
    /// What it is about; `created` is the id of what it creates, if it does.
    fn target(&self, created: Uuid) -> Target;
}

impl<I: TypedId> NamesTarget for I {
    fn target(&self, _created: Uuid) -> Target {
        Target::Aggregate((*self).into())
    }
}

/// What is not named is new.
impl<I: TypedId> NamesTarget for Option<I> {
    fn target(&self, created: Uuid) -> Target {
        self.unwrap_or(created.into()).target(created)
    }
}

impl NamesTarget for AssetName {
    fn target(&self, _created: Uuid) -> Target {
        Target::Asset(self.clone())
    }
}
