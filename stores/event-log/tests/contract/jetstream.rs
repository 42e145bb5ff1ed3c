//! The log on `JetStream`: the contract on one server and on three, and what only a server can
//! get wrong.

use std::sync::Arc;
use std::time::Duration;

use async_nats::Client;
use itam_event_log::{
    AppendError, EventLog, JetStreamLog, JetStreamOptions, LogError, LogReader, Subject, Tenant,
};
use itam_tests::eventually;
use itam_tests::nats::{NatsCluster, NatsOptions, NatsServer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::cases::keep_the_contract;
use crate::support::{
    Logs, append_one, commit, ends, fresh_key, fresh_subject, limit, read_all, tenant, write,
};

/// Longer than any test: what ends before did not wait for it.
const FOR_EVER: Duration = Duration::from_hours(1);

async fn start(options: NatsOptions) -> NatsServer {
    NatsServer::start(options).await.unwrap_or_else(|error| panic!("{error}"))
}

async fn connect(url: &str) -> Client {
    let options = async_nats::ConnectOptions::new()
        .reconnect_delay_callback(|_| Duration::from_millis(50))
        .max_reconnects(None);
    options.connect(url.split(',').collect::<Vec<_>>()).await.unwrap()
}

async fn open(url: &str, options: JetStreamOptions) -> Arc<dyn EventLog> {
    // A cluster that was just formed may not know of all its servers yet, nor who leads what was just made.
    let client = connect(url).await;
    let log = eventually("the servers make the stream", || async {
        match JetStreamLog::connect(client.clone(), tenant(), options.clone()).await {
            Err(LogError::Unavailable { .. }) => None,
            outcome => Some(outcome),
        }
    });
    let log: Arc<dyn EventLog> = Arc::new(log.await.unwrap());
    eventually("the servers take appends", || async {
        let probe = commit([write(&fresh_subject(), 1 << 40, "x")]);
        matches!(log.append(probe).await, Err(AppendError::Conflict { .. })).then_some(())
    })
    .await;
    log
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_server_keeps_the_contract() {
    let server = start(NatsOptions::default()).await;
    let options = JetStreamOptions {
        monitoring_urls: vec![server.monitoring_url()],
        require_sync_always: true,
        ..JetStreamOptions::default()
    };
    let one = open(&server.url(), options.clone()).await;
    let two = open(&server.url(), options).await;
    keep_the_contract(&Logs { one, two }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_of_three_keeps_the_contract_and_survives_its_leader() {
    let mut cluster = NatsCluster::start(3).await.unwrap_or_else(|error| panic!("{error}"));
    let options = JetStreamOptions {
        replicas: 3,
        monitoring_urls: cluster.servers.iter().map(NatsServer::monitoring_url).collect(),
        require_sync_always: true,
        ..JetStreamOptions::default()
    };
    let one = open(&cluster.url(), options.clone()).await;
    let two = open(&cluster.url(), options).await;
    keep_the_contract(&Logs { one: Arc::clone(&one), two }).await;
    println!("case the_leader_may_be_killed");
    let head = one.head().await.unwrap();
    let leader = leader_of(&cluster).await;
    cluster.servers[leader].kill();
    let subject = fresh_subject();
    taken_by_the_others(&one, &subject).await;
    eventually("the reader has resumed", || async {
        one.read(head + 1, limit(500)).await.is_ok().then_some(())
    })
    .await;
    let messages = read_all(&one, 1, 500).await;
    assert_eq!(messages.last().unwrap().position, head + 1);
    assert_eq!(one.load_latest(&subject).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_was_cut_off_is_not_believed_and_its_successor_is() {
    let cluster = NatsCluster::start(3).await.unwrap_or_else(|error| panic!("{error}"));
    let options = JetStreamOptions { replicas: 3, ..JetStreamOptions::default() };
    let log = open(&cluster.url(), options.clone()).await;
    append_one(&log, &fresh_subject(), 0, "x").await;
    let leader = leader_of(&cluster).await;
    let beside_it = open(&cluster.servers[leader].url(), options.clone()).await;
    let elsewhere = open(&cluster.servers[(leader + 1) % 3].url(), options).await;
    assert_eq!(beside_it.head().await.unwrap(), 1);
    cluster.cut_off(leader);
    eventually("it is not believed any more", || async {
        matches!(beside_it.head().await, Err(LogError::Unavailable { .. })).then_some(())
    })
    .await;
    let subject = fresh_subject();
    taken_by_the_others(&elsewhere, &subject).await;
    assert_eq!(elsewhere.head().await.unwrap(), 2);
    let seen = beside_it.read(1, limit(10)).await;
    assert!(matches!(seen, Err(LogError::Unavailable { .. })), "{seen:?}");
    cluster.reunite();
    eventually("everybody knows the same", || async {
        (beside_it.head().await.is_ok_and(|head| head == 2)).then_some(())
    })
    .await;
}

/// Appends the first message of a subject to those who are left.
async fn taken_by_the_others(log: &Arc<dyn EventLog>, subject: &Subject) {
    eventually("the two others take appends", || async {
        match log.append(commit([write(subject, 0, "x")])).await {
            // After an append of unknown outcome that was stored, the next one conflicts.
            Ok(_) | Err(AppendError::Conflict { .. }) => Some(()),
            Err(_) => None,
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_5_a_stream_that_nobody_leads_yet_is_waited_for_a_moment() {
    let server = start(NatsOptions::default()).await;
    let log = open(&server.url(), JetStreamOptions::default()).await;
    let streams = async_nats::jetstream::new(connect(&server.url()).await);
    let config = streams.get_stream("ITAM_main").await.unwrap().cached_info().config.clone();
    let (subject, key) = (fresh_subject(), fresh_key());
    let single = commit([write(&subject, 0, "x")]);
    let batch = commit([write(&subject, 0, "x"), write(&key, 0, "x")]);
    for commit in [single, batch] {
        streams.delete_stream("ITAM_main").await.unwrap();
        let made = async { streams.create_stream(config.clone()).await.unwrap() };
        let (appended, _) = tokio::join!(log.append(commit.clone()), made);
        assert_eq!(appended.unwrap().last, commit.writes.len() as u64);
        streams.delete_stream("ITAM_main").await.unwrap();
        let nobodys = log.append(commit).await;
        assert!(matches!(nobodys, Err(AppendError::Unavailable { .. })), "{nobodys:?}");
        streams.create_stream(config.clone()).await.unwrap();
    }
}

/// Which server leads the stream.
async fn leader_of(cluster: &NatsCluster) -> usize {
    let client = connect(&cluster.url()).await;
    let stream = async_nats::jetstream::new(client).get_stream("ITAM_main").await.unwrap();
    let leader = stream.cached_info().cluster.as_ref().unwrap().leader.clone().unwrap();
    leader.strip_prefix('n').unwrap().parse::<usize>().unwrap() - 1
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_6_what_was_acknowledged_survives_a_kill_and_the_log_resumes_by_itself() {
    let mut server = start(NatsOptions::default()).await;
    let log = open(&server.url(), JetStreamOptions::default()).await;
    let mut last = 0;
    for _ in 0..20 {
        append_one(&log, &fresh_subject(), 0, "single").await;
        let pair = commit([write(&fresh_subject(), 0, "pair"), write(&fresh_key(), 0, "pair")]);
        last = log.append(pair).await.unwrap().last;
    }
    let follower = Arc::clone(&log);
    let seen = follower.tail(last, limit(10), Duration::from_secs(5)).await.unwrap();
    assert_eq!(seen.messages.len(), 1);
    let following = tokio::spawn(async move {
        loop {
            let page = follower.tail(last + 1, limit(10), FOR_EVER).await;
            if let Ok(page) = page
                && !page.messages.is_empty()
            {
                return page;
            }
        }
    });
    server.kill();
    server.restart().await.unwrap();
    assert_eq!(eventually("the head is back", || async { log.head().await.ok() }).await, last);
    assert_eq!(read_all(&log, 1, 7).await.len(), 60);
    let subject = fresh_subject();
    let appended = log.append(commit([write(&subject, 0, "after")])).await.unwrap();
    assert_eq!(ends(following).await.unwrap().messages[0].position, appended.last);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_makes_the_log_unavailable_at_once() {
    let mut server = start(NatsOptions::default()).await;
    // No append that is noted as lost waited for its time to be over.
    let options = JetStreamOptions { append_timeout: FOR_EVER, ..JetStreamOptions::default() };
    let log = open(&server.url(), options).await;
    append_one(&log, &fresh_subject(), 0, "x").await;
    server.kill();
    let (subject, key) = (fresh_subject(), fresh_key());
    for writes in [vec![write(&subject, 0, "x")], vec![write(&subject, 0, "x"), write(&key, 0, "x")]] {
        let away = itam_event_log::Commit::of(writes);
        eventually("the loss is noticed", || async {
            match log.append(away.clone()).await {
                Err(AppendError::Unavailable { .. }) => Some(()),
                Err(AppendError::Unknown { .. }) => None,
                other => panic!("expected no answer, got {other:?}"),
            }
        })
        .await;
    }
    let error = log.tail(1, limit(10), Duration::from_millis(200)).await.unwrap_err();
    assert!(matches!(error, LogError::Unavailable { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_5_an_append_whose_server_dies_is_unknown_as_soon_as_the_connection_breaks() {
    let mut server = start(NatsOptions::default()).await;
    let options = JetStreamOptions { append_timeout: FOR_EVER, ..JetStreamOptions::default() };
    let log = open(&server.url(), options).await;
    append_one(&log, &fresh_subject(), 0, "x").await;
    // Frozen first, so that no answer can come before the connection breaks.
    server.pause().unwrap();
    let append = log.append(commit([write(&fresh_subject(), 0, "x")]));
    let (outcome, ()) = ends(async { tokio::join!(append, async { server.kill() }) }).await;
    assert!(matches!(outcome, Err(AppendError::Unknown { .. })), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_5_an_append_to_a_frozen_server_is_unknown_and_found_later_or_free_to_retry() {
    let server = start(NatsOptions::default()).await;
    let options =
        JetStreamOptions { append_timeout: Duration::from_millis(300), ..JetStreamOptions::default() };
    let log = open(&server.url(), options).await;
    let subject = fresh_subject();
    server.pause().unwrap();
    let outcome = log.append(commit([write(&subject, 0, "x")])).await;
    assert!(matches!(outcome, Err(AppendError::Unknown { .. })), "{outcome:?}");
    server.resume().unwrap();
    // The message was on its way and is stored once the server thaws: a retry meets it.
    eventually("the message is stored", || async {
        let found = log.load_latest(&subject).await.ok()?;
        (found.len() == 1).then_some(())
    })
    .await;
    let retry = log.append(commit([write(&subject, 0, "x")])).await;
    assert!(matches!(retry, Err(AppendError::Conflict { .. })), "{retry:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_6_a_server_that_acknowledges_before_the_disk_has_it_is_refused_where_that_is_required() {
    let server = start(NatsOptions { sync_interval: "2m".to_owned(), ..NatsOptions::default() }).await;
    let required = JetStreamOptions {
        monitoring_urls: vec![server.monitoring_url()],
        require_sync_always: true,
        ..JetStreamOptions::default()
    };
    let refusals = [
        (required.clone(), "sync_interval: always"),
        (JetStreamOptions { monitoring_urls: Vec::new(), ..required.clone() }, "no monitoring URL"),
        (JetStreamOptions { monitoring_urls: vec![server.url()], ..required.clone() }, "http://"),
    ];
    for (options, part) in refusals {
        let error = JetStreamLog::connect(connect(&server.url()).await, tenant(), options).await.unwrap_err();
        assert!(matches!(&error, LogError::Misconfigured(why) if why.contains(part)), "{error:?}");
    }
    let warned = JetStreamOptions { require_sync_always: false, ..required };
    JetStreamLog::connect(connect(&server.url()).await, tenant(), warned).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_8_a_stream_with_other_settings_is_refused_with_each_deviation() {
    let server = start(NatsOptions::default()).await;
    let client = connect(&server.url()).await;
    let config = async_nats::jetstream::stream::Config {
        name: "ITAM_main".to_owned(),
        subjects: vec!["itam.main.>".to_owned()],
        max_messages: 1000,
        ..Default::default()
    };
    async_nats::jetstream::new(client.clone()).create_stream(config).await.unwrap();
    let error =
        JetStreamLog::connect(client.clone(), tenant(), JetStreamOptions::default()).await.unwrap_err();
    let LogError::Misconfigured(why) = &error else { panic!("{error:?}") };
    for part in ["ITAM_main", "max_msgs is 1000, must be -1", "allow_atomic", "subjects is", "deny_purge"] {
        assert!(why.contains(part), "{why:?} does not say {part:?}");
    }
    // Another tenant's log on the same server is not affected by it.
    let other = Tenant::try_new("other").unwrap();
    let log = JetStreamLog::connect(client, other, JetStreamOptions::default()).await.unwrap();
    assert_eq!(log.head().await.unwrap(), 0);
}

/// A listener that greets as an older nats-server does, and answers pings. Ends with the test's
/// runtime.
async fn start_older_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let info = r#"{"server_id":"old","version":"2.12.1","max_payload":1048576,"headers":true,"proto":1}"#;
        connection.write_all(format!("INFO {info}\r\n").as_bytes()).await.unwrap();
        let mut received = [0; 4096];
        while connection.read(&mut received).await.is_ok_and(|count| count > 0) {
            connection.write_all(b"PONG\r\n").await.unwrap();
        }
    });
    format!("nats://{address}")
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_7_an_older_server_is_refused_with_the_reason() {
    let client = connect(&start_older_server().await).await;
    let error = JetStreamLog::connect(client, tenant(), JetStreamOptions::default()).await.unwrap_err();
    let LogError::Misconfigured(why) = &error else { panic!("{error:?}") };
    for part in ["2.12.1", "2.15.1 or newer", "lose commits"] {
        assert!(why.contains(part), "{why:?} does not say {part:?}");
    }
}
