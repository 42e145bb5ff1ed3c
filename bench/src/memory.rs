//! `memory`: what `itam up` has resident while many send much and read nothing, and a minute after.

use std::ops::Range;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::generate::Asset;
use crate::load::{Target, send_lines};
use crate::machine::Process;
use crate::measure::{Outcome, failure, float};
use crate::report::Table;
use crate::service::{Backend, Extent, Program};

const COLUMNS: [&str; 5] = ["what", "idle MiB", "most above idle", "a minute after", "target"];
/// What is promised, in MiB above idle.
const TARGET_MIB: u64 = 256;
/// For how long slow readers hold their streams: longer than the service is patient with them.
const HELD: Duration = Duration::from_secs(40);
const AFTER: Duration = Duration::from_mins(1);
/// The streams that are opened at once, and how many of each: all exports that one token may have.
const STREAMS: [(&str, &str, usize); 4] = [
    ("/v1/live?from=1", "text/event-stream", 42),
    ("/v1/events?from=1", "application/x-ndjson", 3),
    ("/v1/assets", "application/x-ndjson", 3),
    ("/v1/assets", "text/csv", 2),
];

/// Measures on the embedded log, where one process does everything. Idle is a process that was just
/// started, whose caches are empty.
pub(crate) async fn measure(rows: usize) -> Outcome<Vec<Table>> {
    let mut table = Table::new("memory: resident set of itam up", &COLUMNS);
    let mut program = Program::start(Backend::Embedded, Extent::Everything).await?;
    let target = program.commands.clone();
    let idle = Idle::now(&target)?;
    for (what, first) in [("lines of NDJSON", 0), ("more of them", rows)] {
        send_lines(&target, lines(first..first + rows)?).await?;
        idle.report(&mut table, &format!("{rows} {what}")).await?;
    }

    program.restart().await;
    let idle = Idle::now(&target)?;
    for what in ["50 slow readers", "50 more of them"] {
        let mut held = Vec::new();
        for (path, accept, count) in STREAMS {
            for _ in 0..count {
                held.push(slow_reader(&target, path, accept).await?);
            }
        }
        tokio::time::sleep(HELD).await;
        drop(held);
        idle.report(&mut table, &format!("{what}, {} assets", 2 * rows)).await?;
    }
    Ok(vec![table])
}

fn lines(numbers: Range<usize>) -> Outcome<Vec<u8>> {
    let mut body = Vec::new();
    for number in numbers {
        let asset = Asset(number as u64);
        let line = json!({
            "command": "register-asset", "idempotency_key": asset.id(), "data": asset.register_fields()
        });
        serde_json::to_writer(&mut body, &line)?;
        body.push(b'\n');
    }
    Ok(body)
}

/// A client that reads the first line of an answer, and nothing more.
async fn slow_reader(target: &Target, path: &str, accept: &str) -> Outcome<TcpStream> {
    let Target { address, token } = target;
    let socket = TcpSocket::new_v4()?;
    // What the kernels keep between the two shall not be all that there is to send.
    socket.set_recv_buffer_size(64 * 1024)?;
    let mut stream = socket.connect(address.parse()?).await?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\naccept: {accept}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut head = [0; 15];
    stream.read_exact(&mut head).await?;
    if &head == b"HTTP/1.1 200 OK" {
        return Ok(stream);
    }
    Err(failure(format!("{path} is answered {}", String::from_utf8_lossy(&head))))
}

/// A process before something was asked of it.
struct Idle {
    process: Process,
    bytes: u64,
}

impl Idle {
    fn now(target: &Target) -> Outcome<Self> {
        let found = Process::find(&target.address);
        let process = found.ok_or_else(|| failure("the program is not to be found"))?;
        process.forget_most()?;
        Ok(Self { process, bytes: process.resident_bytes() })
    }

    /// Adds the most since idle or the last report, and what is left in a minute.
    async fn report(&self, table: &mut Table, what: &str) -> Outcome<()> {
        let mebibytes = |bytes: u64| json!(float(bytes) / 1_048_576.0);
        let above = |bytes: u64| mebibytes(bytes.saturating_sub(self.bytes));
        let most = above(self.process.most_resident_bytes());
        tokio::time::sleep(AFTER).await;
        let left = above(self.process.resident_bytes());
        table.push(vec![json!(what), mebibytes(self.bytes), most, left, json!(TARGET_MIB)]);
        Ok(self.process.forget_most()?)
    }
}
