//! `GET /v1/…/{id}/history`: what happened to a thing. Which events did is known to the read
//! model, what they say to the log.

use std::io;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _, try_unfold};
use itam_domain::{AggregateKind, AggregateRef};
use itam_event_log::{LogError, StoredMessage};
use itam_read_model::{Cursor, Direction, ReadModelError};
use itam_service_kit::{Problem, Representation};

use crate::answer::{AnswerHead, as_of};
use crate::cursor::{self, Bookmark, PageStart};
use crate::desk::QueryDesk;
use crate::endpoint::asset;
use crate::event_bodies::EventBodies;
use crate::export::{self, ExportRows};
use crate::inquiry::{Inquiry, Paging, not_found};
use crate::listing::FORMS;
use crate::parameters::read_id;
use crate::permission::Query;
use crate::query_parameter::{PAGING, ParameterValues, QueryParameter, TakenParameters, Words};
use crate::read_problem::read_problem;
use crate::stored_event::{EVENT_COLUMNS, EventRow, log_problem};
use crate::view::AnswerView;

/// What a history can be asked with. It shows both times of every event, and so is of no moment.
pub(crate) const PARAMETERS: TakenParameters = &[
    &[QueryParameter::new(
        "order",
        "Oldest first, or newest first.",
        ParameterValues::Word(Words::Vocabulary(|| ORDERS.map(order_word).to_vec())),
    )],
    PAGING,
];
const ORDERS: [Direction; 2] = [Direction::Ascending, Direction::Descending];
/// How many events one chunk of an export holds.
const CHUNK: usize = 50;
/// How many events that stand on other subjects are read at once.
const READS: usize = 8;

/// The history of an asset.
pub(crate) async fn of_asset(
    State(desk): State<QueryDesk>,
    Path(name): Path<String>,
    inquiry: Inquiry,
) -> Result<Response, Problem> {
    inquiry.require(Query::History)?;
    inquiry.parameters.allow(PARAMETERS)?;
    let view = desk.view(&inquiry).await?;
    let id = asset::find(&view, &name)?.id();
    answer(&desk, &inquiry, view, AggregateRef::new(AggregateKind::Asset, id.0)).await
}

/// The history of anything else.
pub(crate) async fn of_record(
    State(desk): State<QueryDesk>,
    inquiry: Inquiry,
    Path(id): Path<String>,
    kind: AggregateKind,
) -> Result<Response, Problem> {
    inquiry.require(Query::History)?;
    inquiry.parameters.allow(PARAMETERS)?;
    let id = read_id("id", &id)?;
    let view = desk.view(&inquiry).await?;
    let subject = AggregateRef::new(kind, id);
    let first = view.snapshot.timeline(subject, None, Direction::Ascending, 1);
    if first.map_err(|error| read_problem(&error))?.is_empty() {
        let what = kind.as_str().replace('_', " ");
        return Err(as_of(not_found(&what, &id.to_string()), &view));
    }
    answer(&desk, &inquiry, view, subject).await
}

/// A walk through a history.
struct HistoryWalk {
    view: AnswerView,
    subject: AggregateRef,
    direction: Direction,
    after: Option<u64>,
    bodies: EventBodies,
}

/// A run of events, and behind which position the next one begins.
struct HistoryRun {
    messages: Vec<StoredMessage>,
    next: Option<u64>,
}

async fn answer(
    desk: &QueryDesk,
    inquiry: &Inquiry,
    view: AnswerView,
    subject: AggregateRef,
) -> Result<Response, Problem> {
    desk.require_log()?;
    let form = inquiry.representation(FORMS)?;
    let paging = inquiry.paging()?;
    let tag = inquiry.list_tag(&view, form);
    let is_current = inquiry.has_current(&tag)?;
    let head = AnswerHead::new(&view, Some(tag));
    if is_current {
        return Ok(head.not_modified());
    }
    let (direction, after) = (order(inquiry)?, after(&paging)?);
    let bodies = EventBodies::load(desk, subject).await.map_err(|error| log_problem(&error))?;
    let walk = HistoryWalk { view, subject, direction, after, bodies };
    if form == Representation::Json {
        return Ok(head.answer(form, json_page(&walk, &paging).await?));
    }
    let place = desk.begin_export(&inquiry.caller)?;
    let mut rows = ExportRows::new(form, EVENT_COLUMNS);
    rows.begin().map_err(|error| Problem::internal(&error))?;
    let first = rows.finish().map_err(|error| Problem::internal(&error))?;
    let left = paging.limit.unwrap_or(usize::MAX);
    let chunks = stream::once(async { Ok(first) }).chain(chunks(walk, form, left));
    Ok(head.answer(form, export::body(chunks, place, desk.parts.limits.stall)))
}

fn order_word(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => "oldest-first",
        Direction::Descending => "newest-first",
    }
}

fn order(inquiry: &Inquiry) -> Result<Direction, Problem> {
    Ok(inquiry.parameters.word("order", &ORDERS, order_word)?.unwrap_or_default())
}

fn after(paging: &Paging) -> Result<Option<u64>, Problem> {
    let read = |cursor: &Cursor| cursor.as_bytes().try_into().map(u64::from_be_bytes);
    let position = paging.from.cursor.as_ref().map(read).transpose();
    position.map_err(|_| cursor::invalid())
}

async fn json_page(walk: &HistoryWalk, paging: &Paging) -> Result<Vec<u8>, Problem> {
    let events = walk.read(walk.after, paging.page_limit()).await?;
    let rows: Vec<_> =
        events.messages.iter().map(|message| EventRow::of_history(&walk.view, message)).collect();
    let next = events.next.map(|position| {
        let cursor = Some(Cursor::from_bytes(position.to_be_bytes().to_vec()));
        Bookmark { place: PageStart { source: 0, cursor }, pin: None }.write(paging.query)
    });
    let page = HistoryPage { items: rows, next_cursor: next };
    serde_json::to_vec(&page).map_err(|error| Problem::internal(&error))
}

#[derive(serde::Serialize)]
struct HistoryPage<'a> {
    items: Vec<EventRow<'a>>,
    next_cursor: Option<String>,
}

fn chunks(
    walk: HistoryWalk,
    form: Representation,
    left: usize,
) -> impl futures_util::Stream<Item = io::Result<Bytes>> + Send {
    try_unfold(Some((walk, left)), move |state| async move {
        let Some((mut walk, left)) = state else {
            return Ok(None);
        };
        let events = walk.read(walk.after, left.min(CHUNK)).await;
        let events = events.map_err(|problem| io::Error::other(problem.detail().to_owned()))?;
        let mut rows = ExportRows::new(form, EVENT_COLUMNS);
        for message in &events.messages {
            rows.push(&EventRow::of_history(&walk.view, message))?;
        }
        let left = left.saturating_sub(events.messages.len());
        walk.after = events.next;
        let is_over = events.next.is_none() || left == 0;
        Ok(Some((rows.finish()?, (!is_over).then_some((walk, left)))))
    })
}

impl HistoryWalk {
    async fn read(&self, after: Option<u64>, limit: usize) -> Result<HistoryRun, Problem> {
        let positions = self.positions(after, limit + 1).map_err(|error| read_problem(&error))?;
        let is_more = positions.len() > limit;
        let positions = &positions[..positions.len().min(limit)];
        let reads: Vec<_> = positions.iter().map(|position| self.bodies.message(*position)).collect();
        let messages: Result<Vec<_>, LogError> = stream::iter(reads).buffered(READS).try_collect().await;
        Ok(HistoryRun {
            messages: messages.map_err(|error| log_problem(&error))?,
            next: positions.last().copied().filter(|_| is_more),
        })
    }

    /// The next positions of the history. The timeline does not know events that this build cannot
    /// read; on the thing's own subject they stand all the same, and are not left out in silence.
    fn positions(&self, after: Option<u64>, limit: usize) -> Result<Vec<u64>, ReadModelError> {
        let snapshot = &self.view.snapshot;
        let mut positions = snapshot.timeline(self.subject, after, self.direction, limit)?;
        let is_behind = |position: u64| {
            after.is_none_or(|after| match self.direction {
                Direction::Ascending => position > after,
                Direction::Descending => position < after,
            })
        };
        let own = self.bodies.own_positions();
        positions.extend(own.filter(|position| *position <= self.view.position() && is_behind(*position)));
        positions.sort_unstable();
        positions.dedup();
        if self.direction == Direction::Descending {
            positions.reverse();
        }
        positions.truncate(limit);
        Ok(positions)
    }
}
