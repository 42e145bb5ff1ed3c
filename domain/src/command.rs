//! The list of all commands: of each its wire name, what it is about, who may send it, and which rule decides it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};

use crate::asset::{
    self, decide_correction as correction, decide_custody as custody, decide_facts as facts,
    decide_life as life,
};
use crate::audit_campaign::{self, decide as audits};
use crate::audit_finding::{self, decide as findings, decide_correction as finding_corrections};
use crate::desk::Desk;
use crate::ids::{AssetId, AuditCampaignId, CommandId, PurchaseOrderId, RequisitionId};
use crate::master;
use crate::outcome::Outcome;
use crate::person::{self, decide as people, decide_correction as person_corrections};
use crate::purchase_order::{
    self, decide as orders, decide_correction as order_corrections, decide_delivery as delivery,
};
use crate::requisition::{self, decide as requests, decide_correction as request_corrections};
use crate::senders::{
    ADMINISTRATORS, ANYBODY, APPROVERS, BUYERS, HOLDERS, MANAGERS, ORDERERS, PERSONNEL, PROTECTORS,
    RECEIVERS, REGISTRARS, Senders,
};
use crate::target::{NamesTarget, Target};
use crate::text::Note;
use crate::touches::{CommandBody, Touches};

/// What every command may carry beside its own fields, in the same JSON object.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CommandMeta {
    /// When it happened in the world: not in the future, and not before what happened to the same
    /// thing last, but for corrections, which say how things were. The present if not said.
    pub effective_time: Option<DateTime<Utc>>,
    /// Why, in the actor's words. Names of persons do not belong here.
    pub reason: Option<Note>,
}

impl CommandMeta {
    /// The names of the fields.
    pub const FIELDS: [&'static str; 2] = ["effective_time", "reason"];
}

/// Declares all commands: the wire name and the body; what the command is about, which is named by a field, or is new
/// and has an id of this type, or is told by a method of the body; who may send it; and the rule that decides it.
macro_rules! all_commands {
    ($(
        $name:literal: $module:ident::$body:ident $(.$field:ident)? $(new $id:ident)? $(of $method:ident)?,
        $senders:expr, $rule:path;
    )+) => {
        /// Any command.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Command {
            $(#[doc = concat!("`", $name, "`")] $body(Box<$module::$body>),)+
        }

        /// Which command.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum CommandName {
            $(#[doc = concat!("`", $name, "`")] $body,)+
        }

        impl CommandName {
            /// Every command.
            pub const ALL: [Self; Command::NAMES.len()] = [$(Self::$body,)+];

            /// Which command this is.
            #[must_use]
            pub const fn of(command: &Command) -> Self {
                match command {
                    $(Command::$body(_) => Self::$body,)+
                }
            }

            /// The wire name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$body => $name,)+
                }
            }

            /// Who may send it.
            pub(crate) const fn senders(self) -> Senders {
                match self {
                    $(Self::$body => $senders,)+
                }
            }

            /// The command of a wire name.
            #[must_use]
            pub fn find(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$body),)+
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
                    $($name => Some(Box::<$module::$body>::deserialize(body).map(Self::$body)),)+
                    _ => None,
                }
            }

            /// Which aggregate the command is about; its event comes first in what the command decides.
            #[must_use]
            pub fn target(&self, command_id: CommandId) -> Target {
                let created = command_id.created_id();
                match self {
                    $(Self::$body(_body) => {
                        $(_body.$field.target(created))? $($id(created).target(created))? $(_body.$method())?
                    })+
                }
            }

            /// What the command's own rules say.
            pub(crate) fn decide(&self, desk: &Desk<'_>) -> Outcome {
                match self {
                    $(Self::$body(body) => $rule(desk, body.as_ref()),)+
                }
            }

            /// What the command touches, if this is its id.
            #[must_use]
            pub fn touches(&self, command_id: CommandId) -> Touches {
                let mut touches = Touches::of_target(self.target(command_id), command_id);
                match self {
                    $(Self::$body(body) => body.touches(&mut touches),)+
                }
                touches
            }

            /// The command's own fields as JSON.
            #[must_use]
            pub fn to_json(&self) -> serde_json::Value {
                let value = match self {
                    $(Self::$body(body) => serde_json::to_value(body),)+
                };
                value.expect("command bodies hold text keys and plain values only")
            }

            /// The JSON Schema of every command's own fields.
            #[cfg(feature = "schemars")]
            #[must_use]
            pub fn schemas() -> Vec<(&'static str, schemars::Schema)> {
                vec![$(($name, schemars::schema_for!($module::$body)),)+]
            }
        }

        $(impl From<$module::$body> for Command {
            fn from(body: $module::$body) -> Self {
                Self::$body(Box::new(body))
            }
        })+
    };
}

all_commands! {
    "submit-requisition": requisition::SubmitRequisition new RequisitionId, ANYBODY, requests::submit;
    "approve-requisition": requisition::ApproveRequisition.requisition_id, APPROVERS, requests::approve;
    "reject-requisition": requisition::RejectRequisition.requisition_id, APPROVERS, requests::reject;
    "correct-requisition": requisition::CorrectRequisition.requisition_id, BUYERS.or_own(),
        request_corrections::correct;
    "cancel-requisition": requisition::CancelRequisition.requisition_id, BUYERS.or_own(), requests::cancel;
    "issue-purchase-order": purchase_order::IssuePurchaseOrder new PurchaseOrderId, ORDERERS, orders::issue;
    "amend-purchase-order": purchase_order::AmendPurchaseOrder.purchase_order_id, ORDERERS, orders::amend;
    "correct-purchase-order": purchase_order::CorrectPurchaseOrder.purchase_order_id, ORDERERS,
        order_corrections::correct;
    "cancel-purchase-order": purchase_order::CancelPurchaseOrder.purchase_order_id, ORDERERS, orders::cancel;
    "receive-delivery": purchase_order::ReceiveDelivery.purchase_order_id, RECEIVERS, delivery::receive;
    "close-purchase-order": purchase_order::ClosePurchaseOrder.purchase_order_id, ORDERERS, orders::close;
    "order-asset": asset::OrderAsset new AssetId, BUYERS, facts::order;
    "receive-asset": asset::ReceiveAsset.asset, RECEIVERS, life::receive;
    "cancel-asset": asset::CancelAsset.asset, BUYERS, life::cancel;
    "register-asset": asset::RegisterAsset new AssetId, REGISTRARS, facts::register;
    "tag-asset": asset::TagAsset.asset, REGISTRARS, facts::tag;
    "reserve-asset": asset::ReserveAsset.asset, REGISTRARS, custody::reserve;
    "release-reservation": asset::ReleaseReservation.asset, REGISTRARS, custody::release_reservation;
    "deploy-asset": asset::DeployAsset.asset, REGISTRARS, custody::deploy;
    "accept-custody": asset::AcceptCustody.asset, REGISTRARS.or_own(), custody::accept;
    "decline-custody": asset::DeclineCustody.asset, REGISTRARS.or_own(), custody::decline;
    "reassign-asset": asset::ReassignAsset.asset, REGISTRARS, custody::reassign;
    "return-asset": asset::ReturnAsset.asset, REGISTRARS, custody::take_back;
    "ship-asset": asset::ShipAsset.asset, REGISTRARS, life::ship;
    "arrive-asset": asset::ArriveAsset.asset, REGISTRARS, life::arrive;
    "start-maintenance": asset::StartMaintenance.asset, REGISTRARS, life::start_maintenance;
    "complete-maintenance": asset::CompleteMaintenance.asset, REGISTRARS, life::complete_maintenance;
    "report-missing": asset::ReportMissing.asset, PROTECTORS.or_own(), life::report_missing;
    "recover-asset": asset::RecoverAsset.asset, REGISTRARS, life::recover;
    "write-off-asset": asset::WriteOffAsset.asset, MANAGERS, life::write_off;
    "verify-asset": asset::VerifyAsset.asset, REGISTRARS, facts::verify;
    "relocate-asset": asset::RelocateAsset.asset, REGISTRARS, facts::relocate;
    "charge-asset": asset::ChargeAsset.asset, REGISTRARS, facts::charge;
    "place-hold": asset::PlaceHold.asset, HOLDERS, life::place_hold;
    "release-hold": asset::ReleaseHold.asset, HOLDERS, life::release_hold;
    "correct-asset": asset::CorrectAsset.asset, REGISTRARS, correction::correct;
    "retire-asset": asset::RetireAsset.asset, MANAGERS, life::retire;
    "reinstate-asset": asset::ReinstateAsset.asset, MANAGERS, life::reinstate;
    "record-sanitization": asset::RecordSanitization.asset, PROTECTORS, life::sanitize;
    "dispose-asset": asset::DisposeAsset.asset, MANAGERS, life::dispose;
    "void-asset": asset::VoidAsset.asset, MANAGERS, life::void;
    "plan-audit": audit_campaign::PlanAudit new AuditCampaignId, MANAGERS, audits::plan;
    "start-audit": audit_campaign::StartAudit.campaign_id, MANAGERS, audits::start;
    "scan-asset": audit_finding::ScanAsset of finding_target, REGISTRARS, findings::scan;
    "resolve-finding": audit_finding::ResolveFinding of finding_target, REGISTRARS, findings::resolve;
    "correct-finding": audit_finding::CorrectFinding of finding_target, REGISTRARS, finding_corrections::correct;
    "waive-finding": audit_finding::WaiveFinding of finding_target, MANAGERS, findings::waive;
    "close-audit": audit_campaign::CloseAudit.campaign_id, MANAGERS, audits::close;
    "correct-audit": audit_campaign::CorrectAudit.campaign_id, MANAGERS, audits::correct;
    "cancel-audit": audit_campaign::CancelAudit.campaign_id, MANAGERS, audits::cancel;
    "define-model": master::DefineModel.model_id, REGISTRARS, master::define;
    "correct-model": master::CorrectModel of target, REGISTRARS, master::correct;
    "define-location": master::DefineLocation.location_id, REGISTRARS, master::define;
    "correct-location": master::CorrectLocation of target, REGISTRARS, master::correct;
    "define-vendor": master::DefineVendor.vendor_id, BUYERS, master::define;
    "correct-vendor": master::CorrectVendor of target, BUYERS, master::correct;
    "define-department": master::DefineDepartment.department_id, REGISTRARS, master::define;
    "correct-department": master::CorrectDepartment of target, REGISTRARS, master::correct;
    "define-project": master::DefineProject.project_id, REGISTRARS, master::define;
    "correct-project": master::CorrectProject of target, REGISTRARS, master::correct;
    "add-person": person::AddPerson.person_id, PERSONNEL, people::add;
    "correct-person": person::CorrectPerson.person_id, PERSONNEL, person_corrections::correct;
    "deactivate-person": person::DeactivatePerson.person_id, PERSONNEL, people::deactivate;
    "erase-person": person::ErasePerson.person_id, ADMINISTRATORS, people::erase;
}
