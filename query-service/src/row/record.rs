//! Master data as it is shown: its last definition under its id.

use itam_read_model::Revision;
use serde::Serialize;
use uuid::Uuid;

use crate::names::Name;
use crate::row::instant::RevisionRow;

/// A model, location, department or vendor as it is shown.
#[derive(Serialize)]
pub(crate) struct DefinedRow<'a, D> {
    pub(crate) id: Uuid,
    #[serde(flatten)]
    pub(crate) definition: &'a D,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parent_name: Option<Name>,
    #[serde(flatten)]
    revision: RevisionRow,
}

impl<'a, D> DefinedRow<'a, D> {
    pub(crate) fn new(id: Uuid, definition: &'a D, parent_name: Option<Name>, revision: Revision) -> Self {
        Self { id, definition, parent_name, revision: revision.into() }
    }
}
