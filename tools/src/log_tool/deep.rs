//! `itam log check --deep`: reads every message.

use std::collections::HashMap;

use itam_domain::Envelope;
use itam_event_log::{CheckFinding, LogExport, Promise, Subject, TransferRecord};

use crate::failure::Failure;
use crate::transfer::{CHUNK, HistoryHash, positions_bar};

/// The most messages that are named as unreadable or out of place.
const MOST_NAMED: usize = 20;

/// What reading everything has shown so far.
#[derive(Default)]
struct Reading {
    hash: HistoryHash,
    /// The last position of each subject, and the version of its last event.
    last: HashMap<Subject, (u64, u64)>,
    trouble: Vec<CheckFinding>,
    troubles: usize,
}

impl Reading {
    fn complain(&mut self, promise: Promise, detail: String) {
        self.troubles += 1;
        if self.trouble.len() < MOST_NAMED {
            self.trouble.push(CheckFinding::new(promise, false, detail));
        }
    }

    fn take(&mut self, record: &TransferRecord) {
        let expected = self.hash.messages + 1;
        let message = &record.message;
        let position = message.position;
        if position != expected {
            self.complain(Promise::Complete, format!("position {expected} is missing: {position} came"));
        }
        self.hash.add(record);
        let version = self.last.get(&message.subject).map_or(0, |(_, version)| *version);
        let version = if message.subject.is_event() {
            match Envelope::decode_at(message.subject.as_str(), &message.body) {
                Ok(envelope) => {
                    self.check_number(position, &envelope, version + 1);
                    envelope.aggregate_version.max(version)
                }
                Err(error) if error.is_alien() => {
                    let what = format!(
                        "position {position} cannot be read: it is alien to {}, and nobody believes it: {}",
                        message.subject,
                        itam_service_kit::error_chain(&error)
                    );
                    self.complain(Promise::Complete, what);
                    version
                }
                Err(error) => {
                    self.complain(Promise::Complete, format!("position {position} cannot be read: {error}"));
                    version + 1
                }
            }
        } else {
            if serde_json::from_slice::<serde::de::IgnoredAny>(&message.body).is_err() {
                self.complain(
                    Promise::Complete,
                    format!("position {position} cannot be read: it is no JSON"),
                );
            }
            0
        };
        self.last.insert(message.subject.clone(), (position, version));
    }

    /// An event is the next of its aggregate.
    fn check_number(&mut self, position: u64, envelope: &Envelope, expected: u64) {
        let found = envelope.aggregate_version;
        if found != expected {
            let what = format!("position {position} has version {found} of its aggregate, not {expected}");
            self.complain(Promise::Complete, what);
        }
    }
}

/// Reads everything: positions without gaps, commits that end, events that can be read and follow
/// one another, and subjects whose last message is the one that the log gives for them.
pub(super) async fn check(log: &dyn LogExport) -> Result<Vec<CheckFinding>, Failure> {
    let head = log.head().await.map_err(Failure::Log)?;
    let bar = positions_bar("reading", head);
    let mut reading = Reading::default();
    let mut ends_commit = true;
    while reading.hash.messages < head {
        let records = match log.export(reading.hash.messages + 1, CHUNK).await {
            Ok(records) => records,
            Err(itam_event_log::LogError::Corrupt(what)) => {
                reading.complain(Promise::Complete, what);
                break;
            }
            Err(error) => return Err(Failure::Log(error)),
        };
        for record in &records {
            reading.take(record);
            ends_commit = record.ends_commit;
        }
        bar.set_position(reading.hash.messages);
        if records.is_empty() {
            reading.complain(
                Promise::Complete,
                format!("the log ends at {}, not {head}", reading.hash.messages),
            );
            break;
        }
    }
    bar.finish_and_clear();
    check_subjects(log, &mut reading).await?;
    let subjects = reading.last.len();
    let said =
        format!("{} messages on {subjects} subjects, history {}", reading.hash.messages, reading.hash.text());
    let mut findings = vec![
        CheckFinding::new(Promise::Complete, reading.troubles == 0, format!("read {said}")),
        CheckFinding::new(Promise::Atomic, ends_commit, "the last commit is whole"),
    ];
    if reading.troubles > reading.trouble.len() {
        let more = reading.troubles - reading.trouble.len();
        findings.push(CheckFinding::new(Promise::Complete, false, format!("and {more} more of this kind")));
    }
    findings.extend(reading.trouble);
    Ok(findings)
}

/// What an append is checked against must be what is there.
async fn check_subjects(log: &dyn LogExport, reading: &mut Reading) -> Result<(), Failure> {
    let bar = positions_bar("comparing subjects", reading.last.len() as u64);
    let mut subjects: Vec<(Subject, u64)> =
        reading.last.iter().map(|(subject, (position, _))| (subject.clone(), *position)).collect();
    subjects.sort_by_key(|(_, position)| *position);
    for (subject, position) in subjects {
        let found = match log.load_last(&subject).await {
            Ok(found) => found.map_or(0, |message| message.position),
            Err(itam_event_log::LogError::Corrupt(what)) => {
                reading.complain(Promise::Complete, what);
                continue;
            }
            Err(error) => return Err(Failure::Log(error)),
        };
        // Others may have appended since it was read.
        if found < position {
            let what = format!("the last of {subject} is at {position}, but the log gives {found} for it");
            reading.complain(Promise::Complete, what);
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}
