//! The examples of answers: what a query service answers that was told the story of the samples.

use serde_json::{Map, Value, json};

use crate::story::StoryService;

/// Puts an example into every answer that ends.
pub(super) fn show(paths: &mut Map<String, Value>) {
    let service = StoryService::start();
    for (path, item) in paths {
        let operation = &mut item["get"];
        let question = question(path, &operation["parameters"]);
        let content = operation["responses"]["200"]["content"].as_object_mut().expect("an answer");
        for (media_type, media) in content.iter_mut().filter(|(_, media)| media.get("example").is_none()) {
            let text = service.ask(&question, media_type);
            media["example"] = match media_type.as_str() {
                "application/json" => same_of_every_build(serde_json::from_str(&text).expect("JSON")),
                _ => text.into(),
            };
        }
    }
}

/// The question that the examples of the parameters ask, as far as they are required or show more; few rows show
/// enough.
fn question(path: &str, parameters: &Value) -> String {
    let (mut question, mut asked) = (path.to_owned(), Vec::new());
    for parameter in parameters.as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap_or_default();
        let example = text_of(&parameter["example"]);
        match parameter["in"].as_str() {
            Some("path") => question = question.replace(&format!("{{{name}}}"), &example),
            _ if name == "group_by" || parameter["required"] == true => {
                asked.push(format!("{name}={example}"));
            }
            _ if name == "limit" => asked.push("limit=2".to_owned()),
            _ if path == "/v1/audit/export" && name == "to" => asked.push("to=2".to_owned()),
            _ => {}
        }
    }
    let first = if asked.is_empty() { "" } else { "?" };
    question + first + &asked.join("&")
}

/// A value as it stands in a question.
fn text_of(example: &Value) -> String {
    match example {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text_of).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// Leaves out what would make the documents differ with every change of a table.
fn same_of_every_build(mut example: Value) -> Value {
    let Some(members) = example.as_object_mut().filter(|members| members.contains_key("read_models")) else {
        return example;
    };
    members.insert("schema_version".to_owned(), json!(1));
    for row in members["read_models"].as_array_mut().into_iter().flatten() {
        row["schema_version"] = json!(1);
    }
    example
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::openapi::{Services, openapi};
    use crate::problems::read_examples;

    /// What the service says that it takes, of a question that it refuses.
    fn taken(service: &StoryService, question: &str, member: &str) -> BTreeSet<String> {
        let (_, problem) = service.send(question, "*/*");
        let problem: Value = serde_json::from_str(&problem).expect("JSON");
        let taken = problem[member].as_array().unwrap_or_else(|| panic!("{question}: {problem}"));
        taken.iter().map(|name| name.as_str().expect("a name").to_owned()).collect()
    }

    #[test]
    fn operations_describe_the_parameters_and_the_words_that_the_service_takes() {
        let document = openapi(Services::Query, &read_examples().expect("pages"));
        let service = StoryService::start();
        for (path, item) in document["paths"].as_object().expect("paths") {
            let operation = &item["get"];
            if operation["tags"][0] == "Service" {
                continue;
            }
            let parameters =
                operation["parameters"].as_array().expect("parameters").iter().map(|parameter| {
                    let shared = parameter["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
                    shared.map_or(parameter, |pointer| document.pointer(pointer).expect("a parameter"))
                });
            let parameters: Vec<&Value> = parameters.filter(|parameter| parameter["in"] == "query").collect();
            // One of the worklists takes a number of days; any shows assets.
            let asked = question(path, &operation["parameters"]).replace("overdue-returns", "unverified");
            let with = if asked.contains('?') { '&' } else { '?' };
            let described =
                parameters.iter().map(|parameter| parameter["name"].as_str().expect("a name").to_owned());
            // What asks no read model takes these too, and does not wait.
            let waits = ["min_position", "wait_ms"].map(str::to_owned);
            let described: BTreeSet<_> = described.chain(waits).collect();
            let mut allowed = taken(&service, &format!("{asked}{with}unheard_of=1"), "allowed_parameters");
            allowed.retain(|name| {
                let is_set_by_path = || {
                    let (_, answer) = service.send(&format!("{asked}{with}{name}=1"), "*/*");
                    answer.contains("is set by the path already")
                };
                described.contains(name) || !is_set_by_path()
            });
            assert_eq!(described, allowed, "{path}");
            for parameter in parameters {
                let (name, schema) = (&parameter["name"].as_str().expect("a name"), &parameter["schema"]);
                if let Some(words) = schema["enum"].as_array().or(schema["items"]["enum"].as_array()) {
                    let words = words.iter().map(|word| word.as_str().expect("a word").to_owned());
                    let allowed =
                        taken(&service, &format!("{asked}{with}{name}=unheard-of"), "allowed_values");
                    assert_eq!(words.collect::<BTreeSet<_>>(), allowed, "{path}: {name}");
                }
            }
        }
    }
}
