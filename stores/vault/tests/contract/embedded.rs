//! The vault in files.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use itam_vault::embedded::{EmbeddedPeople, FileTokens};
use itam_vault::{PersonVault as _, TokenStore as _, VaultError};
use tempfile::TempDir;

use super::samples::{at, ending_token, named, person, token};
use super::{people, tokens};

fn folder() -> TempDir {
    TempDir::new().expect("a temporary folder")
}

#[tokio::test]
async fn people_fulfil_the_contract() {
    let folder = folder();
    people::fulfils_the_contract(&EmbeddedPeople::open(folder.path()).await.unwrap()).await;
}

#[tokio::test]
async fn tokens_fulfil_the_contract() {
    let folder = folder();
    let (here, there) = (FileTokens::open(folder.path()).unwrap(), FileTokens::open(folder.path()).unwrap());
    tokens::fulfils_the_contract(&here, &there).await;
}

#[tokio::test]
async fn people_outlive_the_process() {
    let folder = folder();
    let vault = EmbeddedPeople::open(folder.path()).await.unwrap();
    vault.put(person(1), named("Ada Lovelace", "ada")).await.unwrap();
    vault.put(person(2), named("Grace Hopper", "grace")).await.unwrap();
    vault.begin_erasure(person(2)).await.unwrap();
    drop(vault);

    let directory = EmbeddedPeople::open(folder.path()).await.unwrap().directory();
    assert_eq!(directory.find_by_username("ada"), Some(person(1)));
    assert_eq!(directory.pending_erasures(), [person(2)]);
}

fn holds(folder: &Path, text: &str) -> bool {
    let contains = |bytes: &[u8]| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    let mut files = fs::read_dir(folder).expect("a readable folder");
    files.any(|file| contains(&fs::read(file.expect("a file").path()).expect("a readable file")))
}

#[tokio::test]
async fn an_erasure_that_was_cut_short_is_finished_at_the_next_start() {
    let folder = folder();
    let vault = EmbeddedPeople::open(folder.path()).await.unwrap();
    vault.put(person(1), named("Ada Lovelace", "ada")).await.unwrap();
    vault.put(person(2), named("Bystander", "by")).await.unwrap();
    drop(vault);
    // What a crash after the transaction leaves.
    let database = redb::Database::create(folder.path().join("vault.redb")).unwrap();
    let transaction = database.begin_write().unwrap();
    let details = redb::TableDefinition::<u128, &[u8]>::new("details_by_person");
    transaction.open_table(details).unwrap().remove(person(1).as_u128()).unwrap();
    let erasures = redb::TableDefinition::<u128, ()>::new("erasure_by_person");
    transaction.open_table(erasures).unwrap().insert(person(1).as_u128(), ()).unwrap();
    transaction.commit().unwrap();
    drop(database);
    fs::write(folder.path().join("vault.rewritten"), "half a file with Ada Lovelace").unwrap();

    let vault = EmbeddedPeople::open(folder.path()).await.unwrap();
    assert!(!holds(folder.path(), "Ada Lovelace") && holds(folder.path(), "Bystander"));
    assert!(vault.directory().pending_erasures().is_empty());
    vault.put(person(3), named("Another Ada", "ada")).await.unwrap();
}

#[tokio::test]
async fn an_erased_person_is_not_in_the_bytes_of_the_file() {
    let folder = folder();
    let vault = EmbeddedPeople::open(folder.path()).await.unwrap();
    vault.put(person(1), named("Maiden Name", "maiden")).await.unwrap();
    vault.put(person(1), named("Married Name", "married")).await.unwrap();
    vault.put(person(2), named("Bystander", "by")).await.unwrap();
    assert!(holds(folder.path(), "Married Name") && holds(folder.path(), "married"));

    vault.erase(person(1)).await.unwrap();
    for text in ["Maiden Name", "Married Name", "maiden", "married"] {
        assert!(!holds(folder.path(), text), "{text}");
    }
    assert!(holds(folder.path(), "Bystander"));

    vault.put(person(3), named("Later", "later")).await.unwrap();
    drop(vault);
    let directory = EmbeddedPeople::open(folder.path()).await.unwrap().directory();
    assert_eq!(directory.count(), 2);
    assert_eq!(directory.find_by_username("by"), Some(person(2)));
}

#[tokio::test]
async fn a_second_process_is_refused_with_the_reason() {
    let folder = folder();
    let _first = EmbeddedPeople::open(folder.path()).await.unwrap();
    let second = EmbeddedPeople::open(folder.path()).await.unwrap_err();
    assert!(matches!(second, VaultError::InUse(_)), "{second}");
}

#[tokio::test]
async fn files_of_a_newer_format_are_refused() {
    let folder = folder();
    let database = redb::Database::create(folder.path().join("vault.redb")).unwrap();
    let transaction = database.begin_write().unwrap();
    let table = redb::TableDefinition::<&str, u32>::new("number_by_name");
    transaction.open_table(table).unwrap().insert("format", 2).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let people = EmbeddedPeople::open(folder.path()).await.unwrap_err();
    assert!(matches!(people, VaultError::NewerFormat { found: 2, .. }), "{people}");

    fs::write(folder.path().join("tokens.json"), r#"{"format":3,"value":{}}"#).unwrap();
    let tokens = FileTokens::open(folder.path()).unwrap_err();
    assert!(matches!(tokens, VaultError::NewerFormat { found: 3, .. }), "{tokens}");
}

/// A token as the build before this one stored it.
const TOKEN_OF_FORMAT_1: &str = r#"{"id":"00000000-0000-0000-0000-000000002001","name":"token 1","role":"auditor",
    "token_hash":"0000000000000000000000000000000000000000000000000000000000000001","created_at":"1970-01-01T00:16:40Z"}"#;

#[tokio::test]
async fn tokens_of_format_1_are_read_and_stored_as_format_2() {
    let folder = folder();
    let file = folder.path().join("tokens.json");
    fs::write(&file, format!(r#"{{"format":1,"value":[{TOKEN_OF_FORMAT_1}]}}"#)).unwrap();
    let tokens = FileTokens::open(folder.path()).unwrap();
    assert_eq!(tokens.list().await.unwrap(), [token(1)]);
    tokens.create(ending_token(2)).await.unwrap();
    assert!(fs::read_to_string(file).unwrap().starts_with(r#"{"format":2,"#));
    assert_eq!(tokens.list().await.unwrap(), [token(1), ending_token(2)]);
}

#[tokio::test]
async fn notes_of_uses_that_cannot_be_read_are_begun_anew() {
    let folder = folder();
    let tokens = FileTokens::open(folder.path()).unwrap();
    fs::write(folder.path().join("token-uses.json"), "{").unwrap();
    tokens.note_use(token(1).id, at(1_000)).await.unwrap();
    assert_eq!(tokens.last_uses().await.unwrap().get(&token(1).id), Some(&at(1_000)));
}

#[tokio::test]
async fn a_file_that_is_no_vault_is_refused() {
    let folder = folder();
    fs::write(folder.path().join("vault.redb"), vec![7; 10_000]).unwrap();
    assert!(EmbeddedPeople::open(folder.path()).await.is_err());
    fs::write(folder.path().join("tokens.json"), "[").unwrap();
    let tokens = FileTokens::open(folder.path()).unwrap_err();
    assert!(matches!(tokens, VaultError::Corrupt { .. }), "{tokens}");
}

#[tokio::test]
async fn only_the_owner_may_read_the_files() {
    let folder = folder();
    let _vault = EmbeddedPeople::open(folder.path()).await.unwrap();
    let tokens = FileTokens::open(folder.path()).unwrap();
    tokens.create(token(1)).await.unwrap();
    tokens.note_use(token(1).id, at(1_000)).await.unwrap();
    for name in ["vault.redb", "tokens.json", "token-uses.json"] {
        let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn a_token_file_that_goes_bad_lets_nobody_in() {
    let folder = folder();
    let writer = FileTokens::open(folder.path()).unwrap();
    writer.create(token(1)).await.unwrap();
    fs::write(folder.path().join("tokens.json"), "{").unwrap();
    let reader = itam_tests::eventually("the file is looked at again", || async {
        writer.find_by_hash(&token(1).token_hash).await.err()
    });
    assert!(matches!(reader.await, VaultError::Corrupt { .. }));
}
