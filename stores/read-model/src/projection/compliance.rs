//! The projection for compliance: whether the data on assets that leave service were removed.

use itam_domain::AggregateKind;
use itam_domain::vocabulary::{AssetState, DataClassification};

use crate::kinds::asset::record::AssetRecord;
use crate::projection::declaration::{
    Declaration, ProjectedFilter, ProjectedTotal, ProjectedWorklist, TABLES, Thing, WordFacet,
};
use crate::register::features::{Features, Value};
use crate::store::key::Facet;
use crate::store::layout::Layout;

pub(crate) static DECLARATION: Declaration = Declaration {
    layout: Layout {
        name: "compliance",
        pointer: "COMPLIANCE",
        schema: 3,
        reads: &[AggregateKind::Asset],
        tables: TABLES,
    },
    features,
    filters: &[
        ProjectedFilter {
            about: "Whether the data on an asset out of service were removed.",
            facet: SANITIZATION,
        },
        ProjectedFilter {
            about: "How sensitive the data are that an asset out of service bears.",
            facet: WordFacet {
                name: "data_classification",
                facet: Facet::DataClassification,
                words: DataClassification::words,
            },
        },
    ],
    worklists: &[
        ProjectedWorklist {
            name: "sanitization-outstanding",
            about: "Retired assets whose data are to be removed.",
            facet: Facet::SanitizationDue,
        },
        ProjectedWorklist {
            name: "sanitization-missed",
            about: "Assets that bore data and were disposed of or written off, and no removal is recorded.",
            facet: Facet::SanitizationMissed,
        },
    ],
    totals: &[ProjectedTotal {
        name: "sanitization",
        about: "Of how many assets out of service the data were removed, by department.",
        counted: SANITIZATION,
        by: AggregateKind::Department,
        group: Facet::Department,
        measures: &[],
    }],
};

const SANITIZATION: WordFacet =
    WordFacet { name: "sanitization", facet: Facet::Sanitization, words: SanitizationStatus::words };

itam_domain::vocabulary! {
    /// Whether the data on an asset that is out of service were removed (NIST SP 800-88 Rev. 1, §4).
    SanitizationStatus {
        /// It is retired, and its data are on it still.
        Outstanding = "outstanding",
        /// It is retired or disposed of, and a removal is recorded.
        Recorded = "recorded",
        /// It is missing or was written off, and its data were on it.
        Uncontrolled = "uncontrolled",
    }
}

impl SanitizationStatus {
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

fn features(thing: Thing<'_>) -> Features<Value> {
    let Thing::Asset(record) = thing else { return Features::default() };
    let Some(status) = SanitizationStatus::of(record) else { return Features::default() };
    let mut features = Features::of_values(vec![(Facet::Sanitization, Value::Number(status as u32))]);
    let classification = record.asset.facts.data_classification;
    let classification = classification.map(|word| Value::Number(word as u32));
    features.values.extend(classification.map(|value| (Facet::DataClassification, value)));
    let department = record.asset.facts.department_id;
    features.refer(Facet::Department, AggregateKind::Department, department.map(|id| id.0));
    if let (SanitizationStatus::Outstanding, Some(retirement)) = (status, &record.retirement) {
        features.values.push((Facet::SanitizationDue, Value::day(retirement.since)));
    }
    // What is missing may come back; what was disposed of does not.
    if let (SanitizationStatus::Uncontrolled, AssetState::Disposed, Some(disposal)) =
        (status, record.state(), &record.disposal)
    {
        features.values.push((Facet::SanitizationMissed, Value::day(disposal.since)));
    }
    features
}
