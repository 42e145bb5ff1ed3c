//! Stopping: the first signal asks, the second one insists.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The exit status after a second signal: 128 + SIGINT, as shells have it.
const EXIT_INSISTED: i32 = 130;

/// A token that is cancelled by the first SIGTERM or SIGINT. A second signal ends the process at
/// once, which loses nothing: crash is the normal stop.
///
/// # Errors
/// If the signals cannot be listened to.
pub fn shutdown_on_signal() -> io::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let token = CancellationToken::new();
    let requested = token.clone();
    tokio::spawn(async move {
        wait_for_either(&mut terminate, &mut interrupt).await;
        tracing::info!("stopping; a second signal stops at once");
        requested.cancel();
        wait_for_either(&mut terminate, &mut interrupt).await;
        tracing::warn!("stopping at once");
        std::process::exit(EXIT_INSISTED);
    });
    Ok(token)
}

async fn wait_for_either(one: &mut tokio::signal::unix::Signal, other: &mut tokio::signal::unix::Signal) {
    tokio::select! {
        _ = one.recv() => {}
        _ = other.recv() => {}
    }
}
