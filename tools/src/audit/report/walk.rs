//! Going through the log position by position. One that is missing does not end the walk: an
//! auditor wants to know of all of them, and of what is behind them.

use std::num::NonZeroUsize;

use itam_event_log::{LogError, LogReader, StoredMessage};

use crate::failure::Failure;
use crate::transfer::positions_bar;

/// How many messages are read at a time. A server is asked for just so many, and says at once if one
/// is missing; one that follows the log would wait for it.
const PAGE: usize = 256;
/// After so many missing positions a log is no longer one of which a report can be made.
const MOST_GAPS: u64 = 1000;

/// A walk over the positions of a log.
pub(super) struct LogWalk<'a> {
    log: &'a dyn LogReader,
    next: u64,
    last: u64,
    /// How much is read at a time: less around a missing position, to find it.
    limit: usize,
    gaps: u64,
    bar: indicatif::ProgressBar,
}

/// A step of a walk over a log.
pub(super) enum WalkStep {
    /// The next messages, without a gap.
    Messages(Vec<StoredMessage>),
    /// The next position cannot be read.
    Missing { position: u64, why: String },
}

impl<'a> LogWalk<'a> {
    /// From the position `first` to the position `last`.
    pub(super) fn new(log: &'a dyn LogReader, first: u64, last: u64) -> Self {
        let bar = positions_bar("reading", (last + 1).saturating_sub(first));
        Self { log, next: first, last, limit: PAGE, gaps: 0, bar }
    }

    /// How many positions were missing.
    pub(super) fn gaps(&self) -> u64 {
        self.gaps
    }

    /// Goes on; none at the end.
    pub(super) async fn step(&mut self) -> Result<Option<WalkStep>, Failure> {
        while self.next <= self.last {
            let limit = NonZeroUsize::new(self.limit).unwrap_or(NonZeroUsize::MIN);
            let missing = match self.log.read(self.next, limit).await {
                Ok(page) => match self.taken(page.messages) {
                    Ok(messages) => return Ok(Some(WalkStep::Messages(messages))),
                    Err(missing) => missing,
                },
                Err(LogError::Corrupt(why)) => why,
                Err(error) => return Err(Failure::Log(error)),
            };
            if self.limit > 1 {
                self.limit /= 2;
                continue;
            }
            return self.missing(missing).map(Some);
        }
        self.bar.finish_and_clear();
        Ok(None)
    }

    /// The messages of a page that are wanted, or what is missing before them.
    fn taken(&mut self, mut messages: Vec<StoredMessage>) -> Result<Vec<StoredMessage>, String> {
        messages.retain(|message| message.position <= self.last);
        if messages.is_empty() {
            return Err("it is not there".to_owned());
        }
        for (expected, message) in (self.next..).zip(&messages) {
            if message.position != expected {
                return Err(format!("position {} came instead", message.position));
            }
        }
        self.next += messages.len() as u64;
        self.limit = PAGE.min(self.limit * 2);
        self.bar.inc(messages.len() as u64);
        Ok(messages)
    }

    fn missing(&mut self, why: String) -> Result<WalkStep, Failure> {
        self.gaps += 1;
        if self.gaps > MOST_GAPS {
            let many = format!("more than {MOST_GAPS} positions cannot be read");
            return Err(Failure::Log(LogError::Corrupt(many)));
        }
        let position = self.next;
        self.next += 1;
        Ok(WalkStep::Missing { position, why })
    }
}
