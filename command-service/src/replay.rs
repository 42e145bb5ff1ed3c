//! The answer that a command was given when it was carried out, read back from the log.

use std::num::NonZeroUsize;

use itam_domain::{AggregateRef, CommandId, Envelope};
use itam_event_log::{Commit, EventLog, LogError, StoredMessage};

use crate::answer::{Answer, AnsweredEvent};
use crate::guard::GuardRecord;
use crate::history::Trace;
use crate::refusal::Refusal;
use crate::submission::Submission;
use crate::unreadable::unreadable;

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
            match part_of(trace, message) {
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

/// What a message is of a commit.
enum Part {
    Event(AnsweredEvent),
    Record,
    Other,
}

fn part_of(trace: &Trace, message: &StoredMessage) -> Part {
    if message.subject.is_event() {
        return match Envelope::decode_at(message.subject.as_str(), &message.body) {
            Ok(envelope) if envelope.command_id == trace.command_id && envelope.actor == *trace.actor => {
                Part::Event(AnsweredEvent::of(&envelope))
            }
            _ => Part::Other,
        };
    }
    // A record names no actor. It follows the events of its commit, which do.
    if is_record_of(trace.command_id, message) { Part::Record } else { Part::Other }
}

fn is_record_of(command_id: CommandId, message: &StoredMessage) -> bool {
    let of_command = |record: GuardRecord| record.commandid == command_id;
    serde_json::from_slice(&message.body).is_ok_and(of_command)
}

/// What a stored message is to a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// The command itself stored it.
    Itself,
    /// Another command of the same sender, under the same key.
    OtherBody,
    /// Another sender's command, under the same key.
    Namesake,
    /// It has nothing to do with the command.
    Stranger,
}

/// What a stored message is to a command: by the digest and the sender that stand in events.
pub(crate) async fn relation(
    log: &dyn EventLog,
    submission: &Submission,
    message: &StoredMessage,
) -> Result<Relation, LogError> {
    if message.subject.is_event() {
        return Ok(relation_of_event(submission, message));
    }
    if !is_record_of(submission.command_id, message) {
        return Ok(Relation::Stranger);
    }
    // The record says neither, so the event is looked up that it was stored with, shortly before it.
    let first = message.position.saturating_sub(Commit::MAX_WRITES as u64 - 1).max(1);
    let page = log.read(first, LARGE_PAGE).await?;
    let before = page.messages.iter().rev().skip_while(|other| other.position > message.position);
    for other in before {
        if other.subject.is_event() {
            return Ok(match relation_of_event(submission, other) {
                // A value or a guard that another has just now is no matter of the key.
                Relation::Namesake => Relation::Stranger,
                relation => relation,
            });
        }
    }
    // Not shown by the server that was asked.
    Ok(Relation::Itself)
}

fn relation_of_event(submission: &Submission, message: &StoredMessage) -> Relation {
    match Envelope::decode_at(message.subject.as_str(), &message.body) {
        Ok(envelope) if envelope.command_id != submission.command_id => Relation::Stranger,
        Ok(envelope) if envelope.actor != submission.sender.actor => Relation::Namesake,
        Ok(envelope) if envelope.command_digest != submission.digest => Relation::OtherBody,
        Ok(_) => Relation::Itself,
        Err(_) => Relation::Stranger,
    }
}
