//! `itam audit report` judges what it lists: signatures, roots and gaps; and names every parked event.

use std::fs;
use std::path::Path;

use itam_tests::nats::{NatsOptions, NatsServer};
use itam_tests::{Client, Service, eventually, run_itam};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::installation::{Installation, position_of};
use crate::organization::{Organization, laptop};

/// The exit code of a report that was written and says that something is wrong.
const FOUND: i32 = 3;

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// What a tool of auditors printed, which must succeed.
async fn said(args: &[&str]) -> String {
    let output = run_itam(&[&["audit"], args].concat(), &[]).await;
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

/// A report that is written with this exit code.
async fn report(code: i32, args: &[&str]) -> Value {
    let output = run_itam(&[&["audit", "report"], args].concat(), &[]).await;
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {complaint}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn rows<'a>(report: &'a Value, section: &str) -> &'a Vec<Value> {
    report["sections"][section]["rows"].as_array().unwrap_or_else(|| panic!("no {section} in {report}"))
}

/// Whether a finding of the report holds these words.
fn finds(report: &Value, words: &str) -> bool {
    let is_said = |row: &Value| row["finding"].as_str().is_some_and(|finding| finding.contains(words));
    rows(report, "findings").iter().any(is_said)
        && report["report"]["verdict"].as_str().is_some_and(|verdict| verdict.starts_with("WRONG: "))
}

/// The verdicts on all signatures, without repetitions.
fn verdicts(report: &Value) -> Vec<&str> {
    let mut verdicts: Vec<&str> =
        rows(report, "signatures").iter().filter_map(|row| row["verdict"].as_str()).collect();
    verdicts.sort_unstable();
    verdicts.dedup();
    verdicts
}

async fn sign(service: &Service, admin: &str) -> String {
    let client = Client::new(&service.url, admin);
    let signed = client.send(client.request(Method::POST, "/v1/sealer/checkpoint")).await;
    assert_eq!(signed.status, 200, "{}", signed.text);
    signed.text
}

/// The data directory without what only its services need, and with another file in one's place.
fn copy_with(data: &Path, file: &str, content: &[u8]) -> TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    for name in ["log.redb", "itam.json", "checkpoints.redb"] {
        fs::copy(data.join(name), copy.path().join(name)).expect("copied");
    }
    fs::write(copy.path().join(file), content).expect("written");
    copy
}

#[tokio::test]
async fn signatures_are_verified_with_the_keys_at_hand_and_each_wrong_one_is_named() {
    let mut itam = Installation::embedded().await;
    let org = Organization::define(&itam.commands).await;
    sign(&itam.services[0], &itam.admin).await;
    let data = itam.folder().to_owned();
    let data = data.as_path();
    let key = said(&["key", "show", "--data", text(data)]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let known = ["--log-key", key.as_str(), "--name", "witness.example"];
    let witness = Service::start("witness", &folder.path().join("witness"), &known).await;
    let witness_key = Client::new(&witness.url, "").get("/key").await.text.trim().to_owned();
    assert!(itam.up().stop().await.success());
    let witnessed = ["--witness", witness.url.as_str(), "--witness-key", witness_key.as_str()];
    let mut service = Service::start("up", data, &witnessed).await;
    service.ready().await;
    let client = Client::new(&service.url, &itam.admin);
    let last = position_of(&client.done("register-asset", laptop(&org.laptop, "LT-1")).await).to_string();
    eventually("a checkpoint of all is countersigned", || async {
        sign(&service, &itam.admin).await;
        let newest = client.get("/v1/audit/checkpoint").await.text;
        let is_all = newest.lines().nth(1) == Some(last.as_str());
        (is_all && newest.contains("\n\u{2014} witness.example ")).then_some(())
    })
    .await;
    assert!(service.stop().await.success());

    let here = ["--data", text(data)];
    let without = report(0, &here).await;
    assert_eq!(verdicts(&without), ["not verifiable without its key"]);
    assert_eq!(without["report"]["verdict"], "nothing that could be checked is wrong");
    let keys = ["--key", key.as_str(), "--witness", witness_key.as_str()];
    let with = report(0, &[&here[..], &keys].concat()).await;
    assert_eq!(verdicts(&with), ["verified"]);
    assert_eq!(with["report"]["verdict"], "nothing is wrong", "{}", with["report"]);
    assert_eq!(with["report"]["covered_to"], with["report"]["last_position"]);
    let checkpoints = rows(&with, "checkpoints");
    assert!(checkpoints.len() > 1 && checkpoints.iter().all(|row| row["recomputed"] == "the same root"));
    let signatures = rows(&with, "signatures");
    let countersigned = signatures.iter().find(|row| row["signer"] == "witness.example");
    assert!(countersigned.is_some_and(|row| row["countersigned"].is_string()), "{signatures:?}");

    // A witness that was never asked, and a signature of which one letter was changed.
    let secret = folder.path().join("other.key");
    let other = said(&["key", "create", "--witness", "other.example", "--out", text(&secret)]).await;
    let silent = report(FOUND, &[&here[..], &keys, &["--witness", &other]].concat()).await;
    assert!(finds(&silent, "no checkpoint that covers the period is signed by other.example+"));
    let forged = forge_signatures(&fs::read(data.join("checkpoints.redb")).expect("checkpoints"));
    let forged = copy_with(data, "checkpoints.redb", &forged);
    let forged = [&["--data", text(forged.path())][..], &keys].concat();
    let told = report(FOUND, &forged).await;
    assert!(finds(&told, "that key did not make it"), "{}", told["sections"]["findings"]);
    let page = folder.path().join("report.html");
    let page_args = [&["audit", "report", "--format", "html", "--out", text(&page)], &forged[..]].concat();
    assert_eq!(run_itam(&page_args, &[]).await.status.code(), Some(FOUND));
    let page = fs::read_to_string(&page).expect("the report is written all the same");
    assert!(page.contains("<tr class=\"wrong\"><th scope=\"row\">verdict</th><td>WRONG: "), "{page}");
    let no_key = run_itam(&["audit", "report", "--data", text(data), "--key", "nonsense"], &[]).await;
    assert_eq!(no_key.status.code(), Some(1));
}

/// Changes a letter in the middle of each signature line of the log.
fn forge_signatures(ledger: &[u8]) -> Vec<u8> {
    let (mut forged, dash) = (ledger.to_vec(), "\u{2014} itam/main/".as_bytes());
    let lines: Vec<usize> =
        (0..ledger.len() - dash.len()).filter(|at| ledger[*at..].starts_with(dash)).collect();
    assert!(!lines.is_empty(), "there are signatures");
    for line in lines {
        // Behind the name (32 digits), a blank and the id of the key.
        let letter = &mut forged[line + dash.len() + 32 + 40];
        *letter = if *letter == b'A' { b'B' } else { b'A' };
    }
    forged
}

#[tokio::test]
async fn a_log_that_is_not_what_was_signed_is_found_out_cut_or_rewritten() {
    let mut itam = Installation::embedded().await;
    let org = Organization::define(&itam.commands).await;
    assert!(itam.up().stop().await.success());
    let data = itam.folder().to_owned();
    let older = tempfile::tempdir().expect("a folder");
    for name in ["log.redb", "itam.json", "vault.redb", "tokens.json"] {
        fs::copy(data.join(name), older.path().join(name)).expect("copied");
    }
    let mut service = Service::start("up", &data, &[]).await;
    service.ready().await;
    let client = Client::new(&service.url, &itam.admin);
    let last = position_of(&client.done("register-asset", laptop(&org.laptop, "LT-1")).await);
    eventually("a checkpoint covers all", || async {
        let note = sign(&service, &itam.admin).await;
        (note.lines().nth(1) == Some(last.to_string().as_str())).then_some(())
    })
    .await;
    assert!(service.stop().await.success());
    let key = said(&["key", "show", "--data", text(&data)]).await;
    let ledger = data.join("checkpoints.redb");
    let place = ["--data", text(older.path()), "--checkpoints", text(&ledger), "--key", &key];
    let cut = report(FOUND, &place).await;
    assert!(finds(&cut, &format!("a checkpoint covers {last} positions, and the log ends at")), "{cut}");

    let mut fork = Service::start("up", older.path(), &["--no-sealer"]).await;
    fork.ready().await;
    let client = Client::new(&fork.url, &itam.admin);
    let mut end = 0;
    for number in 0.. {
        let vendor = json!({"name": format!("Vendor {number}")});
        end = position_of(&client.done("define-vendor", vendor).await);
        if end > last {
            break;
        }
    }
    assert!(fork.stop().await.success());
    let rewritten = report(FOUND, &place).await;
    let words = format!("the log up to {last} is not what the checkpoint was signed for");
    assert!(finds(&rewritten, &words), "{}", rewritten["sections"]["findings"]);
    assert!(rows(&rewritten, "checkpoints").last().is_some_and(|row| row["size"] == json!(last)));
    assert_eq!(rewritten["report"]["last_position"], json!(end));
    // An earlier checkpoint still holds for what came before the fork.
    assert!(rewritten["report"]["covered_to"].as_u64().is_some_and(|covered| covered < last));
}

#[tokio::test]
async fn missing_positions_are_listed_and_what_is_behind_them_is_told() {
    let nats = NatsServer::start(NatsOptions::default()).await.expect("a nats-server");
    let client = async_nats::connect(nats.url()).await.expect("a connection");
    let stream = json!({
        "name": "ITAM_main", "subjects": ["itam.main.event.>", "itam.main.key.>", "itam.main.guard.>"],
        "storage": "file", "retention": "limits", "allow_direct": true,
    });
    client.request("$JS.API.STREAM.CREATE.ITAM_main", stream.to_string().into()).await.expect("a stream");
    for number in 1..=9 {
        let id = format!("0195a0a5-0000-7000-8000-{number:012}");
        let event = json!({"specversion": "1.0", "id": id, "type": "asset.teleported",
            "subject": format!("asset/{id}"), "time": "2026-03-02T07:00:00Z", "data": {}});
        let subject = format!("itam.main.event.asset.{id}");
        client.request(subject, event.to_string().into()).await.expect("stored");
    }
    for position in [3, 6, 7] {
        let delete = json!({"seq": position}).to_string();
        client.request("$JS.API.STREAM.MSG.DELETE.ITAM_main", delete.into()).await.expect("deleted");
    }
    let nowhere = tempfile::tempdir().expect("a folder");
    let url = nats.url();
    let told = report(FOUND, &["--nats", &url, "--data", text(nowhere.path())]).await;
    assert_eq!(told["report"]["gaps"], json!(3));
    let positions: Vec<&Value> = rows(&told, "findings").iter().map(|row| &row["position"]).collect();
    assert_eq!(positions, [&json!(3), &json!(6), &json!(7)]);
    let parked: Vec<&Value> = rows(&told, "parked").iter().map(|row| &row["position"]).collect();
    assert_eq!(parked, [1, 2, 4, 5, 8, 9].map(|position| json!(position)).iter().collect::<Vec<_>>());
    let hash = told["report"]["read_model_hash"].as_str();
    assert_eq!(hash, Some("not computed: positions are missing"));
}

#[tokio::test]
async fn events_that_can_be_read_and_not_applied_are_parked_in_the_report_too_with_their_release() {
    let mut itam = Installation::up_on_nats().await;
    Organization::define(&itam.commands).await;
    let url = itam.nats.as_ref().expect("a nats-server").url();
    let client = async_nats::connect(&url).await.expect("a connection");
    // It can be read, and is of an asset that nobody registered.
    let event = include_str!("../../../schemas/samples/events/asset.voided.v1.json");
    let subject = "itam.main.event.asset.019a5c3e-8000-7000-8000-000000000101";
    let answer = client.request(subject, event.into()).await;
    let answer: Value = serde_json::from_slice(&answer.expect("stored").payload).expect("JSON");
    let position = answer["seq"].as_u64().expect("a position");
    let server = itam.services[0].url.clone();
    eventually("it is parked", || async {
        let parked = itam.queries.fetch("/v1/projector/parked").await;
        (parked["items"][0]["position"] == json!(position)).then_some(())
    })
    .await;
    let at = position.to_string();
    itam.tool(&["parked", "release", "--server", &server, "--position", &at, "--reason", "a trial"]).await;
    assert!(itam.services[0].stop().await.success());
    let told = report(0, &["--nats", &url, "--data", text(itam.folder()), "--from", &at]).await;
    let parked = rows(&told, "parked");
    assert_eq!((parked.len(), &parked[0]["position"]), (1, &json!(position)), "{parked:?}");
    assert_eq!(
        (&parked[0]["type"], &parked[0]["released_because"]),
        (&json!("asset.voided"), &json!("a trial"))
    );
    assert!(parked[0]["why"].as_str().is_some_and(|why| !why.is_empty()), "{parked:?}");
}
