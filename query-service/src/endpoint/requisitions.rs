//! `GET /v1/requisitions`, and one of them.

use axum::extract::{Path, State};
use axum::response::Response;
use itam_domain::RequisitionId;
use itam_read_model::{Direction, ReadModelError, RequisitionFilters, RequisitionRecord, RequisitionStatus};
use itam_service_kit::{EntityTag, Problem};
use serde::Serialize;

use crate::answer::{as_of, one};
use crate::csv_text::Column;
use crate::cursor::PageStart;
use crate::desk::QueryDesk;
use crate::inquiry::{Inquiry, not_found};
use crate::listing::{self, Listing, Run};
use crate::moment::MOMENT;
use crate::parameters::{PAGING, read_id};
use crate::permission::{Query, Reach};
use crate::read_problem::read_problem;
use crate::row::requisition::{REQUISITION_COLUMNS, RequisitionRow};
use crate::view::View;

/// The longest age that may be asked for, in days.
const MAX_AGE_DAYS: u64 = 36_500;

/// Requisitions by age, stage after stage.
struct RequisitionListing {
    stages: Vec<RequisitionFilters>,
    direction: Direction,
    older_than_days: Option<i64>,
}

impl Listing for RequisitionListing {
    type Item = RequisitionRecord;

    const COLUMNS: &'static [Column] = REQUISITION_COLUMNS;

    fn run(
        &self,
        view: &View,
        from: &PageStart,
        limit: usize,
    ) -> Result<Run<RequisitionRecord>, ReadModelError> {
        let (filters, cursor) = from.within(&self.stages)?;
        let mut page = view.register().requisitions(filters, self.direction, cursor, limit)?;
        let is_old = |record: &RequisitionRecord| {
            let age = view.days_since(record.revision.created.effective_at);
            self.older_than_days.is_none_or(|days| age > days)
        };
        page.items.retain(is_old);
        Ok(Run::of_source(page, from.source, self.stages.len()))
    }

    fn row(&self, view: &View, record: &RequisitionRecord) -> Result<impl Serialize, ReadModelError> {
        RequisitionRow::new(view, record)
    }
}

/// Lists requisitions, the oldest first unless asked otherwise. A requester sees her own.
pub(crate) async fn list(State(desk): State<QueryDesk>, inquiry: Inquiry) -> Result<Response, Problem> {
    let reach = inquiry.require(Query::Requisitions)?;
    let parameters = &inquiry.parameters;
    parameters.allow(&[&["stage", "requester", "older_than", "sort"], PAGING, MOMENT])?;
    let stages = parameters.words("stage", RequisitionStatus::ALL, RequisitionStatus::as_str)?;
    let requester = match reach {
        // Nobody is called so: a token that is tied to no person has submitted nothing of its own.
        Reach::Own => Some(inquiry.own_person().unwrap_or_default().to_owned()),
        Reach::All | Reach::None => parameters.text("requester")?.map(str::to_owned),
    };
    let filters = |status| RequisitionFilters { status, requester: requester.clone() };
    let older_than = parameters.number("older_than", 0..=MAX_AGE_DAYS)?;
    let listing = RequisitionListing {
        stages: if stages.is_empty() {
            vec![filters(None)]
        } else {
            stages.into_iter().map(Some).map(filters).collect()
        },
        direction: direction(&inquiry)?,
        older_than_days: older_than.and_then(|days| i64::try_from(days).ok()),
    };
    let view = desk.view(&inquiry).await?;
    listing::answer(&desk, &inquiry, view, listing)
}

/// Oldest first, or newest first.
pub(crate) fn direction(inquiry: &Inquiry) -> Result<Direction, Problem> {
    let word = |direction| match direction {
        Direction::Ascending => "created",
        Direction::Descending => "-created",
    };
    let all = [Direction::Ascending, Direction::Descending];
    Ok(inquiry.parameters.word("sort", &all, word)?.unwrap_or_default())
}

/// Shows one requisition; to a requester only her own.
pub(crate) async fn show(
    State(desk): State<QueryDesk>,
    Path(id): Path<String>,
    inquiry: Inquiry,
) -> Result<Response, Problem> {
    let reach = inquiry.require(Query::Requisitions)?;
    inquiry.parameters.allow(&[MOMENT])?;
    let id = RequisitionId(read_id("id", &id)?);
    let view = desk.view(&inquiry).await?;
    let found = view.register().requisition(id).map_err(|error| read_problem(&error))?;
    let is_shown =
        |record: &RequisitionRecord| reach == Reach::All || inquiry.is_own(&record.requisition.requester);
    let record =
        found.filter(is_shown).ok_or_else(|| as_of(not_found("requisition", &id.to_string()), &view))?;
    let row = RequisitionRow::new(&view, &record).map_err(|error| read_problem(&error))?;
    // Its age is counted in days: the version alone does not say what is shown.
    let tag = EntityTag::weak(format!("{}-{}", record.revision.version, view.today()));
    one(&inquiry, &view, tag, &row)
}
