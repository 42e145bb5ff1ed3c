//! The projector behind the embedded log.

use std::sync::Arc;
use std::time::{Duration, Instant};

use itam_event_log::{Commit, EmbeddedLog, EmbeddedOptions, EventLog, Write};

use crate::support::{Running, asset, noon, registration, subject, tenant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_appended_is_visible_at_once() {
    let dir = tempfile::tempdir().expect("temp dir");
    let log =
        EmbeddedLog::open(&dir.path().join("log.redb"), tenant(), EmbeddedOptions::new(noon)).expect("log");
    let log: Arc<EmbeddedLog> = Arc::new(log);
    let running = Running::start(log.clone(), &dir.path().join("read-model"));
    running.until("it follows", |status| status.phase == itam_projector::Phase::Following).await;
    let mut took = Vec::new();
    for number in 1..=200 {
        let write = Write { subject: subject(number), expected: 0, body: registration(number).into() };
        let appended = log.append(Commit::of(vec![write])).await.expect("appended");
        let start = Instant::now();
        let applied = running.model.wait_for(appended.last, Duration::from_mins(2)).await.expect("wait");
        took.push(start.elapsed());
        assert!(applied >= appended.last);
        let snapshot = running.model.snapshot().expect("snapshot");
        assert!(snapshot.now().asset(asset(number)).expect("read").is_some());
    }
    took.sort_unstable();
    println!("visible after p50 {:?} p99 {:?}", took[100], took[198]);
    running.stop().await;
}
