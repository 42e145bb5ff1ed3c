//! A cheap HTTP/1.1 client: what it costs is taken from the machine that is measured.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::measure::{Outcome, Sample, failure};

/// Where requests go and who sends them.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// Host and port.
    pub(crate) address: String,
    /// The bearer token.
    pub(crate) token: String,
}

impl Target {
    /// The server at a URL such as `http://127.0.0.1:8080`.
    pub(crate) fn new(url: &str, token: &str) -> Self {
        Self { address: url.trim_start_matches("http://").to_owned(), token: token.to_owned() }
    }

    /// The bytes of a `GET`.
    pub(crate) fn get(&self, path: &str) -> Vec<u8> {
        let Self { address, token } = self;
        format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\r\n")
            .into_bytes()
    }

    /// The bytes of a command under an idempotency key.
    pub(crate) fn command(&self, name: &str, key: &str, fields: &serde_json::Value) -> Vec<u8> {
        let Self { address, token } = self;
        let body = fields.to_string();
        let length = body.len();
        format!(
            "POST /v1/commands/{name} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\nidempotency-key: {key}\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    }

    /// The head of an NDJSON request of `length` bytes, after which the connection is closed.
    pub(crate) fn many(&self, length: usize) -> Vec<u8> {
        let Self { address, token } = self;
        format!(
            "POST /v1/commands HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
             content-type: application/x-ndjson\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
        )
        .into_bytes()
    }
}

/// An open connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// The head of an answer, as far as it matters here.
struct Head {
    status: u16,
    /// Where the body begins.
    body: usize,
    length: usize,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(target: &Target) -> Outcome<Self> {
        let stream = TcpStream::connect(&target.address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a request and reads its answer: the status and the body.
    pub(crate) async fn send(&mut self, request: &[u8]) -> Outcome<(u16, &[u8])> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            self.read_more().await?;
            if let Some(head) = read_head(&self.buffer)? {
                break head;
            }
        };
        let end = head.body + head.length;
        while self.buffer.len() < end {
            self.read_more().await?;
        }
        Ok((head.status, &self.buffer[head.body..end]))
    }

    /// Sends a request that must succeed, and gives its answer's body.
    pub(crate) async fn succeed(&mut self, request: &[u8]) -> Outcome<&[u8]> {
        let (status, body) = self.send(request).await?;
        if (200..300).contains(&status) {
            return Ok(body);
        }
        Err(failure(format!("answer {status}: {}", String::from_utf8_lossy(body))))
    }

    async fn read_more(&mut self) -> Outcome<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            return Err(failure("the server closed the connection"));
        }
        Ok(())
    }

    /// The two halves, for a request that is answered while it is sent.
    pub(crate) fn into_stream(self) -> TcpStream {
        self.stream
    }
}

fn read_head(bytes: &[u8]) -> Outcome<Option<Head>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = std::str::from_utf8(&bytes[..end])?;
    let status = text.get(9..12).and_then(|status| status.parse().ok());
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        if is_length { value.trim().parse().ok() } else { None }
    });
    Ok(Some(Head {
        status: status.ok_or_else(|| failure("the answer has no status"))?,
        body: end + 4,
        length: length.ok_or_else(|| failure("the answer has no content-length"))?,
    }))
}

/// Sends `count` requests, taken in turn from `requests`, over `clients` connections that each wait
/// for an answer before they go on. Every answer must be a success.
pub(crate) async fn drive(
    target: &Target,
    clients: usize,
    count: usize,
    requests: Arc<Vec<Vec<u8>>>,
) -> Outcome<Sample> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut connections = Vec::with_capacity(clients);
    for _ in 0..clients {
        connections.push(Connection::open(target).await?);
    }
    let mut workers = JoinSet::new();
    let begun = Instant::now();
    for mut connection in connections {
        let (next, requests) = (Arc::clone(&next), Arc::clone(&requests));
        workers.spawn(async move {
            let mut sample = Sample::empty();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= count {
                    return Ok::<_, Box<dyn std::error::Error + Send + Sync>>(sample);
                }
                let sent = Instant::now();
                connection.succeed(&requests[index % requests.len()]).await?;
                sample.record(sent.elapsed(), 1);
            }
        });
    }
    let mut sample = Sample::empty();
    while let Some(worker) = workers.join_next().await {
        sample.merge(&worker??);
    }
    sample.elapsed = begun.elapsed();
    Ok(sample)
}

/// Sends one NDJSON body and counts the lines that were carried out.
pub(crate) async fn send_lines(target: &Target, body: Vec<u8>) -> Outcome<(Sample, usize)> {
    let begun = Instant::now();
    let stream = Connection::open(target).await?.into_stream();
    let (mut reader, mut writer) = stream.into_split();
    let head = target.many(body.len());
    let sending = tokio::spawn(async move {
        writer.write_all(&head).await?;
        writer.write_all(&body).await?;
        Ok::<_, std::io::Error>(writer)
    });
    let mut answer = Vec::with_capacity(32 * 1024 * 1024);
    reader.read_to_end(&mut answer).await?;
    sending.await??;
    let mut sample = Sample::empty();
    sample.elapsed = begun.elapsed();
    let text = String::from_utf8_lossy(&answer);
    let done = text.matches("\"status\":201").count();
    sample.count = done as u64;
    if done == 0 {
        let start: String = text.chars().take(600).collect();
        return Err(failure(format!("no line was carried out: {start}")));
    }
    Ok((sample, text.matches("\"status\":4").count() + text.matches("\"status\":5").count()))
}
