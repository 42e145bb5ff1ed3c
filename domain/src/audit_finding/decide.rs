//! The rules of audit findings.

use super::command::{FindingChoice, ResolveFinding, ScanAsset, WaiveFinding};
use super::event::{AuditFindingEvent, FindingResolved, FindingScanned, FindingWaived};
use super::name::{FindingSubject, ScanName};
use super::state::AuditFinding;
use super::tally::FINDINGS;
use crate::aggregate::{AggregateKind, AggregateRef, Event};
use crate::asset::{Asset, AssetAt, AssetEvent, AssetName, AssetVerified, allowed_commands};
use crate::audit_campaign::AuditCampaign;
use crate::audit_campaign::decide::running;
use crate::context::Context;
use crate::desk::Desk;
use crate::envelope::{as_stored, format_instant};
use crate::ids::{AssetId, AuditCampaignId, AuditFindingId};
use crate::outcome::Outcome;
use crate::rejection::Rejection;
use crate::vocabulary::{AssetState, AuditVerdict, FindingResolution};
use crate::world::{Stop, World};

pub(crate) fn scan(desk: &Desk<'_>, body: &ScanAsset) -> Outcome {
    let Desk { world, context, .. } = *desk;
    let campaign = counted(world, body.campaign_id, context, "scan-asset")?;
    check_after_start(world, campaign, context)?;
    world.check_active(body.location_id, "/location_id")?;
    if let Some(person) = body.scanned_by {
        world.known(person, "/scanned_by")?;
    }
    let subject = subject(world, &body.asset)?;
    let asset = match &subject {
        FindingSubject::Asset(id) => Some(scanned_asset(world, *id, &body.asset)?),
        FindingSubject::Tag(_) | FindingSubject::Serial(_) => None,
    };
    let expected = asset.map(|asset| expected(world, campaign, asset.id)).transpose()?.flatten();
    let expected_location_id = expected.and_then(|expected| expected.facts.location_id);
    let verdict = AuditVerdict::of_seen(expected.is_some(), expected_location_id, body.location_id);
    let scanned = FindingScanned {
        campaign_id: campaign.id,
        subject: subject.clone(),
        verdict,
        expected_location_id,
        location_id: body.location_id,
        condition: body.condition,
        scanned_by: body.scanned_by,
    };
    let finding = finding_ref(AuditFindingId::of(campaign.id, &subject));
    let mut events = vec![(finding, Event::from(AuditFindingEvent::Scanned(scanned)))];
    if let Some(asset) = asset {
        events.extend(verification(world, asset, body, context)?);
    }
    Ok(events)
}

pub(super) fn finding_ref(id: AuditFindingId) -> AggregateRef {
    AggregateRef::new(AggregateKind::AuditFinding, id.0)
}

/// The campaign, if it runs. The lane is asked for first: were the campaign seen first, it could be
/// closed before the lane is seen, and nothing would notice.
pub(super) fn counted<'a>(
    world: &'a World,
    id: AuditCampaignId,
    context: &Context<'_>,
    command: &str,
) -> Result<&'a AuditCampaign, Stop> {
    world.counter(FINDINGS.lane(id, context.command_id))?;
    running(world, id, command)
}

/// What was seen before the expected assets were frozen says nothing about them.
pub(super) fn check_after_start(
    world: &World,
    campaign: &AuditCampaign,
    context: &Context<'_>,
) -> Result<(), Stop> {
    let campaign_ref = AggregateRef::new(AggregateKind::AuditCampaign, campaign.id.0);
    let Some(start) = world.seen(campaign_ref)?.last_effective_at else { return Ok(()) };
    let seen_at = as_stored(context.effective_at());
    if seen_at >= start {
        return Ok(());
    }
    let detail = format!("{seen_at} lies before the start of the audit, at {start}");
    let rejection = Rejection::invalid("/effective_time", "effective-time-before-start", detail);
    Err(rejection.fact("started_at", format_instant(start)).into())
}

/// What a finding about this is about now.
fn subject(world: &World, scan: &ScanName) -> Result<FindingSubject, Stop> {
    if let (ScanName::Serial(label), None) = (scan, scan.label()) {
        let detail = format!(
            "{} stands where a serial number should: it says which thing it is of no one",
            label.serial
        );
        return Err(Rejection::invalid("/asset/serial", "serial-placeholder", detail).into());
    }
    let holder = scan.label().map(|label| world.bearer(&label)).transpose()?.flatten();
    Ok(scan.subject(holder))
}

fn scanned_asset<'a>(world: &'a World, id: AssetId, name: &ScanName) -> Result<&'a Asset, Stop> {
    match name {
        ScanName::Asset(name @ AssetName::Id(_)) => world.asset(name, "/asset"),
        ScanName::Asset(AssetName::Tag(_)) | ScanName::Serial(_) => world.known(id, "/asset"),
    }
}

/// The asset as the freeze found it, if the audit expects it. The audit runs, so its last event is the freeze.
fn expected<'a>(
    world: &'a World,
    campaign: &AuditCampaign,
    asset_id: AssetId,
) -> Result<Option<&'a Asset>, Stop> {
    let frozen = AssetAt { asset_id, before: campaign.id.into(), as_of: campaign.as_of() };
    Ok(world.asset_at(frozen)?.filter(|asset| campaign.scope().admits(asset)))
}

/// That the asset was seen, for its own history: unless its state takes no verification, or more has
/// happened to it since it was seen, because a history does not run backward.
fn verification(
    world: &World,
    asset: &Asset,
    body: &ScanAsset,
    context: &Context<'_>,
) -> Result<Option<(AggregateRef, Event)>, Stop> {
    let asset_ref = AggregateRef::new(AggregateKind::Asset, asset.id.0);
    let last = world.seen(asset_ref)?.last_effective_at;
    let is_outdated = last.is_some_and(|last| context.effective_at() < last);
    if is_outdated || !allowed_commands(asset.state()).contains(&"verify-asset") {
        return Ok(None);
    }
    let verified = AssetVerified {
        location_id: body.location_id,
        condition: body.condition,
        campaign_id: Some(body.campaign_id),
    };
    Ok(Some((asset_ref, AssetEvent::Verified(verified).into())))
}

pub(crate) fn resolve(desk: &Desk<'_>, body: &ResolveFinding) -> Outcome {
    let Desk { world, context, .. } = *desk;
    let campaign = counted(world, body.campaign_id, context, "resolve-finding")?;
    let finding = open(world, campaign, &body.finding)?;
    if let (FindingResolution::ReportedMissing, FindingSubject::Asset(id)) =
        (body.resolution, &finding.subject)
    {
        check_gone(world.known(*id, "/finding")?)?;
    }
    let resolved = FindingResolved {
        campaign_id: campaign.id,
        subject: finding.subject,
        verdict: finding.verdict,
        resolution: body.resolution,
    };
    Ok(vec![(finding_ref(finding.id), AuditFindingEvent::Resolved(resolved).into())])
}

/// The register has to say so, too, before a finding says that the asset was reported missing.
fn check_gone(asset: &Asset) -> Result<(), Stop> {
    let state = asset.state();
    if matches!(state, AssetState::Missing | AssetState::Disposed) {
        return Ok(());
    }
    let detail = format!("the asset is {state} in the register: report-missing says there that it is gone");
    Err(Rejection::rule("not-reported-missing", detail).fact("current_state", state.as_str()).into())
}

pub(crate) fn waive(desk: &Desk<'_>, body: &WaiveFinding) -> Outcome {
    let Desk { world, context, .. } = *desk;
    let campaign = counted(world, body.campaign_id, context, "waive-finding")?;
    let finding = open(world, campaign, &body.finding)?;
    if context.reason.is_none() {
        let detail = "waive-finding asks for a reason";
        return Err(Rejection::invalid("/reason", "reason-required", detail).into());
    }
    let waived =
        FindingWaived { campaign_id: campaign.id, subject: finding.subject, verdict: finding.verdict };
    Ok(vec![(finding_ref(finding.id), AuditFindingEvent::Waived(waived).into())])
}

/// The finding that is named, if something is left to do about it.
fn open(world: &World, campaign: &AuditCampaign, choice: &FindingChoice) -> Result<AuditFinding, Stop> {
    let finding = chosen(world, campaign, choice)?;
    if !finding.is_resolved() {
        return Ok(finding);
    }
    let verdict = finding.verdict.as_str();
    let detail = format!("the finding is {verdict} and settled: nothing is left to do about it");
    Err(Rejection::rule("finding-settled", detail).fact("verdict", verdict).into())
}

/// The finding that is named.
pub(super) fn chosen(
    world: &World,
    campaign: &AuditCampaign,
    choice: &FindingChoice,
) -> Result<AuditFinding, Stop> {
    match choice {
        FindingChoice::Id(id) => {
            let unknown = || {
                Rejection::not_found(
                    "/finding/id",
                    format!("the audit has no finding {id}: what nobody scanned is named by its asset"),
                )
            };
            let found = world.find(*id)?.filter(|finding| finding.campaign_id == campaign.id);
            Ok(found.cloned().ok_or_else(unknown)?)
        }
        FindingChoice::Asset(scan) => named(world, campaign, scan),
    }
}

/// The finding about a thing. An expected asset that nobody scanned is missing.
fn named(world: &World, campaign: &AuditCampaign, scan: &ScanName) -> Result<AuditFinding, Stop> {
    let subject = subject(world, scan)?;
    let id = AuditFindingId::of(campaign.id, &subject);
    if let Some(finding) = world.find(id)? {
        return Ok(finding.clone());
    }
    if let FindingSubject::Asset(asset) = &subject
        && expected(world, campaign, *asset)?.is_some()
    {
        let verdict = AuditVerdict::Missing;
        let (scan, is_settled) = (None, false);
        return Ok(AuditFinding { id, campaign_id: campaign.id, subject, verdict, scan, is_settled });
    }
    let detail = format!("the audit neither expects nor found {scan}");
    Err(Rejection::not_found("/finding/asset", detail).into())
}
