//! A client that speaks the protocol itself, and hears what a server permits: the answer to a PING
//! comes when everything before it was judged, so nothing need be waited for.

use std::collections::BTreeSet;
use std::io;
use std::net::Ipv4Addr;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// A message that came.
#[derive(Clone, Debug)]
pub struct WireMessage {
    /// Where it was published.
    pub subject: String,
    /// Headers, if it has any, and body.
    pub bytes: Vec<u8>,
}

/// What has come up to a barrier.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// To which subjects nothing may be published.
    pub unpublishable: BTreeSet<String>,
    /// Which subjects may not be subscribed to.
    pub unsubscribable: BTreeSet<String>,
    /// What else the server complained of.
    pub complaints: Vec<String>,
    /// Messages.
    pub messages: Vec<WireMessage>,
}

/// A connection.
pub struct Wire {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    subscriptions: u64,
    requests: u64,
    inbox: String,
}

impl Wire {
    /// Connects as a user with a password, or as nobody.
    ///
    /// # Errors
    /// The server's complaint.
    pub async fn connect(port: u16, user: Option<(&str, &str)>) -> io::Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        let (reader, writer) = stream.into_split();
        let inbox = user.map_or_else(|| "_INBOX".to_owned(), |(name, _)| format!("_INBOX_{name}"));
        let mut wire = Self { reader: BufReader::new(reader), writer, subscriptions: 0, requests: 0, inbox };
        let mut options = json!({"verbose": false, "pedantic": false, "headers": true, "no_responders": true,
                                 "lang": "test", "version": "1", "protocol": 1});
        if let Some((name, password)) = user {
            options["user"] = json!(name);
            options["pass"] = json!(password);
        }
        wire.send(&format!("CONNECT {options}\r\n")).await?;
        let heard = wire.barrier().await?;
        match heard.complaints.first() {
            Some(complaint) => Err(io::Error::other(complaint.clone())),
            None => Ok(wire),
        }
    }

    /// Publishes, perhaps asking for an answer somewhere.
    ///
    /// # Errors
    /// If the connection is gone.
    pub async fn publish(&mut self, subject: &str, reply: Option<&str>, body: &str) -> io::Result<()> {
        let reply = reply.map(|reply| format!("{reply} ")).unwrap_or_default();
        self.send(&format!("PUB {subject} {reply}{}\r\n{body}\r\n", body.len())).await
    }

    /// Subscribes.
    ///
    /// # Errors
    /// If the connection is gone.
    pub async fn subscribe(&mut self, subject: &str) -> io::Result<()> {
        self.subscriptions += 1;
        self.send(&format!("SUB {subject} {}\r\n", self.subscriptions)).await
    }

    /// Everything up to here, once the server has judged it.
    ///
    /// # Errors
    /// If the connection is gone and nothing was said.
    pub async fn barrier(&mut self) -> io::Result<Heard> {
        let mut heard = Heard::default();
        self.send("PING\r\n").await?;
        while !self.hear(&mut heard).await? {}
        Ok(heard)
    }

    /// Asks, and waits for the first answer below the user's own inbox; the complaint, if it is refused.
    ///
    /// # Errors
    /// If the connection is gone, or the server does not permit it.
    pub async fn ask(&mut self, subject: &str, body: &str) -> io::Result<Vec<u8>> {
        self.requests += 1;
        let inbox = format!("{}.ask.{}", self.inbox, self.requests);
        self.subscribe(&inbox).await?;
        self.publish(subject, Some(&inbox), body).await?;
        let mut heard = Heard::default();
        loop {
            self.hear(&mut heard).await?;
            if let Some(message) = heard.messages.iter().find(|message| message.subject == inbox) {
                return Ok(message.bytes.clone());
            }
            if heard.unpublishable.contains(subject) || !heard.complaints.is_empty() {
                return Err(io::Error::other(format!("not permitted: {heard:?}")));
            }
        }
    }

    /// As [`Self::ask`], for an answer in JSON.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub async fn ask_json(&mut self, subject: &str, body: &str) -> io::Result<Value> {
        let answer = self.ask(subject, body).await?;
        serde_json::from_slice(&answer).map_err(io::Error::other)
    }

    async fn send(&mut self, text: &str) -> io::Result<()> {
        self.writer.write_all(text.as_bytes()).await
    }

    /// Hears one thing, and says whether it was the answer to the PING, or the end.
    async fn hear(&mut self, heard: &mut Heard) -> io::Result<bool> {
        let mut line = String::new();
        if self.reader.read_line(&mut line).await? == 0 {
            heard.complaints.push("the server closed the connection".to_owned());
            return Ok(true);
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.first().copied() {
            Some("PONG") => return Ok(true),
            Some("PING") => self.send("PONG\r\n").await?,
            Some("MSG" | "HMSG") => {
                let size: usize = words.last().and_then(|size| size.parse().ok()).unwrap_or(0);
                let mut bytes = vec![0; size + 2];
                self.reader.read_exact(&mut bytes).await?;
                bytes.truncate(size);
                heard.messages.push(WireMessage { subject: words[1].to_owned(), bytes });
            }
            Some("-ERR") => note_complaint(&line, heard),
            _ => {}
        }
        Ok(false)
    }
}

fn note_complaint(line: &str, heard: &mut Heard) {
    let subject = line.split('"').nth(1).map(str::to_owned);
    match subject {
        Some(subject) if line.contains("Violation for Publish to ") => {
            heard.unpublishable.insert(subject);
        }
        Some(subject) if line.contains("Violation for Subscription to ") => {
            heard.unsubscribable.insert(subject);
        }
        _ => heard.complaints.push(line.trim().to_owned()),
    }
}
