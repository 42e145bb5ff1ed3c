//! What can be asked about the records of a kind: by what they are filtered and grouped, on which worklists
//! they are, what they amount to.

use itam_domain::AggregateKind;
use uuid::Uuid;

use crate::primitive::page::Direction;
use crate::store::key::{Facet, RecordOrder};

/// What the records of a kind are filtered and grouped by.
#[derive(Debug)]
pub struct RecordFacet {
    pub(crate) code: Facet,
    /// What it is called.
    pub name: &'static str,
    /// What it tells, in a sentence.
    pub meaning: &'static str,
    /// Its values.
    pub values: FacetValues,
}

/// What values a facet has.
#[derive(Debug)]
pub enum FacetValues {
    /// Those of a closed list.
    Words(FacetWords),
    /// Things of a kind, by their ids.
    Things(AggregateKind),
    /// Whoever acted, as events name them.
    Actors,
}

/// A closed list of words, of which lists hold the number; or a byte, of which the number is a part.
#[derive(Clone, Copy, Debug)]
pub struct FacetWords {
    all: fn() -> Vec<&'static str>,
    /// The number of the word in a byte, if that tells one.
    part: Option<fn(u8) -> Option<u32>>,
}

/// One value of a facet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FacetValue {
    /// A word of the list.
    Word(&'static str),
    /// The id of a thing; of an actor the id under which groups have it.
    Thing(Uuid),
    /// An actor.
    Actor(String),
}

/// A worklist of records: those that somebody has to see to, the longest waiting first.
#[derive(Debug)]
pub struct RecordWorklist {
    pub(crate) order: RecordOrder,
    /// What it is called.
    pub name: &'static str,
    /// What is on it, in a sentence.
    pub meaning: &'static str,
    /// Whether what is due on a day or later is not on it, if that day is asked for.
    pub ends_before: bool,
}

/// What records amount to.
#[derive(Debug)]
pub struct Measure {
    pub(crate) code: u8,
    /// What it is called.
    pub name: &'static str,
    /// What it tells, in a sentence.
    pub meaning: &'static str,
}

/// By what records are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RecordSort {
    /// Their name, as names are compared; what has none is not in this order.
    Name,
    /// Their first event.
    #[default]
    Created,
    /// Their last change.
    Changed,
}

/// What can be asked about the records of one kind.
#[derive(Debug)]
pub struct RecordKind {
    /// Which kind.
    pub kind: AggregateKind,
    /// What their order by name is called, forward and backward, if they have a name of their own.
    pub name: Option<[&'static str; 2]>,
    /// By what they are sorted unless something else is asked for.
    pub default_sort: RecordSort,
    /// What they are filtered and grouped by.
    pub facets: &'static [&'static RecordFacet],
    /// Where they wait for somebody.
    pub worklists: &'static [&'static RecordWorklist],
    /// What they amount to.
    pub measures: &'static [&'static Measure],
    /// Whose they are, where whoever sees only her own may see them.
    pub owner: Option<&'static RecordFacet>,
}

/// The namespace of the ids that stand for actors who are no persons (RFC 9562 §5.5).
const ACTOR_NAMESPACE: Uuid = Uuid::from_u128(0x2d5e_7f5c_9a34_5b0e_8a6f_6f1c_7f30_c1d2);

/// The id that stands for an actor: of a person her own.
pub(crate) fn actor_id(actor: &str) -> Uuid {
    match Uuid::try_parse(actor) {
        Ok(id) if id.to_string() == actor => id,
        _ => Uuid::new_v5(&ACTOR_NAMESPACE, actor.as_bytes()),
    }
}

impl FacetWords {
    /// Words of which lists hold the number.
    pub(crate) const fn of(all: fn() -> Vec<&'static str>) -> Self {
        Self { all, part: None }
    }

    /// Words of which lists hold a byte that tells the number beside something else.
    pub(crate) const fn in_byte(all: fn() -> Vec<&'static str>, part: fn(u8) -> Option<u32>) -> Self {
        Self { all, part: Some(part) }
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> Vec<&'static str> {
        (self.all)()
    }
}

impl RecordFacet {
    /// The number of a word of its list; `None` if it has no such word.
    pub(crate) fn word_number(&self, word: &str) -> Option<u32> {
        let FacetValues::Words(words) = &self.values else { return None };
        (0..).zip(words.all()).find(|(_, known)| *known == word).map(|(number, _)| number)
    }

    /// The word of a number.
    pub(crate) fn word(&self, number: u32) -> Option<&'static str> {
        let FacetValues::Words(words) = &self.values else { return None };
        words.all().get(usize::try_from(number).ok()?).copied()
    }

    /// The values in lists that tell a word.
    pub(crate) fn values_of(&self, word: &str) -> Vec<u32> {
        let Some(number) = self.word_number(word) else { return Vec::new() };
        match self.part() {
            None => vec![number],
            Some(part) => (0..=u8::MAX).filter(|byte| part(*byte) == Some(number)).map(u32::from).collect(),
        }
    }

    /// What of a byte tells the number, so that several values in lists tell the same; `None` if a value is the number.
    pub(crate) fn part(&self) -> Option<fn(u8) -> Option<u32>> {
        let FacetValues::Words(words) = &self.values else { return None };
        words.part
    }
}

impl RecordKind {
    /// The facet of a name.
    #[must_use]
    pub fn facet(&self, name: &str) -> Option<&'static RecordFacet> {
        self.facets.iter().copied().find(|facet| facet.name == name)
    }

    /// The orders of their lists by what they are called, the usual one first.
    #[must_use]
    pub fn sorts(&self) -> Vec<(&'static str, RecordSort, Direction)> {
        let both = |[forward, backward]: [&'static str; 2], sort| {
            [(forward, sort, Direction::Ascending), (backward, sort, Direction::Descending)]
        };
        let mut found: Vec<_> = self.name.into_iter().flat_map(|name| both(name, RecordSort::Name)).collect();
        found.extend(both(["created", "-created"], RecordSort::Created));
        found.extend(both(["changed", "-changed"], RecordSort::Changed));
        found.sort_by_key(|(_, sort, _)| *sort != self.default_sort);
        found
    }

    /// The worklist of a name.
    #[must_use]
    pub fn worklist(&self, name: &str) -> Option<&'static RecordWorklist> {
        self.worklists.iter().copied().find(|worklist| worklist.name == name)
    }
}
