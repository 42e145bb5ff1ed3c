//! Every list of records: by filters, words and order, or of a worklist.

use std::marker::PhantomData;

use chrono::TimeDelta;
use itam_read_model::{
    ReadModelError, RecordFilters, RecordQuery, RecordType, RecordWorklist, WaitingRecord,
};
use serde::Serialize;

use crate::csv_text::Columns;
use crate::cursor::PageStart;
use crate::listing::{ListRun, Listing};
use crate::permission::Query;
use crate::view::AnswerView;

/// How the records of a kind are shown.
pub(crate) trait RecordTable: Send + Sync + 'static {
    /// The records.
    type Record: RecordType;

    /// Who may ask.
    const QUERY: Query;
    /// The columns of their CSV.
    const COLUMNS: Columns;
    /// The stages that `open=true` stands for; without any it is not known.
    const OPEN: &'static [&'static str] = &[];

    /// One as it is shown.
    fn row(view: &AnswerView, record: &Self::Record) -> Result<impl Serialize, ReadModelError>;
}

/// Records of a kind, source after source.
pub(crate) struct RecordListing<T> {
    pub(crate) sources: Vec<RecordQuery>,
    /// The least number of whole days that they are old.
    pub(crate) least_days: Option<i64>,
    pub(crate) table: PhantomData<T>,
}

impl<T: RecordTable> Listing for RecordListing<T> {
    type Item = T::Record;

    const COLUMNS: Columns = T::COLUMNS;

    fn run(
        &self,
        view: &AnswerView,
        from: &PageStart,
        limit: usize,
    ) -> Result<ListRun<T::Record>, ReadModelError> {
        let (query, cursor) = from.within(&self.sources)?;
        let created_by = self.least_days.map(|days| view.now() - TimeDelta::days(days));
        let query = RecordQuery { created_by, ..query.clone() };
        let page = view.register().records(&query, cursor, limit)?;
        Ok(ListRun::of_source(page, from.source, self.sources.len()))
    }

    fn row(&self, view: &AnswerView, record: &T::Record) -> Result<impl Serialize, ReadModelError> {
        T::row(view, record)
    }
}

/// Records that wait on a worklist.
pub(crate) struct WaitingListing<T> {
    pub(crate) worklist: &'static RecordWorklist,
    pub(crate) filters: RecordFilters,
    pub(crate) table: PhantomData<T>,
}

impl<T: WaitingTable> Listing for WaitingListing<T> {
    type Item = WaitingRecord<T::Record>;

    const COLUMNS: Columns = T::COLUMNS;

    fn run(
        &self,
        view: &AnswerView,
        from: &PageStart,
        limit: usize,
    ) -> Result<ListRun<Self::Item>, ReadModelError> {
        let before = Some(view.today());
        let cursor = from.cursor.as_ref();
        let mut page = view.register().waiting(self.worklist, &self.filters, before, cursor, limit)?;
        let mut shown = Vec::with_capacity(page.items.len());
        for waiting in page.items {
            if T::is_shown(view, &waiting)? {
                shown.push(waiting);
            }
        }
        page.items = shown;
        Ok(ListRun::of_page(page))
    }

    fn row(&self, view: &AnswerView, waiting: &Self::Item) -> Result<impl Serialize, ReadModelError> {
        T::row(view, waiting)
    }
}

/// How what waits on a worklist is shown.
pub(crate) trait WaitingTable: Send + Sync + 'static {
    /// The records.
    type Record: RecordType + 'static;

    /// Who may ask.
    const QUERY: Query;
    /// The columns of their CSV.
    const COLUMNS: Columns;

    /// Whether one is shown; what the worklist alone cannot tell.
    fn is_shown(view: &AnswerView, waiting: &WaitingRecord<Self::Record>) -> Result<bool, ReadModelError> {
        let _ = (view, waiting);
        Ok(true)
    }

    /// One as it is shown.
    fn row(
        view: &AnswerView,
        waiting: &WaitingRecord<Self::Record>,
    ) -> Result<impl Serialize, ReadModelError>;
}
