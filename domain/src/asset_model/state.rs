//! What a model is, as its events tell.

use std::collections::BTreeSet;

use super::event::AssetModelDefined;
use crate::ids::ModelId;
use crate::key::{KeyKind, UniqueKey};
use crate::text::ShortText;
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
        let definition = &self.definition;
        let (maker, number) = (definition.manufacturer.as_ref(), definition.model_number.as_ref());
        BTreeSet::from([key(maker, &definition.name, number)])
    }
}

/// The key of a model's name within maker and model number.
pub(super) fn key(maker: Option<&ShortText>, name: &ShortText, number: Option<&ShortText>) -> UniqueKey {
    let text = |text: Option<&ShortText>| text.map_or(String::new(), ToString::to_string);
    UniqueKey::name(KeyKind::Model, &[&text(maker), name.as_str(), &text(number)])
}
