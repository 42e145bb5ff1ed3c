//! Reading and decoding the log ahead of the writer, on the other core.

use std::num::NonZeroUsize;
use std::sync::Arc;

use chrono::SubsecRound as _;
use itam_event_log::{LogError, LogReader, StoredMessage};
use itam_read_model::{LogContent, LogEntry, ReadModelWriter};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::decode::content;
use crate::error::ProjectorError;
use crate::options::ProjectorOptions;

/// Pages that are decoded ahead.
const AHEAD: usize = 4;
/// So few messages are decoded where they were read: it takes less time than to hand them over.
const FEW: usize = 64;

/// A page, decoded. It never ends inside a commit.
pub(crate) struct DecodedPage {
    messages: Vec<(StoredMessage, LogContent)>,
    /// The log's last position when the page was read.
    pub(crate) head: u64,
}

/// What a feed brings.
pub(crate) enum Fed {
    /// Something to apply, all that waits, one page after the other; or the news that there is
    /// nothing.
    Pages(Vec<DecodedPage>),
    /// The log could not be read; it is tried again.
    Unavailable(LogError),
    /// The log is back after it could not be read, and has to be proven again.
    Back,
    /// The log cannot be read, and trying again does not help.
    Failed(LogError),
}

/// A task that reads the log from a position on. It ends when it is dropped.
pub(crate) struct Feed {
    pages: mpsc::Receiver<Fed>,
    /// What came behind pages and is none.
    held: Option<Fed>,
    task: JoinHandle<()>,
}

impl Feed {
    pub(crate) fn start(log: Arc<dyn LogReader>, from: u64, options: &ProjectorOptions) -> Self {
        let (send, pages) = mpsc::channel(AHEAD);
        let task = tokio::spawn(read(log, from, options.clone(), send));
        Self { pages, held: None, task }
    }

    /// What comes next. Nothing is lost if the wait is given up.
    pub(crate) async fn next(&mut self) -> Result<Fed, ProjectorError> {
        if let Some(held) = self.held.take() {
            return Ok(held);
        }
        let first = self.pages.recv().await.ok_or(ProjectorError::Broken("reading the log"))?;
        let Fed::Pages(mut pages) = first else {
            return Ok(first);
        };
        while let Ok(fed) = self.pages.try_recv() {
            match fed {
                Fed::Pages(more) => pages.extend(more),
                other => {
                    self.held = Some(other);
                    break;
                }
            }
        }
        Ok(Fed::Pages(pages))
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn read(log: Arc<dyn LogReader>, mut from: u64, options: ProjectorOptions, send: mpsc::Sender<Fed>) {
    let limit = NonZeroUsize::new(options.page).unwrap_or(NonZeroUsize::MIN);
    let mut pause = options.first_pause;
    let mut is_away = false;
    loop {
        let fed = match log.tail(from, limit, options.tail_patience).await {
            Ok(page) => {
                if is_away && send.send(Fed::Back).await.is_err() {
                    return;
                }
                (pause, is_away) = (options.first_pause, false);
                from = page.messages.last().map_or(from, |last| last.position + 1);
                let decoded = if page.messages.len() <= FEW {
                    decode(page.messages, page.head)
                } else {
                    let decoding = tokio::task::spawn_blocking(move || decode(page.messages, page.head));
                    let Ok(decoded) = decoding.await else { return };
                    decoded
                };
                Fed::Pages(vec![decoded])
            }
            Err(error) if error.may_pass() => {
                is_away = true;
                Fed::Unavailable(error)
            }
            Err(error) => Fed::Failed(error),
        };
        let is_last = matches!(fed, Fed::Failed(_));
        if send.send(fed).await.is_err() || is_last {
            return;
        }
        if is_away {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(options.longest_pause);
        }
    }
}

fn decode(messages: Vec<StoredMessage>, head: u64) -> DecodedPage {
    let decoded = messages.into_iter().map(|message| {
        let content = content(&message);
        (message, content)
    });
    DecodedPage { messages: decoded.collect(), head }
}

impl DecodedPage {
    /// The last position in it; `None` if it is empty.
    pub(crate) fn last(&self) -> Option<u64> {
        self.messages.last().map(|(message, _)| message.position)
    }

    /// How many events are in it up to `until`; the rest is keys and guards.
    pub(crate) fn events(&self, until: u64) -> u64 {
        let counted = self.messages.iter().take_while(|(message, _)| message.position <= until);
        counted.filter(|(message, _)| message.subject.is_event()).count() as u64
    }

    /// Applies it up to `until`, in memory.
    pub(crate) fn apply(self, writer: &mut ReadModelWriter, until: u64) -> Result<(), ProjectorError> {
        for (message, content) in self.messages {
            if message.position > until {
                break;
            }
            if let LogContent::Unreadable { event_type, reason } = &content {
                tracing::warn!(
                    event.position = message.position,
                    event.r#type = event_type,
                    reason,
                    "an event cannot be read and is parked"
                );
            }
            // Whole milliseconds: a log that was taken over from a server into a file knows no more,
            // and the same history shall give the same rows wherever it is read from.
            let (position, stored_at) = (message.position, message.stored_at.trunc_subsecs(3));
            writer.apply(LogEntry { position, stored_at, body: &message.body, content })?;
        }
        Ok(())
    }
}
