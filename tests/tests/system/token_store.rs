//! What becomes of tokens in a data directory: in a backup, and when the last of an
//! administrator's has gone.

use itam_tests::{Client, run_itam};
use serde_json::{Value, json};

use crate::installation::Installation;
use crate::organization::Organization;
use crate::tokens::made;

#[tokio::test]
async fn a_token_keeps_its_end_through_backup_and_restore() {
    let itam = Installation::embedded().await;
    let wish = json!({"name": "x", "role": "auditor", "expires": "90d"});
    let token = made(&itam.commands, wish).await;
    let folder = tempfile::tempdir().expect("a folder");
    let backup = folder.path().join("a.backup");
    let path = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    itam.tool(&["backup", "--into", &path("a.backup"), "--server", &itam.services[0].url]).await;
    let restored = path("restored");
    let args = ["restore", "--from", backup.to_str().expect("text"), "--data", &restored];
    assert!(run_itam(&args, &[]).await.status.success());
    let list = run_itam(&["token", "list", "--data", &restored], &[]).await;
    let list = String::from_utf8(list.stdout).expect("text");
    let line = list.lines().find(|line| line.contains(token["id"].as_str().expect("an id"))).expect("listed");
    assert!(line.contains(token["expires_at"].as_str().expect("an end")), "{line}");
}

#[tokio::test]
async fn what_was_revoked_since_a_backup_comes_back_only_where_nobody_asks_for_less() {
    let itam = Installation::embedded().await;
    let org = Organization::define(&itam.commands).await;
    let of = |person: &str| json!({"name": "app", "role": "asset-analyst", "person_id": person});
    let adas = made(&itam.commands, of(&org.ada)).await["id"].clone();
    let bens = made(&itam.commands, of(&org.ben)).await["id"].clone();
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    let backup = path("a.backup");
    itam.tool(&["backup", "--into", &backup, "--server", &itam.services[0].url]).await;
    let states = async |name: &str, options: &[&str]| {
        let (data, place) = (path(name), path(name));
        let args = [&["restore", "--from", &backup, "--data", &data], options].concat();
        let restored = run_itam(&args, &[]).await;
        let told = String::from_utf8(restored.stdout).expect("text");
        let list = run_itam(&["token", "list", "--data", &place], &[]).await;
        let list = String::from_utf8(list.stdout).expect("text");
        let state = |id: &Value| {
            let line = list.lines().find(|line| line.contains(id.as_str().expect("an id"))).expect("listed");
            line.split_whitespace().nth(2).expect("a state").to_owned()
        };
        (state(&adas), state(&bens), told.contains("ATTENTION"), list.matches(" active ").count())
    };
    let (active, revoked) = (|| "active".to_owned(), || "revoked".to_owned());
    assert_eq!(states("all", &[]).await, (active(), active(), true, 3));
    assert_eq!(states("bens", &["--without-person", &org.ada]).await, (revoked(), active(), true, 2));
    assert_eq!(states("none", &["--revoke-tokens"]).await, (revoked(), revoked(), false, 0));
}

#[tokio::test]
async fn an_administrator_comes_in_after_every_token_of_hers_has_gone() {
    let mut itam = Installation::embedded().await;
    let first = itam.commands.fetch("/v1/me").await["token"]["id"].as_str().expect("an id").to_owned();
    itam.tool(&["token", "create", "--name", "x", "--role", "auditor"]).await;
    itam.tool(&["token", "revoke", &first]).await;
    assert!(itam.up().stop().await.success());
    itam.up().restart().await;
    let file = itam.folder().join("admin.token");
    let token = std::fs::read_to_string(&file).expect("a token of hers");
    assert_ne!(token.trim(), itam.admin);
    let client = Client::new(&itam.services[0].url, token.trim());
    assert_eq!(client.fetch("/v1/me").await["role"], "administrator");
    assert!(itam.up().stop().await.success());
    itam.up().restart().await;
    assert_eq!(std::fs::read_to_string(&file).expect("the same"), token);
}
