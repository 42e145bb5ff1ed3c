//! The security journal of a process, in its data directory.

use std::sync::Arc;

use itam_service_kit::{JournalEvent, JournalLimits, Metrics, SecurityJournal, SystemClock, TokenChange};
use itam_tools::data_dir::DataDir;
use itam_vault::TokenRecord;

use crate::failure::Failure;

/// Begins to keep the journal of a process, which is named in the files.
pub(crate) fn open(
    dir: &DataDir,
    process: &'static str,
    limits: JournalLimits,
    metrics: &Metrics,
) -> Result<SecurityJournal, Failure> {
    SecurityJournal::open(&dir.security_journal(), process, limits, Arc::new(SystemClock), metrics)
        .map_err(Failure::Journal)
}

/// Notes that somebody may do more than before.
pub(crate) fn note_created(journal: &SecurityJournal, token: &TokenRecord) {
    let (role, by) = (Some(token.role.as_str()), token.created_by.as_deref());
    let change = TokenChange { token: token.id, role, person: token.person_id, by };
    journal.note_token(JournalEvent::TokenCreated, change);
}

/// Notes that a token opens no doors any more.
pub(crate) fn note_revoked(journal: &SecurityJournal, token: &TokenRecord, by: Option<&str>) {
    let change = TokenChange { token: token.id, role: None, person: token.person_id, by };
    journal.note_token(JournalEvent::TokenRevoked, change);
}
