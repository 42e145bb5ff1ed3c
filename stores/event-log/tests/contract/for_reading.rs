//! Logs that are opened for reading alone: nothing is made or mended, and what cannot be read so
//! is refused with what to do.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use itam_event_log::{
    EmbeddedLog, EmbeddedOptions, EventLog, JetStreamLog, JetStreamOptions, LogError, LogExport, MessagePage,
    Tenant,
};
use itam_tests::nats::{NatsOptions, NatsServer};

use crate::support::{append_one, bodies, fresh_subject, limit, tenant};

const CACHE_BYTES: usize = 1024 * 1024;

fn open(path: &Path) -> Arc<dyn EventLog> {
    let options = EmbeddedOptions::new(|| DateTime::UNIX_EPOCH);
    Arc::new(EmbeddedLog::open(path, tenant(), options).unwrap())
}

fn read(path: &Path) -> Result<Arc<dyn LogExport>, LogError> {
    EmbeddedLog::open_for_reading(path, &tenant(), CACHE_BYTES)
}

fn assert_misconfigured(outcome: Result<Arc<dyn LogExport>, LogError>, part: &str) {
    match outcome {
        Err(LogError::Misconfigured(why)) => assert!(why.contains(part), "{why:?} does not say {part:?}"),
        Err(other) => panic!("expected a refusal that says {part:?}, got {other:?}"),
        Ok(_) => panic!("expected a refusal that says {part:?}, got a log"),
    }
}

#[tokio::test]
async fn a_file_is_read_by_many_and_stays_byte_for_byte_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.redb");
    let (subject, log) = (fresh_subject(), open(&path));
    let first = append_one(&log, &subject, 0, "1").await;
    append_one(&log, &subject, first, "2").await;
    drop(log);
    let before = fs::read(&path).unwrap();
    let (one, two) = (read(&path).unwrap(), read(&path).unwrap());
    for reader in [&one, &two] {
        assert_eq!(reader.head().await.unwrap(), 2);
        assert_eq!(bodies(&reader.read(1, limit(10)).await.unwrap().messages), ["1", "2"]);
        assert_eq!(bodies(&reader.load(&subject).await.unwrap()), ["1", "2"]);
        assert!(reader.load_last(&subject).await.unwrap().is_some());
        assert!(reader.export(1, limit(10)).await.unwrap().iter().all(|record| record.ends_commit));
        assert_eq!(reader.read(3, limit(10)).await.unwrap().messages, []);
    }
    drop((one, two));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_file_that_is_written_missing_cut_off_or_anothers_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.redb");
    assert_misconfigured(read(&path), "there is no embedded log");
    assert!(!path.exists(), "a file was made");
    let log = open(&path);
    append_one(&log, &fresh_subject(), 0, "1").await;
    assert!(matches!(read(&path), Err(LogError::InUse(_))));
    // What a crash leaves: the file as it is while it is written.
    let crashed = folder.path().join("crashed.redb");
    fs::copy(&path, &crashed).unwrap();
    let before = fs::read(&crashed).unwrap();
    assert_misconfigured(read(&crashed), "was not closed properly");
    assert_eq!(fs::read(&crashed).unwrap(), before);
    drop(log);
    let other = EmbeddedLog::open_for_reading(&path, &Tenant::try_new("other").unwrap(), CACHE_BYTES);
    assert_misconfigured(other, "tenant main");
    fs::write(&path, "asset_tag,serial\n".repeat(1000)).unwrap();
    assert!(matches!(read(&path), Err(LogError::Corrupt(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_read_as_it_is_and_none_is_made() {
    let nats = NatsServer::start(NatsOptions::default()).await.unwrap();
    let client = async_nats::connect(nats.url()).await.unwrap();
    let for_reading = || JetStreamLog::connect_for_reading(client.clone(), tenant());
    assert_misconfigured(for_reading().await, "there is no stream ITAM_main");
    assert_misconfigured(for_reading().await, "there is no stream ITAM_main");
    let options = JetStreamOptions::default();
    let log: Arc<dyn EventLog> =
        Arc::new(JetStreamLog::connect(client.clone(), tenant(), options).await.unwrap());
    append_one(&log, &fresh_subject(), 0, "1").await;
    let reader = for_reading().await.unwrap();
    assert_eq!(bodies(&reader.read(1, limit(1000)).await.unwrap().messages), ["1"]);
    append_one(&log, &fresh_subject(), 0, "2").await;
    assert_eq!(reader.export(1, limit(10)).await.unwrap().len(), 2);
}

/// Tails from the beginning. A tail gives out what has arrived, which may end before the hole.
async fn tail_until_it_fails(log: &Arc<dyn LogExport>) -> Result<MessagePage, LogError> {
    let mut from = 1;
    loop {
        let page = log.tail(from, limit(500), Duration::from_secs(20)).await?;
        from = page.messages.last().expect("a tail waits for a first message").position + 1;
    }
}

/// Who reads it by a consumer must not take a hole for something lost on the way, and wait for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_with_a_hole_is_called_damaged_and_not_waited_for() {
    let nats = NatsServer::start(NatsOptions::default()).await.unwrap();
    let client = async_nats::connect(nats.url()).await.unwrap();
    let deletable = async_nats::jetstream::stream::Config {
        name: "ITAM_main".to_owned(),
        subjects: vec!["itam.main.>".to_owned()],
        allow_direct: true,
        ..Default::default()
    };
    let raw = async_nats::jetstream::new(client.clone()).create_stream(deletable).await.unwrap();
    for number in 1..=9 {
        client.request(format!("itam.main.guard.g{number}"), "{}".into()).await.unwrap();
    }
    raw.delete_message(5).await.unwrap();

    let reader = JetStreamLog::connect_for_reading(client, tenant()).await.unwrap();
    let outcomes = [
        reader.read(1, limit(500)).await,
        reader.read(1, limit(10)).await,
        reader.read(5, limit(500)).await,
        tail_until_it_fails(&reader).await,
    ];
    for outcome in outcomes {
        let error = outcome.unwrap_err();
        assert!(
            matches!(&error, LogError::Corrupt(why) if why.contains("after position 4 came 6")),
            "{error:?}"
        );
    }
    assert_eq!(reader.read(6, limit(500)).await.unwrap().messages.len(), 4);
}
