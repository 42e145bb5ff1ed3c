//! The contracts of itam: everything that a program outside needs to know, generated from the
//! types themselves and committed, so that a change of contract is seen in review.
//!
//! `cargo run -p itam-schemas` writes the files; a test fails when they differ from the code.

mod artifact;
mod asyncapi;
mod commands;
mod components;
mod envelope;
mod events;
mod naming;
mod openapi;
mod portable;
pub mod problems;
mod reference;
mod rows;
pub mod samples;
mod story;

use std::path::PathBuf;

pub use artifact::Artifact;
pub use commands::command_schemas;
pub use envelope::envelope_schema;
pub use events::event_schemas;
pub use openapi::{Services, openapi};
pub use problems::ReadPageError;

/// How the files are made anew.
pub const REGENERATE: &str = "cargo run -p itam-schemas";

/// The folder of the contracts.
#[must_use]
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every generated file, but for the samples of events, which are made once and kept for ever.
///
/// # Errors
/// [`ReadPageError`] if a page under `docs/problems/` is missing or has no example.
pub fn artifacts() -> Result<Vec<Artifact>, ReadPageError> {
    let problems = problems::read_examples()?;
    let mut files = Vec::new();
    for (name, schema) in command_schemas() {
        files.push(Artifact::json(format!("commands/{name}.json"), &schema));
    }
    for (name, sample) in samples::command_samples() {
        files.push(Artifact::json(format!("samples/commands/{name}.json"), &sample));
    }
    files.push(Artifact::json("events/envelope.json", &envelope_schema()));
    for (event_type, schema) in event_schemas() {
        let path = format!("events/{}.v{}.json", event_type.name, event_type.version);
        files.push(Artifact::json(path, &schema));
    }
    for services in Services::ALL {
        let path = format!("openapi/{}.json", services.file());
        files.push(Artifact::json(path, &openapi(services, &problems)));
    }
    files.push(Artifact::json("asyncapi/itam.json", &asyncapi::asyncapi(&problems)));
    Ok(files)
}
