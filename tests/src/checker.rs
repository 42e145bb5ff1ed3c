//! The judge: holds what clients were told against what is in the log and in the register.
//!
//! In the manner of Jepsen: every attempt is written down with its outcome, and afterwards each is
//! explained by the log, or it is a finding. A command of unknown outcome may be in the log or
//! not; everything else has only one place.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use serde_json::Value;

use crate::evidence::{Evidence, LoggedEvent};
use crate::fold::check_laws;
use crate::history::{Entries, Operation, Outcome, Reading};
use crate::verdict::{Defect, RunVerdict};

/// All attempts at one command, and its events.
#[derive(Default)]
struct Case<'a> {
    attempts: Vec<&'a Operation>,
    effects: Vec<&'a LoggedEvent>,
}

/// Checks a run.
#[must_use]
pub fn check(entries: &Entries, evidence: &Evidence) -> RunVerdict {
    let mut verdict = RunVerdict { events: evidence.events.len() as u64, ..RunVerdict::default() };
    let mut cases: BTreeMap<&str, Case<'_>> = BTreeMap::new();
    for operation in &entries.operations {
        count(operation, &mut verdict);
        cases.entry(&operation.key).or_default().attempts.push(operation);
    }
    for event in &evidence.events {
        cases.entry(event.text("commandid")).or_default().effects.push(event);
    }
    for (key, case) in &cases {
        case.check_answers(key, &mut verdict);
        case.check_effects(key, &mut verdict);
    }
    check_order_of_log(&evidence.events, &mut verdict);
    check_order_of_time(&cases, &mut verdict);
    check_laws(evidence, &mut verdict);
    for reading in &entries.readings {
        check_reading(reading, &mut verdict);
    }
    if evidence.parked > 0 {
        verdict.find(Defect::Diverged, format!("{} events are parked", evidence.parked));
    }
    verdict
}

fn count(operation: &Operation, verdict: &mut RunVerdict) {
    verdict.attempted += 1;
    match &operation.outcome {
        Outcome::Acknowledged(_) => verdict.acknowledged += 1,
        Outcome::Refused { .. } => verdict.refused += 1,
        Outcome::Unknown(_) => verdict.unknown += 1,
    }
}

impl<'a> Case<'a> {
    fn answers(&self) -> impl Iterator<Item = (&'a Operation, &'a Value)> {
        self.attempts.iter().filter_map(|attempt| match &attempt.outcome {
            Outcome::Acknowledged(answer) => Some((*attempt, answer)),
            _ => None,
        })
    }

    /// Every success is in the log, all successes are the same one, and no refusal follows it.
    fn check_answers(&self, key: &str, verdict: &mut RunVerdict) {
        let Some((_, first)) = self.answers().min_by_key(|(attempt, _)| attempt.ended) else {
            return self.check_unanswered(key, verdict);
        };
        for (_, answer) in self.answers() {
            if ["id", "version", "position", "events"].iter().any(|name| answer[*name] != first[*name]) {
                verdict.find(Defect::Contradicted, format!("{key}: answered {first}, and also {answer}"));
            }
        }
        let told: BTreeSet<&str> = first["events"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|event| event["id"].as_str())
            .collect();
        let stored: BTreeSet<&str> = self.effects.iter().map(|event| event.text("id")).collect();
        let found = told.intersection(&stored).count();
        if found == 0 {
            verdict.find(Defect::Lost, format!("{key}: {first} was answered"));
        } else if found < told.len() {
            verdict.find(Defect::Torn, format!("{key}: {found} of {} events are stored", told.len()));
        }
        if stored.len() > told.len() {
            let more = stored.len() - told.len();
            verdict.find(Defect::Duplicated, format!("{key}: {more} events more than answered"));
        }
        let last = self.effects.iter().map(|event| event.position).max().unwrap_or(0);
        if first["position"].as_u64().is_none_or(|position| position < last) {
            verdict.find(Defect::Contradicted, format!("{key}: answered {first}, stored up to {last}"));
        }
        let known_from = self.answers().map(|(attempt, _)| attempt.ended).min().unwrap_or_default();
        for attempt in &self.attempts {
            if let Outcome::Refused { code, .. } = &attempt.outcome
                && attempt.begun > known_from
                && !attempt.outcome.is_put_off()
            {
                verdict.find(Defect::Contradicted, format!("{key}: succeeded, then refused with {code}"));
            }
        }
    }

    fn check_unanswered(&self, key: &str, verdict: &mut RunVerdict) {
        if self.effects.is_empty() {
            return;
        }
        if self.attempts.iter().any(|attempt| matches!(attempt.outcome, Outcome::Unknown(_))) {
            verdict.recovered += 1;
            return;
        }
        let told: Vec<&Outcome> = self.attempts.iter().map(|attempt| &attempt.outcome).collect();
        let at = self.effects[0].position;
        let command = self.attempts.first().map_or("what nobody sent", |attempt| attempt.command);
        verdict.find(Defect::Unexpected, format!("{key}: {command} at position {at}, but told {told:?}"));
    }

    /// A command has all its effects, each once, and beside one another.
    fn check_effects(&self, key: &str, verdict: &mut RunVerdict) {
        let (Some(attempt), Some(first)) = (self.attempts.first(), self.effects.first()) else { return };
        let mut stored: HashMap<&str, u64> = HashMap::new();
        for event in &self.effects {
            *stored.entry(event.text("type")).or_default() += 1;
        }
        for (name, wanted) in expected(attempt.command, &attempt.fields) {
            let found = stored.remove(name).unwrap_or(0);
            if found < wanted {
                verdict.find(Defect::Torn, format!("{key}: {found} of {wanted} {name} are stored"));
            } else if found > wanted {
                verdict.find(Defect::Duplicated, format!("{key}: {found} {name}, {wanted} are right"));
            }
        }
        if !stored.is_empty() {
            verdict.find(Defect::Unexpected, format!("{key}: {} also made {stored:?}", attempt.command));
        }
        for (event, position) in self.effects.iter().zip(first.position..) {
            if event.position != position {
                let (at, first) = (event.position, first.position);
                verdict.find(Defect::Torn, format!("{key}: begins at {first}, another part is at {at}"));
                break;
            }
        }
    }
}

/// How many events of which type a command makes.
fn expected(command: &str, fields: &Value) -> Vec<(&'static str, u64)> {
    match command {
        "register-asset" => vec![("asset.registered", 1)],
        "deploy-asset" => vec![("asset.deployed", 1)],
        "reassign-asset" => vec![("asset.reassigned", 1)],
        "return-asset" => vec![("asset.returned", 1)],
        "retire-asset" => vec![("asset.retired", 1)],
        "void-asset" => vec![("asset.voided", 1)],
        "issue-purchase-order" => vec![("purchase_order.issued", 1)],
        "receive-delivery" => {
            let quantity = fields["quantity"].as_u64().unwrap_or(0);
            vec![("purchase_order.delivery_received", 1), ("asset.delivered", quantity)]
        }
        "define-model" => vec![("asset_model.defined", 1)],
        "define-location" => vec![("location.defined", 1)],
        "define-vendor" => vec![("vendor.defined", 1)],
        "add-person" => vec![("person.added", 1)],
        _ => Vec::new(),
    }
}

/// Positions ascend, and every aggregate counts its own events without a gap.
fn check_order_of_log(events: &[LoggedEvent], verdict: &mut RunVerdict) {
    let mut versions: HashMap<&str, u64> = HashMap::new();
    let mut last = 0;
    for event in events {
        if event.position <= last {
            verdict.find(Defect::OutOfOrder, format!("position {} came after {last}", event.position));
        }
        last = event.position;
        let version = versions.entry(&event.subject).or_default();
        *version += 1;
        let said = event.event["aggregateversion"].as_u64().unwrap_or(0);
        if said != *version {
            let (subject, at) = (&event.subject, event.position);
            let what = format!("{subject} at {at}: version {said} where {version} follows");
            verdict.find(Defect::OutOfOrder, what);
            *version = said;
        }
    }
}

/// What ended before another began stands before it in the log.
fn check_order_of_time(cases: &BTreeMap<&str, Case<'_>>, verdict: &mut RunVerdict) {
    let mut ends: Vec<(Duration, u64)> = Vec::new();
    let mut begins: Vec<(Duration, u64, &str)> = Vec::new();
    for (key, case) in cases {
        let Some(position) = case.effects.first().map(|event| event.position) else { continue };
        if let Some(end) = case.answers().map(|(attempt, _)| attempt.ended).min() {
            ends.push((end, position));
        }
        if let Some(begin) = case.attempts.iter().map(|attempt| attempt.begun).min() {
            begins.push((begin, position, key));
        }
    }
    ends.sort_unstable();
    begins.sort_unstable();
    let (mut ended, mut highest) = (ends.into_iter().peekable(), 0);
    for (begin, position, key) in begins {
        while let Some((_, before)) = ended.next_if(|(end, _)| *end < begin) {
            highest = highest.max(before);
        }
        if position < highest {
            let what = format!("{key}: at {position}, but {highest} was answered before it was sent");
            verdict.find(Defect::OutOfOrder, what);
        }
    }
}

/// A read shows what it was asked to show, or says that it cannot yet.
fn check_reading(reading: &Reading, verdict: &mut RunVerdict) {
    verdict.readings += 1;
    let Reading { asset, position, version, status, code, shown_position, shown_version } = reading;
    let is_there = shown_position.is_some_and(|shown| shown >= *position)
        && shown_version.is_some_and(|shown| shown >= *version);
    // No answer, "not yet", "not now", or "not so fast".
    let is_excused = matches!(status, 0 | 429 | 500..);
    if !is_excused && !is_there {
        let what = format!(
            "{asset}: version {version} at {position} was written; {status} {code} showed version {shown_version:?} \
             at {shown_position:?}"
        );
        verdict.find(Defect::Stale, what);
    }
}
