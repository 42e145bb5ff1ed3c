//! Processes that are killed, paused and stopped.

use std::time::Duration;

use crate::dice::Dice;
use crate::history::Outcome;
use crate::stand::{PROJECTOR, QUERY_SERVICE, RECOVERS_WITHIN, Stand};
use crate::trial::{Report, Trial};

/// How many commands are sent between two faults.
const BETWEEN: usize = 200;
/// How long a paused process stands still: longer than what waits for it is patient.
const PAUSE: Duration = Duration::from_secs(6);

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

pub(super) async fn command_service_killed(seed: u64, times: u64) -> Report {
    killed_at_random(seed, times, 0, 1 + BETWEEN as u64).await
}

/// Between two kills there is time for a part of a batch, so that over many kills each step of a
/// batch is struck.
pub(super) async fn projector_killed(seed: u64, times: u64) -> Report {
    killed_at_random(seed, times, PROJECTOR, 30).await
}

pub(super) async fn query_service_killed(seed: u64, times: u64) -> Report {
    killed_at_random(seed, times, QUERY_SERVICE, 1 + BETWEEN as u64).await
}

async fn killed_at_random(seed: u64, times: u64, service: usize, between: u64) -> Report {
    /// After how many kills there is time to recover.
    const SERIES: u64 = 5;
    let mut dice = Dice::of(seed, "kill", &[]);
    let mut trial = Trial::begin(Stand::on_nats().await.expect("a server"), seed).await;
    for time in 1..=times {
        let commands = dice.below(between);
        trial.work(usize::try_from(commands).unwrap_or(0)).await;
        trial.stand.services[service].kill();
        trial.injected();
        trial.stand.services[service].restart().await;
        if time % SERIES == 0 || time == times {
            trial.recovered().await;
        }
    }
    trial.work(BETWEEN).await;
    trial.end().await
}

/// A command service stands still with commands in hand, and goes on when others have done what
/// its clients sent them instead.
pub(super) async fn zombie(seed: u64, times: u64) -> Report {
    let mut trial = Trial::begin(Stand::on_nats().await.expect("a server"), seed).await;
    for _ in 0..times {
        trial.work(BETWEEN).await;
        trial.stand.services[0].signal("STOP");
        trial.injected();
        tokio::time::sleep(PAUSE).await;
        trial.stand.services[0].signal("CONT");
        trial.recovered().await;
    }
    trial.work(BETWEEN).await;
    trial.end().await
}

/// Who is asked to stop answers what it took: no command of the last moments is left unknown but
/// those whose connection was never served.
pub(super) async fn stopped(seed: u64, times: u64) -> Report {
    let mut stand = Stand::embedded().await;
    // Who gave up on a slow machine would not know what became of its command, and prove nothing.
    stand.sender.patience = RECOVERS_WITHIN;
    let mut trial = Trial::begin(stand, seed).await;
    for _ in 0..times {
        trial.work(BETWEEN).await;
        let status = trial.stand.services[0].stop().await;
        assert!(status.success(), "{status}: {}", trial.stand.services[0].log());
        trial.injected();
        trial.stand.services[0].restart().await;
        trial.recovered().await;
    }
    trial.work(BETWEEN).await;
    let history = trial.stand.sender.history.clone();
    let report = trial.end().await;
    let given_up = |outcome: &Outcome| matches!(outcome, Outcome::Unknown(_));
    let unknown = history.entries().operations.iter().filter(|sent| given_up(&sent.outcome)).count();
    assert_eq!(report.verdict.recovered, 0, "{unknown} were not answered, and some were stored");
    report
}
