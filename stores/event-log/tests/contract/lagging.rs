//! A replica that stays behind the leader: what it does not give out is read from the leader.

use std::net::Ipv4Addr;
use std::sync::Arc;

use async_nats::Client;
use async_nats::jetstream;
use async_nats::jetstream::stream::{Config, SubjectTransform};
use itam_event_log::{EventLog, JetStreamLog, JetStreamOptions, MessagePage, StoredMessage};
use itam_tests::nats::{NatsOptions, NatsServer};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{bodies, commit, fresh_subject, limit, tenant, write};

/// What a client asks any replica, and the same of the stream that stands for one that is behind.
const TURNED: [(&str, &str); 2] = [
    ("$JS.API.DIRECT.GET.ITAM_main", "$JS.API.DIRECT.GET.ITAM_late"),
    ("$JS.API.CONSUMER.CREATE.ITAM_main", "$JS.API.CONSUMER.CREATE.ITAM_late"),
];

/// A way to the server on which replicas are out of reach but for one that is behind. Gives its URL.
async fn way_to_one_behind(nats: &NatsServer) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("nats://{}", listener.local_addr().unwrap());
    let server = nats.port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).await.unwrap();
            server.set_nodelay(true).unwrap();
            tokio::spawn(pass(client, server));
        }
    });
    url
}

/// Passes everything between them, and turns requests to the one that is behind.
async fn pass(client: TcpStream, server: TcpStream) {
    let (from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    let mut from_client = BufReader::new(from_client);
    let mut line = Vec::new();
    while from_client.read_until(b'\n', &mut line).await.is_ok_and(|length| length > 0) {
        let mut turned = String::from_utf8(std::mem::take(&mut line)).unwrap();
        for (subject, other) in TURNED {
            turned = turned.replace(subject, other);
        }
        if to_server.write_all(turned.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// The beginning of the log, with the same subjects, positions and bodies.
async fn make_late(client: Client, beginning: &MessagePage) {
    let stream = Config {
        name: "ITAM_late".to_owned(),
        subjects: vec!["late.>".to_owned()],
        allow_direct: true,
        subject_transform: Some(SubjectTransform {
            source: "late.>".to_owned(),
            destination: "itam.main.>".to_owned(),
        }),
        ..Default::default()
    };
    let context = jetstream::new(client);
    context.create_stream(stream).await.unwrap();
    for message in &beginning.messages {
        let subject = message.subject.as_str().replacen("itam.main.", "late.", 1);
        context.publish(subject, message.body.clone()).await.unwrap().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_replica_does_not_give_out_is_read_from_the_leader() {
    let nats = NatsServer::start(NatsOptions::default()).await.unwrap();
    let whole = async_nats::connect(nats.url()).await.unwrap();
    let log: Arc<dyn EventLog> =
        Arc::new(JetStreamLog::connect(whole.clone(), tenant(), JetStreamOptions::default()).await.unwrap());
    for _ in 0..3 {
        log.append(commit([write(&fresh_subject(), 0, "alone")])).await.unwrap();
    }
    make_late(whole, &log.read(1, limit(3)).await.unwrap()).await;
    for _ in 0..100 {
        let together = [fresh_subject(), fresh_subject()].map(|subject| write(&subject, 0, "together"));
        log.append(commit(together)).await.unwrap();
    }

    let behind = async_nats::connect(way_to_one_behind(&nats).await).await.unwrap();
    let reader = JetStreamLog::connect_for_reading(behind, tenant()).await.unwrap();
    assert_eq!(bodies(&reader.read(1, limit(3)).await.unwrap().messages), ["alone"; 3]);
    let all = log.read(1, limit(1000)).await.unwrap().messages;
    assert_eq!(all.len(), 203);
    // The copy in the other stream is younger than what it is a copy of.
    let is_whole = |read: &[StoredMessage]| {
        let (told, leaders) = read.split_at(3);
        bodies(told) == bodies(&all[..3]) && leaders == &all[3..]
    };
    assert!(is_whole(&reader.read(1, limit(1000)).await.unwrap().messages));
    assert_eq!(reader.read(3, limit(2)).await.unwrap().messages[1..], all[3..5], "commits stay whole");
    let exported = reader.export(1, limit(1000)).await.unwrap();
    assert!(!exported[3].ends_commit && exported[4].ends_commit);
    let exported: Vec<StoredMessage> = exported.into_iter().map(|record| record.message).collect();
    assert!(is_whole(&exported));
}
