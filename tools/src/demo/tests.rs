//! The demo, decided by the rules of the domain: nothing in it is refused, and it is what it promises to be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use itam_domain::audit_campaign::CampaignStage;
use itam_domain::vocabulary::{AssetState, AuditVerdict, Standing};
use itam_domain::{Actor, Aggregate, AggregateKind};

use super::{DemoCommand, audits, commands};
use crate::test_register::TestRegister;

fn now() -> DateTime<Utc> {
    "2026-11-21T15:30:00Z".parse().expect("instant")
}

fn carried_out(seed: u64) -> TestRegister {
    let mut register = TestRegister::default();
    carry_out(&mut register, commands(seed, now()));
    let assets = register.assets();
    carry_out(&mut register, audits::commands(seed, now(), &assets).into_iter().flatten());
    register
}

fn carry_out(register: &mut TestRegister, commands: impl Iterator<Item = DemoCommand>) {
    for command in commands {
        let actor = Actor {
            id: command.actor.identity().actor,
            kind: command.actor.identity().actor_kind,
            role: command.actor.role.as_str().to_owned(),
        };
        let done = register.execute(
            command.name,
            &command.idempotency_key,
            command.data.as_object().expect("fields"),
            &actor,
            now(),
        );
        if let Err(rejection) = done {
            panic!("{rejection}\n{command:?}");
        }
    }
}

/// One story, told once for all tests that only look at it.
static STORY: LazyLock<TestRegister> = LazyLock::new(|| carried_out(1));

fn count(register: &TestRegister, kind: AggregateKind) -> usize {
    register.all(kind).count()
}

#[test]
fn the_law_accepts_every_command_whatever_the_seed() {
    for seed in [2, 3] {
        carried_out(seed);
    }
}

#[test]
fn the_organization_is_as_large_as_promised() {
    let register = &*STORY;
    assert_eq!(count(register, AggregateKind::Person), 300);
    assert_eq!(count(register, AggregateKind::Location), 12);
    assert_eq!(count(register, AggregateKind::Department), 20);
    assert_eq!(count(register, AggregateKind::AssetModel), 40);
    let assets = count(register, AggregateKind::Asset);
    assert!((1_900..=2_100).contains(&assets), "{assets}");
    let mut names = BTreeSet::new();
    for person in register.people.values() {
        assert!(names.insert(person["username"].to_string()), "{person:?}");
    }
}

#[test]
fn every_state_and_every_turn_of_a_life_occurs_in_three_currencies() {
    let register = &*STORY;
    let mut states: BTreeMap<AssetState, usize> = BTreeMap::new();
    let mut currencies = BTreeSet::new();
    let (mut holds, mut reservations) = (0, 0);
    for asset in register.all(AggregateKind::Asset) {
        let Aggregate::Asset(asset) = asset else { continue };
        *states.entry(asset.state()).or_default() += 1;
        currencies.extend(asset.facts.costs.map(|costs| costs.price.currency().code()));
        holds += asset.holds.len();
        reservations += usize::from(asset.reservation.is_some());
    }
    for state in AssetState::ALL {
        assert!(states.contains_key(state), "no asset is {state}: {states:?}");
    }
    assert!(states[&AssetState::Deployed] > 1_000, "{states:?}");
    assert_eq!(currencies, BTreeSet::from(["EUR", "GBP", "USD"]));
    assert!(holds > 0 && reservations > 0);
    let events: BTreeSet<&str> = register.events().collect();
    for kind in [AggregateKind::Asset, AggregateKind::Requisition, AggregateKind::Person] {
        for event in kind.event_types() {
            // Corrections, erasures and a few other turns are left to whoever tries the demo.
            let others = ["asset.reservation_released", "asset.hold_released", "person.erased"];
            let is_left = event.is_correction() || others.contains(&event.name);
            assert!(is_left || events.contains(event.name), "{} never happens", event.name);
        }
    }
}

#[test]
fn what_is_asked_for_ordered_and_owned_is_charged_to_projects_some_of_which_have_ended() {
    let register = &*STORY;
    let has_ended = |project: &&Aggregate| matches!(project, Aggregate::Project(project) if project.definition.standing == Standing::Inactive);
    let ended = register.all(AggregateKind::Project).filter(has_ended).count();
    assert_eq!((count(register, AggregateKind::Project), ended), (4, 2));
    let (mut asked, mut ordered) = (0, 0);
    for requisition in register.all(AggregateKind::Requisition) {
        let Aggregate::Requisition(requisition) = requisition else { continue };
        asked += requisition.lines.values().filter(|line| line.line.project_id.is_some()).count();
    }
    for order in register.all(AggregateKind::PurchaseOrder) {
        let Aggregate::PurchaseOrder(order) = order else { continue };
        ordered += order.lines.values().filter(|line| line.line.project_id.is_some()).count();
    }
    assert!(asked > ordered && ordered > 10, "{asked} and {ordered}");
    let charged = register.assets().values().filter(|asset| asset.facts.project_id.is_some()).count();
    assert!(charged > 300, "{charged}");
}

#[test]
fn one_audit_is_closed_with_something_of_everything_and_another_one_runs() {
    let register = &*STORY;
    let audits: Vec<_> = register.all(AggregateKind::AuditCampaign).collect();
    let stage = |aggregate: &&Aggregate| match aggregate {
        Aggregate::AuditCampaign(audit) => audit.stage,
        _ => panic!("no audit: {aggregate:?}"),
    };
    let stages: Vec<_> = audits.iter().map(stage).collect();
    let (&[CampaignStage::Closed(result), CampaignStage::Running]
    | &[CampaignStage::Running, CampaignStage::Closed(result)]) = stages.as_slice()
    else {
        panic!("{audits:?}");
    };
    assert!(result.found < result.expected && result.found * 10 > result.expected * 8, "{result:?}");
    assert!(result.found_elsewhere > 1 && result.missing > 1 && result.unexpected > 1, "{result:?}");
    for event in ["audit_finding.resolved", "audit_finding.waived"] {
        assert!(register.events().any(|name| name == event), "{event} never happens");
    }
    let mut open: BTreeMap<AuditVerdict, usize> = BTreeMap::new();
    for finding in register.all(AggregateKind::AuditFinding) {
        let Aggregate::AuditFinding(finding) = finding else { continue };
        *open.entry(finding.verdict).or_default() += usize::from(!finding.is_resolved());
    }
    assert!(open[&AuditVerdict::FoundElsewhere] > 1 && open[&AuditVerdict::Unexpected] > 1, "{open:?}");
}

#[test]
fn the_same_seed_tells_the_same_story_and_another_another() {
    let first: Vec<_> = commands(7, now()).collect();
    assert!(first.iter().eq(commands(7, now()).collect::<Vec<_>>().iter()));
    assert!(!first.iter().eq(commands(8, now()).collect::<Vec<_>>().iter()));
    let assets = STORY.assets();
    assert_eq!(audits::commands(7, now(), &assets), audits::commands(7, now(), &assets));
}

#[test]
fn the_story_runs_in_business_time_and_ends_before_the_present() {
    let mut last = String::new();
    let story = commands(7, now());
    assert_eq!(story.len(), commands(7, now()).count());
    for command in story {
        let at = command.data["effective_time"].as_str().expect("a time").to_owned();
        assert!(last <= at, "{last} comes before {at}");
        last = at;
    }
    assert!(last.as_str() < "2026-11-21T15:30:00.000Z", "{last}");
}
