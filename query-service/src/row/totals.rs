//! Totals of records as they are shown.

use std::collections::BTreeMap;

use itam_domain::{AggregateKind, PersonId};
use itam_read_model::{
    FacetValue, FacetValues, GroupedTotals, ReadModelError, RecordFacet, RecordKind, RecordTotals,
};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::names::ShownName;
use crate::row::cost::Cost;
use crate::view::AnswerView;

/// Totals as they are answered.
#[derive(Serialize)]
pub(crate) struct TotalsRow {
    #[serde(flatten)]
    total: SumsRow,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<GroupRow>>,
}

/// How many there are, and what they amount to by measure.
#[derive(Serialize)]
struct SumsRow {
    count: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    sums: BTreeMap<&'static str, Vec<Cost>>,
}

/// The records that share a value of each facet; `null` is of those that have none.
#[derive(Serialize)]
struct GroupRow {
    #[serde(flatten)]
    values: BTreeMap<String, Value>,
    #[serde(flatten)]
    totals: SumsRow,
}

impl TotalsRow {
    /// The row; `None` if the groups are too many.
    pub(crate) fn new(
        view: &AnswerView,
        kind: &RecordKind,
        grouped: &[&'static RecordFacet],
        found: GroupedTotals,
    ) -> Result<Option<Self>, ReadModelError> {
        let total = SumsRow::new(kind, &found.total);
        let Some(found) = found.groups else { return Ok(None) };
        let mut groups = Vec::with_capacity(found.len());
        for group in found {
            let mut values = BTreeMap::new();
            for (facet, value) in grouped.iter().zip(&group.values) {
                let (id, name) = show(view, facet, value.as_ref())?;
                values.insert(facet.name.to_owned(), id);
                if let Some(name) = name {
                    let stem = facet.name.trim_end_matches("_id");
                    values.insert(format!("{stem}_name"), Value::from(name.as_str()));
                }
            }
            groups.push(GroupRow { values, totals: SumsRow::new(kind, &group.totals) });
        }
        let groups = (!grouped.is_empty()).then_some(groups);
        Ok(Some(Self { total, groups }))
    }
}

impl SumsRow {
    fn new(kind: &RecordKind, totals: &RecordTotals) -> Self {
        let mut sums: BTreeMap<&'static str, Vec<Cost>> =
            kind.measures.iter().map(|measure| (measure.name, Vec::new())).collect();
        for ((measure, currency), minor) in &totals.sums {
            sums.entry(measure).or_default().push(Cost::new((*currency, *minor)));
        }
        Self { count: totals.count, sums }
    }
}

/// A value of a facet, and what it is called.
fn show(
    view: &AnswerView,
    facet: &RecordFacet,
    value: Option<&FacetValue>,
) -> Result<(Value, Option<ShownName>), ReadModelError> {
    Ok(match value {
        None => (Value::Null, None),
        Some(FacetValue::Word(word)) => (Value::from(*word), None),
        Some(FacetValue::Actor(actor)) => (Value::from(actor.as_str()), view.actor_name(actor)),
        Some(FacetValue::Thing(id)) => (Value::from(id.to_string()), name_of(view, facet, *id)?),
    })
}

fn name_of(view: &AnswerView, facet: &RecordFacet, id: Uuid) -> Result<Option<ShownName>, ReadModelError> {
    match facet.values {
        FacetValues::Things(AggregateKind::Person) => Ok(view.person_name(PersonId(id))),
        FacetValues::Things(kind) => view.name(kind, id),
        FacetValues::Actors | FacetValues::Words(_) => Ok(view.actor_name(&id.to_string())),
    }
}
