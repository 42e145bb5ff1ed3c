//! An auditor's tools: what is exported is proven with public keys alone, and every lie is named.

use std::fs;
use std::path::{Path, PathBuf};

use itam_tests::nats::{NatsOptions, NatsServer};
use itam_tests::{Client, Service, run_itam};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::installation::{Installation, position_of};
use crate::organization::{Organization, laptop};

/// What a tool said, and how it ended.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) complaint: String,
}

pub(crate) async fn audit(args: &[&str], nats: Option<&NatsServer>) -> Said {
    let all = [&["audit"], args].concat();
    let url = nats.map(NatsServer::url).unwrap_or_default();
    let environment = [("ITAM_NATS", url.as_str())];
    let output = run_itam(&all, if nats.is_some() { &environment } else { &[] }).await;
    Said {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        complaint: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

pub(crate) async fn done(args: &[&str], nats: Option<&NatsServer>) -> String {
    let said = audit(args, nats).await;
    assert_eq!(said.code, Some(0), "{args:?}: {}", said.complaint);
    said.out
}

pub(crate) async fn refused(args: &[&str], code: i32) -> String {
    let said = audit(args, None).await;
    assert_eq!(said.code, Some(code), "{args:?}: {} {}", said.out, said.complaint);
    said.complaint
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// A log that nobody has sealed: a small history, as `itam up` left it.
struct History {
    itam: Installation,
    model: String,
    /// The last position.
    last: u64,
    /// A data directory with the log alone.
    bare: TempDir,
}

impl History {
    async fn new() -> Self {
        let itam = Installation::embedded().await;
        let org = Organization::define(&itam.commands).await;
        itam.commands.done("register-asset", laptop(&org.laptop, "LT-1")).await;
        let deploy = json!({"asset": "LT-1", "custodian": {"person": org.ada}});
        let last = position_of(&itam.commands.done("deploy-asset", deploy).await);
        let mut history =
            Self { itam, model: org.laptop, last, bare: tempfile::tempdir().expect("a folder") };
        history.stop().await;
        history
    }

    async fn stop(&mut self) {
        assert!(self.itam.up().stop().await.success());
        for name in ["log.redb", "itam.json"] {
            fs::copy(self.itam.folder().join(name), self.bare.path().join(name)).expect("copied");
        }
    }

    /// Lets one more asset be registered.
    async fn go_on(&mut self) {
        let service = Service::start("up", self.itam.folder(), &[]).await;
        service.ready().await;
        let client = Client::new(&service.url, &self.itam.admin);
        self.last = position_of(&client.done("register-asset", laptop(&self.model, "LT-9")).await);
        self.itam.services[0] = service;
        self.stop().await;
    }

    fn data(&self) -> &str {
        text(self.bare.path())
    }
}

/// Writes a file beside others.
pub(crate) fn write(folder: &Path, name: &str, content: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, content).expect("written");
    path
}

/// A note without its signatures: what it says of the log, but not when.
fn said_of_the_log(note: &str) -> Vec<&str> {
    note.lines().take(3).collect()
}

#[tokio::test]
async fn a_log_is_sealed_exported_and_verified_with_the_public_key_alone() {
    let history = History::new().await;
    let (data, last) = (history.data(), history.last);
    let kept = done(&["checkpoint", "--data", data], None).await;
    assert_eq!(kept.lines().nth(1), Some(last.to_string().as_str()), "{kept}");
    assert_eq!(done(&["checkpoint", "--data", data], None).await, kept, "it was signed already");
    let key = done(&["key", "show", "--data", data], None).await;
    let key = key.trim();

    let folder = tempfile::tempdir().expect("a folder");
    let kept = write(folder.path(), "kept.txt", &kept);
    let (whole, part) = (folder.path().join("whole.ndjson"), folder.path().join("part.ndjson"));
    done(&["export", "--data", data, "--out", text(&whole)], None).await;
    done(&["export", "--data", data, "--out", text(&part), "--from", "3", "--to", "7"], None).await;
    let again = refused(&["export", "--data", data, "--out", text(&whole)], 1).await;
    assert!(again.contains("cannot use") && again.contains("whole.ndjson"), "{again}");
    let beyond = ["export", "--data", data, "--out", "nowhere.ndjson", "--to", "99999"];
    let beyond = refused(&beyond, 1).await;
    let covers = format!("position 99999 is beyond the newest checkpoint, which covers {last}");
    assert!(beyond.contains(&covers), "{beyond}");

    let files = [text(&whole), text(&part), text(&kept)];
    let said = done(&[&["verify"], &files[..], &["--key", key]].concat(), None).await;
    assert!(said.contains(&format!("positions 1 to {last} of itam/main/")), "{said}");
    assert!(said.contains("positions 3 to 7 of itam/main/"), "{said}");
    assert!(said.contains("3 files checked: nothing is wrong"), "{said}");
    let keys = write(folder.path(), "keys.txt", &format!("{key}\n"));
    done(&["verify", text(&whole), "--key", text(&keys)], None).await;
}

#[tokio::test]
async fn every_bad_file_and_key_is_refused_with_the_position_and_the_right_exit_code() {
    let history = History::new().await;
    let (data, last) = (history.data(), history.last);
    let kept = done(&["checkpoint", "--data", data], None).await;
    let key = done(&["key", "show", "--data", data], None).await;
    let key = key.trim();
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("whole.ndjson");
    done(&["export", "--data", data, "--out", text(&out)], None).await;
    let whole = fs::read_to_string(&out).expect("written");
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();

    let edited =
        write(folder.path(), "edited.ndjson", &whole.replacen("Ada", "Eve", 1).replacen("LT-1", "LT-2", 1));
    let complaint = refused(&["verify", text(&edited), "--key", key], 1).await;
    let line = lines.iter().position(|line| line.contains("LT-1")).expect("the tag is in a body");
    assert!(complaint.contains(&format!("position {line} (line {})", line + 1)), "{complaint}");
    let cut = write(folder.path(), "cut.ndjson", &lines[..5].concat());
    let complaint = refused(&["verify", text(&cut), "--key", key], 1).await;
    assert!(complaint.contains("position 5: the file is cut off"), "{complaint}");
    // What was cut off is gone on with, also after half a line.
    let torn = write(folder.path(), "torn.ndjson", &(lines[..5].concat() + &lines[5][..9]));
    done(&["export", "--data", data, "--out", text(&torn), "--resume"], None).await;
    let said = done(&["verify", text(&torn), "--key", key], None).await;
    assert!(said.contains(&format!("positions 1 to {last} of")), "{said}");

    let other = History::new().await;
    let foreign = done(&["checkpoint", "--data", other.data()], None).await;
    let stranger = done(&["key", "show", "--data", other.data()], None).await;
    let complaint = refused(&["verify", text(&out), "--key", stranger.trim()], 1).await;
    assert!(complaint.contains("and the given keys are of others"), "{complaint}");
    let foreign = write(folder.path(), "foreign.txt", &foreign);
    let complaint = refused(&["verify", text(&foreign), "--key", key], 1).await;
    assert!(complaint.contains("and the given keys are of others"), "{complaint}");
    let forged = write(folder.path(), "forged.txt", &kept.replacen(&format!("\n{last}\n"), "\n1\n", 1));
    let complaint = refused(&["verify", text(&forged), text(&out), "--key", key], 1).await;
    assert!(complaint.contains("is wrong"), "{complaint}");

    for (args, words) in [
        (["verify", "nowhere.ndjson", "--key", key], "cannot read nowhere.ndjson"),
        (["verify", text(&out), "--key", "nobody"], "neither a public key nor a file of them"),
        (["verify", text(&out), "--witness", key], "required"),
    ] {
        let complaint = refused(&args, 2).await;
        assert!(complaint.contains(words), "{complaint}");
    }
    let complaint = refused(&["verify", text(&out), "--key", key, "--witness", key], 2).await;
    assert!(complaint.contains("is a log's key: give it with --key"), "{complaint}");
}

#[tokio::test]
async fn after_a_change_of_keys_the_old_public_key_verifies_what_the_new_one_signs() {
    let mut history = History::new().await;
    let (data, last) = (history.data().to_owned(), history.last);
    let data = data.as_str();
    let old = done(&["key", "create", "--data", data], None).await;
    let complaint = refused(&["key", "create", "--data", data], 1).await;
    assert!(complaint.contains("no key is overwritten"), "{complaint}");
    let kept = done(&["checkpoint", "--data", data], None).await;
    let statement = done(&["key", "rotate", "--data", data], None).await;
    assert_eq!(statement.lines().nth(2), Some((last + 1).to_string().as_str()), "{statement}");
    let new = done(&["key", "show", "--data", data], None).await;
    assert_ne!(new, old);
    let chain = done(&["key", "show", "--chain", "--data", data], None).await;
    assert!(chain.starts_with(&old) && chain.contains(&statement) && chain.ends_with(&new), "{chain}");

    history.go_on().await;
    let folder = tempfile::tempdir().expect("a folder");
    let now = done(&["checkpoint", "--data", data], None).await;
    assert_ne!(now, kept);
    let out = folder.path().join("whole.ndjson");
    done(&["export", "--data", data, "--out", text(&out)], None).await;
    let (kept, now) = (write(folder.path(), "kept.txt", &kept), write(folder.path(), "now.txt", &now));
    let whole = [text(&out), text(&kept)];
    done(&[&["verify"], &whole[..], &["--key", old.trim()]].concat(), None).await;
    done(&["verify", text(&out), "--key", new.trim()], None).await;
    // A checkpoint by itself does not bring its chain.
    let complaint = refused(&["verify", text(&now), "--key", old.trim()], 1).await;
    assert!(complaint.contains("is signed by none of the given keys"), "{complaint}");
    let statement = write(folder.path(), "statement.txt", &statement);
    done(&["verify", text(&statement), text(&now), "--key", old.trim()], None).await;
    done(&["verify", text(&now), "--key", new.trim()], None).await;
}

#[tokio::test]
async fn a_copied_log_has_the_same_name_and_root_on_a_server() {
    let history = History::new().await;
    let nats = NatsServer::start(NatsOptions::default()).await.expect("a nats-server");
    let copied = ["log", "copy", "--from", text(history.itam.folder()), "--to", "nats"];
    let copied = run_itam(&copied, &[("ITAM_NATS", &nats.url())]).await;
    assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
    let folder = tempfile::tempdir().expect("a folder");
    let there = folder.path().join("there");
    let here = done(&["checkpoint", "--data", history.data()], None).await;
    let on_nats = done(&["checkpoint", "--data", text(&there)], Some(&nats)).await;
    assert_eq!(said_of_the_log(&on_nats), said_of_the_log(&here));
    let out = folder.path().join("whole.ndjson");
    done(&["export", "--data", text(&there), "--out", text(&out)], Some(&nats)).await;
    let key = done(&["key", "show", "--data", text(&there)], None).await;
    done(&["verify", text(&out), "--key", key.trim()], None).await;
    let export = fs::read_to_string(&out).expect("written");
    let events = export.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let events: Vec<Value> = events.filter(|line| line["event"].is_object()).collect();
    assert_eq!(events.len() as u64, history.last);
}

#[tokio::test]
async fn a_witness_key_is_made_and_shown_by_its_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("witness.key");
    let name = ["--witness", "witness.example.com/w1"];
    let made = done(&[&["key", "create"], &name[..], &["--out", text(&out)]].concat(), None).await;
    assert_eq!(done(&["key", "show", "--file", text(&out)], None).await, made);
    let complaint = refused(&["key", "show", "--data", text(folder.path())], 1).await;
    assert!(complaint.contains("there is no key in"), "{complaint}");
    let nothing = refused(&["export", "--data", text(folder.path()), "--out", "nowhere.ndjson"], 1).await;
    assert!(nothing.contains("cannot open the log"), "{nothing}");
}

#[tokio::test]
async fn evidence_of_an_asset_is_fetched_verified_and_never_written_over() {
    let itam = Installation::embedded().await;
    let org = Organization::define(&itam.commands).await;
    let tag = "LT/1 ?";
    itam.commands.done("register-asset", laptop(&org.laptop, tag)).await;
    let deploy = json!({"asset": tag, "custodian": {"person": org.ada}});
    let last = position_of(&itam.commands.done("deploy-asset", deploy).await);
    let signed = itam.commands.request(reqwest::Method::POST, "/v1/sealer/checkpoint");
    assert_eq!(itam.commands.send(signed).await.status, 200);
    let key = itam.tool(&["audit", "key", "show"]).await.trim().to_owned();
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("evidence.json");
    let fetch = ["audit", "evidence", tag, "--out", text(&out), "--server", &itam.services[0].url];
    itam.seen("/v1/assets", last).await;
    itam.tool(&fetch).await;
    let said = itam.tool(&["audit", "verify", text(&out), "--key", &key]).await;
    assert!(said.contains("2 events of asset/") && said.contains("deployed"), "{said}");

    let written = fs::read(&out).expect("the evidence");
    let again = itam.try_tool(&fetch).await;
    let complaint = String::from_utf8_lossy(&again.stderr);
    assert!(!again.status.success() && complaint.contains("nothing is overwritten"), "{complaint}");
    assert_eq!(fs::read(&out).expect("the evidence"), written);
    let none = folder.path().join("none.json");
    for (asset, server, words) in [
        ("LT-404", itam.services[0].url.clone(), "answered 404"),
        (tag, "http://127.0.0.1:1".to_owned(), "does not answer"),
        (tag, "localhost".to_owned(), "is not the address of a service"),
    ] {
        let fetched =
            itam.try_tool(&["audit", "evidence", asset, "--out", text(&none), "--server", &server]).await;
        let complaint = String::from_utf8_lossy(&fetched.stderr);
        assert!(!fetched.status.success() && complaint.contains(words), "{complaint}");
        assert!(!none.exists(), "nothing is left of what failed");
    }
}
