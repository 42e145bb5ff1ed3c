//! Bodies of commands, against the real API on a real log: whatever is sent is answered with a
//! success or a problem of the client's, and a refusal leaves nothing behind.

#![no_main]

#[path = "../../command-service/tests/front/test_server.rs"]
mod test_server;
#[path = "../../command-service/tests/front/faulty_log.rs"]
mod faulty_log;

use std::cell::OnceCell;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::test_server::{TestServer, Api};

const HEADERS: &[(&str, &str)] = &[("authorization", "Bearer administrator")];
const LINES: &[(&str, &str)] =
    &[("authorization", "Bearer administrator"), ("content-type", "application/x-ndjson")];

struct CommandTarget {
    runtime: Runtime,
    server: TestServer,
    api: Api,
}

impl CommandTarget {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
        let (server, api) = runtime.block_on(async {
            let server = TestServer::open().await;
            let api = server.api();
            api.furnish().await;
            (server, api)
        });
        Self { runtime, server, api }
    }

    /// The command alone, as the body of a request.
    async fn one(&self, line: &Value) {
        let Some(command) = line["command"].as_str().filter(|name| is_path_segment(name)) else { return };
        let before = self.server.head().await;
        let path = format!("/v1/commands/{command}");
        let reply = self.api.post(&path, HEADERS, line["data"].to_string()).await;
        let appended = self.server.head().await - before;
        assert!(reply.status < 500, "{} {}", reply.status, reply.body);
        match reply.status {
            200..300 => assert!(reply.is_replayed() || appended > 0, "done, and nothing stored"),
            _ => {
                assert_eq!(appended, 0, "refused, and stored: {}", reply.body);
                assert!(reply.body["code"].is_string(), "no problem: {}", reply.body);
            }
        }
    }

    /// The bytes as they are, as a stream of lines.
    async fn many(&self, bytes: &[u8]) {
        let reply = self.api.post("/v1/commands", LINES, bytes.to_vec()).await;
        assert!(reply.status < 500, "{} {}", reply.status, reply.body);
        let text = reply.body.to_string();
        assert!(!text.contains("\"status\":500"), "{text}");
    }
}

fn is_path_segment(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

thread_local! {
    static TARGET: OnceCell<CommandTarget> = const { OnceCell::new() };
}

fuzz_target!(|bytes: &[u8]| {
    TARGET.with(|target| {
        let target = target.get_or_init(CommandTarget::new);
        target.runtime.block_on(async {
            if let Ok(line) = serde_json::from_slice::<Value>(bytes) {
                target.one(&line).await;
            }
            target.many(bytes).await;
        });
    });
});
