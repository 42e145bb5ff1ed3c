//! The stream of checkpoints, beside the log and apart from it.

use itam_event_log::{AppendError, CheckpointStream, JetStreamLog, JetStreamOptions, LogError, LogReader};
use itam_tests::nats::{NatsOptions, NatsServer};

use crate::support::tenant;

#[tokio::test]
async fn checkpoints_lie_in_a_stream_of_their_own_each_behind_the_one_before() {
    let server = NatsServer::start(NatsOptions::default()).await.unwrap_or_else(|error| panic!("{error}"));
    let client = async_nats::connect(server.url()).await.unwrap();
    let log = JetStreamLog::connect(client.clone(), tenant(), JetStreamOptions::default()).await.unwrap();
    let stream = CheckpointStream::connect(client.clone(), &tenant(), 1).await.unwrap();
    assert_eq!(stream.newest().await.unwrap(), None);
    assert_eq!(stream.append(0, "one".into()).await.unwrap(), 1);
    // A second writer that knows nothing of the first adds nothing.
    let late = stream.append(0, "another one".into()).await;
    assert!(matches!(late, Err(AppendError::Conflict { .. })), "{late:?}");
    assert_eq!(stream.append(1, "two".into()).await.unwrap(), 2);
    let again = CheckpointStream::connect(client.clone(), &tenant(), 1).await.unwrap();
    let newest = again.newest().await.unwrap().unwrap();
    assert_eq!((newest.position, &newest.body[..]), (2, &b"two"[..]));
    assert_eq!(log.head().await.unwrap(), 0, "the log knows nothing of it");
    let jetstream = async_nats::jetstream::new(client);
    let raw = jetstream.get_stream("ITAM_main_CHECKPOINTS").await.unwrap();
    assert!(raw.delete_message(1).await.is_err());
    assert!(raw.purge().await.is_err());
}

#[tokio::test]
async fn who_makes_the_log_makes_their_stream_as_well_and_changes_none_that_is_there() {
    let server = NatsServer::start(NatsOptions::default()).await.unwrap_or_else(|error| panic!("{error}"));
    let client = async_nats::connect(server.url()).await.unwrap();
    for _ in 0..2 {
        CheckpointStream::make(client.clone(), &tenant(), 1).await.unwrap();
    }
    CheckpointStream::connect(client.clone(), &tenant(), 1).await.unwrap();
    let jetstream = async_nats::jetstream::new(client.clone());
    let name = tenant().checkpoint_stream_name();
    let mut config = jetstream.get_stream(&name).await.unwrap().cached_info().config.clone();
    config.republish = Some(async_nats::jetstream::stream::Republish {
        source: tenant().checkpoint_subject().to_string(),
        destination: "itam.main.event.vendor.forged".to_owned(),
        headers_only: false,
    });
    jetstream.update_stream(config).await.unwrap();
    CheckpointStream::make(client.clone(), &tenant(), 1).await.unwrap();
    let refused = CheckpointStream::connect(client, &tenant(), 1).await.unwrap_err();
    assert!(refused.to_string().contains("republish is"), "{refused}");
}

#[tokio::test]
async fn a_stream_of_checkpoints_that_forgets_is_refused_with_the_reason() {
    let server = NatsServer::start(NatsOptions::default()).await.unwrap_or_else(|error| panic!("{error}"));
    let client = async_nats::connect(server.url()).await.unwrap();
    let jetstream = async_nats::jetstream::new(client.clone());
    let forgetful = async_nats::jetstream::stream::Config {
        name: tenant().checkpoint_stream_name(),
        subjects: vec![tenant().checkpoint_subject().to_string()],
        max_messages: 1,
        ..Default::default()
    };
    jetstream.create_stream(forgetful).await.unwrap();
    let refused = CheckpointStream::connect(client, &tenant(), 1).await.unwrap_err();
    assert!(matches!(refused, LogError::Misconfigured(_)), "{refused}");
    assert!(refused.to_string().contains("max_msgs is 1, must be -1"), "{refused}");
}
