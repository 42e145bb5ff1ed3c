//! `GET /v1/compliance/…` and `/v1/tco/…`: what a projection answers, by what it declares.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use itam_read_model::{
    Cursor, ProjectedFilter, ProjectedTotal, Projection, ProjectionSnapshot, ProjectionView, ReadModelError,
    Total,
};
use itam_service_kit::{Problem, Representation};
use serde::Serialize;
use uuid::Uuid;

use crate::answer::one;
use crate::desk::QueryDesk;
use crate::inquiry::{Inquiry, not_found};
use crate::moment::AtMoment;
use crate::names::ShownName;
use crate::permission::Query;
use crate::projected_listing::{answer, at};
use crate::query_parameter::{MOMENT, ONE, PAGING, ParameterValues, QueryParameter, TakenParameters, Words};
use crate::row::cost::Cost;
use crate::view::{AnswerView, off_thread};

/// What a worklist takes.
pub(crate) const WORKLIST: TakenParameters = &[PAGING, MOMENT];

/// The routes of all projections.
pub(crate) fn routes() -> Router<QueryDesk> {
    let mut router = Router::new();
    for projection in Projection::ALL {
        let path = |rest: &str| format!("/v1/{}/{rest}", projection.as_str());
        router = router
            .route(&path("assets"), get(async move |desk, inquiry| assets(desk, inquiry, projection).await))
            .route(
                &path("worklists/{name}"),
                get(async move |desk, name, inquiry| worklist(desk, name, inquiry, projection).await),
            )
            .route(
                &path("totals/{name}"),
                get(async move |desk, name, inquiry| totals(desk, name, inquiry, projection).await),
            );
    }
    router
}

/// What asks a projection.
pub(crate) fn query_of(projection: Projection) -> Query {
    match projection {
        Projection::Compliance => Query::Compliance,
        Projection::Tco => Query::Tco,
    }
}

/// What the list of assets takes.
pub(crate) fn list_parameters(projection: Projection) -> Vec<QueryParameter> {
    let of_filter = |filter: &ProjectedFilter| {
        let words = ParameterValues::Words(Words::Vocabulary(filter.facet.words), QueryParameter::MAX_VALUES);
        QueryParameter::new(filter.facet.name, filter.about, words)
    };
    let filters: Vec<_> = projection.filters().iter().map(of_filter).collect();
    [&filters, PAGING, MOMENT].concat()
}

/// Lists the assets that pass the filters; without any, all that the first one says something of.
async fn assets(
    State(desk): State<QueryDesk>,
    inquiry: Inquiry,
    projection: Projection,
) -> Result<Response, Problem> {
    inquiry.require(query_of(projection))?;
    inquiry.parameters.allow(&[&list_parameters(projection)])?;
    let mut filters = Vec::new();
    for filter in projection.filters() {
        let places = places(&inquiry, filter)?;
        if !places.is_empty() {
            filters.push((*filter, places));
        }
    }
    if let (true, Some(first)) = (filters.is_empty(), projection.filters().first()) {
        filters.push((*first, (0..).zip((first.facet.words)()).map(|(place, _)| place).collect()));
    }
    let page = move |view: ProjectionView<'_>, cursor: Option<&Cursor>, limit| {
        view.assets_by(&filters, cursor, limit)
    };
    answer(&desk, &inquiry, projection, page).await
}

/// The places of the words that are asked for.
fn places(inquiry: &Inquiry, filter: &ProjectedFilter) -> Result<Vec<u32>, Problem> {
    let words = (filter.facet.words)();
    let asked = inquiry.parameters.words(filter.facet.name, &words, |word| word)?;
    Ok((0..).zip(words).filter(|(_, word)| asked.contains(word)).map(|(place, _)| place).collect())
}

/// Lists a worklist: what waits longest comes first.
async fn worklist(
    State(desk): State<QueryDesk>,
    Path(name): Path<String>,
    inquiry: Inquiry,
    projection: Projection,
) -> Result<Response, Problem> {
    inquiry.require(query_of(projection))?;
    let Some(worklist) = projection.worklists().iter().find(|worklist| worklist.name == name) else {
        let names: Vec<_> = projection.worklists().iter().map(|worklist| worklist.name).collect();
        return Err(not_found("worklist", &name).with("worklists", names));
    };
    inquiry.parameters.allow(WORKLIST)?;
    let page =
        |view: ProjectionView<'_>, cursor: Option<&Cursor>, limit| view.worklist(*worklist, cursor, limit);
    answer(&desk, &inquiry, projection, page).await
}

/// A total: in all, and by what it is grouped by.
#[derive(Serialize)]
struct ProjectedTotalsRow {
    all: SumRow,
    groups: Vec<ProjectedGroupRow>,
}

/// How many things there are by word, and the amounts that they count for by measure.
#[derive(Serialize)]
struct SumRow {
    counts: BTreeMap<&'static str, u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    sums: BTreeMap<&'static str, Vec<Cost>>,
}

/// The things that belong to one other thing; without one, those that belong to none.
#[derive(Serialize)]
struct ProjectedGroupRow {
    id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<ShownName>,
    #[serde(flatten)]
    sum: SumRow,
}

/// Shows a total.
async fn totals(
    State(desk): State<QueryDesk>,
    Path(name): Path<String>,
    inquiry: Inquiry,
    projection: Projection,
) -> Result<Response, Problem> {
    inquiry.require(query_of(projection))?;
    let Some(total) = projection.totals().iter().find(|total| total.name == name) else {
        let names: Vec<_> = projection.totals().iter().map(|total| total.name).collect();
        return Err(not_found("total", &name).with("totals", names));
    };
    inquiry.parameters.allow(ONE)?;
    let (view, snapshot) = desk.projection(&inquiry, projection).await?;
    let (view, row) = off_thread(view, move |view| reckon(view, &snapshot, total)).await?;
    let tag = inquiry.list_tag(&view, Representation::Json);
    one(&inquiry, &view, tag, &AtMoment { row: &row, moment: view.moment_row() })
}

fn reckon(
    view: &AnswerView,
    snapshot: &ProjectionSnapshot,
    total: &ProjectedTotal,
) -> Result<ProjectedTotalsRow, ReadModelError> {
    let (mut all, mut groups) = (Total::default(), Vec::new());
    for (id, sum) in at(snapshot, view).totals(total)? {
        for (word, count) in &sum.counts {
            *all.counts.entry(*word).or_default() += count;
        }
        for (measure, amount) in &sum.sums {
            *all.sums.entry(*measure).or_default() += amount;
        }
        groups.push(ProjectedGroupRow {
            id,
            name: view.name_if(total.by, id)?,
            sum: SumRow::new(total, &sum),
        });
    }
    all.sums.retain(|_, amount| *amount != 0);
    Ok(ProjectedTotalsRow { all: SumRow::new(total, &all), groups })
}

impl SumRow {
    fn new(total: &ProjectedTotal, sum: &Total) -> Self {
        let count = |(place, word): (u32, &'static str)| (word, sum.counts.get(&place).copied().unwrap_or(0));
        let amounts = |(place, measure): (usize, &'static str)| {
            let amounts = sum.sums.iter().filter(|((of, _), _)| *of == place);
            (measure, amounts.map(|((_, currency), minor)| Cost::new((*currency, *minor))).collect())
        };
        Self {
            counts: (0..).zip((total.counted.words)()).map(count).collect(),
            sums: total.measures().enumerate().map(amounts).collect(),
        }
    }
}
