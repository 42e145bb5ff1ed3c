//! The projection for compliance: whether the data on assets that leave service were removed.

use itam_domain::{AggregateKind, DepartmentId};

use crate::kinds::asset::record::AssetRecord;
use crate::primitive::page::{Cursor, ListCode, Page};
use crate::projection::definition::{FacetValue, Thing};
use crate::projection::questions::known;
use crate::projection::snapshot::ProjectionView;
use crate::register::features::Features;
use crate::store::error::Result;
use crate::store::key::Facet;

/// Whether the data on an asset that is out of service were removed (NIST SP 800-88 Rev. 1, §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SanitizationStatus {
    /// It is retired, and its data are on it still.
    Outstanding,
    /// It is retired or disposed of, and a removal is recorded.
    Recorded,
    /// It is missing or was written off, and its data were on it.
    Uncontrolled,
}

impl SanitizationStatus {
    /// All of them, in their order.
    pub const ALL: &'static [Self] = &[Self::Outstanding, Self::Recorded, Self::Uncontrolled];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Outstanding => "outstanding",
            Self::Recorded => "recorded",
            Self::Uncontrolled => "uncontrolled",
        }
    }

    /// Of an asset; `None` of one that bears no data, or is in service.
    #[must_use]
    pub fn of(record: &AssetRecord) -> Option<Self> {
        use itam_domain::vocabulary::AssetState::{Disposed, Missing, Retired};
        if !record.asset.facts.data_bearing {
            return None;
        }
        match (record.state(), record.asset.sanitization.is_some()) {
            (Retired, false) => Some(Self::Outstanding),
            (Retired | Disposed, true) => Some(Self::Recorded),
            (Missing | Disposed, false) => Some(Self::Uncontrolled),
            _ => None,
        }
    }
}

/// What the projection keeps of a thing.
pub(crate) fn features(thing: Thing<'_>) -> Features<FacetValue> {
    let Thing::Asset(record) = thing else { return Features::default() };
    let Some(status) = SanitizationStatus::of(record) else { return Features::default() };
    let mut values = vec![(Facet::Sanitization, FacetValue::Number(status as u32))];
    let facts = &record.asset.facts;
    let department = facts.department_id.map(|id| FacetValue::Reference(AggregateKind::Department, id.0));
    values.extend(department.map(|value| (Facet::Department, value)));
    if let (SanitizationStatus::Outstanding, Some(retirement)) = (status, &record.retirement) {
        values.push((Facet::SanitizationDue, FacetValue::day(retirement.since.date_naive())));
    }
    Features::of_values(values)
}

/// How many assets of a department have a status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SanitizationTotal {
    /// The department; `None` for assets that belong to none.
    pub department: Option<DepartmentId>,
    /// The status.
    pub status: SanitizationStatus,
    /// How many there are.
    pub assets: u64,
}

impl ProjectionView<'_> {
    /// A page of at most `limit` assets of which the data were removed or not, by age.
    ///
    /// # Errors
    /// [`crate::ReadModelError::Cursor`] if the cursor is another list's.
    pub fn assets_by_sanitization(
        self,
        statuses: &[SanitizationStatus],
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<AssetRecord>> {
        let values: Vec<u32> = statuses.iter().map(|status| *status as u32).collect();
        self.by_age([ListCode::Sanitization as u8, 0], (Facet::Sanitization, &values), cursor, limit)
    }

    /// A page of at most `limit` assets whose data are to be removed, those that are retired longest
    /// first.
    ///
    /// # Errors
    /// [`crate::ReadModelError::Cursor`] if the cursor is another list's.
    pub fn sanitization_outstanding(
        self,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<AssetRecord>> {
        self.by_value([ListCode::SanitizationDue as u8, 0], Facet::SanitizationDue, cursor, limit)
    }

    /// How many assets have which status, by department.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if a file fails.
    pub fn sanitization_totals(self) -> Result<Vec<SanitizationTotal>> {
        let totals = self.totals(Facet::Sanitization, Facet::Department, &[])?.into_iter();
        let named = totals.map(|((department, status), total)| {
            Ok(SanitizationTotal {
                department: self.name_of(AggregateKind::Department, department)?.map(DepartmentId),
                status: known(SanitizationStatus::ALL, status)?,
                assets: total.count,
            })
        });
        named.collect()
    }
}
