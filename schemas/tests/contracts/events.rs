//! Golden samples: what was once written is read for ever.

use std::collections::BTreeSet;
use std::fs;

use itam_domain::{AggregateKind, Envelope, SCHEMA_BASE};
use itam_schemas::{folder, samples};
use serde_json::{Value, json};

use crate::support::{assert_valid, committed, files_in, validator};

/// Every committed sample: its file, and the stored bytes.
fn stored() -> Vec<(String, Vec<u8>)> {
    let read = |name: String| {
        let text = fs::read_to_string(folder().join("samples/events").join(&name)).expect("a sample");
        (name, text.trim_end().as_bytes().to_vec())
    };
    files_in("samples/events").into_iter().map(read).collect()
}

fn newest() -> BTreeSet<String> {
    let types = AggregateKind::ALL.iter().flat_map(|kind| kind.event_types());
    types.map(|event| format!("{}.v{}.json", event.name, event.version)).collect()
}

#[test]
fn every_sample_is_read_and_those_of_the_newest_version_are_written_byte_for_byte() {
    let newest = newest();
    for (name, bytes) in stored() {
        let envelope = Envelope::decode(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        if newest.contains(&name) {
            assert_eq!(String::from_utf8(envelope.encode()), String::from_utf8(bytes), "{name}");
        }
    }
}

#[test]
fn the_samples_say_what_the_code_would_write_today() {
    for sample in samples::event_samples() {
        let text = fs::read_to_string(folder().join(&sample.path)).expect("a sample");
        let committed = Envelope::decode(text.as_bytes()).expect("an event");
        let generated = Envelope::decode(sample.text.as_bytes()).expect("an event");
        assert_eq!(committed, generated, "{}: a published event is never edited", sample.path);
    }
}

#[test]
fn every_event_of_the_domain_has_a_sample() {
    let sampled: BTreeSet<String> = stored().into_iter().map(|(name, _)| name).collect();
    let missing: Vec<_> = newest().difference(&sampled).cloned().collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_sample_is_valid_by_the_envelope_and_by_its_dataschema() {
    let envelope = validator(&committed("events/envelope.json"));
    for (name, bytes) in stored() {
        let document: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert_valid(&envelope, &document, &name);
        let schema = committed(&format!("events/{name}"));
        assert_eq!(schema["$id"], document["dataschema"], "{name}");
        assert_eq!(schema["$id"], format!("{SCHEMA_BASE}{name}"));
        assert_valid(&validator(&schema), &document["data"], &name);
    }
}

#[test]
fn data_without_a_required_member_or_with_another_type_is_not_valid() {
    for (name, bytes) in stored() {
        let document: Value = serde_json::from_slice(&bytes).expect("JSON");
        let schema = committed(&format!("events/{name}"));
        let validator = validator(&schema);
        for required in schema["required"].as_array().into_iter().flatten() {
            let mut data = document["data"].clone();
            data.as_object_mut().expect("an object").remove(required.as_str().expect("a name"));
            assert!(!validator.is_valid(&data), "{name} without {required}");
        }
        for member in document["data"].as_object().expect("an object").keys() {
            let mut data = document["data"].clone();
            data[member] = json!([[]]);
            assert!(!validator.is_valid(&data), "{name} with a wrong {member}");
        }
        assert!(!validator.is_valid(&json!([])), "{name}");
    }
}

#[test]
fn an_envelope_without_a_required_attribute_is_neither_valid_nor_read() {
    let schema = committed("events/envelope.json");
    let validator = validator(&schema);
    let (_, bytes) = stored().swap_remove(0);
    for required in schema["required"].as_array().expect("a list") {
        let mut document: Value = serde_json::from_slice(&bytes).expect("JSON");
        document.as_object_mut().expect("an object").remove(required.as_str().expect("a name"));
        assert!(!validator.is_valid(&document), "without {required}");
        assert!(Envelope::decode(document.to_string().as_bytes()).is_err(), "without {required}");
    }
}
