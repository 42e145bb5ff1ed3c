//! Golden samples: one accepted example of every command, one stored document of every event.
//!
//! They tell one story: a laptop that is asked for, ordered, delivered, used and disposed of.

mod answers;
mod asset_commands;
mod asset_events;
mod asset_life_events;
mod audits;
mod corrections;
mod document;
mod other_commands;
mod other_events;

use itam_domain::events::EventType;
use itam_domain::{AggregateKind, Command, Sample, sample_id};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) use answers::answer;
pub use answers::{events_of, read};
pub(crate) use document::{document, envelope};

use crate::Artifact;

/// What happened, as a sample tells it.
pub(crate) struct EventSample {
    /// The event's wire name.
    pub(crate) name: &'static str,
    /// What it happened to, as a number of [`id`].
    pub(crate) aggregate: u32,
    /// The number of the event within its aggregate.
    pub(crate) version: u32,
    /// The event's data.
    pub(crate) data: Value,
}

/// Every kind of thing that is only ever defined anew, with its sample.
pub(crate) fn definitions() -> impl Iterator<Item = (AggregateKind, Sample)> {
    AggregateKind::ALL.iter().filter_map(|kind| Some((*kind, kind.sample()?)))
}

/// The command that corrects what another defines.
fn correction_of(definition: &str) -> &'static str {
    let is_of = |name: &str| name.strip_prefix("correct-") == definition.strip_prefix("define-");
    Command::NAMES.iter().find(|name| is_of(name)).expect("what is defined is corrected")
}

/// The command that corrects a thing as it was defined.
fn correcting_command(sample: Sample) -> (&'static str, Value) {
    let (name, mut body) = sample.command;
    let noun = name.trim_start_matches("define-");
    body[format!("{noun}_id")] = id(sample.number).into();
    (correction_of(name), body)
}

/// Every command's name with one example of its body.
#[must_use]
pub fn command_samples() -> Vec<(&'static str, Value)> {
    let mut samples = other_commands::samples();
    samples.extend(definitions().map(|(_, sample)| sample.command));
    samples.extend(definitions().map(|(_, sample)| correcting_command(sample)));
    samples.extend(asset_commands::samples());
    samples.extend(audits::commands());
    samples.extend(corrections::commands());
    samples
}

/// One stored document of every event in its newest version, byte for byte as it is stored, with
/// a line end.
///
/// # Panics
/// If a sample is no event of the domain: a test holds them to it.
#[must_use]
pub fn event_samples() -> Vec<Artifact> {
    all().iter().zip(1..).map(|(sample, number)| document::stored(sample, number)).collect()
}

/// The sample of an event.
pub(crate) fn sample_of(name: &str) -> EventSample {
    let sample = all().into_iter().find(|sample| sample.name == name);
    sample.unwrap_or_else(|| panic!("{name} has no sample"))
}

/// The number of what the samples tell of, of a kind.
pub(crate) fn number_of(kind: AggregateKind) -> u32 {
    let of_kind = |sample: &EventSample| sample.name.split('.').next() == Some(kind.as_str());
    all().into_iter().find(of_kind).expect("every kind has a sample").aggregate
}

fn all() -> Vec<EventSample> {
    let mut samples = asset_events::samples();
    samples.extend(asset_life_events::samples());
    samples.extend(other_events::of_procurement());
    // What is added comes last, since what is stored of the samples counts them.
    let mut defined = definitions().map(definition);
    samples.extend(defined.by_ref().take(FIRST_DEFINITIONS));
    samples.extend(other_events::of_persons());
    samples.extend(audits::events());
    samples.extend(defined);
    samples.extend(definitions().map(correction));
    samples.extend(asset_events::later());
    samples.extend(corrections::events());
    samples.extend(corrections::later_events());
    samples.extend(asset_events::latest());
    samples
}

/// How many kinds of definitions there were before other samples.
const FIRST_DEFINITIONS: usize = 4;

fn definition((kind, sample): (AggregateKind, Sample)) -> EventSample {
    let (number, version) = (sample.number, sample.version);
    EventSample { name: defined_event(kind).name, aggregate: number, version, data: sample.event }
}

/// The name of a thing was recorded without its last letter.
fn correction((kind, sample): (AggregateKind, Sample)) -> EventSample {
    let mut old = sample.event.clone();
    let mut name = old["name"].as_str().expect("a name").to_owned();
    name.pop();
    old["name"] = name.into();
    let data = json!({"old": old, "new": sample.event});
    let name = correcting_event(kind).name;
    EventSample { name, aggregate: sample.number, version: sample.version + 1, data }
}

/// The event that defines a thing of a kind.
pub(crate) fn defined_event(kind: AggregateKind) -> EventType {
    *kind.event_types().first().expect("every kind has an event")
}

/// The event that corrects a thing of a kind.
fn correcting_event(kind: AggregateKind) -> EventType {
    *kind.event_types().iter().find(|event| event.is_correction()).expect("every kind is corrected")
}

/// The event that a command about something that is defined makes happen, if it is one.
pub(crate) fn event_of_definition(command: &str) -> Option<EventType> {
    definitions().find_map(|(kind, sample)| {
        let (defines, corrects) = (sample.command.0, correction_of(sample.command.0));
        let corrected = (corrects == command).then(|| correcting_event(kind));
        corrected.or_else(|| (defines == command).then(|| defined_event(kind)))
    })
}

/// A fixed id.
fn id(number: u32) -> String {
    sample_id(number)
}

/// The id of the thing of a number.
pub(crate) fn sample_uuid(number: u32) -> Uuid {
    Uuid::try_parse(&sample_id(number)).expect("an id")
}

// Who and what the samples are about.
const LAPTOP_MODEL: u32 = 1;
const DOCK_MODEL: u32 = 2;
const BERLIN: u32 = 11;
const STORE: u32 = 12;
const REPAIR_SHOP: u32 = 13;
const SALES: u32 = 22;
const VENDOR: u32 = 31;
const RECYCLER: u32 = 32;
const PROJECT: u32 = 51;
const BOB: u32 = 41;
const EVE: u32 = 42;
const LAPTOP: u32 = 101;
const DOCK: u32 = 102;
const REQUISITION: u32 = 201;
const ORDER: u32 = 301;
const AUDIT: u32 = 501;
const FINDING: u32 = 502;
