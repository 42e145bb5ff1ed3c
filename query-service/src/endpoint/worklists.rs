//! `GET /v1/worklists`: how much waits on each worklist, and since when.

use axum::extract::State;
use axum::response::Response;
use futures_util::future::try_join_all;
use itam_read_model::{
    AssetRecord, Cursor, MAX_PAGE, Page, PersonRecord, Projection, ProjectionSnapshot, PurchaseOrderRecord,
    ReadModelError, RecordFilters, RecordType, RecordWorklist, RequisitionRecord, WaitingRecord,
};
use itam_service_kit::{Problem, Representation};
use uuid::Uuid;

use crate::answer::{content_tag, json, to_json};
use crate::desk::QueryDesk;
use crate::endpoint::people::still_holds;
use crate::endpoint::projection::query_of;
use crate::endpoint::records::kind_of;
use crate::endpoint::worklist::{NAMES, days, worklist_of};
use crate::inquiry::Inquiry;
use crate::moment::AtMoment;
use crate::permission::{Query, Reach};
use crate::projected_listing::at;
use crate::query_parameter::{MOMENT, TakenParameters};
use crate::row::worklist_length::{OldestRow, WorklistLengthRow, WorklistsRow};
use crate::view::{AnswerView, off_thread};

/// What the worklists take.
pub(crate) const WORKLISTS: TakenParameters = &[MOMENT];
/// How many entries of a list are counted that has no counter of its own.
const MAX_COUNTED: u64 = 10_000;

/// Of which records the caller may see the worklists.
#[derive(Clone, Copy)]
struct Seen {
    requisitions: bool,
    orders: bool,
    people: bool,
}

/// Shows how much waits on each worklist that the caller may see, with what its list takes for granted. Those of a
/// projection that is being prepared are left out, and said to be. The answer has the position that all of it has come
/// to.
pub(crate) async fn show(State(desk): State<QueryDesk>, inquiry: Inquiry) -> Result<Response, Problem> {
    inquiry.require(Query::Worklists)?;
    inquiry.parameters.allow(WORKLISTS)?;
    inquiry.representation(&[Representation::Json])?;
    let may_ask = |query| inquiry.require(query).is_ok_and(|reach| reach == Reach::All);
    let seen = Seen {
        requisitions: may_ask(Query::Requisitions),
        orders: may_ask(Query::PurchaseOrders),
        people: may_ask(Query::People),
    };
    let has_some = |of: &Projection| may_ask(query_of(*of)) && !of.worklists().is_empty();
    let asked: Vec<Projection> = Projection::ALL.into_iter().filter(has_some).collect();
    let found = try_join_all(asked.iter().map(|projection| desk.ready_projection(&inquiry, *projection)));
    let (mut views, mut snapshots, mut not_ready) = (Vec::new(), Vec::new(), Vec::new());
    for (projection, found) in asked.iter().zip(found.await?) {
        let Some((view, snapshot)) = found else {
            not_ready.push(projection.as_str());
            continue;
        };
        views.push(view);
        snapshots.push(snapshot);
    }
    let view = match views.into_iter().min_by_key(AnswerView::position) {
        Some(view) => view,
        None => desk.view(&inquiry).await?,
    };
    let (view, worklists) = off_thread(view, move |view| lengths(view, &snapshots, seen)).await?;
    let row = WorklistsRow { worklists, not_ready };
    let body = to_json(&AtMoment { row: &row, moment: view.moment_row() })?;
    // A projection becomes ready, or comes nearer, while the position stays as it is.
    json(&inquiry, &view, content_tag(&body), body)
}

fn lengths(
    view: &AnswerView,
    snapshots: &[ProjectionSnapshot],
    seen: Seen,
) -> Result<Vec<WorklistLengthRow>, ReadModelError> {
    let mut rows = of_register(view, seen)?;
    for snapshot in snapshots {
        rows.extend(of_projection(view, snapshot)?);
    }
    rows.sort_by_key(|row| row.name);
    Ok(rows)
}

fn of_register(view: &AnswerView, seen: Seen) -> Result<Vec<WorklistLengthRow>, ReadModelError> {
    let mut rows = Vec::new();
    for name in NAMES {
        let (worklist, register) = (worklist_of(name, None, view), view.register());
        let length = register.worklist_length(worklist)?;
        let first = register.worklist(worklist, None, 1)?.items.into_iter().next();
        let oldest = first.map(|asset| oldest_asset(&asset, days(worklist, view, &asset)));
        let path = format!("/v1/worklists/{name}");
        rows.push(WorklistLengthRow { name, path, count: length.count, is_exact: length.is_exact, oldest });
    }
    if seen.requisitions {
        rows.extend(of_records(view, |waiting: &WaitingRecord<RequisitionRecord>| {
            Ok(Some((waiting.record.requisition.id.0, None)))
        })?);
    }
    if seen.orders {
        rows.extend(of_records(view, |waiting: &WaitingRecord<PurchaseOrderRecord>| {
            let order = &waiting.record.order;
            Ok(Some((order.id.0, Some(order.number.to_string()))))
        })?);
    }
    if seen.people {
        rows.extend(of_records(view, |waiting: &WaitingRecord<PersonRecord>| {
            let id = waiting.record.item.id;
            Ok(still_holds(view, id)?.then_some((id.0, None)))
        })?);
    }
    Ok(rows)
}

/// The worklists of a kind of record; `told` says what an entry is called, if it counts.
fn of_records<R: RecordType + 'static>(
    view: &AnswerView,
    told: impl Fn(&WaitingRecord<R>) -> Result<Option<(Uuid, Option<String>)>, ReadModelError>,
) -> Result<Vec<WorklistLengthRow>, ReadModelError> {
    let (filters, before) = (RecordFilters::default(), Some(view.today()));
    let of_one = |worklist: &&'static RecordWorklist| {
        let page = |cursor: Option<&Cursor>| {
            view.register().waiting::<R>(worklist, &filters, before, cursor, MAX_PAGE)
        };
        let counted = count(page, &told)?;
        Ok(counted.row(worklist.name, format!("/v1/worklists/{}", worklist.name)))
    };
    kind_of::<R>().worklists.iter().map(of_one).collect()
}

fn of_projection(
    view: &AnswerView,
    snapshot: &ProjectionSnapshot,
) -> Result<Vec<WorklistLengthRow>, ReadModelError> {
    let projection = snapshot.projection();
    let of_one = |worklist: &itam_read_model::ProjectedWorklist| {
        let page = |cursor: Option<&Cursor>| at(snapshot, view).worklist(*worklist, cursor, MAX_PAGE);
        let told = |asset: &AssetRecord| {
            let tag = asset.asset.facts.tag.as_ref().map(ToString::to_string);
            Ok(Some((asset.id().0, tag)))
        };
        let path = format!("/v1/{}/worklists/{}", projection.as_str(), worklist.name);
        Ok(count(page, told)?.row(worklist.name, path))
    };
    projection.worklists().iter().map(of_one).collect()
}

/// How many entries of a list there are, and the first.
struct Counted {
    count: u64,
    is_exact: bool,
    first: Option<(Uuid, Option<String>)>,
}

impl Counted {
    fn row(self, name: &'static str, path: String) -> WorklistLengthRow {
        let oldest = self.first.map(|(id, label)| OldestRow { id, label, days: None });
        WorklistLengthRow { name, path, count: self.count, is_exact: self.is_exact, oldest }
    }
}

/// Counts the entries of a list, page by page, up to so many.
fn count<T>(
    page: impl Fn(Option<&Cursor>) -> Result<Page<T>, ReadModelError>,
    told: impl Fn(&T) -> Result<Option<(Uuid, Option<String>)>, ReadModelError>,
) -> Result<Counted, ReadModelError> {
    let mut counted = Counted { count: 0, is_exact: true, first: None };
    let (mut cursor, mut looked_at) = (None, 0);
    loop {
        let found = page(cursor.as_ref())?;
        looked_at += found.items.len().max(1) as u64;
        for item in &found.items {
            let Some(entry) = told(item)? else { continue };
            counted.count += 1;
            counted.first.get_or_insert(entry);
        }
        cursor = found.next;
        if cursor.is_none() {
            return Ok(counted);
        }
        if looked_at >= MAX_COUNTED {
            counted.is_exact = false;
            return Ok(counted);
        }
    }
}

fn oldest_asset(asset: &AssetRecord, days: i64) -> OldestRow {
    let label = asset.asset.facts.tag.as_ref().map(ToString::to_string);
    OldestRow { id: asset.id().0, label, days: Some(days) }
}
