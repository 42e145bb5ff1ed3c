//! The endpoints of master data: `GET /v1/{plural}`, and one of them.

use std::marker::PhantomData;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use itam_domain::{
    AggregateKind, AggregateRef, AssetModelDefined, Defined, Definition, DepartmentDefined, ListedAggregate,
    LocationDefined, ProjectDefined, VendorDefined,
};
use itam_read_model::{ReadModelError, Revised};
use itam_service_kit::{EntityTag, Problem};
use serde::Serialize;

use super::records;
use crate::answer::{as_of, one};
use crate::csv_text::Columns;
use crate::desk::QueryDesk;
use crate::inquiry::{Inquiry, not_found};
use crate::parameters::read_id;
use crate::permission::Query;
use crate::query_parameter::ONE;
use crate::read_problem::read_problem;
use crate::record_listing::RecordTable;
use crate::row::record::DefinedRow;
use crate::view::AnswerView;

/// A kind of master data as it is listed and shown.
pub(crate) trait ShownDefinition: Definition {
    const QUERY: Query;
    const COLUMNS: Columns;
}

/// A kind of master data that has endpoints of its own.
#[derive(Clone, Copy, Debug)]
pub struct MasterTable {
    /// What its things are called in paths.
    pub plural: &'static str,
    /// The kind.
    pub kind: AggregateKind,
    /// What whoever asks for it must be allowed.
    pub query: Query,
    /// The columns of its list in CSV: their names, and where they stand in a row.
    pub columns: Columns,
    /// The JSON Schema of a row of its list.
    #[cfg(feature = "schemars")]
    pub schema: fn(&schemars::SchemaGenerator) -> schemars::Schema,
}

/// Declares the kinds of master data: what their things are called in paths, what whoever asks for them must be allowed,
/// and the columns of the list.
macro_rules! tables {
    ($($definition:ident: $plural:literal, $query:ident, $columns:literal;)+) => {
        /// Every kind of master data.
        pub const MASTER_TABLES: &[MasterTable] = &[$(MasterTable {
            plural: $plural,
            kind: Defined::<$definition>::KIND,
            query: Query::$query,
            columns: $definition::COLUMNS,
            #[cfg(feature = "schemars")]
            schema: |generator| generator.clone().into_root_schema_for::<DefinedRow<'_, $definition>>(),
        },)+];

        $(impl ShownDefinition for $definition {
            const QUERY: Query = Query::$query;
            const COLUMNS: Columns = Columns($columns);
        })+

        /// The routes of all of them.
        pub(super) fn routes() -> Router<QueryDesk> {
            Router::new()
                $(.merge(records::routes_of::<MasterRecords<$definition>>($plural))
                .route(concat!("/v1/", $plural, "/{id}"), get(show::<$definition>)))+
        }
    };
}

tables! {
    AssetModelDefined: "models", Catalog,
        "id name kind hardware_kind manufacturer model_number data_bearing end_of_life_months notes standing \
         version";
    LocationDefined: "locations", Catalog,
        "id name kind parent_id parent_name address country notes standing version";
    DepartmentDefined: "departments", Catalog,
        "id name cost_center parent_id parent_name notes standing version";
    VendorDefined: "vendors", Vendors,
        "id name account_number website notes standing version";
    ProjectDefined: "projects", Catalog,
        "id code name department_id active_from active_until notes standing version";
}

fn row<D: Definition>(
    view: &AnswerView,
    record: &Revised<Defined<D>>,
) -> Result<impl Serialize, ReadModelError> {
    let Defined { id, definition } = &record.item;
    let own: AggregateRef = (*id).into();
    let parent = definition.parent().map(Into::<AggregateRef>::into);
    let parent_name = parent.map_or(Ok(None), |parent| view.name(parent.kind, parent.id))?;
    Ok(DefinedRow::new(own.id, definition, parent_name, record.revision))
}

/// The records of one kind of master data.
struct MasterRecords<D>(PhantomData<D>);

impl<D: ShownDefinition> RecordTable for MasterRecords<D>
where
    Defined<D>: ListedAggregate,
{
    type Record = Revised<Defined<D>>;

    const QUERY: Query = D::QUERY;
    const COLUMNS: Columns = D::COLUMNS;

    fn row(view: &AnswerView, record: &Self::Record) -> Result<impl Serialize, ReadModelError> {
        row(view, record)
    }
}

/// Shows one thing. Its entity tag is its version.
async fn show<D: ShownDefinition>(
    State(desk): State<QueryDesk>,
    Path(id): Path<String>,
    inquiry: Inquiry,
) -> Result<Response, Problem>
where
    Defined<D>: ListedAggregate,
{
    inquiry.require(D::QUERY)?;
    inquiry.parameters.allow(ONE)?;
    let id = read_id("id", &id)?;
    let view = desk.view(&inquiry).await?;
    let found = view.register().defined::<D>(id).map_err(|error| read_problem(&error))?;
    let record = found.ok_or_else(|| as_of(not_found(D::NOUN, &id.to_string()), &view))?;
    let row = row(&view, &record).map_err(|error| read_problem(&error))?;
    one(&inquiry, &view, EntityTag::of_version(record.revision.version), &row)
}
