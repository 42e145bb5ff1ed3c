//! What a record is found by: a function of the record alone, from which lists, searches, worklists and totals
//! follow, now and at any moment.

use itam_domain::{AggregateKind, Currency, Money, normalize};
use uuid::Uuid;

use crate::kinds::record::facet::{Measure, RecordFacet, RecordWorklist, actor_id};
use crate::kinds::revision::Revision;
use crate::primitive::token::{ending, tokens};
use crate::register::features::Value;
use crate::store::key::{Facet, RecordOrder, sort_instant};

/// What stands before a word that says of which sort a record is.
pub(crate) const SORT_WORD: char = '\u{2}';

/// What a record is found by.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Description {
    /// Its name, as names are compared.
    pub(crate) name: Option<String>,
    /// The words that it is found by, in order.
    pub(crate) words: Vec<String>,
    /// Its place in the order of age.
    pub(crate) created: u64,
    /// Its place in the order of changes.
    pub(crate) changed: u64,
    /// What is said of it as a whole.
    pub(crate) whole: Share,
    /// What is said of each of its lines: the record has the values of all of them, and their sums.
    pub(crate) lines: Vec<Share>,
    /// Its places on worklists.
    pub(crate) waits: Vec<Wait>,
}

/// The values and amounts of a record, or of a line of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Share {
    pub(crate) values: Vec<(Facet, Value)>,
    /// By measure and currency, in minor units.
    pub(crate) sums: Vec<(u8, Currency, i128)>,
}

/// A place on a worklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait {
    pub(crate) order: RecordOrder,
    pub(crate) since: u64,
    /// The line that waits, where it is not the whole record.
    pub(crate) line: Option<u32>,
}

/// A record that says what it is found by. Nothing else says it.
pub(crate) trait Describe {
    /// Completes a description that knows when the record was made and changed.
    fn describe(&self, to: &mut Description);
}

impl Description {
    pub(crate) fn of(record: &impl Describe, revision: Revision) -> Self {
        let mut description = Self {
            created: sort_instant(revision.created.effective_at),
            changed: revision.changed.position,
            ..Self::default()
        };
        record.describe(&mut description);
        description.words.sort_unstable();
        description.words.dedup();
        description
    }

    /// Gives it a name, and lets it be found by each word of that.
    pub(crate) fn called(&mut self, name: &str) {
        self.name = Some(normalize(name));
        self.says(Some(name));
    }

    /// Lets it be found by each word of a text.
    pub(crate) fn says(&mut self, text: Option<&str>) {
        self.words.extend(text.into_iter().flat_map(tokens));
    }

    /// Lets it be found by the end of what it is called.
    pub(crate) fn ends(&mut self, number: &str) {
        self.words.extend(ending(number));
    }

    /// Lets it be found by the words of its sort, such as `network_device`. Nothing else is found by them through it:
    /// assets have a sort of their own.
    pub(crate) fn is_a(&mut self, sort: &str) {
        self.words.extend(tokens(sort).into_iter().map(|word| format!("{SORT_WORD}{word}")));
    }

    /// Puts it on a worklist.
    pub(crate) fn waits(&mut self, worklist: &RecordWorklist, since: u64) {
        self.waits.push(Wait { order: worklist.order, since, line: None });
    }

    /// Puts a line of it on a worklist.
    pub(crate) fn line_waits(&mut self, worklist: &RecordWorklist, since: u64, line: u32) {
        self.waits.push(Wait { order: worklist.order, since, line: Some(line) });
    }

    /// Every value that it has, once.
    pub(crate) fn values(&self) -> Vec<(Facet, Value)> {
        let mut found = Vec::new();
        for value in self.shares().flat_map(|share| &share.values) {
            if !found.contains(value) {
                found.push(*value);
            }
        }
        found
    }

    /// What it amounts to.
    pub(crate) fn sums(&self) -> impl Iterator<Item = &(u8, Currency, i128)> {
        self.shares().flat_map(|share| &share.sums)
    }

    /// Whether its lines have different values.
    pub(crate) fn is_mixed(&self) -> bool {
        self.lines.windows(2).any(|lines| lines[0].values != lines[1].values)
    }

    fn shares(&self) -> impl Iterator<Item = &Share> {
        std::iter::once(&self.whole).chain(&self.lines)
    }
}

impl Share {
    /// Gives it a word of a closed list.
    pub(crate) fn word(&mut self, facet: &RecordFacet, word: &str) {
        self.values.extend(facet.word_number(word).map(|number| (facet.code, Value::Number(number))));
    }

    /// Lets it refer to a thing.
    pub(crate) fn thing(&mut self, facet: &RecordFacet, kind: AggregateKind, id: Option<Uuid>) {
        self.values.extend(id.map(|id| (facet.code, Value::Thing(kind, id))));
    }

    /// Gives it an actor who did something about it.
    pub(crate) fn actor(&mut self, facet: &RecordFacet, actor: &str) {
        self.thing(facet, AggregateKind::Person, Some(actor_id(actor)));
    }

    /// Adds the price of so many pieces to what it amounts to.
    pub(crate) fn amount(&mut self, measure: &Measure, price: Money, pieces: u32) {
        let minor = i128::from(price.minor()) * i128::from(pieces);
        self.sums.push((measure.code, price.currency(), minor));
    }
}
