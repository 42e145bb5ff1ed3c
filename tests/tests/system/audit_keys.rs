//! Keys of a log that are lost or changed while it runs: nobody takes over in silence, and whoever
//! verifies sees it.

use std::fs;
use std::path::Path;

use itam_tests::nats::{NatsOptions, NatsServer};
use itam_tests::{Answer, Client, Service, admin_token, eventually};
use reqwest::Method;
use serde_json::{Value, json};

use crate::audit_proof::{audit, done, refused, text, write};
use crate::installation::Installation;

async fn sign(client: &Client) -> Answer {
    client.send(client.request(Method::POST, "/v1/sealer/checkpoint")).await
}

/// A checkpoint of something new.
async fn signed_anew(client: &Client, name: &str) -> String {
    client.done("define-vendor", json!({"name": name})).await;
    let answer = sign(client).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.text
}

async fn key_of(data: &Path) -> String {
    done(&["key", "show", "--data", text(data)], None).await.trim().to_owned()
}

/// Signs nothing, and says why.
async fn stands_by(client: &Client) {
    client.done("define-vendor", json!({"name": "Unsealed"})).await;
    let answer = sign(client).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    let status = client.fetch("/v1/sealer").await;
    let trouble = status["trouble"].as_str().unwrap_or_default();
    assert!(trouble.contains("the key that signed it is missing"), "{status}");
    assert!(trouble.contains("itam audit key replace"), "{status}");
}

/// The auditor is given an export of a running service, and verifies it with these keys.
async fn verify(client: &Client, outside: &Path, files: &[&str], keys: &[&str], code: i32) -> String {
    let export = client.get("/v1/audit/export").await;
    assert_eq!(export.status, 200, "{}", export.text);
    let export = write(outside, "export.ndjson", &export.text);
    let mut args = vec!["verify", text(&export)];
    args.extend(files);
    for key in keys {
        args.extend(["--key", key]);
    }
    let said = audit(&args, None).await;
    assert_eq!(said.code, Some(code), "{} {}", said.out, said.complaint);
    said.out + &said.complaint
}

#[tokio::test]
async fn a_lost_key_is_replaced_by_the_operators_word_alone_and_whoever_verifies_sees_it() {
    let itam = Installation::embedded().await;
    let (data, outside) = (itam.folder(), tempfile::tempdir().expect("a folder"));
    let kept = signed_anew(&itam.commands, "Northwind").await;
    let old = key_of(data).await;
    let kept = write(outside.path(), "kept.txt", &kept);
    fs::rename(data.join("keys"), outside.path().join("lost")).expect("moved away");

    stands_by(&itam.commands).await;
    let complaint = refused(&["key", "create", "--data", text(data)], 1).await;
    assert!(
        complaint.contains("the log") || complaint.contains("was signed with another key"),
        "{complaint}"
    );
    let other = Installation::embedded().await;
    signed_anew(&other.commands, "Elsewhere").await;
    let stranger = key_of(other.folder()).await;
    let replace = |lost| ["key", "replace", "--lost", lost, "--data", text(data)];
    let complaint = refused(&replace(&stranger), 1).await;
    assert!(complaint.contains("the given keys are of others"), "{complaint}");

    let statement = done(&replace(&old), None).await;
    assert!(statement.starts_with("itam key loss statement v1\n"), "{statement}");
    let complaint = refused(&replace(&old), 1).await;
    assert!(complaint.contains("is there: a key that is not lost"), "{complaint}");
    let (now, new) = (signed_anew(&itam.commands, "Southwind").await, key_of(data).await);
    assert_ne!(new, old);

    // The old key vouches for nothing that is new; with the new one, all of it holds.
    let said = verify(&itam.queries, outside.path(), &[], &[&old], 1).await;
    assert!(said.contains("was lost and that it signs in its place: nobody vouches for that"), "{said}");
    let now = write(outside.path(), "now.txt", &now);
    let said = verify(&itam.queries, outside.path(), &[text(&kept), text(&now)], &[&old, &new], 0).await;
    assert!(said.contains("was lost, and did not vouch for it"), "{said}");
    verify(&itam.queries, outside.path(), &[], &[&new], 0).await;
    // Who finds the lost key again, or stole it, signs nothing with it.
    fs::remove_dir_all(data.join("keys")).expect("removed");
    fs::rename(outside.path().join("lost"), data.join("keys")).expect("moved back");
    itam.commands.done("define-vendor", json!({"name": "Westwind"})).await;
    assert_eq!(sign(&itam.commands).await.status, 503);
}

#[tokio::test]
async fn on_nats_a_whole_data_directory_is_lost_and_the_same_log_is_signed_on() {
    let nats = NatsServer::start(NatsOptions::default()).await.expect("a nats-server");
    let (before, after) = [(); 2].map(|()| tempfile::tempdir().expect("a folder")).into();
    let (url, outside) = (nats.url(), tempfile::tempdir().expect("a folder"));
    let mut first = Service::start("up", before.path(), &["--nats", &url]).await;
    let admin = admin_token(before.path()).await;
    let client = Client::new(&first.url, &admin);
    let kept = signed_anew(&client, "Northwind").await;
    let kept = write(outside.path(), "kept.txt", &kept);
    eventually("the stream has it", || async { (stored(&url).await > 0).then_some(()) }).await;
    let old = key_of(before.path()).await;
    first.stop().await;

    let second = Service::start("up", after.path(), &["--nats", &url]).await;
    second.ready().await;
    let client = Client::new(&second.url, &admin);
    stands_by(&client).await;
    let complaint = refused(&["key", "replace", "--lost", &old, "--data", text(after.path())], 1).await;
    assert!(complaint.contains("nothing is signed yet"), "{complaint}");
    done(&["key", "replace", "--lost", &old, "--data", text(after.path())], Some(&nats)).await;
    let now = signed_anew(&client, "Southwind").await;
    let count = stored(&url).await;
    eventually("the stream has that too", || async { (stored(&url).await > 1).then_some(()) }).await;
    assert!(count >= 1 && now.contains("itam/main/"), "{now}");
    let new = key_of(after.path()).await;
    let said = verify(&client, outside.path(), &[text(&kept)], &[&old, &new], 0).await;
    assert!(said.contains("was lost, and did not vouch for it"), "{said}");
}

/// How many checkpoints the stream has.
async fn stored(url: &str) -> u64 {
    let nats = async_nats::connect(url).await.expect("a connection");
    let info = nats.request("$JS.API.STREAM.INFO.ITAM_main_CHECKPOINTS", "".into()).await.expect("an answer");
    let info: Value = serde_json::from_slice(&info.payload).expect("JSON");
    info["state"]["messages"].as_u64().unwrap_or(0)
}

#[tokio::test]
async fn a_witness_that_knows_the_old_key_alone_refuses_the_new_one_until_it_is_told() {
    let (data, outside) = [(); 2].map(|()| tempfile::tempdir().expect("a folder")).into();
    let mut itam = Service::start("up", data.path(), &[]).await;
    let admin = admin_token(data.path()).await;
    signed_anew(&Client::new(&itam.url, &admin), "Northwind").await;
    let old = key_of(data.path()).await;
    itam.stop().await;
    let known = ["--name", "witness.example", "--log-key", &old];
    let mut witness = Service::start("witness", outside.path(), &known).await;
    let witness_key = Client::new(&witness.url, "").get("/key").await.text.trim().to_owned();
    let start = async |witness: &Service| {
        let args = ["--witness", &witness.url, "--witness-key", &witness_key, "--checkpoint-interval", "1s"];
        let itam = Service::start("up", data.path(), &args).await;
        itam.ready().await;
        itam
    };
    let mut itam = start(&witness).await;
    let mut client = Client::new(&itam.url, &admin);
    let reaches = async |client: &Client, name: &str, wanted: u64| {
        eventually("the witness has answered", || async {
            let status = client.fetch("/v1/sealer").await;
            (status[name] == json!(wanted) && status["checkpoint"] == status["sealed"]).then_some(())
        })
        .await;
    };
    reaches(&client, "countersigned", 1).await;

    done(&["key", "rotate", "--data", text(data.path())], None).await;
    let note = signed_anew(&client, "Southwind").await;
    eventually("the witness refuses", || async {
        (client.fetch("/v1/sealer").await["refusals"] != json!(0)).then_some(())
    })
    .await;
    assert!(!note.contains("— witness.example "), "{note}");

    let new = key_of(data.path()).await;
    for service in [&mut itam, &mut witness] {
        service.stop().await;
    }
    let witness =
        Service::start("witness", outside.path(), &[&known[..], &["--log-key", &new]].concat()).await;
    itam = start(&witness).await;
    client = Client::new(&itam.url, &admin);
    reaches(&client, "countersigned", 1).await;
    // Whoever trusts the first key and the witness verifies all of it.
    let export = client.get("/v1/audit/export").await.text;
    let export = write(outside.path(), "export.ndjson", &export);
    done(&["verify", text(&export), "--key", &old, "--witness", &witness_key], None).await;
}
