//! The servers of the log are killed and paused: one alone, and the leader of three.

use std::time::Duration;

use crate::history::{Outcome, Transport};
use crate::sender::OutgoingCommand;
use crate::stand::Stand;
use crate::trial::{Report, Trial};

const BETWEEN: usize = 200;
const PAUSE: Duration = Duration::from_secs(6);
/// How many commands are tried while a leader is cut off and another is there.
const BETWEEN_CUT: usize = 40;
/// How long servers stay away.
const AWAY: Duration = Duration::from_secs(3);

pub(super) async fn killed(seed: u64, times: u64) -> Report {
    let mut trial = Trial::begin(Stand::on_nats().await.expect("a server"), seed).await;
    for _ in 0..times {
        trial.work(BETWEEN).await;
        trial.stand.nats().kill();
        trial.injected();
        trial.stand.nats().restart().await.expect("it starts again");
        trial.recovered().await;
    }
    trial.work(BETWEEN).await;
    trial.end().await
}

pub(super) async fn paused(seed: u64, times: u64) -> Report {
    let mut trial = Trial::begin(Stand::on_nats().await.expect("a server"), seed).await;
    for _ in 0..times {
        trial.work(BETWEEN).await;
        trial.stand.nats().pause().expect("it can be paused");
        trial.injected();
        tokio::time::sleep(PAUSE).await;
        trial.stand.nats().resume().expect("it can be resumed");
        trial.recovered().await;
    }
    trial.work(BETWEEN).await;
    trial.end().await
}

pub(super) async fn leader_killed(seed: u64, times: u64) -> Report {
    let mut trial = Trial::begin(Stand::on_cluster().await.expect("a cluster"), seed).await;
    for _ in 0..times {
        trial.work(BETWEEN).await;
        let leader = trial.stand.stream_leader().await;
        trial.stand.cluster().servers[leader].kill();
        trial.injected();
        trial.recovered().await;
        trial.work(BETWEEN).await;
        trial.stand.cluster().servers[leader].restart().await.expect("it starts again");
        trial.recovered().await;
    }
    trial.end().await
}

pub(super) async fn leader_paused(seed: u64, times: u64) -> Report {
    let mut trial = Trial::begin(Stand::on_cluster().await.expect("a cluster"), seed).await;
    for _ in 0..times {
        trial.work(BETWEEN).await;
        let leader = trial.stand.stream_leader().await;
        trial.stand.cluster().servers[leader].pause().expect("it can be paused");
        trial.injected();
        tokio::time::sleep(PAUSE).await;
        trial.stand.cluster().servers[leader].resume().expect("it can be resumed");
        trial.recovered().await;
        trial.work(BETWEEN).await;
    }
    trial.end().await
}

/// The leader cannot reach its peers, and those who are connected to it do not know. The others
/// elect another; what only the old one heard was never acknowledged.
pub(super) async fn leader_cut_off(seed: u64, times: u64) -> Report {
    let mut trial = Trial::begin(Stand::on_cluster().await.expect("a cluster"), seed).await;
    for _ in 0..times {
        trial.work(BETWEEN).await;
        let leader = trial.stand.stream_leader().await;
        trial.stand.cluster().cut_off(leader);
        trial.injected();
        trial.stand.succeeded(leader).await;
        trial.work(BETWEEN_CUT).await;
        trial.stand.cluster().reunite();
        trial.recovered().await;
    }
    trial.work(BETWEEN).await;
    trial.end().await
}

/// A server goes with its disk, and an empty one takes its place: more than a power cut takes away.
/// The first time it is the leader. As the operating guide asks, the empty one comes when the others
/// are at work without it, and nothing else happens before it holds everything.
pub(super) async fn disk_lost(seed: u64, times: u64) -> Report {
    let mut trial = Trial::begin(Stand::on_cluster().await.expect("a cluster"), seed).await;
    for time in 0..times {
        trial.work(BETWEEN).await;
        let leader = trial.stand.stream_leader().await;
        let lost = if time % 2 == 0 { leader } else { (leader + 1) % 3 };
        trial.stand.cluster().servers[lost].kill();
        trial.stand.cluster().servers[lost].lose_disk().expect("it can be emptied");
        trial.injected();
        trial.recovered().await;
        trial.work(BETWEEN_CUT).await;
        trial.stand.cluster().servers[lost].start_again().await.expect("it starts again");
        trial.stand.replicated().await;
        trial.recovered().await;
    }
    trial.work(BETWEEN).await;
    trial.end().await
}

/// Without a majority nothing is acknowledged; with it, everything goes on by itself.
pub(super) async fn majority_down(seed: u64, times: u64) -> Report {
    let mut trial = Trial::begin(Stand::on_cluster().await.expect("a cluster"), seed).await;
    for time in 0..times {
        trial.work(BETWEEN).await;
        let leader = trial.stand.stream_leader().await;
        let others = [leader, (leader + 1) % 3];
        for server in others {
            trial.stand.cluster().servers[server].kill();
        }
        trial.injected();
        tokio::time::sleep(AWAY).await;
        let order: OutgoingCommand = trial.cast.order(u64::MAX, time);
        let outcome = trial.stand.sender.send(&order, Transport::Http, 0).await;
        assert!(!matches!(outcome, Outcome::Acknowledged(_)), "acknowledged by a minority: {outcome:?}");
        for server in others {
            trial.stand.cluster().servers[server].start_again().await.expect("it starts again");
        }
        trial.recovered().await;
    }
    trial.work(BETWEEN).await;
    trial.end().await
}
