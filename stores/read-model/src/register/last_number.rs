//! The number of a thing's last event, that is, its version, by which a copy of one is told from the next.

use itam_domain::{AggregateKind, Envelope};

use crate::register::base::Base;
use crate::register::batch::{Batch, EventPlace};
use crate::store::error::Result;
use crate::store::key::Ordinal;
use crate::store::ordinals::Ordinals;

impl Batch {
    /// Parks an event whose number stands there already, and says whether it did.
    pub(crate) fn parks_copy(
        &mut self,
        base: &Base,
        ordinals: &Ordinals,
        ordinal: Ordinal,
        place: EventPlace,
        envelope: &Envelope,
    ) -> Result<bool> {
        if envelope.follows(self.last_number(base, ordinals, envelope.aggregate.kind, ordinal)?) {
            return Ok(false);
        }
        self.pass(place);
        self.park(place, envelope, "alien: an event of this number stands there already");
        Ok(true)
    }

    /// The number of the last event of a thing; 0 if nothing has come of any, and of what audits find,
    /// which is not numbered.
    fn last_number(
        &mut self,
        base: &Base,
        ordinals: &Ordinals,
        kind: AggregateKind,
        ordinal: Ordinal,
    ) -> Result<u64> {
        match kind {
            AggregateKind::AuditFinding => Ok(0),
            AggregateKind::Asset => {
                let touched = self.asset(base, ordinals, ordinal)?;
                Ok(touched.record.as_ref().map_or(0, |record| record.version))
            }
            _ => {
                let touched = self.record(base, ordinals, kind, ordinal)?;
                Ok(touched.record.as_ref().map_or(0, |record| record.revision().version))
            }
        }
    }
}
