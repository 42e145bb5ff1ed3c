//! The register behind the HTTP API.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, TryStreamExt};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url};
use serde_json::{Map, Value};

use super::error::ImportError;
use super::master_kind::MasterKind;
use super::register::{ApiAnswer, AssetView, Outgoing, PastEvent, RegisterApi};

/// The query service and the command service, which may stand at one address.
pub(crate) struct HttpRegister {
    client: Client,
    queries: Url,
    commands: Url,
    token: String,
    /// Set when the import begins: everything before it is to be seen.
    head: AtomicU64,
    /// Whether there was any asset then. If there was none, none needs to be looked up.
    has_assets: AtomicBool,
}

/// How many assets are looked up side by side.
const LOOKUPS: usize = 16;
/// How often a request is tried, with pauses that double from the first one.
const TRIES: u32 = 6;
/// How many events of a history are asked for at once.
const HISTORY_PAGE: &str = "1000";
const FIRST_PAUSE: Duration = Duration::from_millis(200);

impl HttpRegister {
    pub(crate) fn try_new(queries: &str, commands: &str, token: String) -> Result<Self, ImportError> {
        let client = Client::builder().connect_timeout(Duration::from_secs(10)).build();
        let client = client.map_err(|source| ImportError::Unreachable { url: queries.to_owned(), source })?;
        Ok(Self {
            client,
            queries: address("server", queries)?,
            commands: address("commands-server", commands)?,
            token,
            head: AtomicU64::new(0),
            has_assets: AtomicBool::new(true),
        })
    }

    fn position(&self) -> String {
        self.head.load(Relaxed).to_string()
    }

    fn query(&self, path: &[&str]) -> Url {
        let mut url = self.queries.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("v1").extend(path);
        }
        url
    }

    fn request(&self, method: Method, url: &Url) -> RequestBuilder {
        self.client.request(method, url.clone()).bearer_auth(&self.token)
    }

    /// Sends until there is an answer that another try would not change.
    async fn send(&self, url: &Url, make: impl Fn() -> RequestBuilder) -> Result<Response, ImportError> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..TRIES {
            match make().send().await {
                Ok(response) if !is_passing(response.status()) => return Ok(response),
                Err(error) if error.is_builder() => return Err(unreachable(url, error)),
                Ok(_) | Err(_) => {}
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        make().send().await.map_err(|source| unreachable(url, source))
    }

    async fn json(&self, url: &Url) -> Result<Option<Value>, ImportError> {
        let response = self.send(url, || self.request(Method::GET, url)).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let response = accepted(url, response).await?;
        let body = response.bytes().await.map_err(|source| unreachable(url, source))?;
        let value = serde_json::from_slice(&body).map_err(|error| not_understood(url, &error.to_string()))?;
        Ok(Some(value))
    }

    async fn asset(&self, tag: &str) -> Result<Option<AssetView>, ImportError> {
        let mut url = self.query(&["assets", tag]);
        url.query_pairs_mut().append_pair("min_position", &self.position());
        Ok(self.json(&url).await?.and_then(AssetView::read))
    }

    async fn past(&self, tag: &str) -> Result<Vec<PastEvent>, ImportError> {
        let mut url = self.query(&["assets", tag, "history"]);
        url.query_pairs_mut()
            .append_pair("min_position", &self.position())
            .append_pair("limit", HISTORY_PAGE);
        let (mut events, mut next) = (Vec::new(), Some(url.clone()));
        while let Some(page) = next.take() {
            let Some(found) = self.json(&page).await? else { break };
            for row in found["items"].as_array().into_iter().flatten() {
                events.push(PastEvent::read(row).ok_or_else(|| not_understood(&page, &row.to_string()))?);
            }
            if let Some(cursor) = found["next_cursor"].as_str() {
                let mut following = url.clone();
                following.query_pairs_mut().append_pair("cursor", cursor);
                next = Some(following);
            }
        }
        Ok(events)
    }

    async fn post_all(&self, commands: &[&Outgoing]) -> Result<Vec<ApiAnswer>, ImportError> {
        let mut answers = Vec::with_capacity(commands.len());
        // Each turn answers one at least.
        while answers.len() < commands.len() {
            answers.extend(self.post(&commands[answers.len()..]).await?);
        }
        Ok(answers)
    }

    /// Answers to all commands, or to the first of them if the service takes no more in one request.
    async fn post(&self, commands: &[&Outgoing]) -> Result<Vec<ApiAnswer>, ImportError> {
        let mut url = self.commands.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["v1", "commands"]);
        }
        let lines: Vec<String> =
            commands.iter().map(|command| command.to_line().to_string() + "\n").collect();
        let body = Bytes::from(lines.concat());
        let make = || {
            let request = self.request(Method::POST, &url).body(body.clone());
            request.header("content-type", "application/x-ndjson")
        };
        let response = accepted(&url, self.send(&url, make).await?).await?;
        let mut answers = Vec::with_capacity(commands.len());
        let mut is_given_up = false;
        let read = read_lines(&url, response, |line| {
            // Behind many rows that are no commands, the rest is to be sent in a request of its own.
            if line.pointer("/problem/code").is_some_and(|code| code == "too-many-bad-lines") {
                is_given_up = true;
                return Ok(());
            }
            answers.push(ApiAnswer::read(&line).ok_or_else(|| not_understood(&url, &line.to_string()))?);
            Ok(())
        });
        read.await?;
        if answers.len() == commands.len() || (is_given_up && !answers.is_empty()) {
            return Ok(answers);
        }
        let sentence = format!("{} results for {} commands", answers.len(), commands.len());
        Err(not_understood(&url, &sentence))
    }
}

impl RegisterApi for HttpRegister {
    async fn head(&self) -> Result<u64, ImportError> {
        let url = self.query(&["status"]);
        let status = self.json(&url).await?;
        let head = status.as_ref().and_then(|status| status.get("head")?.as_u64());
        let head = head.ok_or_else(|| not_understood(&url, "there is no head"))?;
        self.head.store(head, Relaxed);
        let mut url = self.query(&["inventory", "summary"]);
        url.query_pairs_mut().append_pair("min_position", &self.position());
        let inventory = self.json(&url).await?;
        let count = inventory.and_then(|inventory| inventory.get("assets")?.as_u64());
        self.has_assets.store(count != Some(0), Relaxed);
        Ok(head)
    }

    async fn masters(&self, kind: MasterKind) -> Result<Vec<Map<String, Value>>, ImportError> {
        let mut url = self.query(&[kind.plural()]);
        url.query_pairs_mut().append_pair("min_position", &self.position());
        let make = || self.request(Method::GET, &url).header("accept", "application/x-ndjson");
        let response = accepted(&url, self.send(&url, make).await?).await?;
        let mut rows = Vec::new();
        let read = read_lines(&url, response, |line| match line {
            Value::Object(row) => {
                rows.push(row);
                Ok(())
            }
            other => Err(not_understood(&url, &other.to_string())),
        });
        read.await?;
        Ok(rows)
    }

    async fn assets(&self, tags: &[String]) -> Result<Vec<Option<AssetView>>, ImportError> {
        if !self.has_assets.load(Relaxed) {
            return Ok(vec![None; tags.len()]);
        }
        let lookups = futures_util::stream::iter(tags).map(|tag| self.asset(tag));
        lookups.buffered(LOOKUPS).try_collect().await
    }

    async fn tag_of(&self, id: &str) -> Result<Option<String>, ImportError> {
        Ok(self.asset(id).await?.and_then(|asset| asset.tag().map(str::to_owned)))
    }

    async fn pasts(&self, tags: &[String]) -> Result<Vec<Vec<PastEvent>>, ImportError> {
        let lookups = futures_util::stream::iter(tags).map(|tag| self.past(tag));
        lookups.buffered(LOOKUPS).try_collect().await
    }

    /// Commands that fail for the moment are sent again, under the same keys.
    async fn submit(&self, commands: &[Outgoing]) -> Result<Vec<ApiAnswer>, ImportError> {
        let mut answers: Vec<Option<ApiAnswer>> = vec![None; commands.len()];
        let mut open: Vec<usize> = (0..commands.len()).collect();
        let mut pause = FIRST_PAUSE;
        for attempt in 1..=TRIES {
            let batch: Vec<&Outgoing> = open.iter().map(|index| &commands[*index]).collect();
            let results = match self.post_all(&batch).await {
                Ok(results) => results,
                // The connection broke while the results came: what happened is found out by
                // sending the same commands again.
                Err(ImportError::Unreachable { .. }) if attempt < TRIES => {
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                    continue;
                }
                Err(error) => return Err(error),
            };
            for (index, answer) in open.iter().zip(results) {
                answers[*index] = Some(answer);
            }
            open.retain(|index| matches!(answers[*index], Some(ApiAnswer::TryAgain(_))));
            if open.is_empty() {
                break;
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Ok(answers.into_iter().flatten().collect())
    }
}

fn address(option: &'static str, text: &str) -> Result<Url, ImportError> {
    let refuse = |sentence: String| ImportError::option(option, sentence);
    let url = Url::parse(text).map_err(|error| refuse(format!("{text:?}: {error}")))?;
    if url.cannot_be_a_base() || !matches!(url.scheme(), "http" | "https") {
        return Err(refuse(format!("{text:?} is no address such as http://127.0.0.1:8080")));
    }
    Ok(url)
}

fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}

fn unreachable(url: &Url, source: reqwest::Error) -> ImportError {
    ImportError::Unreachable { url: url.to_string(), source: source.without_url() }
}

fn not_understood(url: &Url, sentence: &str) -> ImportError {
    ImportError::Answer { url: url.to_string(), sentence: sentence.chars().take(300).collect() }
}

/// The response, unless it is a problem.
async fn accepted(url: &Url, response: Response) -> Result<Response, ImportError> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let body = response.bytes().await.unwrap_or_default();
    let problem: Value = serde_json::from_slice(&body).unwrap_or_default();
    let text = |name: &str| problem.get(name).and_then(Value::as_str);
    let hint = match status.as_u16() {
        401 => "; the token is taken from ITAM_TOKEN",
        _ => "",
    };
    let detail = text("detail").or(text("title")).unwrap_or_default();
    Err(ImportError::Refused {
        url: url.to_string(),
        status: status.as_u16(),
        detail: format!("{detail}{hint}"),
    })
}

/// Reads NDJSON a line at a time.
async fn read_lines(
    url: &Url,
    response: Response,
    mut take: impl FnMut(Value) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    let mut chunks = response.bytes_stream();
    let mut buffer = BytesMut::new();
    let mut parse = |line: &[u8]| match line.trim_ascii() {
        [] => Ok(()),
        line => {
            let value = serde_json::from_slice(line);
            take(value.map_err(|error| not_understood(url, &error.to_string()))?)
        }
    };
    while let Some(chunk) = chunks.next().await {
        buffer.extend_from_slice(&chunk.map_err(|source| unreachable(url, source))?);
        while let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
            let line = buffer.split_to(end + 1);
            parse(&line)?;
        }
    }
    parse(&buffer)
}
