//! The embedded log: the contract, and what only a file can get wrong.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use chrono::DateTime;
use futures_util::future::join_all;
use itam_event_log::{Commit, EmbeddedLog, EmbeddedOptions, EventLog, LogError, LogReader, Tenant};
use redb::{Database, TableDefinition};

use crate::cases::keep_the_contract;
use crate::support::{Logs, append_one, bodies, commit, fresh_subject, limit, tenant, write};

const META: TableDefinition<&str, &str> = TableDefinition::new("meta");
const HEADS_1: TableDefinition<&str, u64> = TableDefinition::new("head_by_subject");
const MESSAGES: TableDefinition<u64, &[u8]> = TableDefinition::new("message_by_position");

fn options() -> EmbeddedOptions {
    EmbeddedOptions::new(|| DateTime::from_timestamp_millis(1_767_225_600_123).unwrap())
}

fn open(path: &Path) -> Result<EmbeddedLog, LogError> {
    EmbeddedLog::open(path, tenant(), options())
}

async fn filled(path: &Path, count: usize) {
    let log: Arc<dyn EventLog> = Arc::new(open(path).unwrap());
    for index in 0..count {
        append_one(&log, &fresh_subject(), 0, &index.to_string()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_11_the_embedded_log_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let log: Arc<dyn EventLog> = Arc::new(open(&folder.path().join("log.redb")).unwrap());
    keep_the_contract(&Logs { one: Arc::clone(&log), two: log }).await;
}

#[tokio::test]
async fn a_reopened_log_holds_everything_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/er/log.redb");
    let subject = fresh_subject();
    let log: Arc<dyn EventLog> = Arc::new(open(&path).unwrap());
    let first = append_one(&log, &subject, 0, "1").await;
    drop(log);
    let log: Arc<dyn EventLog> = Arc::new(open(&path).unwrap());
    assert_eq!(log.head().await.unwrap(), 1);
    append_one(&log, &subject, first, "2").await;
    let messages = log.load(&subject).await.unwrap();
    assert_eq!(bodies(&messages), ["1", "2"]);
    assert_eq!(messages[0].stored_at.timestamp_millis(), 1_767_225_600_123);
}

/// Near messages are stepped to, far ones are looked up, and many are read by two threads.
#[tokio::test]
async fn a_long_history_is_loaded_in_order_however_far_its_messages_stand_from_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(&folder.path().join("log.redb")).unwrap();
    let subject = fresh_subject();
    let mut positions = vec![0];
    for index in 0..600 {
        let expected = positions[index];
        let others = (0..index % 20).map(|_| write(&fresh_subject(), 0, "other"));
        let writes = others.chain([write(&subject, expected, &index.to_string())]).collect();
        positions.push(log.append(Commit::of(writes)).await.unwrap().last);
    }
    let messages = log.load(&subject).await.unwrap();
    assert_eq!(messages.iter().map(|message| message.position).collect::<Vec<_>>(), positions[1..]);
    for (index, message) in messages.iter().enumerate() {
        assert_eq!((&message.subject, &*message.body), (&subject, index.to_string().as_bytes()));
    }
    assert_eq!(log.load_last(&subject).await.unwrap().as_ref(), messages.last());
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_the_log_finishes_the_accepted_commits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.redb");
    let log = open(&path).unwrap();
    let appends = join_all((0..50).map(|_| log.append(commit([write(&fresh_subject(), 0, "x")])))).await;
    drop(log);
    assert!(appends.iter().all(Result::is_ok));
    assert_eq!(open(&path).unwrap().head().await.unwrap(), 50);
}

#[tokio::test]
async fn a_log_that_is_open_elsewhere_is_not_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.redb");
    let _held = open(&path).unwrap();
    let error = open(&path).unwrap_err();
    assert!(matches!(&error, LogError::InUse(name) if name.ends_with("log.redb")), "{error:?}");
}

#[tokio::test]
async fn a_file_of_a_newer_format_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.redb");
    filled(&path, 1).await;
    let database = Database::open(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(META).unwrap().insert("format", "3").unwrap();
    transaction.commit().unwrap();
    drop(database);
    let error = open(&path).unwrap_err();
    assert!(matches!(error, LogError::NewerFormat { found: 3, supported: 2 }), "{error:?}");
}

/// A row and a head as format 1 laid them out: nothing compressed, nothing packed.
fn write_format_1(path: &Path, subject: &str, body: &[u8]) {
    let mut row = vec![1];
    row.extend_from_slice(&0_u64.to_be_bytes());
    row.extend_from_slice(&1_767_225_600_123_i64.to_be_bytes());
    row.extend_from_slice(&0_u16.to_be_bytes());
    row.extend_from_slice(&u16::try_from(subject.len()).unwrap().to_be_bytes());
    row.extend_from_slice(subject.as_bytes());
    row.extend_from_slice(body);
    let database = Database::create(path).unwrap();
    let transaction = database.begin_write().unwrap();
    {
        let mut meta = transaction.open_table(META).unwrap();
        meta.insert("format", "1").unwrap();
        meta.insert("tenant", tenant().as_str()).unwrap();
        transaction.open_table(MESSAGES).unwrap().insert(1, row.as_slice()).unwrap();
        transaction.open_table(HEADS_1).unwrap().insert(subject, 1).unwrap();
    }
    transaction.commit().unwrap();
}

#[tokio::test]
async fn a_file_of_format_1_is_read_and_goes_on_in_format_2() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.redb");
    let subject = fresh_subject();
    write_format_1(&path, subject.as_str(), b"old");
    for expected in [1, 2] {
        let log: Arc<dyn EventLog> = Arc::new(open(&path).unwrap());
        append_one(&log, &subject, expected, "new").await;
    }
    let log = open(&path).unwrap();
    assert_eq!(bodies(&log.load(&subject).await.unwrap()), ["old", "new", "new"]);
    assert_eq!(bodies(&log.read(1, limit(10)).await.unwrap().messages), ["old", "new", "new"]);
}

#[tokio::test]
async fn a_file_of_another_tenant_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.redb");
    filled(&path, 1).await;
    let error = EmbeddedLog::open(&path, Tenant::try_new("other").unwrap(), options()).unwrap_err();
    assert!(matches!(&error, LogError::Misconfigured(why) if why.contains("tenant main")), "{error:?}");
}

#[tokio::test]
async fn a_file_that_is_no_log_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.redb");
    fs::write(&path, "asset_tag,serial\n".repeat(1000)).unwrap();
    let error = open(&path).unwrap_err();
    assert!(matches!(error, LogError::Corrupt(_)), "{error:?}");
}

/// Changes the stored rows of a log of five messages, behind its back.
async fn damaged(path: &Path, damage: impl FnOnce(&mut redb::Table<u64, &'static [u8]>)) {
    filled(path, 5).await;
    let database = Database::open(path).unwrap();
    let transaction = database.begin_write().unwrap();
    damage(&mut transaction.open_table(MESSAGES).unwrap());
    transaction.commit().unwrap();
}

#[tokio::test]
async fn rule_9_a_missing_position_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("1.redb"), folder.path().join("2.redb"));
    damaged(&first, |rows| drop(rows.remove(3).unwrap())).await;
    let error = open(&first).unwrap_err();
    assert!(matches!(&error, LogError::Corrupt(why) if why.contains("head")), "{error:?}");
    // A gap that the row count does not show is found by the reader that comes across it.
    damaged(&second, |rows| {
        drop(rows.remove(3).unwrap());
        rows.insert(0, [].as_slice()).unwrap();
    })
    .await;
    let error = open(&second).unwrap().read(1, limit(10)).await.unwrap_err();
    assert!(matches!(&error, LogError::Corrupt(why) if why.contains("position 3 is missing")), "{error:?}");
}

#[tokio::test]
async fn an_unreadable_row_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.redb");
    damaged(&path, |rows| drop(rows.insert(2, [9, 9].as_slice()).unwrap())).await;
    let error = open(&path).unwrap().read(1, limit(10)).await.unwrap_err();
    assert!(matches!(&error, LogError::Corrupt(why) if why.contains("position 2")), "{error:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.redb");
    filled(&path, 1).await;
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}
