//! The rules of audit campaigns.

use super::command::{AuditCorrection, CancelAudit, CloseAudit, CorrectAudit, PlanAudit, StartAudit};
use super::event::{
    AuditCampaignEvent, AuditCancelled, AuditClosed, AuditCorrected, AuditFact, AuditPlanned, AuditStarted,
};
use super::scope::AuditScope;
use super::state::{AuditCampaign, CampaignStage};
use crate::audit_finding::{FINDINGS, Tally};
use crate::corrections::{Corrected, changes};
use crate::counter::Counts;
use crate::desk::Desk;
use crate::ids::AuditCampaignId;
use crate::outcome::{Outcome, one};
use crate::rejection::Rejection;
use crate::world::{Stop, World};

pub(crate) fn plan(desk: &Desk<'_>, body: &PlanAudit) -> Outcome {
    let Desk { world, context, .. } = *desk;
    let id = AuditCampaignId(context.command_id.created_id());
    if world.find(id)?.is_some() {
        let detail = format!("audit {id} exists already: each one needs an idempotency key of its own");
        return Err(Rejection::rule("already-exists", detail).into());
    }
    let scope = body.scope.clone().unwrap_or_default();
    check_scope(world, &scope)?;
    if let Some(person) = body.lead_id {
        world.check_active(Some(person), "/lead_id")?;
    }
    let planned = AuditPlanned { name: body.name.clone(), scope, as_of: body.as_of, lead_id: body.lead_id };
    Ok(one(id, AuditCampaignEvent::Planned(planned)))
}

/// A scope that names what does not exist would expect nothing, and the audit would find nothing
/// amiss.
fn check_scope(world: &World, scope: &AuditScope) -> Result<(), Stop> {
    for (field, count) in scope.sizes() {
        if count > AuditScope::MAX_VALUES {
            let detail = format!("{count} values are too many: at most {} are taken", AuditScope::MAX_VALUES);
            return Err(Rejection::invalid(&format!("/scope/{field}"), "scope-size", detail).into());
        }
    }
    for (index, id) in scope.model_ids.iter().enumerate() {
        world.known(*id, &format!("/scope/model_ids/{index}"))?;
    }
    for (index, id) in scope.location_ids.iter().enumerate() {
        world.known(*id, &format!("/scope/location_ids/{index}"))?;
    }
    for (index, id) in scope.department_ids.iter().enumerate() {
        world.known(*id, &format!("/scope/department_ids/{index}"))?;
    }
    for (index, id) in scope.vendor_ids.iter().enumerate() {
        world.known(*id, &format!("/scope/vendor_ids/{index}"))?;
    }
    for (index, id) in scope.purchase_order_ids.iter().enumerate() {
        world.known(*id, &format!("/scope/purchase_order_ids/{index}"))?;
    }
    Ok(())
}

pub(crate) fn start(desk: &Desk<'_>, body: &StartAudit) -> Outcome {
    let Desk { world, context, .. } = *desk;
    let campaign = existing(world, body.campaign_id)?;
    if campaign.stage != CampaignStage::Planned {
        return Err(wrong_stage(campaign, "start-audit").into());
    }
    // The freeze is at the event's position; a start that claims to lie in the past would say otherwise.
    if context.effective_time.is_some() {
        let detail = "an audit starts when it is started: as_of holds the count against a day in the past";
        return Err(Rejection::invalid("/effective_time", "effective-time-of-start", detail).into());
    }
    if let Some(day) = campaign.as_of().filter(|day| *day > context.now.date_naive()) {
        let detail = format!("the count is to be held against the end of {day}, which is still to come");
        return Err(Rejection::rule("as-of-in-future", detail).fact("as_of", day.to_string()).into());
    }
    let started = AuditStarted { scope: campaign.plan.scope.clone(), as_of: campaign.as_of() };
    Ok(one(body.campaign_id, AuditCampaignEvent::Started(started)))
}

pub(crate) fn close(desk: &Desk<'_>, body: &CloseAudit) -> Outcome {
    let world = desk.world;
    let total = total(world, body.campaign_id)?;
    let campaign = running(world, body.campaign_id, "close-audit")?;
    let expected = i64::try_from(body.expected).unwrap_or(i64::MAX);
    // Expected assets that nobody scanned and nobody settled have no event that could be counted.
    let unseen = expected.saturating_sub(total.accounted());
    let with_counts = |rejection: Rejection| {
        let counts = [
            ("expected", expected),
            ("found", total.found),
            ("found_elsewhere", total.found_elsewhere),
            ("missing", total.missing.saturating_add(unseen.max(0))),
            ("unexpected", total.unexpected),
            ("unresolved", unseen.saturating_add(total.unsettled)),
        ];
        counts.into_iter().fold(rejection, |rejection, (name, count)| rejection.fact(name, count))
    };
    if unseen < 0 {
        let detail = format!(
            "{} expected assets were found or settled, which is more than the {expected} that are stated: \
             GET /v1/audits/{} says how many there are",
            total.accounted(),
            campaign.id
        );
        return Err(with_counts(Rejection::rule("expected-differs", detail)).into());
    }
    if unseen > 0 || total.unsettled != 0 {
        let detail = format!(
            "{unseen} expected assets were neither found nor settled, and {} other findings are not settled: \
             resolve or waive them first",
            total.unsettled
        );
        return Err(with_counts(Rejection::rule("findings-unresolved", detail)).into());
    }
    let closed = AuditClosed {
        expected: body.expected,
        found: count(total.found),
        found_elsewhere: count(total.found_elsewhere),
        missing: count(total.missing),
        unexpected: count(total.unexpected),
    };
    Ok(one(body.campaign_id, AuditCampaignEvent::Closed(closed)))
}

/// What all lanes count together. It asks for the lanes before the campaign: whoever sees them as
/// they are and appends, knows that nothing was scanned in between.
fn total(world: &World, campaign: AuditCampaignId) -> Result<Tally, Stop> {
    let mut total = Counts::default();
    for lane in FINDINGS.all(campaign) {
        total = total.plus(world.counter(lane)?);
    }
    Ok(Tally::from(&total))
}

/// A lane may count below zero, since a finding may be counted on one and off another; the total
/// of all cannot.
fn count(total: i64) -> u64 {
    u64::try_from(total).unwrap_or_default()
}

/// Corrects what it is called and who leads it. While it runs its last event is the freeze, by which scans find what is
/// expected, so nothing else may happen to it.
pub(crate) fn correct(desk: &Desk<'_>, body: &CorrectAudit) -> Outcome {
    let world = desk.world;
    let campaign = existing(world, body.campaign_id)?;
    if campaign.stage == CampaignStage::Running {
        return Err(wrong_stage(campaign, "correct-audit").into());
    }
    let plan = &campaign.plan;
    let changes = changes(&body.corrections, std::mem::discriminant, |correction, pointer| {
        Ok(match correction {
            AuditCorrection::Name(new) => AuditFact::Name(Corrected::of(&plan.name, new)),
            AuditCorrection::LeadId(new) => {
                world.check_active(*new, &format!("{pointer}/lead_id"))?;
                AuditFact::Lead(Corrected::of(&plan.lead_id, new))
            }
        })
    })?;
    Ok(one(campaign.id, AuditCampaignEvent::Corrected(AuditCorrected { changes })))
}

pub(crate) fn cancel(desk: &Desk<'_>, body: &CancelAudit) -> Outcome {
    let Desk { world, context, .. } = *desk;
    total(world, body.campaign_id)?;
    let campaign = existing(world, body.campaign_id)?;
    if !matches!(campaign.stage, CampaignStage::Planned | CampaignStage::Running) {
        return Err(wrong_stage(campaign, "cancel-audit").into());
    }
    if context.reason.is_none() {
        let detail = "cancel-audit asks for a reason";
        return Err(Rejection::invalid("/reason", "reason-required", detail).into());
    }
    let cancelled = AuditCampaignEvent::Cancelled(AuditCancelled {});
    Ok(one(body.campaign_id, cancelled))
}

fn existing(world: &World, id: AuditCampaignId) -> Result<&AuditCampaign, Stop> {
    let unknown = || Rejection::not_found("/campaign_id", format!("there is no audit {id}"));
    Ok(world.find(id)?.ok_or_else(unknown)?)
}

/// The campaign, if it runs.
pub(crate) fn running<'a>(
    world: &'a World,
    id: AuditCampaignId,
    command: &str,
) -> Result<&'a AuditCampaign, Stop> {
    let campaign = existing(world, id)?;
    if campaign.stage == CampaignStage::Running {
        return Ok(campaign);
    }
    Err(wrong_stage(campaign, command).into())
}

fn wrong_stage(campaign: &AuditCampaign, command: &str) -> Rejection {
    let allowed: &[&str] = match campaign.stage {
        CampaignStage::Planned => &["start-audit", "correct-audit", "cancel-audit"],
        CampaignStage::Running => &[
            "scan-asset",
            "resolve-finding",
            "waive-finding",
            "correct-finding",
            "close-audit",
            "cancel-audit",
        ],
        CampaignStage::Closed(_) | CampaignStage::Cancelled => &["correct-audit"],
    };
    let stage = campaign.stage.as_str();
    Rejection::rule("invalid-transition", format!("the audit is {stage}, which does not take {command}"))
        .fact("current_state", stage)
        .fact("allowed_commands", allowed)
}
