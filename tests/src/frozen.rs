//! Whether a process stands still after SIGSTOP.

use std::fs;
use std::io;

/// Waits until every thread of a process has stopped: on a busy machine that is some time after the signal.
pub(crate) fn wait_until(id: u32) -> io::Result<()> {
    while !is_stopped(id)? {
        std::thread::yield_now();
    }
    Ok(())
}

fn is_stopped(id: u32) -> io::Result<bool> {
    for thread in fs::read_dir(format!("/proc/{id}/task"))? {
        let Ok(stat) = fs::read_to_string(thread?.path().join("stat")) else {
            // It has ended meanwhile.
            continue;
        };
        // The state stands behind the name, which may hold anything (proc_pid_stat(5)).
        let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
        if !matches!(state, Some('T' | 'Z' | 'X')) {
            return Ok(false);
        }
    }
    Ok(true)
}
