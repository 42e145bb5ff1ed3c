//! The read model is written by one process and read by another, and either may die at any moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use itam_tests::nats::{NatsOptions, NatsServer};
use itam_tests::{Client, Service, eventually, run_itam};
use serde_json::Value;

use crate::installation::{
    Installation, PROJECTOR, QUERY_SERVICE, number, position_of, sum_by_state, with_position,
};
use crate::load::Load;
use crate::organization::{define_laptop, laptop};

const KILLS: usize = 22;

#[tokio::test]
async fn reads_stay_consistent_while_the_projector_is_killed_again_and_again() {
    let mut itam = Installation::three_processes().await;
    let model = define_laptop(&itam.commands).await;
    let load = Load::start(&itam.commands, &model, "", 2);
    let readers = Readers::start(&itam.queries, 2);
    for kill in 0..KILLS {
        itam.services[PROJECTOR].kill();
        itam.services[PROJECTOR].restart().await;
        let tag = format!("after-kill-{kill}");
        let done = itam.commands.done("register-asset", laptop(&model, &tag)).await;
        let path = with_position(&format!("/v1/assets/{tag}"), position_of(&done));
        eventually("the write is seen", || async {
            let answer = itam.queries.get(&path).await;
            assert!([200, 503, 504].contains(&answer.status), "{}", answer.text);
            (answer.status == 200).then_some(())
        })
        .await;
    }
    let attempts = load.end().await;
    assert!(attempts.iter().all(|attempt| attempt.answer.is_some()), "commands do not need the projector");
    eventually("enough was read to prove something", || async {
        (readers.answered.load(Ordering::Relaxed) > KILLS as u64).then_some(())
    })
    .await;
    readers.end().await;

    let summary = itam.summary().await;
    assert_eq!(number(&summary, "assets"), (attempts.len() + KILLS) as u64, "{summary}");
    assert_eq!(sum_by_state(&summary), number(&summary, "assets"), "{summary}");
}

#[tokio::test]
async fn a_query_service_that_is_killed_disturbs_nobody_and_answers_again_at_once() {
    let mut itam = Installation::three_processes().await;
    let model = define_laptop(&itam.commands).await;
    let load = Load::start(&itam.commands, &model, "", 2);
    for _ in 0..5 {
        itam.services[QUERY_SERVICE].kill();
        itam.services[QUERY_SERVICE].restart().await;
        let summary = itam.queries.fetch("/v1/inventory/summary").await;
        assert_eq!(sum_by_state(&summary), number(&summary, "assets"), "{summary}");
    }
    let attempts = load.end().await;
    let last = attempts.iter().filter_map(|attempt| attempt.answer.as_ref().map(position_of)).max();
    let summary = itam.seen("/v1/inventory/summary", last.expect("something was stored")).await;
    assert_eq!(number(&summary, "assets"), attempts.len() as u64, "{summary}");
}

/// Clients that read all the time and hold every answer to what must be true of it.
struct Readers {
    is_over: Arc<AtomicBool>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
    answered: Arc<AtomicU64>,
}

impl Readers {
    fn start(client: &Client, count: usize) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let answered = Arc::new(AtomicU64::new(0));
        let start = |_| {
            let (client, is_over, answered) = (client.clone(), Arc::clone(&is_over), Arc::clone(&answered));
            tokio::spawn(async move { read(&client, &is_over, &answered).await })
        };
        Self { tasks: (0..count).map(start).collect(), is_over, answered }
    }

    async fn end(self) {
        self.is_over.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.expect("every read was consistent");
        }
    }
}

async fn read(client: &Client, is_over: &AtomicBool, answered: &AtomicU64) {
    let (mut position, mut assets) = (0, 0);
    while !is_over.load(Ordering::Relaxed) {
        let answer = client.get("/v1/inventory/summary").await;
        if answer.status == 503 {
            // The writer died within a commit, and has not come back yet to repair the file.
            assert!(answer.header("retry-after").is_some(), "{}", answer.text);
            tokio::task::yield_now().await;
            continue;
        }
        assert_eq!(answer.status, 200, "{}", answer.text);
        let summary: Value = answer.json();
        assert_eq!(sum_by_state(&summary), number(&summary, "assets"), "{summary}");
        let shown = answer.header("itam-position").and_then(|text| text.parse::<u64>().ok());
        let shown = shown.expect("a position");
        assert!(shown >= position, "the position went back from {position} to {shown}");
        assert!(number(&summary, "assets") >= assets, "assets vanished: {summary}");
        (position, assets) = (shown, number(&summary, "assets"));
        answered.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn who_only_reads_a_history_begins_none_and_waits_for_one() {
    let nats = NatsServer::start(NatsOptions::default()).await.expect("a nats-server");
    let url = nats.url();
    let [read, written] = [0; 2].map(|_| tempfile::tempdir().expect("a folder"));
    let data = read.path().to_str().expect("a path in UTF-8");
    let refused = run_itam(&["rebuild", "--data", data, "--nats", &url], &[]).await;
    let complaint = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && complaint.contains("there is no stream ITAM_main"), "{complaint}");
    let client = async_nats::connect(&url).await.expect("a connection");
    let streams = async_nats::jetstream::new(client);
    assert!(streams.get_stream("ITAM_main").await.is_err(), "a stream was made");

    let here = ["--nats", url.as_str()];
    let reading = Service::start("query-service", read.path(), &here);
    let writing = async {
        eventually("the query service waits", || async {
            read.path().join("itam.json").exists().then_some(())
        })
        .await;
        Service::start("command-service", written.path(), &here).await
    };
    let (reading, writing) = tokio::join!(reading, writing);
    reading.ready().await;
    writing.ready().await;
}
