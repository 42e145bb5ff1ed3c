//! The log goes away, or does not answer.

use serde_json::json;

use super::faulty_log::Fault::{Denied, LostUnheard, Refused, StoredAsConflict, StoredUnheard};
use super::test_server::TestServer;

#[tokio::test]
async fn while_the_log_is_away_commands_are_put_off_and_then_taken() {
    let server = TestServer::open().await;
    let api = server.api();
    let it = api.furnish().await;
    server.log.set_away(true);
    for api in [&api, &server.api()] {
        let away = api.send("register-asset", "key", it.laptop("LT-1")).await;
        away.is_problem(503, "log-unavailable");
        assert_eq!(away.header("retry-after"), "1");
    }
    server.log.set_away(false);
    let back = api.send("register-asset", "key", it.laptop("LT-1")).await;
    assert_eq!((back.status, back.is_replayed()), (201, false));
}

#[tokio::test]
async fn what_the_servers_do_not_permit_is_said_to_be_so_and_can_be_tried_again() {
    let server = TestServer::open().await;
    let api = server.api();
    let it = api.furnish().await;
    server.log.fail_next(&[Denied]);
    let denied = api.send("register-asset", "key", it.laptop("LT-1")).await;
    denied.is_problem(503, "log-unavailable");
    assert_eq!((denied.header("retry-after"), &denied.body["reason"]), ("1", &json!("not-permitted")));
    let detail = denied.body["detail"].as_str().expect("a detail");
    assert!(detail.contains("not permitted") && !detail.contains("itam-command"), "{detail}");
    let again = api.send("register-asset", "key", it.laptop("LT-1")).await;
    assert_eq!((again.status, again.is_replayed()), (201, false));
}

#[tokio::test]
async fn an_append_without_an_answer_has_one_effect_and_its_own_answer() {
    let server = TestServer::open().await;
    let api = server.api();
    let it = api.furnish().await;
    let cases = [
        &[StoredUnheard][..],
        &[LostUnheard],
        &[LostUnheard, LostUnheard, StoredUnheard],
        &[LostUnheard, StoredAsConflict],
    ];
    for (number, faults) in cases.into_iter().enumerate() {
        let tag = format!("LT-{number}");
        let before = server.head().await;
        server.log.fail_next(faults);
        let registered = api.send("register-asset", &tag, it.laptop(&tag)).await;
        assert_eq!((registered.status, registered.is_replayed()), (201, false), "{faults:?}");
        assert_eq!(server.head().await, before + 2);
        assert_eq!(registered.body["position"], before + 2);
        assert_eq!(registered.body["events"][0]["type"], "asset.registered");

        server.log.fail_next(faults);
        let key = format!("deploy {number}");
        let deployed = api.send("deploy-asset", &key, it.to_person(&tag)).await;
        assert_eq!((deployed.status, &deployed.body["version"]), (201, &json!(2)));
        assert_eq!(server.head().await, before + 3);
        let again = api.send("deploy-asset", &key, it.to_person(&tag)).await;
        assert!(again.is_replayed() && again.body == deployed.body);
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_back_yet_is_not_made_up() {
    let server = TestServer::open().await;
    let api = server.api();
    let it = api.furnish().await;
    let first = api.send("register-asset", "key", it.laptop("LT-1")).await;
    assert_eq!(first.status, 201);
    server.log.set_behind(true);
    let behind = api.send("register-asset", "key", it.laptop("LT-1")).await;
    behind.is_problem(503, "log-unavailable");
    server.log.set_behind(false);
    let again = api.send("register-asset", "key", it.laptop("LT-1")).await;
    assert!(again.is_replayed() && again.body == first.body);
}

#[tokio::test]
async fn an_outcome_that_stays_unknown_is_called_so_and_never_a_refusal() {
    let server = TestServer::open().await;
    let api = server.api();
    let it = api.furnish().await;
    server.log.fail_next(&[LostUnheard; 64]);
    let unknown = api.send("register-asset", "key", it.laptop("LT-1")).await;
    unknown.is_problem(503, "log-unavailable");
    assert_eq!(unknown.body["reason"], "outcome-unknown");
    assert_eq!(unknown.header("retry-after"), "1");
}

#[tokio::test]
async fn a_certain_failure_is_told_at_once() {
    let server = TestServer::open().await;
    let api = server.api();
    let it = api.furnish().await;
    let tried = server.log.appends();
    server.log.fail_next(&[Refused]);
    let refused = api.send("register-asset", "key", it.laptop("LT-1")).await;
    refused.is_problem(503, "log-unavailable");
    assert_eq!(refused.body["reason"], json!(null));
    assert_eq!(server.log.appends(), tried + 1);
}

/// A leader of before, which has not yet noticed that another one took over, answers first.
#[tokio::test]
async fn a_conflict_of_which_the_log_shows_nothing_ends_in_no_refusal() {
    let server = TestServer::open().await;
    let api = server.api();
    let it = api.furnish().await;
    let before = server.head().await;
    let registered = api.send("register-asset", "register", it.laptop("LT-1")).await;
    assert_eq!(registered.status, 201);
    server.log.fail_next(&[StoredAsConflict]);
    server.log.set_known_to(before);
    let unknown = api.send("deploy-asset", "deploy", it.to_person("LT-1")).await;
    unknown.is_problem(503, "log-unavailable");
    assert_eq!(unknown.body["reason"], "outcome-unknown");
    server.log.set_known_to(u64::MAX);
    let again = api.send("deploy-asset", "deploy", it.to_person("LT-1")).await;
    assert_eq!((again.status, again.is_replayed(), &again.body["version"]), (201, true, &json!(2)));
}
