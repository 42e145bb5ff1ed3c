//! The marks that an event leaves in the projections' lists.

use itam_domain::AggregateKind;
use itam_domain::course::Course;

use crate::kinds::asset::row::OrdinalOf;
use crate::primitive::dated::{List, Mark};
use crate::projection::declaration::Thing;
use crate::projection::definition::Projection;
use crate::register::correction_marks;
use crate::register::features::marks_forward_unresolved;
use crate::store::error::Result;
use crate::store::key::Ordinal;

/// Marks of dated lists.
pub(crate) type Marks = Vec<(List, Mark)>;

/// Something for each projection, in their order.
pub(crate) type EachProjection<T> = [T; Projection::ALL.len()];

/// The marks that events leave in the lists of each projection.
#[derive(Default)]
pub(crate) struct ProjectedMarks(pub(crate) EachProjection<Marks>);

impl ProjectedMarks {
    pub(crate) fn of(&self, projection: Projection) -> &Marks {
        &self.0[projection as usize]
    }

    pub(crate) fn append(&mut self, mut others: Self) {
        for (marks, others) in self.0.iter_mut().zip(&mut others.0) {
            marks.append(others);
        }
    }

    /// Adds what an event leaves that changes a thing from its own time on.
    pub(crate) fn add_forward(
        &mut self,
        kind: AggregateKind,
        (was, is): (Option<Thing<'_>>, Thing<'_>),
        ordinal: Ordinal,
        since: (i64, u64),
        ordinal_of: OrdinalOf<'_>,
    ) -> Result<()> {
        for (projection, marks) in reading(kind, &mut self.0) {
            marks_forward(projection, (was, is), ordinal, since, ordinal_of, marks)?;
        }
        Ok(())
    }

    /// Adds what an event leaves that changes the course of a thing, perhaps in several places.
    pub(crate) fn add_correction<T>(
        &mut self,
        kind: AggregateKind,
        courses: &[Course<T>; 2],
        ordinal: Ordinal,
        position: u64,
        ordinal_of: OrdinalOf<'_>,
    ) -> Result<()>
    where
        for<'a> Thing<'a>: From<&'a T>,
    {
        for (projection, marks) in reading(kind, &mut self.0) {
            marks_of_correction(projection, courses, ordinal, position, ordinal_of, marks)?;
        }
        Ok(())
    }
}

fn reading(
    kind: AggregateKind,
    marks: &mut EachProjection<Marks>,
) -> impl Iterator<Item = (Projection, &mut Marks)> {
    Projection::ALL.into_iter().zip(marks).filter(move |(projection, _)| projection.reads(kind))
}

/// The marks of an event that changes a thing from its own time on. Only what differs is looked up.
pub(crate) fn marks_forward(
    projection: Projection,
    (was, is): (Option<Thing<'_>>, Thing<'_>),
    ordinal: Ordinal,
    since: (i64, u64),
    ordinal_of: OrdinalOf<'_>,
    marks: &mut Marks,
) -> Result<()> {
    let was = was.map(|was| projection.features(was)).unwrap_or_default();
    marks_forward_unresolved(&was, &projection.features(is), ordinal, since, ordinal_of, marks)
}

/// The marks of an event that changes the course of a thing.
pub(crate) fn marks_of_correction<T>(
    projection: Projection,
    courses: &[Course<T>; 2],
    ordinal: Ordinal,
    position: u64,
    ordinal_of: OrdinalOf<'_>,
    marks: &mut Marks,
) -> Result<()>
where
    for<'a> Thing<'a>: From<&'a T>,
{
    let features = |thing: &T| projection.features(Thing::from(thing)).resolve(ordinal_of);
    correction_marks::marks_of_correction(courses, ordinal, position, features, marks)
}
