//! Random commands of physical audits that mostly make sense.

use itam_domain::Aggregate;
use itam_domain::audit_campaign::{AuditCampaign, CampaignStage};
use itam_domain::audit_finding::AuditFinding;
use itam_domain::testing::MemoryStore;
use serde_json::{Value, json};

use crate::asset_commands::{Choices, SERIALS, TAGS};
use crate::fixtures::{BERLIN, BOB, LAPTOP_MODEL, STORE};
use crate::random_commands::{all, as_asset};
use crate::scene::id;

fn as_campaign(aggregate: &Aggregate) -> Option<&AuditCampaign> {
    if let Aggregate::AuditCampaign(campaign) = aggregate { Some(campaign) } else { None }
}

fn as_finding(aggregate: &Aggregate) -> Option<&AuditFinding> {
    if let Aggregate::AuditFinding(finding) = aggregate { Some(finding) } else { None }
}

/// The next command of a physical audit.
pub(crate) fn audit(store: &MemoryStore, which: u16, choices: Choices) -> (&'static str, Value) {
    let campaigns = all(store, as_campaign);
    let is_open = |stage| matches!(stage, CampaignStage::Planned | CampaignStage::Running);
    let open: Vec<_> = campaigns.iter().filter(|campaign| is_open(campaign.stage)).collect();
    let Some(campaign) = open.get(usize::from(which) % open.len().max(1)) else {
        return ("plan-audit", json!({"name": "Count", "scope": scope(choices)}));
    };
    let about = json!({"campaign_id": campaign.id});
    if campaign.stage == CampaignStage::Planned {
        let name =
            choices.of(2, &["start-audit", "start-audit", "start-audit", "correct-audit", "cancel-audit"]);
        return (name, if name == "correct-audit" { correction(campaign, choices) } else { about });
    }
    match which % 16 {
        0 => ("plan-audit", json!({"name": "Another", "scope": scope(choices)})),
        1 => ("cancel-audit", about),
        2..=5 => {
            let body = json!({"campaign_id": campaign.id, "expected": expected(store, campaign)});
            ("close-audit", body)
        }
        6..=8 => ("resolve-finding", settlement(store, campaign, choices, true)),
        9 | 10 => ("waive-finding", settlement(store, campaign, choices, false)),
        11 => ("correct-finding", finding_correction(store, campaign, choices)),
        _ => ("scan-asset", scan(store, campaign, choices)),
    }
}

fn correction(campaign: &AuditCampaign, choices: Choices) -> Value {
    let corrections = choices.of(3, &[json!({"name": "Recount"}), json!({"lead_id": id(BOB)})]);
    json!({"campaign_id": campaign.id, "corrections": [corrections]})
}

fn scope(choices: Choices) -> Value {
    choices.of(
        0,
        &[
            json!({}),
            json!({"location_ids": [id(STORE)]}),
            json!({"model_ids": [id(LAPTOP_MODEL)]}),
            json!({"states": ["deployed", "missing"]}),
            json!({"custodians": [{"person": id(BOB)}]}),
            json!({"states": ["disposed"], "ownerships": ["leased"]}),
        ],
    )
}

/// How many assets an audit expects.
fn expected(store: &MemoryStore, campaign: &AuditCampaign) -> usize {
    let frozen = |asset: &&itam_domain::asset::Asset| {
        let (asset_id, campaign_id) = (asset.id, campaign.id);
        let frozen = itam_domain::asset::AssetAt { asset_id, before: campaign_id.into(), as_of: None };
        store.asset_at(frozen).is_some_and(|asset| campaign.scope().admits(&asset))
    };
    all(store, as_asset).into_iter().filter(frozen).count()
}

/// Something to read off a thing: of the register, or not.
fn name(store: &MemoryStore, choices: Choices) -> Value {
    let assets = all(store, as_asset);
    if assets.is_empty() {
        return json!("NOTHING");
    }
    let asset = choices.of(0, &assets).id;
    let serial = json!({"serial": choices.of(2, &SERIALS), "manufacturer": "Lenovo"});
    choices.of(3, &[json!(asset), json!(asset), json!(choices.of(1, &TAGS)), serial, json!("NOTHING")])
}

fn scan(store: &MemoryStore, campaign: &AuditCampaign, choices: Choices) -> Value {
    let location = choices.of(1, &[json!(id(STORE)), json!(id(BERLIN)), json!(null)]);
    let condition = choices.of(2, &[json!(null), json!("good"), json!("broken")]);
    json!({"campaign_id": campaign.id, "asset": name(store, choices), "location_id": location,
           "condition": condition})
}

/// A finding of an audit, mostly one that there is.
fn finding(store: &MemoryStore, campaign: &AuditCampaign, choices: Choices) -> Value {
    let of_campaign = |finding: &&AuditFinding| finding.campaign_id == campaign.id;
    let findings: Vec<_> = all(store, as_finding).into_iter().filter(of_campaign).collect();
    let by_name = json!({"asset": name(store, choices)});
    match findings.get(usize::from(choices.0[1]) % findings.len().max(1)) {
        Some(finding) => choices.of(0, &[json!({"id": finding.id}), by_name]),
        None => by_name,
    }
}

fn finding_correction(store: &MemoryStore, campaign: &AuditCampaign, choices: Choices) -> Value {
    let places = [json!(id(STORE)), json!(id(BERLIN)), json!(null)];
    let corrections = [json!({"location_id": choices.of(3, &places)}), json!({"condition": "broken"})];
    let finding = finding(store, campaign, choices);
    json!({"campaign_id": campaign.id, "finding": finding, "corrections": [choices.of(2, &corrections)]})
}

fn settlement(store: &MemoryStore, campaign: &AuditCampaign, choices: Choices, is_resolved: bool) -> Value {
    let finding = finding(store, campaign, choices);
    if !is_resolved {
        return json!({"campaign_id": campaign.id, "finding": finding});
    }
    let resolution = choices.of(2, &["explained", "relocated", "reported_missing", "registered"]);
    json!({"campaign_id": campaign.id, "finding": finding, "resolution": resolution})
}
