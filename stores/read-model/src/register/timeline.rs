//! Which events concern a thing.

use itam_domain::AggregateRef;

use crate::primitive::page::{Direction, KeyWalk};
use crate::store::error::Result;
use crate::store::key::{number_at, subject_key};
use crate::store::snapshot::Snapshot;
use crate::store::tables::POSITION_BY_SUBJECT;

impl Snapshot {
    /// The positions of at most `limit` events that concern a thing, behind the position `after`,
    /// in the direction given: its own events, and for whoever holds assets also those by which
    /// they came and went. The events themselves are in the log.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn timeline(
        &self,
        subject: AggregateRef,
        after: Option<u64>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<u64>> {
        let Some(ordinal) = self.ordinal(subject.kind, subject.id)? else {
            return Ok(Vec::new());
        };
        let key = |position| subject_key(subject.kind, ordinal, position);
        let index = self.table(POSITION_BY_SUBJECT)?;
        let after = after.map(key);
        let mut walk = KeyWalk::keys(&index, (&key(0), &key(u64::MAX)), after.as_ref(), direction)?;
        let mut positions = Vec::new();
        while positions.len() < limit {
            let Some(key) = walk.next()? else { break };
            positions.push(number_at(&key, 5));
        }
        Ok(positions)
    }
}
