//! What holds of physical audits after any commands whatever, counted from the history anew.

use std::collections::{BTreeMap, BTreeSet};

use itam_domain::asset::Asset;
use itam_domain::audit_campaign::{AuditCampaign, AuditCampaignEvent, CampaignStage};
use itam_domain::audit_finding::{AuditFindingEvent, FINDINGS, FindingFact, FindingSubject, Tally};
use itam_domain::testing::MemoryStore;
use itam_domain::vocabulary::AuditVerdict;
use itam_domain::{Aggregate, AssetId, AuditCampaignId, Counts, Event, evolve};
use proptest::prelude::*;

use crate::random_commands::{all, live, steps};

/// Everything that one audit found, told from the history without the domain's counting.
#[derive(Default)]
struct Telling {
    expected: BTreeMap<AssetId, Asset>,
    findings: BTreeMap<String, (AuditVerdict, bool)>,
    is_over: bool,
}

fn tell(store: &MemoryStore, campaign: &AuditCampaign) -> Telling {
    let mut telling = Telling::default();
    let mut assets: BTreeMap<AssetId, Asset> = BTreeMap::new();
    for envelope in &store.history {
        match &envelope.event {
            Event::Asset(event) => {
                let id = AssetId(envelope.aggregate.id);
                let before = assets.remove(&id).map(|asset| Aggregate::Asset(Box::new(asset)));
                let after = evolve(id.0, before, &Event::Asset(event.clone()), &envelope.actor);
                if let Some(Aggregate::Asset(asset)) = after {
                    assets.insert(id, *asset);
                }
            }
            Event::AuditCampaign(event) if envelope.aggregate.id == campaign.id.0 => match event {
                AuditCampaignEvent::Planned(_) | AuditCampaignEvent::Corrected(_) => {}
                AuditCampaignEvent::Started(data) => {
                    let expected = assets.iter().filter(|(_, asset)| data.scope.admits(asset));
                    telling.expected = expected.map(|(id, asset)| (*id, asset.clone())).collect();
                }
                AuditCampaignEvent::Closed(_) | AuditCampaignEvent::Cancelled(_) => telling.is_over = true,
            },
            Event::AuditFinding(event) => telling.take(campaign.id, event),
            _ => {}
        }
    }
    telling
}

impl Telling {
    fn take(&mut self, campaign: AuditCampaignId, event: &AuditFindingEvent) {
        let (of, subject, verdict) = event.finding();
        if of != campaign {
            return;
        }
        assert!(!self.is_over, "something was found after the end");
        let expected = if let FindingSubject::Asset(id) = subject { self.expected.get(id) } else { None };
        assert_eq!(expected.is_none(), verdict == AuditVerdict::Unexpected);
        let seen = match event {
            AuditFindingEvent::Scanned(data) => Some(data.location_id),
            AuditFindingEvent::Corrected(data) => data.changes.iter().find_map(|fact| match fact {
                FindingFact::Location(fact) => Some(fact.new),
                FindingFact::Condition(_) | FindingFact::ScannedBy(_) => None,
            }),
            AuditFindingEvent::Resolved(_) | AuditFindingEvent::Waived(_) => None,
        };
        if let Some(seen) = seen {
            let at_home = expected.and_then(|asset| asset.facts.location_id).zip(seen);
            let is_elsewhere = at_home.is_some_and(|(home, seen)| home != seen);
            assert_eq!(is_elsewhere, verdict == AuditVerdict::FoundElsewhere);
        }
        let name = format!("{subject:?}").to_lowercase();
        let is_settled = match event {
            AuditFindingEvent::Scanned(_) => false,
            AuditFindingEvent::Resolved(_) | AuditFindingEvent::Waived(_) => true,
            AuditFindingEvent::Corrected(_) => self.findings[&name].1,
        };
        self.findings.insert(name, (verdict, is_settled));
    }

    fn tally(&self) -> Tally {
        let count = |wanted| self.findings.values().filter(|(verdict, _)| *verdict == wanted).count();
        let is_open =
            |(verdict, is_settled): &&(AuditVerdict, bool)| !*is_settled && *verdict != AuditVerdict::Found;
        let number = |count: usize| i64::try_from(count).expect("few findings");
        Tally {
            found: number(count(AuditVerdict::Found)),
            found_elsewhere: number(count(AuditVerdict::FoundElsewhere)),
            missing: number(count(AuditVerdict::Missing)),
            unexpected: number(count(AuditVerdict::Unexpected)),
            unsettled: number(self.findings.values().filter(is_open).count()),
        }
    }
}

fn campaigns(store: &MemoryStore) -> Vec<&AuditCampaign> {
    all(
        store,
        |aggregate| {
            if let Aggregate::AuditCampaign(campaign) = aggregate { Some(campaign) } else { None }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lanes_count_what_the_history_tells_and_nothing_follows_the_end(steps in steps(240)) {
        let store = live(&steps).store;
        for campaign in campaigns(&store) {
            let telling = tell(&store, campaign);
            let lanes = FINDINGS.all(campaign.id).filter_map(|lane| store.counters.get(&lane));
            let total = lanes.fold(Counts::default(), Counts::plus);
            prop_assert_eq!(Tally::from(&total), telling.tally());
        }
    }

    #[test]
    fn every_expected_asset_has_one_verdict_and_a_closed_audit_none_left(steps in steps(240)) {
        let store = live(&steps).store;
        for campaign in campaigns(&store) {
            let telling = tell(&store, campaign);
            let CampaignStage::Closed(closed) = campaign.stage else { continue };
            let verdict_of = |id: &AssetId| {
                let subject = format!("{:?}", FindingSubject::Asset(*id)).to_lowercase();
                telling.findings.get(&subject).copied()
            };
            let verdicts: Vec<_> = telling.expected.keys().filter_map(verdict_of).collect();
            let labels: BTreeSet<&String> = telling.findings.keys().collect();
            prop_assert_eq!(labels.len(), telling.findings.len());
            prop_assert!(telling.findings.values().all(|(verdict, is_settled)| *is_settled || *verdict == AuditVerdict::Found));
            // Whoever closes states how many were expected; here it is always the truth.
            prop_assert_eq!(closed.expected, telling.expected.len() as u64);
            prop_assert_eq!(verdicts.len(), telling.expected.len());
            prop_assert_eq!(closed.found + closed.found_elsewhere + closed.missing, closed.expected);
            prop_assert!(closed.found <= closed.expected, "accuracy is between 0 and 1");
        }
    }
}
