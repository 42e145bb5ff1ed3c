//! Writes the contracts: `cargo run -p itam-schemas`.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use itam_schemas::{artifacts, folder, samples};

/// The folders that hold generated files and nothing else. Schemas of events stay when nothing
/// generates them any more, since old versions are read for ever.
const GENERATED: [&str; 4] = ["commands", "samples/commands", "openapi", "asyncapi"];
/// The one option.
const REPLACE: &str = "--replace-event-samples";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let replaces = match arguments.as_slice() {
        [] => false,
        [option] if option == REPLACE => true,
        _ => {
            eprintln!("usage: itam-schemas [{REPLACE}]");
            eprintln!("Event samples that exist are kept, since stored events are for ever; {REPLACE} is");
            eprintln!("for a version that was never released.");
            return ExitCode::from(2);
        }
    };
    match write_all(replaces) {
        Ok(count) => {
            println!("{count} files stand in {}", folder().display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("the contracts could not be written: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write_all(replaces_samples: bool) -> Result<usize, Box<dyn Error>> {
    let files = artifacts()?;
    let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    for generated in GENERATED {
        remove_stale(generated, &paths)?;
    }
    for file in &files {
        write(&file.path, &file.text)?;
    }
    let samples = samples::event_samples();
    for sample in &samples {
        if replaces_samples || !folder().join(&sample.path).exists() {
            write(&sample.path, &sample.text)?;
        }
    }
    Ok(files.len() + samples.len())
}

fn write(path: &str, text: &str) -> std::io::Result<()> {
    let path = folder().join(path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, text)
}

/// Removes what is not generated any more.
fn remove_stale(generated: &str, paths: &BTreeSet<&str>) -> std::io::Result<()> {
    let parent = folder().join(generated);
    if !parent.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(parent)? {
        let entry = entry?;
        let path = Path::new(generated).join(entry.file_name());
        let is_stale = entry.file_type()?.is_file() && !paths.contains(path.to_string_lossy().as_ref());
        if is_stale {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
