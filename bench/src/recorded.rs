//! What the service stored, read back, so that the raw engine can be given the same bytes.

use std::num::NonZeroUsize;

use itam_event_log::{Commit, LogReader, StoredMessage, Write};

use crate::measure::Outcome;

const PAGE: NonZeroUsize = NonZeroUsize::new(50_000).expect("not zero");

/// Every commit of a log. One begins with its event; the keys after it belong to it, as in all
/// commits that the measurements cause. What only holds an expectation is the service's own cost,
/// and the raw engine is not given it.
pub(crate) async fn commits_of(log: &dyn LogReader) -> Outcome<Vec<Commit>> {
    let mut commits: Vec<Commit> = Vec::new();
    let mut next = 1;
    loop {
        let page = log.read(next, PAGE).await?;
        let Some(last) = page.messages.last() else {
            return Ok(commits);
        };
        next = last.position + 1;
        let is_carrier = |message: &StoredMessage| message.subject.as_str().ends_with(".guard.unchanged");
        for message in page.messages.into_iter().filter(|message| !is_carrier(message)) {
            let is_first = message.subject.is_event();
            let write = Write { subject: message.subject, expected: 0, body: message.body };
            match commits.last_mut() {
                Some(commit) if !is_first => commit.writes.push(write),
                _ => commits.push(Commit::of(vec![write])),
            }
        }
    }
}
