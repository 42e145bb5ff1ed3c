//! The persons that a log names, and those that it says are erased.

use std::collections::HashSet;

use itam_event_log::TransferRecord;
use serde::Deserialize;
use uuid::Uuid;

/// The event after which nothing about a person may be kept.
const ERASED: &str = "person.erased";

/// The persons that a history names as its own, and those that it says are erased.
///
/// The vault is written before the log, and erased after it. So a copy of the vault may hold a
/// name that the log has never heard of, or has erased; neither may come back.
#[derive(Debug, Default)]
pub(crate) struct Census {
    known: HashSet<Uuid>,
    erased: HashSet<Uuid>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow, rename = "type")]
    name: &'a str,
}

impl Census {
    /// Notes what a record says of a person, if it does.
    pub(crate) fn note(&mut self, record: &TransferRecord) {
        let Some(("person", id)) = record.message.subject.aggregate() else {
            return;
        };
        self.known.insert(id);
        let named = serde_json::from_slice::<Named<'_>>(&record.message.body);
        if named.is_ok_and(|named| named.name == ERASED) {
            self.erased.insert(id);
        }
    }

    /// Whether the details of a person may be kept.
    pub(crate) fn may_keep(&self, id: Uuid) -> bool {
        self.known.contains(&id) && !self.erased.contains(&id)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use itam_event_log::{StoredMessage, Tenant};

    use super::*;

    #[test]
    fn only_who_is_in_the_log_and_not_erased_may_be_kept() {
        let tenant = Tenant::try_new("main").expect("a name");
        let [ada, grace, stranger] = [1, 2, 3].map(Uuid::from_u128);
        let mut census = Census::default();
        for (position, id, name) in
            [(1, ada, "person.added"), (2, grace, "person.added"), (3, ada, "person.erased")]
        {
            let body = format!(r#"{{"type":"{name}"}}"#).into();
            let subject = tenant.event_subject("person", id);
            let message = StoredMessage { position, subject, stored_at: DateTime::UNIX_EPOCH, body };
            census.note(&TransferRecord { message, ends_commit: true });
        }
        assert!(!census.may_keep(ada) && census.may_keep(grace) && !census.may_keep(stranger));
    }
}
