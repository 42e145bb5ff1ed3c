//! What holds after any commands whatever: the laws of the design, read from the history anew.

use std::collections::{BTreeMap, BTreeSet};

use itam_domain::asset::{Asset, AssetEvent, Custodian};
use itam_domain::purchase_order::OrderStage;
use itam_domain::requisition::{RequisitionEvent, RequisitionStage};
use itam_domain::testing::MemoryStore;
use itam_domain::vocabulary::{AssetState, HoldKind, SanitizationMethod};
use itam_domain::{Aggregate, AggregateKind, AggregateRef, Envelope, Event, Target, UniqueKey, evolve};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::random_commands::{Life, all, as_asset, as_purchase_order, as_requisition, live, resolve, steps};

/// The longest life.
const LONGEST: usize = 120;

fn few() -> ProptestConfig {
    ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() }
}

/// The history of each asset, with the asset before each event.
fn assets_of(store: &MemoryStore) -> BTreeMap<AggregateRef, Vec<(Option<Asset>, &AssetEvent)>> {
    let mut histories: BTreeMap<AggregateRef, Vec<(Option<Asset>, &AssetEvent)>> = BTreeMap::new();
    let mut states: BTreeMap<AggregateRef, Aggregate> = BTreeMap::new();
    for envelope in &store.history {
        let before = states.get(&envelope.aggregate).cloned();
        if let Event::Asset(event) = &envelope.event {
            let asset = before.as_ref().and_then(as_asset).cloned();
            histories.entry(envelope.aggregate).or_default().push((asset, event));
        }
        let after = evolve(envelope.aggregate.id, before, &envelope.event, &envelope.actor);
        states.insert(envelope.aggregate, after.expect("a history starts with its first event"));
    }
    histories
}

/// Whom the events alone give the asset to.
fn custodian_by_events<'a>(events: impl Iterator<Item = &'a AssetEvent>) -> Option<Custodian> {
    let mut custodian = None;
    for event in events {
        if let AssetEvent::Deployed(data) = event {
            assert_eq!(custodian, None, "deployed while another has it");
            custodian = Some(data.custodian);
        } else if let AssetEvent::Reassigned(data) = event {
            assert_eq!(custodian, Some(data.from));
            custodian = Some(data.to);
        } else if let AssetEvent::Returned(data) = event {
            assert_eq!(custodian.take(), Some(data.from));
        } else if let AssetEvent::MaintenanceStarted(data) = event {
            assert_eq!(custodian.take(), data.from);
        } else if let AssetEvent::ReportedMissing(data) = event {
            assert_eq!(custodian.take(), data.from);
        }
    }
    custodian
}

/// The holds and the best sanitization since the last use, by the events alone.
fn holds_and_sanitization(
    events: &[(Option<Asset>, &AssetEvent)],
) -> (BTreeSet<HoldKind>, Option<SanitizationMethod>) {
    let (mut holds, mut best) = (BTreeSet::new(), None);
    for (_, event) in events {
        if let AssetEvent::HoldPlaced(data) = event {
            holds.insert(data.hold);
        } else if let AssetEvent::HoldReleased(data) = event {
            holds.remove(&data.hold);
        } else if let AssetEvent::Sanitized(data) = event {
            best = best.max(Some(data.method));
        } else if matches!(event, AssetEvent::Deployed(_) | AssetEvent::Reassigned(_)) {
            best = None;
        }
    }
    (holds, best)
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn an_asset_is_deployed_exactly_while_it_has_a_custodian(steps in steps(LONGEST)) {
        let life = live(&steps);
        let histories = assets_of(&life.store);
        for asset in all(&life.store, as_asset) {
            let aggregate = AggregateRef::new(AggregateKind::Asset, asset.id.0);
            let custodian = custodian_by_events(histories[&aggregate].iter().map(|(_, event)| *event));
            prop_assert_eq!(asset.custodian(), custodian);
            prop_assert_eq!(asset.state() == AssetState::Deployed, custodian.is_some());
        }
    }

    #[test]
    fn nothing_is_deployed_that_was_not_received_or_registered(steps in steps(LONGEST)) {
        let life = live(&steps);
        for events in assets_of(&life.store).values() {
            let arrived = events.iter().position(|(_, event)| {
                matches!(event, AssetEvent::Received(_) | AssetEvent::Registered(_) | AssetEvent::Delivered(_))
            });
            let deployed = events.iter().position(|(_, event)| matches!(event, AssetEvent::Deployed(_)));
            if let Some(deployed) = deployed {
                prop_assert!(arrived.is_some_and(|arrived| arrived < deployed));
            }
        }
    }

    #[test]
    fn what_bears_data_leaves_sanitized_and_nothing_leaves_under_legal_hold(steps in steps(LONGEST)) {
        let life = live(&steps);
        for events in assets_of(&life.store).values() {
            for (index, (before, event)) in events.iter().enumerate() {
                let leaves = matches!(
                    event,
                    AssetEvent::Disposed(_) | AssetEvent::WrittenOff(_) | AssetEvent::Voided(_) | AssetEvent::Cancelled(_)
                );
                if !leaves {
                    continue;
                }
                let asset = before.as_ref().expect("an asset that is there");
                let (holds, best) = holds_and_sanitization(&events[..index]);
                prop_assert!(!holds.contains(&HoldKind::Legal));
                if matches!(event, AssetEvent::Disposed(_)) && asset.facts.data_bearing {
                    let required = life.store.policies.sanitization.required(asset.facts.data_classification);
                    prop_assert!(best.is_some_and(|best| best >= required), "{:?} for {}", best, required);
                }
            }
        }
    }

    #[test]
    fn a_tag_and_a_serial_within_its_maker_have_one_live_holder(steps in steps(LONGEST)) {
        let life = live(&steps);
        let (mut tags, mut serials) = (BTreeSet::new(), BTreeSet::new());
        for asset in all(&life.store, as_asset).into_iter().filter(|asset| !asset.is_ended()) {
            if let Some(tag) = &asset.facts.tag {
                prop_assert!(tags.insert(tag.normalized()), "two hold {}", tag);
            }
            if let Some(serial) = asset.facts.serial.as_ref().and_then(itam_domain::Serial::normalized) {
                let maker = asset.facts.manufacturer.as_ref().map(|maker| itam_domain::normalize(maker.as_str()));
                prop_assert!(serials.insert((maker, serial.clone())), "two hold {}", serial);
            }
        }
        let mut held: BTreeMap<UniqueKey, uuid::Uuid> = BTreeMap::new();
        for (aggregate, loaded) in &life.store.aggregates {
            for key in loaded.state.as_deref().map(Aggregate::keys).unwrap_or_default() {
                prop_assert_eq!(held.insert(key, aggregate.id), None);
            }
        }
        prop_assert_eq!(held, life.store.keys);
    }

    #[test]
    fn approver_and_requester_are_two_and_totals_keep_to_their_currency(steps in steps(LONGEST)) {
        let life = live(&steps);
        let mut requesters = BTreeMap::new();
        for envelope in &life.store.history {
            let Event::Requisition(event) = &envelope.event else { continue };
            if let RequisitionEvent::Submitted(data) = event {
                requesters.insert(envelope.aggregate, (&envelope.actor, &data.lines));
            }
            if let RequisitionEvent::Approved(data) = event {
                let (requester, lines) = requesters[&envelope.aggregate];
                prop_assert_ne!(requester, &envelope.actor);
                let mut sums: BTreeMap<_, i64> = BTreeMap::new();
                for line in lines {
                    let price = line.estimated_unit_price;
                    *sums.entry(price.currency()).or_default() += price.minor() * i64::from(line.quantity);
                }
                let totals = data.totals.iter().map(|total| (total.currency(), total.minor())).collect();
                prop_assert_eq!(sums, totals);
            }
        }
        for asset in all(&life.store, as_asset) {
            prop_assert!(asset.facts.costs.is_none_or(|costs| costs.total().is_ok()));
        }
    }

    #[test]
    fn no_more_is_received_than_ordered_and_no_more_ordered_than_approved(steps in steps(LONGEST)) {
        let life = live(&steps);
        let (assets, orders) = (all(&life.store, as_asset), all(&life.store, as_purchase_order));
        for order in &orders {
            for (number, progress) in &order.lines {
                let pieces = assets.iter().filter(|asset| {
                    let of_line = |line: itam_domain::asset::OrderLine| (line.purchase_order_id, line.line) == (order.id, *number);
                    asset.order_line().is_some_and(of_line) && asset.state() != AssetState::Cancelled
                });
                prop_assert_eq!(pieces.count(), progress.received as usize);
                prop_assert!(progress.received <= progress.line.quantity);
            }
        }
        for requisition in all(&life.store, as_requisition) {
            for (number, asked) in &requisition.lines {
                let mut ordered = 0;
                for order in &orders {
                    for progress in order.lines.values() {
                        let line = progress.line.requisition_line;
                        if line.is_some_and(|line| (line.requisition_id, line.line) == (requisition.id, *number)) {
                            ordered += match order.stage {
                                OrderStage::Issued => progress.line.quantity,
                                OrderStage::Closed => progress.received,
                                OrderStage::Cancelled => 0,
                            };
                        }
                    }
                }
                prop_assert!(ordered <= asked.total_ordered());
                prop_assert!(asked.total_ordered() <= asked.line.quantity);
                prop_assert!(ordered == 0 || requisition.stage == RequisitionStage::Approved);
            }
        }
    }

    #[test]
    fn replaying_any_prefix_gives_the_state_that_was_shown_then(steps in steps(LONGEST)) {
        let life = live(&steps);
        let stored: Vec<Vec<u8>> = life.store.history.iter().map(Envelope::encode).collect();
        let mut replayed = MemoryStore::default();
        let mut position = 0;
        for sent in &life.sent {
            let events = sent.decided.as_ref().map_or(0, |decision| decision.events.len());
            for bytes in &stored[position..sent.history - events] {
                replayed.append(Envelope::decode(bytes).expect("what was written is read"));
            }
            position = sent.history - events;
            prop_assert_eq!(&replayed.aggregates, &sent.before);
        }
    }

    #[test]
    fn every_event_is_stored_and_read_byte_for_byte(steps in steps(LONGEST)) {
        for envelope in live(&steps).store.history {
            let bytes = envelope.encode();
            prop_assert_eq!(Envelope::decode(&bytes).expect("what was written is read").encode(), bytes);
        }
    }

    #[test]
    fn the_same_lives_lead_to_the_same_histories(steps in steps(LONGEST)) {
        let (one, other) = (live(&steps), live(&steps));
        for (sent, again) in one.sent.iter().zip(&other.sent) {
            prop_assert_eq!(&sent.decided, &again.decided);
        }
        prop_assert_eq!(one.store.history, other.store.history);
    }

    #[test]
    fn a_decision_touches_each_aggregate_once_and_its_target_first(steps in steps(LONGEST)) {
        let life = live(&steps);
        let mut keys = MemoryStore::default();
        for sent in &life.sent {
            let Ok(decision) = &sent.decided else { continue };
            let touched: BTreeSet<AggregateRef> = decision.events.iter().map(|(aggregate, _)| *aggregate).collect();
            prop_assert_eq!(touched.len(), decision.events.len());
            let first = decision.events[0].0;
            match sent.command.target(sent.circumstances.command_id) {
                Target::Aggregate(target) => prop_assert_eq!(target, first),
                Target::Asset(name) => prop_assert_eq!(resolve(&keys, &name), Some(first.id)),
                Target::Finding(name) => {
                    let holder = name.scan.label().and_then(|label| keys.bearer(&label));
                    prop_assert_eq!(name.aggregate(holder), first);
                }
            }
            keys.commit(decision, &sent.circumstances);
        }
    }

    #[test]
    fn history_runs_forward_on_every_aggregate_but_for_corrections(steps in steps(LONGEST)) {
        let mut last = BTreeMap::new();
        for envelope in live(&steps).store.history {
            prop_assert!(envelope.effective_at <= envelope.recorded_at);
            let is_correction = envelope.event.event_type().is_correction();
            let before = last.entry(envelope.aggregate).or_insert(envelope.effective_at);
            let runs_forward = envelope.effective_at.timestamp_millis() >= before.timestamp_millis();
            prop_assert!(is_correction || runs_forward);
            *before = envelope.effective_at.max(*before);
        }
    }

    #[test]
    fn no_custody_and_no_tree_closes_a_circle(steps in steps(LONGEST)) {
        let store = live(&steps).store;
        for asset in all(&store, as_asset) {
            let (mut above, mut seen) = (asset, BTreeSet::new());
            while let Some(Custodian::Asset(id)) = above.custodian() {
                prop_assert!(seen.insert(id));
                let state = store.aggregates[&AggregateRef::new(AggregateKind::Asset, id.0)].state.as_deref();
                above = state.and_then(as_asset).expect("a custodian exists");
            }
        }
        for (first, loaded) in &store.aggregates {
            let (mut above, mut seen) = (loaded.state.as_deref(), BTreeSet::from([first.id]));
            while let Some(Aggregate::Location(location)) = above {
                let Some(parent) = location.definition.parent_id else { break };
                prop_assert!(seen.insert(parent.0));
                above = store.aggregates[&AggregateRef::new(AggregateKind::Location, parent.0)].state.as_deref();
            }
        }
    }
}

/// The laws above say little if the lives are dull, so they must reach every command and event.
#[test]
fn random_lives_accept_every_command_and_make_every_event_happen() {
    let mut runner = TestRunner::deterministic();
    let (mut accepted, mut happened) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..100 {
        let steps = steps(2 * LONGEST).new_tree(&mut runner).expect("steps").current();
        let Life { store, sent } = live(&steps);
        accepted.extend(sent.iter().filter(|sent| sent.decided.is_ok()).map(|sent| sent.command.name()));
        happened.extend(store.history.iter().map(|envelope| envelope.event.event_type()));
    }
    let commands: BTreeSet<&str> = itam_domain::Command::NAMES.iter().copied().collect();
    assert_eq!(commands.difference(&accepted).collect::<Vec<_>>(), Vec::<&&str>::new());
    let types: BTreeSet<_> = AggregateKind::ALL.iter().flat_map(|kind| kind.event_types()).copied().collect();
    assert_eq!(
        types.difference(&happened).collect::<Vec<_>>(),
        Vec::<&itam_domain::events::EventType>::new()
    );
}
