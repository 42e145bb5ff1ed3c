//! `GET /v1/models`, `/v1/locations`, `/v1/departments`, `/v1/vendors`, and one of them.

use axum::extract::{Path, State};
use axum::response::Response;
use itam_domain::AggregateKind;
use itam_read_model::{
    Cursor, DepartmentRecord, LocationRecord, ModelRecord, Page, ReadModelError, RecordQuery, VendorRecord,
};
use itam_service_kit::{EntityTag, Problem};
use serde::Serialize;
use uuid::Uuid;

use crate::answer::{as_of, one};
use crate::csv_text::Column;
use crate::desk::QueryDesk;
use crate::inquiry::{Inquiry, not_found};
use crate::moment::MOMENT;
use crate::parameters::read_id;
use crate::permission::Query;
use crate::read_problem::read_problem;
use crate::record_listing::RecordTable;
use crate::row::record::DefinedRow;
use crate::view::View;
use itam_read_model::View as RegisterView;

/// A table of master data.
pub(crate) trait MasterTable: RecordTable<Item = <Self as RecordTable>::Record> {
    const NAME: &'static str;

    fn version(record: &Self::Record) -> u64;
}

macro_rules! tables {
    ($($table:ident($record:ident): $name:literal, $query:ident, $parent:expr, [$($column:literal),+];)+) => {$(
        pub(crate) struct $table;

        impl MasterTable for $table {
            const NAME: &'static str = $name;

            fn version(record: &$record) -> u64 {
                record.revision.version
            }
        }

        impl RecordTable for $table {
            type Record = $record;
            type Item = $record;
            const QUERY: Query = Query::$query;
            const COLUMNS: &'static [Column] = &[$(($column, concat!("/", $column)),)+];

            fn page(
                register: RegisterView<'_>,
                query: &RecordQuery,
                cursor: Option<&Cursor>,
                limit: usize,
            ) -> Result<Page<$record>, ReadModelError> {
                register.records(query, cursor, limit)
            }

            fn row(view: &View, record: &$record) -> Result<impl Serialize, ReadModelError> {
                let parent: Option<(AggregateKind, Uuid)> = $parent(record);
                let parent_name = match parent {
                    Some((kind, id)) => view.name(kind, id)?,
                    None => None,
                };
                let item = &record.item;
                Ok(DefinedRow::new(item.id.0, &item.definition, parent_name, record.revision))
            }
        }
    )+};
}

tables! {
    ModelTable(ModelRecord): "model", Catalog, |_: &ModelRecord| None,
        ["id", "name", "kind", "hardware_kind", "manufacturer", "model_number", "data_bearing",
         "end_of_life_months", "notes", "standing", "version"];
    LocationTable(LocationRecord): "location", Catalog,
        |record: &LocationRecord| {
            record.item.definition.parent_id.map(|id| (AggregateKind::Location, id.0))
        },
        ["id", "name", "kind", "parent_id", "parent_name", "address", "country", "notes", "standing", "version"];
    DepartmentTable(DepartmentRecord): "department", Catalog,
        |record: &DepartmentRecord| {
            record.item.definition.parent_id.map(|id| (AggregateKind::Department, id.0))
        },
        ["id", "name", "cost_center", "parent_id", "parent_name", "notes", "standing", "version"];
    VendorTable(VendorRecord): "vendor", Vendors, |_: &VendorRecord| None,
        ["id", "name", "account_number", "website", "notes", "standing", "version"];
}

/// Shows one thing. Its entity tag is its version.
pub(crate) async fn show<T: MasterTable>(
    State(desk): State<QueryDesk>,
    Path(id): Path<String>,
    inquiry: Inquiry,
) -> Result<Response, Problem> {
    inquiry.require(T::QUERY)?;
    inquiry.parameters.allow(&[MOMENT])?;
    let id = read_id("id", &id)?;
    let view = desk.view(&inquiry).await?;
    let found = view.register().find::<T::Record>(id).map_err(|error| read_problem(&error))?;
    let record = found.ok_or_else(|| as_of(not_found(T::NAME, &id.to_string()), &view))?;
    let row = T::row(&view, &record).map_err(|error| read_problem(&error))?;
    one(&inquiry, &view, EntityTag::of_version(T::version(&record)), &row)
}
