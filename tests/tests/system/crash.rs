//! The program ends in the middle of work: by a power cut, or because it was asked to.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use futures_util::future::join_all;
use itam_tests::ports::Port;
use itam_tests::{Client, eventually, itam_binary};

use crate::installation::{Installation, id_of, number, sum_by_state};
use crate::load::{Attempt, Load, register_at_last};
use crate::organization::define_laptop;

const WRITERS: usize = 8;

#[tokio::test]
async fn everything_acknowledged_before_a_power_cut_is_there_once_after_it() {
    let mut itam = Installation::embedded().await;
    let model = define_laptop(&itam.commands).await;
    let mut attempts: Vec<Attempt> = Vec::new();
    for round in 1..=3 {
        let prefix = format!("r{round}-");
        let load = Load::start(&itam.commands, &model, &prefix, WRITERS);
        at_work(&itam).await;
        itam.up().kill();
        attempts.extend(load.end().await);
        itam.up().restart().await;
        itam.up().ready().await;
    }
    let acknowledged = attempts.iter().filter(|attempt| attempt.answer.is_some()).count();
    assert!(acknowledged > WRITERS, "only {acknowledged} commands were acknowledged");

    let repeated =
        join_all(attempts.iter().map(|attempt| register_at_last(&itam.commands, &model, &attempt.key)));
    for (attempt, repeated) in attempts.iter().zip(repeated.await) {
        let Some(answer) = &attempt.answer else { continue };
        assert!(repeated.is_replayed, "{} was acknowledged and then forgotten", attempt.key);
        assert_eq!(repeated.id, id_of(answer), "{}", attempt.key);
    }
    let keys: BTreeSet<&str> = attempts.iter().map(|attempt| attempt.key.as_str()).collect();
    let summary = itam.summary().await;
    assert_eq!(number(&summary, "assets"), keys.len() as u64, "{summary}");
    assert_eq!(sum_by_state(&summary), keys.len() as u64, "{summary}");
}

#[tokio::test]
async fn whoever_reads_its_log_no_more_keeps_it_neither_from_working_nor_from_stopping() {
    let folder = tempfile::tempdir().expect("a folder");
    let port = Port::take().expect("a port");
    let (data, address) = (folder.path().join("data"), format!("127.0.0.1:{}", port.number()));
    let mut command = Command::new(itam_binary());
    command.args(["up", "--listen", &address, "--data"]).arg(&data);
    let mut child =
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("a process can be started");
    drop(child.stderr.take());
    let client = Client::new(&format!("http://{address}"), "");
    eventually("it is ready", || async { client.is_ready().await.then_some(()) }).await;
    let term = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(term.expect("kill can be run").success());
    let ended = eventually("it stops", || {
        let ended = child.try_wait().expect("a child can be waited for");
        async move { ended }
    })
    .await;
    assert_eq!(ended.code(), Some(0));
}

#[tokio::test]
async fn asked_to_stop_it_answers_what_it_took_and_ends_in_order() {
    let mut itam = Installation::embedded().await;
    let model = define_laptop(&itam.commands).await;
    let load = Load::start(&itam.commands, &model, "", WRITERS);
    at_work(&itam).await;
    let status = itam.up().stop().await;
    assert_eq!(status.code(), Some(0), "{}", itam.up().log());
    let attempts = load.end().await;

    itam.up().restart().await;
    itam.up().ready().await;
    let acknowledged = attempts.iter().filter(|attempt| attempt.answer.is_some()).count();
    let summary = itam.summary().await;
    assert_eq!(
        number(&summary, "assets"),
        acknowledged as u64,
        "what was stored was not answered: {summary}"
    );
}

/// Waits until the load is felt.
async fn at_work(itam: &Installation) {
    let before = itam.head().await;
    eventually("commands are being taken", || async {
        let head = itam.head().await;
        (head > before + 50).then_some(())
    })
    .await;
}
