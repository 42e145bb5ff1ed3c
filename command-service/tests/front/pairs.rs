//! A rule about two things, tried from both sides at once by desks that do not know of each other.
//!
//! `ITAM_PAIR_ROUNDS` says how often each race is run.

use std::sync::Arc;
use std::time::Duration;

use itam_domain::{AggregateRef, Envelope};
use itam_event_log::{
    AppendError, Commit, EventLog, JetStreamLog, JetStreamOptions, LogError, Tenant, Write,
};
use itam_tests::eventually;
use itam_tests::nats::{NatsCluster, NatsOptions, NatsServer};
use serde_json::{Value, json};

use super::test_server::{Api, Furniture, Reply, TestServer, events_in};

/// How often each race is run, if nobody says.
const ROUNDS: usize = 20;

fn rounds() -> usize {
    std::env::var("ITAM_PAIR_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(ROUNDS)
}

/// What became of the races of one pair.
#[derive(Debug, Default)]
struct Score {
    put_in: usize,
    ended: usize,
    both_in_order: usize,
}

/// One thing that is put into, or refers to, another that is ended.
struct Race<'a> {
    put_in: (&'a str, Value),
    end: (&'a str, Value),
}

/// Sends both at once, by two desks.
async fn run(here: &Api, there: &Api, round: usize, race: Race<'_>) -> (Reply, Reply) {
    let Race { put_in, end } = race;
    let (a, b) = (format!("{} {round}", put_in.0), format!("{} {round}", end.0));
    // Sometimes one begins a little before the other, so that each of them comes to be first.
    let (early, late) = [(0, 0), (0, 1), (1, 0), (0, 2), (2, 0), (0, 4), (4, 0), (0, 0)][round % 8];
    let after = async |steps: u64| tokio::time::sleep(Duration::from_micros(500 * steps)).await;
    let put_in = async {
        after(early).await;
        here.send(put_in.0, &a, put_in.1).await
    };
    let end = async {
        after(late).await;
        there.send(end.0, &b, end.1).await
    };
    tokio::join!(put_in, end)
}

/// Whoever is answered must stand in the log in that order: nothing is put into what was ended.
fn judge(score: &mut Score, may_both: bool, put_in: &Reply, end: &Reply) {
    match (put_in.status, end.status) {
        (201, 201) => {
            assert!(may_both, "both were stored: {} {}", put_in.body, end.body);
            let position = |reply: &Reply| reply.body["position"].as_u64().unwrap();
            assert!(
                position(put_in) < position(end),
                "put into what was ended: {} {}",
                put_in.body,
                end.body
            );
            score.both_in_order += 1;
        }
        (201, 409) => {
            assert!(!may_both, "{}", end.body);
            assert_eq!(end.body["reason"], "not-empty", "{}", end.body);
            score.put_in += 1;
        }
        // What is voided has given its tag up.
        (422 | 404, 201) => score.ended += 1,
        _ => panic!("{} {}", put_in.body, end.body),
    }
}

/// Two desks on one log, which do not know of each other.
struct Desks {
    here: Api,
    there: Api,
    log: Arc<dyn EventLog>,
    _server: TestServer,
}

impl Desks {
    async fn on(logs: [Arc<dyn EventLog>; 2]) -> Self {
        let server = TestServer::open().await;
        let [here, there] = logs.clone().map(|log| server.api_on(log));
        let [log, _] = logs;
        Self { here, there, log, _server: server }
    }

    async fn embedded() -> Self {
        let server = TestServer::open().await;
        Self { here: server.api(), there: server.api(), log: server.log.clone(), _server: server }
    }

    async fn on_servers(url: &str, replicas: usize) -> Self {
        let logs = [open(url, replicas).await, open(url, replicas).await];
        Self::on(logs).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_embedded_log_nothing_is_put_into_what_is_ended_at_the_same_moment() {
    race_all(&Desks::embedded().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_one_server_nothing_is_put_into_what_is_ended_at_the_same_moment() {
    install_tls();
    let nats = NatsServer::start(NatsOptions::default()).await.unwrap();
    race_all(&Desks::on_servers(&nats.url(), 1).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_three_servers_nothing_is_put_into_what_is_ended_at_the_same_moment() {
    install_tls();
    let cluster = NatsCluster::start(3).await.unwrap();
    race_all(&Desks::on_servers(&cluster.url(), 3).await).await;
}

async fn open(url: &str, replicas: usize) -> Arc<dyn EventLog> {
    let client = async_nats::connect(url.split(',').collect::<Vec<_>>()).await.unwrap();
    let options = JetStreamOptions { replicas, ..JetStreamOptions::default() };
    let tenant = Tenant::try_new("main").unwrap();
    // A cluster that was just formed may not know of all its servers yet, nor who leads what was just made.
    let log = eventually("the servers make the stream", || async {
        match JetStreamLog::connect(client.clone(), tenant.clone(), options.clone()).await {
            Err(LogError::Unavailable { .. }) => None,
            outcome => Some(outcome),
        }
    });
    let log: Arc<dyn EventLog> = Arc::new(log.await.unwrap());
    eventually("the servers take appends", || async {
        let subject = tenant.guard_subject("nobodys");
        let probe = Commit::of(vec![Write { subject, expected: 1 << 40, body: "{}".into() }]);
        matches!(log.append(probe).await, Err(AppendError::Conflict { .. })).then_some(())
    })
    .await;
    log
}

fn install_tls() {
    // The harness asks the servers over HTTP. Fails only if another test was first.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

async fn race_all(desks: &Desks) {
    let it = desks.here.furnish().await;
    race_containers(desks, &it).await;
    race_references(desks, &it).await;
}

async fn race_containers(Desks { here, there, log, .. }: &Desks, it: &Furniture) {
    for end in ["retire-asset", "void-asset", "write-off-asset"] {
        let mut score = Score::default();
        for round in 0..rounds() {
            let (chassis, blade) = (format!("C-{end}-{round}"), format!("B-{end}-{round}"));
            here.did("register-asset", &chassis, it.laptop(&chassis)).await;
            there.did("register-asset", &blade, it.laptop(&blade)).await;
            let fields = json!({"asset": chassis, "reason": "a race"});
            let fields = match end {
                "retire-asset" => json!({"asset": chassis, "cause": "obsolete"}),
                _ => fields,
            };
            if end == "write-off-asset" {
                // Whatever is put in must be in before the chassis is missing.
                let lost = json!({"asset": chassis, "loss": "lost"});
                let put_in = json!({"asset": blade, "custodian": {"asset": chassis}});
                let race = Race { put_in: ("deploy-asset", put_in), end: ("report-missing", lost) };
                let (put_in, _) = run(here, there, round + 10_000, race).await;
                let written_off = there.send(end, &format!("{end} {round}"), fields).await;
                assert_eq!(written_off.status == 201, put_in.status != 201, "{}", written_off.body);
                if put_in.status == 201 {
                    score.put_in += 1;
                } else {
                    score.ended += 1;
                }
                continue;
            }
            let put_in = json!({"asset": blade, "custodian": {"asset": chassis}});
            let race = Race { put_in: ("deploy-asset", put_in), end: (end, fields) };
            let (put_in, end) = run(here, there, round, race).await;
            judge(&mut score, false, &put_in, &end);
        }
        println!("deploy-asset against {end}: {score:?}");
    }
    assert_nothing_deployed_in_what_is_gone(log.as_ref()).await;
}

/// Reads the log as an auditor would: at no position is anything deployed in what has ended.
async fn assert_nothing_deployed_in_what_is_gone(log: &dyn EventLog) {
    use itam_domain::asset::{AssetEvent, Custodian};
    use std::collections::{BTreeMap, BTreeSet};
    let (mut inside, mut gone): (BTreeMap<uuid::Uuid, Custodian>, BTreeSet<uuid::Uuid>) = Default::default();
    for (position, Envelope { aggregate: AggregateRef { id, .. }, event, .. }) in events_in(log).await {
        let itam_domain::Event::Asset(event) = event else { continue };
        match event {
            AssetEvent::Deployed(data) => _ = inside.insert(id, data.custodian),
            AssetEvent::Returned(_) | AssetEvent::ReportedMissing(_) => _ = inside.remove(&id),
            AssetEvent::Retired(_) | AssetEvent::Voided(_) | AssetEvent::WrittenOff(_) => _ = gone.insert(id),
            _ => {}
        }
        let lost = inside.iter().find(|(_, custodian)| match custodian {
            Custodian::Asset(container) => gone.contains(&container.0),
            _ => false,
        });
        assert_eq!(lost, None, "at position {position}");
    }
}

/// A thing that is defined anew, and no longer to be referred to.
fn closed(kind: &str, id: &str, name: &str) -> Value {
    json!({format!("{kind}_id"): id, "name": name, "standing": "inactive"})
}

async fn race_references(Desks { here, there, .. }: &Desks, it: &Furniture) {
    let (mut at, mut from, mut of, mut to, mut with, mut onto) = Default::default();
    for round in 0..rounds() {
        let location = json!({"name": format!("L {round}")});
        let location = here.did("define-location", &format!("l {round}"), location).await;
        let register = with_field(it.laptop(&format!("LT-{round}")), "location_id", &location);
        let end = closed("location", &location, &format!("L {round}"));
        race(here, there, round, &mut at, ("register-asset", register), ("define-location", end)).await;

        let vendor =
            here.did("define-vendor", &format!("v {round}"), json!({"name": format!("V {round}")})).await;
        let order = with_field(it.order(&format!("PO-{round}"), 2), "vendor_id", &vendor);
        let end = closed("vendor", &vendor, &format!("V {round}"));
        race(here, there, round, &mut from, ("issue-purchase-order", order), ("define-vendor", end)).await;

        let model = json!({"name": format!("M {round}"), "kind": "consumable"});
        let model_id = here.did("define-model", &format!("m {round}"), model.clone()).await;
        let piece = with_field(it.laptop(&format!("MT-{round}")), "model_id", &model_id);
        let end = with_field(with_field(model, "model_id", &model_id), "standing", "inactive");
        race(here, there, round + 20_000, &mut of, ("register-asset", piece), ("define-model", end)).await;

        let person = here.did("add-person", &format!("p {round}"), json!({"name": "Grace"})).await;
        let tag = format!("PT-{round}");
        there.did("register-asset", &tag, it.laptop(&tag)).await;
        let deploy = json!({"asset": tag, "custodian": {"person": person}});
        let end = json!({"person_id": person});
        race(here, there, round, &mut to, ("deploy-asset", deploy), ("deactivate-person", end)).await;

        let department = json!({"name": format!("D {round}")});
        let department = here.did("define-department", &format!("d {round}"), department).await;
        let colleague = json!({"name": "Joan", "department_id": department});
        let end = closed("department", &department, &format!("D {round}"));
        race(here, there, round, &mut with, ("add-person", colleague), ("define-department", end)).await;

        let project = json!({"code": format!("P {round}"), "name": "Move"});
        let project_id = here.did("define-project", &format!("j {round}"), project.clone()).await;
        let charge = json!({"asset": tag, "project_id": project_id});
        let end = with_field(with_field(project, "project_id", &project_id), "standing", "inactive");
        race(here, there, round, &mut onto, ("charge-asset", charge), ("define-project", end)).await;
    }
    println!("register-asset against define-location: {at:?}");
    println!("issue-purchase-order against define-vendor: {from:?}");
    println!("register-asset against define-model: {of:?}");
    println!("deploy-asset against deactivate-person: {to:?}");
    println!("add-person against define-department: {with:?}");
    println!("charge-asset against define-project: {onto:?}");
}

fn with_field(mut fields: Value, name: &str, value: &str) -> Value {
    fields[name] = json!(value);
    fields
}

async fn race(
    here: &Api,
    there: &Api,
    round: usize,
    score: &mut Score,
    put_in: (&str, Value),
    end: (&str, Value),
) {
    let (put_in, end) = run(here, there, round, Race { put_in, end }).await;
    judge(score, true, &put_in, &end);
}

/// A desk that remembers a location as open finds it closed when it stores.
#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_remembers_a_reference_as_it_was_stores_nothing_on_it() {
    let server = TestServer::open().await;
    let (here, there) = (server.api(), server.api());
    let it = here.furnish().await;
    here.did("register-asset", "1", it.laptop("LT-1")).await;
    there.did("define-location", "close", closed("location", &it.stockroom, "Stockroom")).await;
    let refused = here.send("register-asset", "2", it.laptop("LT-2")).await;
    refused.is_problem(422, "unknown-reference").points_to("/location_id");
    let reopened = json!({"location_id": it.stockroom, "name": "Stockroom"});
    there.did("define-location", "reopen", reopened).await;
    here.did("register-asset", "3", it.laptop("LT-2")).await;
}

/// Records of what is in an asset are younger than the rule: what was put in before counts.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_into_an_asset_before_there_were_records_stands_in_the_way_too() {
    let server = TestServer::open().await;
    let it = filled_by_an_older_build(&server).await;
    let api = server.api();
    let refused = api.send("retire-asset", "retire", json!({"asset": "C-1", "cause": "obsolete"})).await;
    refused.is_problem(409, "rejected-by-rule");
    assert_eq!(refused.body["reason"], "not-empty", "{}", refused.body);
    assert_eq!(refused.body["contents"][0]["tag"], "B-1", "{}", refused.body);
    api.did("return-asset", "return", json!({"asset": "B-1", "location_id": it.stockroom})).await;
    api.did("retire-asset", "again", json!({"asset": "C-1", "cause": "obsolete"})).await;
}

/// Blade B-1 is in chassis C-1, as builds stored it that kept no records: the event and the guard.
async fn filled_by_an_older_build(server: &TestServer) -> Furniture {
    use itam_event_log::{Commit, EventLog as _, LogReader as _, Write};
    let api = server.api();
    let it = api.furnish().await;
    api.did("register-asset", "C-1", it.laptop("C-1")).await;
    let scratch = TestServer::open().await;
    let other = scratch.api();
    let it_too = other.furnish().await;
    other.did("register-asset", "C-1", it_too.laptop("C-1")).await;
    other.did("register-asset", "B-1", it_too.laptop("B-1")).await;
    api.did("register-asset", "B-1", it.laptop("B-1")).await;
    other.did("deploy-asset", "put in", json!({"asset": "B-1", "custodian": {"asset": "C-1"}})).await;
    // Ids follow from keys, so what the other server stored fits here, without the record.
    let mut writes = Vec::new();
    for message in scratch.stored().await.into_iter().rev().take(3) {
        let subject = message.subject.as_str().to_owned();
        if subject.contains("contents-") {
            continue;
        }
        let mut body: Value = serde_json::from_slice(&message.body).unwrap();
        if !message.subject.is_event() {
            body.as_object_mut().unwrap().remove("has_contents");
        }
        let expected = server.log.load_last(&message.subject).await.unwrap().map_or(0, |last| last.position);
        writes.insert(0, Write { subject: message.subject, expected, body: body.to_string().into() });
    }
    assert_eq!(writes.len(), 2, "the event and the guard");
    server.log.append(Commit::of(writes)).await.unwrap();
    it
}
