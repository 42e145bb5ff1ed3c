//! `GET /v1/diff`: which assets differ between two moments, field by field, and the events that did
//! it.

use std::io;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _, try_unfold};
use itam_domain::{AggregateKind, AggregateRef};
use itam_event_log::{LogError, StoredMessage};
use itam_read_model::{AssetDifference, AssetFilters, Cursor, Moment, Page, ReadModelError};
use itam_service_kit::{Problem, Representation};
use serde::Serialize;

use crate::answer::{self, AnswerHead};
use crate::asset_filters::{self, ASSET_FILTERS};
use crate::cursor::{Bookmark, PageStart};
use crate::desk::QueryDesk;
use crate::event_bodies::EventBodies;
use crate::export::{self, ExportRows};
use crate::inquiry::{Inquiry, Paging};
use crate::listing::{FORMS, JsonPage, MAX_RUNS};
use crate::moment::MomentRow;
use crate::permission::Query;
use crate::query_parameter::{MOMENT, PAGING, QueryParameter, TakenParameters};
use crate::read_problem::read_problem;
use crate::row::difference::{DIFFERENCE_COLUMNS, DifferenceKind, DifferenceRow};
use crate::span::{SPAN, Span};
use crate::stored_event::log_problem;
use crate::view::AnswerView;

/// What the list of differences takes.
pub(crate) const DIFFERENCES: TakenParameters = &[
    SPAN,
    &[QueryParameter::words("change", || DifferenceKind::ALL.iter().map(|kind| kind.as_str()).collect())],
    ASSET_FILTERS,
    MOMENT,
    PAGING,
];

/// How many assets one chunk of an export tells of.
const CHUNK: usize = 50;
/// Of how many assets the events are read at once.
const READS: usize = 8;

/// The register at two moments.
struct Comparison {
    desk: QueryDesk,
    before: AnswerView,
    after: AnswerView,
    filters: AssetFilters,
    changes: Vec<DifferenceKind>,
}

/// An asset that differs, with its events between the moments.
struct AssetWithEvents {
    difference: AssetDifference,
    messages: Vec<StoredMessage>,
}

/// The two moments in an answer's body.
#[derive(Serialize)]
struct DiffEnvelope {
    from: MomentRow,
    to: MomentRow,
}

/// Shows what differs.
pub(crate) async fn show(State(desk): State<QueryDesk>, inquiry: Inquiry) -> Result<Response, Problem> {
    inquiry.require(Query::Differences)?;
    desk.require_log()?;
    let parameters = &inquiry.parameters;
    parameters.allow(DIFFERENCES)?;
    let span = Span::read(parameters)?;
    let changes = parameters.words("change", DifferenceKind::ALL, DifferenceKind::as_str)?;
    let filters = asset_filters::read(parameters)?;
    let (form, paging) = (inquiry.representation(FORMS)?, inquiry.paging()?);
    let pin = inquiry.pin()?;
    let view = desk.present(&inquiry, pin).await?;
    let (from, to) = span.resolve(&view, pin)?;
    let (before, after) = (view.at(from), view.at(to));
    let tag = inquiry.list_tag(&after, form);
    let comparison = Arc::new(Comparison { desk: desk.clone(), before, after, filters, changes });
    if form == Representation::Json {
        let envelope = DiffEnvelope { from: from.row(), to: to.row() };
        let body = json_page(&comparison, &paging, to.moment, &envelope).await?;
        return answer::json(&inquiry, &comparison.after, tag, body);
    }
    let head = AnswerHead::new(&comparison.after, Some(tag));
    let place = desk.begin_export(&inquiry.caller)?;
    let mut rows = ExportRows::new(form, DIFFERENCE_COLUMNS);
    rows.begin().map_err(|error| Problem::internal(&error))?;
    let first = rows.finish().map_err(|error| Problem::internal(&error))?;
    let left = paging.limit.unwrap_or(usize::MAX);
    let rest = chunks(comparison, form, paging.from.cursor, left);
    let chunks = stream::once(async { Ok(first) }).chain(rest);
    Ok(head.answer(form, export::body(chunks, place, desk.parts.limits.stall)))
}

async fn json_page(
    comparison: &Arc<Comparison>,
    paging: &Paging,
    pin: Moment,
    envelope: &DiffEnvelope,
) -> Result<Vec<u8>, Problem> {
    let limit = paging.page_limit();
    let mut page = JsonPage::begin();
    let mut cursor = paging.from.cursor.clone();
    for _ in 0..MAX_RUNS {
        let found = comparison.find(cursor, limit - page.count).await?;
        for found in comparison.tell(found.items).await.map_err(|error| log_problem(&error))? {
            page.push(&comparison.row(&found).map_err(|error| read_problem(&error))?)?;
        }
        cursor = found.next;
        if cursor.is_none() || page.count >= limit {
            break;
        }
    }
    let next = cursor.map(|cursor| {
        let place = PageStart { source: 0, cursor: Some(cursor) };
        Bookmark { place, pin: Some(pin) }.write(paging.query)
    });
    page.end(next.as_deref(), envelope)
}

fn chunks(
    comparison: Arc<Comparison>,
    form: Representation,
    cursor: Option<Cursor>,
    left: usize,
) -> impl futures_util::Stream<Item = io::Result<Bytes>> + Send {
    try_unfold(Some((comparison, cursor, left)), move |state| async move {
        let Some((comparison, cursor, left)) = state else {
            return Ok(None);
        };
        let found = comparison.find(cursor, left.min(CHUNK)).await;
        let found = found.map_err(|problem| io::Error::other(problem.detail().to_owned()))?;
        let left = left.saturating_sub(found.items.len());
        let mut rows = ExportRows::new(form, DIFFERENCE_COLUMNS);
        for found in comparison.tell(found.items).await.map_err(io::Error::other)? {
            let row = comparison.row(&found).map_err(io::Error::other)?;
            match form {
                Representation::Csv => row.lines().try_for_each(|line| rows.push(&line))?,
                _ => rows.push(&row)?,
            }
        }
        let next = found.next.filter(|_| left > 0);
        Ok(Some((rows.finish()?, next.map(|cursor| (comparison, Some(cursor), left)))))
    })
}

impl Comparison {
    /// The next assets that differ as asked for, not on the threads that answer.
    async fn find(
        self: &Arc<Self>,
        cursor: Option<Cursor>,
        limit: usize,
    ) -> Result<Page<AssetDifference>, Problem> {
        let comparison = Arc::clone(self);
        let found = tokio::task::spawn_blocking(move || comparison.find_now(cursor.as_ref(), limit)).await;
        found.map_err(|error| Problem::internal(&error))?.map_err(|error| read_problem(&error))
    }

    fn find_now(
        &self,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<AssetDifference>, ReadModelError> {
        let moment = |view: &AnswerView| view.then.map(|then| then.moment);
        let (Some(from), Some(to)) = (moment(&self.before), moment(&self.after)) else {
            return Ok(Page { items: Vec::new(), next: None });
        };
        let mut page = self.after.snapshot.diff(from, to, cursor, limit)?;
        page.items.retain(|difference| {
            let either = [&difference.before, &difference.after];
            let is_wanted = self.changes.is_empty() || self.changes.contains(&DifferenceKind::of(difference));
            is_wanted && either.into_iter().flatten().any(|record| self.filters.admits(record))
        });
        Ok(page)
    }

    /// Reads the events from the log.
    async fn tell(&self, differences: Vec<AssetDifference>) -> Result<Vec<AssetWithEvents>, LogError> {
        stream::iter(differences)
            .map(|difference| self.tell_one(difference))
            .buffered(READS)
            .try_collect()
            .await
    }

    async fn tell_one(&self, difference: AssetDifference) -> Result<AssetWithEvents, LogError> {
        let asset = AggregateRef::new(AggregateKind::Asset, difference.id.0);
        let bodies = EventBodies::load(&self.desk, asset).await?;
        let mut messages = Vec::with_capacity(difference.positions.len());
        for position in &difference.positions {
            messages.push(bodies.message(*position).await?);
        }
        Ok(AssetWithEvents { difference, messages })
    }

    fn row<'a>(&self, found: &'a AssetWithEvents) -> Result<DifferenceRow<'a>, ReadModelError> {
        DifferenceRow::new(&self.before, &self.after, &found.difference, &found.messages)
    }
}
