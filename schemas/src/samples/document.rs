//! From a sample to the bytes that the log would store.

use itam_domain::Envelope;
use serde_json::json;

use super::{EventSample, id};
use crate::Artifact;

/// The day on which the samples happen.
const DAY: &str = "2026-03-02";

/// The stored document of a sample, through the domain's own codec.
pub(super) fn stored(sample: &EventSample, number: u32) -> Artifact {
    let (name, text) = (sample.name, text(sample, number));
    Artifact { path: format!("samples/events/{name}.v{}.json", newest_version(name)), text: text + "\n" }
}

/// The stored document of a sample.
pub(crate) fn document(sample: &EventSample) -> String {
    text(sample, 0)
}

fn text(sample: &EventSample, number: u32) -> String {
    String::from_utf8(envelope(sample, number, DAY).encode()).expect("JSON is UTF-8")
}

/// A sample as the event of a number, which happened on a day.
pub(crate) fn envelope(sample: &EventSample, number: u32, day: &str) -> Envelope {
    let name = sample.name;
    let (aggregate, _) = name.split_once('.').expect("a type names its aggregate first");
    let version = newest_version(name);
    let document = json!({
        "specversion": "1.0",
        "id": id(10_000 + number),
        "source": "/itam/main",
        "type": name,
        "datacontenttype": "application/json",
        "dataschema": format!("{}{name}.v{version}.json", itam_domain::SCHEMA_BASE),
        "subject": format!("{aggregate}/{}", id(sample.aggregate)),
        "time": format!("{day}T09:30:00.250Z"),
        "tenant": "main",
        "effectivetime": format!("{day}T08:00:00.000Z"),
        "actor": id(900),
        "actorkind": "person",
        "commandid": id(20_000 + number),
        "commanddigest": "q0Jv1qvQy5jVbqJ3JQ4wqf1n",
        "correlationid": "ticket-4711",
        "causationid": id(10_000),
        "aggregateversion": sample.version,
        "reason": "As agreed in ticket 4711",
        "data": sample.data,
    });
    let envelope = Envelope::decode(document.to_string().as_bytes());
    envelope.unwrap_or_else(|error| panic!("the sample of {name} is no event: {error:?}"))
}

fn newest_version(name: &str) -> u32 {
    let mut types = itam_domain::AggregateKind::ALL.iter().flat_map(|kind| kind.event_types());
    let known = types.find(|known| known.name == name);
    known.unwrap_or_else(|| panic!("there is no event {name}")).version
}
