//! What a model is, as its events tell.

use std::collections::BTreeSet;

use super::event::AssetModelDefined;
use crate::ids::ModelId;
use crate::key::{KeyKind, UniqueKey};
use crate::vocabulary::Standing;

/// A model as it was last defined.
#[derive(Clone, Debug, PartialEq)]
pub struct AssetModel {
    /// Which one.
    pub id: ModelId,
    /// Its last definition.
    pub definition: AssetModelDefined,
}

impl AssetModel {
    /// Whether it may be newly referred to.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.definition.standing == Standing::Active
    }

    /// The unique values it holds: its name within maker and model number.
    #[must_use]
    pub fn keys(&self) -> BTreeSet<UniqueKey> {
        let text =
            |text: &Option<crate::text::ShortText>| text.as_ref().map_or(String::new(), ToString::to_string);
        let (maker, number) = (text(&self.definition.manufacturer), text(&self.definition.model_number));
        BTreeSet::from([UniqueKey::name(KeyKind::Model, &[&maker, self.definition.name.as_str(), &number])])
    }
}
