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
        // Before anything is said of it: nothing may stand in its way.
        requested.cancel();
        tracing::info!("stopping; a second signal stops at once");
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

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    const CHILD: &str = "shutdown::tests::a_process_that_is_told_twice";

    fn tell_myself(signal: &str) {
        let status = Command::new("kill").args([signal, &std::process::id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    #[tokio::test]
    #[ignore = "ends its process: run by the test below, in a process of its own"]
    async fn a_process_that_is_told_twice() {
        let token = shutdown_on_signal().unwrap();
        assert!(!token.is_cancelled());
        tell_myself("-TERM");
        token.cancelled().await;
        println!("asked to stop");
        tell_myself("-INT");
        std::future::pending::<()>().await;
    }

    #[test]
    fn the_first_signal_asks_and_the_second_insists() {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", CHILD, "--ignored", "--nocapture"])
            .stderr(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(EXIT_INSISTED));
        assert!(String::from_utf8_lossy(&output.stdout).contains("asked to stop"));
    }
}
