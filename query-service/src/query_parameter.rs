//! Query parameters, each declared once: what it is called, what it asks for, what it takes. Requests are held to these
//! declarations, and the contracts are made of them.

use std::ops::RangeInclusive;

use itam_read_model::{FacetValues, FacetWords, MAX_PAGE, RecordFacet, RecordKind};

/// A query parameter.
#[derive(Clone, Debug)]
pub struct QueryParameter {
    /// What it is called.
    pub name: &'static str,
    /// What it asks for, in a sentence.
    pub meaning: &'static str,
    /// What it takes.
    pub takes: ParameterValues,
    /// Whether a request must have it.
    pub is_required: bool,
}

/// What a query parameter takes. Where it takes any of several values, they stand with commas between them, or the
/// parameter is repeated.
#[derive(Clone, Debug)]
pub enum ParameterValues {
    /// A text, such as this one.
    Text(&'static str),
    /// A whole number within a range, such as this one.
    Number(RangeInclusive<u64>, u64),
    /// A day or an instant, such as this one.
    Instant(&'static str),
    /// A day, an instant or a position of the log, such as this one.
    Time(&'static str),
    /// One word of a list.
    Word(Words),
    /// Any words of a list, but not more than so many.
    Words(Words, usize),
    /// The id of a thing.
    Id,
    /// Any ids of things.
    Ids,
    /// Any texts of a form, which a regular expression tells, such as this one.
    Texts(&'static str, &'static str),
}

/// A closed list of words.
#[derive(Clone, Copy, Debug)]
pub enum Words {
    /// These.
    These(&'static [&'static str]),
    /// Those of a vocabulary.
    Vocabulary(fn() -> Vec<&'static str>),
    /// Those of a facet.
    OfFacet(FacetWords),
    /// The orders of a kind's lists.
    Sorts(&'static RecordKind),
    /// The facets of a kind.
    Facets(&'static RecordKind),
}

/// What an operation takes: lists of parameters.
pub(crate) type TakenParameters = &'static [&'static [QueryParameter]];

/// The most facets that totals are grouped by at once.
pub(crate) const MAX_GROUPED: usize = 3;
/// The positions of a log.
pub(crate) const POSITIONS: RangeInclusive<u64> = 1..=u64::MAX;

/// The parameters that every query of the read model takes.
pub(crate) const EVERYWHERE: &[QueryParameter] = &[
    QueryParameter::new(
        "min_position",
        "Wait, for a bounded time, until the read model has come to this position: the one that a command was answered \
         with, to read one's own writes.",
        ParameterValues::Number(0..=u64::MAX, 4711),
    ),
    QueryParameter::new(
        "wait_ms",
        "How long min_position waits at most, in milliseconds; 5,000 if not said.",
        ParameterValues::Number(0..=25_000, 5_000),
    ),
];

/// The parameters of every list.
pub(crate) const PAGING: &[QueryParameter] = &[
    QueryParameter::new(
        "limit",
        "How many rows; 50 on a JSON page, all in an export if not said.",
        ParameterValues::Number(1..=MAX_PAGE as u64, 50),
    ),
    QueryParameter::new(
        "cursor",
        "The next_cursor of the page before, with the same filters.",
        ParameterValues::Text("AQAAAAAAAAAB"),
    ),
];

/// The two times of a question.
pub(crate) const MOMENT: &[QueryParameter] = &[
    QueryParameter::new(
        "as_of",
        "What was true then: an instant (RFC 3339) or a day, which means its last millisecond in UTC. Now if not said. \
         Only the worklists overdue-returns and overdue-orders take a time to come.",
        ParameterValues::Instant("2026-03-31"),
    ),
    QueryParameter::new(
        "known_at",
        "What the register knew then: an instant, a day, or a position of the log (a whole number). All that is \
         applied if not said.",
        ParameterValues::Time("4711"),
    ),
];

/// What an answer about one thing, or a total, takes.
pub(crate) const ONE: TakenParameters = &[MOMENT];

impl QueryParameter {
    /// The most values of one parameter.
    pub const MAX_VALUES: usize = 100;

    pub(crate) const fn new(name: &'static str, meaning: &'static str, takes: ParameterValues) -> Self {
        Self { name, meaning, takes, is_required: false }
    }

    /// The same, which a request must have.
    pub(crate) const fn required(name: &'static str, meaning: &'static str, takes: ParameterValues) -> Self {
        Self { name, meaning, takes, is_required: true }
    }

    /// Any words of a vocabulary.
    pub(crate) const fn words(name: &'static str, words: fn() -> Vec<&'static str>) -> Self {
        Self::new(name, "Any of these.", ParameterValues::Words(Words::Vocabulary(words), Self::MAX_VALUES))
    }

    /// The values of a facet: within it any of them.
    fn of_facet(facet: &RecordFacet) -> Self {
        let takes = match &facet.values {
            FacetValues::Words(words) => ParameterValues::Words(Words::OfFacet(*words), Self::MAX_VALUES),
            FacetValues::Things(_) => ParameterValues::Ids,
            FacetValues::Actors => ParameterValues::Texts("^.+$", "019a5c3e-8000-7000-8000-000000000042"),
        };
        Self::new(facet.name, facet.meaning, takes)
    }

    /// The facets by which things of a kind are filtered: within one any of the values, between them all.
    pub(crate) fn of_facets(kind: &RecordKind) -> Vec<Self> {
        kind.facets.iter().map(|facet| Self::of_facet(facet)).collect()
    }

    /// The facets by which the totals of a kind are grouped.
    pub(crate) fn group_by(kind: &'static RecordKind) -> Self {
        let takes = ParameterValues::Words(Words::Facets(kind), MAX_GROUPED);
        Self::new("group_by", "By what they are counted, up to three of these.", takes)
    }
}

impl Words {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> Vec<&'static str> {
        match self {
            Self::These(words) => words.to_vec(),
            Self::Vocabulary(words) => words(),
            Self::OfFacet(words) => words.all(),
            Self::Sorts(kind) => kind.sorts().into_iter().map(|(name, ..)| name).collect(),
            Self::Facets(kind) => kind.facets.iter().map(|facet| facet.name).collect(),
        }
    }
}
