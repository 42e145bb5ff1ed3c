//! What is committed is what the code says.

use std::collections::BTreeSet;
use std::fs;

use itam_schemas::{REGENERATE, artifacts, folder, samples};

use crate::support::files_in;

#[test]
fn the_committed_contracts_are_those_of_the_code() {
    let drifted: Vec<String> = artifacts()
        .expect("pages")
        .into_iter()
        .filter(|file| fs::read_to_string(folder().join(&file.path)).ok().as_deref() != Some(&file.text))
        .map(|file| file.path)
        .collect();
    assert!(drifted.is_empty(), "run `{REGENERATE}` and review the change of contract: {drifted:#?}");
}

#[test]
fn nothing_is_committed_that_is_not_generated() {
    let artifacts = artifacts().expect("pages");
    let paths: BTreeSet<&str> = artifacts.iter().map(|file| file.path.as_str()).collect();
    for generated in ["commands", "samples/commands", "openapi", "asyncapi"] {
        for name in files_in(generated) {
            let path = format!("{generated}/{name}");
            assert!(paths.contains(path.as_str()), "run `{REGENERATE}`: {path} is stale");
        }
    }
}

#[test]
fn every_event_version_has_its_schema_and_its_sample() {
    for sample in samples::event_samples() {
        let path = folder().join(&sample.path);
        assert!(path.exists(), "run `{REGENERATE}`: {} is missing", sample.path);
    }
    let mut schemas = files_in("events");
    schemas.retain(|name| name != "envelope.json");
    assert_eq!(schemas, files_in("samples/events"));
}
