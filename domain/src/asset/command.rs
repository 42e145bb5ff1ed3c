//! What may be asked to happen to an asset.

use chrono::NaiveDate;

use super::facts::AcquisitionCosts;
use super::name::AssetName;
use crate::command_body::commands_of;
use crate::ids::PersonId;
use crate::label::{Serial, Tag};
use crate::master::{DepartmentId, LocationId, ModelId, ProjectId, VendorId};
use crate::money::Money;
use crate::text::{Note, ShortText};
use crate::vocabulary::{
    AcceptanceRule, Condition, Criticality, DataClassification, DisposalMethod, HoldKind, LossKind,
    MaintenanceKind, MaintenanceOutcome, Ownership, RetirementCause, SanitizationMethod,
};

commands_of! {
    /// Enters an asset that was found or bought elsewhere: in stock if it has a tag, else received.
    RegisterAsset {
        /// Its model.
        model_id: ModelId,
        /// Its label.
        tag: Option<Tag>,
        /// The maker's serial number.
        serial: Option<Serial>,
        /// What it is called, such as a host name.
        name: Option<ShortText>,
        /// Whose property it is; owned if not said.
        ownership: Option<Ownership>,
        /// Whether it can hold data; as its model if not said.
        data_bearing: Option<bool>,
        /// Its condition.
        condition: Option<Condition>,
        /// How much depends on it.
        criticality: Option<Criticality>,
        /// The most sensitive data it may hold.
        data_classification: Option<DataClassification>,
        /// What it cost to acquire.
        costs: Option<AcquisitionCosts>,
        /// The day it was acquired.
        acquired_on: Option<NaiveDate>,
        /// The number of an order placed outside itam.
        order_number: Option<ShortText>,
        /// Who sold or leased it.
        vendor_id: Option<VendorId>,
        /// The last day of its warranty.
        warranty_until: Option<NaiveDate>,
        /// The day its planned life ends.
        end_of_life_on: Option<NaiveDate>,
        /// Where it is.
        location_id: Option<LocationId>,
        /// The department that bears its cost.
        department_id: Option<DepartmentId>,
        /// The project that it is charged to.
        project_id: Option<ProjectId>,
        /// Anything else. Names of persons do not belong here.
        notes: Option<Note>,
    }
    /// Enters an asset that is ordered on its own, outside a purchase order.
    OrderAsset {
        /// Its model.
        model_id: ModelId,
        /// What it will cost.
        costs: Option<AcquisitionCosts>,
        /// The number of the order.
        order_number: Option<ShortText>,
        /// From whom.
        vendor_id: Option<VendorId>,
        /// The department that bears its cost.
        department_id: Option<DepartmentId>,
        /// The project that it is charged to.
        project_id: Option<ProjectId>,
        /// When it should arrive.
        expected_on: Option<NaiveDate>,
        /// Anything else.
        notes: Option<Note>,
    }
    /// What was on order arrived.
    ReceiveAsset {
        /// The asset.
        asset: AssetName,
        /// Where it was received.
        location_id: Option<LocationId>,
    }
    /// Cancels the order of an asset, or rejects its delivery; the vendor still owes a rejected one.
    CancelAsset {
        /// The asset.
        asset: AssetName,
    }
    /// Gives an asset its label and puts it in stock.
    TagAsset {
        /// The asset.
        asset: AssetName,
        /// The label.
        tag: Tag,
        /// The serial number, if it was not known before.
        serial: Option<Serial>,
        /// Where it is kept, if that changes.
        location_id: Option<LocationId>,
    }
    /// Keeps an asset for somebody.
    ReserveAsset {
        /// The asset.
        asset: AssetName,
        /// For whom.
        reserved_for: CustodianName,
        /// The last day the reservation holds.
        until: Option<NaiveDate>,
    }
    /// Ends a reservation.
    ReleaseReservation {
        /// The asset.
        asset: AssetName,
    }
    /// Hands an asset from stock to a custodian.
    DeployAsset {
        /// The asset.
        asset: AssetName,
        /// To whom.
        custodian: CustodianName,
        /// Whether she must confirm; not if not said.
        acceptance: Option<AcceptanceRule>,
        /// Where it is used, if that changes.
        location_id: Option<LocationId>,
        /// When it is due back, if it is a loan.
        due_back_on: Option<NaiveDate>,
    }
    /// The custodian confirms that she has the asset.
    AcceptCustody {
        /// The asset.
        asset: AssetName,
    }
    /// The custodian denies that she has the asset.
    DeclineCustody {
        /// The asset.
        asset: AssetName,
    }
    /// Moves an asset from its custodian to another.
    ReassignAsset {
        /// The asset.
        asset: AssetName,
        /// To whom.
        custodian: CustodianName,
        /// Whether she must confirm; not if not said.
        acceptance: Option<AcceptanceRule>,
        /// Where it is used, if that changes.
        location_id: Option<LocationId>,
        /// When it is due back, if it is a loan.
        due_back_on: Option<NaiveDate>,
    }
    /// Takes an asset back into stock.
    ReturnAsset {
        /// The asset.
        asset: AssetName,
        /// Where it is kept, if that changes.
        location_id: Option<LocationId>,
        /// In what condition it came back.
        condition: Option<Condition>,
    }
    /// Sends an asset to another location.
    ShipAsset {
        /// The asset.
        asset: AssetName,
        /// Where it is sent.
        destination_id: LocationId,
        /// Who carries it.
        carrier: Option<ShortText>,
        /// The carrier's tracking number.
        tracking_number: Option<ShortText>,
    }
    /// Ends the way of an asset; it is again what it was when it left.
    ArriveAsset {
        /// The asset.
        asset: AssetName,
        /// Where it arrived, if not where it was sent.
        location_id: Option<LocationId>,
    }
    /// Sends an asset to repair, service or upgrade. A custodian's custody ends with it.
    StartMaintenance {
        /// The asset.
        asset: AssetName,
        /// What is done.
        kind: MaintenanceKind,
        /// Who does it.
        vendor_id: Option<VendorId>,
        /// When it should be back.
        expected_back_on: Option<NaiveDate>,
        /// What is wrong or planned.
        description: Option<Note>,
    }
    /// Takes an asset out of maintenance, into stock.
    CompleteMaintenance {
        /// The asset.
        asset: AssetName,
        /// What came of it.
        outcome: MaintenanceOutcome,
        /// What it cost.
        cost: Option<Money>,
        /// Its condition now.
        condition: Option<Condition>,
        /// Where it is kept, if that changes.
        location_id: Option<LocationId>,
    }
    /// Says that an asset is not where it should be. A custodian's custody ends with it.
    ReportMissing {
        /// The asset.
        asset: AssetName,
        /// How it came to be missing.
        loss: LossKind,
        /// The number of a police or insurance report.
        report_number: Option<ShortText>,
    }
    /// Takes a missing asset that was found into stock.
    RecoverAsset {
        /// The asset.
        asset: AssetName,
        /// Where it is now.
        location_id: LocationId,
        /// In what condition.
        condition: Option<Condition>,
    }
    /// Gives a missing asset up. Asks for a reason.
    WriteOffAsset {
        /// The asset.
        asset: AssetName,
    }
    /// Records that an asset was seen.
    VerifyAsset {
        /// The asset.
        asset: AssetName,
        /// Where it was seen.
        location_id: Option<LocationId>,
        /// In what condition.
        condition: Option<Condition>,
    }
    /// Records that an asset is somewhere else from then on, with whoever has it.
    RelocateAsset {
        /// The asset.
        asset: AssetName,
        /// Where it is.
        location_id: LocationId,
    }
    /// Charges an asset to a project from then on, or to none.
    ChargeAsset {
        /// The asset.
        asset: AssetName,
        /// To which project; to none if not said.
        project_id: Option<ProjectId>,
    }
    /// Stops an asset from moving on.
    PlaceHold {
        /// The asset.
        asset: AssetName,
        /// Which hold.
        hold: HoldKind,
        /// The number of the case.
        case_number: Option<ShortText>,
    }
    /// Lets an asset move on again.
    ReleaseHold {
        /// The asset.
        asset: AssetName,
        /// Which hold.
        hold: HoldKind,
    }
    /// Sets wrongly recorded facts right.
    CorrectAsset {
        /// The asset.
        asset: AssetName,
        /// What is right, from one correction on.
        corrections: Vec<Correction>,
    }
    /// Takes an asset out of service.
    RetireAsset {
        /// The asset.
        asset: AssetName,
        /// Why.
        cause: RetirementCause,
    }
    /// Takes a retired asset back into stock.
    ReinstateAsset {
        /// The asset.
        asset: AssetName,
        /// Where it is kept, if that changes.
        location_id: Option<LocationId>,
    }
    /// Records that the data on an asset was removed.
    RecordSanitization {
        /// The asset.
        asset: AssetName,
        /// How.
        method: SanitizationMethod,
        /// The tool or technique.
        tool: Option<ShortText>,
        /// The number of the certificate.
        certificate_number: Option<ShortText>,
        /// The vendor that did it, if it was not done in house.
        vendor_id: Option<VendorId>,
    }
    /// Records that a retired asset left for good.
    DisposeAsset {
        /// The asset.
        asset: AssetName,
        /// How.
        method: DisposalMethod,
        /// The vendor that took it.
        vendor_id: Option<VendorId>,
        /// What was paid for it.
        proceeds: Option<Money>,
        /// The number of the certificate.
        certificate_number: Option<ShortText>,
    }
    /// Takes an asset that should never have been registered off the register. Asks for a reason.
    VoidAsset {
        /// The asset.
        asset: AssetName,
    }
}

/// Who or what shall have an asset; another asset is named by id or tag.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CustodianName {
    /// A person.
    Person(PersonId),
    /// A department.
    Department(DepartmentId),
    /// A location, such as a meeting room.
    Location(LocationId),
    /// Another asset.
    Asset(AssetName),
}

/// One fact as it should read; `null` says that it is not known.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Correction {
    /// The label.
    Tag(Option<Tag>),
    /// The serial number.
    Serial(Option<Serial>),
    /// The model.
    ModelId(ModelId),
    /// The name.
    Name(Option<ShortText>),
    /// Whether it can hold data.
    DataBearing(bool),
    /// Whose property it is.
    Ownership(Ownership),
    /// Its condition.
    Condition(Option<Condition>),
    /// How much depends on it.
    Criticality(Option<Criticality>),
    /// The data it may hold.
    DataClassification(Option<DataClassification>),
    /// What it cost.
    Costs(Option<AcquisitionCosts>),
    /// When it was acquired.
    AcquiredOn(Option<NaiveDate>),
    /// The number of an order placed outside itam.
    OrderNumber(Option<ShortText>),
    /// Who sold it.
    VendorId(Option<VendorId>),
    /// The last day of its warranty.
    WarrantyUntil(Option<NaiveDate>),
    /// The day its planned life ends.
    EndOfLifeOn(Option<NaiveDate>),
    /// Where it is.
    LocationId(Option<LocationId>),
    /// The department that bears its cost.
    DepartmentId(Option<DepartmentId>),
    /// The project that it is charged to.
    ProjectId(Option<ProjectId>),
    /// The notes.
    Notes(Option<Note>),
}
