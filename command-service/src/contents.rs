//! What is in an asset: a record of all that was ever put into it, on a subject of its own that
//! whoever puts something in writes, and whoever ends the asset.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use itam_domain::asset::{AssetEvent, Custodian};
use itam_domain::{AssetId, CommandId, Envelope, Event, GuardName};
use itam_event_log::{EventLog, StoredMessage, Tenant};
use serde::{Deserialize, Serialize};

use crate::guard::GuardRecord;
use crate::refusal::Refusal;
use crate::unreadable::unreadable;

/// The stored body of a record of what is in an asset.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ContentsRecord {
    /// The command that wrote it.
    pub(crate) commandid: CommandId,
    /// What was put in; nothing if the asset is ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) asset: Option<AssetId>,
}

/// What was put into assets before there were records of it, by asset.
pub(crate) type FormerContents = BTreeMap<AssetId, BTreeSet<AssetId>>;

/// What the records of one asset say. What cannot be read a stranger wrote: it holds nothing, and
/// those beside it stand. What reads like a record only proposes: each part says itself where it is.
pub(crate) fn put_in(messages: &[StoredMessage]) -> BTreeSet<AssetId> {
    let read = |message: &StoredMessage| serde_json::from_slice::<ContentsRecord>(&message.body).ok();
    messages.iter().filter_map(read).filter_map(|record| record.asset).collect()
}

/// How far before its guard's record the event may stand that is guarded. It is the one before,
/// in every build that wrote one.
const REACH: u64 = 8;

/// Finds what builds put into assets that kept no records of it. They counted on the guard of
/// custody each time, in the same commit, so the guard's own history leads to all of it.
///
/// # Errors
/// If the log cannot be read.
pub(crate) async fn read_former(log: &dyn EventLog, tenant: &Tenant) -> Result<FormerContents, Refusal> {
    let subject = tenant.guard_subject(GuardName::CustodyTree.as_str());
    let mut former = FormerContents::new();
    for message in log.load_latest(&subject).await.map_err(unreadable)? {
        // What cannot be read here a stranger wrote, and put nothing into anything by it.
        let Ok(record) = serde_json::from_slice::<GuardRecord>(&message.body) else { continue };
        if record.has_contents {
            continue;
        }
        let from = message.position.saturating_sub(REACH).max(1);
        let limit = NonZeroUsize::new(usize::try_from(REACH).unwrap_or(1)).unwrap_or(NonZeroUsize::MIN);
        let page = log.read(from, limit).await.map_err(unreadable)?;
        let before = page.messages.iter().filter(|other| other.position < message.position);
        for (container, part) in before.filter_map(|other| putting_in(other, record.commandid)) {
            former.entry(container).or_default().insert(part);
        }
    }
    if !former.is_empty() {
        tracing::info!(containers = former.len(), "assets hold others since before there were records of it");
    }
    Ok(former)
}

fn putting_in(message: &StoredMessage, command: CommandId) -> Option<(AssetId, AssetId)> {
    if !message.subject.is_event() {
        return None;
    }
    let envelope = Envelope::decode(&message.body).ok().filter(|envelope| envelope.command_id == command)?;
    let custodian = match &envelope.event {
        Event::Asset(AssetEvent::Deployed(data)) => data.custodian,
        Event::Asset(AssetEvent::Reassigned(data)) => data.to,
        _ => return None,
    };
    let Custodian::Asset(container) = custodian else { return None };
    Some((container, AssetId(envelope.aggregate.id)))
}
