//! The answer that a command was given when it was carried out, read back from the log.

use std::num::NonZeroUsize;

use itam_domain::{AggregateRef, CommandId, Envelope};
use itam_event_log::{Commit, EventLog, LogError, StoredMessage};

use crate::answer::{Answer, AnsweredEvent};
use crate::guard::GuardRecord;
use crate::history::Trace;
use crate::refusal::Refusal;
use crate::view::unreadable;

/// How much is read at first: most commits are an event and a few keys.
const FIRST_PAGE: NonZeroUsize = NonZeroUsize::new(8).expect("8 is not 0");

/// How much is read at once of a commit that is larger.
const LARGE_PAGE: NonZeroUsize = NonZeroUsize::new(Commit::MAX_WRITES).expect("a commit has writes");

/// A commit is stored in one run from the command's own event on, and everything in it names the
/// command, so the run can be read back. Pages hold whole commits.
pub(crate) async fn answer_again(
    log: &dyn EventLog,
    aggregate: AggregateRef,
    trace: &Trace,
) -> Result<Answer, Refusal> {
    let mut answer = Answer {
        id: aggregate.id,
        version: trace.version,
        position: trace.position,
        events: Vec::new(),
        replayed: true,
    };
    let mut next = trace.position;
    let mut page_size = FIRST_PAGE;
    // Ends, because a commit does: at the latest after as many messages as one may hold.
    loop {
        let page = log.read(next, page_size).await.map_err(unreadable)?;
        let Some(last) = page.messages.last().map(|message| message.position) else {
            return whole(answer);
        };
        for message in &page.messages {
            match part_of(trace.command_id, message) {
                Part::Event(event) => answer.events.push(event),
                Part::Record => {}
                Part::Other => return whole(answer),
            }
            answer.position = message.position;
        }
        next = last + 1;
        page_size = LARGE_PAGE;
    }
}

/// The answer, if the command's own event was met. A server that was cut off from its peers may know
/// of an older end of the log than the history that the command was found in.
fn whole(answer: Answer) -> Result<Answer, Refusal> {
    if answer.events.is_empty() {
        let source = format!("position {} is not given out yet", answer.position).into();
        return Err(unreadable(LogError::Unavailable { operation: "reading an answer back", source }));
    }
    Ok(answer)
}

/// Whether a command stored a message.
pub(crate) fn is_of(command_id: CommandId, message: &StoredMessage) -> bool {
    !matches!(part_of(command_id, message), Part::Other)
}

/// What a message is of a commit.
enum Part {
    Event(AnsweredEvent),
    Record,
    Other,
}

fn part_of(command_id: CommandId, message: &StoredMessage) -> Part {
    if message.subject.is_event() {
        return match Envelope::decode(&message.body) {
            Ok(envelope) if envelope.command_id == command_id => Part::Event(AnsweredEvent::of(&envelope)),
            _ => Part::Other,
        };
    }
    let of_command = |record: GuardRecord| record.commandid == command_id;
    if serde_json::from_slice(&message.body).is_ok_and(of_command) { Part::Record } else { Part::Other }
}
