//! What becomes of a program whose output nobody reads any more.

use std::process::{Command, Stdio};

use itam_tests::ports::Port;
use itam_tests::{Client, admin_token, eventually, itam_binary, run_itam};
use serde_json::json;

use crate::installation::Installation;

/// A standard output that nobody reads.
fn unread() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

#[tokio::test]
async fn a_tool_ends_quietly_and_says_to_shells_why() {
    let itam = Installation::embedded().await;
    let list = ["token", "list", "--data", itam.folder().to_str().expect("text")];
    let ended = Command::new(itam_binary()).args(list).stdout(unread()).output().expect("it ends");
    assert_eq!((ended.status.code(), String::from_utf8_lossy(&ended.stderr).as_ref()), (Some(141), ""));
    // What cannot be written for another reason is an error.
    let full = std::fs::File::options().write(true).open("/dev/full").expect("a full disk");
    let ended = Command::new(itam_binary()).args(list).stdout(full).output().expect("it ends");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1));
    assert!(said.starts_with("itam: cannot print: No space left"), "{said}");
}

#[tokio::test]
async fn a_service_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let port = Port::take().expect("a free port");
    let address = format!("127.0.0.1:{}", port.number());
    let mut child = Command::new(itam_binary())
        .args(["up", "--listen", &address, "--data", data.to_str().expect("text")])
        .stdout(unread())
        .stderr(unread())
        .spawn()
        .expect("it starts");
    let token = admin_token(&data).await;
    let client = Client::new(&format!("http://{address}"), &token);
    eventually("it is ready", || async { client.is_ready().await.then_some(()) }).await;
    client.done("define-vendor", json!({"name": "V"})).await;
    child.kill().expect("killed");
    child.wait().expect("ended");
}

#[tokio::test]
async fn the_version_tells_the_commit_and_what_this_build_reads() {
    let output = run_itam(&["--version"], &[]).await;
    let said = String::from_utf8(output.stdout).expect("text");
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].starts_with("itam 0."), "{said}");
    let number = |name: &str| {
        let line = lines
            .iter()
            .find_map(|line| line.strip_prefix(name))
            .unwrap_or_else(|| panic!("no {name}in {said}"));
        line.to_owned()
    };
    let commit = number("commit ");
    assert!(commit == "unknown" || commit.chars().all(|digit| digit.is_ascii_hexdigit()), "{said}");
    let schemas = ["read model schema ", "compliance schema ", "tco schema "];
    for name in schemas.into_iter().chain(["data directory format ", "backup format "]) {
        assert!(number(name).parse::<u32>().is_ok_and(|number| number > 0), "{said}");
    }
}
