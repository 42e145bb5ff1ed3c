//! Who may send which command about whose things, by every way in: the table and nothing beside it.

use itam_domain::asset::{Asset, AssetEvent, Custodian};
use itam_domain::{Aggregate, CommandName, Event, Loaded, Reach, Role, reach};
use serde_json::{Value, json};
use uuid::Uuid;

use super::nats_door;
use super::test_server::{Api, Furniture, Reply, TestServer};

/// Whose thing a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Herself,
    Another,
    Nobody,
}

const OWNERS: [Owner; 3] = [Owner::Herself, Owner::Another, Owner::Nobody];

/// By which way in a command comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Http,
    Lines,
    Nats,
}

/// An asset and a requisition of the same owner.
struct Things {
    asset: String,
    requisition: String,
}

/// The ways in of one log, each with a desk of its own, and two persons.
struct Scene {
    nats: nats_door::Scene,
    api: Api,
    it: Furniture,
    ada: String,
    grace: String,
    made: usize,
}

impl Scene {
    async fn open() -> Self {
        let nats = nats_door::scene().await;
        let api = nats.server.api();
        let it = api.furnish().await;
        let grace = api.did("add-person", "grace", json!({"name": "Grace Hopper"})).await;
        Self { nats, api, ada: it.person.clone(), it, grace, made: 0 }
    }

    async fn things_of(&mut self, owner: Owner) -> Things {
        self.made += 1;
        let key = |what: &str| format!("{what} {}", self.made);
        let (custodian, requester) = match owner {
            Owner::Herself => (json!({"person": self.ada}), format!("requester@{}", self.ada)),
            Owner::Another => (json!({"person": self.grace}), format!("requester@{}", self.grace)),
            Owner::Nobody => (json!({"location": self.it.office}), "requester".to_owned()),
        };
        let asset = self.api.did("register-asset", &key("asset"), self.it.laptop(&key("TAG"))).await;
        let deploy = json!({"asset": asset, "custodian": custodian, "acceptance": "required"});
        self.api.did("deploy-asset", &key("deploy"), deploy).await;
        let price = json!({"amount": "900", "currency": "EUR"});
        let line = json!({"model_id": self.it.model, "quantity": 1, "estimated_unit_price": price});
        let submitted = self.by_http("submit-requisition", &requester, None, &json!({"lines": [line]})).await;
        let requisition = submitted.1["id"].as_str().unwrap().to_owned();
        Things { asset, requisition }
    }

    async fn by_http(
        &self,
        command: &str,
        bearer: &str,
        if_match: Option<&str>,
        fields: &Value,
    ) -> (u16, Value) {
        let bearer = format!("Bearer {bearer}");
        let mut headers = vec![("authorization", bearer.as_str())];
        headers.extend(if_match.map(|version| ("if-match", version)));
        let path = format!("/v1/commands/{command}");
        let Reply { status, body, .. } = self.api.post(&path, &headers, fields.to_string()).await;
        (status, body)
    }

    async fn by_lines(&self, command: &str, bearer: &str, fields: &Value) -> (u16, Value) {
        let bearer = format!("Bearer {bearer}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/x-ndjson")];
        let line = json!({"command": command, "data": fields}).to_string();
        let reply = self.api.post("/v1/commands", &headers, line).await;
        let status = reply.body["status"].as_u64().unwrap();
        let problem = reply.body.get("problem").cloned();
        (u16::try_from(status).unwrap(), problem.unwrap_or(reply.body))
    }

    async fn by_nats(&self, command: &str, bearer: &str, fields: &Value) -> (u16, Value) {
        let bearer = format!("Bearer {bearer}");
        let headers = [("Authorization", bearer.as_str())];
        let body = nats_door::body(&nats_door::request(&self.nats.client, command, &headers, fields).await);
        let status = body["status"].as_u64().unwrap_or(201);
        (u16::try_from(status).unwrap(), body)
    }

    async fn send(&self, by: By, command: &str, bearer: &str, fields: &Value) -> (u16, Value) {
        match by {
            By::Http => self.by_http(command, bearer, None, fields).await,
            By::Lines => self.by_lines(command, bearer, fields).await,
            By::Nats => self.by_nats(command, bearer, fields).await,
        }
    }
}

/// The fields of a command as its contract shows them, about these things.
fn fields(command: CommandName, things: &Things) -> Value {
    let path = format!("{}/../schemas/commands/{}.json", env!("CARGO_MANIFEST_DIR"), command.as_str());
    let schema: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut fields = schema["examples"][0].clone();
    for (name, value) in [("asset", &things.asset), ("requisition_id", &things.requisition)] {
        if let Some(field) = fields.get_mut(name) {
            *field = json!(value);
        }
    }
    // What else the sample speaks of is not there, and its own time may lie before what happened to these things.
    if let Some(corrections) = fields.get_mut("corrections").and_then(Value::as_array_mut) {
        corrections.retain(|correction| !refers(correction));
    }
    fields.as_object_mut().unwrap().remove("effective_time");
    fields
}

/// Whether an id stands in it.
fn refers(value: &Value) -> bool {
    match value {
        Value::String(text) => Uuid::try_parse(text).is_ok(),
        Value::Array(items) => items.iter().any(refers),
        Value::Object(members) => members.values().any(refers),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether a refusal says that the thing is not the sender's own.
fn says_not_own(problem: &Value) -> bool {
    let detail = problem["detail"].as_str().unwrap_or_default();
    detail.contains("in your custody") || detail.contains("of yours")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_sends_every_command_about_what_the_table_says_and_nothing_else() {
    let mut scene = Scene::open().await;
    let mut shared = Vec::new();
    for owner in OWNERS {
        shared.push(scene.things_of(owner).await);
    }
    let mut triples = 0;
    for role in Role::ALL {
        for bearer in [format!("{role}@{}", scene.ada), role.to_string()] {
            for command in CommandName::ALL {
                for (owner, common) in OWNERS.into_iter().zip(&shared) {
                    for by in [By::Http, By::Lines, By::Nats] {
                        let fresh = match reach(role, command) {
                            Reach::Own => Some(scene.things_of(owner).await),
                            Reach::All | Reach::None => None,
                        };
                        let sent = fields(command, fresh.as_ref().unwrap_or(common));
                        let before = scene.nats.server.head().await;
                        let (status, body) = scene.send(by, command.as_str(), &bearer, &sent).await;
                        let is_stored = scene.nats.server.head().await > before;
                        let what = format!("{bearer} {command:?} {owner:?} {by:?}: {status} {body}");
                        match reach(role, command) {
                            Reach::None => {
                                assert_eq!((status, is_stored), (403, false), "{what}");
                            }
                            Reach::Own if owner == Owner::Herself && bearer.contains('@') => {
                                assert_eq!((status, is_stored), (201, true), "{what}");
                            }
                            Reach::Own => {
                                assert_eq!((status, is_stored), (404, false), "{what}");
                                assert!(says_not_own(&body), "{what}");
                            }
                            Reach::All => {
                                assert!(![401, 403].contains(&status) && !says_not_own(&body), "{what}");
                            }
                        }
                        triples += 1;
                    }
                }
            }
        }
    }
    println!("{triples} times a role sent a command about a thing of an owner");
    assert_eq!(triples, Role::ALL.len() * 2 * CommandName::ALL.len() * OWNERS.len() * 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_anothers_looks_as_if_it_were_not_there() {
    let mut scene = Scene::open().await;
    let things = scene.things_of(Owner::Another).await;
    let nothing =
        Things { asset: Uuid::from_u128(1).to_string(), requisition: Uuid::from_u128(2).to_string() };
    let bearer = format!("requester@{}", scene.ada);
    for command in CommandName::ALL {
        if reach(Role::Requester, command) != Reach::Own {
            continue;
        }
        for if_match in [None, Some("\"7\"")] {
            let mut answers = Vec::new();
            for things in [&things, &nothing] {
                let sent = fields(command, things);
                let (status, mut body) = scene.by_http(command.as_str(), &bearer, if_match, &sent).await;
                body["trace_id"] = json!(null);
                let text = body.to_string();
                let text = text.replace(&things.asset, "x").replace(&things.requisition, "x");
                answers.push((status, text));
            }
            assert_eq!(answers[0].0, 404, "{command:?} {answers:?}");
            assert_eq!(answers[0], answers[1], "{command:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn custody_that_moves_while_it_is_accepted_is_accepted_by_whoever_has_it() {
    let server = TestServer::open().await;
    let (here, there) = (server.api(), server.api());
    let it = here.furnish().await;
    let grace = here.did("add-person", "grace", json!({"name": "Grace Hopper"})).await;
    for round in 0..100 {
        let tag = format!("LT-{round}");
        here.did("register-asset", &format!("asset {round}"), it.laptop(&tag)).await;
        let mut deploy = it.to_person(&tag);
        deploy["acceptance"] = json!("required");
        here.did("deploy-asset", &format!("deploy {round}"), deploy).await;
        let to_grace = json!({"asset": tag, "custodian": {"person": grace}, "acceptance": "required"});
        let bearer = format!("Bearer requester@{}", it.person);
        let headers = [("authorization", bearer.as_str())];
        let accept = json!({"asset": tag}).to_string();
        let key = format!("reassign {round}");
        let (accepted, reassigned) = tokio::join!(
            here.post("/v1/commands/accept-custody", &headers, accept),
            there.send("reassign-asset", &key, to_grace),
        );
        assert!([201, 404].contains(&accepted.status), "{}", accepted.body);
        assert_eq!(reassigned.status, 201, "{}", reassigned.body);
    }
    let mut assets = std::collections::BTreeMap::new();
    for (position, event) in server.events().await {
        let loaded: &mut Loaded = assets.entry(event.aggregate).or_default();
        if let Event::Asset(AssetEvent::CustodyAccepted(_)) = event.event {
            let Some(Aggregate::Asset(asset)) = loaded.state.as_deref() else { panic!("no asset") };
            let custodian = Asset::custodian(asset);
            let Some(Custodian::Person(person)) = custodian else { panic!("{custodian:?}") };
            assert_eq!(event.actor, person.to_string(), "at position {position}");
        }
        *loaded =
            std::mem::take(loaded).after(event.aggregate.id, &event.event, &event.actor, event.effective_at);
    }
}
