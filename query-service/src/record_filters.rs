//! What a request filters, sorts and groups records by: the facets of their kind, by their names.

use std::ops::RangeInclusive;

use itam_domain::AggregateKind;
use itam_read_model::{
    Direction, FacetValue, FacetValues, RecordFacet, RecordFilters, RecordKind, RecordQuery, RecordSort,
};
use itam_service_kit::Problem;

use crate::inquiry::Inquiry;
use crate::parameters::{Parameters, refuse};
use crate::permission::Reach;
use crate::query_parameter::{MAX_GROUPED, MOMENT, PAGING, ParameterValues, QueryParameter, Words};

/// The ages that may be asked for, in days.
const AGES: RangeInclusive<u64> = 0..=36_500;
/// The facet whose values are listed one after the other.
pub(crate) const STAGE: &str = "stage";

/// What the list of a kind takes: its facets, what else selects and sorts, and the parameters of every list.
pub(crate) fn list_parameters(kind: &'static RecordKind) -> Vec<QueryParameter> {
    let mut taken = QueryParameter::of_facets(kind);
    taken.extend([
        QueryParameter::new("sort", "The order.", ParameterValues::Word(Words::Sorts(kind))),
        QueryParameter::new(
            "older_than",
            "Only those that are older than so many days.",
            ParameterValues::Number(AGES, 14),
        ),
        search(kind.kind),
    ]);
    match kind.kind {
        AggregateKind::Person => {
            taken.push(QueryParameter::new(
                "username",
                "Exactly this user name.",
                ParameterValues::Text("bob"),
            ));
        }
        AggregateKind::PurchaseOrder => {
            let meaning = "Only those of which pieces are awaited; not together with stage.";
            let yes = ParameterValues::Word(Words::These(&["true"]));
            taken.push(QueryParameter::new("open", meaning, yes));
        }
        _ => {}
    }
    [&taken, PAGING, MOMENT].concat()
}

fn search(kind: AggregateKind) -> QueryParameter {
    let (meaning, example) = match kind {
        AggregateKind::Person => {
            ("The beginnings of words of name, mail address, user name or employee number.", "mill")
        }
        AggregateKind::Requisition => {
            ("Beginnings of words of the justification and of the lines.", "laptop")
        }
        AggregateKind::PurchaseOrder => (
            "The beginning of the number, four of its last characters and more, or beginnings of words.",
            "0042",
        ),
        AggregateKind::AssetModel => {
            ("The beginning of the name, or beginnings of words, also of those of the kind.", "Think")
        }
        _ => ("The beginning of the name or number, or beginnings of words.", "Think"),
    };
    QueryParameter::new("q", meaning, ParameterValues::Text(example))
}

/// What a worklist of a kind takes.
pub(crate) fn worklist_parameters(kind: &RecordKind) -> Vec<QueryParameter> {
    [&QueryParameter::of_facets(kind), PAGING, MOMENT].concat()
}

/// What the totals of a kind take.
pub(crate) fn totals_parameters(kind: &'static RecordKind) -> Vec<QueryParameter> {
    [&QueryParameter::of_facets(kind), &[QueryParameter::group_by(kind)][..], MOMENT].concat()
}

/// The filters of a request; of whoever reaches only what is her own, whatever she asks for.
pub(crate) fn read(
    kind: &RecordKind,
    inquiry: &Inquiry,
    reach: Reach,
    but: Option<&str>,
) -> Result<RecordFilters, Problem> {
    let mut filters = RecordFilters::default();
    for facet in kind.facets.iter().copied().filter(|facet| Some(facet.name) != but) {
        let asked = values(&inquiry.parameters, facet)?;
        let is_owner = kind.owner.is_some_and(|owner| owner.name == facet.name);
        if reach == Reach::All || !is_owner {
            filters = filters.with(facet, asked);
        }
    }
    match kind.owner {
        _ if reach == Reach::All => Ok(filters),
        // Nobody is called so: a token that is tied to no person has nothing of its own.
        Some(owner) => {
            let person = inquiry.own_person().unwrap_or_default().to_owned();
            Ok(filters.with(owner, [FacetValue::Actor(person)]))
        }
        None => Err(Problem::internal(&std::io::Error::other(
            "records without an owner were reached as one's own",
        ))),
    }
}

/// The values of a facet that are asked for.
pub(crate) fn values(parameters: &Parameters, facet: &RecordFacet) -> Result<Vec<FacetValue>, Problem> {
    match &facet.values {
        FacetValues::Words(words) => {
            let asked = parameters.words(facet.name, &words.all(), |word| word)?;
            Ok(asked.into_iter().map(FacetValue::Word).collect())
        }
        FacetValues::Things(_) => parameters.ids(facet.name, FacetValue::Thing),
        FacetValues::Actors => {
            let asked = parameters.values(facet.name)?.into_iter();
            Ok(asked.map(|actor| FacetValue::Actor(actor.to_owned())).collect())
        }
    }
}

/// The queries that a request comes to: one for each stage that it names, or one.
pub(crate) fn queries(
    kind: &RecordKind,
    inquiry: &Inquiry,
    reach: Reach,
    open: &[&'static str],
) -> Result<Vec<RecordQuery>, Problem> {
    let parameters = &inquiry.parameters;
    let (sort, direction) = sort(kind, parameters)?;
    let query = RecordQuery {
        filters: read(kind, inquiry, reach, Some(STAGE))?,
        search: parameters.text("q")?.map(str::to_owned),
        sort,
        direction,
        ..RecordQuery::default()
    };
    let Some(stage) = kind.facet(STAGE) else { return Ok(vec![query]) };
    let mut stages = values(parameters, stage)?;
    if !open.is_empty() && parameters.word("open", &["true"], |word| word)?.is_some() {
        if !stages.is_empty() {
            return Err(refuse("open", "The parameter open does not go together with stage."));
        }
        stages = open.iter().map(|stage| FacetValue::Word(stage)).collect();
    }
    if stages.is_empty() {
        return Ok(vec![query]);
    }
    let of = |value| {
        let filters = query.filters.clone().with(stage, [value]);
        RecordQuery { filters, ..query.clone() }
    };
    Ok(stages.into_iter().map(of).collect())
}

/// The least number of whole days that they are old.
pub(crate) fn least_days(parameters: &Parameters) -> Result<Option<i64>, Problem> {
    let older_than = parameters.number("older_than", AGES)?;
    Ok(older_than.and_then(|days| i64::try_from(days + 1).ok()))
}

fn sort(kind: &RecordKind, parameters: &Parameters) -> Result<(RecordSort, Direction), Problem> {
    let sorts = kind.sorts();
    let indexes: Vec<usize> = (0..sorts.len()).collect();
    let chosen = parameters.word("sort", &indexes, |index| sorts[index].0)?;
    let (_, sort, direction) = sorts[chosen.unwrap_or(0)];
    Ok((sort, direction))
}

/// The facets that totals are grouped by, in the order of the request.
pub(crate) fn group_by(
    kind: &RecordKind,
    parameters: &Parameters,
) -> Result<Vec<&'static RecordFacet>, Problem> {
    let asked = parameters.words("group_by", kind.facets, |facet| facet.name)?;
    let is_named_twice = asked
        .iter()
        .enumerate()
        .any(|(index, facet)| asked[..index].iter().any(|earlier| earlier.name == facet.name));
    if asked.len() > MAX_GROUPED || is_named_twice {
        let detail = format!("The parameter group_by takes up to {MAX_GROUPED} different facets.");
        return Err(refuse("group_by", detail));
    }
    Ok(asked)
}
