//! What keeps the process's memory small: pages as small as they come, and few threads.

use std::io;

use rustix::thread::disable_transparent_huge_pages;
use tokio::runtime::{Builder, Runtime};

/// How many threads read and write files. Where all are at work the runtime starts one more for each
/// task, though an older thread mostly does the task before the new one runs: without a small limit a
/// few dozen streams made 300 threads, each with memory of its own, which stay as long as anything is read.
const FILE_THREADS: usize = 16;

/// Has the kernel give memory in pages of 4 KiB: of 2 MiB that it gives at once, a thread needs a part, and
/// what is free in them is not given back. To be called before there are threads, which inherit it.
pub(crate) fn keep_to_small_pages() {
    // A kernel without huge pages, or a container that forbids the question, is no reason not to start.
    let _ = disable_transparent_huge_pages(true);
}

/// What all tasks run on.
///
/// # Errors
/// If the system gives no threads.
pub(crate) fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread().enable_all().max_blocking_threads(FILE_THREADS).build()
}
