//! The projection for the total cost of ownership: what assets cost, and what came back for them.

use itam_domain::purchase_order::OrderStage;
use itam_domain::{AggregateKind, Currency, VendorId};

use crate::kinds::asset::record::AssetRecord;
use crate::kinds::asset::row::write_currency;
use crate::kinds::record::definition::{PurchaseOrderRecord, Record};
use crate::primitive::page::{Cursor, ListCode, Page};
use crate::projection::definition::{FacetValue, Thing};
use crate::projection::snapshot::ProjectionView;
use crate::register::features::Features;
use crate::store::error::Result;
use crate::store::key::Facet;

/// Whether it is known what an asset cost to acquire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CostStatus {
    /// It is.
    Known,
    /// It is not.
    Unknown,
}

impl CostStatus {
    /// Both, in their order.
    pub const ALL: &'static [Self] = &[Self::Known, Self::Unknown];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Unknown => "unknown",
        }
    }

    /// Of an asset; `None` of one that never came to be or was entered in error.
    #[must_use]
    pub fn of(record: &AssetRecord) -> Option<Self> {
        let status = if record.asset.facts.costs.is_some() { Self::Known } else { Self::Unknown };
        record.is_counted().then_some(status)
    }
}

/// What the projection keeps of a thing.
pub(crate) fn features(thing: Thing<'_>) -> Features<FacetValue> {
    match thing {
        Thing::Asset(record) => of_asset(record),
        Thing::Record(Record::PurchaseOrder(record)) => of_order(record),
        Thing::Record(_) => Features::default(),
    }
}

/// What an order is in, and what is awaited of it.
fn of_order(record: &PurchaseOrderRecord) -> Features<FacetValue> {
    let vendor = FacetValue::Reference(AggregateKind::Vendor, record.order.vendor_id.0);
    let mut features = Features::of_values(vec![(Facet::OrderVendor, vendor)]);
    if record.order.stage == OrderStage::Issued {
        for progress in record.order.lines.values() {
            let pieces = progress.line.quantity.saturating_sub(progress.received);
            let price = progress.line.unit_price;
            let amount = i128::from(price.minor()) * i128::from(pieces);
            features.add(Facet::OnOrder, write_currency(price.currency()), amount);
        }
    }
    features
}

fn of_asset(record: &AssetRecord) -> Features<FacetValue> {
    let Some(status) = CostStatus::of(record) else { return Features::default() };
    let mut values = vec![(Facet::CostStatus, FacetValue::Number(status as u32))];
    let facts = &record.asset.facts;
    let department = facts.department_id.map(|id| FacetValue::Reference(AggregateKind::Department, id.0));
    values.extend(department.map(|value| (Facet::Department, value)));
    Features::of_values(values)
}

/// What is awaited from a vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnOrderTotal {
    /// The vendor.
    pub vendor: VendorId,
    /// The orders that were ever issued to it.
    pub orders: u64,
    /// What was ordered and did not arrive yet, in minor units by currency; what is nothing is left out.
    pub awaited: Vec<(Currency, i128)>,
}

impl ProjectionView<'_> {
    /// A page of at most `limit` assets of which the cost is known or not, by age.
    ///
    /// # Errors
    /// [`crate::ReadModelError::Cursor`] if the cursor is another list's.
    pub fn assets_by_cost_status(
        self,
        statuses: &[CostStatus],
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<AssetRecord>> {
        let values: Vec<u32> = statuses.iter().map(|status| *status as u32).collect();
        self.by_age([ListCode::CostStatus as u8, 0], (Facet::CostStatus, &values), cursor, limit)
    }

    /// What is awaited, by vendor.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if a file fails.
    pub fn on_order_totals(self) -> Result<Vec<OnOrderTotal>> {
        let totals = self.totals(Facet::OrderVendor, Facet::OrderVendor, &[Facet::OnOrder])?.into_iter();
        let named = totals.map(|((_, vendor), total)| {
            let id = self.snapshot.rows().id(AggregateKind::Vendor, vendor)?;
            let awaited = total.sums.into_iter().map(|((_, currency), minor)| (currency, minor));
            Ok(OnOrderTotal { vendor: VendorId(id), orders: total.count, awaited: awaited.collect() })
        });
        named.collect()
    }
}
