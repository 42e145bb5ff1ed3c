//! The `OpenAPI` 3.1 documents: one for each service, and one of all for the single program.

mod answers;
mod backup_operations;
mod command_operations;
mod differences;
mod event_lines;
mod examples;
mod journal_operations;
mod moments;
mod open_operations;
mod parameters;
mod parked_operations;
mod problem_responses;
mod projection_rows;
mod projections;
mod projector_operation;
mod projector_operations;
mod proof_operations;
mod query_operations;
mod query_parameters;
mod record_operations;
mod record_totals;
mod row_parts;
mod sealer_operations;
mod token_operations;

use itam_projector::{ParkedEvent, ProjectorStatus};
use itam_sealer::SealerStatus;
use itam_service_kit::JournalEntry;
use serde_json::{Map, Value, json};

use crate::commands::command_schemas;
use crate::components::{Components, take_titled};
use crate::events::event_schemas;
use crate::portable::make_portable_within;
use crate::problems::ProblemExample;
use crate::rows::{row, rows};

/// Which services one document describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Services {
    /// The command service.
    Command,
    /// The query service.
    Query,
    /// The projector.
    Projector,
    /// All of them in one process.
    All,
}

impl Services {
    /// Every document.
    pub const ALL: [Self; 4] = [Self::Command, Self::Query, Self::Projector, Self::All];

    /// The file, without its ending.
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Self::Command => "command-service",
            Self::Query => "query-service",
            Self::Projector => "projector",
            Self::All => "itam",
        }
    }

    fn has_commands(self) -> bool {
        matches!(self, Self::Command | Self::All)
    }

    fn has_queries(self) -> bool {
        matches!(self, Self::Query | Self::All)
    }

    fn has_projector(self) -> bool {
        matches!(self, Self::Projector | Self::All)
    }

    fn title(self) -> &'static str {
        match self {
            Self::Command => "itam command service",
            Self::Query => "itam query service",
            Self::Projector => "itam projector",
            Self::All => "itam",
        }
    }

    fn description(self) -> &'static str {
        match self {
            Self::Command => {
                "Takes commands, decides them by the rules of IT asset management, and stores what they make \
                 happen. Answers tell the position up to which a read model must have come to show it."
            }
            Self::Query => {
                "Answers what there is, where it is, who has it and how it came to be so. Every answer tells \
                 the position up to which it speaks."
            }
            Self::Projector => "Keeps the read model up to date, and builds it anew on demand.",
            Self::All => {
                "Keeps the life of every IT asset as an immutable, verifiable history: commands change it, \
                 queries answer from it."
            }
        }
    }
}

/// The document of these services.
#[must_use]
pub fn openapi(services: Services, problems: &[ProblemExample]) -> Value {
    let mut schemas = Components::default();
    let mut responses = Map::new();
    let mut paths = Map::new();
    schemas.add(answers::problem());
    schemas.add(token_operations::token_schema());
    schemas.add(token_operations::me_schema());
    paths.extend(token_operations::me_paths(problems));
    if services.has_commands() {
        for (_, schema) in command_schemas() {
            schemas.add(schema);
        }
        for schema in answers::command_schemas() {
            schemas.add(schema);
        }
        paths.extend(command_operations::paths());
        paths.extend(backup_operations::paths());
        schemas.add_row(row::<JournalEntry>());
        schemas.add(journal_operations::page_schema());
        paths.extend(journal_operations::paths(problems));
        for schema in token_operations::schemas() {
            schemas.add(schema);
        }
        paths.extend(token_operations::paths(problems));
        responses.extend(problem_responses::of_commands(problems));
    }
    if services.has_queries() {
        paths.extend(queries(&mut schemas));
        responses.extend(problem_responses::of_queries(problems));
    }
    if services.has_projector() {
        schemas.add_row(row::<ProjectorStatus>());
        schemas.add_row(row::<SealerStatus>());
        schemas.add_row(row::<ParkedEvent>());
        for schema in parked_operations::schemas() {
            schemas.add(schema);
        }
        paths.extend(projector_operations::paths());
        paths.extend(parked_operations::paths());
        paths.extend(sealer_operations::paths());
        responses.extend(problem_responses::of_projector(problems));
    }
    paths.extend(open_operations::paths(problems));
    let mut titled = Vec::new();
    paths.values_mut().for_each(|path| take_titled(path, &mut titled));
    for schema in titled {
        schemas.add(schema);
    }
    let mut document = document(services, &paths, schemas, &responses);
    make_portable_within(&mut document);
    document
}

/// The paths of the query service, whose schemas are added.
fn queries(schemas: &mut Components) -> Map<String, Value> {
    schemas.add(crate::envelope_schema());
    for (_, schema) in event_schemas() {
        schemas.add(schema);
    }
    for row in rows() {
        schemas.add_row(row);
    }
    for schema in event_lines::schemas().into_iter().chain(record_totals::schemas()) {
        schemas.add(schema);
    }
    for schema in projection_rows::rows() {
        schemas.add(schema);
    }
    for schema in proof_operations::schemas() {
        schemas.add(schema);
    }
    let mut paths = query_operations::paths();
    let others = record_operations::operations().into_iter().chain(projections::operations());
    paths.extend(others.map(|(path, operation)| (path, json!({ "get": operation }))));
    let (path, operation) = differences::operation();
    paths.insert(path, json!({ "get": operation }));
    paths.extend(proof_operations::paths());
    examples::show(&mut paths);
    paths
}

/// The document around its paths.
fn document(
    services: Services,
    paths: &Map<String, Value>,
    schemas: Components,
    responses: &Map<String, Value>,
) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": services.title(),
            "version": env!("CARGO_PKG_VERSION"),
            "description": services.description(),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "tags": tags(paths),
        "paths": paths,
        "components": {
            "schemas": schemas.into_schemas(),
            "responses": responses,
            "parameters": parameters::parameters(services.has_commands(), services.has_queries()),
            "headers": parameters::headers(),
            "securitySchemes": {"bearer": {
                "type": "http", "scheme": "bearer",
                "description": "A token that `itam token create` or `POST /v1/tokens` made. One that has expired is refused with the reason `expired`.",
            }},
        },
    })
}

/// The tags that the operations have, in the order in which they come.
fn tags(paths: &Map<String, Value>) -> Vec<Value> {
    let mut names: Vec<&str> = Vec::new();
    let operations = paths.values().filter_map(Value::as_object).flat_map(Map::values);
    for name in operations.filter_map(|operation| operation["tags"][0].as_str()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.sort_unstable();
    names.into_iter().map(|name| json!({ "name": name })).collect()
}

/// The schemas of answers and problems, which NATS shares with HTTP.
pub(crate) fn answer_schemas() -> Vec<Value> {
    let mut schemas = answers::command_schemas();
    schemas.push(answers::problem());
    schemas
}
