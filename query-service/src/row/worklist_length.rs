//! How much waits on each worklist, as it is shown.

use serde::Serialize;
use uuid::Uuid;

/// How much waits on each worklist.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "Worklists"))]
pub(crate) struct WorklistsRow {
    /// Those that the caller may see, in the order of their names.
    pub(crate) worklists: Vec<WorklistLengthRow>,
    /// The read models that are being built or repaired, whose worklists are not among them; left out where all are
    /// there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) not_ready: Vec<&'static str>,
}

/// How much waits on one worklist.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
pub(crate) struct WorklistLengthRow {
    /// What it is called.
    pub(crate) name: &'static str,
    /// Where it is listed.
    pub(crate) path: String,
    /// How many wait.
    pub(crate) count: u64,
    /// Whether it is exactly as many: very long lists are not counted to their end, and of very long ones at a moment it
    /// is not told which days they wait for.
    pub(crate) is_exact: bool,
    /// What waits longest, or ends first; left out where nothing does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) oldest: Option<OldestRow>,
}

/// What waits longest on a worklist.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
pub(crate) struct OldestRow {
    /// Its id.
    pub(crate) id: Uuid,
    /// The tag of an asset that has one, or the number of an order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<String>,
    /// Of an asset on a worklist of the register: for how many days it is overdue, out, missing, waiting or unseen, or
    /// in how many days it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) days: Option<i64>,
}
