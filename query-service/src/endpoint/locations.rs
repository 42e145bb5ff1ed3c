//! `GET /v1/locations/{id}/assets`: what is at a location, and within it.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Path, State};
use axum::response::Response;
use itam_domain::asset::Custodian;
use itam_domain::{AggregateKind, LocationId};
use itam_read_model::{AssetFilters, LocationRecord, MAX_PAGE, ReadModelError, RecordQuery};
use itam_service_kit::{Problem, ProblemCode};

use crate::answer::as_of;
use crate::desk::QueryDesk;
use crate::endpoint::holdings::{further_filters, one_after_the_other};
use crate::inquiry::{Inquiry, not_found};
use crate::listing;
use crate::parameters::read_id;
use crate::permission::Query;
use crate::read_problem::read_problem;
use itam_read_model::RegisterView;

/// The most locations that one list takes in.
const MAX_WITHIN: usize = 1_000;
/// The most locations that are looked at to find those within one.
const MAX_LOCATIONS: usize = 50_000;

/// Lists the assets at a location, then those in its custody that are elsewhere. With
/// `include=descendants` the same of every location within it.
pub(crate) async fn assets(
    State(desk): State<QueryDesk>,
    Path(id): Path<String>,
    inquiry: Inquiry,
) -> Result<Response, Problem> {
    inquiry.require(Query::Assets)?;
    let id = LocationId(read_id("id", &id)?);
    let further = further_filters(&inquiry, AggregateKind::Location)?;
    let include = inquiry.parameters.word("include", &["descendants"], |word| word)?;
    let mut view = desk.view(&inquiry).await?;
    let location = view.register().find::<LocationRecord>(id.0).map_err(|error| read_problem(&error))?;
    if location.is_none() {
        return Err(as_of(not_found("location", &id.to_string()), &view));
    }
    let mut locations = vec![id];
    if include.is_some() {
        let walk = tokio::task::spawn_blocking(move || {
            let within = descendants(view.register(), id);
            (view, within)
        });
        let (walked, within) = walk.await.map_err(|error| Problem::internal(&error))?;
        view = walked;
        locations.extend(within.map_err(|error| read_problem(&error))?);
    }
    if locations.len() > MAX_WITHIN {
        let detail = format!("More than {MAX_WITHIN} locations are within this one: ask for each.");
        return Err(Problem::new(ProblemCode::MalformedRequest, detail).with("parameter", "include"));
    }
    let held = AssetFilters {
        custodians: locations.iter().copied().map(Custodian::Location).collect(),
        ..further.clone()
    };
    let there = AssetFilters { locations, ..further };
    listing::answer(&desk, &inquiry, view, one_after_the_other(vec![there, held]))
}

/// The locations within one, at any depth.
fn descendants(register: RegisterView<'_>, top: LocationId) -> Result<Vec<LocationId>, ReadModelError> {
    let mut children: BTreeMap<LocationId, Vec<LocationId>> = BTreeMap::new();
    let (mut cursor, mut seen) = (None, 0);
    loop {
        let page = register.records::<LocationRecord>(&RecordQuery::default(), cursor.as_ref(), MAX_PAGE)?;
        for record in &page.items {
            if let Some(parent) = record.item.definition.parent_id {
                children.entry(parent).or_default().push(record.item.id);
            }
        }
        seen += page.items.len();
        cursor = page.next;
        if cursor.is_none() || seen >= MAX_LOCATIONS {
            break;
        }
    }
    let mut found = BTreeSet::new();
    let mut open = vec![top];
    while let Some(parent) = open.pop() {
        for child in children.get(&parent).into_iter().flatten() {
            // Parents may form a circle: each is met once.
            if *child != top && found.insert(*child) {
                open.push(*child);
            }
        }
    }
    Ok(found.into_iter().collect())
}
