//! Golden samples: one accepted example of every command, one stored document of every event.
//!
//! They tell one story: a laptop that is asked for, ordered, delivered, used and disposed of.

mod answers;
mod asset_commands;
mod asset_events;
mod asset_life_events;
mod audits;
mod document;
mod other_commands;
mod other_events;

use itam_domain::events::EventType;
use itam_domain::{AggregateKind, Sample};
use serde_json::Value;

pub(crate) use answers::answer;
pub use answers::{events_of, read};

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

/// Every command's name with one example of its body.
#[must_use]
pub fn command_samples() -> Vec<(&'static str, Value)> {
    let mut samples = other_commands::samples();
    samples.extend(definitions().map(|(_, sample)| sample.command));
    samples.extend(asset_commands::samples());
    samples.extend(audits::commands());
    samples
}

/// One stored document of every event in its newest version, byte for byte as it is stored, with
/// a line end.
///
/// # Panics
/// If a sample is no event of the domain: a test holds them to it.
#[must_use]
pub fn event_samples() -> Vec<Artifact> {
    let mut samples = asset_events::samples();
    samples.extend(asset_life_events::samples());
    samples.extend(other_events::of_procurement());
    // What is added comes last, since what is stored of the samples counts them.
    let mut defined = definitions().map(definition);
    samples.extend(defined.by_ref().take(FIRST_DEFINITIONS));
    samples.extend(other_events::of_persons());
    samples.extend(audits::events());
    samples.extend(defined);
    samples.extend(asset_events::later());
    let numbered = samples.iter().zip(1..);
    numbered.map(|(sample, number)| document::stored(sample, number)).collect()
}

/// How many kinds of definitions there were before other samples.
const FIRST_DEFINITIONS: usize = 4;

fn definition((kind, sample): (AggregateKind, Sample)) -> EventSample {
    let (number, version) = (sample.number, sample.version);
    EventSample { name: defined_event(kind).name, aggregate: number, version, data: sample.event }
}

/// The event that defines a thing of a kind.
pub(crate) fn defined_event(kind: AggregateKind) -> EventType {
    *kind.event_types().first().expect("every kind has an event")
}

/// A fixed id.
fn id(number: u32) -> String {
    format!("019a5c3e-8000-7000-8000-{number:012}")
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
