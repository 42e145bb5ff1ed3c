//! The projection for the total cost of ownership: what assets cost, and what is on order.

use itam_domain::AggregateKind;

use crate::kinds::asset::record::AssetRecord;
use crate::kinds::asset::row::write_currency;
use crate::kinds::record::definition::{PurchaseOrderRecord, PurchaseOrderStatus, Record};
use crate::projection::declaration::{
    Declaration, ProjectedFilter, ProjectedTotal, ProjectedWorklist, TABLES, Thing, WordFacet,
};
use crate::register::features::{Features, Value, currency_value};
use crate::store::key::Facet;
use crate::store::layout::Layout;

pub(crate) static DECLARATION: Declaration = Declaration {
    layout: Layout {
        name: "tco",
        pointer: "TCO",
        schema: 4,
        reads: &[AggregateKind::Asset, AggregateKind::PurchaseOrder],
        tables: TABLES,
    },
    features,
    filters: &[ProjectedFilter { about: "Whether it is known what an asset cost to acquire.", facet: COST }],
    worklists: &[ProjectedWorklist {
        name: "cost-unknown",
        about: "Assets of which nobody has said what they cost, the longest registered first.",
        facet: Facet::CostUnknown,
    }],
    totals: &[
        ProjectedTotal {
            name: "ownership",
            about: "What assets cost to acquire and what was paid for those that left, by department.",
            counted: COST,
            by: AggregateKind::Department,
            group: Facet::Department,
            measures: OWNERSHIP,
        },
        ProjectedTotal {
            name: "projects",
            about: "What assets cost to acquire and what was paid for those that left, by project that they are charged \
                    to.",
            counted: COST,
            by: AggregateKind::Project,
            group: Facet::Project,
            measures: OWNERSHIP,
        },
        ProjectedTotal {
            name: "orders",
            about: "How many orders there are, and what is awaited, by vendor.",
            counted: WordFacet {
                name: "status",
                facet: Facet::OrderStatus,
                words: PurchaseOrderStatus::words,
            },
            by: AggregateKind::Vendor,
            group: Facet::OrderVendor,
            measures: &[("awaited", Facet::OnOrder)],
        },
    ],
};

const OWNERSHIP: &[(&str, Facet)] = &[("acquisition", Facet::Acquisition), ("proceeds", Facet::Proceeds)];

const COST: WordFacet = WordFacet { name: "cost", facet: Facet::CostStatus, words: CostStatus::words };

itam_domain::vocabulary! {
    /// Whether it is known what an asset cost to acquire.
    CostStatus {
        /// It is.
        Known = "known",
        /// It is not.
        Unknown = "unknown",
    }
}

impl CostStatus {
    /// Of an asset; `None` of one that never came to be or was entered in error.
    #[must_use]
    pub fn of(record: &AssetRecord) -> Option<Self> {
        let status = if record.asset.facts.costs.is_some() { Self::Known } else { Self::Unknown };
        record.is_counted().then_some(status)
    }
}

fn features(thing: Thing<'_>) -> Features<Value> {
    match thing {
        Thing::Asset(record) => of_asset(record),
        Thing::Record(Record::PurchaseOrder(record)) => of_order(record),
        Thing::Record(_) => Features::default(),
    }
}

fn of_asset(record: &AssetRecord) -> Features<Value> {
    let Some(status) = CostStatus::of(record) else { return Features::default() };
    let mut features = Features::of_values(vec![(Facet::CostStatus, Value::Number(status as u32))]);
    if status == CostStatus::Unknown && !record.asset.is_ended() {
        features.values.push((Facet::CostUnknown, Value::day(record.registered.effective_at)));
    }
    let department = record.asset.facts.department_id;
    features.refer(Facet::Department, AggregateKind::Department, department.map(|id| id.0));
    let project = record.asset.facts.project_id;
    features.refer(Facet::Project, AggregateKind::Project, project.map(|id| id.0));
    for (currency, minor) in record.acquisition_cost() {
        features.add((Facet::Acquisition, currency_value(write_currency(currency))), minor);
    }
    if let Some(proceeds) = record.disposal.as_ref().and_then(|disposal| disposal.proceeds) {
        let currency = currency_value(write_currency(proceeds.currency()));
        features.add((Facet::Proceeds, currency), i128::from(proceeds.minor()));
    }
    features
}

/// What is awaited are the pieces that did not arrive yet of an order that is open.
fn of_order(record: &PurchaseOrderRecord) -> Features<Value> {
    let status = record.status();
    let mut features = Features::of_values(vec![(Facet::OrderStatus, Value::Number(status as u32))]);
    features.refer(Facet::OrderVendor, AggregateKind::Vendor, Some(record.order.vendor_id.0));
    if !matches!(status, PurchaseOrderStatus::Cancelled | PurchaseOrderStatus::Closed) {
        for progress in record.order.lines.values() {
            let pieces = progress.line.quantity.saturating_sub(progress.received);
            let price = progress.line.unit_price;
            let amount = i128::from(price.minor()) * i128::from(pieces);
            let currency = currency_value(write_currency(price.currency()));
            features.add((Facet::OnOrder, currency), amount);
        }
    }
    features
}
