//! How many files the process may have open: each connection is one.

use itam_service_kit::RESERVED_CONNECTIONS;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// How many files a process needs beside its connections: log, read models and their snapshots, journals,
/// connections to NATS servers, and those to clients that are closing.
const OTHER_FILES: u64 = 512;

/// Raises the limit to what `connections` need, as far as that goes, and says how many there is room for.
pub(crate) fn raise_for(connections: usize) -> usize {
    let beside = OTHER_FILES + RESERVED_CONNECTIONS as u64;
    let needed = (connections as u64).saturating_add(beside);
    let limit = getrlimit(Resource::Nofile);
    let current = limit.current.unwrap_or(u64::MAX);
    if current >= needed {
        return connections;
    }
    let possible = needed.min(limit.maximum.unwrap_or(u64::MAX));
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(possible), maximum: limit.maximum });
    let open = match raised {
        Ok(()) => possible,
        Err(_) => current,
    };
    if open >= needed {
        return connections;
    }
    let room = open.saturating_sub(beside).max(1);
    tracing::warn!(
        files = open,
        needed,
        connections = room,
        "this process may not have as many files open as --max-connections needs, so it takes fewer connections; \
         raise the hard limit (ulimit -Hn, LimitNOFILE= of systemd) or lower --max-connections"
    );
    usize::try_from(room).unwrap_or(connections)
}
