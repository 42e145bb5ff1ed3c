//! The roles under which somebody acts: the ones of ITIL practice.

use std::fmt;
use std::str::FromStr;

/// What an identity may be used for. Which role may send which command is one table, `permission.rs`;
/// which may ask what is another, in the query service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Asks for assets and holds them.
    Requester,
    /// Keeps the register up to date.
    AssetAnalyst,
    /// Answers for the register.
    AssetManager,
    /// Orders and receives.
    ProcurementManager,
    /// Looks after cost and value.
    FinancialAnalyst,
    /// Looks after holds, sanitization and licenses.
    ComplianceOfficer,
    /// Reads everything, writes nothing.
    Auditor,
    /// Another program.
    Service,
    /// May do everything.
    Administrator,
}

/// Text that is not a role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a role; the roles are {names}", names = Role::ALL.map(Role::as_str).join(", "))]
pub struct UnknownRole(pub String);

impl Role {
    /// Every role.
    pub const ALL: [Self; 9] = [
        Self::Requester,
        Self::AssetAnalyst,
        Self::AssetManager,
        Self::ProcurementManager,
        Self::FinancialAnalyst,
        Self::ComplianceOfficer,
        Self::Auditor,
        Self::Service,
        Self::Administrator,
    ];

    /// The role in kebab case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requester => "requester",
            Self::AssetAnalyst => "asset-analyst",
            Self::AssetManager => "asset-manager",
            Self::ProcurementManager => "procurement-manager",
            Self::FinancialAnalyst => "financial-analyst",
            Self::ComplianceOfficer => "compliance-officer",
            Self::Auditor => "auditor",
            Self::Service => "service",
            Self::Administrator => "administrator",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_reads_back_from_its_name() {
        for role in Role::ALL {
            assert_eq!(role.to_string().parse(), Ok(role));
        }
    }

    #[test]
    fn an_unknown_role_is_refused_with_the_known_ones() {
        let error = "boss".parse::<Role>().unwrap_err().to_string();
        assert!(error.contains("\"boss\"") && error.contains("asset-manager"), "{error}");
    }
}
