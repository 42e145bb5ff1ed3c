//! From a sample to the bytes that the log would store.

use itam_domain::Envelope;
use serde_json::json;

use super::{EventSample, id};
use crate::Artifact;

/// The stored document of a sample, through the domain's own codec.
pub(super) fn stored(sample: &EventSample, number: u32) -> Artifact {
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
        "time": "2026-03-02T09:30:00.250Z",
        "tenant": "main",
        "effectivetime": "2026-03-02T08:00:00.000Z",
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
    let envelope = envelope.unwrap_or_else(|error| panic!("the sample of {name} is no event: {error:?}"));
    let text = String::from_utf8(envelope.encode()).expect("JSON is UTF-8");
    Artifact { path: format!("samples/events/{name}.v{version}.json"), text: text + "\n" }
}

fn newest_version(name: &str) -> u32 {
    let mut types = itam_domain::AggregateKind::ALL.iter().flat_map(|kind| kind.event_types());
    let known = types.find(|known| known.name == name);
    known.unwrap_or_else(|| panic!("there is no event {name}")).version
}
