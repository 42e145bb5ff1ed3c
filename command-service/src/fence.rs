//! The fence of endings, by which is checked what a decision rests on and does not write: the locations, models, vendors, departments and
//! persons that it refers to.
//!
//! Whoever ends one of them writes all lanes of one guard, and whoever refers to one expects a lane
//! of it as it was before it looked. So in a race one of them loses, and decides again.

use std::sync::Arc;

use itam_domain::ENDING_LANES;
use itam_event_log::{Fence, LogError, LogReader, Subject, Tenant};

/// The guard's last token that a log stores an expectation under, if it needs a message for that.
const CARRIER: &str = "unchanged";

/// The guard of endings, as it was when its first lane was last written at a position.
pub(crate) fn fence(tenant: &Tenant, first: u64) -> Arc<Fence> {
    let lanes = ENDING_LANES.iter().map(|lane| tenant.guard_subject(lane)).collect();
    Arc::new(Fence { lanes, first, carrier: tenant.guard_subject(CARRIER) })
}

/// Reads the guard of endings. What a server answers that is behind is older, which the append
/// notices.
pub(crate) async fn read_fence<L: LogReader + ?Sized>(
    log: &L,
    tenant: &Tenant,
) -> Result<Arc<Fence>, LogError> {
    let last = log.load_last(&tenant.guard_subject(ENDING_LANES[0])).await?;
    Ok(fence(tenant, last.map_or(0, |message| message.position)))
}

/// The lanes with the positions after which their next records are expected: they are only ever
/// written together.
pub(crate) fn lanes(fence: &Fence) -> impl Iterator<Item = (&Subject, u64)> {
    (0..).zip(&fence.lanes).map(|(lane, subject)| {
        let expected = if fence.first == 0 { 0 } else { fence.first + lane };
        (subject, expected)
    })
}
