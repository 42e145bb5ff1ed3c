//! Who may send a command: groups of roles, by what they are there for.
//!
//! An administrator may send everything and an auditor nothing, so neither is in any of them.

use crate::role::Role::{
    self, AssetAnalyst, AssetManager, ComplianceOfficer, FinancialAnalyst, ProcurementManager, Requester,
    Service,
};

/// The roles that may send a command.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Senders {
    /// About whatever there is.
    pub(crate) about_all: &'static [Role],
    /// About what is their own.
    pub(crate) about_own: &'static [Role],
}

impl Senders {
    const fn of(roles: &'static [Role]) -> Self {
        Self { about_all: roles, about_own: &[] }
    }

    /// And requesters, about what is their own.
    pub(crate) const fn or_own(self) -> Self {
        Self { about_own: &[Requester], ..self }
    }
}

/// Who asks for something that does not exist yet, so that it is nobody's thing, also if it is asked for another.
pub(crate) const ANYBODY: Senders = Senders::of(&[
    Requester,
    AssetAnalyst,
    AssetManager,
    ProcurementManager,
    FinancialAnalyst,
    ComplianceOfficer,
    Service,
]);
/// Who approves what is asked for.
pub(crate) const APPROVERS: Senders = Senders::of(&[AssetManager, ProcurementManager, FinancialAnalyst]);
/// Who orders from vendors.
pub(crate) const ORDERERS: Senders = Senders::of(&[ProcurementManager, Service]);
/// Who sees to what is bought.
pub(crate) const BUYERS: Senders = Senders::of(&[AssetManager, ProcurementManager, Service]);
/// Who takes deliveries in.
pub(crate) const RECEIVERS: Senders = Senders::of(&[AssetAnalyst, AssetManager, ProcurementManager, Service]);
/// Who keeps the register.
pub(crate) const REGISTRARS: Senders = Senders::of(&[AssetAnalyst, AssetManager, Service]);
/// Who keeps the register, or sees to what is lost and what data is on it.
pub(crate) const PROTECTORS: Senders = Senders::of(&[AssetAnalyst, AssetManager, ComplianceOfficer, Service]);
/// Who places assets on hold and releases them.
pub(crate) const HOLDERS: Senders = Senders::of(&[ComplianceOfficer, AssetManager]);
/// Who answers for the register.
pub(crate) const MANAGERS: Senders = Senders::of(&[AssetManager]);
/// Who says which persons there are.
pub(crate) const PERSONNEL: Senders = Senders::of(&[AssetManager, Service]);
/// Who does what cannot be taken back: the administrator alone.
pub(crate) const ADMINISTRATORS: Senders = Senders::of(&[]);
