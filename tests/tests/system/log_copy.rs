//! A history moves from an embedded log to a server and back, and answers as before.

use std::path::Path;

use itam_tests::nats::{NatsOptions, NatsServer};
use itam_tests::{Client, Service, run_itam};
use serde_json::json;

use crate::installation::{Installation, assert_problem, position_of};
use crate::organization::{Organization, laptop};

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

async fn copy(args: &[&str], nats: &NatsServer) -> Result<String, String> {
    let mut all = vec!["log", "copy"];
    all.extend(args);
    let output = run_itam(&all, &[("ITAM_NATS", &nats.url())]).await;
    let said = [&output.stdout[..], &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    if output.status.success() { Ok(said.concat()) } else { Err(said.concat()) }
}

/// Everything an auditor is given: the stored bytes with their positions.
async fn history(client: &Client) -> String {
    client.get("/v1/events?from=1&limit=1000").await.text
}

#[tokio::test]
async fn a_history_goes_to_a_server_and_back_with_its_bytes_people_tokens_and_repetitions() {
    let mut itam = Installation::embedded().await;
    let org = Organization::define(&itam.commands).await;
    let first = itam.commands.command_once("once", "register-asset", laptop(&org.laptop, "LT-1")).await;
    let deploy = json!({"asset": "LT-1", "custodian": {"person": org.ada}});
    let last = position_of(&itam.commands.done("deploy-asset", deploy).await);
    let events = history(&itam.queries).await;
    let nats = NatsServer::start(NatsOptions::default()).await.expect("a nats-server");
    let data = itam.folder().to_owned();
    let there = ["--from", text(&data), "--to", "nats"];
    let complaint = copy(&there, &nats).await.expect_err("the log is in use");
    assert!(complaint.contains("open in another process"), "{complaint}");
    assert!(itam.up().stop().await.success());
    let said = copy(&there, &nats).await.expect("copied");
    assert!(said.contains(&format!("position {last}, 2 people")), "{said}");
    let complaint = copy(&there, &nats).await.expect_err("it is full");
    assert!(complaint.contains("not empty"), "{complaint}");

    let folder = tempfile::tempdir().expect("a folder");
    let on_nats = folder.path().join("on-nats");
    let mut service = Service::start("up", &on_nats, &["--nats", &nats.url()]).await;
    service.ready().await;
    let client = Client::new(&service.url, &itam.admin);
    assert_eq!(history(&client).await, events);
    let again = client.command_once("once", "register-asset", laptop(&org.laptop, "LT-1")).await;
    assert_eq!((again.json(), again.header("idempotency-replayed")), (first.json(), Some("true")));
    assert_problem(&client.command("register-asset", laptop(&org.laptop, "LT-1")).await, 409, "already-held");
    let returned = client.done("return-asset", json!({"asset": "LT-1", "location_id": org.stockroom})).await;
    // The event, and behind it the message that holds the commit to the fence of the location.
    assert_eq!(position_of(&returned), last + 2);
    let events = history(&client).await;
    assert!(service.stop().await.success());

    let back = folder.path().join("back");
    let here = ["--from", "nats", "--to", text(&back)];
    copy(&here, &nats).await.expect("copied back");
    let complaint = copy(&here, &nats).await.expect_err("it is full");
    assert!(complaint.contains("not empty"), "{complaint}");
    let service = Service::start("up", &back, &[]).await;
    service.ready().await;
    let client = Client::new(&service.url, &itam.admin);
    assert_eq!(history(&client).await, events);
    assert_eq!(client.fetch(&format!("/v1/people/{}", org.ada)).await["name"], json!("Ada Byron"));
}

#[tokio::test]
async fn a_copy_without_people_and_tokens_says_so_by_its_flag_and_senseless_ones_are_refused() {
    let mut itam = Installation::embedded().await;
    Organization::define(&itam.commands).await;
    assert!(itam.up().stop().await.success());
    let nats = NatsServer::start(NatsOptions::default()).await.expect("a nats-server");
    let data = itam.folder().to_owned();
    let folder = tempfile::tempdir().expect("a folder");
    let nowhere = folder.path().join("nowhere");
    for (args, words) in [
        (["--from", "nats", "--to", "nats"], "the other a data directory"),
        (["--from", text(&data), "--to", text(&nowhere)], "the other a data directory"),
        (["--from", text(&nowhere), "--to", "nats"], "there is no embedded log"),
    ] {
        let complaint = copy(&args, &nats).await.expect_err("refused");
        assert!(complaint.contains(words), "{complaint}");
    }
    let other = copy(&["--from", text(&data), "--to", "nats", "--tenant", "other"], &nats).await;
    assert!(other.expect_err("another tenant").contains("belongs to the tenant main"));
    let said = copy(&["--from", text(&data), "--to", "nats", "--log-only"], &nats).await.expect("copied");
    assert!(said.contains("0 people (0 left out), 0 tokens"), "{said}");
}
