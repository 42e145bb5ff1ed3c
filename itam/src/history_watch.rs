//! Watches that the log's past stays what it was while a process runs.
//!
//! An administrator can restore an older backup of the log, or shorten it, behind the backs of
//! running services. The projector's checkpoint shows that at its start; here every process
//! remembers the end of the log as it saw it last, and ends when that is not there any more,
//! instead of building upon another past. Whoever reads a read model that another process keeps
//! looks also whether that was built from this log.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use itam_event_log::{LogError, LogReader, StoredMessage};
use itam_read_model::{Checkpoint, ReadModel, message_hash};
use itam_service_kit::Metrics;
use prometheus_client::metrics::gauge::Gauge;
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;

/// How often the log is looked at.
const PERIOD: Duration = Duration::from_millis(500);
/// How many times in a row a position must be missing. A leader that was cut off from its peers
/// knows less than they do, and answers for some seconds after the network is whole again.
const LOOKS: u32 = 20;

/// What one look showed.
enum Look {
    /// The past is what it was; here is its end.
    Same(Checkpoint),
    /// The remembered position is not there.
    Missing { head: u64 },
    /// Something else is there.
    Other(StoredMessage),
}

/// Serves, and ends the process when the log's past has changed, or when `model`, which it reads
/// beside a projector, was built from another log.
pub(crate) async fn guard(
    log: Arc<dyn LogReader>,
    model: Option<ReadModel>,
    metrics: &Metrics,
    serving: impl Future<Output = Result<(), Failure>>,
    shutdown: CancellationToken,
) -> Result<(), Failure> {
    let remembered = metrics.gauge(
        "remembered_position",
        "The end of the log as this process saw it last: it ends if that is not there any more",
    );
    tokio::pin!(serving);
    tokio::select! {
        served = &mut serving => served,
        found = watch(log.as_ref(), model.as_ref(), &remembered) => {
            tracing::error!(error = %found, "stopping, so as not to build upon another history");
            shutdown.cancel();
            serving.await.and(Err(found))
        }
    }
}

/// Returns only when the past has changed.
async fn watch(log: &dyn LogReader, model: Option<&ReadModel>, remembered: &Gauge) -> Failure {
    let (mut seen, mut past, mut register) = (Checkpoint::default(), Doubt::default(), Doubt::default());
    loop {
        tokio::time::sleep(PERIOD).await;
        let looked = look(log, seen).await;
        if let Ok(Look::Same(end)) = &looked {
            seen = *end;
            remembered.set(i64::try_from(seen.position).unwrap_or(i64::MAX));
        }
        if let Some(found) = past.judge(&looked) {
            return Failure::HistoryRewritten { position: seen.position, found };
        }
        // One that cannot be read is reported by those who need it.
        let Some(applied) = model.and_then(|model| Some(model.snapshot().ok()?.applied())) else { continue };
        if let Some(found) = register.judge(&look(log, applied).await) {
            return Failure::ForeignReadModel { position: applied.position, found };
        }
    }
}

/// How many times in a row a position was missing.
#[derive(Default)]
struct Doubt(u32);

impl Doubt {
    /// What was found instead, once that is beyond doubt.
    fn judge(&mut self, looked: &Result<Look, LogError>) -> Option<String> {
        match looked {
            Ok(Look::Same(_)) => self.0 = 0,
            Ok(Look::Missing { head }) => {
                self.0 += 1;
                return (self.0 >= LOOKS).then(|| format!("but the log ends at {head}"));
            }
            Ok(Look::Other(StoredMessage { subject, stored_at, .. })) => {
                let other = format!("where the log has another message now, {subject} of {stored_at}");
                return Some(other);
            }
            // A log that is away or unreadable is reported by those who need it.
            Err(_) => {}
        }
        None
    }
}

/// Compares what was seen with what is there.
async fn look(log: &dyn LogReader, seen: Checkpoint) -> Result<Look, LogError> {
    let head = log.head().await?;
    if head < seen.position {
        return Ok(Look::Missing { head });
    }
    if seen.position > 0 {
        match at(log, seen.position).await? {
            Some(found) if message_hash(&found.body) == seen.hash => {}
            Some(other) => return Ok(Look::Other(other)),
            None => return Ok(Look::Missing { head }),
        }
    }
    let end = if head > seen.position { at(log, head).await? } else { None };
    let end = end.map(|end| Checkpoint { position: head, hash: message_hash(&end.body) });
    Ok(Look::Same(end.unwrap_or(seen)))
}

/// What stands at a position; `None` if nothing does.
async fn at(log: &dyn LogReader, position: u64) -> Result<Option<StoredMessage>, LogError> {
    let page = log.read(position, NonZeroUsize::MIN).await?;
    Ok(page.messages.into_iter().next().filter(|message| message.position == position))
}
