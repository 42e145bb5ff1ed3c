//! What is there after a run: the log, and the register that was built from it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::Client;

/// One event of the log, as `/v1/events` gives it.
#[derive(Clone, Debug)]
pub struct LoggedEvent {
    /// Its position.
    pub position: u64,
    /// Its subject in the log.
    pub subject: String,
    /// The stored document; null if what is stored is not JSON.
    pub event: Value,
}

impl LoggedEvent {
    /// A member of the document as text; empty if it is missing.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.event[name].as_str().unwrap_or("")
    }
}

/// The log and the register at one position.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Every event, in the order of the log.
    pub events: Vec<LoggedEvent>,
    /// Every asset, as `/v1/assets` gives it.
    pub assets: Vec<Value>,
    /// How many events are parked.
    pub parked: u64,
}

impl Evidence {
    /// Reads it, once the register has applied the whole log.
    ///
    /// # Errors
    /// A sentence that says what could not be had.
    pub async fn collect(queries: &Client) -> Result<Self, String> {
        let status: Value = json(&fetch(queries, "/v1/status", "application/json").await?)?;
        let head = status["head"].as_u64().ok_or_else(|| format!("no head in {status}"))?;
        let events = read_events(&fetch(queries, "/v1/events", "application/x-ndjson").await?)?;
        let path = format!("/v1/assets?min_position={head}&wait_ms=20000");
        let assets = fetch(queries, &path, "application/x-ndjson").await?;
        let assets = assets.lines().map(json).collect::<Result<Vec<Value>, String>>()?;
        let assets: Vec<Value> = assets.into_iter().filter(|row| row["id"].is_string()).collect();
        projections_agree(queries, head, &assets).await?;
        let status: Value = json(&fetch(queries, "/v1/status", "application/json").await?)?;
        // What came in between is in the register and not among the events.
        if status["head"] != head {
            return Err(format!("the log went on from {head} to {}", status["head"]));
        }
        let parked = status["parked"]["count"].as_u64().ok_or_else(|| format!("no parked in {status}"))?;
        Ok(Self { events, assets, parked })
    }
}

/// The projections beside the register have the same assets as it: those that were counted, and those that are
/// out of service with data that they bore.
async fn projections_agree(queries: &Client, head: u64, assets: &[Value]) -> Result<(), String> {
    type IsIn = fn(&Value) -> bool;
    let is_counted: IsIn = |row| row["state"] != "voided" && row["state"] != "cancelled";
    let is_out_of_service: IsIn = |row| {
        let is_out = ["retired", "disposed", "missing"].iter().any(|state| row["state"] == *state);
        is_out && row["data_bearing"] == true
    };
    for (path, is_in) in [("/v1/tco/assets", is_counted), ("/v1/compliance/assets", is_out_of_service)] {
        let path = format!("{path}?min_position={head}&wait_ms=20000");
        let rows = fetch(queries, &path, "application/x-ndjson").await?;
        let rows = rows.lines().map(json).collect::<Result<Vec<Value>, String>>()?;
        let ids = |row: &Value| row["id"].as_str().map(str::to_owned);
        let found: BTreeSet<String> = rows.iter().filter_map(ids).collect();
        let wanted: BTreeSet<String> = assets.iter().filter(|row| is_in(row)).filter_map(ids).collect();
        if found != wanted {
            let difference: Vec<_> = found.symmetric_difference(&wanted).collect();
            return Err(format!("{path} and the register differ in {difference:?}"));
        }
    }
    Ok(())
}

async fn fetch(client: &Client, path: &str, form: &str) -> Result<String, String> {
    let request = client.request(reqwest::Method::GET, path).header("Accept", form);
    let answer = client.try_send(request).await.map_err(|error| format!("{path}: {error}"))?;
    if answer.status != 200 {
        return Err(format!("{path}: {} {}", answer.status, answer.text));
    }
    Ok(answer.text)
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("{error}: {text}"))
}

/// Reads an export of events, which says itself that it is whole.
fn read_events(text: &str) -> Result<Vec<LoggedEvent>, String> {
    let mut events = Vec::new();
    let mut is_whole = false;
    for line in text.lines() {
        let mut line = json(line)?;
        is_whole = line["next_position"].is_u64();
        if is_whole {
            continue;
        }
        let position = line["position"].as_u64().ok_or_else(|| format!("no position in {line}"))?;
        let subject = line["subject"].as_str().unwrap_or_default().to_owned();
        events.push(LoggedEvent { position, subject, event: line["event"].take() });
    }
    if is_whole { Ok(events) } else { Err("the export of events was cut".to_owned()) }
}
