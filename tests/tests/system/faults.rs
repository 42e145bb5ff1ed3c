//! The world fails: the log is away, files are not what they should be, two want one directory.

use std::path::PathBuf;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use itam_tests::{Client, eventually, run_itam};
use serde_json::json;

use crate::installation::{Installation, assert_problem, number};
use crate::load::register_at_last;
use crate::organization::{define_laptop, laptop};

const WRITERS: usize = 8;

#[tokio::test]
async fn commands_wait_out_a_nats_server_that_went_away_and_take_effect_once() {
    let mut itam = Installation::up_on_nats().await;
    let model = define_laptop(&itam.commands).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let work = join_all((0..WRITERS).map(|writer| {
        let (commands, model, is_over) = (itam.commands.clone(), model.clone(), Arc::clone(&is_over));
        tokio::spawn(async move { register_on_and_on(&commands, &model, writer, &is_over).await })
    }));
    let work = tokio::spawn(work);
    grows(&itam, "some are registered").await;

    itam.nats.as_mut().expect("there is a nats-server").kill();
    let away = itam.commands.command("define-vendor", json!({"name": "Northwind"})).await;
    assert_problem(&away, 503, "log-unavailable");
    assert!(away.header("retry-after").is_some(), "{:?}", away.headers);
    let read = itam.queries.get("/v1/inventory/summary").await;
    assert_eq!(read.status, 200, "what was applied can be read: {}", read.text);
    let restarted = itam.nats.as_mut().expect("there is a nats-server").restart();
    restarted.await.expect("it starts again");

    grows(&itam, "commands are taken again").await;
    is_over.store(true, Ordering::Relaxed);
    let writers = work.await.expect("the writers end in order");
    let taken = writers.into_iter().map(|writer| writer.expect("every command is taken in the end"));
    let taken: usize = taken.sum();
    let summary = itam.summary().await;
    assert_eq!(number(&summary, "assets"), taken as u64, "{summary}");
    let events = itam.queries.get("/v1/events").await;
    let registered = events.text.matches("\"asset.registered\"").count();
    assert_eq!(registered, taken, "each is registered once");
}

/// Registers assets until told to stop; gives how many were taken.
async fn register_on_and_on(commands: &Client, model: &str, writer: usize, is_over: &AtomicBool) -> usize {
    let mut taken = 0;
    while !is_over.load(Ordering::Relaxed) {
        register_at_last(commands, model, &format!("w{writer}-{taken}")).await;
        taken += 1;
    }
    taken
}

/// Waits until the log has grown.
async fn grows(itam: &Installation, what: &str) {
    let head = || async { itam.queries.get("/v1/status").await.json()["head"].as_u64() };
    let before = eventually("the head is known", &head).await;
    eventually(what, || async { head().await.filter(|now| *now > before + 40) }).await;
}

#[tokio::test]
async fn an_unreadable_read_model_is_said_loudly_and_built_anew() {
    let mut itam = Installation::embedded().await;
    let model = define_laptop(&itam.commands).await;
    for number in 0..20 {
        itam.commands.done("register-asset", laptop(&model, &format!("LT-{number}"))).await;
    }
    let before = itam.summary().await;
    let garbage = |bytes: Vec<u8>| vec![0xA5; bytes.len()];
    let truncated = |bytes: Vec<u8>| bytes[..bytes.len() / 3].to_vec();
    let damages: [&dyn Fn(Vec<u8>) -> Vec<u8>; 2] = [&garbage, &truncated];
    for (times, damage) in (1..).zip(damages) {
        assert!(itam.up().stop().await.success());
        for file in read_model_files(&itam) {
            let bytes = std::fs::read(&file).expect("a file of the read model");
            std::fs::write(&file, damage(bytes)).expect("it can be damaged");
        }
        itam.up().restart().await;
        itam.up().ready().await;
        assert_eq!(itam.summary().await, before);
        let log = itam.up().log();
        let said =
            log.lines().filter(|line| line.contains("ERROR") && line.contains("built anew from the log"));
        assert_eq!(said.count(), times, "{log}");
        let shown = itam.queries.fetch("/v1/assets/LT-7").await;
        assert_eq!(shown["state"], "in_stock", "{shown}");
    }
}

fn read_model_files(itam: &Installation) -> Vec<PathBuf> {
    let folder = itam.folder().join("read-model");
    let entries = std::fs::read_dir(folder).expect("the read model's folder");
    let files = entries.map(|entry| entry.expect("an entry").path());
    let files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "redb")).collect();
    assert!(!files.is_empty(), "there is no file of the read model");
    files
}

#[tokio::test]
async fn a_data_directory_of_a_newer_format_is_refused_with_the_reason() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let label = data.path().join("itam.json");
    let newer = r#"{"format":999,"tenant":"main"}"#;
    std::fs::write(&label, newer).expect("a label");
    let refused = start_in(data.path()).await;
    assert_eq!(refused.status.code(), Some(1));
    let complaint = complaint(&refused);
    assert!(complaint.contains("999") && complaint.contains("newer itam"), "{complaint}");
    assert_eq!(std::fs::read_to_string(&label).expect("a label"), newer);
    let files = std::fs::read_dir(data.path()).expect("the folder").count();
    assert_eq!(files, 1, "something was written beside the label");
}

#[tokio::test]
async fn a_second_itam_on_the_same_data_directory_is_refused_and_the_first_goes_on() {
    let itam = Installation::embedded().await;
    let refused = start_in(itam.folder()).await;
    assert_eq!(refused.status.code(), Some(1));
    let complaint = complaint(&refused);
    assert!(complaint.contains("log.redb") && complaint.contains("another process"), "{complaint}");
    define_laptop(&itam.commands).await;
    assert!(!complaint.contains("panicked"), "{complaint}");
}

/// `itam up` on a free port, which must end by itself.
async fn start_in(data: &std::path::Path) -> Output {
    let data = data.display().to_string();
    run_itam(&["up", "--listen", "127.0.0.1:0", "--data", &data], &[]).await
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
