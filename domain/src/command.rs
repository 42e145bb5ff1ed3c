//! Every command under one roof, by its wire name.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};

use crate::ids::CommandId;
use crate::text::Note;
use crate::touches::{CommandBody, Touches};
use crate::{
    asset, asset_model, audit_campaign, audit_finding, department, location, person, purchase_order,
    requisition, vendor,
};

/// Declares command bodies: documented fields, no unknown ones taken.
macro_rules! commands_of {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }
    )+};
}

pub(crate) use commands_of;

/// What every command may carry beside its own fields, in the same JSON object.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CommandMeta {
    /// When it happened in the world: not in the future, and not before what happened to the same
    /// thing last. The present if not said.
    pub effective_time: Option<DateTime<Utc>>,
    /// Why, in the actor's words. Names of persons do not belong here.
    pub reason: Option<Note>,
}

impl CommandMeta {
    /// The names of the fields.
    pub const FIELDS: [&'static str; 2] = ["effective_time", "reason"];
}

macro_rules! all_commands {
    ($($name:literal => $variant:ident($body:ty),)+) => {
        /// Any command.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Command {
            $(#[doc = concat!("`", $name, "`")] $variant(Box<$body>),)+
        }

        /// Which command.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum CommandName {
            $(#[doc = concat!("`", $name, "`")] $variant,)+
        }

        impl CommandName {
            /// Every command.
            pub const ALL: [Self; Command::NAMES.len()] = [$(Self::$variant,)+];

            /// Which command this is.
            #[must_use]
            pub const fn of(command: &Command) -> Self {
                match command {
                    $(Command::$variant(_) => Self::$variant,)+
                }
            }

            /// The wire name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The command of a wire name.
            #[must_use]
            pub fn find(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl Command {
            /// Every command's wire name.
            pub const NAMES: &'static [&'static str] = &[$($name,)+];

            /// The wire name.
            #[must_use]
            pub fn name(&self) -> &'static str {
                CommandName::of(self).as_str()
            }

            /// Reads a command's own fields; `None` if there is no command of that name.
            pub fn read<'de, D: Deserializer<'de>>(name: &str, body: D) -> Option<Result<Self, D::Error>> {
                match name {
                    $($name => Some(Box::<$body>::deserialize(body).map(Self::$variant)),)+
                    _ => None,
                }
            }

            /// What the command touches, if this is its id.
            #[must_use]
            pub fn touches(&self, command_id: CommandId) -> Touches {
                let mut touches = Touches::of_target(self.target(command_id), command_id);
                match self {
                    $(Self::$variant(body) => body.touches(&mut touches),)+
                }
                touches
            }

            /// The command's own fields as JSON.
            #[must_use]
            pub fn to_json(&self) -> serde_json::Value {
                let value = match self {
                    $(Self::$variant(body) => serde_json::to_value(body),)+
                };
                value.expect("command bodies hold text keys and plain values only")
            }

            /// The JSON Schema of every command's own fields.
            #[cfg(feature = "schemars")]
            #[must_use]
            pub fn schemas() -> Vec<(&'static str, schemars::Schema)> {
                vec![$(($name, schemars::schema_for!($body)),)+]
            }
        }

        $(impl From<$body> for Command {
            fn from(body: $body) -> Self {
                Self::$variant(Box::new(body))
            }
        })+
    };
}

all_commands! {
    "submit-requisition" => SubmitRequisition(requisition::SubmitRequisition),
    "approve-requisition" => ApproveRequisition(requisition::ApproveRequisition),
    "reject-requisition" => RejectRequisition(requisition::RejectRequisition),
    "cancel-requisition" => CancelRequisition(requisition::CancelRequisition),
    "issue-purchase-order" => IssuePurchaseOrder(purchase_order::IssuePurchaseOrder),
    "amend-purchase-order" => AmendPurchaseOrder(purchase_order::AmendPurchaseOrder),
    "cancel-purchase-order" => CancelPurchaseOrder(purchase_order::CancelPurchaseOrder),
    "receive-delivery" => ReceiveDelivery(purchase_order::ReceiveDelivery),
    "close-purchase-order" => ClosePurchaseOrder(purchase_order::ClosePurchaseOrder),
    "order-asset" => OrderAsset(asset::OrderAsset),
    "receive-asset" => ReceiveAsset(asset::ReceiveAsset),
    "cancel-asset" => CancelAsset(asset::CancelAsset),
    "register-asset" => RegisterAsset(asset::RegisterAsset),
    "tag-asset" => TagAsset(asset::TagAsset),
    "reserve-asset" => ReserveAsset(asset::ReserveAsset),
    "release-reservation" => ReleaseReservation(asset::ReleaseReservation),
    "deploy-asset" => DeployAsset(asset::DeployAsset),
    "accept-custody" => AcceptCustody(asset::AcceptCustody),
    "decline-custody" => DeclineCustody(asset::DeclineCustody),
    "reassign-asset" => ReassignAsset(asset::ReassignAsset),
    "return-asset" => ReturnAsset(asset::ReturnAsset),
    "ship-asset" => ShipAsset(asset::ShipAsset),
    "arrive-asset" => ArriveAsset(asset::ArriveAsset),
    "start-maintenance" => StartMaintenance(asset::StartMaintenance),
    "complete-maintenance" => CompleteMaintenance(asset::CompleteMaintenance),
    "report-missing" => ReportMissing(asset::ReportMissing),
    "recover-asset" => RecoverAsset(asset::RecoverAsset),
    "write-off-asset" => WriteOffAsset(asset::WriteOffAsset),
    "verify-asset" => VerifyAsset(asset::VerifyAsset),
    "place-hold" => PlaceHold(asset::PlaceHold),
    "release-hold" => ReleaseHold(asset::ReleaseHold),
    "correct-asset" => CorrectAsset(asset::CorrectAsset),
    "retire-asset" => RetireAsset(asset::RetireAsset),
    "reinstate-asset" => ReinstateAsset(asset::ReinstateAsset),
    "record-sanitization" => RecordSanitization(asset::RecordSanitization),
    "dispose-asset" => DisposeAsset(asset::DisposeAsset),
    "void-asset" => VoidAsset(asset::VoidAsset),
    "plan-audit" => PlanAudit(audit_campaign::PlanAudit),
    "start-audit" => StartAudit(audit_campaign::StartAudit),
    "scan-asset" => ScanAsset(audit_finding::ScanAsset),
    "resolve-finding" => ResolveFinding(audit_finding::ResolveFinding),
    "waive-finding" => WaiveFinding(audit_finding::WaiveFinding),
    "close-audit" => CloseAudit(audit_campaign::CloseAudit),
    "cancel-audit" => CancelAudit(audit_campaign::CancelAudit),
    "define-model" => DefineModel(asset_model::DefineModel),
    "define-location" => DefineLocation(location::DefineLocation),
    "define-vendor" => DefineVendor(vendor::DefineVendor),
    "define-department" => DefineDepartment(department::DefineDepartment),
    "add-person" => AddPerson(person::AddPerson),
    "deactivate-person" => DeactivatePerson(person::DeactivatePerson),
    "erase-person" => ErasePerson(person::ErasePerson),
}
