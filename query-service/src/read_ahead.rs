//! How much of the log a stream reads at once.

use std::num::NonZeroUsize;

use itam_event_log::MessagePage;

/// About as many bytes of messages as one chunk of a stream is made of.
const CHUNK_BYTES: usize = 64 * 1024;
/// The most messages, since the next ones may be longer than the last.
const MOST: usize = 64;
/// How many there are before any is known.
const FIRST: usize = 8;

/// How many messages a stream reads at once: as many as fill a chunk, if they are as long as the last ones.
/// A slow reader leaves a few chunks in memory, and there may be hundreds of such readers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadAhead(NonZeroUsize);

impl ReadAhead {
    /// Before the first page.
    pub(crate) fn new() -> Self {
        Self(NonZeroUsize::new(FIRST).unwrap_or(NonZeroUsize::MIN))
    }

    /// How many messages to ask for.
    pub(crate) fn messages(self) -> NonZeroUsize {
        self.0
    }

    /// Learns from a page how long messages are.
    pub(crate) fn learn(&mut self, page: &MessagePage) {
        let bytes: usize = page.messages.iter().map(|message| message.body.len()).sum();
        let Some(each) = bytes.checked_div(page.messages.len()) else { return };
        let fitting = (CHUNK_BYTES / each.max(1)).clamp(1, MOST);
        self.0 = NonZeroUsize::new(fitting).unwrap_or(NonZeroUsize::MIN);
    }
}
