//! Processes that are killed, paused and stopped.

use crate::stand::Stand;
use crate::trial::{Report, Trial};

/// How many commands are sent between two faults.
const BETWEEN: usize = 120;

pub(super) async fn embedded_killed(seed: u64, times: u64) -> Report {
    let mut trial = Trial::begin(Stand::embedded().await, seed).await;
    for _ in 0..times {
        trial.work(BETWEEN).await;
        trial.stand.services[0].kill();
        trial.injected();
        trial.stand.services[0].restart().await;
        trial.recovered().await;
    }
    trial.work(BETWEEN).await;
    trial.end().await
}
