//! Folding the events of one asset again, with the domain's own `evolve`.

use itam_domain::{Aggregate, AggregateKind, AggregateRef, Envelope, EnvelopeError, evolve};
use serde_json::Value;
use uuid::Uuid;

use super::state::StateView;
use super::subject_of;
use crate::Leaf;
use crate::checkpoint::Origin;

/// Why events are not the history of an asset.
#[derive(Debug, thiserror::Error)]
pub enum FoldError {
    /// There is nothing to fold.
    #[error("the asset has no events")]
    Nothing,
    /// It is stored somewhere else.
    #[error("position {position}: the subject is {found}, not {expected}")]
    Subject {
        /// Its position.
        position: u64,
        /// Where it is stored.
        found: String,
        /// Where the asset's events are stored.
        expected: String,
    },
    /// It came before.
    #[error("position {position} does not come after {after}")]
    Order {
        /// Its position.
        position: u64,
        /// The position of the event before it.
        after: u64,
    },
    /// This build cannot read it.
    #[error("position {position} cannot be read as an event")]
    Unreadable {
        /// Its position.
        position: u64,
        /// Why.
        #[source]
        source: EnvelopeError,
    },
    /// An event of the asset is missing before it.
    #[error("position {position}: the event has the number {found}, and number {expected} should come")]
    Missing {
        /// Its position.
        position: u64,
        /// The number it has.
        found: u64,
        /// The number that should come.
        expected: u64,
    },
}

/// An asset's history so far.
pub(crate) struct Fold {
    aggregate: AggregateRef,
    subject: String,
    last: u64,
    version: u64,
    state: Option<Aggregate>,
    aliens: Vec<u64>,
}

impl Fold {
    pub(crate) fn new(origin: &Origin, asset: Uuid) -> Self {
        Self {
            aggregate: AggregateRef::new(AggregateKind::Asset, asset),
            subject: subject_of(origin, asset),
            last: 0,
            version: 0,
            state: None,
            aliens: Vec::new(),
        }
    }

    /// Takes the next message of the asset's subject. What is alien there is proven with the rest, and
    /// changes nothing.
    pub(crate) fn take(&mut self, leaf: &Leaf<'_>) -> Result<(), FoldError> {
        let position = leaf.position;
        if leaf.subject != self.subject {
            let (found, expected) = (leaf.subject.to_owned(), self.subject.clone());
            return Err(FoldError::Subject { position, found, expected });
        }
        if position <= self.last {
            return Err(FoldError::Order { position, after: self.last });
        }
        let envelope = match Envelope::decode_at(leaf.subject, leaf.body) {
            Err(alien) if alien.is_alien() => None,
            envelope => Some(envelope.map_err(|source| FoldError::Unreadable { position, source })?),
        };
        let Some(envelope) = envelope.filter(|event| event.follows(self.version)) else {
            self.last = position;
            self.aliens.push(position);
            return Ok(());
        };
        let expected = self.version + 1;
        if envelope.aggregate_version != expected {
            return Err(FoldError::Missing { position, found: envelope.aggregate_version, expected });
        }
        self.state = evolve(self.aggregate.id, self.state.take(), &envelope.event, &envelope.actor);
        (self.last, self.version) = (position, expected);
        Ok(())
    }

    /// The positions of what is alien to the asset.
    pub(crate) fn aliens(&self) -> &[u64] {
        &self.aliens
    }

    /// What the events make of the asset.
    pub(crate) fn state(&self) -> Result<Value, FoldError> {
        let Some(Aggregate::Asset(asset)) = &self.state else { return Err(FoldError::Nothing) };
        Ok(serde_json::to_value(StateView::of(asset)).expect("an asset holds plain values"))
    }
}
