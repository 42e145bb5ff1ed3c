//! What the machine and the processes on it look like from outside (Linux: `/proc`).

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

/// The kernel reports processor time in hundredths of a second on every Linux.
const TICKS_PER_SECOND: u64 = 100;
/// What the measurements run against; pinned by the workspace and the test harness.
const NATS_SERVER: &str = "2.15.1, sync_interval: always";

/// The machine, in a line.
pub(crate) fn summary() -> String {
    format!(
        "{} cores shared by client, service and server; nats-server {NATS_SERVER}; itam {}",
        cores(),
        env!("CARGO_PKG_VERSION")
    )
}

/// The machine, for programs.
pub(crate) fn describe() -> Value {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    json!({
        "cores": cores(),
        "kernel": kernel.trim(),
        "load_before": load(),
        "nats_server": NATS_SERVER,
        "itam": env!("CARGO_PKG_VERSION"),
        "profile": if cfg!(debug_assertions) { "debug" } else { "release" },
    })
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

/// A process that runs on this machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process(u32);

impl Process {
    /// This process.
    pub(crate) fn own() -> Self {
        Self(std::process::id())
    }

    /// The process with `part` in its command line, if there is one besides this.
    pub(crate) fn find(part: &str) -> Option<Self> {
        let entries = fs::read_dir("/proc").ok()?;
        let ids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
        ids.filter(|id| *id != std::process::id())
            .find(|id| {
                let line = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
                String::from_utf8_lossy(&line).contains(part)
            })
            .map(Self)
    }

    /// The processor time that it has used.
    pub(crate) fn cpu(self) -> Duration {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.0)).unwrap_or_default();
        // The name, in parentheses, may hold blanks; what follows it does not.
        let rest = text.rsplit(')').next().unwrap_or_default();
        let ticks = |index: usize| {
            let field = rest.split_whitespace().nth(index);
            field.and_then(|field| field.parse::<u64>().ok()).unwrap_or(0)
        };
        Duration::from_millis((ticks(11) + ticks(12)) * 1000 / TICKS_PER_SECOND)
    }

    /// Its resident memory in bytes.
    pub(crate) fn resident_bytes(self) -> u64 {
        self.status("VmRSS:")
    }

    /// The most resident memory in bytes that it had, since it was forgotten.
    pub(crate) fn most_resident_bytes(self) -> u64 {
        self.status("VmHWM:")
    }

    /// Forgets the most that it had.
    pub(crate) fn forget_most(self) -> io::Result<()> {
        fs::write(format!("/proc/{}/clear_refs", self.0), "5")
    }

    /// Its resident memory in bytes that no file backs.
    pub(crate) fn anonymous_bytes(self) -> u64 {
        self.status("RssAnon:")
    }

    fn status(self, field: &str) -> u64 {
        let text = fs::read_to_string(format!("/proc/{}/status", self.0)).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(field));
        let kilobytes = line.map(|line| line.trim().trim_end_matches(" kB").parse::<u64>());
        kilobytes.and_then(Result::ok).unwrap_or(0) * 1024
    }
}

/// The bytes of all files in a folder or of one file, as they are on the disk.
pub(crate) fn disk_bytes(path: &Path) -> io::Result<u64> {
    use std::os::unix::fs::MetadataExt;
    let about = fs::symlink_metadata(path)?;
    if !about.is_dir() {
        return Ok(about.blocks() * 512);
    }
    let mut bytes = 0;
    for entry in fs::read_dir(path)? {
        bytes += disk_bytes(&entry?.path())?;
    }
    Ok(bytes)
}
