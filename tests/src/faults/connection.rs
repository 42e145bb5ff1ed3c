//! The connection between a command service and its log breaks, at the worst moments.

use std::time::Duration;

use crate::chaos::Weather;
use crate::dice::Dice;
use crate::eventually_within;
use crate::stand::{RECOVERS_WITHIN, Stand};
use crate::trial::{Report, Trial};

/// What a plain append begins with, and what ends an atomic batch.
const MARKS: [&[u8]; 2] = [b"HPUB itam.main.event.", b"Nats-Batch-Commit"];
const BETWEEN: usize = 150;
/// How long a connection stays half open: longer than an append waits.
const HALF_OPEN: Duration = Duration::from_secs(8);
/// How late everything comes on a slow connection.
const LATE: Duration = Duration::from_millis(120);

/// On which side of the append something happens.
#[derive(Clone, Copy, Debug)]
pub(super) enum Moment {
    Before,
    After,
}

impl Moment {
    fn weather(self, dice: &mut Dice) -> Weather {
        let mark = dice.pick(&MARKS);
        match self {
            Self::Before => Weather::CutBefore(mark),
            Self::After => Weather::CutAfter(mark),
        }
    }
}

/// Sets the weather and waits until it has struck.
async fn strike(trial: &mut Trial, moment: Moment, dice: &mut Dice) {
    let before = trial.stand.proxy().struck();
    trial.stand.proxy().set(moment.weather(dice));
    eventually_within(RECOVERS_WITHIN, "an append is struck", || async {
        (trial.stand.proxy().struck() > before).then_some(())
    })
    .await;
    trial.injected();
}

/// The connection is cut at the moment; the outcome is unknown until it is looked for.
pub(super) async fn cut(seed: u64, times: u64, moment: Moment) -> Report {
    let mut dice = Dice::of(seed, "cut", &[]);
    let mut trial = Trial::begin(Stand::on_nats().await.expect("a server"), seed).await;
    for _ in 0..times {
        strike(&mut trial, moment, &mut dice).await;
        trial.stand.proxy().set(Weather::Clear);
        trial.recovered().await;
        trial.work(BETWEEN).await;
    }
    trial.end().await
}

/// The command service is killed at the moment.
pub(super) async fn killed(seed: u64, times: u64, moment: Moment) -> Report {
    let mut dice = Dice::of(seed, "killed", &[]);
    let mut trial = Trial::begin(Stand::on_nats().await.expect("a server"), seed).await;
    for _ in 0..times {
        strike(&mut trial, moment, &mut dice).await;
        trial.stand.services[0].kill();
        trial.stand.proxy().set(Weather::Clear);
        trial.stand.services[0].restart().await;
        trial.recovered().await;
        trial.work(BETWEEN).await;
    }
    trial.end().await
}

/// The connection stays open and nothing passes.
pub(super) async fn half_open(seed: u64, times: u64) -> Report {
    in_weather(seed, times, Weather::Silent).await
}

/// Everything passes late.
pub(super) async fn slow(seed: u64, times: u64) -> Report {
    in_weather(seed, times, Weather::Slow(LATE)).await
}

async fn in_weather(seed: u64, times: u64, weather: Weather) -> Report {
    let mut trial = Trial::begin(Stand::on_nats().await.expect("a server"), seed).await;
    for _ in 0..times {
        trial.work(BETWEEN).await;
        trial.stand.proxy().set(weather.clone());
        trial.injected();
        tokio::time::sleep(HALF_OPEN).await;
        trial.stand.proxy().set(Weather::Clear);
        trial.recovered().await;
    }
    trial.work(BETWEEN).await;
    trial.end().await
}
