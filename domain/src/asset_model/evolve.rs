//! How a model changes by what has happened.

use super::event::AssetModelEvent;
use super::state::AssetModel;
use crate::ids::ModelId;

/// The model after `event`.
#[must_use]
pub fn evolve(id: ModelId, event: &AssetModelEvent) -> AssetModel {
    match event {
        AssetModelEvent::Defined(data) => AssetModel { id, definition: data.clone() },
    }
}
