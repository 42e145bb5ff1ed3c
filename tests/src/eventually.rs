//! Waiting for a condition, with a bound: what tests do instead of sleeping.

use std::time::{Duration, Instant};

/// How long [`eventually`] waits.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until `probe` gives a value, and returns it.
///
/// # Panics
/// After 20 seconds, saying `what` did not happen.
pub async fn eventually<T, F>(what: &str, probe: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    eventually_within(PATIENCE, what, probe).await
}

/// As [`eventually`], with another bound.
///
/// # Panics
/// When `patience` is over, saying `what` did not happen.
pub async fn eventually_within<T, F>(patience: Duration, what: &str, mut probe: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let start = Instant::now();
    let mut pause = Duration::from_millis(2);
    loop {
        if let Some(value) = probe().await {
            return value;
        }
        assert!(start.elapsed() < patience, "waited {patience:?} in vain until {what}");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}
