//! The schemas of histories, the log, the summary and the status.

use serde_json::{Map, Value, json};

use super::moments::members as moment_members;
use super::row_parts::{count, instant, part, row, text, uuid};
use crate::components::one_of;
use crate::reference::reference;

/// An event of a history, and the two forms that it has.
pub(super) fn history_event() -> Vec<Value> {
    let required = [
        "position",
        "id",
        "type",
        "subject",
        "version",
        "recorded_time",
        "effective_time",
        "actor",
        "actor_kind",
        "command_id",
        "data",
    ];
    let unreadable = json!({"position": position(), "unreadable": unreadable()});
    vec![
        one_of("HistoryEvent", "An event of a history.", &["ReadableEvent", "UnreadableEvent"]),
        row("ReadableEvent", "An event of a history, as it is shown.", None, &event_members(), &required),
        row(
            "UnreadableEvent",
            "An event of a history that cannot be shown.",
            None,
            &unreadable,
            &["position", "unreadable"],
        ),
    ]
}

fn position() -> Value {
    count("Its position in the log.")
}

/// Why an event cannot be shown.
pub(super) fn unreadable() -> Value {
    text("Why the event cannot be shown.")
}

/// The members of an event as it is shown.
pub(super) fn event_members() -> Value {
    json!({
        "position": position(),
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
    })
}

/// A line of the log, and the three forms that it has.
pub(super) fn event_line() -> Vec<Value> {
    let subject = text("The NATS subject.");
    let event = json!({"position": position(), "subject": subject, "event": reference("Envelope")});
    let bytes = json!({"position": position(), "subject": subject, "base64": {
        "type": "string", "contentEncoding": "base64", "description": "The stored bytes.",
    }});
    let end = json!({"next_position": count("Where to go on.")});
    let line = "A line of the log: a message, or the end.";
    let of_event = "A line of the log: its event holds the stored bytes.";
    let of_bytes = "A line of the log whose stored bytes are not JSON.";
    let of_end = "The last line of the log. An export without it was cut.";
    vec![
        one_of("EventLine", line, &["StoredEventLine", "StoredBytesLine", "EndLine"]),
        row("StoredEventLine", of_event, None, &event, &["position", "subject", "event"]),
        row("StoredBytesLine", of_bytes, None, &bytes, &["position", "subject", "base64"]),
        row("EndLine", of_end, None, &end, &["next_position"]),
    ]
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
    let read_model = part(
        &json!({"name": text("Which."), "schema_version": count("The version of its tables."),
                "applied": {"type": ["integer", "null"], "minimum": 0,
                            "description": "The position as of which it answers; null while it is being built."},
                "lag": {"type": ["integer", "null"], "minimum": 0, "description": "How far it is behind."}}),
        &["name", "schema_version", "applied", "lag"],
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
        "read_models": {"type": "array", "items": read_model,
                        "description": "The files that answers come from: the register, and the projections beside it."},
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
    let required = [
        "tenant",
        "mode",
        "app_version",
        "schema_version",
        "started_at",
        "head",
        "applied",
        "lag",
        "read_models",
        "parked",
    ];
    row("Status", "How far the register is behind the log, and what runs here.", None, &members, &required)
}
