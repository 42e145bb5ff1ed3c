//! The security journal of a process, in its data directory.

use std::sync::Arc;

use itam_service_kit::{JournalEvent, JournalLimits, Metrics, Role, SecurityJournal, SystemClock};
use uuid::Uuid;

use crate::data_dir::DataDir;
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
pub(crate) fn note_created(journal: &SecurityJournal, token: Uuid, role: Role, person: Option<Uuid>) {
    let person = person.map(|person| person.to_string());
    let id = token.to_string();
    journal.note_token(JournalEvent::TokenCreated, &id, Some(role.as_str()), person.as_deref());
}

/// Notes that a token opens no doors any more.
pub(crate) fn note_revoked(journal: &SecurityJournal, token: Uuid) {
    journal.note_token(JournalEvent::TokenRevoked, &token.to_string(), None, None);
}
