//! Comparing the log with the tree again, from the beginning to the end, for ever.
//!
//! A message that was altered, dropped or swapped anywhere is found within one pass, while
//! everything runs. The tree is what the log was when it was sealed.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use itam_event_log::{LogReader, StoredMessage};
use itam_proof::TreeReader;
use tokio::time::Instant;

use crate::error::SealerError;
use crate::messages::{check_sequel, leaf};
use crate::options::SealerOptions;

/// About how many messages are compared at a time.
const PAGE: NonZeroUsize = NonZeroUsize::new(2_000).expect("not zero");

/// How far a scrub got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scrubbed {
    /// Up to this position, in the pass that goes on.
    To(u64),
    /// To the end of what was sealed when the pass began.
    Whole,
}

/// Compares again and again, and returns only when the log is not what was sealed.
pub(crate) async fn scrub(
    log: Arc<dyn LogReader>,
    tree: TreeReader,
    options: SealerOptions,
    tell: impl Fn(Scrubbed),
) -> SealerError {
    if options.scrub_rate == 0 {
        return std::future::pending().await;
    }
    let mut pause = options.first_pause;
    loop {
        let begun = Instant::now();
        match pass(&log, &tree, &options, Some(options.scrub_rate), &tell).await {
            Ok(()) => {
                pause = options.first_pause;
                tell(Scrubbed::Whole);
                tokio::time::sleep_until(begun + options.scrub_interval).await;
            }
            Err(error) if error.is_passing() => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the scrub waits for the log");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(options.longest_pause);
            }
            Err(error) => return error,
        }
    }
}

/// Compares everything that is sealed once, `rate` positions a second, or as fast as it can be read.
pub(crate) async fn pass(
    log: &Arc<dyn LogReader>,
    tree: &TreeReader,
    options: &SealerOptions,
    rate: Option<u64>,
    tell: &impl Fn(Scrubbed),
) -> Result<(), SealerError> {
    let size = tree.snapshot()?.size();
    let begun = Instant::now();
    let mut next = 1;
    let mut short_since: Option<Instant> = None;
    while next <= size {
        let page = log.read(next, PAGE).await.map_err(SealerError::Log)?;
        let Some(last) = page.messages.last().map(|message| message.position) else {
            let since = *short_since.get_or_insert_with(Instant::now);
            if since.elapsed() >= options.shortfall_patience {
                return Err(shortened(next, page.head));
            }
            tokio::time::sleep(options.first_pause).await;
            continue;
        };
        short_since = None;
        check_sequel(next, &page.messages)?;
        compare(tree.clone(), page.messages, size).await?;
        next = last + 1;
        tell(Scrubbed::To(last.min(size)));
        if let Some(rate) = rate {
            tokio::time::sleep_until(begun + time_for(next - 1, rate)).await;
        }
    }
    Ok(())
}

/// That the log ends before a position that was sealed.
pub(crate) fn shortened(position: u64, head: u64) -> SealerError {
    SealerError::HistoryRewritten { position, found: format!("but the log ends at {head}") }
}

/// Whether the log still says what was sealed, at the end of the tree and, if it does not there, from
/// the beginning on: the first position that differs is named.
pub(crate) async fn prove_end(
    log: &Arc<dyn LogReader>,
    tree: &TreeReader,
    options: &SealerOptions,
) -> Result<(), SealerError> {
    let size = tree.snapshot()?.size();
    if size == 0 {
        return Ok(());
    }
    let begun = Instant::now();
    let end = loop {
        let page = log.read(size, NonZeroUsize::MIN).await.map_err(SealerError::Log)?;
        if !page.messages.is_empty() || begun.elapsed() >= options.shortfall_patience {
            break page.messages;
        }
        tokio::time::sleep(options.first_pause).await;
    };
    let is_there = !end.is_empty();
    match compare(tree.clone(), end, size).await {
        Ok(()) if is_there => return Ok(()),
        Ok(()) | Err(SealerError::HistoryRewritten { .. }) => {}
        Err(error) => return Err(error),
    }
    tracing::error!(
        position = size,
        "the log is not what was sealed; looking for the first position that differs"
    );
    let options = SealerOptions { shortfall_patience: Duration::ZERO, ..options.clone() };
    pass(log, tree, &options, None, &|_| {}).await?;
    // The end has changed again in the meantime.
    let found = "where the log had another message".to_owned();
    Err(SealerError::HistoryRewritten { position: size, found })
}

/// Compares messages up to position `size` with their leaves.
async fn compare(tree: TreeReader, messages: Vec<StoredMessage>, size: u64) -> Result<(), SealerError> {
    let comparing = tokio::task::spawn_blocking(move || {
        let snapshot = tree.snapshot()?;
        for message in messages.iter().filter(|message| message.position <= size) {
            if snapshot.leaf(message.position)? != leaf(message) {
                let found = "where the log has another message now".to_owned();
                return Err(SealerError::HistoryRewritten { position: message.position, found });
            }
        }
        Ok(())
    });
    comparing.await.map_err(|_| SealerError::Broken("comparing the log with the tree"))?
}

/// How long so many positions may take at a rate.
fn time_for(positions: u64, rate: u64) -> Duration {
    let millis = u128::from(positions) * 1_000 / u128::from(rate.max(1));
    Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_kept_over_a_whole_pass_without_rounding_away() {
        assert_eq!(time_for(2_000, 20_000), Duration::from_millis(100));
        assert_eq!(time_for(10_000_000, 20_000), Duration::from_secs(500));
        assert_eq!(time_for(1, 3), Duration::from_millis(333));
        assert_eq!(time_for(u64::MAX, 1), Duration::from_millis(u64::MAX));
    }
}
