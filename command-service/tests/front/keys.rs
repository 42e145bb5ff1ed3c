//! An idempotency key belongs to whoever sends it, and is good for one command.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::nats_door;
use super::test_server::{Api, Furniture, Reply, TestServer};

/// How many races of a sort are run.
const RACES: usize = 100;

/// Two commands that a sender has under one key.
type Pair = [(&'static str, Value); 2];

async fn send_as(api: &Api, bearer: &str, command: &str, key: &str, fields: &Value) -> Reply {
    let bearer = format!("Bearer {bearer}");
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", key)];
    api.post(&format!("/v1/commands/{command}"), &headers, fields.to_string()).await
}

fn with_reason(mut fields: Value, reason: &str) -> Value {
    fields["reason"] = json!(reason);
    fields
}

/// Two bodies about one asset, two that create, and two about different assets.
async fn pairs(api: &Api, it: &Furniture, race: usize) -> [Pair; 3] {
    let [left, right] = ["L", "R"].map(|side| format!("{side}-{race}"));
    for tag in [&left, &right] {
        api.did("register-asset", &format!("register {tag}"), it.laptop(tag)).await;
    }
    let deploy = |reason| ("deploy-asset", with_reason(it.to_person(&left), reason));
    let create = |tag: &str| ("register-asset", it.laptop(&format!("{tag}-{race}")));
    let verify = |tag: &str| ("verify-asset", json!({"asset": tag}));
    [[deploy("one"), deploy("other")], [create("A"), create("B")], [verify(&left), verify(&right)]]
}

/// Each of the two commands from each of three clients, at once, by the desks in turn.
async fn race(apis: &[Api], key: &str, pair: &Pair) -> [Vec<Reply>; 2] {
    let sends = (0..6).map(|n| {
        let (command, fields) = &pair[n % 2];
        let api = &apis[(n / 2 + n) % apis.len()];
        async move { api.send(command, key, fields.clone()).await }
    });
    let mut replies = [Vec::new(), Vec::new()];
    for (n, reply) in join_all(sends).await.into_iter().enumerate() {
        replies[n % 2].push(reply);
    }
    replies
}

fn assert_reused(replies: &[Reply]) {
    for reply in replies {
        reply.is_problem(422, "idempotency-key-reused");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_bodies_under_one_key_at_once_one_is_taken_and_the_other_refused() {
    let server = TestServer::open().await;
    let apis = [server.api()];
    let it = apis[0].furnish().await;
    for number in 0..RACES {
        for (sort, pair) in pairs(&apis[0], &it, number).await.iter().enumerate() {
            let [one, other] = race(&apis, &format!("race {number} {sort}"), pair).await;
            let (won, lost) = if one[0].status == 201 { (one, other) } else { (other, one) };
            assert!(won.iter().all(|reply| reply.status == 201 && reply.body == won[0].body), "{won:?}");
            assert_reused(&lost);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_that_are_given_two_bodies_under_one_key_are_never_in_doubt() {
    let server = TestServer::open().await;
    let apis = [server.api(), server.api()];
    let it = apis[0].furnish().await;
    for number in 0..RACES {
        for (sort, pair) in pairs(&apis[0], &it, number).await.iter().enumerate() {
            let [one, other] = race(&apis, &format!("race {number} {sort}"), pair).await;
            let is_taken = |replies: &[Reply]| replies.iter().any(|reply| reply.status == 201);
            for reply in one.iter().chain(&other).filter(|reply| reply.status != 201) {
                reply.is_problem(422, "idempotency-key-reused");
            }
            // What two processes do about two things that nothing connects, neither learns of the other.
            assert!(is_taken(&one) || is_taken(&other));
            assert!(sort == 2 || !(is_taken(&one) && is_taken(&other)), "{one:?} {other:?}");
        }
    }
}

#[tokio::test]
async fn a_refused_command_leaves_its_key_to_the_next_one() {
    let server = TestServer::open().await;
    let api = server.api();
    let it = api.furnish().await;
    api.send("deploy-asset", "key", it.to_person("LT-1")).await.is_problem(404, "not-found");
    api.did("register-asset", "key", it.laptop("LT-1")).await;
}

#[tokio::test]
async fn two_senders_of_one_key_and_body_have_two_commands_by_every_door() {
    let scene = nats_door::scene().await;
    let (api, it) = (scene.server.api(), scene.server.api().furnish().await);
    let senders = ["asset-analyst", "asset-manager", "service", "administrator"];
    for key in ["laptop-17", "01938f6e-7c00-7000-8000-000000000001"] {
        let fields = json!({"model_id": it.model, "location_id": it.stockroom});
        let mut first = Vec::new();
        for bearer in senders {
            first.push(send_as(&api, bearer, "register-asset", key, &fields).await);
        }
        let ids: BTreeSet<_> = first.iter().map(|reply| reply.body["id"].to_string()).collect();
        assert_eq!(ids.len(), senders.len(), "{first:?}");
        assert!(first.iter().all(|reply| reply.status == 201 && !reply.is_replayed()), "{first:?}");
        // The first one's id is what a build that knew no senders gave to the key.
        let id = itam_domain::CommandId::from_key("main", key).created_id().to_string();
        assert_eq!(first[0].body["id"], id);

        let before = scene.server.head().await;
        let cold = scene.server.api();
        for (bearer, first) in senders.into_iter().zip(&first) {
            for api in [&api, &cold] {
                let again = send_as(api, bearer, "register-asset", key, &fields).await;
                assert!(again.is_replayed() && again.body == first.body, "{bearer}: {again:?} {first:?}");
                let other = with_reason(fields.clone(), "another");
                let other = send_as(api, bearer, "register-asset", key, &other).await;
                other.is_problem(422, "idempotency-key-reused");
            }
            let authorization = format!("Bearer {bearer}");
            let headers = [("Authorization", authorization.as_str()), ("Idempotency-Key", key)];
            let by_nats = nats_door::request(&scene.client, "register-asset", &headers, &fields).await;
            assert_eq!(nats_door::body(&by_nats), first.body);
            let line = json!({"command": "register-asset", "data": fields, "idempotency_key": key});
            let headers =
                [("authorization", authorization.as_str()), ("content-type", "application/x-ndjson")];
            let by_line = api.post("/v1/commands", &headers, line.to_string());
            let by_line = by_line.await.body;
            assert_eq!((&by_line["replayed"], &by_line["id"]), (&json!(true), &first.body["id"]));
        }
        assert_eq!(scene.server.head().await, before);
    }
}

#[tokio::test]
async fn two_senders_of_one_key_do_one_thing_each_to_the_same_asset() {
    let server = TestServer::open().await;
    let api = server.api();
    let it = api.furnish().await;
    let asset = api.did("register-asset", "a", it.laptop("LT-1")).await;
    let verify = json!({"asset": asset});
    let mut answers = Vec::new();
    for bearer in ["asset-analyst", "asset-manager", "service"] {
        answers.push(send_as(&api, bearer, "verify-asset", "round-1", &verify).await);
    }
    let versions: Vec<_> = answers.iter().map(|reply| reply.body["version"].clone()).collect();
    assert_eq!(versions, [2, 3, 4]);
    let events: BTreeSet<_> = server.events().await.iter().map(|(_, event)| event.id).collect();
    assert_eq!(events.len(), server.events().await.len(), "every event has an id of its own");
    for (bearer, first) in ["asset-analyst", "asset-manager", "service"].into_iter().zip(&answers) {
        let again = send_as(&server.api(), bearer, "verify-asset", "round-1", &verify).await;
        assert!(again.is_replayed() && again.body == first.body, "{again:?}");
    }
}

#[tokio::test]
async fn two_deliveries_under_one_key_bring_pieces_of_their_own() {
    let server = TestServer::open().await;
    let (api, other) = (server.api(), server.api());
    let it = api.furnish().await;
    let orders = [
        api.did("issue-purchase-order", "po 1", it.order("PO-1", 5)).await,
        api.did("issue-purchase-order", "po 2", it.order("PO-2", 5)).await,
    ];
    let senders = [("asset-analyst", &api, &orders[0]), ("asset-manager", &other, &orders[1])];
    let mut first = Vec::new();
    for (bearer, api, order) in senders {
        first.push(send_as(api, bearer, "receive-delivery", "dock-3", &it.delivery(order, 5)).await);
    }
    assert!(first.iter().all(|reply| reply.status == 201), "{first:?}");
    assert_eq!(first[1].body["events"].as_array().unwrap().len(), 6);
    for ((bearer, _, order), first) in senders.into_iter().zip(&first) {
        let cold = server.api();
        let again = send_as(&cold, bearer, "receive-delivery", "dock-3", &it.delivery(order, 5)).await;
        assert!(again.is_replayed() && again.body == first.body, "{again:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_senders_of_one_key_at_once_at_two_processes_are_both_served() {
    let server = TestServer::open().await;
    let apis = [server.api(), server.api()];
    let it = apis[0].furnish().await;
    for race in 0..RACES {
        let key = format!("key {race}");
        let fields = json!({"model_id": it.model});
        let sends = (0..4).map(|n| {
            let bearer = ["asset-analyst", "asset-manager"][n % 2];
            send_as(&apis[n / 2], bearer, "register-asset", &key, &fields)
        });
        let sends = sends.collect::<Vec<_>>();
        let replies = join_all(sends).await;
        assert!(replies.iter().all(|reply| reply.status == 201), "{replies:?}");
        assert_eq!(replies[0].body, replies[2].body, "one sender has one command");
        assert_eq!(replies[1].body, replies[3].body);
        assert_ne!(replies[0].body["id"], replies[1].body["id"]);
        assert_eq!(replies.iter().filter(|reply| reply.is_replayed()).count(), 2, "{replies:?}");
    }
}

#[tokio::test]
async fn two_tokens_of_one_person_share_her_keys() {
    let server = TestServer::open().await;
    let api = server.api();
    let it = api.furnish().await;
    let fields = json!({"model_id": it.model});
    let [one, other] = ["asset-analyst", "asset-manager"].map(|role| format!("{role}@{}", it.person));
    let first = send_as(&api, &one, "register-asset", "key", &fields).await;
    let again = send_as(&api, &other, "register-asset", "key", &fields).await;
    assert!(!first.is_replayed() && again.is_replayed() && again.body == first.body, "{first:?} {again:?}");
}

#[tokio::test]
async fn a_name_stays_with_the_person_whose_key_was_used_by_another() {
    let server = TestServer::open().await;
    let (api, other) = (server.api(), server.api());
    let ada = send_as(&api, "asset-manager", "add-person", "hr-1", &json!({"name": "Ada"})).await;
    let grace = send_as(&other, "service", "add-person", "hr-1", &json!({"name": "Grace"})).await;
    let name = |reply: &Reply| {
        let id = reply.body["id"].as_str().unwrap().parse().unwrap();
        itam_vault::PersonVault::directory(server.vault.as_ref()).find(id).unwrap().display_name.clone()
    };
    assert_eq!((name(&ada), name(&grace)), ("Ada".to_owned(), "Grace".to_owned()));
}
