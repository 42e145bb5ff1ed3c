//! How much memory a process has resident, as the kernel counts it.

use std::fs;

/// The resident memory of a process in bytes; 0 if there is none of that id.
pub(crate) fn now(process: u32) -> u64 {
    bytes(process, "VmRSS:")
}

/// The most that it ever was, in bytes; 0 if there is no such process.
pub(crate) fn most(process: u32) -> u64 {
    bytes(process, "VmHWM:")
}

fn bytes(process: u32, field: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap_or("0");
    let kilobytes = line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0);
    kilobytes * 1024
}
