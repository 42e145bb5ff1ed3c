//! `itam audit replay`: the register as it was, built by anybody from the log, the same for all; and
//! the query service that shows it.

use std::path::Path;

use itam_tests::nats::{NatsOptions, NatsServer};
use itam_tests::{Client, Service, admin_token, eventually, run_itam};
use reqwest::Method;
use serde_json::{Value, json};

use crate::installation::{Installation, assert_problem, number, position_of};
use crate::organization::{Organization, laptop};

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// Runs a replay that must succeed, and gives what it says as JSON.
async fn replay(until: &str, into: &Path, place: &[&str]) -> Value {
    let output = try_replay(until, into, place).await;
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

async fn try_replay(until: &str, into: &Path, place: &[&str]) -> std::process::Output {
    let args = [&["audit", "replay", "--format", "json", "--until", until, "--into", text(into)], place];
    run_itam(&args.concat(), &[]).await
}

/// Three laptops; the first position names the moment before the second is retired.
async fn lives(itam: &Installation) -> (Organization, u64) {
    let org = Organization::define(&itam.commands).await;
    for tag in ["LT-1", "LT-2", "LT-3"] {
        itam.commands.done("register-asset", laptop(&org.laptop, tag)).await;
    }
    let deploy = json!({"asset": "LT-1", "custodian": {"person": org.ada}});
    let position = position_of(&itam.commands.done("deploy-asset", deploy).await);
    itam.commands.done("retire-asset", json!({"asset": "LT-2", "cause": "end_of_life"})).await;
    itam.commands.done("return-asset", json!({"asset": "LT-1", "location_id": org.stockroom})).await;
    (org, position)
}

#[tokio::test]
async fn everybodys_replay_of_a_history_has_the_same_hash() {
    let mut itam = Installation::embedded().await;
    let (_, position) = lives(&itam).await;
    let head = itam.head().await;
    assert!(itam.up().stop().await.success());
    let folder = tempfile::tempdir().expect("a folder");
    let data = itam.folder().to_owned();
    let log_before = std::fs::read(data.join("log.redb")).expect("the log");
    let here = ["--data", text(&data)];
    let past = position.to_string();
    let one = replay(&past, &folder.path().join("one"), &here).await;
    assert_eq!((number(&one, "position"), number(&one, "parked")), (position, 0), "{one}");
    let again = replay(&past, &folder.path().join("again"), &here).await;
    assert_eq!(one["hash"], again["hash"]);
    let now = replay(&head.to_string(), &folder.path().join("now"), &here).await;
    assert_ne!(one["hash"], now["hash"]);
    assert!(number(&one, "events") < number(&now, "events") && number(&now, "events") < head, "{now}");
    assert_eq!(std::fs::read(data.join("log.redb")).expect("the log"), log_before);

    // What was applied event by event while it happened, and a rebuild, say the same.
    let said = itam.tool(&["rebuild"]).await;
    assert!(said.contains("equal to the one it replaces") && !said.contains("NOT"), "{said}");
    assert!(said.contains(now["hash"].as_str().expect("a hash")), "{said} {now}");

    // A copy on a server gives the same; the instant at which a position was stored finds it again.
    let nats = NatsServer::start(NatsOptions::default()).await.expect("a nats-server");
    let url = nats.url();
    let copied = run_itam(&["log", "copy", "--from", text(&data), "--to", "nats", "--nats", &url], &[]).await;
    assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
    let there = ["--nats", url.as_str()];
    let copy = replay(&past, &folder.path().join("copy"), &there).await;
    assert_eq!((&copy["hash"], &copy["events"]), (&one["hash"], &one["events"]));
    assert_eq!(copy["message_hash"], one["message_hash"]);
    let stored = now["until"].as_str().expect("an instant");
    let by_time = [
        replay(stored, &folder.path().join("by-time"), &here).await,
        replay(stored, &folder.path().join("by-time-there"), &there).await,
    ];
    for replayed in by_time {
        assert_eq!((&replayed["hash"], number(&replayed, "position")), (&now["hash"], head));
    }
}

#[tokio::test]
async fn a_register_of_the_past_says_so_in_every_answer_and_refuses_what_lies_beyond() {
    let mut itam = Installation::embedded().await;
    let (org, position) = lives(&itam).await;
    let now = itam.seen("/v1/assets/LT-1", itam.head().await).await;
    assert_eq!(now["state"], "in_stock");
    assert!(itam.up().stop().await.success());
    let folder = tempfile::tempdir().expect("a folder");
    let (register, nowhere) = (folder.path().join("register"), folder.path().join("nowhere"));
    let data = itam.folder().to_owned();
    let replayed = replay(&position.to_string(), &register, &["--data", text(&data)]).await;

    let historic = ["--historic", text(&register)];
    let service = Service::start("query-service", &data, &historic).await;
    service.ready().await;
    let client = Client::new(&service.url, &itam.admin);
    let shown = client.get("/v1/assets/LT-1").await;
    let mark = format!("position={position}; until={}", replayed["until"].as_str().expect("an instant"));
    assert_eq!(shown.header("itam-historic"), Some(mark.as_str()));
    assert_eq!(shown.header("itam-position"), Some(position.to_string().as_str()));
    let shown = shown.json();
    assert_eq!((&shown["state"], &shown["version"]), (&json!("deployed"), &json!(2)), "{shown}");
    assert!(shown.to_string().contains("Ada Byron"), "{shown}");
    assert_eq!(client.fetch("/v1/assets/LT-2").await["state"], "in_stock");
    let status = client.fetch("/v1/status").await;
    assert_eq!((number(&status, "head"), number(&status, "lag")), (position, 0), "{status}");
    assert_eq!(status["historic"]["hash"], replayed["hash"]);
    let events = client.get("/v1/events?from=1").await.text;
    assert!(events.ends_with(&format!("{{\"next_position\":{}}}\n", position + 1)), "{events}");
    assert!(!events.contains("asset.retired") && events.contains("asset.deployed"));
    let history = client.fetch(&format!("/v1/people/{}/history", org.ada)).await;
    assert!(history["items"].as_array().is_some_and(|items| !items.is_empty()), "{history}");

    let beyond = client.get(&format!("/v1/assets?min_position={}", position + 1)).await;
    assert_problem(&beyond, 409, "historic-register");
    assert_eq!(beyond.json()["historic"]["position"], json!(position));
    let stranger = Client::new(&service.url, "nobody").get("/v1/assets").await;
    assert_problem(&stranger, 401, "unauthenticated");
    for marked in [client.get("/v1/live").await, client.get("/v1/none").await, stranger] {
        assert_eq!(marked.header("itam-historic"), Some(mark.as_str()), "{}", marked.text);
        assert_eq!(marked.json()["historic"]["hash"], replayed["hash"], "{}", marked.text);
    }
    let sent = client.send(client.request(Method::POST, "/v1/commands/define-vendor").json(&json!({}))).await;
    assert_problem(&sent, 404, "not-found");
    drop(service);

    // On a machine that has nothing but the register: no names, no bodies, tokens of its own.
    let service = Service::start("query-service", &nowhere, &historic).await;
    assert!(!nowhere.exists(), "a data directory was made");
    let client = Client::new(&service.url, &admin_token(&register).await);
    let shown = client.fetch("/v1/assets/LT-1").await;
    assert_eq!(shown["state"], "deployed");
    assert!(!shown.to_string().contains("Ada Byron"), "{shown}");
    for path in ["/v1/events?from=1", "/v1/assets/LT-1/history"] {
        assert_problem(&client.get(path).await, 409, "historic-register");
    }
    assert_eq!(client.fetch("/v1/inventory/summary").await["assets"], json!(3));
}

#[tokio::test]
async fn what_cannot_be_replayed_is_refused_with_the_reason_and_leaves_nothing() {
    let mut itam = Installation::embedded().await;
    lives(&itam).await;
    let head = itam.head().await;
    let data = itam.folder().to_owned();
    let folder = tempfile::tempdir().expect("a folder");
    let into = folder.path().join("past");
    let here = ["--data", text(&data)];
    let refused = async |until: &str, into: &Path, place: &[&str], code: i32, words: &str| {
        let output = try_replay(until, into, place).await;
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{until}: {complaint}");
        assert!(complaint.contains(words), "{until}: {complaint}");
    };
    refused("1", &into, &here, 1, "itam backup --server").await;
    assert!(itam.up().stop().await.success());
    for malformed in ["yesterday", "2026-02-30", "2026-03-31T12:00:00", "-4", "0"] {
        refused(malformed, &into, &here, 2, "--until").await;
    }
    refused("2001-01-01", &into, &here, 1, "there was nothing at 2001-01-01T23:59:59.999Z").await;
    refused("2999-01-01", &into, &here, 1, "is not over yet").await;
    refused(&(head + 1).to_string(), &into, &here, 1, &format!("the log ends at {head}")).await;
    let nowhere = folder.path().join("nowhere");
    refused("1", &into, &["--data", text(&nowhere)], 1, "there is no embedded log").await;
    assert!(!into.exists() && !nowhere.exists(), "something was made");

    let file = folder.path().join("file");
    std::fs::write(&file, "kept").expect("written");
    refused("1", folder.path(), &here, 1, "is not empty").await;
    refused("1", &file, &here, 1, "cannot use").await;
    assert_eq!(std::fs::read_to_string(&file).expect("still there"), "kept");
    replay("1", &into, &here).await;
    refused("2", &into, &here, 1, "holds a replay already").await;

    // Damage in the middle is found where it is met, and nothing is left that looks complete.
    let damaged = folder.path().join("damaged");
    std::fs::create_dir(&damaged).expect("made");
    let mut bytes = std::fs::read(data.join("log.redb")).expect("the log");
    let middle = bytes.len() / 2;
    bytes.truncate(middle);
    std::fs::write(damaged.join("log.redb"), bytes).expect("written");
    let half = folder.path().join("half");
    let output = try_replay("3", &half, &["--data", text(&damaged)]).await;
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!half.exists());

    for (args, words) in [
        (["query-service", "--historic", text(&nowhere)], "holds no complete replay"),
        (["up", "--data", text(&into)], "holds a register of the past"),
    ] {
        let output = run_itam(&args, &[]).await;
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && complaint.contains(words), "{complaint}");
    }
    // The log of somebody else is not taken for the one that was replayed.
    let mut other = Installation::embedded().await;
    other.commands.done("define-vendor", json!({"name": "Another"})).await;
    let stranger = other.folder().to_owned();
    assert!(other.up().stop().await.success());
    let args =
        ["query-service", "--historic", text(&into), "--data", text(&stranger), "--listen", "127.0.0.1:0"];
    let output = run_itam(&args, &[]).await;
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(complaint.contains("is not the one that was replayed"), "{complaint}");
}

#[tokio::test]
async fn a_name_that_is_erased_is_shown_by_no_register_of_the_past() {
    let itam = Installation::up_on_nats().await;
    let (org, position) = lives(&itam).await;
    let folder = tempfile::tempdir().expect("a folder");
    let register = folder.path().join("register");
    let url = itam.nats.as_ref().expect("a nats-server").url();
    replay(&position.to_string(), &register, &["--nats", &url]).await;
    let historic = ["--historic", text(&register), "--nats", &url];
    let service = Service::start("query-service", &folder.path().join("none"), &historic).await;
    let client = Client::new(&service.url, &itam.admin);
    assert!(client.fetch("/v1/assets/LT-1").await.to_string().contains("Ada Byron"));
    itam.commands.done("deactivate-person", json!({"person_id": org.ada})).await;
    itam.commands.done("erase-person", json!({"person_id": org.ada})).await;
    eventually("the name is gone", || async {
        let shown = client.fetch("/v1/assets/LT-1").await;
        assert_eq!(shown["state"], "deployed", "{shown}");
        (!shown.to_string().contains("Ada Byron")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn no_service_changes_the_names_that_a_register_of_the_past_shows() {
    let mut itam = Installation::embedded().await;
    let (_, position) = lives(&itam).await;
    assert!(itam.up().stop().await.success());
    let folder = tempfile::tempdir().expect("a folder");
    let register = folder.path().join("register");
    let data = itam.folder().to_owned();
    replay(&position.to_string(), &register, &["--data", text(&data)]).await;
    // Without its log, too, which would be open as well.
    for log in ["log.redb", "log.elsewhere"] {
        let service = Service::start("query-service", &data, &["--historic", text(&register)]).await;
        let client = Client::new(&service.url, &itam.admin);
        assert!(client.fetch("/v1/assets/LT-1").await.to_string().contains("Ada Byron"));
        let other = run_itam(&["up", "--data", text(&data), "--listen", "127.0.0.1:0"], &[]).await;
        let complaint = String::from_utf8_lossy(&other.stderr);
        assert!(
            !other.status.success() && complaint.contains("open in another process"),
            "{log}: {complaint}"
        );
        drop(service);
        if log == "log.redb" {
            std::fs::rename(data.join(log), data.join("log.elsewhere")).expect("moved");
        }
    }
}
