//! Reading JSON so that a client learns which place of its body is wrong, and how.

mod unique;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::de::SliceRead;
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment, Track};

use crate::{Problem, ProblemCode};

/// Parses `body` whole into `T`. What cannot be read is read again in a slower way that knows its
/// place.
///
/// # Errors
/// `malformed-json` with line and column; `unknown-field`, `duplicate-field` or `invalid-value` with a JSON
/// Pointer.
pub fn parse_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    match serde_json::from_slice(body) {
        Ok(value) => check_unique(body).map(|()| value),
        Err(_) => parse_json_with(body, |deserializer| T::deserialize(deserializer)),
    }
}

/// As [`parse_json`], for a type of named fields: an array of their values in their order, which could be read
/// as well until there is a field more, is refused.
///
/// # Errors
/// As [`parse_json`].
pub fn parse_object<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    if body.trim_ascii_start().first() == Some(&b'{') {
        return parse_json(body);
    }
    parse_json::<IgnoredAny>(body)?;
    let detail = "it is no JSON object";
    Err(Problem::new(ProblemCode::InvalidValue, format!("The body is not acceptable: {detail}.")).with_error(
        "",
        "invalid-value",
        detail,
    ))
}

/// Refuses an object that has a field twice, at any depth: of two readers, one would take the first and one
/// the last (RFC 8259 section 4).
fn check_unique(body: &[u8]) -> Result<(), Problem> {
    unique::find_duplicate(body).map_or(Ok(()), |pointer| Err(duplicate(pointer)))
}

fn duplicate(pointer: String) -> Problem {
    let detail = format!("The field at {pointer} stands there more than once.");
    Problem::new(ProblemCode::DuplicateField, detail.clone()).with_error(pointer, "duplicate-field", detail)
}

/// As [`parse_json`], for what is read by a function, such as one of several types.
///
/// # Errors
/// As [`parse_json`].
pub fn parse_json_with<T>(
    body: &[u8],
    read: impl FnOnce(TrackedDeserializer<'_, '_, '_>) -> Result<T, serde_json::Error>,
) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let mut track = Track::new();
    let value = read(serde_path_to_error::Deserializer::new(&mut deserializer, &mut track));
    let value = value.map_err(|error| problem_of(&track.path(), &error))?;
    deserializer.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

/// A JSON deserializer that knows where it is.
pub type TrackedDeserializer<'a, 'b, 'de> =
    serde_path_to_error::Deserializer<'a, 'b, &'b mut serde_json::Deserializer<SliceRead<'de>>>;

fn problem_of(path: &Path, error: &serde_json::Error) -> Problem {
    if error.classify() != Category::Data {
        return malformed(error);
    }
    let message = without_place(error);
    if let Some(field) = quoted_after(&message, "unknown field `") {
        let pointer = pointer_to_field(path, field);
        return Problem::new(ProblemCode::UnknownField, format!("The field at {pointer} is not known."))
            .with_error(pointer, "unknown-field", message);
    }
    if let Some(field) = quoted_after(&message, "duplicate field `") {
        return duplicate(pointer_to_field(path, field));
    }
    if let Some(field) = quoted_after(&message, "missing field `") {
        let pointer = pointer_to_field(path, field);
        return Problem::new(ProblemCode::InvalidValue, format!("The field {pointer} is missing."))
            .with_error(pointer, "missing-field", message);
    }
    let pointer = json_pointer(path);
    let place = if pointer.is_empty() { "The body" } else { &pointer };
    Problem::new(ProblemCode::InvalidValue, format!("{place} is not acceptable: {message}.")).with_error(
        pointer,
        "invalid-value",
        message,
    )
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::new(ProblemCode::MalformedJson, format!("Not JSON: {error}."))
        .with("line", error.line())
        .with("column", error.column())
}

/// The message without `serde_json`'s "at line 1 column 2", which the pointer says better.
fn without_place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    message.strip_suffix(&place).unwrap_or(&message).to_owned()
}

fn quoted_after<'a>(message: &'a str, start: &str) -> Option<&'a str> {
    message.strip_prefix(start)?.split('`').next()
}

/// The pointer to `field` of the object at `path`; the path may or may not end with it already.
fn pointer_to_field(path: &Path, field: &str) -> String {
    let pointer = json_pointer(path);
    let segment = format!("/{}", pointer_step(field));
    if pointer.ends_with(&segment) { pointer } else { pointer + &segment }
}

fn json_pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => {
                pointer.push('/');
                pointer.push_str(&index.to_string());
            }
            Segment::Map { key } => {
                pointer.push('/');
                pointer.push_str(&pointer_step(key));
            }
            // The variant of an externally tagged enum is an object key too.
            Segment::Enum { variant } => {
                pointer.push('/');
                pointer.push_str(&pointer_step(variant));
            }
            Segment::Unknown => {}
        }
    }
    pointer
}

/// A field's name as a step of a JSON Pointer (RFC 6901 section 3).
#[must_use]
pub fn pointer_step(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct SampleOrder {
        lines: Vec<SampleLine>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct SampleLine {
        quantity: u32,
        #[serde(default, rename = "a/b~c")]
        odd: Option<u8>,
    }

    fn refused(body: &str) -> Problem {
        parse_json::<SampleOrder>(body.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_good_body_is_read() {
        let order: SampleOrder = parse_json(br#"{"lines": [{"quantity": 3}]}"#).unwrap();
        assert_eq!(order, SampleOrder { lines: vec![SampleLine { quantity: 3, odd: None }] });
    }

    #[test]
    fn an_array_of_the_fields_is_no_object() {
        assert!(parse_json::<SampleOrder>(b"[[]]").is_ok(), "that is what is refused");
        for body in [" [[]]", "[1, 2]", "\"lines\"", "7", "null"] {
            let problem = parse_object::<SampleOrder>(body.as_bytes()).unwrap_err();
            let error = &problem.errors()[0];
            let found = (problem.code(), error.pointer.as_str(), error.detail.as_str());
            assert_eq!(found, (ProblemCode::InvalidValue, "", "it is no JSON object"), "{body}");
        }
        for body in ["", "[", "nul"] {
            let problem = parse_object::<SampleOrder>(body.as_bytes()).unwrap_err();
            assert_eq!(problem.code(), ProblemCode::MalformedJson, "{body}");
        }
        assert!(parse_object::<SampleOrder>(b" \n{\"lines\": []}").is_ok());
    }

    #[test]
    fn what_is_not_json_is_malformed_with_its_place() {
        let problem = refused("{\"lines\":\n [}");
        assert_eq!(problem.code(), ProblemCode::MalformedJson);
        let value = problem.to_value();
        assert_eq!((&value["line"], &value["column"]), (&json!(2), &json!(3)));
        assert_eq!(refused("").code(), ProblemCode::MalformedJson);
        assert_eq!(refused("{\"lines\": []} x").code(), ProblemCode::MalformedJson);
    }

    #[test]
    fn an_unknown_field_is_pointed_to() {
        let problem = refused(r#"{"lines": [{"quantity": 1}, {"quantity": 1, "colour": 2}]}"#);
        assert_eq!(problem.code(), ProblemCode::UnknownField);
        assert_eq!(problem.errors()[0].pointer, "/lines/1/colour");
        assert_eq!(refused(r#"{"line": []}"#).errors()[0].pointer, "/line");
    }

    #[test]
    fn hidden_characters_of_a_fields_name_are_shown() {
        let problem = refused("{\"a\u{202E}b\": 1}");
        assert_eq!(problem.code(), ProblemCode::UnknownField);
        let problem = problem.to_value();
        assert!(!problem.to_string().contains('\u{202E}'), "{problem}");
        assert_eq!(problem["errors"][0]["pointer"], "/a<U+202E>b");
        assert_eq!(problem["detail"], "The field at /a<U+202E>b is not known.");
        let twice =
            parse_json::<serde_json::Value>("{\"\u{202E}\": 1, \"\u{202E}\": 1}".as_bytes()).unwrap_err();
        assert_eq!(twice.errors()[0].pointer, "/<U+202E>");
    }

    #[test]
    fn a_field_that_stands_there_twice_is_pointed_to_at_any_depth() {
        let problem = refused(r#"{"lines": [{"quantity": 1, "quantity": 1}]}"#);
        assert_eq!(
            (problem.code(), &*problem.errors()[0].pointer),
            (ProblemCode::DuplicateField, "/lines/0/quantity")
        );
        for (body, pointer) in [
            (r#"{"a": 1, "a": 1}"#, "/a"),
            (r#"{"a": {"b": [0, {"c/d": 1, "c/d": {}}]}}"#, "/a/b/1/c~1d"),
            (r#"{"a": 1, "\u0061": 2}"#, "/a"),
            (r#"[{"": 1, "": 2}]"#, "/0/"),
        ] {
            let problem = parse_json::<serde_json::Value>(body.as_bytes()).unwrap_err();
            assert_eq!(
                (problem.code(), &*problem.errors()[0].pointer),
                (ProblemCode::DuplicateField, pointer),
                "{body}"
            );
        }
        let same_names_apart = br#"{"a": {"a": 1}, "b": [{"a": 1}, {"a": 1}], "A": null}"#;
        assert!(parse_json::<serde_json::Value>(same_names_apart).is_ok());
    }

    #[test]
    fn a_missing_field_is_pointed_to() {
        let problem = refused(r#"{"lines": [{}]}"#);
        assert_eq!(problem.code(), ProblemCode::InvalidValue);
        assert_eq!(problem.errors()[0].pointer, "/lines/0/quantity");
        assert_eq!(problem.errors()[0].code, "missing-field");
    }

    #[test]
    fn a_wrong_type_is_pointed_to_with_an_escaped_pointer() {
        let problem = refused(r#"{"lines": [{"quantity": 1, "a/b~c": "x"}]}"#);
        assert_eq!(problem.code(), ProblemCode::InvalidValue);
        assert_eq!(problem.errors()[0].pointer, "/lines/0/a~1b~0c");
        assert!(!problem.errors()[0].detail.contains("line 1"));
    }

    #[test]
    fn a_wrong_body_altogether_points_to_the_whole() {
        assert_eq!(refused("7").errors()[0].pointer, "");
    }
}
