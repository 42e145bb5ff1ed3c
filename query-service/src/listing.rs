//! Lists: JSON page by page; CSV and NDJSON as a whole, from one view.

use std::io;

use axum::body::Bytes;
use axum::response::Response;
use futures_util::stream::try_unfold;
use itam_read_model::{Cursor, Page, ReadModelError};
use itam_service_kit::{Problem, Representation};
use serde::Serialize;

use crate::answer::{self, AnswerHead, to_json};
use crate::csv_text::Columns;
use crate::cursor::{Bookmark, PageStart};
use crate::desk::QueryDesk;
use crate::export::{self, ExportRows};
use crate::inquiry::{Inquiry, Paging};
use crate::moment::MomentRow;
use crate::read_problem::read_problem;
use crate::view::AnswerView;

/// The most runs that one JSON page is put together from: where a filter leaves little of each,
/// the page is short.
pub(crate) const MAX_RUNS: usize = 8;

/// How many rows one chunk of an export is made of: a few chunks of each slow reader are in memory.
const CHUNK_ROWS: usize = 100;

/// The forms of a list.
pub(crate) const FORMS: &[Representation] =
    &[Representation::Json, Representation::Csv, Representation::Ndjson];

/// A list that can be asked for.
pub(crate) trait Listing: Send + Sync + 'static {
    /// What it lists.
    type Item: Send;

    /// The columns of its CSV.
    const COLUMNS: Columns;

    /// A run of at most `limit` items; fewer do not mean the end.
    fn run(
        &self,
        view: &AnswerView,
        from: &PageStart,
        limit: usize,
    ) -> Result<ListRun<Self::Item>, ReadModelError>;

    /// An item as it is shown.
    fn row(&self, view: &AnswerView, item: &Self::Item) -> Result<impl Serialize, ReadModelError>;
}

/// A run of a list.
pub(crate) struct ListRun<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<PageStart>,
    /// Whether walking on meets everything: a search for too short a word does not.
    pub(crate) is_complete: bool,
}

impl<T> ListRun<T> {
    /// Everything there is.
    pub(crate) fn whole(items: Vec<T>) -> Self {
        Self { items, next: None, is_complete: true }
    }

    /// A page of one of several `sources` that are met one after the other.
    pub(crate) fn of_source(page: Page<T>, source: u8, sources: usize) -> Self {
        let next = match page.next {
            Some(cursor) => Some(PageStart { source, cursor: Some(cursor) }),
            None if usize::from(source) + 1 < sources => Some(PageStart { source: source + 1, cursor: None }),
            None => None,
        };
        Self { items: page.items, next, is_complete: true }
    }

    /// A page of the only source.
    pub(crate) fn of_page(page: Page<T>) -> Self {
        Self::of_source(page, 0, 1)
    }
}

impl PageStart {
    /// The cursor within one of `sources`.
    pub(crate) fn within<'a, S>(&self, sources: &'a [S]) -> Result<(&'a S, Option<&Cursor>), ReadModelError> {
        let source = sources.get(usize::from(self.source)).ok_or(ReadModelError::Cursor)?;
        Ok((source, self.cursor.as_ref()))
    }
}

/// The answer to whoever asks for a list.
pub(crate) fn answer<L: Listing>(
    desk: &QueryDesk,
    inquiry: &Inquiry,
    view: AnswerView,
    listing: L,
) -> Result<Response, Problem> {
    let form = inquiry.representation(FORMS)?;
    let paging = inquiry.paging()?;
    let tag = inquiry.list_tag(&view, form);
    // A page of a moment has to be made before it can be compared.
    let is_compared = view.then.is_none() || form != Representation::Json;
    if is_compared && inquiry.has_current(&tag)? {
        return Ok(AnswerHead::new(&view, Some(tag)).not_modified());
    }
    if form == Representation::Json {
        let body = json_page(&listing, &view, &paging)?;
        return answer::json(inquiry, &view, tag, body);
    }
    let head = AnswerHead::new(&view, Some(tag));
    let place = desk.begin_export(&inquiry.caller)?;
    let export = ListExport {
        listing,
        view,
        form,
        from: Some(paging.from),
        left: paging.limit.unwrap_or(usize::MAX),
        is_begun: false,
    };
    let chunks = try_unfold(Some(export), next_chunk);
    Ok(head.answer(form, export::body(chunks, place, desk.parts.limits.stall)))
}

fn json_page<L: Listing>(listing: &L, view: &AnswerView, paging: &Paging) -> Result<Vec<u8>, Problem> {
    let limit = paging.page_limit();
    let mut page = JsonPage::begin();
    let mut next = Some(paging.from.clone());
    for _ in 0..MAX_RUNS {
        let Some(place) = &next else { break };
        let run = listing.run(view, place, limit - page.count).map_err(|error| read_problem(&error))?;
        for item in &run.items {
            page.push(&listing.row(view, item).map_err(|error| read_problem(&error))?)?;
        }
        page.is_complete &= run.is_complete;
        next = run.next;
        if page.count >= limit {
            break;
        }
    }
    let pin = view.then.map(|then| then.moment);
    let next = next.map(|place| Bookmark { place, pin }.write(paging.query));
    page.end(next.as_deref(), &ListEnvelope { moment: view.moment_row() })
}

/// What an answer says beside its items.
#[derive(Serialize)]
struct ListEnvelope {
    #[serde(flatten)]
    moment: Option<MomentRow>,
}

/// A page in the making: rows go into it one by one, and are not kept.
pub(crate) struct JsonPage {
    body: Vec<u8>,
    pub(crate) count: usize,
    /// Whether walking on meets everything.
    pub(crate) is_complete: bool,
}

impl JsonPage {
    pub(crate) fn begin() -> Self {
        let mut body = Vec::with_capacity(1024);
        body.extend_from_slice(b"{\"items\":[");
        Self { body, count: 0, is_complete: true }
    }

    pub(crate) fn push(&mut self, row: &impl Serialize) -> Result<(), Problem> {
        if self.count > 0 {
            self.body.push(b',');
        }
        self.count += 1;
        serde_json::to_writer(&mut self.body, row).map_err(|error| Problem::internal(&error))
    }

    /// The whole page. `envelope` is an object whose members come last.
    pub(crate) fn end(self, next: Option<&str>, envelope: &impl Serialize) -> Result<Vec<u8>, Problem> {
        let mut body = self.body;
        body.extend_from_slice(b"],\"next_cursor\":");
        body.extend_from_slice(&to_json(&next)?);
        if !self.is_complete {
            body.extend_from_slice(b",\"is_complete\":false");
        }
        let more = to_json(envelope)?;
        if more.len() > 2 {
            body.push(b',');
        }
        body.extend_from_slice(&more[1..]);
        Ok(body)
    }
}

/// An export on its way, on one view from its first row to its last.
struct ListExport<L> {
    listing: L,
    view: AnswerView,
    form: Representation,
    from: Option<PageStart>,
    left: usize,
    is_begun: bool,
}

async fn next_chunk<L: Listing>(
    export: Option<ListExport<L>>,
) -> io::Result<Option<(Bytes, Option<ListExport<L>>)>> {
    let Some(export) = export else { return Ok(None) };
    let made = tokio::task::spawn_blocking(move || export.chunk()).await;
    made.map_err(io::Error::other)?.map(Some)
}

impl<L: Listing> ListExport<L> {
    fn chunk(mut self) -> io::Result<(Bytes, Option<Self>)> {
        let mut rows = ExportRows::new(self.form, L::COLUMNS);
        if !self.is_begun {
            rows.begin()?;
            self.is_begun = true;
        }
        if let Some(place) = self.from.take() {
            let run = self.listing.run(&self.view, &place, self.left.min(CHUNK_ROWS));
            let run = run.map_err(io::Error::other)?;
            for item in &run.items {
                rows.push(&self.listing.row(&self.view, item).map_err(io::Error::other)?)?;
            }
            self.left = self.left.saturating_sub(run.items.len());
            self.from = run.next.filter(|_| self.left > 0);
        }
        let is_over = self.from.is_none();
        Ok((rows.finish()?, (!is_over).then_some(self)))
    }
}
