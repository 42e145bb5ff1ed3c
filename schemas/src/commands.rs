//! The JSON Schema of every command: its own fields, and what every command may carry beside them.

use itam_domain::{Command, CommandMeta};
use serde_json::{Value, json};

use crate::components::describe_shared;
use crate::samples::command_samples;

/// The base of the commands' schema ids.
const COMMAND_BASE: &str = "https://schemas.itam.dev/commands/";

/// Every command's name with the schema of its body, in the order of the commands.
///
/// # Panics
/// If a command has no sample: a test holds the two lists equal.
#[must_use]
pub fn command_schemas() -> Vec<(&'static str, Value)> {
    let meta = schemars::schema_for!(CommandMeta).to_value();
    let samples = command_samples();
    let schema = |(name, own): (&'static str, schemars::Schema)| {
        let mut schema = own.to_value();
        merge_meta(&mut schema, &meta);
        schema["$id"] = format!("{COMMAND_BASE}{name}.json").into();
        let sample = samples.iter().find(|(sampled, _)| *sampled == name);
        let (_, sample) = sample.expect("every command has a sample");
        schema["examples"] = json!([sample]);
        describe_shared(&mut schema);
        (name, schema)
    };
    Command::schemas().into_iter().map(schema).collect()
}

/// The fields of the meta stand in the same object as the command's own.
fn merge_meta(schema: &mut Value, meta: &Value) {
    for field in CommandMeta::FIELDS {
        schema["properties"][field] = meta["properties"][field].clone();
    }
    schema["additionalProperties"] = false.into();
}
