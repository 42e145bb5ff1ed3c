//! Guards: what makes the writers of a set come one after another.

use itam_domain::asset::CustodianName;
use itam_domain::audit_finding::{AuditLane, Tally};
use itam_domain::{Command, CommandId, GuardName};
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

/// The lanes of an audit on which a command counts.
pub(crate) fn lanes_of(command: &Command, command_id: CommandId) -> Vec<AuditLane> {
    match command {
        Command::ScanAsset(body) => vec![AuditLane::of(body.campaign_id, command_id)],
        Command::ResolveFinding(body) => vec![AuditLane::of(body.campaign_id, command_id)],
        Command::WaiveFinding(body) => vec![AuditLane::of(body.campaign_id, command_id)],
        Command::CloseAudit(body) => AuditLane::all(body.campaign_id).collect(),
        Command::CancelAudit(body) => AuditLane::all(body.campaign_id).collect(),
        _ => Vec::new(),
    }
}

/// The guard that a command may need: moving a location or a department within its tree, or giving
/// an asset into another's custody.
pub(crate) fn guard_of(command: &Command) -> Option<GuardName> {
    match command {
        Command::DefineLocation(body) if body.location_id.is_some() => Some(GuardName::LocationTree),
        Command::DefineDepartment(body) if body.department_id.is_some() => Some(GuardName::DepartmentTree),
        Command::DeployAsset(body) => guard_of_custodian(&body.custodian),
        Command::ReassignAsset(body) => guard_of_custodian(&body.custodian),
        _ => None,
    }
}

fn guard_of_custodian(custodian: &CustodianName) -> Option<GuardName> {
    matches!(custodian, CustodianName::Asset(_)).then_some(GuardName::CustodyTree)
}
