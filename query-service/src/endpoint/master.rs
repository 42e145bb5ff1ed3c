//! `GET /v1/models`, `/v1/locations`, `/v1/departments`, `/v1/vendors`, and one of them.

use std::marker::PhantomData;

use axum::extract::{Path, State};
use axum::response::Response;
use itam_domain::vocabulary::Standing;
use itam_domain::{AggregateKind, DepartmentId, LocationId, ModelId, VendorId};
use itam_read_model::{
    Cursor, DepartmentRecord, LocationRecord, ModelRecord, Page, ReadModelError, RecordFilters, VendorRecord,
};
use itam_service_kit::{EntityTag, Problem};
use serde::Serialize;
use uuid::Uuid;

use crate::answer::{as_of, one};
use crate::csv_text::Column;
use crate::cursor::PageStart;
use crate::desk::QueryDesk;
use crate::inquiry::{Inquiry, not_found};
use crate::listing::{self, Listing, Run};
use crate::moment::MOMENT;
use crate::parameters::{PAGING, read_id};
use crate::permission::Query;
use crate::read_problem::read_problem;
use crate::row::record::DefinedRow;
use crate::view::View;
use itam_read_model::View as RegisterView;

/// A table of master data.
pub(crate) trait Table: Send + Sync + 'static {
    type Record: Send;
    const NAME: &'static str;
    const QUERY: Query;
    const COLUMNS: &'static [Column];

    fn page(
        register: RegisterView<'_>,
        filters: &RecordFilters,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Self::Record>, ReadModelError>;
    fn find(register: RegisterView<'_>, id: Uuid) -> Result<Option<Self::Record>, ReadModelError>;
    fn version(record: &Self::Record) -> u64;
    fn row(view: &View, record: &Self::Record) -> Result<impl Serialize, ReadModelError>;
}

macro_rules! tables {
    ($($table:ident($id:ident, $record:ident): $name:literal, $query:ident, $list:ident, $find:ident,
        $parent:expr, [$($column:literal),+];)+) => {$(
        pub(crate) struct $table;

        impl Table for $table {
            type Record = $record;
            const NAME: &'static str = $name;
            const QUERY: Query = Query::$query;
            const COLUMNS: &'static [Column] = &[$(($column, concat!("/", $column)),)+];

            fn page(
                register: RegisterView<'_>,
                filters: &RecordFilters,
                cursor: Option<&Cursor>,
                limit: usize,
            ) -> Result<Page<$record>, ReadModelError> {
                register.$list(filters, cursor, limit)
            }

            fn find(register: RegisterView<'_>, id: Uuid) -> Result<Option<$record>, ReadModelError> {
                register.$find($id(id))
            }

            fn version(record: &$record) -> u64 {
                record.revision.version
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
    ModelTable(ModelId, ModelRecord): "model", Catalog, models, model, |_: &ModelRecord| None,
        ["id", "name", "kind", "hardware_kind", "manufacturer", "model_number", "data_bearing",
         "end_of_life_months", "notes", "standing", "version"];
    LocationTable(LocationId, LocationRecord): "location", Catalog, locations, location,
        |record: &LocationRecord| {
            record.item.definition.parent_id.map(|id| (AggregateKind::Location, id.0))
        },
        ["id", "name", "kind", "parent_id", "parent_name", "address", "country", "notes", "standing", "version"];
    DepartmentTable(DepartmentId, DepartmentRecord): "department", Catalog, departments, department,
        |record: &DepartmentRecord| {
            record.item.definition.parent_id.map(|id| (AggregateKind::Department, id.0))
        },
        ["id", "name", "cost_center", "parent_id", "parent_name", "notes", "standing", "version"];
    VendorTable(VendorId, VendorRecord): "vendor", Vendors, vendors, vendor, |_: &VendorRecord| None,
        ["id", "name", "account_number", "website", "notes", "standing", "version"];
}

struct MasterListing<T> {
    filters: RecordFilters,
    table: PhantomData<T>,
}

impl<T: Table> Listing for MasterListing<T> {
    type Item = T::Record;

    const COLUMNS: &'static [Column] = T::COLUMNS;

    fn run(&self, view: &View, from: &PageStart, limit: usize) -> Result<Run<T::Record>, ReadModelError> {
        let (filters, cursor) = from.within(std::slice::from_ref(&self.filters))?;
        T::page(view.register(), filters, cursor, limit).map(Run::of_page)
    }

    fn row(&self, view: &View, record: &T::Record) -> Result<impl Serialize, ReadModelError> {
        T::row(view, record)
    }
}

/// Lists master data by name; `q` is the beginning of a name.
pub(crate) async fn list<T: Table>(
    State(desk): State<QueryDesk>,
    inquiry: Inquiry,
) -> Result<Response, Problem> {
    inquiry.require(T::QUERY)?;
    inquiry.parameters.allow(&[&["q", "standing"], PAGING, MOMENT])?;
    let filters = RecordFilters {
        standing: inquiry.parameters.word("standing", Standing::ALL, Standing::as_str)?,
        name_prefix: inquiry.parameters.text("q")?.map(str::to_owned),
    };
    let view = desk.view(&inquiry).await?;
    let listing = MasterListing::<T> { filters, table: PhantomData };
    listing::answer(&desk, &inquiry, view, listing)
}

/// Shows one thing. Its entity tag is its version.
pub(crate) async fn show<T: Table>(
    State(desk): State<QueryDesk>,
    Path(id): Path<String>,
    inquiry: Inquiry,
) -> Result<Response, Problem> {
    inquiry.require(T::QUERY)?;
    inquiry.parameters.allow(&[MOMENT])?;
    let id = read_id("id", &id)?;
    let view = desk.view(&inquiry).await?;
    let found = T::find(view.register(), id).map_err(|error| read_problem(&error))?;
    let record = found.ok_or_else(|| as_of(not_found(T::NAME, &id.to_string()), &view))?;
    let row = T::row(&view, &record).map_err(|error| read_problem(&error))?;
    one(&inquiry, &view, EntityTag::of_version(T::version(&record)), &row)
}
