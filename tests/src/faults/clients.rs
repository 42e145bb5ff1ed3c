//! Clients that behave badly: all at once, or never reading on.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::history::Transport;
use crate::stand::Stand;
use crate::trial::{Report, Trial};

const BETWEEN: usize = 150;
const AT_ONCE: usize = 8;
const SLOW_READERS: usize = 24;

/// The same commands from eight clients at once, by every transport and to both command services, and
/// once more when all is over.
pub(super) async fn same_command_at_once(seed: u64, times: u64) -> Report {
    let mut trial = Trial::begin(Stand::on_nats().await.expect("a server"), seed).await;
    let transports = [Transport::Http, Transport::Lines, Transport::Nats];
    for time in 0..times {
        let order = trial.cast.order(u64::MAX, time);
        let sender = &trial.stand.sender;
        let all =
            (0..AT_ONCE).map(|client| sender.send(&order, transports[client % transports.len()], client));
        join_all(all).await;
        trial.injected();
    }
    trial.work(BETWEEN).await;
    for time in 0..times {
        let order = trial.cast.order(u64::MAX, time);
        trial
            .stand
            .sender
            .send(&order, transports[usize::try_from(time).unwrap_or(0) % transports.len()], 0)
            .await;
    }
    trial.end().await
}

/// Readers of exports and of live streams that ask and then read nothing.
pub(super) async fn slow_readers(seed: u64, times: u64) -> Report {
    let mut trial = Trial::begin(Stand::on_nats().await.expect("a server"), seed).await;
    let query_service = trial.stand.services.last().expect("there is a service").url.clone();
    let address = query_service.trim_start_matches("http://").to_owned();
    let token = trial.stand.sender.nats.as_ref().map(|(_, token)| token.clone()).unwrap_or_default();
    trial.work(BETWEEN).await;
    let mut readers = Vec::new();
    for _ in 0..times {
        for number in 0..SLOW_READERS {
            let path = if number % 3 == 0 { "/v1/events" } else { "/v1/live?from=1" };
            let request =
                format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\r\n");
            let mut reader = TcpStream::connect(&address).await.expect("a connection");
            reader.write_all(request.as_bytes()).await.expect("a request is taken");
            readers.push(reader);
        }
        trial.injected();
        trial.work(BETWEEN).await;
        trial.recovered().await;
    }
    // Those who read on would have been served meanwhile; these are hung up on at the end.
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(readers);
    trial.end().await
}
