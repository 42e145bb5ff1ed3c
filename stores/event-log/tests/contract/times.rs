//! Positions are found by the time at which the log stored them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};
use itam_event_log::{EmbeddedLog, EmbeddedOptions, EventLog, LogReader, position_at, stored_at};

use crate::support::{append_one, fresh_subject, tenant};

fn second(number: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(number, 0).unwrap()
}

/// A log whose messages were stored at the given seconds.
async fn stored_at_seconds(folder: &tempfile::TempDir, seconds: &[i64]) -> Arc<dyn EventLog> {
    let now = Arc::new(AtomicI64::new(0));
    let clock = Arc::clone(&now);
    let options = EmbeddedOptions::new(move || second(clock.load(Ordering::SeqCst)));
    let path = folder.path().join(format!("{}.redb", seconds.len()));
    let log: Arc<dyn EventLog> = Arc::new(EmbeddedLog::open(&path, tenant(), options).unwrap());
    for at in seconds {
        now.store(*at, Ordering::SeqCst);
        append_one(&log, &fresh_subject(), 0, "x").await;
    }
    log
}

#[tokio::test]
async fn the_last_position_at_an_instant_is_found_in_logs_of_any_length() {
    let folder = tempfile::tempdir().unwrap();
    // Gaps in time, and several messages in one second.
    let seconds: Vec<i64> = (0..37).map(|number| 10 + number / 3 * 2).collect();
    for length in 0..=seconds.len() {
        let stored = &seconds[..length];
        let log = stored_at_seconds(&folder, stored).await;
        for asked in 8..=40 {
            let expected = stored.iter().filter(|at| **at <= asked).count() as u64;
            let found = position_at(log.as_ref() as &dyn LogReader, second(asked)).await.unwrap();
            assert_eq!(found, expected, "{length} messages, second {asked}");
        }
    }
}

#[tokio::test]
async fn what_was_found_stays_so_when_the_log_grows() {
    let folder = tempfile::tempdir().unwrap();
    // The clock was set back at the ninth message.
    let seconds = [1, 2, 3, 4, 5, 6, 7, 8, 3, 4, 5, 6, 30, 31, 32, 33, 34, 35, 36, 37];
    let mut found = Vec::new();
    for length in 12..seconds.len() {
        let log = stored_at_seconds(&folder, &seconds[..length]).await;
        found.push(position_at(log.as_ref() as &dyn LogReader, second(5)).await.unwrap());
    }
    assert!(found.iter().all(|position| *position == found[0]), "{found:?}");
}

#[tokio::test]
async fn a_position_that_is_not_there_has_no_time() {
    let folder = tempfile::tempdir().unwrap();
    let log = stored_at_seconds(&folder, &[7]).await;
    assert_eq!(stored_at(log.as_ref() as &dyn LogReader, 1).await.unwrap(), second(7));
    assert!(stored_at(log.as_ref() as &dyn LogReader, 2).await.is_err());
}
