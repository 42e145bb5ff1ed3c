//! A log's place is checked for what the log promises, and the exit code names what does not hold.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use itam_tests::nats::{NatsOptions, NatsServer};
use itam_tests::{Service, run_itam};
use serde_json::{Value, json};

use crate::installation::Installation;
use crate::organization::Organization;

const DURABLE: i32 = 10;
const COMPLETE: i32 = 12;
const IMMUTABLE: i32 = 13;
const PRIVATE: i32 = 14;

/// Checks, and gives the exit code with the findings.
async fn check(args: &[&str]) -> (i32, Value) {
    let mut all = vec!["log", "check", "--output", "json"];
    all.extend(args);
    let output = run_itam(&all, &[]).await;
    let code = output.status.code().expect("it ended by itself");
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    let findings = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said} {complaint}"));
    (code, findings)
}

/// The details of what is not held.
fn not_held(findings: &Value) -> String {
    let findings = findings["findings"].as_array().expect("findings");
    let wrong = findings.iter().filter(|finding| finding["verdict"] != "held");
    let wrong: Vec<String> = wrong.map(ToString::to_string).collect();
    wrong.join("\n")
}

#[tokio::test]
async fn a_server_as_deployed_holds_everything_for_the_services_users_and_not_for_its_administrator() {
    let nats = NatsServer::start_as_shipped().await.expect("a nats-server");
    let data = tempfile::tempdir().expect("a folder");
    let (url, monitoring) = (nats.url(), nats.monitoring_url());
    let place = ["--nats", &url, "--nats-monitoring", &monitoring];
    let as_user = |name: &'static str| {
        let api = if name == "itam-admin" { "$JS.API" } else { "ITAM.API" };
        [&place[..], &["--nats-api-prefix", api, "--nats-user", name, "--nats-password", name]].concat()
    };
    let (code, findings) = check(&as_user("itam-command")).await;
    assert_eq!(code, COMPLETE, "{findings}");
    assert!(not_held(&findings).contains("there is no stream ITAM_main"), "{findings}");
    let service = Service::start("up", data.path(), &as_user("itam-up")).await;
    service.ready().await;
    for user in ["itam-command", "itam-up", "itam-reader", "itam-follower", "itam-sealer"] {
        for deep in [&[][..], &["--deep"]] {
            let (code, findings) = check(&[&as_user(user)[..], deep].concat()).await;
            assert_eq!((code, not_held(&findings)), (0, String::new()), "{user}");
        }
    }
    for user in ["itam-door", "itam-sender"] {
        let (code, findings) = check(&[&as_user(user)[..], &["--deep"]].concat()).await;
        assert_eq!(code, COMPLETE, "{findings}");
        let unseen = not_held(&findings);
        assert!(unseen.contains("stream ITAM_main cannot be looked at: not permitted"), "{unseen}");
        assert!(unseen.contains("the messages were not read: not permitted"), "{unseen}");
        assert!(!unseen.contains("broken"), "{unseen}");
        let may_little = format!("user \\\"{user}\\\" may do nothing that a service does not need");
        assert!(findings.to_string().contains(&may_little), "{findings}");
    }
    let (code, findings) = check(&as_user("itam-admin")).await;
    assert_eq!(code, IMMUTABLE, "{findings}");
    let wrong = not_held(&findings);
    for right in
        ["$JS.API.STREAM.UPDATE.ITAM_main", "itam.main.checkpoint", "shares an account with the streams"]
    {
        assert!(wrong.contains(right), "{right} is not in {wrong}");
    }
    let reader = as_user("itam-reader");
    let (code, findings) = check(&[&place[..2], &reader[4..]].concat()).await;
    assert_eq!(code, DURABLE, "{findings}");
    assert!(not_held(&findings).contains("no monitoring address"), "{findings}");
}

#[tokio::test]
async fn each_deviation_is_named_under_the_promise_that_rests_on_it() {
    let lazy = NatsOptions { sync_interval: "2m".to_owned(), ..NatsOptions::default() };
    let nats = NatsServer::start(lazy).await.expect("a nats-server");
    let client = async_nats::connect(nats.url()).await.expect("a connection");
    let stream = json!({
        "name": "ITAM_main", "subjects": ["itam.main.event.>", "itam.main.key.>", "itam.main.guard.>"],
        "storage": "file", "retention": "limits", "discard": "old", "num_replicas": 1, "max_age": 0,
        "max_msgs": 10, "allow_atomic": false, "allow_direct": true,
    });
    let subject = "$JS.API.STREAM.CREATE.ITAM_main";
    client.request(subject, stream.to_string().into()).await.expect("a stream");
    for position in 0..3 {
        let (subject, body) = (format!("itam.main.guard.g{position}"), "{}");
        client.request(subject, body.into()).await.expect("stored");
    }
    let delete = json!({"seq": 2}).to_string();
    client.request("$JS.API.STREAM.MSG.DELETE.ITAM_main", delete.into()).await.expect("deleted");

    let (url, monitoring) = (nats.url(), nats.monitoring_url());
    let (code, findings) = check(&["--nats", &url, "--nats-monitoring", &monitoring, "--deep"]).await;
    assert_eq!(code, DURABLE, "{findings}");
    assert_eq!(findings["exit_code"], json!(DURABLE));
    let wrong = not_held(&findings);
    for (promise, words) in [
        ("durable", "sync_interval is not always"),
        ("atomic", "allow_atomic is"),
        ("complete", "max_msgs is 10, must be -1"),
        ("complete", "discard is"),
        ("complete", "2 messages, last position 3"),
        ("complete", "the messages were not read"),
        ("immutable", "deny_delete is"),
        ("immutable", "deny_purge is"),
        ("immutable", "$JS.API.STREAM.UPDATE.ITAM_main"),
    ] {
        let is_named = wrong.lines().any(|line| line.contains(promise) && line.contains(words));
        assert!(is_named, "{promise}: {words} is not in {wrong}");
    }
}

#[tokio::test]
async fn a_deep_check_names_the_positions_that_this_build_cannot_read() {
    let itam = Installation::up_on_nats().await;
    Organization::define(&itam.commands).await;
    let nats = itam.nats.as_ref().expect("a nats-server");
    let head = itam.head().await;
    let client = async_nats::connect(nats.url()).await.expect("a connection");
    let subject = "itam.main.event.asset.0195a0a5-0000-7000-8000-000000000001";
    client.request(subject, "not even JSON".into()).await.expect("stored");
    let (url, monitoring) = (nats.url(), nats.monitoring_url());
    let (code, findings) = check(&["--nats", &url, "--nats-monitoring", &monitoring, "--deep"]).await;
    assert_eq!(code, COMPLETE, "{findings}");
    let wrong = not_held(&findings);
    assert!(wrong.contains(&format!("position {} cannot be read", head + 1)), "{wrong}");
}

#[tokio::test]
async fn an_embedded_log_is_checked_when_nothing_runs_and_its_files_must_be_private() {
    let mut itam = Installation::embedded().await;
    Organization::define(&itam.commands).await;
    let data = itam.folder().to_str().expect("a path").to_owned();
    let output = itam.try_tool(&["log", "check"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("open in another process"));
    assert!(itam.up().stop().await.success());
    fs::set_permissions(&data, Permissions::from_mode(0o700)).expect("a mode");
    let (code, findings) = check(&["--data", &data, "--deep"]).await;
    assert_eq!((code, not_held(&findings)), (0, String::new()));
    for name in ["log.redb", "vault.redb", "tokens.json", "admin.token"] {
        let path = itam.folder().join(name);
        fs::set_permissions(&path, Permissions::from_mode(0o640)).expect("a mode");
        let (code, findings) = check(&["--data", &data]).await;
        assert_eq!(code, PRIVATE, "{findings}");
        assert!(not_held(&findings).contains(&format!("{name} has mode 640")), "{findings}");
        fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("a mode");
    }
    let said = itam.tool(&["log", "check"]).await;
    assert!(said.contains("complete") && !said.contains("BROKEN"), "{said}");
    let nothing = run_itam(&["log", "check", "--data", "/nonexistent/itam"], &[]).await;
    assert_eq!(nothing.status.code(), Some(1));
}
