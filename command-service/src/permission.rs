//! Which role may send which command: the one table.

use itam_domain::Command;
use itam_service_kit::Role;

use Role::{
    AssetAnalyst, AssetManager, ComplianceOfficer, FinancialAnalyst, ProcurementManager, Requester, Service,
};

/// Whether `role` may send the command of that name. An administrator may send any; a command
/// that is not in the table may be sent by nobody else.
#[must_use]
pub fn may_send(role: Role, command: &str) -> bool {
    role == Role::Administrator || senders(command).contains(&role)
}

fn senders(command: &str) -> &'static [Role] {
    match command {
        "submit-requisition" => &[
            Requester,
            AssetAnalyst,
            AssetManager,
            ProcurementManager,
            FinancialAnalyst,
            ComplianceOfficer,
            Service,
        ],
        "cancel-requisition" => &[Requester, AssetManager, ProcurementManager, Service],
        "approve-requisition" | "reject-requisition" => &[AssetManager, ProcurementManager, FinancialAnalyst],
        "issue-purchase-order"
        | "amend-purchase-order"
        | "cancel-purchase-order"
        | "close-purchase-order" => &[ProcurementManager, Service],
        "receive-delivery" | "receive-asset" => &[AssetAnalyst, AssetManager, ProcurementManager, Service],
        "order-asset" | "cancel-asset" | "define-vendor" => &[AssetManager, ProcurementManager, Service],
        "accept-custody" | "decline-custody" => &[Requester, AssetAnalyst, AssetManager, Service],
        "report-missing" => &[Requester, AssetAnalyst, AssetManager, ComplianceOfficer, Service],
        "register-asset"
        | "tag-asset"
        | "reserve-asset"
        | "release-reservation"
        | "deploy-asset"
        | "reassign-asset"
        | "return-asset"
        | "ship-asset"
        | "arrive-asset"
        | "start-maintenance"
        | "complete-maintenance"
        | "recover-asset"
        | "verify-asset"
        | "correct-asset"
        | "define-model"
        | "define-location"
        | "define-department"
        | "scan-asset"
        | "resolve-finding" => &[AssetAnalyst, AssetManager, Service],
        "retire-asset" | "reinstate-asset" | "dispose-asset" | "write-off-asset" | "void-asset"
        | "plan-audit" | "start-audit" | "waive-finding" | "close-audit" | "cancel-audit" => &[AssetManager],
        "place-hold" | "release-hold" => &[ComplianceOfficer, AssetManager],
        "record-sanitization" => &[AssetAnalyst, AssetManager, ComplianceOfficer, Service],
        "add-person" | "deactivate-person" => &[AssetManager, Service],
        // Erasing is for the administrator alone; a name that is no command is for nobody.
        _ => &[],
    }
}

/// Every command with the roles that may send it, for documents.
#[must_use]
pub fn permission_table() -> Vec<(&'static str, Vec<Role>)> {
    let roles = |name: &str| Role::ALL.into_iter().filter(|role| may_send(*role, name)).collect();
    Command::NAMES.iter().map(|name| (*name, roles(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_auditor_writes_nothing_and_an_administrator_everything() {
        for name in Command::NAMES {
            assert!(!may_send(Role::Auditor, name), "{name}");
            assert!(may_send(Role::Administrator, name), "{name}");
        }
    }

    #[test]
    fn every_command_but_erasure_has_a_role_of_its_own() {
        let only_for_administrators: Vec<_> = permission_table()
            .into_iter()
            .filter(|(_, roles)| roles == &[Role::Administrator])
            .map(|(name, _)| name)
            .collect();
        assert_eq!(only_for_administrators, ["erase-person"]);
    }
}
