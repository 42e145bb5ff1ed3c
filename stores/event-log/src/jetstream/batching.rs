//! Whether single writes go out one by one or merged into batches, decided by measuring both.
//!
//! Which is cheaper depends on the disk, the replicas and how many wait: a plain publish costs
//! an fsync each, a batch costs the same for 3 messages and for 900. The measure is the mean time
//! from append to answer at a given number of appends in flight: with callers that wait for their
//! answers, least time is most throughput.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Classes of load: the binary logarithm of the appends in flight, up to 512 and more.
const LOADS: usize = 10;
/// Below this load there is nothing to merge.
const MERGE_FROM_IN_FLIGHT: usize = 8;
/// How many runs of the better way there are between two trials of the other, at least and at
/// most.
const TRIAL_EVERY: (f64, f64) = (16.0, 8192.0);
/// In between, so many that a trial costs this part of the time.
const TRIAL_COST: f64 = 0.01;
/// The weight of a new measurement.
const WEIGHT: f64 = 0.4;

/// How a single write goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SendMode {
    /// By itself.
    Plain,
    /// Together with all that wait.
    Merged,
}

impl SendMode {
    fn other(self) -> Self {
        match self {
            Self::Plain => Self::Merged,
            Self::Merged => Self::Plain,
        }
    }
}

/// An append that was begun, to be handed back when it is answered.
#[derive(Debug)]
pub(super) struct Ticket {
    pub(super) way: SendMode,
    run: u64,
    begun: Instant,
}

/// The measurements of both ways, and the choice between them.
#[derive(Debug)]
pub(super) struct Batching {
    state: Mutex<State>,
}

impl Batching {
    pub(super) fn new() -> Self {
        let state = State {
            in_flight: 0,
            peak: 0,
            run: Run::new(0, 0, SendMode::Plain, 1),
            loads: [Load::new(); LOADS],
        };
        Self { state: Mutex::new(state) }
    }

    pub(super) fn begin(&self, now: Instant) -> Ticket {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.in_flight += 1;
        state.peak = state.peak.max(state.in_flight);
        let way = if state.in_flight < MERGE_FROM_IN_FLIGHT { SendMode::Plain } else { state.run.way };
        Ticket { way, run: state.run.number, begun: now }
    }

    pub(super) fn end(&self, ticket: &Ticket, now: Instant) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.in_flight = state.in_flight.saturating_sub(1);
        if ticket.run == state.run.number && ticket.way == state.run.way {
            state.measure(now.saturating_duration_since(ticket.begun).as_secs_f64());
        }
    }
}

#[derive(Debug)]
struct State {
    in_flight: usize,
    /// The most appends in flight since the run began. A batch answers many at once, so the
    /// number at any one moment says little.
    peak: usize,
    run: Run,
    loads: [Load; LOADS],
}

/// Some appends in a row that go the same way.
#[derive(Debug)]
struct Run {
    number: u64,
    load: usize,
    way: SendMode,
    /// Still to come that are not measured, because earlier ones of the other way are in flight.
    unmeasured: usize,
    wanted: usize,
    measured: usize,
    seconds: f64,
}

impl Run {
    fn new(number: u64, load: usize, way: SendMode, in_flight: usize) -> Self {
        let wanted = (2 * in_flight).max(16);
        Self { number, load, way, unmeasured: in_flight, wanted, measured: 0, seconds: 0.0 }
    }
}

/// What is known about one class of load.
#[derive(Clone, Copy, Debug)]
struct Load {
    plain_seconds: Option<f64>,
    merged_seconds: Option<f64>,
    runs_until_trial: f64,
}

impl Load {
    const fn new() -> Self {
        Self { plain_seconds: None, merged_seconds: None, runs_until_trial: 0.0 }
    }

    fn record(&mut self, way: SendMode, seconds: f64) {
        let mean = match way {
            SendMode::Plain => &mut self.plain_seconds,
            SendMode::Merged => &mut self.merged_seconds,
        };
        *mean = Some(mean.map_or(seconds, |mean| mean + WEIGHT * (seconds - mean)));
    }

    /// The way of the next run: what is not known yet, else the better, now and then the other.
    fn choose(&mut self) -> SendMode {
        let (plain, merged) = match (self.plain_seconds, self.merged_seconds) {
            (None, _) => return SendMode::Plain,
            (_, None) => return SendMode::Merged,
            (Some(plain), Some(merged)) => (plain, merged),
        };
        let better = if plain <= merged { SendMode::Plain } else { SendMode::Merged };
        if self.runs_until_trial >= 1.0 {
            self.runs_until_trial -= 1.0;
            return better;
        }
        let excess = plain.max(merged) / plain.min(merged).max(f64::MIN_POSITIVE) - 1.0;
        self.runs_until_trial = (excess / TRIAL_COST).clamp(TRIAL_EVERY.0, TRIAL_EVERY.1);
        better.other()
    }
}

impl State {
    fn measure(&mut self, seconds: f64) {
        let run = &mut self.run;
        if run.unmeasured > 0 {
            run.unmeasured -= 1;
            return;
        }
        run.measured += 1;
        run.seconds += seconds;
        if run.measured < run.wanted {
            return;
        }
        let count = u32::try_from(run.measured).unwrap_or(u32::MAX);
        self.loads[run.load].record(run.way, run.seconds / f64::from(count));
        let in_flight = self.peak.max(1);
        self.peak = self.in_flight;
        let load = (in_flight.ilog2() as usize).min(LOADS - 1);
        let way = self.loads[load].choose();
        self.run = Run::new(self.run.number + 1, load, way, in_flight);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Lets 64 appends at a time run, each taking the time of its way, and counts the ways.
    fn run(batching: &Batching, rounds: usize, plain: Duration, merged: Duration) -> (usize, usize) {
        let mut now = Instant::now();
        let (mut plain_count, mut merged_count) = (0, 0);
        for _ in 0..rounds {
            let tickets: Vec<Ticket> = (0..64).map(|_| batching.begin(now)).collect();
            for ticket in &tickets {
                let (took, count) = match ticket.way {
                    SendMode::Plain => (plain, &mut plain_count),
                    SendMode::Merged => (merged, &mut merged_count),
                };
                *count += 1;
                batching.end(ticket, now + took);
            }
            now += plain.max(merged);
        }
        (plain_count, merged_count)
    }

    #[test]
    fn rule_3_the_cheaper_way_is_taken_and_the_other_tried_now_and_then() {
        let (slow, fast) = (Duration::from_millis(4), Duration::from_millis(1));
        let (plain, merged) = run(&Batching::new(), 2000, fast, slow);
        assert!(merged > 0 && plain > 10 * merged, "{plain} plain, {merged} merged");
        let (plain, merged) = run(&Batching::new(), 2000, slow, fast);
        assert!(plain > 0 && merged > 5 * plain, "{plain} plain, {merged} merged");
    }

    #[test]
    fn rule_3_the_choice_follows_when_the_costs_change() {
        let (slow, fast) = (Duration::from_millis(4), Duration::from_millis(1));
        let batching = Batching::new();
        run(&batching, 200, fast, slow);
        run(&batching, 3000, slow, fast);
        let (plain, merged) = run(&batching, 300, slow, fast);
        assert!(merged > 5 * plain, "{plain} plain, {merged} merged");
    }

    #[test]
    fn few_appends_are_never_merged() {
        let batching = Batching::new();
        let now = Instant::now();
        for _ in 0..1000 {
            let tickets = [batching.begin(now), batching.begin(now), batching.begin(now)];
            for ticket in &tickets {
                assert_eq!(ticket.way, SendMode::Plain);
                batching.end(ticket, now + Duration::from_millis(1));
            }
        }
    }
}
