//! Full text over records: an index proposes, the row decides.

use itam_domain::{AggregateKind, normalize};

use crate::kinds::record::describe::Description;
use crate::primitive::posting::Union;
use crate::primitive::token::tokens;
use crate::register::past_keys::Index;
use crate::register::view::RegisterView;
use crate::store::error::Result;
use crate::store::key::{RecordOrder, sort_code};
use crate::store::tables::{RECORD_BY_ORDER, RECORD_BY_TOKEN};

/// What somebody typed to find records: the beginning of a name, or beginnings of words.
pub(crate) struct RecordSearch {
    text: String,
    tokens: Vec<String>,
}

impl RecordSearch {
    pub(crate) fn new(typed: &str) -> Self {
        let text = normalize(typed);
        let tokens = tokens(&text);
        Self { text, tokens }
    }

    /// Whether a record's name begins so, or each of the words begins one of its own.
    pub(crate) fn is_met(&self, found: &Description) -> bool {
        let begins = |token: &String| found.words.iter().any(|word| word.starts_with(token.as_str()));
        found.name.as_ref().is_some_and(|name| name.starts_with(&self.text))
            || (!self.tokens.is_empty() && self.tokens.iter().all(begins))
    }

    /// The records that an index has under the beginning of the name or of the longest word, which is the
    /// rarest as a rule; `None` if they are too many to be listed.
    pub(crate) fn proposals(&self, view: RegisterView<'_>, kind: AggregateKind) -> Result<Option<Union>> {
        let mut ordinals = Vec::new();
        let name = [&[sort_code(kind), RecordOrder::Name as u8], self.text.as_bytes()].concat();
        let by_name = (RECORD_BY_ORDER, Index::RecordOrder);
        let mut is_broad = view.expand_texts(by_name, &name, &mut ordinals)?;
        if let Some(longest) = self.tokens.iter().max_by_key(|token| token.len()) {
            let prefix = [&[sort_code(kind)], longest.as_bytes()].concat();
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
