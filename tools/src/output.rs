//! The standard output: what is said there, and what becomes of a program that nobody reads any more.

use std::fmt::Display;
use std::io::{self, Write as _};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

/// How shells report a program that wrote to nobody: 128 and the number of SIGPIPE.
const NOBODY_READS: u8 = 141;
/// How the panic of a line begins that could not be printed.
const UNPRINTED: &str = "failed printing to stdout: ";

/// Says something to whoever started a service, which goes on if nobody listens.
pub fn announce(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Runs a tool that prints, and ends it quietly when its reader has gone, as in `itam … | head`; what
/// could not be printed for another reason is an error.
pub fn while_read(run: impl FnOnce() -> ExitCode) -> ExitCode {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if unprinted(panic.payload()).is_none() {
            report(panic);
        }
    }));
    panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|payload| match unprinted(payload.as_ref()) {
        Some(reason)
            if reason == io::Error::from_raw_os_error(rustix::io::Errno::PIPE.raw_os_error()).to_string() =>
        {
            ExitCode::from(NOBODY_READS)
        }
        Some(reason) => {
            eprintln!("itam: cannot print: {reason}");
            ExitCode::FAILURE
        }
        None => panic::resume_unwind(payload),
    })
}

/// Why a line could not be printed, if that is what a panic is about.
fn unprinted(payload: &(dyn std::any::Any + Send)) -> Option<&str> {
    payload.downcast_ref::<String>()?.strip_prefix(UNPRINTED)
}
