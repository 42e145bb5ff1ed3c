//! What has happened to an asset.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::facts::{AssetFacts, Custodian, FactChange};
use crate::events::events;
use crate::ids::AuditCampaignId;
use crate::label::{Serial, Tag};
use crate::master::{LocationId, ProjectId, VendorId};
use crate::money::Money;
use crate::text::{Note, ShortText};
use crate::vocabulary::{
    AcceptanceRule, Condition, DisposalMethod, HoldKind, LossKind, MaintenanceKind, MaintenanceOutcome,
    RetirementCause, SanitizationMethod,
};

events! {
    /// Everything that can have happened to an asset.
    AssetEvent of "asset" {
        /// It was ordered on its own, outside a purchase order.
        "asset.ordered" v 2 => Ordered(AssetOrdered),
        /// It was delivered for a purchase order line and so entered the register.
        "asset.delivered" v 2 => Delivered(AssetDelivered),
        /// It was found or bought elsewhere and so entered the register.
        "asset.registered" v 2 => Registered(AssetRegistered),
        /// What was on order arrived.
        "asset.received" v 1 => Received(AssetReceived),
        /// Its order was cancelled, or its delivery rejected.
        "asset.cancelled" v 1 => Cancelled(AssetCancelled),
        /// It got its label and went into stock.
        "asset.tagged" v 1 => Tagged(AssetTagged),
        /// It was reserved for somebody.
        "asset.reserved" v 1 => Reserved(AssetReserved),
        /// Its reservation ended.
        "asset.reservation_released" v 1 => ReservationReleased(AssetReservationReleased),
        /// It was handed to a custodian.
        "asset.deployed" v 1 => Deployed(AssetDeployed),
        /// The custodian confirmed that she has it.
        "asset.custody_accepted" v 1 => CustodyAccepted(AssetCustodyAccepted),
        /// The custodian denied that she has it.
        "asset.custody_declined" v 1 => CustodyDeclined(AssetCustodyDeclined),
        /// It went from one custodian to another.
        "asset.reassigned" v 1 => Reassigned(AssetReassigned),
        /// It came back into stock.
        "asset.returned" v 1 => Returned(AssetReturned),
        /// It left for another location.
        "asset.shipped" v 1 => Shipped(AssetShipped),
        /// It arrived at a location.
        "asset.arrived" v 1 => Arrived(AssetArrived),
        /// It went into maintenance.
        "asset.maintenance_started" v 1 => MaintenanceStarted(AssetMaintenanceStarted),
        /// It came out of maintenance, into stock.
        "asset.maintenance_completed" v 1 => MaintenanceCompleted(AssetMaintenanceCompleted),
        /// It is not where it should be.
        "asset.reported_missing" v 1 => ReportedMissing(AssetReportedMissing),
        /// It was found again.
        "asset.recovered" v 1 => Recovered(AssetRecovered),
        /// It was given up.
        "asset.written_off" v 1 => WrittenOff(AssetWrittenOff),
        /// Somebody saw it.
        "asset.verified" v 2 => Verified(AssetVerified),
        /// It is somewhere else from then on.
        "asset.relocated" v 1 => Relocated(AssetRelocated),
        /// It is charged to a project from then on, or to none.
        "asset.charged" v 1 => Charged(AssetCharged),
        /// It may not move on.
        "asset.hold_placed" v 1 => HoldPlaced(AssetHoldPlaced),
        /// It may move on again.
        "asset.hold_released" v 1 => HoldReleased(AssetHoldReleased),
        /// Recorded facts were wrong and were set right.
        "asset.corrected" v 2 => Corrected(AssetCorrected),
        /// It was taken out of service.
        "asset.retired" v 1 => Retired(AssetRetired),
        /// It was taken back into stock.
        "asset.reinstated" v 1 => Reinstated(AssetReinstated),
        /// The data on it was removed.
        "asset.sanitized" v 1 => Sanitized(AssetSanitized),
        /// It left for good.
        "asset.disposed" v 1 => Disposed(AssetDisposed),
        /// It should never have been registered.
        "asset.voided" v 1 => Voided(AssetVoided),
    }
}

macro_rules! record {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
        pub struct $name {
            $($(#[$field_doc])* #[serde(default, skip_serializing_if = "Option::is_none")] pub $field: Option<$type>,)*
        }
    )+};
}

record! {
    /// What was on order arrived.
    AssetReceived {
        /// Where it was received.
        location_id: LocationId,
    }
    /// Its order was cancelled, or its delivery rejected.
    AssetCancelled {}
    /// Its reservation ended.
    AssetReservationReleased {}
    /// The custodian confirmed that she has it.
    AssetCustodyAccepted {}
    /// The custodian denied that she has it.
    AssetCustodyDeclined {}
    /// It arrived at a location.
    AssetArrived {
        /// Where it arrived, if not where it was sent.
        location_id: LocationId,
    }
    /// It was given up.
    AssetWrittenOff {}
    /// Somebody saw it.
    AssetVerified {
        /// Where it was seen, if that was recorded.
        location_id: LocationId,
        /// In what condition.
        condition: Condition,
        /// In which audit, if in one.
        campaign_id: AuditCampaignId,
    }
    /// It is charged to a project from then on, or to none.
    AssetCharged {
        /// To which one; to none if not said.
        project_id: ProjectId,
    }
    /// It was taken back into stock.
    AssetReinstated {
        /// Where it is kept.
        location_id: LocationId,
    }
    /// It should never have been registered.
    AssetVoided {}
}

/// It was ordered on its own, outside a purchase order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AssetOrdered {
    /// What is known of it.
    pub facts: Box<AssetFacts>,
    /// When it should arrive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_on: Option<NaiveDate>,
}

/// It was delivered for a purchase order line and so entered the register.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AssetDelivered {
    /// What is known of it.
    pub facts: Box<AssetFacts>,
}

/// It was found or bought elsewhere and so entered the register: in stock if it has a tag, else
/// received.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AssetRegistered {
    /// What is known of it.
    pub facts: Box<AssetFacts>,
}

/// It got its label and went into stock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AssetTagged {
    /// The label.
    pub tag: Tag,
    /// The serial number, if it was not known before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<Serial>,
    /// Where it is kept, if that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location_id: Option<LocationId>,
}

/// It was reserved for somebody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AssetReserved {
    /// For whom.
    pub reserved_for: Custodian,
    /// The last day the reservation holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
}

/// It was handed to a custodian.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AssetDeployed {
    /// To whom.
    pub custodian: Custodian,
    /// Whether she must confirm.
    pub acceptance: AcceptanceRule,
    /// Where it is used, if that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location_id: Option<LocationId>,
    /// When it is due back, if it is a loan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_back_on: Option<NaiveDate>,
}

/// It went from one custodian to another: one event, which both histories show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AssetReassigned {
    /// From whom.
    pub from: Custodian,
    /// To whom.
    pub to: Custodian,
    /// Whether the new custodian must confirm.
    pub acceptance: AcceptanceRule,
    /// Where it is used, if that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location_id: Option<LocationId>,
    /// When it is due back, if it is a loan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_back_on: Option<NaiveDate>,
}

/// It came back into stock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AssetReturned {
    /// From whom.
    pub from: Custodian,
    /// Where it is kept, if that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location_id: Option<LocationId>,
    /// In what condition it came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
}

/// It left for another location.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AssetShipped {
    /// Where it is sent.
    pub destination_id: LocationId,
    /// Who carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<ShortText>,
    /// The carrier's tracking number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<ShortText>,
}

/// It went into maintenance. A custodian's custody ends with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AssetMaintenanceStarted {
    /// What is done.
    pub kind: MaintenanceKind,
    /// Who had it, if it was deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Custodian>,
    /// Who does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor_id: Option<VendorId>,
    /// When it should be back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_back_on: Option<NaiveDate>,
    /// What is wrong or planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Note>,
}

/// It came out of maintenance, into stock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AssetMaintenanceCompleted {
    /// What came of it.
    pub outcome: MaintenanceOutcome,
    /// What it cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Money>,
    /// Its condition now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    /// Where it is kept, if that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location_id: Option<LocationId>,
}

/// It is not where it should be. A custodian's custody ends with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AssetReportedMissing {
    /// How it came to be missing.
    pub loss: LossKind,
    /// Who had it last, if it was deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Custodian>,
    /// The number of a police or insurance report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_number: Option<ShortText>,
}

/// It was found again and went into stock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AssetRecovered {
    /// Where it is now.
    pub location_id: LocationId,
    /// In what condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
}

/// It is somewhere else from then on, with whoever has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AssetRelocated {
    /// Where it is.
    pub location_id: LocationId,
}

/// It may not move on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AssetHoldPlaced {
    /// Which hold.
    pub hold: HoldKind,
    /// The number of the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_number: Option<ShortText>,
}

/// It may move on again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AssetHoldReleased {
    /// Which hold.
    pub hold: HoldKind,
}

/// Recorded facts were wrong and were set right.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AssetCorrected {
    /// Each fact with its value before and after.
    pub changes: Vec<FactChange>,
}

/// It was taken out of service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AssetRetired {
    /// Why.
    pub cause: RetirementCause,
}

/// The data on it was removed (NIST SP 800-88 Rev. 1, §4.8: what a record holds).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AssetSanitized {
    /// How.
    pub method: SanitizationMethod,
    /// The tool or technique.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<ShortText>,
    /// The number of the certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_number: Option<ShortText>,
    /// The vendor that did it, if it was not done in house.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor_id: Option<VendorId>,
}

/// It left for good.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AssetDisposed {
    /// How.
    pub method: DisposalMethod,
    /// The vendor that took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor_id: Option<VendorId>,
    /// What was paid for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proceeds: Option<Money>,
    /// The number of the certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_number: Option<ShortText>,
}
