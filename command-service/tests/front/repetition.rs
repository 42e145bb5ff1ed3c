//! A command takes effect once, however often, wherever and however late it is sent again.

use futures_util::future::join_all;
use serde_json::json;

use super::test_server::TestServer;

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_have_one_effect_and_one_answer() {
    let server = TestServer::open().await;
    let (api, other) = (server.api(), server.api());
    let it = api.furnish().await;
    let before = server.head().await;
    let sends = (0..32).map(|n| {
        let api = if n % 2 == 0 { &api } else { &other };
        api.send("register-asset", "once", it.laptop("LT-1"))
    });
    let replies = join_all(sends).await;
    assert_eq!(server.head().await, before + 2, "one event and one tag");
    assert!(replies.iter().all(|reply| reply.status == 201 && reply.body == replies[0].body));
    assert_eq!(replies.iter().filter(|reply| !reply.is_replayed()).count(), 1);

    let sends = (0..8).map(|_| api.send("deploy-asset", "deploy-once", it.to_person("LT-1")));
    let replies = join_all(sends).await;
    assert_eq!(server.head().await, before + 3);
    assert!(replies.iter().all(|reply| reply.body == replies[0].body), "{replies:?}");
}

#[tokio::test]
async fn a_key_is_good_for_one_command_only() {
    let server = TestServer::open().await;
    let api = server.api();
    let it = api.furnish().await;
    api.did("register-asset", "a", it.laptop("LT-1")).await;
    api.did("register-asset", "b", it.laptop("LT-2")).await;
    api.did("deploy-asset", "key", it.to_person("LT-1")).await;
    let before = server.head().await;
    let mut with_reason = it.to_person("LT-1");
    with_reason["reason"] = json!("another");
    let again = api.send("deploy-asset", "key", with_reason.clone()).await;
    again.is_problem(422, "idempotency-key-reused");
    // About another asset, and of another name altogether.
    let other = api.send("deploy-asset", "key", it.to_person("LT-2")).await;
    other.is_problem(422, "idempotency-key-reused");
    let other = api.send("define-vendor", "key", json!({"name": "Dell"})).await;
    other.is_problem(422, "idempotency-key-reused");
    // A desk that remembers nothing finds it in the history.
    let cold = server.api().send("deploy-asset", "key", with_reason).await;
    cold.is_problem(422, "idempotency-key-reused");
    assert_eq!(server.head().await, before);
}

#[tokio::test]
async fn a_late_repetition_gets_the_first_answer_whatever_happened_since() {
    let server = TestServer::open().await;
    let api = server.api();
    let it = api.furnish().await;
    let registered = api.send("register-asset", "register", it.laptop("LT-1")).await;
    let deployed = api.send("deploy-asset", "deploy", it.to_person("LT-1")).await;
    let returned = api.send("return-asset", "return", json!({"asset": "LT-1"})).await;
    // The tag moves on to another asset, and the first one leaves for good.
    let moved = json!({"asset": "LT-1", "corrections": [{"tag": "OLD-1"}]});
    api.did("correct-asset", "move", moved).await;
    api.did("register-asset", "second", it.laptop("LT-1")).await;
    api.did("deploy-asset", "second deploy", it.to_person("LT-1")).await;
    api.did("retire-asset", "retire", json!({"asset": "OLD-1", "cause": "other"})).await;
    api.did("record-sanitization", "wipe", json!({"asset": "OLD-1", "method": "clear"})).await;
    api.did("dispose-asset", "dispose", json!({"asset": "OLD-1", "method": "sold"})).await;
    let gone = json!({"name": "T14", "kind": "hardware", "hardware_kind": "laptop", "manufacturer": "Lenovo",
        "model_id": it.model, "standing": "inactive"});
    api.did("define-model", "inactive", gone).await;

    let before = server.head().await;
    for api in [api, server.api()] {
        for (command, key, fields, first) in [
            ("register-asset", "register", it.laptop("LT-1"), &registered),
            ("deploy-asset", "deploy", it.to_person("LT-1"), &deployed),
            ("return-asset", "return", json!({"asset": "LT-1"}), &returned),
        ] {
            let again = api.send(command, key, fields).await;
            assert_eq!((again.status, &again.body), (201, &first.body), "{command}");
            assert!(again.is_replayed() && !first.is_replayed());
            assert_eq!(again.header("etag"), first.header("etag"));
        }
    }
    assert_eq!(server.head().await, before);
}

#[tokio::test]
async fn a_repetition_by_tag_is_found_on_a_former_holder_that_another_process_changed() {
    let server = TestServer::open().await;
    let (api, other) = (server.api(), server.api());
    let it = api.furnish().await;
    api.did("register-asset", "first", it.laptop("LT-1")).await;
    other.did("deploy-asset", "deploy", it.to_person("LT-1")).await;
    let returned = api.send("return-asset", "return", json!({"asset": "LT-1"})).await;
    let void = json!({"asset": "LT-1", "reason": "Registered twice."});
    api.did("void-asset", "void", void).await;
    // The other process remembers the first asset as it was when it was deployed.
    other.did("register-asset", "second", it.laptop("LT-1")).await;
    other.did("deploy-asset", "second deploy", it.to_person("LT-1")).await;

    let before = server.head().await;
    let again = other.send("return-asset", "return", json!({"asset": "LT-1"})).await;
    assert_eq!((again.status, &again.body), (201, &returned.body));
    assert!(again.is_replayed());
    assert_eq!(server.head().await, before);
}

#[tokio::test]
async fn a_large_delivery_is_answered_again_in_full() {
    let server = TestServer::open().await;
    let api = server.api();
    let it = api.furnish().await;
    let order = api.did("issue-purchase-order", "po", it.order("PO-1", 700)).await;
    let serials: Vec<_> = (0..300).map(|n| format!("SN-{n}")).collect();
    let mut delivery = it.delivery(&order, 300);
    delivery["serials"] = json!(serials);
    let first = api.send("receive-delivery", "first", delivery.clone()).await;
    assert_eq!(first.body["events"].as_array().unwrap().len(), 301, "{}", first.body);
    assert_eq!(first.body["position"], server.head().await);
    api.did("receive-delivery", "second", it.delivery(&order, 400)).await;
    let again = server.api().send("receive-delivery", "first", delivery).await;
    assert!(again.is_replayed());
    assert_eq!(again.body, first.body);
    let beyond = api.send("receive-delivery", "third", it.delivery(&order, 1)).await;
    beyond.is_problem(409, "rejected-by-rule");
}
