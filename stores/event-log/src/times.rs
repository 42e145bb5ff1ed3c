//! Finding positions by the time at which the log stored them.

use std::num::NonZeroUsize;

use chrono::{DateTime, SubsecRound as _, Utc};

use crate::{LogError, LogReader};

/// The last position that the log stored at or before `instant`, in whole milliseconds; 0 if there
/// is none. Costs some dozens of reads of single messages, however long the log is.
///
/// Times of storage ascend as long as nobody sets the clock of the log's host back. Where that was
/// done, several positions may be the last before an instant, and this is one of them; which one
/// does not depend on what was appended since. Whoever needs to be beyond doubt names a position.
///
/// # Errors
/// As [`LogReader::read`].
pub async fn position_at(log: &dyn LogReader, instant: DateTime<Utc>) -> Result<u64, LogError> {
    let head = log.head().await?;
    let instant = instant.trunc_subsecs(3);
    // From the beginning in growing steps, so that the places looked at are the same in a log that
    // has grown since.
    let (mut before, mut after) = (0, 1);
    while after <= head && stored_at(log, after).await? <= instant {
        (before, after) = (after, after.saturating_mul(2));
    }
    after = after.min(head + 1);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        if stored_at(log, middle).await? <= instant { before = middle } else { after = middle }
    }
    Ok(before)
}

/// When a position was stored, in whole milliseconds.
///
/// # Errors
/// As [`LogReader::read`]; [`LogError::Corrupt`] if it is not there.
pub async fn stored_at(log: &dyn LogReader, position: u64) -> Result<DateTime<Utc>, LogError> {
    let page = log.read(position, NonZeroUsize::MIN).await?;
    match page.messages.first() {
        Some(message) if message.position == position => Ok(message.stored_at.trunc_subsecs(3)),
        _ => Err(LogError::Corrupt(format!("position {position} is missing"))),
    }
}
