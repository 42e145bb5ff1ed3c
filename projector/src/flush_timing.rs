//! When the read model shows or flushes what was applied: at once if it is alone, together with what comes meanwhile
//! under load, and in large batches while catching up.

use std::time::Duration;

use itam_read_model::{ReadModelError, ReadModelWriter};
use tokio::time::Instant;

use crate::options::ProjectorOptions;

/// What is to be done with what was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Nothing yet.
    Nothing,
    /// Readers are to see it.
    Show,
    /// It is to be on the disk.
    Flush,
}

/// When the next showing or flush is due.
pub(crate) struct FlushTiming {
    show_interval: Duration,
    flush_interval: Duration,
    settle_interval: Duration,
    is_caught_up: bool,
    written_at: Option<Instant>,
    pending_since: Option<Instant>,
    unsettled_since: Option<Instant>,
}

impl FlushTiming {
    pub(crate) fn new(options: &ProjectorOptions) -> Self {
        Self {
            show_interval: options.show_interval,
            flush_interval: options.flush_interval,
            settle_interval: options.settle_interval,
            is_caught_up: false,
            written_at: None,
            pending_since: None,
            unsettled_since: None,
        }
    }

    /// Something is about to be applied, after which more is known to wait in the log or not.
    pub(crate) fn expect(&mut self, now: Instant, is_caught_up: bool) {
        self.is_caught_up = is_caught_up;
        self.pending_since.get_or_insert(now);
    }

    /// The writer was busy from `begun` on, to do what was `due`.
    pub(crate) fn observe(&mut self, writer: &ReadModelWriter, due: Due, begun: Instant) {
        if due != Due::Nothing {
            self.written_at = Some(begun);
        }
        self.pending_since = if writer.pending() == 0 { None } else { self.pending_since.or(Some(begun)) };
        self.unsettled_since = if writer.is_settled() { None } else { self.unsettled_since.or(Some(begun)) };
    }

    /// When the next thing is due.
    pub(crate) fn next(&self) -> Option<Instant> {
        [self.write_at(), self.settle_at()].into_iter().flatten().min()
    }

    /// What is due by now.
    pub(crate) fn due(&self, now: Instant) -> Due {
        if self.settle_at().is_some_and(|at| at <= now) {
            return Due::Flush;
        }
        match self.write_at() {
            Some(at) if at <= now && self.is_caught_up => Due::Show,
            Some(at) if at <= now => Due::Flush,
            _ => Due::Nothing,
        }
    }

    fn write_at(&self) -> Option<Instant> {
        let since = self.pending_since?;
        if !self.is_caught_up {
            return Some(since + self.flush_interval);
        }
        Some(self.written_at.map_or(since, |written| written + self.show_interval))
    }

    fn settle_at(&self) -> Option<Instant> {
        self.unsettled_since.map(|since| since + self.settle_interval)
    }
}

impl Due {
    /// Does it.
    pub(crate) fn carry_out(self, writer: &mut ReadModelWriter) -> Result<(), ReadModelError> {
        match self {
            Self::Nothing => Ok(()),
            Self::Show => writer.show(),
            Self::Flush => writer.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;

    fn timing() -> FlushTiming {
        FlushTiming::new(&ProjectorOptions::new(|| DateTime::<Utc>::UNIX_EPOCH))
    }

    #[test]
    fn a_lone_event_is_shown_at_once() {
        let (mut timing, now) = (timing(), Instant::now());
        assert_eq!((timing.next(), timing.due(now)), (None, Due::Nothing));
        timing.expect(now, true);
        assert_eq!(timing.due(now), Due::Show);
        timing.written_at = Some(now);
        let later = now + Duration::from_secs(1);
        timing.pending_since = Some(later);
        assert_eq!(timing.due(later), Due::Show);
    }

    #[test]
    fn what_follows_closely_shares_one_showing() {
        let (mut timing, now) = (timing(), Instant::now());
        let (soon, then) = (now + timing.show_interval / 2, now + timing.show_interval);
        timing.written_at = Some(now);
        timing.expect(soon, true);
        assert_eq!(timing.due(soon), Due::Nothing);
        assert_eq!(timing.next(), Some(then));
        assert_eq!(timing.due(then), Due::Show);
    }

    #[test]
    fn while_catching_up_readers_wait_longer() {
        let (mut timing, now) = (timing(), Instant::now());
        timing.expect(now, false);
        assert_eq!(timing.due(now + Duration::from_millis(100)), Due::Nothing);
        assert_eq!(timing.due(now + Duration::from_secs(2)), Due::Flush);
    }

    #[test]
    fn what_is_shown_comes_to_the_disk_even_if_more_keeps_coming() {
        let (mut timing, now) = (timing(), Instant::now());
        timing.unsettled_since = Some(now);
        let later = now + Duration::from_secs(1);
        assert_eq!(timing.next(), Some(later));
        timing.expect(later, true);
        assert_eq!(timing.due(later), Due::Flush);
    }
}
