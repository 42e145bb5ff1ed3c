//! `GET /v1/audit/security-journal`: the journal for those who audit.

use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use futures_util::stream::try_unfold;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use super::{JournalEntry, JournalEvent, JournalFilter, JournalPage, SecurityJournal, read_journal};
use crate::csv_text::{Columns, CsvText};
use crate::{Caller, Problem, ProblemCode, Representation, Role};

/// The most entries of one page.
const MAX_PAGE: usize = 1000;
/// How many there are unless asked otherwise.
const DEFAULT_PAGE: usize = 100;
/// How many entries one chunk of an export holds.
const CHUNK: NonZeroUsize = NonZeroUsize::new(10_000).expect("not zero");
/// How many requests read the files at once: each reads all of them.
const READERS: usize = 2;
/// How many exports are open at once: each keeps a chunk for its reader.
const EXPORTS: usize = 4;

/// The columns of the CSV form.
const COLUMNS: Columns =
    Columns("at event code reason action actor role token person count last_at trace_id");

#[derive(Clone)]
struct JournalReader {
    folder: Arc<Path>,
    readers: Arc<Semaphore>,
    exports: Arc<Semaphore>,
}

/// What a request asks for. Several codes, actors or events have commas between.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct JournalQuery {
    from: Option<String>,
    to: Option<String>,
    code: Option<String>,
    actor: Option<String>,
    event: Option<String>,
    cursor: Option<String>,
    limit: Option<usize>,
}

#[derive(Serialize)]
struct Page {
    items: Vec<JournalEntry>,
    next_cursor: Option<String>,
}

impl SecurityJournal {
    /// The route, for services whose callers are authenticated.
    pub fn routes(&self) -> Router {
        let reader = JournalReader {
            folder: self.folder().into(),
            readers: Arc::new(Semaphore::new(READERS)),
            exports: Arc::new(Semaphore::new(EXPORTS)),
        };
        Router::new().route("/v1/audit/security-journal", get(show)).with_state(reader)
    }
}

async fn show(
    State(reader): State<JournalReader>,
    caller: Caller,
    headers: HeaderMap,
    Query(asked): Query<JournalQuery>,
) -> Result<Response, Problem> {
    caller.require("the security journal", |role| matches!(role, Role::Administrator | Role::Auditor))?;
    let offered = [Representation::Json, Representation::Ndjson, Representation::Csv];
    let form = Representation::negotiate(&headers, &offered)?;
    let filter = asked.filter()?;
    if form != Representation::Json {
        return export(reader, filter, asked.cursor, form);
    }
    let limit = asked.limit.unwrap_or(DEFAULT_PAGE);
    let Some(limit) = NonZeroUsize::new(limit).filter(|limit| limit.get() <= MAX_PAGE) else {
        return Err(refuse("limit", &format!("it takes a number from 1 to {MAX_PAGE}")));
    };
    let page = reader.read(filter, asked.cursor, limit).await.map_err(|error| read_problem(&error))?;
    let page = Page { items: page.entries, next_cursor: page.next };
    let mut response = Json(page).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

impl JournalQuery {
    fn filter(&self) -> Result<JournalFilter, Problem> {
        let words = |text: &Option<String>| -> Vec<String> {
            text.iter().flat_map(|text| text.split(',')).map(str::to_owned).collect()
        };
        let event = |word: String| {
            let known = JournalEvent::ALL.into_iter().find(|event| event.as_str() == word);
            let all = JournalEvent::ALL.map(JournalEvent::as_str).join(", ");
            known.ok_or_else(|| refuse("event", &format!("{word:?} is none of {all}")))
        };
        Ok(JournalFilter {
            from: self.from.as_deref().map(|text| read_instant("from", text, false)).transpose()?,
            to: self.to.as_deref().map(|text| read_instant("to", text, true)).transpose()?,
            codes: words(&self.code),
            actors: words(&self.actor),
            events: words(&self.event).into_iter().map(event).collect::<Result<_, _>>()?,
        })
    }
}

/// An instant, or a day: its first or its last millisecond.
fn read_instant(name: &str, text: &str, is_end: bool) -> Result<DateTime<Utc>, Problem> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Ok(instant.with_timezone(&Utc));
    }
    let day: NaiveDate = text
        .parse()
        .map_err(|_| refuse(name, "it takes an instant (RFC 3339) or a day such as 2026-03-31"))?;
    let midnight = day.and_time(NaiveTime::MIN).and_utc();
    Ok(if is_end { midnight + TimeDelta::days(1) - TimeDelta::milliseconds(1) } else { midnight })
}

fn refuse(name: &str, why: &str) -> Problem {
    let detail = format!("The parameter {name} cannot be read: {why}.");
    Problem::new(ProblemCode::MalformedRequest, detail).with("parameter", name)
}

fn read_problem(error: &io::Error) -> Problem {
    if error.kind() == io::ErrorKind::InvalidInput {
        return Problem::new(ProblemCode::CursorInvalid, "The cursor is none of this journal.");
    }
    Problem::internal(error)
}

impl JournalReader {
    async fn read(
        &self,
        filter: JournalFilter,
        after: Option<String>,
        limit: NonZeroUsize,
    ) -> io::Result<JournalPage> {
        let _place = self.readers.acquire().await.map_err(io::Error::other)?;
        let folder: PathBuf = self.folder.to_path_buf();
        let read = move || read_journal(&folder, &filter, after.as_deref(), limit);
        tokio::task::spawn_blocking(read).await.map_err(io::Error::other)?
    }
}

/// All entries, chunk by chunk. A body that breaks off is not whole.
fn export(
    reader: JournalReader,
    filter: JournalFilter,
    after: Option<String>,
    form: Representation,
) -> Result<Response, Problem> {
    let place = Arc::clone(&reader.exports).try_acquire_owned().map_err(|_| {
        Problem::new(ProblemCode::NotReady, "Too many exports are open.").retry_after(Duration::from_secs(1))
    })?;
    let chunks = try_unfold(Some((after, true, place)), move |state| {
        let (reader, filter) = (reader.clone(), filter.clone());
        async move {
            let Some((after, is_first, place)) = state else { return Ok::<_, io::Error>(None) };
            let page = reader.read(filter, after, CHUNK).await?;
            let bytes = encode(&page.entries, form, is_first)?;
            Ok(Some((bytes, page.next.map(|next| (Some(next), false, place)))))
        }
    });
    let mut response = Response::new(Body::from_stream(chunks));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(form.media_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn encode(entries: &[JournalEntry], form: Representation, is_first: bool) -> io::Result<Bytes> {
    if form != Representation::Csv {
        let mut lines = Vec::new();
        for entry in entries {
            serde_json::to_writer(&mut lines, entry)?;
            lines.push(b'\n');
        }
        return Ok(lines.into());
    }
    let mut text = CsvText::new(COLUMNS);
    if is_first {
        text.header()?;
    }
    for entry in entries {
        text.row(entry)?;
    }
    text.finish().map(Bytes::from)
}
