//! `itam audit report`: the same period gives the same report, from either log, in three forms.

use std::fs;
use std::path::Path;

use itam_tests::nats::{NatsOptions, NatsServer};
use itam_tests::run_itam;
use reqwest::Method;
use serde_json::{Value, json};

use crate::installation::{Installation, assert_problem, number, position_of};
use crate::organization::{Organization, laptop};

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// Runs a report, and gives its code with what it wrote and what it complained of.
async fn report(args: &[&str]) -> (Option<i32>, String, String) {
    let output = run_itam(&[&["audit", "report"][..], args].concat(), &[]).await;
    let [said, complaint] =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("text"));
    (output.status.code(), said, complaint)
}

async fn made(args: &[&str]) -> String {
    let (code, said, complaint) = report(args).await;
    assert_eq!(code, Some(0), "{args:?}: {complaint}");
    said
}

fn rows<'a>(report: &'a Value, section: &str) -> &'a Vec<Value> {
    report["sections"][section]["rows"].as_array().unwrap_or_else(|| panic!("no {section} in {report}"))
}

/// A late entry, a correction with a reason that a browser or a spreadsheet might run, and a refusal;
/// gives the position of the correction.
async fn year(itam: &Installation) -> u64 {
    let org = Organization::define(&itam.commands).await;
    let mut late = laptop(&org.laptop, "LT-1");
    late["effective_time"] = json!("2026-01-05T08:00:00Z");
    itam.commands.done("register-asset", late).await;
    itam.commands.done("register-asset", laptop(&org.laptop, "LT-2")).await;
    let again = itam.commands.command("register-asset", laptop(&org.laptop, "LT-2")).await;
    assert_problem(&again, 409, "already-held");
    let costs = json!({"price": {"amount": "90.00", "currency": "EUR"}});
    let correction = json!({"asset": "LT-2", "reason": "=1+1 <script>alert(1)</script>",
                            "corrections": [{"costs": costs}]});
    position_of(&itam.commands.done("correct-asset", correction).await)
}

#[tokio::test]
async fn a_period_tells_what_was_done_corrected_refused_and_permitted_and_tells_it_again() {
    let mut itam = Installation::embedded().await;
    let corrected = year(&itam).await;
    let vendor = json!({"name": "Later"});
    let head = position_of(&itam.commands.done("define-vendor", vendor).await);
    let signed = itam.commands.request(Method::POST, "/v1/sealer/checkpoint");
    assert_eq!(itam.commands.send(signed).await.status, 200);
    assert!(itam.up().stop().await.success());
    let data = itam.folder().to_owned();
    let folder = tempfile::tempdir().expect("a folder");
    let last = corrected.to_string();
    let asked = ["--from", "1", "--to", last.as_str(), "--data", text(&data)];
    let first: Value = serde_json::from_str(&made(&asked).await).expect("JSON");
    let about = &first["report"];
    assert_eq!((&about["first_position"], &about["last_position"]), (&json!(1), &json!(corrected)));
    assert_eq!(about["gaps"], json!(0));
    assert!(about["log"].as_str().is_some_and(|log| log.starts_with("itam/main/")), "{about}");
    assert_eq!((&about["checkpoint_size"], &about["covered_to"]), (&json!(head), &json!(corrected)));
    let newest = rows(&first, "checkpoints").last().expect("a checkpoint");
    assert_eq!(number(newest, "size"), head);

    let correction = &rows(&first, "corrections")[0];
    assert_eq!((number(correction, "position"), &correction["field"]), (corrected, &json!("costs")));
    assert_eq!(correction["old"]["price"]["amount"], "100.00");
    assert_eq!(correction["new"]["price"]["amount"], "90.00");
    assert!(correction["reason"].as_str().is_some_and(|reason| reason.starts_with("=1+1")), "{correction}");
    assert!(correction["actor"].is_string(), "{correction}");
    let backdated = rows(&first, "backdated");
    assert_eq!(backdated.len(), 1, "{backdated:?}");
    assert_eq!(backdated[0]["effective"], "2026-01-05T08:00:00.000Z");
    assert!(number(&backdated[0], "delay_s") > 24 * 3600);
    let types = rows(&first, "events_by_type");
    assert!(types.contains(&json!({"type": "asset.registered", "count": 2})), "{types:?}");
    assert!(types.iter().all(|row| row["type"] != "vendor.defined" || row["count"] == 1), "{types:?}");
    let refused = json!({"code": "already-held", "why": "tag-held", "action": "register-asset", "count": 1});
    let refusals = rows(&first, "refusals");
    assert!(refusals.iter().any(|row| row["code"] == refused["code"] && row["action"] == refused["action"]));
    let changes = rows(&first, "permission_changes");
    let none_before_the_log = changes.iter().all(|row| row["time"].as_str() >= about["from"].as_str());
    assert!(none_before_the_log, "{changes:?}");
    names_who_acted(&first);

    // The hash is that of a replay, and the same report comes out again.
    let into = folder.path().join("past");
    let replayed = ["audit", "replay", "--until", &last, "--into", text(&into), "--format", "json"];
    let replayed = run_itam(&[&replayed[..], &["--data", text(&data)]].concat(), &[]).await;
    let replayed: Value = serde_json::from_slice(&replayed.stdout).expect("JSON");
    assert_eq!(about["read_model_hash"], replayed["hash"]);
    let unsaid = made(&["--data", text(&data)]).await;
    let unsaid: Value = serde_json::from_str(&unsaid).expect("JSON");
    assert_eq!((&unsaid["report"]["from"], &unsaid["report"]["last_position"]), (&Value::Null, &json!(head)));
    // Tokens were made before the first event was stored.
    assert!(rows(&unsaid, "permission_changes").len() > changes.len(), "{unsaid}");
    let unplayed: Value =
        serde_json::from_str(&made(&[&asked[..], &["--no-replay"]].concat()).await).expect("JSON");
    assert!(unplayed["report"]["read_model_hash"].as_str().is_some_and(|hash| hash.contains("not computed")));
    assert_eq!(unplayed["sections"]["corrections"], first["sections"]["corrections"]);
    comes_out_again(&asked, folder.path()).await;
    is_the_same_on_a_server(&data, &last, folder.path(), &first).await;
    refuses(&asked, head, folder.path()).await;
}

/// The three forms come out the same a second time; a file is written once.
async fn comes_out_again(asked: &[&str], folder: &Path) {
    for format in ["json", "csv", "html"] {
        let again = [asked, &["--format", format]].concat();
        assert_eq!(made(&again).await, made(&again).await, "{format}");
    }
    let out = folder.join("report.html");
    let to_file = [asked, &["--format", "html", "--out", text(&out)]].concat();
    assert_eq!(made(&to_file).await, "");
    let page = fs::read_to_string(&out).expect("the report");
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script"), "{page}");
    let (code, _, complaint) = report(&to_file).await;
    assert!(code == Some(1) && complaint.contains("nothing is overwritten"), "{complaint}");
    let csv = made(&[asked, &["--format", "csv"]].concat()).await;
    assert!(csv.contains("'=1+1 <script>") && !csv.contains(",=1+1"), "{csv}");
}

/// Whose the ids of actors are.
fn names_who_acted(report: &Value) {
    let acted = rows(report, "events_by_actor");
    let actors = rows(report, "actors");
    assert!(!acted.is_empty());
    for one in acted {
        let row = actors.iter().find(|row| row["actor"] == one["actor"]).expect("it is named");
        assert_eq!((&row["count"], &row["actor_kind"]), (&one["count"], &one["actor_kind"]), "{row}");
    }
    let administrator = actors.iter().find(|row| row["name"] == "administrator").expect("the first token");
    assert_eq!(administrator["token"], administrator["actor"]);
    assert_eq!(administrator["role"], "administrator");
}

/// What the log tells is the same on a server; what lies beside it is said to be missing.
async fn is_the_same_on_a_server(data: &Path, last: &str, folder: &Path, first: &Value) {
    let nats = NatsServer::start(NatsOptions::default()).await.expect("a nats-server");
    let url = nats.url();
    let copied = run_itam(&["log", "copy", "--from", text(data), "--to", "nats", "--nats", &url], &[]).await;
    assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
    let nowhere = folder.join("nowhere");
    let there = ["--from", "1", "--to", last, "--nats", &url, "--data", text(&nowhere)];
    let there: Value = serde_json::from_str(&made(&there).await).expect("JSON");
    for section in ["events_by_type", "events_by_actor", "corrections", "backdated", "parked"] {
        assert_eq!(there["sections"][section], first["sections"][section]);
    }
    assert_eq!(there["report"]["log"], first["report"]["log"]);
    assert!(!nowhere.exists(), "a data directory was made");
    assert!(there["sections"]["refusals"]["note"].as_str().is_some_and(|note| note.starts_with("No ")));
}

/// Bad input is refused with the reason, and nothing is written.
async fn refuses(asked: &[&str], head: u64, folder: &Path) {
    let data = asked[asked.len() - 1];
    for (from, to, words) in [
        ("1", "9999999", format!("the log ends at {head}")),
        ("2999-01-01", "1", "ends before it begins".to_owned()),
        ("2001-01-01", "2001-12-31", "there was nothing at".to_owned()),
        ("1", "2999-12-31", "is not over yet".to_owned()),
    ] {
        let (code, said, complaint) = report(&["--from", from, "--to", to, "--data", data]).await;
        assert!(code == Some(1) && complaint.contains(&words) && said.is_empty(), "{from} {to}: {complaint}");
    }
    let unreadable = folder.join("checkpoints");
    fs::write(&unreadable, "no checkpoints").expect("written");
    let (code, _, complaint) = report(&[asked, &["--checkpoints", text(&unreadable)]].concat()).await;
    assert!(code == Some(1) && complaint.contains("checkpoints"), "{complaint}");
}
