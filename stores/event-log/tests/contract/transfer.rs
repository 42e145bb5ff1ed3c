//! A history goes from one log to another and back, and nothing of it is another afterwards.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, SubsecRound as _, Utc};
use itam_event_log::{
    AppendError, EmbeddedImport, EmbeddedLog, EmbeddedOptions, EventLog, JetStreamImport, JetStreamLog,
    JetStreamOptions, LogError, LogExport, LogImport, LogReader, TransferRecord,
};
use itam_tests::nats::{NatsOptions, NatsServer};

use crate::support::{append_one, commit, fresh_key, fresh_subject, tenant, write};

fn options() -> EmbeddedOptions {
    let at: DateTime<Utc> = "2026-03-02T07:00:00.125Z".parse().unwrap();
    EmbeddedOptions::new(move || at)
}

fn embedded(path: &Path) -> EmbeddedLog {
    EmbeddedLog::open(path, tenant(), options()).unwrap()
}

async fn client(server: &NatsServer) -> async_nats::Client {
    async_nats::connect(server.url()).await.unwrap()
}

async fn all(log: &dyn LogExport) -> Vec<TransferRecord> {
    let mut records = Vec::new();
    loop {
        let from = records.len() as u64 + 1;
        let page = log.export(from, NonZeroUsize::new(7).unwrap()).await.unwrap();
        if page.is_empty() {
            return records;
        }
        assert!(page.last().unwrap().ends_commit, "a page is cut inside a commit");
        records.extend(page);
    }
}

/// Commits of one and of several messages, some on one subject.
async fn fill(log: &Arc<dyn EventLog>) {
    let (subject, key) = (fresh_subject(), fresh_key());
    let first = append_one(log, &subject, 0, "one").await;
    for number in 0..40 {
        append_one(log, &fresh_subject(), 0, &format!("single {number}")).await;
    }
    let both = commit([write(&subject, first, "two"), write(&key, 0, "claim")]);
    log.append(both).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_goes_to_a_server_and_back_and_is_the_same() {
    let server = NatsServer::start(NatsOptions::default()).await.unwrap_or_else(|error| panic!("{error}"));
    let folder = tempfile::tempdir().unwrap();
    let source: Arc<EmbeddedLog> = Arc::new(embedded(&folder.path().join("source.redb")));
    fill(&(Arc::clone(&source) as Arc<dyn EventLog>)).await;
    let history = all(source.as_ref()).await;
    assert_eq!(history.iter().filter(|record| !record.ends_commit).count(), 1);

    let import =
        JetStreamImport::begin(client(&server).await, tenant(), &JetStreamOptions::default()).await.unwrap();
    import.import(&history[..20]).await.unwrap();
    drop(import);
    let refused = JetStreamLog::connect(client(&server).await, tenant(), JetStreamOptions::default()).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("half of a history"), "{refused}");

    // It goes on where it was cut, and only there.
    let import =
        JetStreamImport::begin(client(&server).await, tenant(), &JetStreamOptions::default()).await.unwrap();
    assert_eq!(import.head().await.unwrap(), 20);
    assert!(matches!(import.import(&history[19..]).await, Err(LogError::Corrupt(_))));
    import.import(&history[20..]).await.unwrap();
    import.finish().await.unwrap();
    let full = JetStreamImport::begin(client(&server).await, tenant(), &JetStreamOptions::default()).await;
    assert!(full.unwrap_err().to_string().contains("not empty"));

    let there = JetStreamLog::connect(client(&server).await, tenant(), JetStreamOptions::default()).await;
    let there = there.unwrap();
    assert_eq!(all(&there).await, history);
    for record in &history {
        // By the leader, too, and by subject.
        let loaded = there.load_latest(&record.message.subject).await.unwrap();
        assert!(loaded.contains(&record.message), "{loaded:?} has no {record:?}");
    }

    let back = EmbeddedImport::begin(&folder.path().join("back.redb"), tenant(), options()).unwrap();
    back.import(&all(&there).await).await.unwrap();
    back.finish().await.unwrap();
    assert_eq!(back.export(1, NonZeroUsize::new(1000).unwrap()).await.unwrap(), history);
}

#[tokio::test(flavor = "multi_thread")]
async fn expectations_hold_on_what_was_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let source: Arc<EmbeddedLog> = Arc::new(embedded(&folder.path().join("source.redb")));
    fill(&(Arc::clone(&source) as Arc<dyn EventLog>)).await;
    let history = all(source.as_ref()).await;
    let path = folder.path().join("copy.redb");
    EmbeddedImport::begin(&path, tenant(), options()).unwrap().import(&history).await.unwrap();

    let copy = embedded(&path);
    let last = history.last().unwrap();
    let subject = &last.message.subject;
    let stale = copy.append(commit([write(subject, 0, "again")])).await;
    assert!(matches!(stale, Err(AppendError::Conflict { .. })), "{stale:?}");
    let position = copy.append(commit([write(subject, last.message.position, "next")])).await.unwrap().last;
    assert_eq!(position, last.message.position + 1);
    assert_eq!(copy.load(subject).await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_commit_a_gap_and_another_tenants_subject_are_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let source: Arc<EmbeddedLog> = Arc::new(embedded(&folder.path().join("source.redb")));
    fill(&(Arc::clone(&source) as Arc<dyn EventLog>)).await;
    let history = all(source.as_ref()).await;
    let import = EmbeddedImport::begin(&folder.path().join("x.redb"), tenant(), options()).unwrap();
    let mut foreign = history[..1].to_vec();
    foreign[0].message.subject = itam_event_log::Subject::try_new("itam.other.guard.seats").unwrap();
    let cut = &history[..history.len() - 1];
    for (wrong, word) in [(cut, "cut"), (&history[1..], "should come"), (&foreign[..], "tenant main")] {
        let error = import.import(wrong).await.unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
    assert_eq!(import.head().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_servers_own_history_keeps_its_times_to_the_millisecond_in_a_file() {
    let server = NatsServer::start(NatsOptions::default()).await.unwrap_or_else(|error| panic!("{error}"));
    let log = JetStreamLog::connect(client(&server).await, tenant(), JetStreamOptions::default()).await;
    let log = Arc::new(log.unwrap());
    fill(&(Arc::clone(&log) as Arc<dyn EventLog>)).await;
    let mut history = all(log.as_ref()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = EmbeddedImport::begin(&folder.path().join("log.redb"), tenant(), options()).unwrap();
    file.import(&history).await.unwrap();
    for record in &mut history {
        record.message.stored_at = record.message.stored_at.trunc_subsecs(3);
    }
    assert_eq!(file.export(1, NonZeroUsize::new(1000).unwrap()).await.unwrap(), history);
}
