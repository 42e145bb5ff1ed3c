//! What is known of an asset independently of where it is in its life.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::ids::{AssetId, PersonId, PurchaseOrderId};
use crate::label::{Serial, Tag};
use crate::master::{DepartmentId, LocationId, ModelId, ProjectId, VendorId};
use crate::money::{Money, MoneyError};
use crate::text::{Note, ShortText};
use crate::vocabulary::{AssetKind, Condition, Criticality, DataClassification, HardwareKind, Ownership};

/// The facts with which an asset enters the register.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AssetFacts {
    /// What model it is.
    pub model_id: ModelId,
    /// The model's kind, copied: it never changes for a model.
    pub kind: AssetKind,
    /// The model's sub-kind, copied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hardware_kind: Option<HardwareKind>,
    /// The model's maker, copied: the set within which the serial number is unique.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<ShortText>,
    /// Whether it can hold data that must be removed before it leaves.
    pub data_bearing: bool,
    /// The label on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<Tag>,
    /// The maker's serial number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<Serial>,
    /// What it is called, such as a host name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<ShortText>,
    /// Whose property it is.
    pub ownership: Ownership,
    /// Its physical condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    /// How much depends on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub criticality: Option<Criticality>,
    /// The most sensitive data it may hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_classification: Option<DataClassification>,
    /// What it cost to acquire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub costs: Option<AcquisitionCosts>,
    /// The day it was acquired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acquired_on: Option<NaiveDate>,
    /// The number of an order placed outside itam.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_number: Option<ShortText>,
    /// The purchase order line it was delivered for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_line: Option<OrderLine>,
    /// Who sold or leased it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor_id: Option<VendorId>,
    /// The last day of its warranty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warranty_until: Option<NaiveDate>,
    /// The day its planned life ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_of_life_on: Option<NaiveDate>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location_id: Option<LocationId>,
    /// The department that bears its cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department_id: Option<DepartmentId>,
    /// The project that it is charged to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
    /// Anything else. Names of persons do not belong here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<Note>,
}

impl AssetFacts {
    /// Of an asset of our own about which nothing else is known.
    #[must_use]
    pub fn new(model_id: ModelId, kind: AssetKind) -> Self {
        Self {
            model_id,
            kind,
            hardware_kind: None,
            manufacturer: None,
            data_bearing: false,
            tag: None,
            serial: None,
            name: None,
            ownership: Ownership::Owned,
            condition: None,
            criticality: None,
            data_classification: None,
            costs: None,
            acquired_on: None,
            order_number: None,
            order_line: None,
            vendor_id: None,
            warranty_until: None,
            end_of_life_on: None,
            location_id: None,
            department_id: None,
            project_id: None,
            notes: None,
        }
    }
}

/// A line of a purchase order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OrderLine {
    /// The purchase order.
    pub purchase_order_id: PurchaseOrderId,
    /// The line's number in it, from 1.
    pub line: u32,
}

/// What it took to acquire an asset and make it ready for use (IAS 16.16), in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AcquisitionCosts {
    /// The purchase price, after discounts.
    pub price: Money,
    /// Taxes and duties that cannot be recovered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub non_recoverable_tax: Option<Money>,
    /// Freight and handling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freight: Option<Money>,
    /// Installation and set-up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_up: Option<Money>,
}

impl AcquisitionCosts {
    /// A price and nothing else.
    #[must_use]
    pub fn of_price(price: Money) -> Self {
        Self { price, non_recoverable_tax: None, freight: None, set_up: None }
    }

    /// The acquisition cost: the sum of all parts.
    ///
    /// # Errors
    /// [`MoneyError`] if the parts are in different currencies or the sum is too large.
    pub fn total(&self) -> Result<Money, MoneyError> {
        let parts = [self.non_recoverable_tax, self.freight, self.set_up];
        parts.into_iter().flatten().try_fold(self.price, Money::checked_add)
    }
}

/// Who or what has an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Custodian {
    /// A person.
    Person(PersonId),
    /// A department.
    Department(DepartmentId),
    /// A location, such as a meeting room.
    Location(LocationId),
    /// Another asset, which it is built into or attached to.
    Asset(AssetId),
}

/// One corrected fact, with the value before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(tag = "field", rename_all = "snake_case")]
pub enum FactChange {
    /// The label.
    Tag {
        /// Before.
        old: Option<Tag>,
        /// After.
        new: Option<Tag>,
    },
    /// The serial number.
    Serial {
        /// Before.
        old: Option<Serial>,
        /// After.
        new: Option<Serial>,
    },
    /// The model, with what is copied from it.
    Model {
        /// Before.
        old: ModelId,
        /// After.
        new: ModelId,
        /// The new model's kind.
        kind: AssetKind,
        /// The new model's sub-kind.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hardware_kind: Option<HardwareKind>,
        /// The new model's maker.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        manufacturer: Option<ShortText>,
    },
    /// The name.
    Name {
        /// Before.
        old: Option<ShortText>,
        /// After.
        new: Option<ShortText>,
    },
    /// Whether it can hold data.
    DataBearing {
        /// Before.
        old: bool,
        /// After.
        new: bool,
    },
    /// Whose property it is.
    Ownership {
        /// Before.
        old: Ownership,
        /// After.
        new: Ownership,
    },
    /// Its condition.
    Condition {
        /// Before.
        old: Option<Condition>,
        /// After.
        new: Option<Condition>,
    },
    /// How much depends on it.
    Criticality {
        /// Before.
        old: Option<Criticality>,
        /// After.
        new: Option<Criticality>,
    },
    /// The data it may hold.
    DataClassification {
        /// Before.
        old: Option<DataClassification>,
        /// After.
        new: Option<DataClassification>,
    },
    /// What it cost.
    Costs {
        /// Before.
        old: Option<AcquisitionCosts>,
        /// After.
        new: Option<AcquisitionCosts>,
    },
    /// When it was acquired.
    AcquiredOn {
        /// Before.
        old: Option<NaiveDate>,
        /// After.
        new: Option<NaiveDate>,
    },
    /// The number of an order placed outside itam.
    OrderNumber {
        /// Before.
        old: Option<ShortText>,
        /// After.
        new: Option<ShortText>,
    },
    /// Who sold it.
    Vendor {
        /// Before.
        old: Option<VendorId>,
        /// After.
        new: Option<VendorId>,
    },
    /// The last day of its warranty.
    WarrantyUntil {
        /// Before.
        old: Option<NaiveDate>,
        /// After.
        new: Option<NaiveDate>,
    },
    /// The day its planned life ends.
    EndOfLifeOn {
        /// Before.
        old: Option<NaiveDate>,
        /// After.
        new: Option<NaiveDate>,
    },
    /// Where it is.
    Location {
        /// Before.
        old: Option<LocationId>,
        /// After.
        new: Option<LocationId>,
    },
    /// The department that bears its cost.
    Department {
        /// Before.
        old: Option<DepartmentId>,
        /// After.
        new: Option<DepartmentId>,
    },
    /// The project that it is charged to.
    Project {
        /// Before.
        old: Option<ProjectId>,
        /// After.
        new: Option<ProjectId>,
    },
    /// The notes.
    Notes {
        /// Before.
        old: Option<Note>,
        /// After.
        new: Option<Note>,
    },
}
