//! `GET /v1/requisitions`, one of them, and their worklists.

use axum::extract::{Path, State};
use axum::response::Response;
use itam_domain::RequisitionId;
use itam_read_model::{ReadModelError, RequisitionRecord, WaitingRecord};
use itam_service_kit::{EntityTag, Problem};
use serde::Serialize;

use crate::answer::{as_of, one};
use crate::csv_text::Columns;
use crate::desk::QueryDesk;
use crate::inquiry::{Inquiry, not_found};
use crate::parameters::read_id;
use crate::permission::{Query, Reach};
use crate::query_parameter::ONE;
use crate::read_problem::read_problem;
use crate::record_listing::{RecordTable, WaitingTable};
use crate::row::requisition::{REQUISITION_COLUMNS, RequisitionRow};
use crate::view::AnswerView;

/// Requisitions.
pub(crate) struct RequisitionTable;

impl RecordTable for RequisitionTable {
    type Record = RequisitionRecord;

    const QUERY: Query = Query::Requisitions;
    const COLUMNS: Columns = REQUISITION_COLUMNS;

    fn row(view: &AnswerView, record: &RequisitionRecord) -> Result<impl Serialize, ReadModelError> {
        RequisitionRow::new(view, record)
    }
}

impl WaitingTable for RequisitionTable {
    type Record = RequisitionRecord;

    const QUERY: Query = Query::Requisitions;
    const COLUMNS: Columns = REQUISITION_COLUMNS;

    fn row(
        view: &AnswerView,
        waiting: &WaitingRecord<RequisitionRecord>,
    ) -> Result<impl Serialize, ReadModelError> {
        RequisitionRow::new(view, &waiting.record)
    }
}

/// Shows one requisition; to a requester only her own.
pub(crate) async fn show(
    State(desk): State<QueryDesk>,
    Path(id): Path<String>,
    inquiry: Inquiry,
) -> Result<Response, Problem> {
    let reach = inquiry.require(Query::Requisitions)?;
    inquiry.parameters.allow(ONE)?;
    let id = RequisitionId(read_id("id", &id)?);
    let view = desk.view(&inquiry).await?;
    let found = view.register().find(id.0).map_err(|error| read_problem(&error))?;
    let is_shown =
        |record: &RequisitionRecord| reach == Reach::All || inquiry.is_own(&record.requisition.requester);
    let record =
        found.filter(is_shown).ok_or_else(|| as_of(not_found("requisition", &id.to_string()), &view))?;
    let row = RequisitionRow::new(&view, &record).map_err(|error| read_problem(&error))?;
    // Its age is counted in days: the version alone does not say what is shown.
    let tag = EntityTag::weak(format!("{}-{}", record.revision.version, view.today()));
    one(&inquiry, &view, tag, &row)
}
