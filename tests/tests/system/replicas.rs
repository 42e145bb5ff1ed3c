//! A server of a cluster that does not hold what it should is named, everywhere, within 15 seconds.

use std::fs;
use std::time::{Duration, Instant};

use itam_tests::stand::{QUERY_SERVICE, Stand};
use itam_tests::{Client, eventually, eventually_within, promised_within, run_itam};
use serde_json::Value;

use crate::metrics::OF_CLUSTERS;

const SEEN_WITHIN: Duration = Duration::from_secs(15);
const DURABLE: i32 = 10;

/// What each service says beside "ready"; nothing if one is not ready.
async fn readiness(stand: &Stand) -> Option<Vec<String>> {
    let mut said = Vec::new();
    for service in &stand.services {
        let client = Client::new(&service.url, "");
        let answer = client.try_send(client.request(reqwest::Method::GET, "/readyz")).await.ok()?;
        if answer.status != 200 {
            return None;
        }
        said.push(answer.text);
    }
    Some(said)
}

async fn status(stand: &Stand) -> Option<Value> {
    let queries = &stand.sender.queries;
    let answer = queries.try_send(queries.request(reqwest::Method::GET, "/v1/status")).await.ok()?;
    (answer.status == 200).then(|| answer.json())
}

async fn metric(stand: &Stand, line: &str) -> Option<String> {
    let client = Client::new(&stand.services[QUERY_SERVICE].url, "");
    let page = client.get("/metrics").await.text;
    let value = page.lines().find_map(|found| found.strip_prefix(line));
    value.map(|value| value.trim().to_owned())
}

/// What the status shows of a server's copy of the log.
async fn fault(stand: &Stand, server: &str) -> Option<Value> {
    let status = status(stand).await?;
    let faults = status["replica_faults"].as_array().expect("a list");
    let is_it = |fault: &&Value| fault["stream"] == "ITAM_main" && fault["server"] == server;
    faults.iter().find(is_it).cloned()
}

/// Whether a fault of a server's copy of the log is shown by the status, by every service's probe, and by the
/// metric.
async fn is_named(stand: &Stand, server: &str, kinds: &[&str]) -> bool {
    let fault = fault(stand, server).await;
    let is_shown = fault.is_some_and(|fault| kinds.contains(&fault["kind"].as_str().unwrap_or("")));
    let told = format!("warning: server {server}, stream ITAM_main:");
    let is_said = readiness(stand).await.is_some_and(|said| said.iter().all(|text| text.contains(&told)));
    let line = format!("itam_replica_fault{{stream=\"ITAM_main\",server=\"{server}\"}}");
    is_shown && is_said && metric(stand, &line).await.as_deref() == Some("1")
}

async fn named(stand: &Stand, server: usize, kinds: &[&str], begun: Instant) {
    let name = format!("n{}", server + 1);
    let within = promised_within(SEEN_WITHIN);
    eventually_within(within, &format!("{name} is {kinds:?}"), || async {
        is_named(stand, &name, kinds).await.then_some(())
    })
    .await;
    eprintln!("{name} was seen to be {kinds:?} after {:?}", begun.elapsed());
    // The status may know the trouble before this one from a server that has just been started again; whoever
    // looks anew sees it within the same time.
    let told = format!("server {name}, stream ITAM_main:");
    let is_it = |line: &str| line.starts_with("durable") && line.contains("BROKEN") && line.contains(&told);
    eventually_within(within, &format!("the check names {name}"), || async {
        let (code, findings) = check(stand).await;
        (code == DURABLE && findings.lines().any(is_it)).then_some(())
    })
    .await;
}

/// The trouble began at the same instant whenever one asks.
async fn one_trouble(stand: &Stand, server: usize) {
    let name = format!("n{}", server + 1);
    let first = fault(stand, &name).await.expect("it is shown");
    // What was seen differs with each look.
    eventually("another look", || async {
        let later = fault(stand, &name).await?;
        assert_eq!(later["since"], first["since"]);
        (later["detail"] != first["detail"]).then_some(())
    })
    .await;
}

async fn check(stand: &Stand) -> (i32, String) {
    let cluster = stand.cluster.as_ref().expect("a cluster");
    let (url, monitoring) = (cluster.url(), cluster.monitoring_urls());
    let args = ["log", "check", "--nats", &url, "--nats-monitoring", &monitoring, "--nats-replicas", "3"];
    let output = run_itam(&args, &[]).await;
    let code = output.status.code().expect("it ended by itself");
    (code, String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Nobody says any more that something is wrong.
async fn all_clear(stand: &Stand) {
    eventually("all is clear", || async {
        let status = status(stand).await?;
        let said = readiness(stand).await?;
        let is_clear =
            status["replica_faults"].as_array()?.is_empty() && said.iter().all(|text| text == "ready\n");
        is_clear.then_some(())
    })
    .await;
    for server in 1..=3 {
        let line = format!("itam_replica_fault{{stream=\"ITAM_main\",server=\"n{server}\"}}");
        assert_eq!(metric(stand, &line).await.as_deref(), Some("0"));
    }
    let (_, findings) = check(stand).await;
    assert!(findings.contains("stream ITAM_main is whole on n1, n2, n3"), "{findings}");
    assert!(
        !findings.lines().any(|line| line.starts_with("durable") && line.contains("BROKEN")),
        "{findings}"
    );
    // What began was said, and that it is over.
    let log = stand.services[QUERY_SERVICE].log();
    let count = |texts: [&str; 2]| texts.map(|text| log.matches(text).count());
    let begun = count(["a copy of a stream is in trouble", "a stream has no leader"]);
    let over = count(["the copy of the stream is right again", "the stream has a leader again"]);
    assert!(begun != [0, 0] && begun == over, "{begun:?} began and {over:?} are over: {log}");
    assert!(!log.contains("server=\"\""), "a server without a name: {log}");
}

#[tokio::test]
async fn a_server_that_is_stopped_killed_broken_or_emptied_is_named_until_it_holds_everything_again() {
    let mut stand = Stand::on_cluster().await.expect("a cluster");
    stand.recovered().await;
    let server = (stand.stream_leader().await + 1) % 3;
    let begun = Instant::now();
    stand.cluster().servers[server].pause().expect("it can be paused");
    named(&stand, server, &["unheard"], begun).await;
    one_trouble(&stand, server).await;
    stand.cluster().servers[server].resume().expect("it can be resumed");
    all_clear(&stand).await;

    let begun = Instant::now();
    stand.cluster().servers[server].kill();
    named(&stand, server, &["unheard"], begun).await;
    // What is in the place of its copy of the log is none, and none can be made there.
    let copy = stand.cluster().servers[server].store_folder().join("jetstream/$G/streams/ITAM_main");
    fs::remove_dir_all(&copy).expect("it is there");
    fs::write(&copy, "no folder").expect("it can be written");
    let begun = Instant::now();
    stand.cluster().servers[server].start_again().await.expect("it starts again");
    // It either takes part without a copy, or holds one in memory that stays empty.
    named(&stand, server, &["broken", "empty"], begun).await;

    // As the operating guide says: stop it, empty its store, start it. Here it is first kept from the others.
    stand.cluster().servers[server].kill();
    stand.cluster().servers[server].lose_disk().expect("it can be emptied");
    stand.cluster().cut_off(server);
    let begun = Instant::now();
    stand.cluster().servers[server].start_again().await.expect("it starts again");
    named(&stand, server, &["empty"], begun).await;
    stand.cluster().reunite();
    stand.replicated().await;
    all_clear(&stand).await;
}

#[tokio::test]
async fn without_a_majority_whoever_takes_commands_is_not_ready_and_readers_are() {
    let mut stand = Stand::on_cluster().await.expect("a cluster");
    stand.recovered().await;
    let gone = stand.stream_leader().await;
    let gone = [gone, (gone + 1) % 3];
    for server in gone {
        stand.cluster().servers[server].kill();
    }
    let probe = async |service: usize| {
        let client = Client::new(&stand.services[service].url, "");
        let answer = client.get("/readyz").await;
        (answer.status, answer.text)
    };
    eventually_within(promised_within(SEEN_WITHIN), "the missing majority is told", || async {
        let (commands, reason) = probe(0).await;
        let (queries, note) = probe(QUERY_SERVICE).await;
        let is_told = |text: &str| text.contains("stream ITAM_main: nobody");
        (commands == 503 && is_told(&reason) && queries == 200 && is_told(&note)).then_some(())
    })
    .await;
    let line = format!("{}{{stream=\"ITAM_main\"}}", OF_CLUSTERS[1]);
    assert_eq!(metric(&stand, &line).await.as_deref(), Some("1"));
    for server in gone {
        stand.cluster().servers[server].start_again().await.expect("it starts again");
    }
    stand.recovered().await;
    all_clear(&stand).await;
}
