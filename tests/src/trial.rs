//! One trial: a workload on an installation, faults in between, and the verdict at the end.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::checker::check;
use crate::evidence::Evidence;
use crate::history::{Outcome, Transport};
use crate::stand::{RECOVERS_WITHIN, Stand};
use crate::verdict::RunVerdict;
use crate::workload::{Cast, Workload};
use crate::{eventually_within, promised_within};

/// How many clients work at once.
const CLIENTS: u64 = 8;

/// How many assets are registered at once to make a log long.
const FILLERS: u64 = 32;

/// The time within which everything is right again after a fault: P12.
pub const RECOVERY_PROMISED: Duration = Duration::from_secs(15);

/// A trial proves little in which fewer attempts were acknowledged.
const ENOUGH: usize = 61;

/// A trial that is going on.
pub struct Trial {
    /// The installation.
    pub stand: Stand,
    /// The scene of its workload.
    pub cast: Cast,
    workload: Workload,
    injected: u64,
    longest_recovery: Duration,
}

/// What came of a trial.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How many faults were injected.
    pub injected: u64,
    /// The longest time from the end of a fault until commands were taken and could be read.
    pub longest_recovery: Duration,
    /// What the checker says.
    pub verdict: RunVerdict,
}

impl Report {
    /// Adds another report's figures.
    pub fn add(&mut self, other: Self) {
        self.injected += other.injected;
        self.longest_recovery = self.longest_recovery.max(other.longest_recovery);
        self.verdict.add(other.verdict);
    }

    /// Holds the trial to the promises.
    ///
    /// # Panics
    /// If one was broken, or if no fault was injected.
    pub fn assert_kept(&self) {
        assert!(self.verdict.findings.is_empty(), "promises were broken: {}", self.verdict);
        assert!(self.injected > 0, "no fault was injected: {}", self.verdict);
        let (longest, bound) = (self.longest_recovery, promised_within(RECOVERY_PROMISED));
        assert!(longest <= bound, "it took {longest:?} to recover: {}", self.verdict);
    }
}

impl Trial {
    /// Sets the scene and starts the workload.
    pub async fn begin(stand: Stand, seed: u64) -> Self {
        let cast = Cast::set(&stand.sender, seed).await;
        let workload = Workload::start(&stand.sender, &cast, CLIENTS);
        Self { stand, cast, workload, injected: 0, longest_recovery: Duration::ZERO }
    }

    /// Lets the workload send as many commands more.
    ///
    /// # Panics
    /// If nothing goes on any more.
    pub async fn work(&self, commands: usize) {
        let history = &self.stand.sender.history;
        let goal = history.len() + commands;
        eventually_within(RECOVERS_WITHIN, "the workload goes on", || async {
            (history.len() >= goal).then_some(())
        })
        .await;
    }

    /// Lets the workload go on until enough was acknowledged to prove something.
    async fn work_enough(&self) {
        let history = &self.stand.sender.history;
        eventually_within(RECOVERS_WITHIN, "enough is acknowledged to prove something", || async {
            (history.acknowledged() >= ENOUGH).then_some(())
        })
        .await;
    }

    /// Counts a fault.
    pub fn injected(&mut self) {
        self.injected += 1;
    }

    /// Waits until the installation is right again after a fault that has ended.
    pub async fn recovered(&mut self) {
        let took = self.stand.recovered().await;
        self.longest_recovery = self.longest_recovery.max(took);
    }

    /// Waits until the installation is right again and every server of its cluster healthy, after a fault that
    /// ended at `begun`.
    pub async fn healthy(&mut self, begun: Instant) {
        self.stand.recovered().await;
        self.stand.healthy().await;
        self.longest_recovery = self.longest_recovery.max(begun.elapsed());
    }

    /// Registers assets until the log holds as many messages.
    ///
    /// # Panics
    /// If nothing goes on any more.
    pub async fn fill(&self, messages: u64) {
        let (next, sender) = (AtomicU64::new(0), &self.stand.sender);
        let fill = || async {
            // Ends with the log's growth: every registration is settled, and makes it longer.
            loop {
                let order = self.cast.piece(next.fetch_add(1, Ordering::Relaxed));
                let position = eventually_within(RECOVERS_WITHIN, "an asset is registered", || async {
                    match sender.send(&order, Transport::Http, 0).await {
                        Outcome::Acknowledged(answer) => answer["position"].as_u64(),
                        _ => None,
                    }
                })
                .await;
                if position >= messages {
                    return;
                }
            }
        };
        join_all((0..FILLERS).map(|_| fill())).await;
    }

    /// Ends the workload and stops all processes, and leaves what they have written.
    ///
    /// # Panics
    /// If one does not end.
    pub async fn stop(self) -> Stand {
        let Self { mut stand, workload, .. } = self;
        workload.end().await;
        stand.recovered().await;
        for service in &mut stand.services {
            service.stop().await;
        }
        stand
    }

    /// Ends the workload and judges.
    ///
    /// # Panics
    /// If the log and the register cannot be read.
    pub async fn end(self) -> Report {
        self.judged().await.0
    }

    /// As [`Self::end`], and leaves what the processes have written, as [`Self::stop`] does.
    ///
    /// # Panics
    /// If the log and the register cannot be read, or a process does not end.
    pub async fn end_stopped(self) -> (Report, Stand) {
        let (report, mut stand) = self.judged().await;
        for service in &mut stand.services {
            service.stop().await;
        }
        (report, stand)
    }

    async fn judged(self) -> (Report, Stand) {
        self.work_enough().await;
        let Self { mut stand, workload, injected, longest_recovery, .. } = self;
        workload.end().await;
        stand.recovered().await;
        // A server that was cut off may still be behind, and break off what it is asked for in full.
        let evidence = eventually_within(RECOVERS_WITHIN, "there is something to judge by", || async {
            let evidence = Evidence::collect(&stand.sender.queries).await;
            evidence.inspect_err(|reason| eprintln!("asked again: {reason}")).ok()
        })
        .await;
        let verdict = check(&stand.sender.history.entries(), &evidence);
        (Report { injected, longest_recovery, verdict }, stand)
    }
}
