//! Which role may ask what: the one table.

pub use itam_domain::Reach;
use itam_service_kit::Role;

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Query {
    /// `/v1/assets`, one asset, the assets of a location or department.
    Assets,
    /// `/v1/people/{id}/assets`.
    Holdings,
    /// The history of anything.
    History,
    /// `/v1/requisitions`, and one of them.
    Requisitions,
    /// `/v1/purchase-orders`, and one of them.
    PurchaseOrders,
    /// `/v1/vendors`, and one of them.
    Vendors,
    /// `/v1/models`, `/v1/locations`, `/v1/departments` and the like, and one of them.
    Catalog,
    /// `/v1/people`, and one of them.
    People,
    /// `/v1/inventory/summary`.
    Summary,
    /// `/v1/worklists/{name}`.
    Worklists,
    /// `/v1/compliance/…`.
    Compliance,
    /// `/v1/tco/…`.
    Tco,
    /// `/v1/audits`, one of them, and what it found.
    Campaigns,
    /// `/v1/diff`.
    Differences,
    /// `/v1/events`.
    Events,
    /// `/v1/live`.
    Live,
    /// `/v1/status`.
    Status,
    /// `/v1/audit/…`: checkpoints, proofs and sealed exports.
    Proofs,
}

impl Query {
    /// Every query.
    pub const ALL: &[Self] = &[
        Self::Assets,
        Self::Holdings,
        Self::History,
        Self::Requisitions,
        Self::PurchaseOrders,
        Self::Vendors,
        Self::Catalog,
        Self::People,
        Self::Summary,
        Self::Worklists,
        Self::Compliance,
        Self::Tco,
        Self::Campaigns,
        Self::Differences,
        Self::Events,
        Self::Live,
        Self::Status,
        Self::Proofs,
    ];

    /// What it is called in a refusal.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Assets => "assets",
            Self::Holdings => "holdings",
            Self::History => "history",
            Self::Requisitions => "requisitions",
            Self::PurchaseOrders => "purchase-orders",
            Self::Vendors => "vendors",
            Self::Catalog => "catalog",
            Self::People => "people",
            Self::Summary => "summary",
            Self::Worklists => "worklists",
            Self::Compliance => "compliance",
            Self::Tco => "tco",
            Self::Campaigns => "campaigns",
            Self::Differences => "diff",
            Self::Events => "events",
            Self::Live => "live",
            Self::Status => "status",
            Self::Proofs => "proofs",
        }
    }
}

/// How far `role` reaches with `query`.
#[must_use]
pub const fn reach(role: Role, query: Query) -> Reach {
    match (query, role) {
        // A requester sees her own things, and what she needs to ask for more.
        (Query::Holdings | Query::Requisitions, Role::Requester) => Reach::Own,
        (
            Query::Assets
            | Query::History
            | Query::PurchaseOrders
            | Query::Vendors
            | Query::Summary
            | Query::Worklists
            | Query::Compliance
            | Query::Tco
            | Query::Campaigns
            | Query::Differences
            | Query::Events
            | Query::Live
            | Query::Proofs,
            Role::Requester,
        )
        // The log itself is for those who replay it.
        | (
            Query::Events | Query::Live | Query::Proofs,
            Role::AssetAnalyst
            | Role::AssetManager
            | Role::ProcurementManager
            | Role::FinancialAnalyst
            | Role::ComplianceOfficer,
        ) => Reach::None,
        _ => Reach::All,
    }
}

/// Whether `role` sees mail addresses, user names, employee numbers and job titles. The others
/// see names only.
#[must_use]
pub const fn sees_personal_data(role: Role) -> bool {
    match role {
        Role::Administrator
        | Role::AssetManager
        | Role::AssetAnalyst
        | Role::ComplianceOfficer
        | Role::Auditor
        | Role::Service => true,
        Role::Requester | Role::ProcurementManager | Role::FinancialAnalyst => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auditors_and_administrators_read_everything() {
        for &query in Query::ALL {
            assert_eq!(reach(Role::Auditor, query), Reach::All, "{query:?}");
            assert_eq!(reach(Role::Administrator, query), Reach::All, "{query:?}");
        }
    }

    #[test]
    fn a_requester_sees_her_own_things_and_the_catalog() {
        for &query in Query::ALL {
            let expected = match query {
                Query::Holdings | Query::Requisitions => Reach::Own,
                Query::Catalog | Query::People | Query::Status => Reach::All,
                _ => Reach::None,
            };
            assert_eq!(reach(Role::Requester, query), expected, "{query:?}");
        }
        assert!(!sees_personal_data(Role::Requester));
    }

    #[test]
    fn the_log_itself_is_for_three_roles() {
        let readers: Vec<_> =
            Role::ALL.into_iter().filter(|role| reach(*role, Query::Events) == Reach::All).collect();
        assert_eq!(readers, [Role::Auditor, Role::Service, Role::Administrator]);
    }
}
