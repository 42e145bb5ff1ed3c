//! Query parameters as `OpenAPI` tells them.

use itam_query_service::{ParameterValues, QueryParameter};
use serde_json::{Value, json};

const SOME_ID: &str = "019a5c3e-8000-7000-8000-000000000011";
/// A day, an instant or a position.
const TIME: &str = "^([0-9]{1,20}|[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9:.]+([Zz]|[+-][0-9]{2}:[0-9]{2}))?)$";
/// A day or an instant.
const INSTANT: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9:.]+([Zz]|[+-][0-9]{2}:[0-9]{2}))?$";
/// The parameters that most operations share, by their names in the document.
pub(super) const SHARED: [(&str, &str); 4] =
    [("min_position", "MinPosition"), ("wait_ms", "WaitMs"), ("as_of", "AsOf"), ("known_at", "KnownAt")];

/// A parameter in full.
pub(super) fn described(parameter: &QueryParameter) -> Value {
    let text = |pattern: &str| json!({"type": "string", "pattern": pattern});
    let list = |item: Value, most: usize| json!({"type": "array", "items": item, "maxItems": most});
    let id = json!({"type": "string", "format": "uuid"});
    let (schema, example) = match &parameter.takes {
        ParameterValues::Text(example) => (json!({"type": "string", "minLength": 1}), json!(example)),
        ParameterValues::Number(range, example) => {
            let mut schema = json!({"type": "integer", "minimum": range.start()});
            if *range.end() < u64::MAX {
                schema["maximum"] = json!(range.end());
            }
            (schema, json!(example))
        }
        ParameterValues::Instant(example) => (text(INSTANT), json!(example)),
        ParameterValues::Time(example) => (text(TIME), json!(example)),
        ParameterValues::Word(words) => (json!({"enum": words.all()}), json!(words.all()[0])),
        ParameterValues::Words(words, most) => {
            (list(json!({"enum": words.all()}), *most), json!([words.all()[0]]))
        }
        ParameterValues::Id => (id, json!(SOME_ID)),
        ParameterValues::Ids => (list(id, QueryParameter::MAX_VALUES), json!([SOME_ID])),
        ParameterValues::Texts(pattern, example) => {
            (list(text(pattern), QueryParameter::MAX_VALUES), json!([example]))
        }
    };
    let mut described = json!({
        "name": parameter.name, "in": "query", "description": parameter.meaning, "schema": schema, "example": example,
    });
    if described["schema"]["type"] == "array" {
        described["style"] = json!("form");
        described["explode"] = json!(false);
    }
    if parameter.is_required {
        described["required"] = json!(true);
    }
    described
}
