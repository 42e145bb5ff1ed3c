//! The schemas of histories, the log, the summary and the status.

use serde_json::{Map, Value, json};

use super::moments::members as moment_members;
use super::query_rows::{count, instant, part, row, text, uuid};
use crate::components::reference;

/// An event of a history.
pub(super) fn history_event() -> Value {
    let members = event_members();
    let mut schema = row("HistoryEvent", "An event of a history.", None, &members, &["position"]);
    schema["oneOf"] = json!([
        {"required": ["id", "type", "subject", "version", "recorded_time", "effective_time", "actor",
                      "actor_kind", "command_id", "data"]},
        {"required": ["unreadable"]},
    ]);
    schema
}

/// The members of an event as it is shown.
pub(super) fn event_members() -> Value {
    json!({
        "position": count("Its position in the log."),
        "id": uuid("Its id."),
        "type": text("What happened, such as asset.deployed."),
        "subject": text("What it happened to."),
        "version": count("The number of the event within its aggregate."),
        "recorded_time": instant("When it was recorded."),
        "effective_time": instant("When it happened in the world."),
        "actor": text("Who did it."),
        "actor_kind": {"enum": ["person", "service"]},
        "actor_name": text("What the actor is called."),
        "reason": text("Why."),
        "command_id": uuid("The command that caused it."),
        "correlation_id": text("What the command was part of."),
        "data": {"type": "object", "description": "The event's data, as its schema says."},
        "unreadable": text("Why the event cannot be shown."),
    })
}

/// A line of the log.
pub(super) fn event_line() -> Value {
    let members = json!({
        "position": count("Its position in the log."),
        "subject": text("The NATS subject."),
        "event": reference("Envelope"),
        "base64": {"type": "string", "contentEncoding": "base64",
                   "description": "The stored bytes, where they are not JSON."},
        "next_position": count("In the last line: where to go on. An export without it was cut."),
    });
    let mut schema =
        row("EventLine", "A line of the log: its event holds the stored bytes.", None, &members, &[]);
    schema["oneOf"] = json!([
        {"required": ["position", "subject", "event"]},
        {"required": ["position", "subject", "base64"]},
        {"required": ["next_position"]},
    ]);
    schema
}

/// How many assets there are, and what they cost.
pub(super) fn inventory_summary() -> Value {
    let counts = json!({"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}});
    let group = |what: &str| {
        let mut members = Map::new();
        members.insert(format!("{what}_id"), json!({"type": ["string", "null"], "format": "uuid"}));
        members.insert(format!("{what}_name"), text("Its name."));
        members.insert("assets".to_owned(), count("How many assets."));
        let id = format!("{what}_id");
        json!({"type": "array", "items": part(&Value::Object(members), &[id.as_str(), "assets"])})
    };
    let mut members = json!({
        "assets": count("How many assets."),
        "by_state": counts, "by_kind": counts, "by_hardware_kind": counts,
        "by_location": group("location"), "by_department": group("department"),
        "acquisition_cost": {"type": "array", "items": reference("Money"),
                             "description": "What they cost, one sum for each currency."},
    });
    for (name, member) in moment_members() {
        members[name] = member;
    }
    let required = [
        "assets",
        "by_state",
        "by_kind",
        "by_hardware_kind",
        "by_location",
        "by_department",
        "acquisition_cost",
    ];
    row("InventorySummary", "How many assets there are, and what they cost.", None, &members, &required)
}

/// How far the register is behind the log.
pub(super) fn status() -> Value {
    let event = part(
        &json!({"position": count("Its position."), "type": text("Its type."),
                             "reason": text("Why it is parked."), "stored_at": instant("Since when.")}),
        &["position", "type", "reason", "stored_at"],
    );
    let fault = part(
        &json!({"stream": text("The stream."),
                "server": text("The server's name; empty where the stream has no leader."),
                "kind": {"type": "string", "enum": ["unheard", "behind", "empty", "broken", "leaderless"],
                         "description": "What is wrong."},
                "detail": text("What was seen."), "since": instant("The first look that did not find it right.")}),
        &["stream", "server", "kind", "detail", "since"],
    );
    let members = json!({
        "tenant": text("The organization."),
        "mode": text("How the program runs."),
        "app_version": text("The version of the program."),
        "schema_version": count("The version of the read model's tables."),
        "started_at": instant("When the service started."),
        "head": count("The last position of the log."),
        "applied": count("The last position that the read model shows."),
        "lag": count("How far it is behind."),
        "parked": part(&json!({"count": count("How many events could not be applied."),
                               "released": count("How many of them somebody has looked at and released."),
                               "events": {"type": "array", "items": event}}), &["count", "released", "events"]),
        "projector": {"type": "object", "description": "How the projector is doing, if it runs in this process."},
        "replica_faults": {"type": "array", "items": fault, "description":
            "What is wrong with the servers' copies of the streams for 5 s and more. Missing where there are no servers."},
        "historic": part(&json!({"position": count("Where it ends."), "until": instant("Of which moment it is."),
                                 "hash": text("The canonical hash of every row, in hexadecimal.")}),
                         &["position", "until", "hash"]),
    });
    let required =
        ["tenant", "mode", "app_version", "schema_version", "started_at", "head", "applied", "lag", "parked"];
    row("Status", "How far the register is behind the log, and what runs here.", None, &members, &required)
}
