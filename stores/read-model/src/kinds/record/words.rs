//! Full text over records: an index proposes, the row decides.

use itam_domain::{AggregateKind, normalize};

use crate::kinds::record::describe::{Description, SORT_WORD};
use crate::primitive::posting::Union;
use crate::primitive::token::{ending, typed_tokens};
use crate::register::past_keys::Index;
use crate::register::view::RegisterView;
use crate::store::error::Result;
use crate::store::key::{RecordOrder, sort_code};
use crate::store::tables::{RECORD_BY_ORDER, RECORD_BY_TOKEN};

/// What somebody typed to find records: the beginning of a name, the end of a number, or beginnings of words.
pub(crate) struct RecordSearch {
    text: String,
    tokens: Vec<String>,
    /// The end of what a record is called, as a token begins that it has for that.
    ending: Option<String>,
}

impl RecordSearch {
    pub(crate) fn new(typed: &str) -> Self {
        let text = normalize(typed);
        let (tokens, ending) = (typed_tokens(&text), ending(&text));
        Self { text, tokens, ending }
    }

    /// Whether a record's name begins so, or each of the words begins one of its own.
    pub(crate) fn is_met(&self, found: &Description) -> bool {
        let begins = |token: &String| {
            let mut words = found.words.iter();
            words.any(|word| word.strip_prefix(SORT_WORD).unwrap_or(word).starts_with(token.as_str()))
        };
        found.name.as_ref().is_some_and(|name| name.starts_with(&self.text))
            || self.ending.as_ref().is_some_and(begins)
            || (!self.tokens.is_empty() && self.tokens.iter().all(begins))
    }

    /// The records that an index has under the beginning of the name or of the longest word, which is the
    /// rarest as a rule; `None` if they are too many to be listed.
    pub(crate) fn proposals(&self, view: RegisterView<'_>, kind: AggregateKind) -> Result<Option<Union>> {
        let mut ordinals = Vec::new();
        let name = [&[sort_code(kind), RecordOrder::Name as u8], self.text.as_bytes()].concat();
        let by_name = (RECORD_BY_ORDER, Index::RecordOrder);
        let mut is_broad = view.expand_texts(by_name, &name, &mut ordinals)?;
        let longest = self.tokens.iter().max_by_key(|token| token.len());
        let as_sort = longest.map(|longest| format!("{SORT_WORD}{longest}"));
        for beginning in longest.into_iter().chain(&as_sort).chain(&self.ending) {
            let prefix = [&[sort_code(kind)], beginning.as_bytes()].concat();
            is_broad |= view.expand_texts((RECORD_BY_TOKEN, Index::RecordToken), &prefix, &mut ordinals)?;
        }
        if is_broad {
            return Ok(None);
        }
        ordinals.sort_unstable();
        ordinals.dedup();
        Ok(Some(Union { postings: Vec::new(), ordinals }))
    }
}
