//! Every reference of every event and command stands in the table of pairs, which says what ending
//! the one means for the other: a new field that refers to something has to be thought about.

use std::collections::BTreeSet;
use std::fs;

use itam_domain::AggregateKind;
use itam_schemas::folder;
use serde_json::Value;

use crate::support::files_in;

/// Who refers to what, by their words in subjects.
type Pairs = BTreeSet<(String, String)>;

/// What a type of the contracts names.
fn named(definition: &str) -> Option<&'static str> {
    let kind = match definition {
        "AssetName" | "MakerSerial" => Some(AggregateKind::Asset),
        "AuditCampaignId" => Some(AggregateKind::AuditCampaign),
        _ => AggregateKind::ALL.iter().copied().find(|kind| definition == id_type(*kind)),
    };
    assert!(kind.is_some() || !definition.ends_with("Id"), "{definition} names something unknown");
    kind.map(AggregateKind::as_str)
}

/// The type of a kind's ids.
fn id_type(kind: AggregateKind) -> String {
    let words = kind.noun().split(' ').map(|word| word[..1].to_uppercase() + &word[1..]);
    words.collect::<String>() + "Id"
}

/// What a command is about.
fn about(command: &str) -> &'static str {
    match command {
        "receive-delivery" => return AggregateKind::PurchaseOrder.as_str(),
        "scan-asset" | "resolve-finding" | "waive-finding" => return AggregateKind::AuditFinding.as_str(),
        _ => {}
    }
    let word = command.rsplit('-').next().expect("a word");
    let kind = AggregateKind::ALL.iter().find(|kind| kind.noun().rsplit(' ').next() == Some(word));
    kind.unwrap_or(&AggregateKind::Asset).as_str()
}

fn references(schema: &Value, definitions: &Value, seen: &[&str], found: &mut BTreeSet<&'static str>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| references(item, definitions, seen, found)),
        Value::Object(members) => {
            for (name, member) in members.iter().filter(|(name, _)| *name != "$defs") {
                let target = member.as_str().filter(|_| name == "$ref");
                let Some(definition) = target.and_then(|target| target.rsplit('/').next()) else {
                    references(member, definitions, seen, found);
                    continue;
                };
                if let Some(kind) = named(definition) {
                    found.insert(kind);
                } else if !seen.contains(&definition) {
                    let seen = [seen, &[definition]].concat();
                    references(&definitions[definition], definitions, &seen, found);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn references_of(path: &str) -> BTreeSet<&'static str> {
    let text = fs::read_to_string(folder().join(path)).expect("a schema");
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    let mut found = BTreeSet::new();
    references(&schema, &schema["$defs"], &[], &mut found);
    found
}

fn of_events() -> Pairs {
    let mut pairs = Pairs::new();
    for name in files_in("events").into_iter().filter(|name| name != "envelope.json") {
        let referrer = name.split('.').next().expect("a word").to_owned();
        let found = references_of(&format!("events/{name}"));
        pairs.extend(found.into_iter().map(|kind| (referrer.clone(), kind.to_owned())));
    }
    pairs
}

/// The rows of the table: who refers, to what, and two cells of prose.
fn table() -> Pairs {
    let text = fs::read_to_string(folder().join("../ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let section = text.split("\n## Pairs\n").nth(1).expect("a section on pairs");
    let section = section.split("\n## ").next().expect("its end");
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let mut pairs = Pairs::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        assert!(cells.len() == 4 && cells.iter().all(|cell| !cell.is_empty()), "{row}");
        for to in cells[1].split(", ") {
            let pair = (cells[0].replace('`', ""), to.replace('`', ""));
            assert!(pairs.insert(pair), "{row} says again what another row says");
        }
    }
    pairs
}

#[test]
fn every_reference_of_an_event_is_a_row_of_the_table_of_pairs() {
    assert_eq!(of_events(), table(), "left the events, right ARCHITECTURE.md");
}

#[test]
fn every_reference_of_a_command_is_a_row_of_the_table_of_pairs() {
    let table = table();
    for name in files_in("commands") {
        let command = name.strip_suffix(".json").expect("a schema");
        let referrer = about(command);
        for kind in references_of(&format!("commands/{name}")) {
            let pair = (referrer.to_owned(), kind.to_owned());
            assert!(kind == referrer || table.contains(&pair), "{command} refers to a {kind}");
        }
    }
}
