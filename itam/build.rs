//! Says at compile time from which commit the program is built.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Without Git or a repository, as in an unpacked archive, nobody knows.
    let commit = git(&["rev-parse", "--short=12", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=ITAM_COMMIT={commit}");
    // The log of where HEAD pointed changes with every commit, and with every change of branch.
    if let Some(log) = git(&["rev-parse", "--path-format=absolute", "--git-path", "logs/HEAD"]) {
        println!("cargo::rerun-if-changed={log}");
    }
}

fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
