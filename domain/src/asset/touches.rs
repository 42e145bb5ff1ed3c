//! What commands about assets touch.

use super::command::{
    AcceptCustody, ArriveAsset, CancelAsset, ChargeAsset, CompleteMaintenance, CorrectAsset, Correction,
    CustodianName, DeclineCustody, DeployAsset, DisposeAsset, OrderAsset, PlaceHold, ReassignAsset,
    ReceiveAsset, RecordSanitization, RecoverAsset, RegisterAsset, ReinstateAsset, ReleaseHold,
    ReleaseReservation, RelocateAsset, ReportMissing, ReserveAsset, RetireAsset, ReturnAsset, ShipAsset,
    StartMaintenance, TagAsset, VerifyAsset, VoidAsset, WriteOffAsset,
};
use super::name::AssetName;
use crate::guard_name::GuardName;
use crate::key::KeyKind;
use crate::label::Serial;
use crate::master::LocationId;
use crate::touches::{CommandBody, LoadPath, Touches};
use crate::unique_label::UniqueLabel;

impl Touches {
    /// An asset that is changed.
    pub(crate) fn changes_asset(&mut self, name: &AssetName) {
        match name {
            AssetName::Id(id) => self.changes([*id]),
            AssetName::Tag(tag) => self.changes_bearer(UniqueLabel::tag(tag)),
        }
    }

    /// Whatever bears a label is changed.
    pub(crate) fn changes_bearer(&mut self, label: UniqueLabel) {
        self.looks_up(&label);
        self.finds_and_changes(LoadPath::Bearer(label));
    }

    /// Whatever bears a label is looked at.
    pub(crate) fn refers_to_bearer(&mut self, label: UniqueLabel) {
        self.looks_up(&label);
        self.finds(LoadPath::Bearer(label));
    }

    /// Who shall have an asset. Another asset may itself be in others, which are looked at, too.
    fn refers_to_custodian(&mut self, name: &CustodianName) {
        match name {
            CustodianName::Person(id) => self.refers([*id]),
            CustodianName::Department(id) => self.refers([*id]),
            CustodianName::Location(id) => self.refers([*id]),
            CustodianName::Asset(name) => {
                match name {
                    AssetName::Id(id) => self.refers([*id]),
                    AssetName::Tag(tag) => self.refers_to_bearer(UniqueLabel::tag(tag)),
                }
                self.finds(LoadPath::Carrier);
            }
        }
    }

    /// Who gets an asset, and where she has it: where she usually is, unless it is said. What goes into
    /// another comes one after the other, so that no circle closes.
    fn hands_to(&mut self, name: &CustodianName, location_id: Option<LocationId>) {
        self.refers(location_id);
        self.refers_to_custodian(name);
        match name {
            CustodianName::Person(_) if location_id.is_none() => self.finds(LoadPath::PlaceOfPerson),
            CustodianName::Asset(_) => self.guards(GuardName::CustodyTree),
            CustodianName::Person(_) | CustodianName::Department(_) | CustodianName::Location(_) => {}
        }
    }

    /// Serial numbers that are taken. Placeholders are no unique values.
    pub(crate) fn takes_serials<'a>(&mut self, serials: impl IntoIterator<Item = &'a Serial>) {
        self.takes(serials.into_iter().filter_map(|serial| UniqueLabel::serial(None, serial)));
    }

    /// That a named asset gives up its labels. The tag is the one by which it is named.
    fn frees_labels(&mut self, name: &AssetName) {
        match name {
            AssetName::Id(_) => self.frees(KeyKind::TAG),
            AssetName::Tag(tag) => self.takes([UniqueLabel::tag(tag)]),
        }
        self.frees(KeyKind::SERIAL);
    }
}

impl CommandBody for RegisterAsset {
    fn touches(&self, to: &mut Touches) {
        to.refers([self.model_id]);
        to.refers(self.vendor_id);
        to.refers(self.location_id);
        to.refers(self.department_id);
        to.refers(self.project_id);
        to.takes(self.tag.as_ref().map(UniqueLabel::tag));
        to.takes_serials(&self.serial);
    }
}

impl CommandBody for OrderAsset {
    fn touches(&self, to: &mut Touches) {
        to.refers([self.model_id]);
        to.refers(self.vendor_id);
        to.refers(self.department_id);
        to.refers(self.project_id);
    }
}

impl CommandBody for ReceiveAsset {
    fn touches(&self, to: &mut Touches) {
        to.refers(self.location_id);
    }
}

/// A piece of an order goes back to it, and a closed order lets go of the requisition.
impl CommandBody for CancelAsset {
    fn touches(&self, to: &mut Touches) {
        to.finds(LoadPath::Parts);
        to.finds_and_changes(LoadPath::OrderOfAsset);
        to.finds_and_changes(LoadPath::RequisitionsOfOrder);
        to.frees_labels(&self.asset);
    }
}

impl CommandBody for TagAsset {
    fn touches(&self, to: &mut Touches) {
        to.refers(self.location_id);
        to.takes([UniqueLabel::tag(&self.tag)]);
        to.takes_serials(&self.serial);
    }
}

impl CommandBody for ReserveAsset {
    fn touches(&self, to: &mut Touches) {
        to.refers_to_custodian(&self.reserved_for);
    }
}

impl CommandBody for ReleaseReservation {}

impl CommandBody for DeployAsset {
    fn touches(&self, to: &mut Touches) {
        to.hands_to(&self.custodian, self.location_id);
    }
}

impl CommandBody for AcceptCustody {}

impl CommandBody for DeclineCustody {}

impl CommandBody for ReassignAsset {
    fn touches(&self, to: &mut Touches) {
        to.hands_to(&self.custodian, self.location_id);
        to.takes_out();
    }
}

impl CommandBody for ReturnAsset {
    fn touches(&self, to: &mut Touches) {
        to.refers(self.location_id);
        to.takes_out();
    }
}

impl CommandBody for ShipAsset {
    fn touches(&self, to: &mut Touches) {
        to.refers([self.destination_id]);
    }
}

impl CommandBody for ArriveAsset {
    fn touches(&self, to: &mut Touches) {
        to.refers(self.location_id);
    }
}

impl CommandBody for StartMaintenance {
    fn touches(&self, to: &mut Touches) {
        to.refers(self.vendor_id);
        to.takes_out();
    }
}

impl CommandBody for CompleteMaintenance {
    fn touches(&self, to: &mut Touches) {
        to.refers(self.location_id);
    }
}

impl CommandBody for ReportMissing {
    fn touches(&self, to: &mut Touches) {
        to.takes_out();
    }
}

impl CommandBody for RecoverAsset {
    fn touches(&self, to: &mut Touches) {
        to.refers([self.location_id]);
    }
}

impl CommandBody for WriteOffAsset {
    fn touches(&self, to: &mut Touches) {
        to.finds(LoadPath::Parts);
        to.frees_labels(&self.asset);
    }
}

impl CommandBody for VerifyAsset {
    fn touches(&self, to: &mut Touches) {
        to.refers(self.location_id);
    }
}

impl CommandBody for RelocateAsset {
    fn touches(&self, to: &mut Touches) {
        to.refers([self.location_id]);
    }
}

impl CommandBody for ChargeAsset {
    fn touches(&self, to: &mut Touches) {
        to.refers(self.project_id);
    }
}

impl CommandBody for PlaceHold {}

impl CommandBody for ReleaseHold {}

impl CommandBody for CorrectAsset {
    fn touches(&self, to: &mut Touches) {
        for correction in &self.corrections {
            match correction {
                Correction::Tag(new) => {
                    to.takes(new.as_ref().map(UniqueLabel::tag));
                    to.frees(KeyKind::TAG);
                }
                Correction::Serial(new) => {
                    to.takes_serials(new);
                    to.frees(KeyKind::SERIAL);
                }
                // The maker is part of what a serial number is unique within.
                Correction::ModelId(new) => {
                    to.refers([*new]);
                    to.frees(KeyKind::SERIAL);
                }
                Correction::VendorId(new) => to.refers(*new),
                Correction::LocationId(new) => to.refers(*new),
                Correction::DepartmentId(new) => to.refers(*new),
                Correction::ProjectId(new) => to.refers(*new),
                Correction::Name(_)
                | Correction::DataBearing(_)
                | Correction::Ownership(_)
                | Correction::Condition(_)
                | Correction::Criticality(_)
                | Correction::DataClassification(_)
                | Correction::Costs(_)
                | Correction::AcquiredOn(_)
                | Correction::OrderNumber(_)
                | Correction::WarrantyUntil(_)
                | Correction::EndOfLifeOn(_)
                | Correction::Notes(_) => {}
            }
        }
    }
}

impl CommandBody for RetireAsset {
    fn touches(&self, to: &mut Touches) {
        to.finds(LoadPath::Parts);
    }
}

impl CommandBody for ReinstateAsset {
    fn touches(&self, to: &mut Touches) {
        to.refers(self.location_id);
    }
}

impl CommandBody for RecordSanitization {
    fn touches(&self, to: &mut Touches) {
        to.refers(self.vendor_id);
    }
}

impl CommandBody for DisposeAsset {
    fn touches(&self, to: &mut Touches) {
        to.refers(self.vendor_id);
        to.finds(LoadPath::Parts);
        to.frees_labels(&self.asset);
    }
}

impl CommandBody for VoidAsset {
    fn touches(&self, to: &mut Touches) {
        to.finds(LoadPath::Parts);
        to.frees_labels(&self.asset);
    }
}
