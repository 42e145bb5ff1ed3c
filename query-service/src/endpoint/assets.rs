//! `GET /v1/assets`: assets by filters, labels, holds and words.

use axum::extract::State;
use axum::response::Response;
use itam_domain::asset::Custodian;
use itam_domain::vocabulary::HoldKind;
use itam_domain::{PersonId, normalize};
use itam_labels::{search_form, words};
use itam_read_model::{
    ASSETS, AssetFilters, AssetQuery, AssetSort, Direction, MAX_TERM_CUSTODIANS, SearchTerm, counted_states,
    search_words,
};
use itam_service_kit::Problem;
use itam_vault::PersonDirectory;

use crate::asset_filters::{self, ASSET_FILTERS};
use crate::asset_listing::{AssetListing, AssetSource, Picks};
use crate::desk::QueryDesk;
use crate::endpoint::records;
use crate::inquiry::Inquiry;
use crate::listing;
use crate::parameters::{Parameters, refuse};
use crate::permission::Query;
use crate::query_parameter::{MOMENT, PAGING, ParameterValues, QueryParameter, TakenParameters, Words};
use crate::record_filters::{self, group_by, totals_parameters};

/// The facet that tells what was voided or cancelled.
const STATE: &str = "state";
/// What the list of assets takes.
pub(crate) const LIST: TakenParameters = &[ASSET_FILTERS, SELECTORS, PAGING, MOMENT];
const SELECTORS: &[QueryParameter] = &[
    QueryParameter::new(
        "q",
        "Words of tag, serial number, model, maker, kind, custodian, location and notes, or their beginnings; or the last \
         four characters and more of the serial number. Accents may be left out.",
        ParameterValues::Text("thinkpad"),
    ),
    QueryParameter::new("tag", "The tag, as tags are compared.", ParameterValues::Text("LT-0042")),
    QueryParameter::new(
        "serial",
        "The serial number, as they are compared.",
        ParameterValues::Text("PF3A9X7K"),
    ),
    QueryParameter::words("hold", HoldKind::words),
    QueryParameter::new(
        "sort",
        "The order; not together with q, tag, serial or hold.",
        ParameterValues::Word(Words::Vocabulary(sorts)),
    ),
];
const SORTS: &[(&str, AssetSort, Direction)] = &[
    ("created", AssetSort::Age, Direction::Ascending),
    ("-created", AssetSort::Age, Direction::Descending),
    ("tag", AssetSort::Tag, Direction::Ascending),
    ("-tag", AssetSort::Tag, Direction::Descending),
    ("changed", AssetSort::Changed, Direction::Ascending),
    ("-changed", AssetSort::Changed, Direction::Descending),
];

/// Lists assets.
pub(crate) async fn list(State(desk): State<QueryDesk>, inquiry: Inquiry) -> Result<Response, Problem> {
    inquiry.require(Query::Assets)?;
    let parameters = &inquiry.parameters;
    parameters.allow(LIST)?;
    let filters = asset_filters::read(parameters)?;
    let picks = Picks {
        tag: parameters.text("tag")?.map(normalize),
        serial: parameters.text("serial")?.map(normalize),
        holds: parameters.words("hold", HoldKind::ALL, HoldKind::as_str)?,
    };
    let source = source(&desk, &inquiry, filters, &picks)?;
    let view = desk.view(&inquiry).await?;
    let sources = vec![source];
    listing::answer(&desk, &inquiry, view, AssetListing { sources, picks })
}

/// Shows how many assets there are and what they cost to acquire, by some of their facets. What was voided or
/// cancelled never was, and is told only where states are.
pub(crate) async fn totals(State(desk): State<QueryDesk>, inquiry: Inquiry) -> Result<Response, Problem> {
    let reach = inquiry.require(Query::Summary)?;
    let parameters = &inquiry.parameters;
    parameters.allow(&[&totals_parameters(&ASSETS)])?;
    let mut filters = record_filters::read(&ASSETS, &inquiry, reach, None)?;
    let grouped = group_by(&ASSETS, parameters)?;
    let tells_states = grouped.iter().any(|facet| facet.name == STATE);
    if let Some(state) = ASSETS.facet(STATE).filter(|_| !tells_states && !parameters.has(STATE)) {
        filters = filters.with(state, counted_states());
    }
    records::totals(&desk, &inquiry, &ASSETS, filters, grouped).await
}

/// Where the assets come from: the narrowest of what is asked for. The picks check the rest.
fn source(
    desk: &QueryDesk,
    inquiry: &Inquiry,
    filters: AssetFilters,
    picks: &Picks,
) -> Result<AssetSource, Problem> {
    let parameters = &inquiry.parameters;
    let typed = parameters.text("q")?;
    let is_labeled = picks.tag.is_some() || picks.serial.is_some();
    if typed.is_some() && is_labeled {
        return Err(refuse("q", "The parameter q does not go together with tag or serial."));
    }
    let has_own_order = typed.is_some() || is_labeled || !picks.holds.is_empty();
    if has_own_order && parameters.has("sort") {
        return Err(refuse("sort", "The parameter sort does not go together with q, tag, serial or hold."));
    }
    if let Some(tag) = &picks.tag {
        return Ok(AssetSource::Tag(tag.clone(), filters));
    }
    if let Some(serial) = &picks.serial {
        return Ok(AssetSource::Serial(serial.clone(), filters));
    }
    if let Some(typed) = typed {
        return terms(&desk.parts.people, typed, inquiry.sees_personal_data())
            .map(|terms| AssetSource::Words(terms, filters));
    }
    if !picks.holds.is_empty() {
        return Ok(AssetSource::OnHold(filters));
    }
    let (sort, direction) = sort(parameters)?;
    Ok(AssetSource::Order(AssetQuery { filters, sort, direction }))
}

fn sorts() -> Vec<&'static str> {
    SORTS.iter().map(|(name, ..)| *name).collect()
}

fn sort(parameters: &Parameters) -> Result<(AssetSort, Direction), Problem> {
    let indexes: Vec<usize> = (0..SORTS.len()).collect();
    let chosen = parameters.word("sort", &indexes, |index| SORTS[index].0)?;
    let (_, sort, direction) = SORTS[chosen.unwrap_or(0)];
    Ok((sort, direction))
}

/// The words of a search, each with the persons it names.
fn terms(
    people: &PersonDirectory,
    typed: &str,
    sees_personal_data: bool,
) -> Result<Vec<SearchTerm>, Problem> {
    let words = search_words(typed);
    if words.is_empty() {
        return Err(refuse("q", format!("The parameter q is {typed:?}, which holds no letter or digit.")));
    }
    let term = |text: String| {
        let found = people.search_prefix(&text, MAX_TERM_CUSTODIANS).into_iter();
        // Whoever may not see a mail address may not find by it either.
        let is_named = |id: &uuid::Uuid| {
            let details = people.find(*id);
            sees_personal_data || details.is_some_and(|details| is_in_name(&details.display_name, &text))
        };
        let custodians = found.filter(is_named).map(|id| Custodian::Person(PersonId(id))).collect();
        SearchTerm { text, custodians }
    };
    Ok(words.into_iter().map(term).collect())
}

fn is_in_name(name: &str, word: &str) -> bool {
    let (name, word) = (search_form(name), search_form(word));
    name.starts_with(&word) || words(&name).any(|part| part.starts_with(&word))
}
