//! The faults that the promises are held against, each a trial of its own.

mod clients;
mod clock;
mod cluster;
mod connection;
mod disk;
mod process;
mod register;
mod sealer;
mod server;

use std::pin::Pin;

use crate::trial::Report;

/// A trial that is about to run.
type Running = Pin<Box<dyn Future<Output = Report>>>;

/// A fault that can be injected.
#[derive(Clone, Copy)]
pub struct Fault {
    /// What happens, in a few words.
    pub name: &'static str,
    /// How often it happens in a short trial.
    pub times: u64,
    run: fn(seed: u64, times: u64) -> Running,
}

impl Fault {
    /// Every fault.
    pub const ALL: &[Self] = &[
        fault("embedded: killed", 4, |seed, times| Box::pin(process::embedded_killed(seed, times))),
        fault("command service killed", 4, |seed, times| {
            Box::pin(process::command_service_killed(seed, times))
        }),
        fault("command service paused", 1, |seed, times| Box::pin(process::zombie(seed, times))),
        fault("projector killed", 20, |seed, times| Box::pin(process::projector_killed(seed, times))),
        fault("sealer killed", 30, |seed, times| Box::pin(sealer::killed(seed, times))),
        fault("query service killed", 4, |seed, times| Box::pin(process::query_service_killed(seed, times))),
        fault("stopped by SIGTERM", 3, |seed, times| Box::pin(process::stopped(seed, times))),
        fault("connection cut before the append", 6, |seed, times| {
            Box::pin(connection::cut(seed, times, connection::Moment::Before))
        }),
        fault("connection cut after the append", 6, |seed, times| {
            Box::pin(connection::cut(seed, times, connection::Moment::After))
        }),
        fault("killed before the append", 3, |seed, times| {
            Box::pin(connection::killed(seed, times, connection::Moment::Before))
        }),
        fault("killed before the acknowledgement", 3, |seed, times| {
            Box::pin(connection::killed(seed, times, connection::Moment::After))
        }),
        fault("connection half open", 1, |seed, times| Box::pin(connection::half_open(seed, times))),
        fault("connection slow", 1, |seed, times| Box::pin(connection::slow(seed, times))),
        fault("nats-server killed", 3, |seed, times| Box::pin(server::killed(seed, times))),
        fault("nats-server paused", 1, |seed, times| Box::pin(server::paused(seed, times))),
        fault("cluster: leader killed", 1, |seed, times| Box::pin(server::leader_killed(seed, times))),
        fault("cluster: leader paused", 1, |seed, times| Box::pin(server::leader_paused(seed, times))),
        fault("cluster: leader cut off", 1, |seed, times| Box::pin(server::leader_cut_off(seed, times))),
        fault("cluster: disk lost", 2, |seed, times| Box::pin(server::disk_lost(seed, times))),
        fault("cluster: two of three down", 1, |seed, times| Box::pin(server::majority_down(seed, times))),
        fault("cluster: killed again and again", 4, |seed, times| {
            Box::pin(cluster::killed_again_and_again(seed, times))
        }),
        fault("disk full", 2, |seed, times| Box::pin(disk::full(seed, times))),
        fault("disk full under the read model", 2, |seed, times| {
            Box::pin(disk::full_under_read_model(seed, times))
        }),
        fault("disk full under the sealer", 2, |seed, times| Box::pin(sealer::disk_full(seed, times))),
        fault("read model damaged", 6, |seed, times| Box::pin(register::damaged(seed, times))),
        fault("read model of another log", 1, |seed, times| Box::pin(register::foreign(seed, times))),
        fault("same command at once", 40, |seed, times| Box::pin(clients::same_command_at_once(seed, times))),
        fault("slow readers", 1, |seed, times| Box::pin(clients::slow_readers(seed, times))),
        fault("clock jumps", 3, |seed, times| Box::pin(clock::jumps(seed, times))),
    ];

    /// The fault of a name.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let found = Self::ALL.iter().find(|fault| fault.name == name);
        *found.unwrap_or_else(|| panic!("there is no fault {name:?}"))
    }

    /// Runs a trial in which the fault happens several times.
    ///
    /// # Panics
    /// If the installation does not recover, or cannot be started.
    pub async fn run(self, seed: u64, times: u64) -> Report {
        (self.run)(seed, times).await
    }
}

const fn fault(name: &'static str, times: u64, run: fn(seed: u64, times: u64) -> Running) -> Fault {
    Fault { name, times, run }
}
