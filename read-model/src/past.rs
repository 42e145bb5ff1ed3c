//! The questions of a snapshot, asked at a moment.

use chrono::{DateTime, Utc};
use itam_domain::AssetId;

use crate::asset_record::AssetRecord;
use crate::error::Result;
use crate::filter::AssetFilters;
use crate::list::AssetQuery;
use crate::moment::Moment;
use crate::page::{Cursor, Page};
use crate::search::{SearchPage, SearchTerm};
use crate::snapshot::Snapshot;
use crate::view::View;
use crate::worklist::Worklist;

/// A snapshot as of a moment. Answers what the snapshot answers, with the same types; cursors of
/// the one are not taken by the other.
#[derive(Clone, Copy, Debug)]
pub struct Past<'a> {
    snapshot: &'a Snapshot,
    moment: Moment,
}

impl Snapshot {
    /// Everything as of a moment.
    #[must_use]
    pub fn at(&self, moment: Moment) -> Past<'_> {
        Past { snapshot: self, moment }
    }

    /// When the first thing happened that the register knows of (effective); `None` if it knows
    /// nothing. There is no answer as of an earlier instant.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn first_effective(&self) -> Result<Option<DateTime<Utc>>> {
        crate::meta::load_earliest(self.transaction())
    }
}

impl<'a> Past<'a> {
    pub(crate) fn view(&self) -> View<'a> {
        View { snapshot: self.snapshot, moment: Some(self.moment) }
    }

    /// The moment.
    #[must_use]
    pub fn moment(&self) -> Moment {
        self.moment
    }

    /// An asset by its id; `None` if it was not in the register.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn asset(&self, id: AssetId) -> Result<Option<AssetRecord>> {
        self.view().asset(id)
    }

    /// The asset that bore a tag, as [`Snapshot::asset_by_tag`].
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn asset_by_tag(&self, tag: &str) -> Result<Option<AssetRecord>> {
        self.view().asset_by_tag(tag)
    }

    /// The asset that bore a serial number, as [`Snapshot::asset_by_serial`].
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn asset_by_serial(&self, serial: &str) -> Result<Option<AssetRecord>> {
        self.view().asset_by_serial(serial)
    }

    /// Every asset that bore a tag, as [`Snapshot::assets_by_tag`].
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn assets_by_tag(&self, tag: &str) -> Result<Vec<AssetRecord>> {
        self.view().assets_by_tag(tag)
    }

    /// Every asset that bore a serial number, as [`Snapshot::assets_by_serial`].
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn assets_by_serial(&self, serial: &str) -> Result<Vec<AssetRecord>> {
        self.view().assets_by_serial(serial)
    }

    /// A page of assets, as [`Snapshot::list`]: at most `limit`, perhaps fewer with a `next`.
    ///
    /// # Errors
    /// [`crate::ReadModelError::Cursor`] if the cursor is another list's.
    pub fn list(
        &self,
        query: &AssetQuery,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<AssetRecord>> {
        self.view().list(query, cursor, limit)
    }

    /// A page of the assets that matched some terms, as [`Snapshot::search`]. Names of models and
    /// locations are those of the moment; who the custodians are is the caller's affair.
    ///
    /// # Errors
    /// [`crate::ReadModelError::Cursor`] if the cursor is another list's.
    pub fn search(
        &self,
        terms: &[SearchTerm],
        filters: &AssetFilters,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<SearchPage> {
        self.view().search(terms, filters, cursor, limit)
    }

    /// A page of a worklist, as [`Snapshot::worklist`]. What is overdue is said by the day that the
    /// caller gives, which is not the moment's unless she says so.
    ///
    /// # Errors
    /// [`crate::ReadModelError::Cursor`] if the cursor is another list's.
    pub fn worklist(
        &self,
        worklist: Worklist,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<AssetRecord>> {
        self.view().worklist(worklist, cursor, limit)
    }
}

impl View<'_> {
    pub(crate) fn asset(self, id: AssetId) -> Result<Option<AssetRecord>> {
        let assets = self.assets()?;
        match assets.ordinal(id.0)? {
            Some(ordinal) => assets.find(ordinal),
            None => Ok(None),
        }
    }
}
