//! The rules of corrections of findings: of how a thing was seen, from which the verdict follows.

use super::command::{CorrectFinding, FindingCorrection};
use super::decide::{check_after_start, chosen, counted, finding_ref};
use super::event::{AuditFindingEvent, FindingCorrected, FindingFact};
use crate::corrections::{Corrected, changes};
use crate::desk::Desk;
use crate::outcome::Outcome;
use crate::rejection::Rejection;
use crate::vocabulary::AuditVerdict;

pub(crate) fn correct(desk: &Desk<'_>, body: &CorrectFinding) -> Outcome {
    let Desk { world, context, .. } = *desk;
    let campaign = counted(world, body.campaign_id, context, "correct-finding")?;
    check_after_start(world, campaign, context)?;
    let finding = chosen(world, campaign, &body.finding)?;
    let Some(scan) = finding.scan else {
        let detail = "nobody scanned it in this audit: there is nothing to correct";
        return Err(Rejection::rule("not-scanned", detail).into());
    };
    let changes = changes(&body.corrections, std::mem::discriminant, |correction, pointer| {
        Ok(match correction {
            FindingCorrection::LocationId(new) => {
                world.check_active(*new, &format!("{pointer}/location_id"))?;
                FindingFact::Location(Corrected::of(&scan.location_id, new))
            }
            FindingCorrection::Condition(new) => FindingFact::Condition(Corrected::of(&scan.condition, new)),
            FindingCorrection::ScannedBy(new) => {
                if let Some(person) = new {
                    world.known(*person, &format!("{pointer}/scanned_by"))?;
                }
                FindingFact::ScannedBy(Corrected::of(&scan.scanned_by, new))
            }
        })
    })?;
    let is_expected = finding.verdict != AuditVerdict::Unexpected;
    let scan = scan.corrected(&changes);
    let corrected = FindingCorrected {
        campaign_id: campaign.id,
        subject: finding.subject,
        verdict: AuditVerdict::of_seen(is_expected, scan.expected_location_id, scan.location_id),
        changes,
    };
    Ok(vec![(finding_ref(finding.id), AuditFindingEvent::Corrected(corrected).into())])
}
