//! The judge itself: an honest run is acquitted, and every doctored one is found out.

use std::time::Duration;

use itam_tests::checker::check;
use itam_tests::evidence::{Evidence, LoggedEvent};
use itam_tests::history::{Entries, Operation, Outcome, Reading, Transport};
use itam_tests::verdict::Defect;
use serde_json::{Value, json};

const ASSET: &str = "019a0000-0000-7000-8000-000000000001";
const DEPLOY: &str = "019a0000-0000-7000-8000-000000000002";
const ISSUE: &str = "019a0000-0000-7000-8000-000000000003";
const RECEIVE: &str = "019a0000-0000-7000-8000-000000000004";
const UNKNOWN: &str = "019a0000-0000-7000-8000-000000000005";
const PIECES: [&str; 2] = ["019a0000-0000-7000-8000-00000000000a", "019a0000-0000-7000-8000-00000000000b"];

/// A run: an asset is registered and deployed, an order is issued and received, and a deployment
/// was left without an answer.
struct Run {
    entries: Entries,
    evidence: Evidence,
}

impl Run {
    fn honest() -> Self {
        let custodian = json!({"person": "ada"});
        let order = json!({"lines": [{"quantity": 2}]});
        let receipt = json!({"purchase_order_id": ISSUE, "line": 1, "quantity": 2});
        let mut run = Self { entries: Entries::default(), evidence: Evidence::default() };
        run.log(1, "asset.registered", ("asset", ASSET, 1), ASSET, &json!({"facts": {"tag": "LT-1"}}));
        run.log(3, "asset.deployed", ("asset", ASSET, 2), DEPLOY, &json!({"custodian": custodian}));
        run.log(4, "purchase_order.issued", ("purchase_order", ISSUE, 1), ISSUE, &order);
        let received = ("purchase_order", ISSUE, 2);
        run.log(6, "purchase_order.delivery_received", received, RECEIVE, &receipt);
        for (position, piece) in (7..).zip(PIECES) {
            run.log(position, "asset.delivered", ("asset", piece, 1), RECEIVE, &json!({"facts": {}}));
        }
        run.log(9, "asset.returned", ("asset", ASSET, 3), UNKNOWN, &json!({}));
        run.carried_out(0, ASSET, "register-asset", json!({"tag": "LT-1"}), 2);
        run.carried_out(2, DEPLOY, "deploy-asset", json!({}), 3);
        run.carried_out(4, ISSUE, "issue-purchase-order", order, 5);
        run.carried_out(6, RECEIVE, "receive-delivery", receipt, 8);
        let nothing = Outcome::Unknown("no answer".to_owned());
        run.attempt(8, UNKNOWN, "return-asset", json!({}), nothing);
        run.evidence.assets = vec![
            json!({"id": ASSET, "version": 3, "state": "in_stock", "tag": "LT-1"}),
            json!({"id": PIECES[0], "version": 1, "state": "received"}),
            json!({"id": PIECES[1], "version": 1, "state": "received"}),
        ];
        run
    }

    fn log(&mut self, position: u64, name: &str, of: (&str, &str, u64), command: &str, data: &Value) {
        let (kind, id, version) = of;
        let event = json!({"id": format!("event-{position}"), "type": name, "commandid": command,
                           "subject": format!("{kind}/{id}"), "aggregateversion": version, "data": data});
        let subject = format!("itam.main.event.{kind}.{id}");
        self.evidence.events.push(LoggedEvent { position, subject, event });
    }

    fn carried_out(&mut self, second: u64, key: &str, command: &'static str, fields: Value, position: u64) {
        let effects: Vec<&LoggedEvent> =
            self.evidence.events.iter().filter(|event| event.text("commandid") == key).collect();
        let events: Vec<Value> = effects.iter().map(|event| json!({"id": event.text("id")})).collect();
        let id = effects[0].text("subject").rsplit('/').next().expect("an id").to_owned();
        let version = &effects[0].event["aggregateversion"];
        let answer = json!({"id": id, "version": version, "position": position, "events": events});
        self.attempt(second, key, command, fields, Outcome::Acknowledged(answer));
    }

    fn attempt(&mut self, second: u64, key: &str, command: &'static str, fields: Value, outcome: Outcome) {
        let begun = Duration::from_secs(second);
        let ended = begun + Duration::from_secs(1);
        let key = key.to_owned();
        self.entries.operations.push(Operation {
            key,
            command,
            fields,
            transport: Transport::Http,
            begun,
            ended,
            outcome,
        });
    }

    fn event(&mut self, position: u64) -> &mut LoggedEvent {
        let mut events = self.evidence.events.iter_mut();
        events.find(|event| event.position == position).expect("an event")
    }

    fn remove(&mut self, position: u64) {
        self.evidence.events.retain(|event| event.position != position);
    }

    fn defects(&self) -> Vec<Defect> {
        check(&self.entries, &self.evidence).counts().into_keys().collect()
    }

    fn assert_found(&self, defect: Defect) {
        let verdict = check(&self.entries, &self.evidence);
        assert!(verdict.count(defect) > 0, "{defect:?} was not found: {verdict}");
    }
}

#[test]
fn an_honest_run_is_acquitted() {
    let run = Run::honest();
    let verdict = check(&run.entries, &run.evidence);
    assert!(verdict.findings.is_empty(), "{verdict}");
    assert_eq!((verdict.acknowledged, verdict.unknown, verdict.recovered), (4, 1, 1));
}

#[test]
fn a_command_of_unknown_outcome_may_also_have_had_no_effect() {
    let mut run = Run::honest();
    run.remove(9);
    run.evidence.assets[0] = json!({"id": ASSET, "version": 2, "state": "deployed", "tag": "LT-1",
                                    "custodian": {"person": "ada"}});
    assert_eq!(run.defects(), []);
}

#[test]
fn an_acknowledged_command_that_is_not_in_the_log_is_lost() {
    let mut run = Run::honest();
    run.remove(3);
    run.assert_found(Defect::Lost);
}

#[test]
fn an_effect_that_nobody_asked_for_or_that_was_refused_is_unexpected() {
    let mut run = Run::honest();
    run.event(9).event["commandid"] = json!("somebody-else");
    run.assert_found(Defect::Unexpected);
    let mut run = Run::honest();
    let last = run.entries.operations.last_mut().expect("an attempt");
    last.outcome = Outcome::Refused { status: 409, code: "rejected-by-rule".to_owned() };
    assert_eq!(run.defects(), [Defect::Unexpected]);
}

#[test]
fn a_command_with_two_effects_is_duplicated() {
    let mut run = Run::honest();
    run.log(10, "asset.deployed", ("asset", ASSET, 4), DEPLOY, &json!({"custodian": {"person": "ada"}}));
    run.assert_found(Defect::Duplicated);
}

#[test]
fn a_command_with_a_part_of_its_effects_is_torn() {
    let mut run = Run::honest();
    run.remove(8);
    run.assert_found(Defect::Torn);
    let mut run = Run::honest();
    run.event(8).position = 10;
    run.evidence.events.swap(5, 6);
    run.assert_found(Defect::Torn);
}

#[test]
fn an_order_that_is_not_the_order_of_time_is_found() {
    let mut run = Run::honest();
    run.evidence.events.swap(0, 1);
    run.assert_found(Defect::OutOfOrder);
    let mut run = Run::honest();
    run.event(9).event["aggregateversion"] = json!(5);
    run.assert_found(Defect::OutOfOrder);
    // The deployment was sent after the order had been answered, and stands before it.
    let mut run = Run::honest();
    run.entries.operations[1].begun = Duration::from_secs(6);
    run.entries.operations[1].ended = Duration::from_secs(7);
    assert_eq!(run.defects(), [Defect::OutOfOrder]);
}

#[test]
fn two_answers_to_one_command_are_a_contradiction() {
    let mut run = Run::honest();
    let mut again = run.entries.operations[1].clone();
    if let Outcome::Acknowledged(answer) = &mut again.outcome {
        answer["version"] = json!(7);
    }
    run.entries.operations.push(again);
    assert_eq!(run.defects(), [Defect::Contradicted]);
    let mut run = Run::honest();
    let refused = Outcome::Refused { status: 409, code: "rejected-by-rule".to_owned() };
    run.attempt(20, DEPLOY, "deploy-asset", json!({}), refused);
    assert_eq!(run.defects(), [Defect::Contradicted]);
}

#[test]
fn a_read_that_does_not_show_what_was_written_is_stale() {
    let mut run = Run::honest();
    let reading = |status, shown| Reading {
        asset: ASSET.to_owned(),
        position: 3,
        version: 2,
        status,
        code: String::new(),
        shown_position: shown,
        shown_version: shown.map(|_| 2),
    };
    run.entries.readings = vec![reading(200, Some(3)), reading(503, None), reading(0, None)];
    assert_eq!(run.defects(), []);
    run.entries.readings = vec![reading(200, Some(2))];
    assert_eq!(run.defects(), [Defect::Stale]);
    run.entries.readings = vec![reading(404, None)];
    assert_eq!(run.defects(), [Defect::Stale]);
}

#[test]
fn two_custodians_two_holders_and_a_delivery_too_many_are_unlawful() {
    let mut run = Run::honest();
    run.event(9).event["type"] = json!("asset.deployed");
    run.assert_found(Defect::Unlawful);
    let mut run = Run::honest();
    run.event(9).event["type"] = json!("asset.reassigned");
    run.event(9).event["data"] = json!({"from": {"person": "ben"}, "to": {"person": "eve"}});
    run.assert_found(Defect::Unlawful);
    let mut run = Run::honest();
    run.event(7).event["type"] = json!("asset.registered");
    run.event(7).event["data"] = json!({"facts": {"tag": "lt-1"}});
    run.assert_found(Defect::Unlawful);
    let mut run = Run::honest();
    run.event(4).event["data"] = json!({"lines": [{"quantity": 1}]});
    assert_eq!(run.defects(), [Defect::Unlawful]);
}

#[test]
fn a_register_that_says_something_else_than_the_log_has_diverged() {
    let changed = |name: &str, value: Value| {
        let mut run = Run::honest();
        run.evidence.assets[0][name] = value;
        run.defects()
    };
    assert_eq!(changed("state", json!("deployed")), [Defect::Diverged]);
    assert_eq!(changed("version", json!(2)), [Defect::Diverged]);
    assert_eq!(changed("tag", json!("LT-2")), [Defect::Diverged]);
    assert_eq!(changed("custodian", json!({"person": "ben"})), [Defect::Diverged]);
    assert_eq!(changed("id", json!("another")), [Defect::Diverged]);
    let mut run = Run::honest();
    run.evidence.parked = 1;
    assert_eq!(run.defects(), [Defect::Diverged]);
}
