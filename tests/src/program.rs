//! The program `itam`, built once, started as real processes in temporary folders.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::client::Client;
use crate::frozen;
use crate::ports::Port;
use crate::{eventually, eventually_within, resident, scratch};

/// How long a process may take to be ready: a bound for what hangs, not for what is slow.
const READY_WITHIN: Duration = Duration::from_mins(2);
/// How long a process may take to end after it was asked to: the same.
const END_WITHIN: Duration = Duration::from_mins(2);
/// How long a tool such as an import may take: the same.
const TOOL_WITHIN: Duration = Duration::from_mins(5);

/// The program, built from this workspace on first use.
///
/// # Panics
/// If it cannot be built: no test can say anything then.
#[must_use]
pub fn itam_binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(build)
}

fn build() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    // With the workspace's features, so that what the tests were built from is not built again.
    command.args(["build", "--workspace", "--bin", "itam", "--message-format", "json"]);
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    // What cargo tells a test of its package would make build scripts run again that look at it.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let output = command.current_dir(root).stderr(Stdio::inherit()).output().expect("cargo can be run");
    assert!(output.status.success(), "itam cannot be built");
    let messages = String::from_utf8_lossy(&output.stdout);
    let executable =
        messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).find_map(|message| {
            let is_itam = message["target"]["name"] == "itam" && message["target"]["kind"][0] == "bin";
            if is_itam { message["executable"].as_str().map(PathBuf::from) } else { None }
        });
    executable.expect("cargo names the program that it built")
}

/// Runs the program to its end, which it must come to within the bound of a tool.
///
/// # Panics
/// If it cannot be started or does not end.
pub async fn run_itam<S: AsRef<OsStr>>(args: &[S], environment: &[(&str, &str)]) -> Output {
    let mut command = tokio::process::Command::new(itam_binary());
    command.args(args).envs(environment.iter().copied()).stdin(Stdio::null()).kill_on_drop(true);
    let ended = tokio::time::timeout(TOOL_WITHIN, command.output()).await;
    let output = ended.unwrap_or_else(|_| panic!("itam does not end within {TOOL_WITHIN:?}"));
    output.expect("itam can be started")
}

/// A running service, killed when it is dropped.
pub struct Service {
    child: Child,
    /// Its address, such as `http://127.0.0.1:40001`.
    pub url: String,
    log: PathBuf,
    args: Vec<String>,
    environment: Vec<(String, String)>,
    _port: Port,
    _folder: Option<TempDir>,
}

impl Service {
    /// Starts `itam <subcommand> --listen <free port> --data <data> <args…>` and waits until it
    /// says that it is alive.
    ///
    /// # Panics
    /// If it does not become alive; the panic shows its log.
    pub async fn start(subcommand: &str, data: &Path, args: &[&str]) -> Self {
        let port = Port::take().expect("a port is free");
        let mut all = vec![subcommand.to_owned(), "--listen".into(), format!("127.0.0.1:{}", port.number())];
        all.extend(["--data".to_owned(), data.display().to_string()]);
        all.extend(args.iter().map(ToString::to_string));
        let folder = scratch::folder("itam-log-").expect("a temporary folder");
        let log = folder.path().join("log");
        let child = spawn(&all, &[], &log);
        let url = format!("http://127.0.0.1:{}", port.number());
        let environment = Vec::new();
        let mut service =
            Self { child, url, log, args: all, environment, _port: port, _folder: Some(folder) };
        service.wait_alive().await;
        service
    }

    async fn wait_alive(&mut self) {
        let client = Client::new(&self.url, "");
        let started = tokio::time::Instant::now();
        while !client.is_alive().await {
            let ended = self.child.try_wait().expect("a child can be waited for");
            let is_late = started.elapsed() > READY_WITHIN;
            assert!(ended.is_none() && !is_late, "{:?} is not alive: {}", self.args, self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until it says that it is ready.
    ///
    /// # Panics
    /// If it does not become ready in time.
    pub async fn ready(&self) {
        let client = Client::new(&self.url, "");
        eventually_within(READY_WITHIN, "the service is ready", || async {
            client.is_ready().await.then_some(())
        })
        .await;
    }

    /// What it wrote to its standard error and output.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Kills it as a power cut would: no destructor runs.
    ///
    /// # Panics
    /// If it cannot be killed.
    pub fn kill(&mut self) {
        self.child.kill().expect("a child can be killed");
        self.child.wait().expect("a child can be waited for");
    }

    /// Asks it to stop (SIGTERM) and waits until it did.
    ///
    /// # Panics
    /// If it does not stop in time.
    pub async fn stop(&mut self) -> ExitStatus {
        self.signal("TERM");
        let child = &mut self.child;
        let deadline = tokio::time::Instant::now() + END_WITHIN;
        loop {
            if let Some(status) = child.try_wait().expect("a child can be waited for") {
                return status;
            }
            assert!(tokio::time::Instant::now() < deadline, "the service does not stop");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Sets a variable of its environment, from the next start on.
    pub fn set_environment(&mut self, name: &str, value: &str) {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Lets no file of it grow beyond so many bytes, as on a full disk; `None` ends that.
    ///
    /// # Panics
    /// If it cannot be set.
    pub fn limit_files(&self, bytes: Option<u64>) {
        let soft = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
        let (id, limit) = (self.child.id().to_string(), format!("--fsize={soft}:unlimited"));
        let status = Command::new("prlimit").args(["--pid", &id, &limit]).status();
        assert!(status.expect("prlimit can be run").success(), "the limit cannot be set");
    }

    /// Its resident memory in bytes, 0 if it is not running.
    #[must_use]
    pub fn resident_bytes(&self) -> u64 {
        resident::now(self.child.id())
    }

    /// The most resident memory that it had since its start, in bytes, 0 if it is not running.
    #[must_use]
    pub fn most_resident_bytes(&self) -> u64 {
        resident::most(self.child.id())
    }

    /// Whether it runs.
    ///
    /// # Panics
    /// If that cannot be asked.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a child can be waited for").is_none()
    }

    /// Sends a signal by its name, such as `STOP` or `CONT`.
    ///
    /// # Panics
    /// If it cannot be sent.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status().expect("kill can be run");
        assert!(status.success(), "the signal {name} cannot be sent");
        if name == "STOP" {
            frozen::wait_until(self.child.id()).expect("it stands still");
        }
    }

    /// Starts it again on the same address and data, after it was killed or stopped.
    ///
    /// # Panics
    /// If it does not become alive.
    pub async fn restart(&mut self) {
        self.start_again();
        self.wait_alive().await;
    }

    /// As [`Self::restart`], without waiting: for one that is going to end by itself.
    pub fn start_again(&mut self) {
        self.child = spawn(&self.args, &self.environment, &self.log);
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(args: &[String], environment: &[(String, String)], log: &Path) -> Child {
    let open = || -> io::Result<(fs::File, fs::File)> {
        let file = fs::OpenOptions::new().create(true).append(true).open(log)?;
        Ok((file.try_clone()?, file))
    };
    let (out, err) = open().expect("a log file can be made");
    // A file that reaches a limit is an error of the write, as a full disk is, and not the end.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(itam_binary());
    command.args(args).envs(environment.iter().cloned()).stdin(Stdio::null()).stdout(out).stderr(err);
    command.spawn().expect("itam can be started")
}

/// The administrator's token that a first start left in the data folder.
///
/// # Panics
/// If it does not appear.
pub async fn admin_token(data: &Path) -> String {
    let path = data.join("admin.token");
    let read = || async { fs::read_to_string(&path).ok().filter(|token| token.ends_with('\n')) };
    eventually("the administrator's token is written", read).await.trim().to_owned()
}
