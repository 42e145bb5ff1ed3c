//! Watches that the log's past stays what it was while a process runs.
//!
//! An administrator can restore an older backup of the log, or shorten it, behind the backs of
//! running services. The projector's checkpoint shows that at its start; here every process
//! remembers the end of the log as it saw it last, and ends when that is not there any more,
//! instead of building upon another past.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use itam_event_log::{LogError, LogReader};
use itam_read_model::message_hash;
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;

/// How often the log is looked at.
const PERIOD: Duration = Duration::from_millis(500);
/// How many times in a row a position must be missing. A leader that was cut off from its peers
/// knows less than they do, and answers for some seconds after the network is whole again.
const LOOKS: u32 = 20;

/// The end of the log, as it was seen last.
#[derive(Clone, Copy)]
struct Mark {
    position: u64,
    hash: [u8; 32],
}

/// What one look showed.
enum Look {
    /// The past is what it was; here is its end.
    Same(Option<Mark>),
    /// The remembered position is not there.
    Missing { head: u64 },
    /// Something else is there.
    Other,
}

/// Serves, and ends the process when the log's past has changed.
pub(crate) async fn guard(
    log: Arc<dyn LogReader>,
    serving: impl Future<Output = Result<(), Failure>>,
    shutdown: CancellationToken,
) -> Result<(), Failure> {
    tokio::pin!(serving);
    tokio::select! {
        served = &mut serving => served,
        found = watch(log.as_ref()) => {
            tracing::error!(error = %found, "stopping, so as not to build upon another history");
            shutdown.cancel();
            serving.await.and(Err(found))
        }
    }
}

/// Returns only when the past has changed.
async fn watch(log: &dyn LogReader) -> Failure {
    let mut mark = None;
    let mut missed = 0;
    loop {
        tokio::time::sleep(PERIOD).await;
        match look(log, mark).await {
            Ok(Look::Same(seen)) => (mark, missed) = (seen, 0),
            Ok(Look::Missing { head }) => {
                missed += 1;
                if missed >= LOOKS {
                    return rewritten(mark, &format!("but the log ends at {head}"));
                }
            }
            Ok(Look::Other) => return rewritten(mark, "where the log has another message now"),
            // A log that is away or unreadable is reported by those who need it.
            Err(_) => {}
        }
    }
}

fn rewritten(mark: Option<Mark>, found: &str) -> Failure {
    Failure::HistoryRewritten { position: mark.map_or(0, |mark| mark.position), found: found.to_owned() }
}

async fn look(log: &dyn LogReader, mark: Option<Mark>) -> Result<Look, LogError> {
    let head = log.head().await?;
    let Some(mark) = mark else {
        return Ok(Look::Same(mark_at(log, head).await?));
    };
    if head < mark.position {
        return Ok(Look::Missing { head });
    }
    match mark_at(log, mark.position).await? {
        Some(found) if found.hash == mark.hash => {}
        Some(_) => return Ok(Look::Other),
        None => return Ok(Look::Missing { head }),
    }
    let seen = if head > mark.position { mark_at(log, head).await? } else { None };
    Ok(Look::Same(seen.or(Some(mark))))
}

/// What stands at a position; `None` if nothing does.
async fn mark_at(log: &dyn LogReader, position: u64) -> Result<Option<Mark>, LogError> {
    if position == 0 {
        return Ok(None);
    }
    let page = log.read(position, NonZeroUsize::MIN).await?;
    let found = page.messages.first().filter(|message| message.position == position);
    Ok(found.map(|message| Mark { position, hash: message_hash(&message.body) }))
}
