//! What records are called, and the schemas of their totals: what the read model says of each kind.

use itam_domain::AggregateKind;
use itam_query_service::{MASTER_TABLES, MasterTable, Query};
use itam_read_model::{ASSETS, FacetValues, RecordFacet, RecordKind};
use serde_json::{Map, Value, json};

use super::moments::members as moment_members;
use super::row_parts::{count, day, defined_title, line, part, row, text, uuid};
use crate::reference::reference;

/// What records of a kind are called.
pub(super) struct Named {
    pub(super) kind: AggregateKind,
    /// In paths.
    pub(super) plural: &'static str,
    /// In schemas.
    pub(super) row: String,
    pub(super) asked: Query,
}

/// All of them.
pub(super) fn records() -> Vec<Named> {
    let named = |(kind, plural, row, asked): (AggregateKind, &'static str, &str, Query)| {
        let row = row.to_owned();
        Named { kind, plural, row, asked }
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
pub(super) fn assets() -> Named {
    Named { kind: AggregateKind::Asset, plural: "assets", row: "Asset".to_owned(), asked: Query::Summary }
}

impl Named {
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

/// The schemas of totals, and of the lines of orders that wait.
pub(super) fn schemas() -> Vec<Value> {
    records().iter().chain([&assets()]).map(totals_schema).chain([open_line()]).collect()
}

fn totals_schema(record: &Named) -> Value {
    let kind = record.of();
    let mut group = amounts(kind);
    for facet in kind.facets {
        let nothing = format!("{} Null of those that have none; only where it is grouped by.", facet.meaning);
        group[facet.name] = match &facet.values {
            FacetValues::Words(_) | FacetValues::Parts { .. } => {
                json!({"type": ["string", "null"], "description": nothing})
            }
            FacetValues::Things(_) => {
                json!({"type": ["string", "null"], "format": "uuid", "description": nothing})
            }
            FacetValues::Actors => json!({"type": "string", "description": nothing}),
        };
        if matches!(facet.values, FacetValues::Things(_) | FacetValues::Actors) {
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
    row(&record.totals(), &meaning, None, &members, &["count"])
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

fn open_line() -> Value {
    let members = json!({
        "days": {"type": "integer", "description": "For how many days it is due; less than 0 if it is not."},
        "purchase_order_id": uuid("The order's id."),
        "number": text("The order's number."),
        "vendor_id": uuid("From whom it was ordered."),
        "vendor_name": text("The vendor's name."),
        "expected_on": day("When it should arrive, if that is said."),
        "line": count("The number of the line."),
        "model_name": text("The model's name."),
        "received": count("Pieces that arrived."),
        "open": count("Pieces that are awaited."),
    });
    let required = ["days", "purchase_order_id", "number", "vendor_id", "line", "received", "open"];
    let meaning = "A line of a purchase order of which pieces are awaited.";
    let mut schema = line("PurchaseOrderLine", &members, &required);
    (schema["title"], schema["description"]) = (json!("OpenOrderLine"), json!(meaning));
    schema
}

/// The example of a row, if it is one of these.
pub(super) fn example_of(row: &str) -> Option<Value> {
    let record = records().into_iter().chain([assets()]).find(|record| record.totals() == row)?;
    let kind = record.of();
    let mut counted = json!({"count": 3});
    for measure in kind.measures {
        counted["sums"][measure.name] = json!([{"amount": "5400.00", "currency": "EUR"}]);
    }
    let mut group = counted.clone();
    if let Some((facet, word)) = kind.facets.iter().find_map(|facet| match &facet.values {
        FacetValues::Words(words) | FacetValues::Parts { words, .. } => {
            words().first().map(|word| (facet, *word))
        }
        FacetValues::Things(_) | FacetValues::Actors => None,
    }) {
        group[facet.name] = json!(word);
    }
    counted["groups"] = json!([group]);
    Some(counted)
}
