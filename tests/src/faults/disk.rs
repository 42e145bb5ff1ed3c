//! The disk is full: no file grows any more, until there is space again.

use std::fs;

use crate::eventually_within;
use crate::history::{Outcome, Transport};
use crate::stand::{PROJECTOR, RECOVERS_WITHIN, Stand};
use crate::trial::{Report, Trial};

const BETWEEN: usize = 150;
/// Few: without space each waits until its client gives up.
const WHILE_FULL: usize = 12;

/// The embedded log and the read model meet a full disk.
pub(super) async fn full(seed: u64, times: u64) -> Report {
    let mut trial = Trial::begin(Stand::embedded().await, seed).await;
    for time in 0..times {
        trial.work(BETWEEN).await;
        let log = fs::metadata(trial.stand.folder().join("log.redb")).expect("the log's file").len();
        trial.stand.services[0].limit_files(Some(log / 2));
        trial.injected();
        let order = trial.cast.order(u64::MAX, time);
        let sender = trial.stand.sender.clone();
        eventually_within(RECOVERS_WITHIN, "a command is refused for want of space", || async {
            let outcome = sender.send(&order, Transport::Http, 0).await;
            matches!(outcome, Outcome::Refused { status: 503, .. } | Outcome::Unknown(_)).then_some(())
        })
        .await;
        trial.work(WHILE_FULL).await;
        assert!(trial.stand.services[0].is_running(), "it ended: {}", trial.stand.services[0].log());
        trial.stand.services[0].limit_files(None);
        trial.recovered().await;
    }
    trial.work(BETWEEN).await;
    trial.end().await
}

/// The read model alone meets a full disk: commands go on.
pub(super) async fn full_under_read_model(seed: u64, times: u64) -> Report {
    let mut trial = Trial::begin(Stand::on_nats().await.expect("a server"), seed).await;
    for _ in 0..times {
        trial.work(BETWEEN).await;
        trial.stand.services[PROJECTOR].limit_files(Some(64 * 1024));
        trial.injected();
        trial.work(BETWEEN).await;
        assert!(trial.stand.services[PROJECTOR].is_running(), "it ended");
        trial.stand.services[PROJECTOR].limit_files(None);
        trial.recovered().await;
    }
    trial.work(BETWEEN).await;
    trial.end().await
}
