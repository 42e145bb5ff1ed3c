//! What commands about audit campaigns touch.

use super::command::{AuditCorrection, CancelAudit, CloseAudit, CorrectAudit, PlanAudit, StartAudit};
use crate::asset::Custodian;
use crate::audit_finding::FINDINGS;
use crate::touches::{CommandBody, Touches};

impl CommandBody for PlanAudit {
    fn touches(&self, to: &mut Touches) {
        to.refers(self.lead_id);
        let Some(scope) = &self.scope else { return };
        to.refers(scope.model_ids.iter().copied());
        to.refers(scope.location_ids.iter().copied());
        to.refers(scope.department_ids.iter().copied());
        to.refers(scope.vendor_ids.iter().copied());
        to.refers(scope.purchase_order_ids.iter().copied());
        for custodian in &scope.custodians {
            match custodian {
                Custodian::Person(id) => to.refers([*id]),
                Custodian::Department(id) => to.refers([*id]),
                Custodian::Location(id) => to.refers([*id]),
                Custodian::Asset(id) => to.refers([*id]),
            }
        }
    }
}

impl CommandBody for StartAudit {}

impl CommandBody for CloseAudit {
    fn touches(&self, to: &mut Touches) {
        to.counts(FINDINGS.all(self.campaign_id));
    }
}

impl CommandBody for CorrectAudit {
    fn touches(&self, to: &mut Touches) {
        for correction in &self.corrections {
            match correction {
                AuditCorrection::Name(_) => {}
                AuditCorrection::LeadId(person) => to.refers(*person),
            }
        }
    }
}

impl CommandBody for CancelAudit {
    fn touches(&self, to: &mut Touches) {
        to.counts(FINDINGS.all(self.campaign_id));
    }
}
