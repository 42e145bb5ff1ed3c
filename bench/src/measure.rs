//! What a run came to: how many, how long, and the distribution of latencies.

use std::time::Duration;

use hdrhistogram::Histogram;

/// What every measurement may fail with.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The longest latency that is told apart: a minute.
const LONGEST_US: u64 = 60_000_000;

/// The outcome of a number of operations.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    /// How many operations.
    pub(crate) count: u64,
    /// From the first to the last.
    pub(crate) elapsed: Duration,
    latencies_us: Histogram<u64>,
}

impl Sample {
    /// A sample without an operation.
    pub(crate) fn empty() -> Self {
        Self {
            count: 0,
            elapsed: Duration::ZERO,
            latencies_us: Histogram::new_with_bounds(1, LONGEST_US, 3).expect("these bounds are valid"),
        }
    }

    /// Takes `count` operations that were answered together after `latency`.
    pub(crate) fn record(&mut self, latency: Duration, count: u64) {
        self.count += count;
        let latency = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        // A latency beyond what the histogram holds is clamped to its end.
        self.latencies_us.saturating_record_n(latency.max(1), count);
    }

    /// Takes the operations of another worker of the same run.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.latencies_us += &other.latencies_us;
    }

    /// Takes the operations of another run that came after.
    pub(crate) fn append(&mut self, other: &Self) {
        self.merge(other);
        self.elapsed += other.elapsed;
    }

    /// Operations in a second.
    pub(crate) fn rate(&self) -> f64 {
        ratio(float(self.count), self.elapsed.as_secs_f64())
    }

    /// The latency that `percent` of the operations stay within, in milliseconds.
    pub(crate) fn percentile_ms(&self, percent: f64) -> f64 {
        float(self.latencies_us.value_at_percentile(percent)) / 1000.0
    }
}

/// A count as a number to reckon with.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

/// One number in parts of another; 0 where there is nothing to compare with.
pub(crate) fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// The failure of a measurement, in words.
pub(crate) fn failure(text: impl Into<String>) -> Box<dyn std::error::Error + Send + Sync> {
    text.into().into()
}
