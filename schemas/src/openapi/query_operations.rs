//! The operations of the query service.

use itam_domain::AggregateKind;
use itam_query_service::contract::taken;
use itam_query_service::{Query, Reach, reach};
use itam_service_kit::Role;
use serde_json::{Map, Value, json};

use super::moments::at_moment;
use super::parameters::{header_references, of_query, parameter};
use super::problem_responses::add_to_query;
use crate::reference::reference;
use crate::samples::{document, number_of, sample_of, sample_uuid};

/// What an operation answers with.
pub(super) enum Shape<'a> {
    /// One row.
    One(&'a str),
    /// A list of rows, page by page or whole.
    List(&'a str),
}

use Shape::{List, One};

/// The paths.
pub(super) fn paths() -> Map<String, Value> {
    let mut operations = asset_operations();
    operations.extend(HOLDINGS.iter().map(holdings_operation));
    let findings = [vec![path_id(AggregateKind::AuditCampaign)], of_query(&taken::findings())].concat();
    let summary = "List what an audit found, what is left to settle first";
    let findings =
        query("list-findings", "Records", summary, Query::Campaigns, &List("AuditFinding"), findings);
    operations.push(("/v1/audits/{id}/findings".to_owned(), at_moment(findings)));
    operations.push(("/v1/events".to_owned(), log_operation(true)));
    operations.push(("/v1/live".to_owned(), log_operation(false)));
    let summary = "How far the register is behind the log";
    let status = query("show-status", "Log", summary, Query::Status, &One("Status"), Vec::new());
    operations.push(("/v1/status".to_owned(), unconditional(status)));
    let get = |(path, operation)| (path, json!({ "get": operation }));
    operations.into_iter().map(get).collect()
}

fn asset_operations() -> Vec<(String, Value)> {
    let tag = "Assets";
    let all = of_query(&taken::assets());
    let (worklists, of_worklist) = taken::worklist();
    let what_happened = "What happened to an asset";
    let history = [vec![asset_name()], of_query(&taken::history())].concat();
    let summary = "How many assets there are, and what they cost";
    let to_do = "List the assets that somebody has to see to";
    let one = [vec![asset_name()], of_query(&taken::one())].concat();
    let show = query("show-asset", tag, "Show an asset", Query::Assets, &One("Asset"), one);
    let operations = [
        (
            "/v1/assets",
            at_moment(query("list-assets", tag, "List assets", Query::Assets, &List("Asset"), all)),
        ),
        ("/v1/assets/{name}", at_moment(show)),
        (
            "/v1/assets/{name}/history",
            query("show-asset-history", tag, what_happened, Query::History, &List("HistoryEvent"), history),
        ),
        (
            "/v1/inventory/summary",
            at_moment(query(
                "show-inventory-summary",
                tag,
                summary,
                Query::Summary,
                &One("InventorySummary"),
                of_query(&taken::summary()),
            )),
        ),
        (
            "/v1/worklists",
            at_moment(query(
                "list-worklists",
                tag,
                "How much waits on each worklist, and what waits longest",
                Query::Worklists,
                &One("Worklists"),
                of_query(&taken::worklists()),
            )),
        ),
        (
            "/v1/worklists/{name}",
            at_moment(query(
                "list-worklist",
                tag,
                to_do,
                Query::Worklists,
                &List("WorklistItem"),
                [vec![worklist_name(&worklists)], of_query(&of_worklist)].concat(),
            )),
        ),
    ];
    operations.map(|(path, operation)| (path.to_owned(), operation)).to_vec()
}

fn holdings_operation((holder, plural, asked): &(AggregateKind, &str, Query)) -> (String, Value) {
    let own = [vec![path_id(*holder)], of_query(&taken::holdings(*holder))].concat();
    let id = format!("list-assets-of-{}", holder.noun());
    let summary = "List the assets of somebody or somewhere";
    let operation = query(&id, "Assets", summary, *asked, &List("Asset"), own);
    (format!("/v1/{plural}/{{id}}/assets"), at_moment(operation))
}

const HOLDINGS: [(AggregateKind, &str, Query); 3] = [
    (AggregateKind::Person, "people", Query::Holdings),
    (AggregateKind::Location, "locations", Query::Assets),
    (AggregateKind::Department, "departments", Query::Assets),
];

fn in_path(name: &str, description: &str, schema: &Value, example: &str) -> Value {
    json!({"name": name, "in": "path", "required": true, "description": description, "schema": schema,
           "example": example})
}

/// The id of a thing of a kind in a path.
pub(super) fn path_id(kind: AggregateKind) -> Value {
    let schema = json!({"type": "string", "format": "uuid"});
    in_path("id", "Its id.", &schema, &sample_uuid(number_of(kind)).to_string())
}

/// The name of an asset in a path.
pub(super) fn asset_name() -> Value {
    in_path("name", "The asset's id or tag.", &json!({"type": "string", "minLength": 1}), "LT-0042")
}

/// The name of an order in a path.
pub(super) fn order_name() -> Value {
    in_path("name", "The order's id or number.", &json!({"type": "string", "minLength": 1}), "PO-2026-0007")
}

fn worklist_name(names: &[&str]) -> Value {
    in_path("name", "Which worklist.", &json!({"enum": names}), names[0])
}

/// An operation that answers with one row, or a list.
pub(super) fn query(
    id: &str,
    tag: &str,
    summary: &str,
    asked: Query,
    shape: &Shape<'_>,
    own: Vec<Value>,
) -> Value {
    let mut parameters = own;
    let mut responses = Map::new();
    let content = match shape {
        One(row) => json!({"application/json": {"schema": reference(row)}}),
        List(row) => list_content(row),
    };
    parameters.extend(["MinPosition", "WaitMs", "IfNoneMatch"].map(parameter));
    let headers = header_references(&["ETag", "ItamPosition"]);
    responses.insert(
        "200".to_owned(),
        json!({
            "description": summary, "headers": headers, "content": content,
        }),
    );
    responses.insert(
        "304".to_owned(),
        json!({
            "description": "What the client has still holds.", "headers": headers,
        }),
    );
    add_to_query(&mut responses);
    operation(id, tag, summary, asked, &parameters, &responses)
}

/// The operation without entity tags: its answer is never the same twice.
fn unconditional(mut operation: Value) -> Value {
    let if_none_match = parameter("IfNoneMatch");
    if let Some(parameters) = operation["parameters"].as_array_mut() {
        parameters.retain(|parameter| *parameter != if_none_match);
    }
    if let Some(responses) = operation["responses"].as_object_mut() {
        responses.remove("304");
        responses["200"]["headers"] = header_references(&["ItamPosition"]);
    }
    operation
}

/// One operation of the query service.
pub(super) fn operation(
    id: &str,
    tag: &str,
    summary: &str,
    asked: Query,
    parameters: &[Value],
    responses: &Map<String, Value>,
) -> Value {
    let roles_of = |wanted| {
        let roles = Role::ALL.into_iter().filter(|role| reach(*role, asked) == wanted);
        roles.map(Role::as_str).collect::<Vec<_>>()
    };
    json!({
        "operationId": id, "tags": [tag], "summary": summary,
        "x-itam-roles": roles_of(Reach::All), "x-itam-roles-own-only": roles_of(Reach::Own),
        "parameters": parameters, "responses": responses,
    })
}

fn list_content(row: &str) -> Value {
    json!({
        "application/json": {
            "schema": {
                "title": format!("{row}Page"),
                "description": format!("A page of a list, each row one {row}."),
                "type": "object",
                "properties": {
                    "items": {"type": "array", "items": reference(row)},
                    "next_cursor": {"type": ["string", "null"],
                                    "description": "Where the next page begins; null on the last."},
                    "is_complete": {"const": false,
                                    "description": "Stands only where walking on does not meet everything."},
                },
                "required": ["items", "next_cursor"],
                "additionalProperties": false,
            },
        },
        "text/csv": {
            "schema": {"type": "string",
                       "description": "A line of names, then one line a row (RFC 4180); all rows."},
        },
        "application/x-ndjson": {
            "schema": {"type": "string", "description": format!("All rows, one {row} a line.")},
            "x-itam-line": reference(row),
        },
    })
}

/// The log itself: all of it from a position, or as it grows.
fn log_operation(is_export: bool) -> Value {
    let mut own = of_query(&if is_export { taken::events() } else { taken::live() });
    let mut responses = Map::new();
    let (id, summary, asked, content) = if is_export {
        let content = json!({"application/x-ndjson": {
            "schema": {"type": "string", "description": "Lines of EventLine; the last says where to go on."},
            "x-itam-line": reference("EventLine"),
        }});
        ("export-events", "All events from a position to the end of the log", Query::Events, content)
    } else {
        own.push(json!({
            "name": "Last-Event-ID", "in": "header", "schema": {"type": "integer", "minimum": 0}, "example": 4710,
            "description": "The id of the last event that the client got: the stream goes on behind it.",
        }));
        let event = document(&sample_of("asset.deployed"));
        let content = json!({"text/event-stream": {
            "schema": {"type": "string", "description": "Server-sent events: the id is the position, the event \
                                                         the type, the data the stored document."},
            "example": format!("id: 4711\nevent: asset.deployed\ndata: {event}\n\n"),
        }});
        ("follow-events", "Events as they are appended", Query::Live, content)
    };
    responses.insert(
        "200".to_owned(),
        json!({
            "description": summary, "headers": header_references(&["ItamPosition"]), "content": content,
        }),
    );
    add_to_query(&mut responses);
    operation(id, "Log", summary, asked, &own, &responses)
}
