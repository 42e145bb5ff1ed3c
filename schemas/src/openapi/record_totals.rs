//! What records are called, and the schemas of their totals: what the read model says of each kind.

use itam_domain::AggregateKind;
use itam_query_service::{MASTER_TABLES, MasterTable, Query};
use itam_read_model::{ASSETS, FacetValues, RecordFacet, RecordKind};
use serde_json::{Map, Value, json};

use super::moments::members as moment_members;
use super::row_parts::{count, part, row, text};
use crate::reference::reference;
use crate::rows::defined_title;

/// What records of a kind are called.
pub(super) struct KindNames {
    pub(super) kind: AggregateKind,
    /// In paths.
    pub(super) plural: &'static str,
    /// In schemas.
    pub(super) row: String,
    pub(super) asked: Query,
}

/// All of them.
pub(super) fn records() -> Vec<KindNames> {
    let named = |(kind, plural, row, asked): (AggregateKind, &'static str, &str, Query)| {
        let row = row.to_owned();
        KindNames { kind, plural, row, asked }
    };
    let master =
        |table: &MasterTable| named((table.kind, table.plural, &defined_title(table.kind), table.query));
    let others = [
        (AggregateKind::Requisition, "requisitions", "Requisition", Query::Requisitions),
        (AggregateKind::PurchaseOrder, "purchase-orders", "PurchaseOrder", Query::PurchaseOrders),
        (AggregateKind::AuditCampaign, "audits", "Audit", Query::Campaigns),
    ];
    let people = std::iter::once(named((AggregateKind::Person, "people", "Person", Query::People)));
    people.chain(MASTER_TABLES.iter().map(master)).chain(others.map(named)).collect()
}

/// Assets, of which only the totals are those of records.
pub(super) fn assets() -> KindNames {
    KindNames { kind: AggregateKind::Asset, plural: "assets", row: "Asset".to_owned(), asked: Query::Summary }
}

impl KindNames {
    pub(super) fn of(&self) -> &'static RecordKind {
        if self.kind == AggregateKind::Asset {
            return &ASSETS;
        }
        RecordKind::of(self.kind).expect("a kind of record")
    }

    pub(super) fn what(&self) -> String {
        self.plural.replace('-', " ")
    }

    pub(super) fn tag(&self) -> &'static str {
        match self.kind {
            AggregateKind::Person => "People",
            AggregateKind::Asset => "Assets",
            _ => "Records",
        }
    }

    pub(super) fn totals(&self) -> String {
        format!("{}Totals", self.row)
    }
}

/// The schemas of totals.
pub(super) fn schemas() -> Vec<Value> {
    records().iter().chain([&assets()]).map(totals_schema).collect()
}

fn totals_schema(record: &KindNames) -> Value {
    let kind = record.of();
    let mut group = amounts(kind);
    for facet in kind.facets {
        let nothing = format!("{} Null of those that have none; only where it is grouped by.", facet.meaning);
        group[facet.name] = match &facet.values {
            FacetValues::Words(_) => json!({"type": ["string", "null"], "description": nothing}),
            FacetValues::Things(_) => {
                json!({"type": ["string", "null"], "format": "uuid", "description": nothing})
            }
            FacetValues::Actors => json!({"type": "string", "description": nothing}),
        };
        if !matches!(facet.values, FacetValues::Words(_)) {
            group[name_member(facet)] = text("What it is called.");
        }
    }
    let mut members = amounts(kind);
    members["groups"] = json!({"type": "array", "items": part(&group, &["count"]),
        "description": "Those that share a value of each facet that is grouped by. What has lines is in the group of \
                        each of them, with what these lines amount to."});
    for (name, member) in moment_members() {
        members[name] = member;
    }
    let meaning = format!("How many {} there are, and what they amount to.", record.what());
    row(&record.totals(), &meaning, &members, &["count"])
}

fn name_member(facet: &RecordFacet) -> String {
    format!("{}_name", facet.name.trim_end_matches("_id"))
}

fn amounts(kind: &RecordKind) -> Value {
    let mut members = json!({"count": count("How many.")});
    let mut sums = Map::new();
    for measure in kind.measures {
        let sum = json!({"type": "array", "items": reference("Money"), "description": measure.meaning});
        sums.insert(measure.name.to_owned(), sum);
    }
    if !sums.is_empty() {
        let names: Vec<_> = kind.measures.iter().map(|measure| measure.name).collect();
        members["sums"] = part(&Value::Object(sums), &names);
    }
    members
}
