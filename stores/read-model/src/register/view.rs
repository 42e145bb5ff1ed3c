//! The view of the register that answers questions: of the present, or of a moment. What walks indexes asks a
//! view, and so needs no second form for the past.

use itam_domain::{AggregateKind, AssetId};
use redb::ReadOnlyTable;
use uuid::Uuid;

use crate::kinds::asset::course::record_at;
use crate::kinds::asset::record::AssetRecord;
use crate::kinds::asset::row as asset_row;
use crate::kinds::record::course;
use crate::kinds::record::definition::Record;
use crate::primitive::dated::Dated;
use crate::primitive::intersection::{Intersection, Things};
use crate::primitive::page::{Direction, ListCode};
use crate::primitive::posting::{FacetIndex, Union};
use crate::register::moment::Moment;
use crate::register::plain_versions;
use crate::register::version::Versions;
use crate::store::error::{During, READING, ReadModelError, Result};
use crate::store::key::{Facet, Ordinal, subject_key};
use crate::store::ordinals::OrdinalTables;
use crate::store::snapshot::Snapshot;
use crate::store::tables::{ASSET_BY_ORDINAL, BLOCK_BY_FACET, VERSION_BY_RECORD};

/// Marks the cursors of lists at a moment, so that those of the present are not taken for them.
const OF_THE_PAST: u8 = 0x80;

/// A snapshot as of now, or as of a moment: what every question is asked of. Cursors of lists of the present
/// are not taken by those of a moment, nor the other way round.
#[derive(Clone, Copy, Debug)]
pub struct RegisterView<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) moment: Option<Moment>,
}

/// The table of assets, open, with the way from ordinals to ids.
pub(crate) struct Assets<'a> {
    snapshot: &'a Snapshot,
    rows: ReadOnlyTable<u32, &'static [u8]>,
    ordinals: OrdinalTables,
    past: Option<(Moment, Versions)>,
}

impl Snapshot {
    /// Everything as it is now.
    #[must_use]
    pub fn now(&self) -> RegisterView<'_> {
        RegisterView { snapshot: self, moment: None }
    }

    /// Everything as of a moment.
    #[must_use]
    pub fn at(&self, moment: Moment) -> RegisterView<'_> {
        RegisterView { snapshot: self, moment: Some(moment) }
    }
}

impl<'a> RegisterView<'a> {
    /// The moment; `None` for the present.
    #[must_use]
    pub fn moment(self) -> Option<Moment> {
        self.moment
    }

    /// An asset by its id; `None` if it is not in the register.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn asset(self, id: AssetId) -> Result<Option<AssetRecord>> {
        let assets = self.assets()?;
        match assets.ordinal(id.0)? {
            Some(ordinal) => assets.find(ordinal),
            None => Ok(None),
        }
    }

    pub(crate) fn assets(self) -> Result<Assets<'a>> {
        let transaction = self.snapshot.transaction();
        let past = self.moment.map(|moment| Ok::<_, ReadModelError>((moment, Versions::open(transaction)?)));
        Ok(Assets {
            snapshot: self.snapshot,
            rows: self.snapshot.table(ASSET_BY_ORDINAL)?,
            ordinals: OrdinalTables::open(transaction)?,
            past: past.transpose()?,
        })
    }

    /// The assets that are in all of several lists, looking at about `budget` assets and blocks.
    /// At a moment they were in the register, too: so a walk without lists does not meet what came
    /// later. What had a value was, and need not be asked.
    pub(crate) fn intersection(
        self,
        mut unions: Vec<Union>,
        things: &dyn Things,
        direction: Direction,
        budget: usize,
    ) -> Result<Intersection<'_>> {
        let index = match self.moment {
            None => FacetIndex::Now(self.snapshot.table(BLOCK_BY_FACET)?),
            Some(moment) => {
                if !unions.iter().any(Union::is_of_values) {
                    unions.push(Union::of(Facet::InRegister, 0));
                }
                FacetIndex::Then(Dated::open(self.snapshot.transaction(), moment)?)
            }
        };
        Ok(Intersection::new(unions, index, things, direction, budget))
    }

    /// A record of any kind by its id; `None` if there is none.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn record(self, kind: AggregateKind, id: Uuid) -> Result<Option<Record>> {
        match self.snapshot.ordinal(kind, id)? {
            Some(ordinal) => self.record_at(kind, ordinal),
            None => Ok(None),
        }
    }

    /// The record with an ordinal; `None` if it was only mentioned, or was not there at the moment.
    pub(crate) fn record_at(self, kind: AggregateKind, ordinal: Ordinal) -> Result<Option<Record>> {
        let Some(moment) = self.moment else {
            return self.snapshot.record_at(kind, ordinal);
        };
        let (low, high) = (subject_key(kind, ordinal, 0), subject_key(kind, ordinal, moment.known_at));
        let table = self.snapshot.table(VERSION_BY_RECORD)?;
        course::record_at(&plain_versions::standing(&table, (&low, &high), moment)?, moment)
    }

    /// The record that an index names, as [`Assets::proposed`].
    pub(crate) fn proposed_record(self, kind: AggregateKind, ordinal: Ordinal) -> Result<Option<Record>> {
        let found = self.record_at(kind, ordinal)?;
        if found.is_none() && self.moment.is_none() {
            let text = format!("an index names the {} {ordinal}, which has no row", kind.as_str());
            return Err(ReadModelError::Damaged(text));
        }
        Ok(found)
    }

    /// The first bytes of the cursors of a list.
    pub(crate) fn code(self, list: ListCode, variant: u8) -> [u8; 2] {
        let mark = if self.moment.is_some() { OF_THE_PAST } else { 0 };
        [list as u8 | mark, variant]
    }
}

impl Assets<'_> {
    /// The ordinal of an asset.
    pub(crate) fn ordinal(&self, id: Uuid) -> Result<Option<Ordinal>> {
        self.ordinals.ordinal(AggregateKind::Asset, id)
    }

    /// The asset with an ordinal; `None` if it was only mentioned, or was not in the register at
    /// the moment.
    pub(crate) fn find(&self, ordinal: Ordinal) -> Result<Option<AssetRecord>> {
        let Some((moment, versions)) = &self.past else {
            let row = self.rows.get(ordinal).during(READING)?;
            return row.map(|row| asset_row::decode(row.value(), &self.id_of())).transpose();
        };
        record_at(versions, ordinal, *moment, &self.id_of())
    }

    /// The asset that an index names. The index of the present names no other; what is proposed
    /// for a moment may not have been there.
    pub(crate) fn proposed(&self, ordinal: Ordinal) -> Result<Option<AssetRecord>> {
        let found = self.find(ordinal)?;
        if found.is_none() && self.past.is_none() {
            let text = format!("an index names the asset {ordinal}, which has no row");
            return Err(ReadModelError::Damaged(text));
        }
        Ok(found)
    }

    fn id_of(&self) -> impl Fn(AggregateKind, Ordinal) -> Result<Uuid> {
        |kind, ordinal| self.snapshot.id_by(&self.ordinals, kind, ordinal)
    }
}

impl Things for Assets<'_> {
    fn seek(&self, from: Ordinal, direction: Direction) -> Result<Option<Ordinal>> {
        let entry = match direction {
            Direction::Ascending => self.rows.range(from..).during(READING)?.next(),
            Direction::Descending => self.rows.range(..=from).during(READING)?.next_back(),
        };
        let entry = entry.transpose().during(READING)?;
        Ok(entry.map(|(ordinal, _)| ordinal.value()))
    }
}
