//! Guards: what makes the writers of a set come one after another.

use itam_domain::CommandId;
use itam_domain::audit_finding::Tally;
use serde::{Deserialize, Serialize};

/// The stored body of a guard. Keys name their command under the same field.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct GuardRecord {
    /// The command that counted it on.
    pub(crate) commandid: CommandId,
    /// Whether what was put into an asset by it stands in that asset's own record, too. Builds
    /// before that kept none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) has_contents: bool,
}

/// The stored body of an audit's lane: a guard that says what was counted on it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TallyRecord {
    /// The command that counted.
    pub(crate) commandid: CommandId,
    /// What the lane counts from then on.
    pub(crate) tally: Tally,
}
