//! A backup is written while the services run, and becomes the same organization elsewhere.

use std::fs;
use std::path::{Path, PathBuf};

use itam_tests::nats::{NatsOptions, NatsServer};
use itam_tests::{Answer, Client, Service, run_itam};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::installation::{Installation, assert_problem, id_of, number, position_of};
use crate::load::Load;
use crate::organization::{Organization, laptop};

/// Runs a tool that must be refused, and gives what it complains of.
async fn refused(args: &[&str]) -> String {
    let output = run_itam(args, &[]).await;
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "itam {args:?} is not refused");
    complaint
}

async fn done(args: &[&str]) -> String {
    let output = run_itam(args, &[]).await;
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "itam {args:?}: {complaint}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// Writes a backup of a running installation and gives its path.
async fn back_up(itam: &Installation, folder: &TempDir, name: &str) -> PathBuf {
    let path = folder.path().join(name);
    let said = itam.tool(&["backup", "--into", text(&path), "--server", &itam.services[0].url]).await;
    assert!(said.contains("backed up tenant main"), "{said}");
    path
}

/// `itam up` on what was restored.
async fn up(data: &Path) -> Service {
    let service = Service::start("up", data, &[]).await;
    service.ready().await;
    service
}

fn without_details(mut summary: Value) -> Value {
    if let Some(fields) = summary.as_object_mut() {
        fields.remove("as_of");
    }
    summary
}

#[tokio::test]
async fn a_backup_under_load_becomes_the_same_organization_with_keys_and_repetitions_intact() {
    let mut itam = Installation::embedded().await;
    let org = Organization::define(&itam.commands).await;
    let first = itam.commands.command_once("once", "register-asset", laptop(&org.laptop, "LT-1")).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let gone = json!({"person_id": org.ben});
    itam.commands.done("deactivate-person", gone.clone()).await;
    itam.commands.done("erase-person", gone).await;

    let folder = tempfile::tempdir().expect("a folder");
    let load = Load::start(&itam.commands, &org.laptop, "", 2);
    let under_load = back_up(&itam, &folder, "under-load.backup").await;
    load.end().await;
    let whole = back_up(&itam, &folder, "whole.backup").await;
    let (head, summary) = (itam.head().await, itam.summary().await);
    assert!(itam.up().stop().await.success());

    // What was written in the middle of the load is a prefix of the history.
    let early = folder.path().join("early");
    done(&["restore", "--from", text(&under_load), "--data", text(&early)]).await;

    let data = folder.path().join("restored");
    let said = done(&["restore", "--from", text(&whole), "--data", text(&data)]).await;
    assert!(said.contains("copy keys/, checkpoints.redb"), "{said}");
    assert!(said.contains(&format!("position {head}")) && said.contains("1 people (0 left out)"), "{said}");
    let service = up(&data).await;
    let client = Client::new(&service.url, &itam.admin);
    let restored = client.fetch(&format!("/v1/inventory/summary?min_position={head}")).await;
    assert_eq!(without_details(restored), without_details(summary));

    let again = client.command_once("once", "register-asset", laptop(&org.laptop, "LT-1")).await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"), "{}", again.text);
    assert_eq!(again.json(), first.json());
    assert_problem(
        &client.command("register-asset", laptop(&org.laptop, "lt-1 ")).await,
        409,
        "already-held",
    );
    let next = client.done("register-asset", laptop(&org.laptop, "LT-NEXT")).await;
    assert!(position_of(&next) > head, "{next}");
    assert_eq!(name_of(&client, &org.ada).await, json!("Ada Byron"));
    assert_eq!(name_of(&client, &org.ben).await, Value::Null);
}

/// The name under which a person is shown.
async fn name_of(client: &Client, id: &str) -> Value {
    let answer: Answer = client.get(&format!("/v1/people/{id}")).await;
    answer.json()["name"].clone()
}

#[tokio::test]
async fn a_name_that_was_erased_after_the_backup_is_kept_out_by_naming_the_person() {
    let itam = Installation::embedded().await;
    let org = Organization::define(&itam.commands).await;
    let folder = tempfile::tempdir().expect("a folder");
    let backup = back_up(&itam, &folder, "before.backup").await;
    let data = folder.path().join("restored");
    let args = ["restore", "--from", text(&backup), "--data", text(&data), "--without-person", &org.ada];
    let said = done(&args).await;
    assert!(said.contains("1 people (1 left out)"), "{said}");
    let service = up(&data).await;
    let client = Client::new(&service.url, &itam.admin);
    assert_eq!(name_of(&client, &org.ada).await, Value::Null);
    assert_eq!(name_of(&client, &org.ben).await, json!("Ben Okri"));
    let vault = fs::read(data.join("vault.redb")).expect("a vault");
    assert!(!vault.windows(9).any(|window| window == b"Ada Byron"), "her name is in the file");
}

#[tokio::test]
async fn a_backup_of_a_stream_is_restored_into_another_stream_and_into_a_file() {
    let itam = Installation::three_processes().await;
    let org = Organization::define(&itam.commands).await;
    let asset = id_of(&itam.commands.done("register-asset", laptop(&org.laptop, "LT-1")).await);
    let folder = tempfile::tempdir().expect("a folder");
    // By a running service into a directory, and past it from the stream.
    let by_service =
        itam.tool(&["backup", "--into", text(folder.path()), "--server", &itam.services[0].url]).await;
    let head = itam.head().await;
    let path = folder.path().join(format!("itam-main-{head}.backup"));
    assert!(path.exists(), "{by_service}");
    let direct = folder.path().join("direct.backup");
    let said = itam.tool(&["backup", "--into", text(&direct)]).await;
    assert_eq!(said.split("history").last(), by_service.split("history").last());

    let other = NatsServer::start(NatsOptions::default()).await.expect("a nats-server");
    let url = other.url();
    let nats = ["restore", "--from", text(&path), "--nats", &url];
    let said = done(&nats).await;
    assert!(said.contains("2 people") && said.contains("read back and equal"), "{said}");
    let complaint = refused(&nats).await;
    assert!(complaint.contains("not empty"), "{complaint}");
    let service = Service::start("up", &folder.path().join("a"), &["--nats", &url]).await;
    service.ready().await;
    let client = Client::new(&service.url, &itam.admin);
    let shown = client.fetch("/v1/assets/LT-1").await;
    assert_eq!(shown["id"], json!(asset));
    assert_problem(&client.command("register-asset", laptop(&org.laptop, "LT-1")).await, 409, "already-held");

    let data = folder.path().join("b");
    done(&["restore", "--from", text(&path), "--data", text(&data)]).await;
    let service = up(&data).await;
    let client = Client::new(&service.url, &itam.admin);
    assert_eq!(client.fetch("/v1/assets/LT-1").await["id"], json!(asset));
    assert_eq!(number(&client.fetch("/v1/status").await, "head"), head);
}

#[tokio::test]
async fn what_is_no_whole_backup_of_this_tenant_is_refused_and_leaves_nothing() {
    let mut itam = Installation::embedded().await;
    itam.commands.done("define-vendor", json!({"name": "Northwind"})).await;
    let folder = tempfile::tempdir().expect("a folder");
    let backup = back_up(&itam, &folder, "good.backup").await;
    let good = fs::read(&backup).expect("a backup");
    let edited = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    let data = folder.path().join("data");
    let wrong = [
        ("cut", good[..good.len() - 5].to_vec(), "damaged"),
        ("cut-in-the-middle", good[..good.len() / 2].to_vec(), "damaged"),
        ("head-only", good[..12].to_vec(), "damaged"),
        ("edited", edited(good.len() / 2), "damaged"),
        ("edited-checksum", edited(good.len() - 1), "damaged"),
        ("newer", edited(10), "format 258, this build reads up to 2: use a newer itam"),
        ("empty", Vec::new(), "not a backup"),
        ("other", b"PK\x03\x04 this is something else".to_vec(), "not a backup"),
    ];
    for (name, bytes, words) in wrong {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("written");
        for check in [&[][..], &["--check"]] {
            let mut args = vec!["restore", "--from", text(&path), "--data", text(&data)];
            args.extend(check);
            let complaint = refused(&args).await;
            assert!(complaint.contains(words), "{name}: {complaint}");
        }
        assert!(!data.exists(), "{name} leaves something");
    }
    let good = ["restore", "--from", text(&backup), "--data", text(&data)];
    let complaint = refused(&[&good[..], &["--tenant", "other"]].concat()).await;
    assert!(complaint.contains("belongs to the tenant main, not other"), "{complaint}");
    let said = done(&[&good[..], &["--check"]].concat()).await;
    assert!(said.contains("whole") && !data.exists(), "{said}");

    // Into what is in use, and into what is full.
    let complaint = refused(&["restore", "--from", text(&backup), "--data", text(itam.folder())]).await;
    assert!(complaint.contains("not empty"), "{complaint}");
    let twice = itam.try_tool(&["backup", "--into", text(&backup), "--server", &itam.services[0].url]).await;
    assert!(String::from_utf8_lossy(&twice.stderr).contains("is there already"));
    // Past the running process, and without the right to.
    let past = itam.try_tool(&["backup", "--into", text(&folder.path().join("x"))]).await;
    assert!(String::from_utf8_lossy(&past.stderr).contains("--server"), "{past:?}");
    let auditor = itam.colleague("auditor", None).await;
    assert_problem(&auditor.send(auditor.request(Method::GET, "/v1/backup")).await, 403, "forbidden");
    // Offline it needs no server.
    assert!(itam.up().stop().await.success());
    itam.tool(&["backup", "--into", text(&folder.path().join("offline.backup"))]).await;
}

#[tokio::test]
async fn half_a_restore_is_opened_by_nobody_and_begun_anew() {
    let itam = Installation::embedded().await;
    itam.commands.done("define-vendor", json!({"name": "Northwind"})).await;
    let folder = tempfile::tempdir().expect("a folder");
    let backup = back_up(&itam, &folder, "good.backup").await;
    let data = folder.path().join("data");
    fs::create_dir(&data).expect("a folder");
    // What a restore leaves that is cut by a power failure.
    fs::write(data.join("unfinished.import"), "unfinished\n").expect("written");
    fs::write(data.join("log.redb"), "half").expect("written");
    let complaint = refused(&["up", "--data", text(&data), "--listen", "127.0.0.1:0"]).await;
    assert!(complaint.contains("run that again"), "{complaint}");
    done(&["restore", "--from", text(&backup), "--data", text(&data)]).await;
    let service = up(&data).await;
    let client = Client::new(&service.url, &itam.admin);
    assert_eq!(client.fetch("/v1/vendors").await["items"][0]["name"], json!("Northwind"));
}
