//! The bodies of a thing's events, from the log.

use std::collections::HashMap;
use std::num::NonZeroUsize;

use itam_domain::AggregateRef;
use itam_event_log::{LogError, StoredMessage};

use crate::desk::QueryDesk;

/// The bodies of a thing's events.
pub(crate) struct EventBodies {
    desk: QueryDesk,
    own: HashMap<u64, StoredMessage>,
}

impl EventBodies {
    /// Loads the thing's own events in one go: they are few, and one by one they cost more.
    pub(crate) async fn load(desk: &QueryDesk, thing: AggregateRef) -> Result<Self, LogError> {
        let parts = &desk.parts;
        let subject = parts.tenant.event_subject(thing.kind.as_str(), thing.id);
        let messages = parts.log.load(&subject).await?;
        let own = messages.into_iter().map(|message| (message.position, message)).collect();
        Ok(Self { desk: desk.clone(), own })
    }

    /// The positions of the thing's own events, in no order.
    pub(crate) fn own_positions(&self) -> impl Iterator<Item = u64> + '_ {
        self.own.keys().copied()
    }

    /// The event at a position, which may stand on another thing's subject.
    pub(crate) async fn message(&self, position: u64) -> Result<StoredMessage, LogError> {
        if let Some(message) = self.own.get(&position) {
            return Ok(message.clone());
        }
        let page = self.desk.parts.log.read(position, NonZeroUsize::MIN).await?;
        let found = page.messages.into_iter().find(|message| message.position == position);
        found.ok_or_else(|| LogError::Corrupt(format!("position {position} is applied but not in the log")))
    }
}
