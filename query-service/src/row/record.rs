//! Master data as it is shown: its last definition under its id.

use itam_read_model::Revision;
use serde::Serialize;
use uuid::Uuid;

use crate::names::ShownName;
use crate::row::instant::RevisionRow;

/// A thing that is only ever defined anew: its last definition under its id.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub(crate) struct DefinedRow<'a, D> {
    /// Its id.
    pub(crate) id: Uuid,
    #[serde(flatten)]
    pub(crate) definition: &'a D,
    /// The name of what it is a part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parent_name: Option<ShownName>,
    #[serde(flatten)]
    revision: RevisionRow,
}

impl<'a, D> DefinedRow<'a, D> {
    pub(crate) fn new(
        id: Uuid,
        definition: &'a D,
        parent_name: Option<ShownName>,
        revision: Revision,
    ) -> Self {
        Self { id, definition, parent_name, revision: revision.into() }
    }
}
