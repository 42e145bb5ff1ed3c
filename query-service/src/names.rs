//! The names behind the ids in rows, kept in memory as of one position.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use itam_domain::AggregateKind;
use itam_read_model::ReadModelError;
use itam_vault::PersonDetails;
use serde::{Serialize, Serializer};
use uuid::Uuid;

/// The most names that are kept.
const MAX_NAMES: usize = 20_000;

/// A name, to be shown.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline, with = "String"))]
pub(crate) enum ShownName {
    /// Of a thing, or a token.
    Thing(Arc<str>),
    /// Of a person.
    Person(Arc<PersonDetails>),
}

impl ShownName {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Thing(name) => name,
            Self::Person(details) => &details.display_name,
        }
    }
}

impl Serialize for ShownName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Names as of one position: any event may have changed one, so that the next position begins
/// anew. An answer about a moment has a book of its own.
#[derive(Debug, Default)]
pub(crate) struct NameBook(RwLock<NamesAtPosition>);

#[derive(Debug, Default)]
struct NamesAtPosition {
    position: u64,
    names: HashMap<(AggregateKind, Uuid), Option<Arc<str>>>,
}

impl NameBook {
    /// The name of a thing at a position; for an asset its tag, or else its name.
    pub(crate) fn find(
        &self,
        position: u64,
        thing: (AggregateKind, Uuid),
        load: impl FnOnce() -> Result<Option<Arc<str>>, ReadModelError>,
    ) -> Result<Option<ShownName>, ReadModelError> {
        {
            let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(name) = kept.names.get(&thing).filter(|_| kept.position == position) {
                return Ok(name.clone().map(ShownName::Thing));
            }
        }
        let name = load()?;
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if kept.position < position || kept.names.len() >= MAX_NAMES {
            kept.names.clear();
            kept.position = position;
        }
        // An export may still read an older position: its names are not the newest.
        if kept.position == position {
            kept.names.insert(thing, name.clone());
        }
        Ok(name.map(ShownName::Thing))
    }
}
