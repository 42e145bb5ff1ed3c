//! Names for the parts of schemas: generators make a type of every object and of every list of
//! words, and call it as they like where it has no name.

use serde_json::{Map, Value, json};

use crate::reference::reference;

/// Takes every object and every list of words out of a schema of this name, and leaves references.
/// What is taken has the name of where it stood: `AssetCustody` is the `custody` of an `Asset`.
pub(crate) fn take_parts(name: &str, schema: &mut Value, taken: &mut Vec<(String, Value)>) {
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        for (property, part) in properties {
            take(&format!("{name}{}", pascal_case(property)), part, taken);
        }
    }
    if let Some(items) = schema.get_mut("items") {
        take(&format!("{name}Item"), items, taken);
    }
    for part in schema.get_mut("allOf").and_then(Value::as_array_mut).into_iter().flatten() {
        take_parts(name, part, taken);
    }
    for choice in ["anyOf", "oneOf"] {
        for form in schema.get_mut(choice).and_then(Value::as_array_mut).into_iter().flatten() {
            let distinction = pascal_case(distinction(form));
            take(&format!("{name}{distinction}"), form, taken);
        }
    }
}

fn take(name: &str, part: &mut Value, taken: &mut Vec<(String, Value)>) {
    take_parts(name, part, taken);
    let has_type = part["properties"].is_object() || part["enum"].is_array();
    if !has_type {
        return;
    }
    let mut rest = reference(name);
    if without_null(part) {
        rest = json!({"anyOf": [rest, {"type": "null"}]});
    }
    taken.push((name.to_owned(), std::mem::replace(part, rest)));
}

/// Takes `null` off the types of a schema, and says whether it was there.
fn without_null(schema: &mut Value) -> bool {
    let Some([kind, null]) = schema["type"].as_array().map(Vec::as_slice) else {
        return false;
    };
    assert_eq!(null, "null", "a part is of one type, or null");
    schema["type"] = kind.clone();
    true
}

/// What tells a form from the others: the word that it has in the place of theirs, or the member
/// that they have not.
fn distinction(form: &Value) -> &str {
    let properties = form["properties"].as_object().into_iter().flat_map(Map::values);
    let mut words = properties.filter_map(|property| property["const"].as_str());
    words.next().or_else(|| form["required"][0].as_str()).unwrap_or_default()
}

fn pascal_case(name: &str) -> String {
    let capitalized = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_uppercase() + rest
    };
    name.split(['_', '-', '.']).map(capitalized).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken_of(mut schema: Value) -> (Value, Map<String, Value>) {
        let mut taken = Vec::new();
        take_parts("Asset", &mut schema, &mut taken);
        (schema, taken.into_iter().collect())
    }

    #[test]
    fn objects_and_words_are_named_by_where_they_stand() {
        let words = json!({"type": "string", "enum": ["on", "off"]});
        let hold = json!({"type": "object", "properties": {"kind": words}});
        let (left, taken) = taken_of(json!({"type": "object", "properties": {
            "name": {"type": "string"}, "due_back": words, "holds": {"type": "array", "items": hold},
        }}));
        let expected = json!({"type": "object", "properties": {
            "name": {"type": "string"}, "due_back": reference("AssetDueBack"),
            "holds": {"type": "array", "items": reference("AssetHoldsItem")},
        }});
        assert_eq!(left, expected);
        assert_eq!(taken["AssetDueBack"], words);
        assert_eq!(taken["AssetHoldsItemKind"], words);
        assert_eq!(taken["AssetHoldsItem"]["properties"]["kind"], reference("AssetHoldsItemKind"));
    }

    #[test]
    fn an_object_that_may_be_missing_is_an_object_or_null() {
        let release = json!({"type": ["object", "null"], "properties": {}});
        let (left, taken) = taken_of(json!({"properties": {"release": release}}));
        let either = json!({"anyOf": [reference("AssetRelease"), {"type": "null"}]});
        assert_eq!(left["properties"]["release"], either);
        assert_eq!(taken["AssetRelease"], json!({"type": "object", "properties": {}}));
    }

    #[test]
    fn forms_are_named_by_what_tells_them_apart() {
        let (_, taken) = taken_of(json!({"oneOf": [
            {"type": "object", "properties": {"person": {"type": "string"}}, "required": ["person"]},
            {"type": "object", "properties": {"field": {"const": "model_id"}}, "required": ["field"]},
        ]}));
        assert_eq!(taken.keys().collect::<Vec<_>>(), ["AssetModelId", "AssetPerson"]);
    }
}
