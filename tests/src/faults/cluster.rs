//! One cluster with a long history, whose servers are killed again and again.
//!
//! A cluster that is killed once and thrown away shows nothing of what a kill leaves behind: with compressed
//! streams it was the second to fourth kill that broke a server, and soon all of them.

use std::time::Instant;

use crate::dice::Dice;
use crate::stand::Stand;
use crate::trial::{Report, Trial};

const BETWEEN: usize = 100;
/// How many messages are there before the first kill, for the square of the number of kills: 100,000 for 20.
const MESSAGES: u64 = 250;

/// How servers end.
#[derive(Clone, Copy)]
enum End {
    /// SIGKILL.
    Killed,
    /// SIGTERM.
    Stopped,
    /// SIGKILL, and what was being written is torn.
    PowerCut,
}

/// How many servers end at once, and how. Which ones, the dice say.
const ROUNDS: [(usize, End); 10] = [
    (3, End::Killed),
    (1, End::Stopped),
    (3, End::PowerCut),
    (2, End::Killed),
    (3, End::Killed),
    (1, End::Killed),
    (2, End::PowerCut),
    (3, End::Stopped),
    (1, End::PowerCut),
    (2, End::Stopped),
];

pub(super) async fn killed_again_and_again(seed: u64, times: u64) -> Report {
    let mut trial = Trial::begin(Stand::on_cluster().await.expect("a cluster"), seed).await;
    trial.fill(MESSAGES * times * times).await;
    for (time, (count, end)) in (0..times).zip(ROUNDS.into_iter().cycle()) {
        trial.work(BETWEEN).await;
        let mut dice = Dice::of(seed, "kill", &[time]);
        let servers = some_of_three(count, &mut dice);
        end_servers(&mut trial.stand, &servers, end, &mut dice);
        trial.injected();
        let begun = Instant::now();
        for server in &servers {
            trial.stand.cluster().servers[*server].start_again().await.expect("it starts again");
        }
        trial.healthy(begun).await;
    }
    trial.work(BETWEEN).await;
    let (report, stand) = trial.end_stopped().await;
    stand.whole().await;
    report
}

fn some_of_three(count: usize, dice: &mut Dice) -> Vec<usize> {
    let first = usize::try_from(dice.below(3)).unwrap_or(0);
    (first..first + count).map(|server| server % 3).collect()
}

/// Ends servers at the same moment.
fn end_servers(stand: &mut Stand, servers: &[usize], end: End, dice: &mut Dice) {
    let cluster = &mut stand.cluster().servers;
    for server in servers {
        let signalled = match end {
            End::Stopped => cluster[*server].terminate(),
            End::Killed | End::PowerCut => cluster[*server].signal_kill(),
        };
        signalled.expect("it can be signalled");
    }
    for server in servers {
        cluster[*server].ended();
        if matches!(end, End::PowerCut) {
            cluster[*server].tear_writes_under_way(dice).expect("its store can be written");
        }
    }
}
