//! What a projection holds, derived from the versions in the register instead of from the log.

use std::collections::BTreeSet;

use itam_domain::AggregateKind;

use crate::kinds::record::row as record_row;
use crate::primitive::block::block_of;
use crate::primitive::intersection::Things;
use crate::primitive::page::Direction;
use crate::projection::declaration::Thing;
use crate::projection::definition::Projection;
use crate::projection::marks::{Marks, reach_back, step};
use crate::register::chronicle::RUN;
use crate::register::course::{course, read_all};
use crate::register::held;
use crate::register::version::{Reach, Versions};
use crate::store::error::{During, READING, Result};
use crate::store::key::{Ordinal, number_at, subject_key, trailing_ordinal};
use crate::store::ordinals::OrdinalTables;
use crate::store::snapshot::Snapshot;
use crate::store::tables::VERSION_BY_RECORD;

/// After so many marks what was gathered is given away, at the end of a block of things.
const GATHERED: usize = 500_000;

/// Derives the marks of a projection from the register.
pub(crate) struct Derivation<'a> {
    projection: Projection,
    snapshot: &'a Snapshot,
    versions: Versions,
    ordinals: OrdinalTables,
}

impl<'a> Derivation<'a> {
    pub(crate) fn new(projection: Projection, snapshot: &'a Snapshot) -> Result<Self> {
        let transaction = snapshot.transaction();
        let (versions, ordinals) = (Versions::open(transaction)?, OrdinalTables::open(transaction)?);
        Ok(Self { projection, snapshot, versions, ordinals })
    }

    /// Gives all marks, list by list whole.
    pub(crate) fn all(&self, mut take: impl FnMut(Marks) -> Result<()>) -> Result<()> {
        let mut marks = self.of_records(0)?;
        if self.projection.reads(AggregateKind::Asset) {
            let assets = self.snapshot.now().assets()?;
            let mut next = assets.seek(0, Direction::Ascending)?;
            while let Some(ordinal) = next {
                self.of_asset(ordinal, 0, &mut marks)?;
                next = match ordinal.checked_add(1) {
                    Some(from) => assets.seek(from, Direction::Ascending)?,
                    None => None,
                };
                let is_end_of_block = next.is_none_or(|next| block_of(next) != block_of(ordinal));
                if is_end_of_block && marks.len() >= GATHERED {
                    take(std::mem::take(&mut marks))?;
                }
            }
        }
        take(marks)
    }

    /// The marks of what happened behind a position.
    pub(crate) fn behind(&self, after: u64) -> Result<Marks> {
        let mut marks = self.of_records(after)?;
        if self.projection.reads(AggregateKind::Asset) {
            let mut changed = BTreeSet::new();
            for run in after / RUN..=self.snapshot.applied().position / RUN {
                let lines = self.snapshot.run(run)?.into_iter().filter(|line| line.position > after);
                changed.extend(lines.filter_map(|line| Some(line.change?.0)));
            }
            for ordinal in changed {
                self.of_asset(ordinal, after, &mut marks)?;
            }
        }
        Ok(marks)
    }

    fn of_asset(&self, ordinal: Ordinal, after: u64, marks: &mut Marks) -> Result<()> {
        let id_of = |kind, ordinal| self.snapshot.id_by(&self.ordinals, kind, ordinal);
        let ordinal_of = |kind, id| self.ordinals.known(kind, id);
        let versions = read_all(&self.versions.between(ordinal, 0, u64::MAX)?, &id_of)?;
        for (index, (heading, record)) in versions.iter().enumerate() {
            if heading.position <= after {
                continue;
            }
            if heading.reach == Reach::Own {
                let before = index.checked_sub(1).and_then(|before| versions.get(before));
                let change = (before.map(|(_, record)| Thing::Asset(record)), Thing::Asset(record));
                let since = (heading.effective, heading.position);
                step(self.projection, change, ordinal, since, &ordinal_of, marks)?;
            } else {
                let courses = [index, index + 1].map(|end| course(versions.iter().take(end).cloned()));
                let [before, is] = &courses;
                let position = heading.position;
                reach_back(self.projection, (before, is), ordinal, position, &ordinal_of, marks)?;
            }
        }
        Ok(())
    }

    fn of_records(&self, after: u64) -> Result<Marks> {
        let mut marks = Marks::new();
        let table = self.snapshot.table(VERSION_BY_RECORD)?;
        let ordinal_of = |kind, id| self.ordinals.known(kind, id);
        let kinds = AggregateKind::ALL.iter().filter(|kind| self.projection.reads(**kind));
        for kind in kinds.filter(|kind| **kind != AggregateKind::Asset) {
            let bounds = (subject_key(*kind, 0, 0), subject_key(*kind, Ordinal::MAX, u64::MAX));
            let mut before = None;
            for version in table.range::<&[u8; 13]>(&bounds.0..=&bounds.1).during(READING)? {
                let (key, value) = version.during(READING)?;
                let (ordinal, position) = (trailing_ordinal(&key.value()[..5]), number_at(key.value(), 5));
                let (held_from, row) = held::split(value.value())?;
                let record = record_row::decode(row)?;
                let was = before.take().filter(|(other, _)| *other == ordinal).map(|(_, record)| record);
                if position > after {
                    let change = (was.as_ref().map(Thing::Record), Thing::Record(&record));
                    let since = (held_from, position);
                    step(self.projection, change, ordinal, since, &ordinal_of, &mut marks)?;
                }
                before = Some((ordinal, record));
            }
        }
        Ok(marks)
    }
}
