//! Full text over assets.
//!
//! A search is a few terms, all of which must match. A term matches an asset if it begins its tag
//! or serial number or ends the latter, if each of its tokens begins a token of the asset's tag, serial
//! number, name or notes, of its model's name, maker or number, of its location's name, or of the name of
//! its kind, or if the asset is held by one of the custodians that the caller gives with the term (whose names only the person
//! vault knows). An index proposes, the row decides: what is found always matches.

use std::collections::HashSet;

use itam_domain::asset::Custodian;
use itam_domain::vocabulary::{AssetKind, HardwareKind};
use itam_domain::{AggregateKind, AssetId, LocationId, ModelId, Text, normalize};

use crate::kinds::asset::record::AssetRecord;
use crate::kinds::record::index::describe;
use crate::primitive::page::{Cursor, Direction, KeyWalk, ListCode, MAX_EXAMINED, MAX_PAGE};
use crate::primitive::posting::{Postings, Union};
use crate::primitive::token::{clip, ending, tokens, typed_tokens};
use crate::register::filter::{AssetFilters, refer};
use crate::register::past_keys::Index;
use crate::register::view::RegisterView;
use crate::store::error::Result;
use crate::store::key::{Facet, Ordinal, custody_facet, kind_code, sort_code, trailing_ordinal};
use crate::store::tables::{ASSET_BY_SERIAL, ASSET_BY_TAG, ASSET_BY_TOKEN, RECORD_BY_TOKEN, TextSet};

/// The most terms of a search; more are not taken.
pub const MAX_TERMS: usize = 8;
/// The most custodians given with one term.
pub const MAX_TERM_CUSTODIANS: usize = 64;
/// The most index entries to which the beginning of a word expands in each index.
const MAX_EXPANSION: usize = 2_000;
/// The most models or locations whose posting lists propose assets for one term.
const MAX_LISTS: usize = 64;
/// The most rows that one page of a search looks at.
const MAX_CANDIDATES: usize = 1_000;

/// One word of a search.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchTerm {
    /// The word, or the beginning of one.
    pub text: String,
    /// Whoever the word names, at most [`MAX_TERM_CUSTODIANS`].
    pub custodians: Vec<Custodian>,
}

/// A page of what a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchPage {
    /// The assets: first those whose tag or serial number is exactly a term, then by age.
    pub assets: Vec<AssetRecord>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<Cursor>,
    /// Whether all matches are met by walking on. Where every term begins more words than a
    /// search looks at, only some of the matches are found: the terms have to be longer.
    pub is_complete: bool,
}

/// A term with what the indexes know of it.
struct Expanded {
    text: String,
    tokens: Vec<ExpandedToken>,
    custodians: Vec<Custodian>,
    union: Union,
    /// Whether an index had more than was taken, so that the union misses some.
    is_broad: bool,
}

struct ExpandedToken {
    text: String,
    /// Kinds and sub-kinds, as the index of kinds has them.
    kinds: Vec<u8>,
    models: HashSet<ModelId>,
    locations: HashSet<LocationId>,
}

/// The words of what somebody typed into a search box.
#[must_use]
pub fn search_words(typed: &str) -> Vec<String> {
    typed
        .split_whitespace()
        .map(normalize)
        .filter(|word| !typed_tokens(word).is_empty())
        .take(MAX_TERMS)
        .collect()
}

impl RegisterView<'_> {
    /// A page of at most `limit` assets that match every term and pass the filters. Without
    /// terms nothing is found. A page may end early and still have a `next`.
    ///
    /// # Errors
    /// [`crate::ReadModelError::Cursor`] if the cursor is another list's.
    pub fn search(
        self,
        terms: &[SearchTerm],
        filters: &AssetFilters,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<SearchPage> {
        let code = self.code(ListCode::Search, 0);
        let mut page = SearchPage { assets: Vec::new(), next: None, is_complete: true };
        let limit = limit.clamp(1, MAX_PAGE);
        let after = cursor.map(|cursor| cursor.ordinal(code)).transpose()?;
        let mut expanded = Vec::new();
        for term in terms.iter().take(MAX_TERMS) {
            expanded.extend(self.expand(term)?);
        }
        if expanded.is_empty() {
            return Ok(page);
        }
        let assets = self.assets()?;
        let passes = |record: &AssetRecord, expanded: &[Expanded]| {
            filters.admits(record) && expanded.iter().all(|term| term.matches(record))
        };
        let mut exact = self.exact(&expanded)?;
        exact.retain(|record| passes(record, &expanded));
        let shown: HashSet<AssetId> = exact.iter().map(AssetRecord::id).collect();
        if after.is_none() {
            page.assets = exact;
        }
        let unions = self.proposals(&mut expanded, filters, &mut page.is_complete)?;
        let mut matches = self.intersection(unions, &assets, Direction::Ascending, MAX_EXAMINED)?;
        let is_new = |record: &AssetRecord| passes(record, &expanded) && !shown.contains(&record.id());
        let (found, mut candidates) = (&mut page.assets, 0);
        page.next = matches.walk(code, after, |ordinal| {
            found.extend(assets.proposed(ordinal)?.filter(is_new));
            candidates += 1;
            Ok(found.len() >= limit || candidates == MAX_CANDIDATES)
        })?;
        Ok(page)
    }

    /// The lists whose intersection holds all matches: those of the terms that are not broad, and
    /// of the filters. If all terms are broad and nothing is filtered, the first term's list stands
    /// in, cut as it is.
    fn proposals(
        self,
        expanded: &mut [Expanded],
        filters: &AssetFilters,
        is_complete: &mut bool,
    ) -> Result<Vec<Union>> {
        let take = |term: &mut Expanded| {
            std::mem::replace(&mut term.union, Union { postings: Vec::new(), ordinals: Vec::new() })
        };
        let mut unions: Vec<Union> = expanded.iter_mut().filter(|term| !term.is_broad).map(take).collect();
        let filtered = filters.unions(self.snapshot)?;
        if unions.is_empty() && filtered.is_empty() {
            *is_complete = false;
            unions.extend(expanded.first_mut().map(take));
        }
        unions.extend(filtered);
        Ok(unions)
    }

    fn exact(self, expanded: &[Expanded]) -> Result<Vec<AssetRecord>> {
        let mut found: Vec<AssetRecord> = Vec::new();
        for term in expanded {
            for record in
                [self.asset_by_tag(&term.text)?, self.asset_by_serial(&term.text)?].into_iter().flatten()
            {
                if found.iter().all(|other| other.id() != record.id()) {
                    found.push(record);
                }
            }
        }
        Ok(found)
    }

    /// What the indexes know of a term; `None` if it holds no letter or digit.
    fn expand(self, term: &SearchTerm) -> Result<Option<Expanded>> {
        let text = normalize(&term.text);
        let mut parts = typed_tokens(&text);
        parts.truncate(MAX_TERMS);
        // The longest token proposes: it is the rarest as a rule. The row checks the others.
        let Some(longest) = parts.iter().max_by_key(|part| part.len()).cloned() else {
            return Ok(None);
        };
        let mut union = Union { postings: Vec::new(), ordinals: Vec::new() };
        let mut is_broad = false;
        let ending = ending(&text);
        let beginnings = [
            Some(((ASSET_BY_TAG, Index::Tag), text.as_str())),
            Some(((ASSET_BY_SERIAL, Index::Serial), clip(&text))),
            Some(((ASSET_BY_TOKEN, Index::Token), longest.as_str())),
            ending.as_deref().map(|ending| ((ASSET_BY_TOKEN, Index::Token), ending)),
        ];
        for (index, prefix) in beginnings.into_iter().flatten() {
            is_broad |= self.expand_texts(index, prefix.as_bytes(), &mut union.ordinals)?;
        }
        union.ordinals.sort_unstable();
        union.ordinals.dedup();
        let mut expanded_tokens = Vec::new();
        for part in parts {
            let (models, more_models) = self.expand_records(AggregateKind::AssetModel, &part)?;
            let (locations, more_locations) = self.expand_records(AggregateKind::Location, &part)?;
            let kinds = kinds(&part);
            if part == longest {
                let lists = kinds.iter().map(|kind| Postings::new(Facet::Kind, u32::from(*kind)));
                union.postings.extend(lists);
                is_broad |= more_models || more_locations;
                is_broad |= models.len() > MAX_LISTS || locations.len() > MAX_LISTS;
                let lists = models.iter().take(MAX_LISTS).map(|model| Postings::new(Facet::Model, *model));
                union.postings.extend(lists);
                let lists = locations
                    .iter()
                    .take(MAX_LISTS)
                    .map(|location| Postings::new(Facet::Location, *location));
                union.postings.extend(lists);
            }
            let models = models
                .into_iter()
                .map(|model| self.snapshot.id(AggregateKind::AssetModel, model).map(ModelId));
            let locations = locations
                .into_iter()
                .map(|location| self.snapshot.id(AggregateKind::Location, location).map(LocationId));
            expanded_tokens.push(ExpandedToken {
                text: part,
                kinds,
                models: models.collect::<Result<_>>()?,
                locations: locations.collect::<Result<_>>()?,
            });
        }
        let custodians: Vec<_> = term.custodians.iter().copied().take(MAX_TERM_CUSTODIANS).collect();
        union
            .postings
            .extend(refer(self.snapshot, custodians.iter().map(|custodian| custody_facet(*custodian)))?);
        Ok(Some(Expanded { text, tokens: expanded_tokens, custodians, union, is_broad }))
    }

    fn expand_records(self, kind: AggregateKind, token: &str) -> Result<(Vec<Ordinal>, bool)> {
        let mut found = Vec::new();
        let prefix = [&[sort_code(kind)], token.as_bytes()].concat();
        let index = (RECORD_BY_TOKEN, Index::RecordToken);
        let is_more = self.expand_texts(index, &prefix, &mut found)?;
        found.sort_unstable();
        found.dedup();
        if self.moment.is_some() {
            found = self.still_named(kind, token, found)?;
        }
        Ok((found, is_more))
    }

    /// Those of some records of which a word began with `token` at the moment.
    fn still_named(self, kind: AggregateKind, token: &str, found: Vec<Ordinal>) -> Result<Vec<Ordinal>> {
        let mut named = Vec::new();
        for ordinal in found {
            let record = self.record_at(kind, ordinal)?;
            let words = record.map(|record| describe(&record).words).unwrap_or_default();
            if words.iter().any(|word| word.starts_with(token)) {
                named.push(ordinal);
            }
        }
        Ok(named)
    }

    /// Adds the ordinals of the first entries that begin with `prefix`; says whether there are more.
    pub(crate) fn expand_texts(
        self,
        (table, index): (TextSet, Index),
        prefix: &[u8],
        found: &mut Vec<Ordinal>,
    ) -> Result<bool> {
        let highest = [prefix, &[0xff; 6]].concat();
        let mut is_more = false;
        if self.moment.is_some() {
            let (past, is_cut) = self.snapshot.past_keys(index, prefix, &highest, MAX_EXPANSION)?;
            found.extend(past.iter().map(|key| trailing_ordinal(key)));
            is_more = is_cut;
        }
        let table = self.snapshot.table(table)?;
        let mut walk = KeyWalk::texts(&table, (prefix, &highest), None, Direction::Ascending)?;
        for _ in 0..MAX_EXPANSION {
            let Some(key) = walk.next()? else { return Ok(is_more) };
            found.push(trailing_ordinal(&key));
        }
        Ok(is_more || walk.next()?.is_some())
    }
}

impl Expanded {
    fn matches(&self, record: &AssetRecord) -> bool {
        if record.asset.custodian().is_some_and(|custodian| self.custodians.contains(&custodian)) {
            return true;
        }
        let facts = &record.asset.facts;
        let labels = [
            facts.tag.as_ref().map(|tag| tag.0.as_str()),
            facts.serial.as_ref().map(|serial| serial.0.as_str()),
        ];
        if labels.into_iter().flatten().any(|label| normalize(label).starts_with(&self.text)) {
            return true;
        }
        let end = facts.serial.as_ref().and_then(|serial| ending(serial.0.as_str()));
        if ending(&self.text).is_some_and(|typed| end.is_some_and(|end| end.starts_with(&typed))) {
            return true;
        }
        let kind = kind_code(facts.kind, facts.hardware_kind);
        let texts = [facts.name.as_ref().map(Text::as_str), facts.notes.as_ref().map(Text::as_str)];
        let words: Vec<String> = labels.into_iter().chain(texts).flatten().flat_map(tokens).collect();
        self.tokens.iter().all(|token| {
            words.iter().any(|word| word.starts_with(&token.text))
                || token.kinds.contains(&kind)
                || token.models.contains(&facts.model_id)
                || facts.location_id.is_some_and(|location| token.locations.contains(&location))
        })
    }
}

/// The kinds of which a word begins so: of hardware the sub-kinds, or else everybody's laptop is found by `hard`.
fn kinds(beginning: &str) -> Vec<u8> {
    let is_meant = |word: &str| tokens(word).iter().any(|token| token.starts_with(beginning));
    let hardware = HardwareKind::ALL.iter().filter(|kind| is_meant(kind.as_str()));
    let hardware = hardware.map(|kind| kind_code(AssetKind::Hardware, Some(*kind)));
    let others =
        AssetKind::ALL.iter().filter(|kind| **kind != AssetKind::Hardware && is_meant(kind.as_str()));
    hardware.chain(others.map(|kind| kind_code(*kind, None))).collect()
}
