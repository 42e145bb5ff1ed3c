//! Memory under those who send much and read nothing.

use std::fmt::Write as _;

use itam_tests::{Client, Service, eventually};
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::installation::Installation;
use crate::organization::{define_laptop, laptop};

const MEBIBYTE: u64 = 1024 * 1024;
/// The most above an idle process: half of what is promised for ten times as many lines.
const MOST: u64 = 128 * MEBIBYTE;
/// The most above an idle process that is left of streams: part of that are caches, which stay.
const LEFT: u64 = 64 * MEBIBYTE;
const LINES: usize = 10_000;
const FIRST_CUT_OFF: usize = 10;
/// The streams, and how many of each: of exports all that one token may have.
const STREAMS: [(&str, &str, usize); 4] = [
    ("/v1/live?from=1", "text/event-stream", 42),
    ("/v1/events?from=1", "application/x-ndjson", 3),
    ("/v1/assets", "application/x-ndjson", 3),
    ("/v1/assets", "text/csv", 2),
];

/// A client that asks for a stream, reads its first bytes, and nothing more.
async fn slow_reader(service: &Service, token: &str, path: &str, accept: &str) -> TcpStream {
    let address = service.url.trim_start_matches("http://").parse().expect("an address");
    let socket = TcpSocket::new_v4().expect("a socket");
    // What the kernels keep between the two shall not be all that there is to send.
    socket.set_recv_buffer_size(64 * 1024).expect("a small buffer");
    let mut stream = socket.connect(address).await.expect("a connection");
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nAccept: {accept}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut head = [0; 15];
    stream.read_exact(&mut head).await.expect("an answer");
    assert_eq!(&head, b"HTTP/1.1 200 OK", "{path}");
    stream
}

async fn register_many(itam: &Installation) {
    let model = define_laptop(&itam.commands).await;
    let mut body = String::new();
    for number in 0..LINES {
        let line = json!({"command": "register-asset", "data": laptop(&model, &format!("LT-{number}"))});
        writeln!(body, "{line}").expect("a string takes all");
    }
    let request = itam.commands.request(Method::POST, "/v1/commands");
    let request = request.header("content-type", "application/x-ndjson").body(body);
    let answer = itam.commands.send(request).await;
    assert_eq!(answer.text.matches("\"status\":201").count(), LINES);
}

#[tokio::test]
async fn long_batches_and_slow_readers_take_a_bounded_part_of_memory_and_give_it_back() {
    let mut itam = Installation::embedded().await;
    let idle = itam.services[0].resident_bytes();
    register_many(&itam).await;
    let most = itam.services[0].most_resident_bytes();
    assert!(most - idle < MOST, "{} MiB above idle behind a batch", (most - idle) / MEBIBYTE);

    // Without what is kept of the batch, which would cover what streams take.
    itam.services[0].stop().await;
    itam.services[0].restart().await;
    itam.services[0].ready().await;
    let service = &itam.services[0];
    let idle = service.resident_bytes();
    let mut readers = Vec::new();
    for (path, accept, count) in STREAMS {
        for _ in 0..count {
            readers.push(slow_reader(service, &itam.admin, path, accept).await);
        }
    }
    // By then all have long been sent what they do not read.
    eventually("the first slow readers are cut off", || async {
        (service.log().matches("its reader is too slow").count() >= FIRST_CUT_OFF).then_some(())
    })
    .await;
    let most = service.most_resident_bytes();
    assert!(most - idle < MOST, "{} MiB above idle under slow readers", (most - idle) / MEBIBYTE);
    drop(readers);
    let probe = Client::new(&service.url, "");
    eventually("the memory of the streams is given back", || async {
        assert!(probe.is_alive().await);
        (service.resident_bytes() < idle + LEFT).then_some(())
    })
    .await;
}
