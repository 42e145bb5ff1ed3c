//! The digest of a command, which tells a repetition from another command under the same key.

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The command that has [`VAULT_FIELDS`].
const WITH_VAULT_FIELDS: &str = "add-person";

/// Fields that go to the person vault. They stay out of the digest, which stays in the log: a
/// hash of a name could be guessed after the name was erased.
const VAULT_FIELDS: [&str; 5] = ["name", "email", "username", "employee_number", "job_title"];

/// The digest of a command as it was sent: its name and its fields, in any order.
pub(crate) fn digest(command: &str, body: &Value) -> String {
    let mut hash = Sha256::new();
    hash.update(command.as_bytes());
    hash.update(b"\n");
    let mut text = Vec::new();
    match (command, body) {
        (WITH_VAULT_FIELDS, Value::Object(fields)) => {
            let kept = fields.iter().filter(|(name, _)| !VAULT_FIELDS.contains(&name.as_str()));
            let kept = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
            write_canonical(&Value::Object(kept), &mut text);
        }
        _ => write_canonical(body, &mut text),
    }
    hash.update(&text);
    BASE64URL_NOPAD.encode(&hash.finalize()[..18])
}

/// Writes JSON with the members of every object in the order of their names. Members that are
/// `null` are left out: they say the same as no member.
fn write_canonical(value: &Value, text: &mut Vec<u8>) {
    match value {
        Value::Object(fields) => {
            let mut members: Vec<_> = fields.iter().filter(|(_, value)| !value.is_null()).collect();
            members.sort_by_key(|(name, _)| *name);
            text.push(b'{');
            for (name, member) in members {
                write_json(name, text);
                text.push(b':');
                write_canonical(member, text);
                text.push(b',');
            }
            text.push(b'}');
        }
        Value::Array(items) => {
            text.push(b'[');
            for item in items {
                write_canonical(item, text);
                text.push(b',');
            }
            text.push(b']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => write_json(value, text),
    }
}

fn write_json(value: &impl serde::Serialize, text: &mut Vec<u8>) {
    serde_json::to_writer(text, value).expect("plain values always serialize, and memory takes them");
}

#[cfg(test)]
mod tests {
    use itam_domain::Command;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_fields_and_null_do_not_matter_but_values_do() {
        let digest = |body| digest("deactivate-person", &body);
        assert_eq!(
            digest(json!({"a": 1, "b": {"c": 2, "d": 3}})),
            digest(json!({"b": {"d": 3, "c": 2}, "a": 1, "e": null}))
        );
        assert_ne!(digest(json!({"a": 1})), digest(json!({"a": 2})));
        assert_ne!(digest(json!({"a": [1, 2]})), digest(json!({"a": [2, 1]})));
    }

    #[test]
    fn a_person_s_name_leaves_no_trace_in_the_digest() {
        assert!(Command::NAMES.contains(&WITH_VAULT_FIELDS));
        let digest = |body| digest(WITH_VAULT_FIELDS, &body);
        assert_eq!(digest(json!({"name": "Ada"})), digest(json!({"name": "Eve"})));
        assert_ne!(digest(json!({"location_id": "a"})), digest(json!({"location_id": "b"})));
    }
}
