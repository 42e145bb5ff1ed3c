//! Every list of assets: by order, by words, by label, by hold.

use itam_domain::normalize;
use itam_domain::vocabulary::HoldKind;
use itam_read_model::{
    AssetFilters, AssetQuery, AssetRecord, Cursor, Page, ReadModelError, SearchTerm, Worklist,
};
use serde::Serialize;

use crate::csv_text::Columns;
use crate::cursor::PageStart;
use crate::listing::{ListRun, Listing};
use crate::row::asset::{ASSET_COLUMNS, AssetRow};
use crate::view::AnswerView;
use itam_read_model::RegisterView;

/// A list of assets: what its sources give one after the other, without what an earlier one gave.
pub(crate) struct AssetListing {
    pub(crate) sources: Vec<AssetSource>,
    pub(crate) picks: Picks,
}

/// Whence assets come.
pub(crate) enum AssetSource {
    /// In an order, filtered.
    Order(AssetQuery),
    /// By words.
    Words(Vec<SearchTerm>, AssetFilters),
    /// By tag.
    Tag(String, AssetFilters),
    /// By serial number.
    Serial(String, AssetFilters),
    /// Those on hold, the oldest hold first.
    OnHold(AssetFilters),
}

/// What is picked from the sources; an empty field picks all.
#[derive(Default)]
pub(crate) struct Picks {
    /// The tag, as tags are compared.
    pub(crate) tag: Option<String>,
    /// The serial number, as they are compared.
    pub(crate) serial: Option<String>,
    /// Any of these holds.
    pub(crate) holds: Vec<HoldKind>,
}

impl AssetListing {
    /// The list of one order.
    pub(crate) fn ordered(query: AssetQuery) -> Self {
        Self { sources: vec![AssetSource::Order(query)], picks: Picks::default() }
    }
}

impl Picks {
    fn take(&self, record: &AssetRecord) -> bool {
        let facts = &record.asset.facts;
        let is_label = |wanted: &Option<String>, label: Option<&str>| {
            wanted.as_ref().is_none_or(|wanted| label.is_some_and(|label| normalize(label) == *wanted))
        };
        is_label(&self.tag, facts.tag.as_ref().map(|tag| tag.0.as_str()))
            && is_label(&self.serial, facts.serial.as_ref().map(|serial| serial.0.as_str()))
            && (self.holds.is_empty() || self.holds.iter().any(|hold| record.asset.holds.contains(hold)))
    }
}

impl AssetSource {
    fn filters(&self) -> &AssetFilters {
        match self {
            Self::Order(query) => &query.filters,
            Self::Words(_, filters)
            | Self::Tag(_, filters)
            | Self::Serial(_, filters)
            | Self::OnHold(filters) => filters,
        }
    }

    /// A page, and whether walking on meets everything.
    fn page(
        &self,
        register: RegisterView<'_>,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<(Page<AssetRecord>, bool), ReadModelError> {
        let whole = |items| Page { items, next: None };
        let page = match self {
            Self::Order(query) => register.list(query, cursor, limit)?,
            Self::Words(terms, filters) => {
                let found = register.search(terms, filters, cursor, limit)?;
                let page = Page { items: found.assets, next: found.next };
                return Ok((page, found.is_complete));
            }
            Self::Tag(tag, _) => whole(register.assets_by_tag(tag)?),
            Self::Serial(serial, _) => whole(register.assets_by_serial(serial)?),
            Self::OnHold(_) => register.worklist(Worklist::OnHold, cursor, limit)?,
        };
        Ok((page, true))
    }
}

impl Listing for AssetListing {
    type Item = AssetRecord;

    const COLUMNS: Columns = ASSET_COLUMNS;

    fn run(
        &self,
        view: &AnswerView,
        from: &PageStart,
        limit: usize,
    ) -> Result<ListRun<AssetRecord>, ReadModelError> {
        let (source, cursor) = from.within(&self.sources)?;
        let (mut page, is_complete) = source.page(view.register(), cursor, limit)?;
        let earlier = &self.sources[..usize::from(from.source)];
        page.items.retain(|record| {
            source.filters().admits(record)
                && self.picks.take(record)
                && !earlier.iter().any(|source| source.filters().admits(record))
        });
        let run = ListRun::of_source(page, from.source, self.sources.len());
        Ok(ListRun { is_complete, ..run })
    }

    fn row(&self, view: &AnswerView, record: &AssetRecord) -> Result<impl Serialize, ReadModelError> {
        AssetRow::new(view, record)
    }
}
