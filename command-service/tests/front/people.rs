//! Persons: what is known of them is in the vault, never in the log, and can be erased.

use itam_vault::PersonVault as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::faulty_log::Fault::{LostUnheard, Refused, StoredUnheard};
use super::test_server::{Api, TestServer};

fn ada() -> Value {
    json!({"name": "Ada Lovelace", "email": "ada@analytical.example", "username": "adalove",
        "employee_number": "E-1815", "job_title": "Enchantress of Numbers"})
}

async fn add(api: &Api) -> Uuid {
    api.did("add-person", "ada", ada()).await.parse().unwrap()
}

fn name_of(server: &TestServer, id: Uuid) -> Option<String> {
    let details = server.vault.directory().find(id)?;
    Some(details.display_name.clone())
}

#[tokio::test]
async fn a_name_is_in_the_vault_and_nowhere_in_the_log() {
    let server = TestServer::open().await;
    let api = server.api();
    let id = add(&api).await;
    assert_eq!(name_of(&server, id).as_deref(), Some("Ada Lovelace"));
    let erased = api.send("erase-person", "erase", json!({"person_id": id})).await;
    assert_eq!(erased.body["events"][0]["type"], "person.erased");
    assert_eq!(name_of(&server, id), None);
    for message in server.stored().await {
        let text = String::from_utf8(message.body.to_vec()).unwrap().to_lowercase();
        for word in ["lovelace", "analytical", "adalove", "e-1815", "enchantress"] {
            assert!(!text.contains(word), "{text}");
        }
    }
}

#[tokio::test]
async fn an_old_repetition_brings_no_name_back() {
    let server = TestServer::open().await;
    let api = server.api();
    let id = add(&api).await;
    let married = json!({"person_id": id, "name": "Ada King"});
    api.did("add-person", "married", married).await;
    for api in [&api, &server.api()] {
        let again = api.send("add-person", "ada", ada()).await;
        assert!(again.is_replayed(), "{}", again.body);
        assert_eq!(name_of(&server, id).as_deref(), Some("Ada King"));
    }
    api.did("erase-person", "erase", json!({"person_id": id})).await;
    for api in [&api, &server.api()] {
        assert!(api.send("add-person", "ada", ada()).await.is_replayed());
        let anew = json!({"person_id": id, "name": "Ada"});
        api.send("add-person", "anew", anew).await.is_problem(409, "rejected-by-rule");
        assert_eq!(name_of(&server, id), None);
    }
}

#[tokio::test]
async fn what_the_log_did_not_store_is_taken_back_from_the_vault() {
    let server = TestServer::open().await;
    let api = server.api();
    server.log.fail_next(&[Refused]);
    api.send("add-person", "lost", ada()).await.is_problem(503, "log-unavailable");
    assert_eq!(server.vault.directory().count(), 0);
    // So the user name is free for the same person under another key.
    let id = add(&api).await;
    server.log.fail_next(&[Refused]);
    let change = json!({"person_id": id, "name": "Eve"});
    api.send("add-person", "change", change).await.is_problem(503, "log-unavailable");
    assert_eq!(name_of(&server, id).as_deref(), Some("Ada Lovelace"));
    // An erasure that was not stored leaves no mark that keeps others out.
    server.log.fail_next(&[Refused]);
    let erase = json!({"person_id": id});
    api.send("erase-person", "erase", erase).await.is_problem(503, "log-unavailable");
    assert!(server.vault.directory().pending_erasures().is_empty());
    api.did("add-person", "again", json!({"person_id": id, "name": "Ada King"})).await;
}

#[tokio::test]
async fn an_append_without_an_answer_adds_and_erases_all_the_same() {
    let server = TestServer::open().await;
    let api = server.api();
    for fault in [StoredUnheard, LostUnheard] {
        let key = format!("{fault:?}");
        server.log.fail_next(&[fault]);
        let id = api.did("add-person", &key, json!({"name": "Ada"})).await;
        let id: Uuid = id.parse().unwrap();
        assert_eq!(name_of(&server, id).as_deref(), Some("Ada"));
        server.log.fail_next(&[fault]);
        api.did("erase-person", &format!("erase {key}"), json!({"person_id": id})).await;
        assert_eq!(name_of(&server, id), None);
    }
}

#[tokio::test]
async fn an_erasure_that_a_crash_cut_short_is_finished_later() {
    let server = TestServer::open().await;
    let api = server.api();
    // The crash comes between the append and the vault: the mark and the name are back.
    let crash = async |id: Uuid| {
        server.vault.put(id, itam_vault::PersonDetails::new("Ada")).await.unwrap();
        server.vault.begin_erasure(id).await.unwrap();
    };
    let repeated = add(&api).await;
    let erase = json!({"person_id": repeated});
    api.did("erase-person", "first", erase.clone()).await;
    crash(repeated).await;
    assert!(api.send("erase-person", "first", erase.clone()).await.is_replayed());
    assert_eq!(name_of(&server, repeated), None);
    // A new command for the same is refused, and heals too.
    crash(repeated).await;
    api.send("erase-person", "other", erase).await.is_problem(409, "rejected-by-rule");
    assert_eq!(name_of(&server, repeated), None);

    let restarted = api.did("add-person", "restarted", json!({"name": "Ada"})).await;
    let restarted: Uuid = restarted.parse().unwrap();
    let begun = api.did("add-person", "begun", json!({"name": "Eve"})).await;
    let begun: Uuid = begun.parse().unwrap();
    api.did("erase-person", "erase", json!({"person_id": restarted})).await;
    crash(restarted).await;
    server.vault.begin_erasure(begun).await.unwrap();
    assert_eq!(server.desk().finish_erasures().await.unwrap(), 2);
    assert_eq!(name_of(&server, restarted), None);
    assert_eq!(name_of(&server, begun).as_deref(), Some("Eve"));
    assert!(server.vault.directory().pending_erasures().is_empty());
}
