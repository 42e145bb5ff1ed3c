//! The program's `main`; see the library.

use std::process::ExitCode;

/// A command makes some hundred small allocations on whichever thread runs it, and gives many of
/// them back on another: the C library's allocator took a fifth of the processor for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    itam::run()
}
