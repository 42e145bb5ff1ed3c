//! What a projection holds, derived from the versions in the register instead of from the log.

use std::collections::BTreeSet;

use itam_domain::AggregateKind;
use itam_domain::course::{Course, EffectiveReach};

use crate::kinds::asset::course as asset_course;
use crate::kinds::record::course as record_course;
use crate::kinds::record::row as record_row;
use crate::primitive::block::block_of;
use crate::primitive::intersection::Things;
use crate::primitive::page::Direction;
use crate::projection::declaration::Thing;
use crate::projection::definition::Projection;
use crate::projection::marks::{Marks, marks_forward, marks_of_correction};
use crate::register::chronicle::RUN;
use crate::register::heading::{Heading, before_and_after};
use crate::register::plain_versions;
use crate::register::version::Versions;
use crate::store::error::{During, READING, Result};
use crate::store::key::{Ordinal, subject_key, trailing_ordinal};
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
        let versions = asset_course::read_all(&self.versions.between(ordinal, 0, u64::MAX)?, &id_of)?;
        let courses = |end: usize| Ok(before_and_after(versions[..end].to_vec()));
        self.of_thing(&versions, courses, ordinal, after, marks)
    }

    fn of_records(&self, after: u64) -> Result<Marks> {
        let mut marks = Marks::new();
        let table = self.snapshot.table(VERSION_BY_RECORD)?;
        let kinds = AggregateKind::ALL.iter().filter(|kind| self.projection.reads(**kind));
        for kind in kinds.filter(|kind| **kind != AggregateKind::Asset) {
            let high = subject_key(*kind, Ordinal::MAX, u64::MAX);
            let mut next = Some(0);
            while let Some(from) = next {
                let low = subject_key(*kind, from, 0);
                let Some(first) = table.range::<&[u8; 13]>(&low..=&high).during(READING)?.next() else {
                    break;
                };
                let ordinal = trailing_ordinal(&first.during(READING)?.0.value()[..5]);
                let bounds = (subject_key(*kind, ordinal, 0), subject_key(*kind, ordinal, u64::MAX));
                let versions = plain_versions::all(&table, (&bounds.0, &bounds.1))?;
                if versions.last().is_some_and(|(heading, _)| heading.position > after) {
                    let read = versions.iter().map(|(heading, row)| Ok((*heading, record_row::decode(row)?)));
                    let courses = |end: usize| record_course::courses(&versions[..end]);
                    self.of_thing(&read.collect::<Result<Vec<_>>>()?, courses, ordinal, after, &mut marks)?;
                }
                next = ordinal.checked_add(1);
            }
        }
        Ok(marks)
    }

    /// Adds the marks of what happened to a thing behind a position, given its versions and the courses that so many
    /// of them make without the last and with it.
    fn of_thing<T>(
        &self,
        versions: &[(Heading, T)],
        courses: impl Fn(usize) -> Result<[Course<T>; 2]>,
        ordinal: Ordinal,
        after: u64,
        marks: &mut Marks,
    ) -> Result<()>
    where
        for<'t> Thing<'t>: From<&'t T>,
    {
        let ordinal_of = |kind, id| self.ordinals.known(kind, id);
        let mut before = None;
        for (end, (heading, thing)) in (1..).zip(versions) {
            let Heading { position, effective, reach } = *heading;
            if position > after && reach == EffectiveReach::Own {
                let change = (before, Thing::from(thing));
                marks_forward(self.projection, change, ordinal, (effective, position), &ordinal_of, marks)?;
            } else if position > after {
                marks_of_correction(self.projection, &courses(end)?, ordinal, position, &ordinal_of, marks)?;
            }
            before = Some(Thing::from(thing));
        }
        Ok(())
    }
}
