//! What is revoked stops: streams and waits that are open, whether or not their client says or reads
//! anything.

use std::time::Duration;

use itam_tests::{Client, eventually_within};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpSocket, TcpStream};

use crate::installation::Installation;

/// What must end in two seconds has ended by then, however slow the machine.
const ENDED_BY: Duration = Duration::from_secs(20);
/// How much a socket takes that nobody reads: less than an export has.
const UNREAD_BYTES: u32 = 8 * 1024;
/// How many vendors with long notes make an export that no buffer takes.
const VENDORS: usize = 5_000;

/// A request by hand, so that nothing is sent or read unless it is meant to be.
struct Conversation {
    stream: TcpStream,
    seen: Vec<u8>,
}

impl Conversation {
    /// Sends the head of a request; a body follows in chunks, if it announces one.
    async fn begin(client: &str, token: &str, request: &str, headers: &str) -> Self {
        let address = client.strip_prefix("http://").expect("plain HTTP").parse().expect("an address");
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(UNREAD_BYTES).expect("set");
        let mut stream = socket.connect(address).await.expect("a connection");
        // The connection serves this request alone: it ends with its answer.
        let own = format!("host: itam\r\nconnection: close\r\nauthorization: Bearer {token}\r\n");
        let head = format!("{request} HTTP/1.1\r\n{own}{headers}\r\n");
        stream.write_all(head.as_bytes()).await.expect("sent");
        Self { stream, seen: Vec::new() }
    }

    /// A stream of commands, to which lines are sent as chunks.
    async fn commands(client: &str, token: &str) -> Self {
        let headers = "content-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n";
        Self::begin(client, token, "POST /v1/commands", headers).await
    }

    /// Reads until a text was seen, and no more.
    async fn until(&mut self, text: &str) {
        let reading = async {
            while !self.text().contains(text) {
                let read = self.stream.read_buf(&mut self.seen).await.expect("readable");
                assert!(read > 0, "ended without {text}: {}", self.text());
            }
        };
        let was_seen = tokio::time::timeout(ENDED_BY, reading).await.is_ok();
        assert!(was_seen, "no {text} in {}", self.text());
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.seen).into_owned()
    }

    /// Reads until the other side closes; a reset closes too.
    async fn end(mut self) -> String {
        let has_ended = tokio::time::timeout(ENDED_BY, self.stream.read_to_end(&mut self.seen)).await.is_ok();
        assert!(has_ended, "not cut off: {}", self.text());
        self.text()
    }
}

/// Sends a vendor's definition as one chunk.
async fn send_vendor(stream: &mut (impl AsyncWriteExt + Unpin), name: &str) -> std::io::Result<()> {
    let line = json!({"command": "define-vendor", "data": {"name": name}});
    let line = format!("{line}\n");
    stream.write_all(format!("{:x}\r\n{line}\r\n", line.len()).as_bytes()).await
}

/// Sends vendors, one behind the other, until nobody takes them any more.
async fn send_vendors(mut stream: OwnedWriteHalf) {
    let mut number = 0_u32;
    while send_vendor(&mut stream, &format!("Busy {number}")).await.is_ok() {
        number += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A token and its id.
async fn leaver(itam: &Installation) -> (String, String) {
    let token = itam.token("the leaver's", "administrator", None).await;
    let list = itam.tool(&["token", "list"]).await;
    let line = list.lines().find(|line| line.contains("the leaver's")).expect("it is listed");
    (token, line.split_whitespace().next().expect("an id").to_owned())
}

/// Has the end of a token come: what its record says when the time is over, whenever that is.
fn let_expire(itam: &Installation, id: &str) {
    let file = itam.folder().join("tokens.json");
    let mut stored: Value = serde_json::from_slice(&std::fs::read(&file).expect("tokens")).expect("JSON");
    let records = stored["value"].as_array_mut().expect("records");
    let record = records.iter_mut().find(|record| record["id"] == id).expect("the token");
    record["expires_at"] = json!("2020-01-01T00:00:00Z");
    let beside = itam.folder().join("tokens.test");
    std::fs::write(&beside, stored.to_string()).expect("written");
    std::fs::rename(beside, file).expect("replaced");
}

#[tokio::test]
async fn open_streams_and_waits_of_an_expired_token_end_and_say_why() {
    let itam = Installation::embedded().await;
    let (token, id) = leaver(&itam).await;
    let url = itam.services[0].url.as_str();
    let mut lines = Conversation::commands(url, &token).await;
    send_vendor(&mut lines.stream, "Before").await.expect("sent");
    lines.until("\"status\":201").await;
    let mut live = Conversation::begin(url, &token, "GET /v1/live", "").await;
    live.until(": following").await;
    let wait = "GET /v1/vendors?min_position=1000000&wait_ms=25000";
    let wait = Conversation::begin(url, &token, wait, "").await;

    let_expire(&itam, &id);
    for (stream, begin) in
        [(lines, "\"line\":2,\"status\":401"), (live, "event: problem\ndata: {"), (wait, "HTTP/1.1 401")]
    {
        let text = stream.end().await;
        assert!(text.contains(begin) && text.contains("\"reason\":\"expired\""), "{text}");
    }
    assert_eq!(stored_vendors(&itam, "Before").await, 1);
    let refused = Client::new(url, &token).command("define-vendor", json!({"name": "After"})).await;
    assert_eq!((refused.status, &refused.json()["reason"]), (401, &json!("expired")));
    let list = itam.queries.fetch("/v1/tokens").await;
    let row = list["items"].as_array().expect("tokens").iter().find(|row| row["id"] == json!(id));
    assert_eq!(row.expect("it is listed")["state"], "expired");
}

async fn stored_vendors(itam: &Installation, beginning: &str) -> usize {
    let head = itam.head().await;
    itam.seen("/v1/vendors?limit=1", head).await;
    let request = itam.queries.request(Method::GET, "/v1/vendors").header("accept", "application/x-ndjson");
    let all = itam.queries.send(request).await;
    assert_eq!(all.status, 200, "{}", all.text);
    let rows = all.text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a row"));
    rows.filter(|row| row["name"].as_str().is_some_and(|name| name.starts_with(beginning))).count()
}

async fn open_streams_and_waits_end(itam: &Installation) {
    let (token, id) = leaver(itam).await;
    let commands = itam.services.first().expect("a service").url.as_str();
    let queries = itam.services.last().expect("a service").url.as_str();
    let mut idle = Conversation::commands(commands, &token).await;
    send_vendor(&mut idle.stream, "Before").await.expect("sent");
    idle.until("\"status\":201").await;
    let mut busy = Conversation::commands(commands, &token).await;
    send_vendor(&mut busy.stream, "Busy").await.expect("sent");
    busy.until("\"status\":201").await;
    let mut live = Conversation::begin(queries, &token, "GET /v1/live", "").await;
    live.until(": following").await;
    let wait = "GET /v1/vendors?min_position=1000000&wait_ms=25000";
    let wait = Conversation::begin(queries, &token, wait, "").await;

    let Conversation { stream, seen } = busy;
    let (mut reader, writer) = stream.into_split();
    let writing = tokio::spawn(send_vendors(writer));
    let reading = tokio::spawn(async move {
        let mut seen = seen;
        // A reset closes too.
        let _ = reader.read_to_end(&mut seen).await;
        String::from_utf8_lossy(&seen).into_owned()
    });
    itam.tool(&["token", "revoke", &id]).await;

    let idle = idle.end().await;
    assert!(idle.contains("\"line\":2,\"status\":401"), "{idle}");
    assert!(idle.contains("\"code\":\"unauthenticated\"") && idle.ends_with("0\r\n\r\n"), "{idle}");
    let live = live.end().await;
    assert!(live.contains("event: problem\ndata: {"), "{live}");
    let wait = wait.end().await;
    assert!(wait.starts_with("HTTP/1.1 401"), "{wait}");
    let busy = tokio::time::timeout(ENDED_BY, reading).await.expect("it was not cut off").expect("read");
    assert!(busy.contains("\"status\":401"), "{busy}");
    tokio::time::timeout(ENDED_BY, writing).await.expect("the sender was cut off").expect("no panic");
    let answered = busy.matches("\"status\":201").count();
    // Lines that were read at the last moment may have been stored without an answer that was read.
    let stored = stored_vendors(itam, "Busy").await;
    assert!(stored >= answered, "{stored} stored, {answered} answered");
    assert_eq!(stored_vendors(itam, "Before").await, 1);
    let again = Client::new(commands, &token).command("define-vendor", json!({"name": "After"})).await;
    assert_eq!(again.status, 401);
    let same_name = itam.token("the leaver's", "administrator", None).await;
    assert_eq!(Client::new(queries, &same_name).get("/v1/vendors").await.status, 200);
    assert_eq!(Client::new(queries, &token).get("/v1/vendors").await.status, 401);
}

#[tokio::test]
async fn open_streams_and_waits_of_a_revoked_token_end_on_the_embedded_log() {
    open_streams_and_waits_end(&Installation::embedded().await).await;
}

#[tokio::test]
async fn open_streams_and_waits_of_a_revoked_token_end_on_nats() {
    open_streams_and_waits_end(&Installation::three_processes().await).await;
}

/// Vendors with notes as long as they may be.
async fn load(itam: &Installation) {
    let notes = "n".repeat(1_000);
    let mut lines = String::new();
    for number in 0..VENDORS {
        let data = json!({"name": format!("Vendor {number}"), "notes": notes});
        lines.push_str(&json!({"command": "define-vendor", "data": data}).to_string());
        lines.push('\n');
    }
    let request = itam.commands.request(Method::POST, "/v1/commands").body(lines);
    let answer = itam.commands.send(request.header("content-type", "application/x-ndjson")).await;
    assert_eq!(answer.text.matches("\"status\":201").count(), VENDORS);
}

async fn exports_break_off(itam: &Installation) {
    load(itam).await;
    let head = itam.head().await;
    itam.seen("/v1/vendors?limit=1", head).await;
    let (token, id) = leaver(itam).await;
    let commands = itam.services.first().expect("a service").url.as_str();
    let queries = itam.services.last().expect("a service").url.as_str();
    let mut open = Vec::new();
    for (url, path, headers) in [
        (queries, "/v1/events", ""),
        (queries, "/v1/vendors", "accept: text/csv\r\n"),
        (queries, "/v1/vendors", "accept: application/x-ndjson\r\n"),
        (commands, "/v1/backup", ""),
    ] {
        let mut export = Conversation::begin(url, &token, &format!("GET {path}"), headers).await;
        export.until("HTTP/1.1 200").await;
        open.push((path, export));
    }
    itam.tool(&["token", "revoke", &id]).await;
    // They are cut off while nobody reads them.
    let path = "/v1/audit/security-journal?code=unauthenticated&limit=1000";
    for action in ["GET /v1/events", "GET /v1/vendors", "GET /v1/backup"] {
        eventually_within(ENDED_BY, "the export is cut off", || async {
            let journal = itam.commands.fetch(path).await;
            let entries = journal["items"].as_array().expect("items");
            let is_noted = |entry: &Value| entry["action"] == action && entry["actor"].is_string();
            entries.iter().any(is_noted).then_some(())
        })
        .await;
    }
    for (path, export) in open {
        let text = export.end().await;
        assert!(!text.ends_with("0\r\n\r\n"), "{path} can be taken for whole");
    }
}

#[tokio::test]
async fn exports_of_a_revoked_token_break_off_on_the_embedded_log() {
    exports_break_off(&Installation::embedded().await).await;
}

#[tokio::test]
async fn exports_of_a_revoked_token_break_off_on_nats() {
    exports_break_off(&Installation::three_processes().await).await;
}
