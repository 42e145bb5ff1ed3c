//! What commands about audit findings touch.

use super::command::{
    CorrectFinding, FindingChoice, FindingCorrection, ResolveFinding, ScanAsset, WaiveFinding,
};
use super::name::{FindingName, ScanName};
use super::tally::FINDINGS;
use crate::asset::AssetName;
use crate::ids::AuditCampaignId;
use crate::touches::{CommandBody, LoadPath, Touches};

impl Touches {
    /// What an audit found about a thing is changed. Which finding that is depends on who bears a label.
    pub(crate) fn changes_finding(&mut self, name: FindingName) {
        match name.scan.label() {
            None => self.changes([name.aggregate(None)]),
            Some(label) => {
                self.looks_up(&label);
                self.finds_and_changes(LoadPath::Finding(name));
            }
        }
    }

    /// A running audit, and the lane on which what the command does about it counts.
    fn counts_on(&mut self, campaign: AuditCampaignId) {
        self.refers([campaign]);
        let lane = FINDINGS.lane(campaign, self.command_id());
        self.counts([lane]);
    }

    /// What a finding is about that is named by it, and which the audit may have expected.
    fn refers_to_subject(&mut self, finding: &FindingChoice) {
        match finding {
            FindingChoice::Id(_) => {}
            FindingChoice::Asset(ScanName::Asset(AssetName::Id(id))) => self.refers([*id]),
            FindingChoice::Asset(scan) => {
                scan.label().into_iter().for_each(|label| self.refers_to_bearer(label));
            }
        }
    }
}

/// A known asset is verified by it.
impl CommandBody for ScanAsset {
    fn touches(&self, to: &mut Touches) {
        to.counts_on(self.campaign_id);
        to.refers(self.location_id);
        to.refers(self.scanned_by);
        match &self.asset {
            ScanName::Asset(name) => to.changes_asset(name),
            ScanName::Serial(serial) => serial.label().into_iter().for_each(|label| to.changes_bearer(label)),
        }
    }
}

impl CommandBody for ResolveFinding {
    fn touches(&self, to: &mut Touches) {
        to.counts_on(self.campaign_id);
        to.refers_to_subject(&self.finding);
        // Who says that it was reported missing is held to what the register says.
        if matches!(self.finding, FindingChoice::Id(_)) {
            to.finds(LoadPath::FoundAsset);
        }
    }
}

impl CommandBody for CorrectFinding {
    fn touches(&self, to: &mut Touches) {
        to.counts_on(self.campaign_id);
        to.refers_to_subject(&self.finding);
        for correction in &self.corrections {
            match correction {
                FindingCorrection::LocationId(location) => to.refers(*location),
                FindingCorrection::ScannedBy(person) => to.refers(*person),
                FindingCorrection::Condition(_) => {}
            }
        }
    }
}

impl CommandBody for WaiveFinding {
    fn touches(&self, to: &mut Touches) {
        to.counts_on(self.campaign_id);
        to.refers_to_subject(&self.finding);
    }
}
