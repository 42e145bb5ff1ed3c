//! The vault in buckets, on a real server.

use std::fs;
use std::path::Path;

use itam_tests::eventually;
use itam_tests::nats::{NatsOptions, NatsServer};
use itam_vault::jetstream::{BucketOptions, JetStreamPeople, JetStreamTokens};
use itam_vault::{PersonVault as _, TokenStore as _, VaultError};

use super::samples::{at, named, person, token};
use super::{people, tokens};

async fn start_server() -> NatsServer {
    NatsServer::start(NatsOptions::default()).await.expect("a server")
}

async fn client(server: &NatsServer) -> async_nats::Client {
    async_nats::connect(server.url()).await.expect("a connection")
}

fn options() -> BucketOptions {
    BucketOptions { tenant: "main".to_owned(), replicas: 1 }
}

async fn people(server: &NatsServer) -> JetStreamPeople {
    JetStreamPeople::connect(client(server).await, &options()).await.expect("a bucket")
}

async fn tokens(server: &NatsServer) -> JetStreamTokens {
    JetStreamTokens::connect(client(server).await, &options()).await.expect("a bucket")
}

#[tokio::test]
async fn people_fulfil_the_contract() {
    let server = start_server().await;
    people::fulfils_the_contract(&people(&server).await).await;
}

#[tokio::test]
async fn tokens_fulfil_the_contract() {
    let server = start_server().await;
    tokens::fulfils_the_contract(&tokens(&server).await, &tokens(&server).await).await;
}

#[tokio::test]
async fn another_process_follows_and_a_later_one_loads() {
    let server = start_server().await;
    let (here, there) = (people(&server).await, people(&server).await);
    here.put(person(1), named("Ada Lovelace", "ada")).await.unwrap();
    here.put(person(2), named("Grace Hopper", "grace")).await.unwrap();
    here.begin_erasure(person(2)).await.unwrap();
    eventually("the other process has followed", || async {
        (there.directory().pending_erasures() == [person(2)]).then_some(())
    })
    .await;
    assert_eq!(there.directory().find_by_username("ada"), Some(person(1)));

    there.erase(person(2)).await.unwrap();
    let later = people(&server).await.directory();
    assert_eq!((later.count(), later.pending_erasures().len()), (1, 0));
    eventually("the erasure is followed", || async {
        here.directory().find(person(2)).is_none().then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_restart_of_the_server_is_survived() {
    let mut server = start_server().await;
    let (here, there) = (people(&server).await, tokens(&server).await);
    here.put(person(1), named("Ada Lovelace", "ada")).await.unwrap();
    server.kill();
    assert_eq!(here.directory().find_by_username("ada"), Some(person(1)), "memory answers meanwhile");
    server.restart().await.unwrap();

    let writer = people(&server).await;
    writer.put(person(2), named("Grace Hopper", "grace")).await.unwrap();
    tokens(&server).await.create(token(1)).await.unwrap();
    eventually("the followers are back", || async {
        let knows_token = there.find_by_hash(&token(1).token_hash).await.unwrap().is_some();
        (here.directory().find_by_username("grace").is_some() && knows_token).then_some(())
    })
    .await;
}

#[tokio::test]
async fn tokens_of_format_1_are_read_and_stored_as_format_2() {
    let server = start_server().await;
    let store = tokens(&server).await;
    let mut record = serde_json::to_value(token(1)).expect("plain JSON");
    record.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
    let context = async_nats::jetstream::new(client(&server).await);
    let bucket = context.get_key_value("ITAM_main_tokens").await.unwrap();
    let key = format!("t.{}", token(1).id);
    let stored = serde_json::json!({"format": 1, "value": record}).to_string();
    bucket.put(&key, stored.into()).await.unwrap();
    assert_eq!(store.list().await.unwrap(), [token(1)]);
    store.revoke(token(1).id, at(2_000)).await.unwrap();
    let stored = bucket.get(&key).await.unwrap().expect("it is there");
    assert!(stored.starts_with(br#"{"format":2,"#), "{stored:?}");
}

#[tokio::test]
async fn an_erased_person_is_not_in_the_files_of_the_server() {
    let server = start_server().await;
    let vault = people(&server).await;
    vault.put(person(1), named("Maiden Name", "maiden")).await.unwrap();
    vault.put(person(1), named("Married Name", "married")).await.unwrap();
    vault.put(person(2), named("Bystander", "by")).await.unwrap();
    assert!(!holds(&server.store_folder(), "Maiden Name"));
    assert!(holds(&server.store_folder(), "Married Name"));
    vault.erase(person(1)).await.unwrap();
    for text in ["Maiden Name", "Married Name", "maiden", "married"] {
        assert!(!holds(&server.store_folder(), text), "{text}");
    }
    assert!(holds(&server.store_folder(), "Bystander"));
}

fn holds(path: &Path, text: &str) -> bool {
    if path.is_dir() {
        return fs::read_dir(path)
            .expect("a readable file")
            .any(|entry| holds(&entry.expect("a readable file").path(), text));
    }
    let bytes = fs::read(path).expect("a readable file");
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

#[tokio::test]
async fn an_erasure_that_was_cut_short_is_seen_and_done_again() {
    let server = start_server().await;
    let vault = people(&server).await;
    vault.put(person(1), named("Ada Lovelace", "ada")).await.unwrap();
    vault.begin_erasure(person(1)).await.unwrap();
    // What a crash after the deletion leaves: the mark, the earlier value, and a claim.
    let context = async_nats::jetstream::new(client(&server).await);
    let bucket = context.get_key_value("ITAM_main_people").await.unwrap();
    bucket.delete(format!("p.{}", person(1))).await.unwrap();
    drop(vault);

    let vault = people(&server).await;
    assert_eq!(vault.directory().pending_erasures(), [person(1)]);
    vault.erase(person(1)).await.unwrap();
    assert!(vault.directory().pending_erasures().is_empty());
    assert!(!holds(&server.store_folder(), "Ada Lovelace"));
    vault.put(person(2), named("Another Ada", "ada")).await.unwrap();
}

#[tokio::test]
async fn a_bucket_that_could_not_erase_is_refused() {
    let server = start_server().await;
    let context = async_nats::jetstream::new(client(&server).await);
    let config = async_nats::jetstream::kv::Config {
        bucket: "ITAM_main_people".to_owned(),
        history: 5,
        ..Default::default()
    };
    context.create_key_value(config).await.unwrap();
    let refused = JetStreamPeople::connect(client(&server).await, &options()).await.unwrap_err();
    assert!(matches!(refused, VaultError::Misconfigured(_)), "{refused}");
    let tenant = BucketOptions { tenant: "a.b".to_owned(), replicas: 1 };
    let refused = JetStreamTokens::connect(client(&server).await, &tenant).await.unwrap_err();
    assert!(refused.to_string().contains("a.b"), "{refused}");
}
