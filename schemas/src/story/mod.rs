//! The story of the samples as it goes on from day to day: what a query service that is told it answers, the examples
//! show.

mod service;

use serde_json::Value;

pub(crate) use service::StoryService;

use crate::samples::{EventSample, sample_of};

/// Where the story stands when it is asked about.
const NOW: &str = "2026-04-14T10:00:00Z";

/// What happened on a day.
struct Told {
    day: &'static str,
    event: EventSample,
}

/// The event of a sample, on a day, to the thing of a number.
fn told(day: &'static str, name: &str, number: u32) -> Told {
    let sample = sample_of(name);
    Told { day, event: EventSample { aggregate: number, ..sample } }
}

impl Told {
    /// The same with another value in its data.
    fn with(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        let place = self.event.data.pointer_mut(pointer);
        *place.unwrap_or_else(|| panic!("{} has no {pointer}", self.event.name)) = value.into();
        self
    }
}

/// What happened. A laptop is asked for, ordered and deployed, and not given back; another is retired with its data on
/// it; the store is counted.
fn story() -> Vec<Told> {
    let of_masters =
        [("vendor", 31), ("asset_model", 1), ("location", 12), ("department", 22), ("project", 51)];
    let berlin = told("2026-03-02", "location.defined", 11).with("/name", "Berlin").with("/kind", "site");
    let mut story = vec![berlin.with("/parent_id", Value::Null).with("/notes", Value::Null)];
    for (kind, number) in of_masters {
        story.push(told("2026-03-02", &format!("{kind}.defined"), number));
    }
    story.extend([
        told("2026-03-02", "person.added", 41),
        told("2026-03-02", "person.added", 42),
        told("2026-03-03", "requisition.submitted", 201),
        told("2026-03-04", "requisition.approved", 201),
        told("2026-03-05", "purchase_order.issued", 301),
        told("2026-03-05", "requisition.ordered", 201),
        told("2026-03-12", "purchase_order.delivery_received", 301),
        told("2026-03-12", "asset.delivered", 103),
        told("2026-03-13", "asset.registered", 101),
        told("2026-03-16", "audit_campaign.planned", 501).with("/as_of", Value::Null),
        told("2026-03-17", "audit_campaign.started", 501).with("/as_of", Value::Null),
        told("2026-03-18", "asset.deployed", 101).with("/due_back_on", "2026-03-31"),
        told("2026-03-19", "audit_finding.scanned", 502),
        told("2026-03-23", "asset.ordered", 104).with("/facts/costs", Value::Null),
        told("2026-03-24", "asset.retired", 103),
        told("2026-03-25", "requisition.submitted", 202),
    ]);
    story
}
