//! Stored bytes: what is read, and what is said of what cannot be read.

use itam_domain::{Envelope, EnvelopeError};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::scene::{Scene, id};

/// An event as it is stored, as a document to be changed.
fn document() -> Value {
    let mut scene = Scene::empty();
    scene.given("person", id(1), "person.added", json!({"location_id": id(2)}));
    serde_json::from_slice(&scene.store.history[0].encode()).expect("JSON")
}

fn decode(document: &Value) -> Result<Envelope, EnvelopeError> {
    Envelope::decode(document.to_string().as_bytes())
}

/// Decodes the document with one attribute changed.
fn with_attribute(name: &str, value: Value) -> Result<Envelope, EnvelopeError> {
    let mut document = document();
    document[name] = value;
    decode(&document)
}

#[test]
fn an_event_is_stored_as_one_cloudevents_document_in_a_fixed_order() {
    let mut scene = Scene::empty();
    scene.given("person", id(1), "person.added", json!({}));
    let mut envelope = scene.store.history[0].clone();
    envelope.reason = Some("a \"quoted\"\nreason".to_owned());
    envelope.causation_id = Some("cause".to_owned());
    let text = String::from_utf8(envelope.encode()).expect("UTF-8");
    assert_eq!(
        text,
        concat!(
            r#"{"specversion":"1.0","id":"019a0000-0000-7000-8000-000000000001","source":"/itam/main","#,
            r#""type":"person.added","datacontenttype":"application/json","#,
            r#""dataschema":"https://schemas.itam.dev/events/person.added.v1.json","#,
            r#""subject":"person/019a0000-0000-7000-8000-000000000001","time":"2026-01-01T00:00:00.000Z","#,
            r#""tenant":"main","effectivetime":"2026-01-01T00:00:00.000Z","actor":"carl","actorkind":"person","#,
            r#""commandid":"019a0000-0000-7000-8000-000000000001","commanddigest":"d","correlationid":"c","#,
            r#""causationid":"cause","aggregateversion":1,"reason":"a \"quoted\"\nreason","data":{}}"#
        )
    );
    assert_eq!(Envelope::decode(text.as_bytes()).expect("an event"), envelope);
}

#[test]
fn a_type_or_version_of_a_newer_build_is_unknown_and_not_malformed() {
    let mut newer = document();
    newer["dataschema"] = json!("https://schemas.itam.dev/events/person.added.v2.json");
    let Err(EnvelopeError::UnknownType { name, version }) = decode(&newer) else {
        panic!("a newer version is unknown");
    };
    assert_eq!((name.as_str(), version), ("person.added", 2));
    for name in ["person.promoted", "contract.signed", "nonsense"] {
        let mut newer = document();
        newer["type"] = json!(name);
        newer["dataschema"] = json!(format!("https://schemas.itam.dev/events/{name}.v1.json"));
        assert!(matches!(decode(&newer), Err(EnvelopeError::UnknownType { version: 1, .. })), "{name}");
    }
}

#[test]
fn a_version_before_the_first_has_no_way_to_the_newest() {
    let schema = json!("https://schemas.itam.dev/events/person.added.v0.json");
    assert!(matches!(
        with_attribute("dataschema", schema),
        Err(EnvelopeError::UnknownType { version: 0, .. })
    ));
}

#[test]
fn an_attribute_that_does_not_hold_what_it_should_is_named() {
    let asset = format!("asset/{}", id(1));
    let wrong = [
        ("specversion", "0.3"),
        ("dataschema", "https://schemas.itam.dev/events/person.added.json"),
        ("dataschema", "https://schemas.itam.dev/events/person.erased.v1.json"),
        ("dataschema", "https://schemas.itam.dev/events/person.added.vx.json"),
        ("dataschema", ""),
        ("subject", "person"),
        ("subject", "person/17"),
        ("subject", "planet/019a0000-0000-7000-8000-000000000001"),
        ("subject", &asset),
        ("time", "yesterday"),
        ("effectivetime", "2026-13-01T00:00:00Z"),
    ];
    for (name, held) in wrong {
        let Err(EnvelopeError::Attribute { attribute, value }) = with_attribute(name, json!(held)) else {
            panic!("{name} must not hold {held:?}");
        };
        assert_eq!((attribute, value.as_str()), (name, held));
    }
}

#[test]
fn attributes_of_another_type_are_malformed() {
    let wrong = [
        ("id", json!("17")),
        ("actorkind", json!("robot")),
        ("aggregateversion", json!(-1)),
        ("actor", json!(null)),
        ("type", json!(["person.added"])),
    ];
    for (name, value) in wrong {
        let result = with_attribute(name, value.clone());
        assert!(matches!(result, Err(EnvelopeError::Malformed(_))), "{name} {value}");
    }
}

#[test]
fn a_document_without_an_attribute_is_malformed_unless_the_attribute_is_optional() {
    let Value::Object(attributes) = document() else {
        panic!("a document is an object");
    };
    for name in attributes.keys() {
        let mut without = attributes.clone();
        without.remove(name);
        let result = decode(&Value::Object(without));
        assert!(matches!(result, Err(EnvelopeError::Malformed(_))), "{name}");
    }
}

#[test]
fn data_that_cannot_be_read_says_whose_it_is() {
    for data in [json!({"location_id": 17}), json!(null), json!("x")] {
        let Err(EnvelopeError::Data { name, version, .. }) = with_attribute("data", data.clone()) else {
            panic!("{data} is no data of person.added");
        };
        assert_eq!((name.as_str(), version), ("person.added", 1));
    }
}

#[test]
fn truncated_and_foreign_bytes_are_malformed() {
    let bytes = document().to_string().into_bytes();
    for length in 0..bytes.len() {
        let result = Envelope::decode(&bytes[..length]);
        assert!(matches!(result, Err(EnvelopeError::Malformed(_))), "{length} bytes");
    }
    for foreign in [&b"{}"[..], b"[]", b"null", b"\xff\xfe", b"PK\x03\x04", b"{\"specversion\":\"1.0\"}"] {
        assert!(matches!(Envelope::decode(foreign), Err(EnvelopeError::Malformed(_))));
    }
    let mut longer = bytes;
    longer.extend(b"{}");
    assert!(matches!(Envelope::decode(&longer), Err(EnvelopeError::Malformed(_))));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Envelope::decode(&bytes).is_err());
    }

    #[test]
    fn a_changed_byte_never_panics_and_what_is_read_is_written_alike(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = document().to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(envelope) = Envelope::decode(&bytes) {
            let written = envelope.encode();
            prop_assert_eq!(Envelope::decode(&written).expect("just written").encode(), written);
        }
    }

    #[test]
    fn any_texts_and_instants_come_back_as_they_were(
        texts in prop::array::uniform4(".{0,40}"),
        ms in -62_167_219_200_000_i64..=253_402_300_799_999,
    ) {
        let mut scene = Scene::empty();
        scene.given("person", id(1), "person.added", json!({}));
        let mut envelope = scene.store.history[0].clone();
        let [actor, correlation, causation, reason] = texts;
        let at = chrono::DateTime::from_timestamp_millis(ms).expect("an instant of the years 0 to 9999");
        envelope.actor = actor;
        envelope.correlation_id = correlation;
        envelope.causation_id = Some(causation);
        envelope.reason = Some(reason);
        envelope.effective_at = at;
        prop_assert_eq!(Envelope::decode(&envelope.encode()).expect("just written"), envelope);
    }
}
