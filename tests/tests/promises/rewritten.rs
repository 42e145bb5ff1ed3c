//! The log is restored, shortened or swapped behind the services' backs.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use itam_tests::history::{Outcome, Transport};
use itam_tests::sender::OutgoingCommand;
use itam_tests::stand::Stand;
use itam_tests::{Client, eventually, eventually_within, promised_within, run_itam};
use serde_json::{Value, json};

/// How long it may take until the last process has noticed: P8.
const NOTICED_WITHIN: Duration = Duration::from_secs(12);

#[tokio::test]
async fn a_log_restored_from_an_older_backup_is_noticed_by_every_running_service() {
    let mut stand = Stand::on_nats().await.expect("a server");
    define_vendors(&stand, "before", 5).await;
    let backup = tempfile::tempdir().expect("a folder");
    let store = stand.nats().store_folder();
    stand.nats().kill();
    copy(&store, &backup.path().join("store"));
    stand.nats().restart().await.expect("it starts again");
    stand.recovered().await;
    // Who has seen nothing newer than the backup has nothing to notice.
    all_remember(&stand, define_vendors(&stand, "after", 5).await).await;

    stand.nats().kill();
    std::fs::remove_dir_all(&store).expect("the store can be removed");
    copy(&backup.path().join("store"), &store);
    stand.nats().restart().await.expect("it starts again");
    all_end_and_say_why(&mut stand).await;
}

#[tokio::test]
async fn a_stream_that_was_swapped_for_another_is_noticed_by_every_running_service() {
    let mut stand = Stand::on_nats().await.expect("a server");
    all_remember(&stand, define_vendors(&stand, "before", 5).await).await;
    let (nats, _) = stand.sender.nats.clone().expect("a connection");
    let ask = async |verb: &str, body: String| -> Value {
        let subject = format!("$JS.API.STREAM.{verb}.ITAM_main");
        let answer = nats.request(subject, body.into()).await.expect("an answer");
        serde_json::from_slice(&answer.payload).expect("an answer is JSON")
    };
    let config = ask("INFO", String::new()).await["config"].clone();
    ask("DELETE", String::new()).await;
    let made = ask("CREATE", config.to_string()).await;
    assert!(made["error"].is_null(), "{made}");
    for _ in 0..200 {
        let published = nats.request("itam.main.guard.swapped", "{}".into()).await;
        published.expect("a message is stored");
    }
    all_end_and_say_why(&mut stand).await;
}

#[tokio::test]
async fn an_embedded_log_older_than_the_read_model_is_refused_with_the_reason() {
    let mut stand = Stand::embedded().await;
    define_vendors(&stand, "before", 3).await;
    assert!(stand.services[0].stop().await.success());
    let (log, backup) = (stand.folder().join("log.redb"), stand.folder().join("backup.redb"));
    std::fs::copy(&log, &backup).expect("a backup");
    stand.services[0].restart().await;
    stand.recovered().await;
    define_vendors(&stand, "after", 3).await;
    assert!(stand.services[0].stop().await.success());
    std::fs::copy(&backup, &log).expect("the backup is restored");

    let data = stand.folder().display().to_string();
    let refused = run_itam(&["up", "--listen", "127.0.0.1:0", "--data", &data], &[]).await;
    let complaint = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{complaint}");
    assert!(complaint.contains("the log's history was rewritten"), "{complaint}");
}

/// Waits until every process would miss a position.
async fn all_remember(stand: &Stand, position: u64) {
    for service in &stand.services {
        let metrics = Client::new(&service.url, "");
        eventually("every process has looked at the log", || async {
            let page = metrics.get("/metrics").await.text;
            let remembered = page.lines().find_map(|line| line.strip_prefix("itam_remembered_position "))?;
            (remembered.parse::<u64>().ok()? >= position).then_some(())
        })
        .await;
    }
}

/// Gives the position of the last one.
async fn define_vendors(stand: &Stand, name: &str, count: u32) -> u64 {
    let mut last = 0;
    for number in 0..count {
        let key = format!("{name}-{number}");
        let order = OutgoingCommand { command: "define-vendor", fields: json!({"name": key}), key };
        let outcome = stand.sender.send(&order, Transport::Http, 0).await;
        let Outcome::Acknowledged(answer) = outcome else { panic!("{outcome:?}") };
        last = answer["position"].as_u64().expect("an answer names its position");
    }
    last
}

async fn all_end_and_say_why(stand: &mut Stand) {
    let services = &mut stand.services;
    let mut are_all_over = || services.iter_mut().all(|service| !service.is_running());
    eventually_within(promised_within(NOTICED_WITHIN), "every process has ended", || {
        let are_all_over = are_all_over();
        async move { are_all_over.then_some(()) }
    })
    .await;
    for service in &stand.services {
        let log = service.log();
        assert!(log.contains("the log's history was rewritten"), "{log}");
    }
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").arg(from).arg(to).status().expect("cp can be run");
    assert!(status.success(), "{} cannot be copied", from.display());
}
