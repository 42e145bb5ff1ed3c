//! The `AsyncAPI` 3.0 document of the subjects on NATS.

mod servers;

use itam_domain::{AggregateKind, Command, GuardName};
use serde_json::{Map, Value, json};

use self::servers::{APPENDING, TAKING, by_any_of, security_schemes, servers};
use crate::commands::command_schemas;
use crate::components::Components;
use crate::events::{dataschema, event_schemas};
use crate::openapi::answer_schemas;
use crate::portable::make_portable;
use crate::problems::ProblemExample;
use crate::reference::reference;
use crate::samples;

/// The document.
pub(crate) fn asyncapi(problems: &[ProblemExample]) -> Value {
    let mut schemas = Components::default();
    let mut messages = Map::new();
    schemas.add(crate::envelope_schema());
    for schema in answer_schemas() {
        schemas.add(schema);
    }
    let events = event_messages(&mut schemas, &mut messages);
    let commands = command_messages(&mut schemas, &mut messages);
    for (name, message) in [
        ("KeyRecord", key_message()),
        ("GuardRecord", guard_message()),
        ("CommandAnswer", answer_message()),
        ("CommandProblem", problem_message(problems)),
    ] {
        messages.insert(name.to_owned(), message);
    }
    for message in messages.values_mut() {
        for part in ["payload", "headers"] {
            message.get_mut(part).into_iter().for_each(make_portable);
        }
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "itam on NATS",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The log of each organization is one JetStream stream, ITAM_<tenant>, with the subject \
                            trees event, key and guard: its sequence is the position of every event. Read it \
                            unfiltered and in order. Only the command service writes to it. Commands travel \
                            outside the stream, by request and reply.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": servers(),
        "channels": channels(&events, &commands),
        "operations": operations(&events, &commands),
        "components": {
            "messages": messages,
            "schemas": schemas.into_schemas(),
            "securitySchemes": security_schemes(),
        },
    })
}

fn event_messages(schemas: &mut Components, messages: &mut Map<String, Value>) -> Vec<String> {
    let mut names = Vec::new();
    let samples = samples::event_samples();
    for (event_type, schema) in event_schemas() {
        let summary = schema["description"].clone();
        let title = schemas.add(schema);
        let path = format!("samples/events/{}.v{}.json", event_type.name, event_type.version);
        let sample = samples.iter().find(|sample| sample.path == path);
        let example: Option<Value> = sample.and_then(|sample| serde_json::from_str(&sample.text).ok());
        let message = json!({
            "name": event_type.name,
            "title": title,
            "summary": summary,
            "contentType": "application/cloudevents+json",
            "payload": {"allOf": [reference("Envelope"), {"type": "object", "properties": {
                "type": {"const": event_type.name},
                "dataschema": {"const": dataschema(event_type)},
                "data": reference(&title),
            }}]},
            "examples": [{"payload": example}],
        });
        messages.insert(title.clone(), message);
        names.push(title);
    }
    names
}

fn command_messages(schemas: &mut Components, messages: &mut Map<String, Value>) -> Vec<String> {
    let mut names = Vec::new();
    for (name, schema) in command_schemas() {
        let (summary, sample) = (schema["description"].clone(), schema["examples"][0].clone());
        let title = schemas.add(schema);
        let message = json!({
            "name": name,
            "title": title,
            "summary": summary,
            "headers": request_headers(),
            "payload": reference(&title),
            "examples": [{
                "headers": {"Authorization": "Bearer itam_…",
                            "Idempotency-Key": "019a5c3e-8000-7000-8000-000000030000"},
                "payload": sample,
            }],
        });
        messages.insert(title.clone(), message);
        names.push(title);
    }
    names
}

fn request_headers() -> Value {
    let text = |description: &str| json!({"type": "string", "maxLength": 255, "description": description});
    json!({
        "type": "object",
        "properties": {
            "Authorization": {"type": "string", "pattern": "^Bearer .+",
                              "description": "A token, as over HTTP."},
            "Idempotency-Key": text(
                "Names the command, so that it takes effect once. Best a UUIDv7. It belongs to its sender: \
                 another's command under the same key is another command.",
            ),
            "If-Match": text("The version that the command is meant for."),
            "Itam-Correlation-Id": text("What the command is part of, as its sender calls it."),
            "Itam-Causation-Id": text("What caused the command."),
        },
        "required": ["Authorization"],
    })
}

fn key_message() -> Value {
    let holder = "019a5c3e-8000-7000-8000-000000000101";
    let command = "019a5c3e-8000-7000-8000-000000030000";
    json!({
        "name": "key",
        "title": "Who holds a unique value",
        "payload": {
            "type": "object",
            "properties": {
                "holder": {"type": ["string", "null"], "format": "uuid",
                           "description": "The id of what holds the value; null after it was given up."},
                "commandid": {"type": "string", "format": "uuid",
                              "description": "The command that claimed or released it."},
            },
            "required": ["holder", "commandid"],
        },
        "examples": [{"payload": {"holder": holder, "commandid": command}}],
    })
}

fn guard_message() -> Value {
    let count = json!({"type": "integer"});
    let tally = json!({
        "type": "object", "description": "Of a lane of an audit: what was counted on it.",
        "properties": {"found": count, "found_elsewhere": count, "missing": count, "unexpected": count,
                       "unsettled": count},
    });
    json!({
        "name": "guard",
        "title": "That a set was written to",
        "payload": {
            "type": "object",
            "properties": {"commandid": {"type": "string", "format": "uuid",
                                         "description": "The command that wrote to it; none where a \
                                                         message only holds an expectation."},
                           "tally": tally,
                           "has_contents": {"type": "boolean",
                                            "description": "Of the tree of custody: whether what was put into \
                                                            an asset stands in that asset's record, too."},
                           "asset": {"type": "string", "format": "uuid",
                                     "description": "Of what was put into an asset: which one was."},
                           "position": {"type": "integer", "description": "Of an administrator's word that a \
                            message is no event, beside its subject, actor, reason and time: where that stands."}},
        },
        "examples": [{"payload": {"commandid": "019a5c3e-8000-7000-8000-000000030000"}}],
    })
}

fn answer_message() -> Value {
    let samples = samples::command_samples();
    let deploy = samples.iter().find(|(name, _)| *name == "deploy-asset");
    let example = deploy.map(|(name, sample)| samples::answer(name, sample));
    json!({
        "name": "answer",
        "title": "What a command made happen",
        "payload": reference("CommandAnswer"),
        "examples": [{"payload": example}],
    })
}

fn problem_message(problems: &[ProblemExample]) -> Value {
    let example = |problem: &ProblemExample| {
        let headers = json!({"Nats-Service-Error": problem.code.code(),
                             "Nats-Service-Error-Code": problem.code.status().as_str()});
        json!({"name": problem.code.code(), "headers": headers, "payload": problem.answer})
    };
    let refusal = problems.iter().filter(|problem| problem.code.code() == "rejected-by-rule");
    json!({
        "name": "problem",
        "title": "Why a command was not carried out",
        "headers": {
            "type": "object",
            "properties": {
                "Nats-Service-Error": {"type": "string", "description": "The problem's code."},
                "Nats-Service-Error-Code": {"type": "string", "description": "The HTTP status."},
            },
            "required": ["Nats-Service-Error", "Nats-Service-Error-Code"],
        },
        "payload": reference("Problem"),
        "examples": refusal.map(example).collect::<Vec<_>>(),
    })
}

fn channels(events: &[String], commands: &[String]) -> Value {
    let tenant = json!({"description": "The organization: 1 to 32 of a-z, 0-9 and -.", "default": "main"});
    let kinds: Vec<_> = AggregateKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let trees = [GuardName::LocationTree, GuardName::DepartmentTree, GuardName::CustodyTree];
    let trees = trees.map(GuardName::as_str).join("|");
    let guards =
        format!("^({trees}|audit-[0-9a-f-]{{36}}-[0-9]+|contents-[0-9a-f-]{{36}}|endings-[0-7]|unchanged)$");
    json!({
        "event": {
            "address": "itam.{tenant}.event.{aggregate}.{id}",
            "description": "The events of one aggregate.",
            "parameters": {
                "tenant": tenant,
                "aggregate": {"description": "The sort of aggregate.", "enum": kinds},
                "id": {"description": "Its id, a UUID."},
            },
            "messages": in_components(events),
        },
        "key": {
            "address": "itam.{tenant}.key.{kind}.{hash}",
            "description": "Who holds a unique value.",
            "parameters": {
                "tenant": tenant,
                "kind": {"description": "The set within which it is unique.", "enum": key_kinds()},
                "hash": {"description": "Base32 without padding of the first 20 bytes of the SHA-256 of the \
                                         normalized value."},
            },
            "messages": in_components(&["KeyRecord".to_owned()]),
        },
        "guard": {
            "address": "itam.{tenant}.guard.{name}",
            "description": "What every writer of a set checks and writes, where a rule spans the set.",
            "parameters": {"tenant": tenant, "name": {
                "description": format!("The set: a tree, a lane of an audit, what was put into an asset, a lane of the \
                                        endings of what is referred to, or nothing but an expectation of one, as in \
                                        {guards}."),
            }},
            "messages": in_components(&["GuardRecord".to_owned()]),
        },
        "command": {
            "address": "itam.{tenant}.command.{command}",
            "description": "Requests, answered by any of the command services. It is a NATS service, so \
                            nats micro lists it.",
            "parameters": {"tenant": tenant, "command": {"description": "The command.", "enum": Command::NAMES}},
            "messages": in_components(commands),
        },
        "commandReply": {
            "address": null,
            "description": "The inbox that the request names.",
            "messages": in_components(&["CommandAnswer".to_owned(), "CommandProblem".to_owned()]),
        },
    })
}

fn key_kinds() -> Vec<&'static str> {
    AggregateKind::ALL.iter().flat_map(|kind| kind.key_kinds()).map(|keys| keys.token).collect()
}

fn operations(events: &[String], commands: &[String]) -> Value {
    let channel = |name: &str| json!({ "$ref": format!("#/channels/{name}") });
    json!({
        "publishEvents": {
            "action": "send", "channel": channel("event"), "security": by_any_of(&APPENDING),
            "summary": "Stores what happened. An event is never changed or removed.",
            "messages": in_channel("event", events),
        },
        "publishKeys": {
            "action": "send", "channel": channel("key"), "security": by_any_of(&APPENDING),
            "summary": "Claims or releases a unique value, in the commit that needs it.",
            "messages": in_channel("key", &["KeyRecord".to_owned()]),
        },
        "publishGuards": {
            "action": "send", "channel": channel("guard"), "security": by_any_of(&APPENDING),
            "summary": "Makes the writers of a set come one after another.",
            "messages": in_channel("guard", &["GuardRecord".to_owned()]),
        },
        "takeCommand": {
            "action": "receive", "channel": channel("command"), "security": by_any_of(&TAKING),
            "summary": "Takes a command and answers what it made happen, or why not.",
            "bindings": {"nats": {"queue": "q", "bindingVersion": "0.1.0"}},
            "messages": in_channel("command", commands),
            "reply": {
                "address": {"description": "The request's inbox.", "location": "$message.header#/reply-to"},
                "channel": channel("commandReply"),
                "messages": in_channel("commandReply", &["CommandAnswer".to_owned(), "CommandProblem".to_owned()]),
            },
        },
    })
}

fn in_components(names: &[String]) -> Value {
    let reference =
        |name: &String| (name.clone(), json!({ "$ref": format!("#/components/messages/{name}") }));
    Value::Object(names.iter().map(reference).collect())
}

fn in_channel(channel: &str, names: &[String]) -> Vec<Value> {
    let reference = |name: &String| json!({ "$ref": format!("#/channels/{channel}/messages/{name}") });
    names.iter().map(reference).collect()
}
