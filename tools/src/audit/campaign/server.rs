//! The service that commands are sent to, and what it is asked beforehand.

use std::collections::HashMap;

use itam_domain::normalize;
use reqwest::{Client, RequestBuilder, Url};
use serde_json::{Value, json};
use uuid::Uuid;

use super::row::{ScannedLabel, ScannedRow, SeenAt};
use crate::failure::Failure;

/// How many findings are asked for at once.
const PAGE: u16 = 1000;

/// The query service and the command service, which may stand at one address.
pub(super) struct AuditServer {
    client: Client,
    queries: String,
    commands: String,
    token: String,
    /// Ids of locations by name; read when the first row names one.
    locations: Option<HashMap<String, Vec<String>>>,
}

/// What became of a command.
pub(super) enum CommandOutcome {
    Done,
    /// It had been sent before, or nothing is left to do for it.
    Repeated,
    Refused(String),
    /// The audit takes no such commands, or not from this sender.
    Ended(String),
}

impl AuditServer {
    pub(super) fn new(queries: &str, commands: &str, token: &str) -> Self {
        let trimmed = |address: &str| address.trim_end_matches('/').to_owned();
        let (queries, commands) = (trimmed(queries), trimmed(commands));
        Self { client: Client::new(), queries, commands, token: token.to_owned(), locations: None }
    }

    /// The fields of the command, or why the row makes none.
    pub(super) async fn data_of(
        &mut self,
        row: ScannedRow,
        campaign: Uuid,
    ) -> Result<Result<Value, String>, Failure> {
        let asset = match row.label {
            ScannedLabel::Asset(name) => Ok(json!(name)),
            ScannedLabel::Serial { serial, manufacturer } => self.label_of(serial, manufacturer).await?,
        };
        let place = match row.place {
            None => Ok(Value::Null),
            Some(SeenAt::Id(id)) => Ok(json!(id)),
            Some(SeenAt::Name(name)) => self.location_of(&name).await?,
        };
        Ok(asset.and_then(|asset| {
            let mut data = json!({"campaign_id": campaign, "asset": asset});
            let optional = [
                ("location_id", place?),
                ("condition", json!(row.condition)),
                ("scanned_by", json!(row.scanned_by)),
                ("effective_time", json!(row.scanned_at)),
            ];
            for (name, value) in optional.into_iter().filter(|(_, value)| !value.is_null()) {
                data[name] = value;
            }
            Ok(data)
        }))
    }

    /// How commands name what bears a serial number, or why they cannot.
    pub(super) async fn label_of(
        &self,
        serial: String,
        manufacturer: Option<String>,
    ) -> Result<Result<Value, String>, Failure> {
        match manufacturer {
            None => self.asset_of(&serial).await,
            Some(manufacturer) => Ok(Ok(json!({"serial": serial, "manufacturer": manufacturer}))),
        }
    }

    /// The asset that bears a serial number whose maker the row does not say.
    async fn asset_of(&self, serial: &str) -> Result<Result<Value, String>, Failure> {
        let found = self.ask("/v1/assets", &[("serial", serial.to_owned())]).await?;
        let ids: Vec<&str> =
            found["items"].as_array().into_iter().flatten().filter_map(|row| row["id"].as_str()).collect();
        Ok(match ids.as_slice() {
            [] => Ok(json!({"serial": serial})),
            [id] => Ok(json!(id)),
            several => {
                let ids = several.join(", ");
                Err(format!("several assets bear this serial number, say which maker's it is: {ids}"))
            }
        })
    }

    async fn location_of(&mut self, name: &str) -> Result<Result<Value, String>, Failure> {
        if self.locations.is_none() {
            self.locations = Some(self.load_locations().await?);
        }
        let known = self.locations.as_ref().and_then(|locations| locations.get(&normalize(name)));
        Ok(match known.map(Vec::as_slice) {
            Some([id]) => Ok(json!(id)),
            Some(several) => {
                Err(format!("{} locations are called {name:?}: name it by location_id", several.len()))
            }
            None => Err(format!("there is no location {name:?}")),
        })
    }

    async fn load_locations(&self) -> Result<HashMap<String, Vec<String>>, Failure> {
        let request = self.client.get(format!("{}/v1/locations", self.queries));
        let request = request.header("accept", "application/x-ndjson");
        let text = self.send(&self.queries, request).await?;
        let mut locations: HashMap<String, Vec<String>> = HashMap::new();
        for line in text.lines() {
            let row: Value = parse(&self.queries, line)?;
            if let (Some(name), Some(id)) = (row["name"].as_str(), row["id"].as_str()) {
                locations.entry(normalize(name)).or_default().push(id.to_owned());
            }
        }
        Ok(locations)
    }

    /// What the audit counts, once all is applied that is in the log now.
    pub(super) async fn audit(&self, campaign: Uuid) -> Result<Value, Failure> {
        let head = self.head().await?;
        self.ask(&format!("/v1/audits/{campaign}"), &[("min_position", head.to_string())]).await
    }

    /// The end of the log.
    pub(super) async fn head(&self) -> Result<u64, Failure> {
        let status = self.ask("/v1/status", &[]).await?;
        status["head"].as_u64().ok_or_else(|| {
            Failure::Usage(format!("{} does not say where the log ends: {status}", self.queries))
        })
    }

    /// A page of an audit's findings, and where the next one begins.
    pub(super) async fn findings(
        &self,
        campaign: Uuid,
        parameters: &[(&str, String)],
        cursor: Option<&str>,
    ) -> Result<(Vec<Value>, Option<String>), Failure> {
        let mut parameters = parameters.to_vec();
        parameters.push(("limit", PAGE.to_string()));
        parameters.extend(cursor.map(|cursor| ("cursor", cursor.to_owned())));
        let mut page = self.ask(&format!("/v1/audits/{campaign}/findings"), &parameters).await?;
        let next = page["next_cursor"].as_str().map(str::to_owned);
        match page["items"].take() {
            Value::Array(items) => Ok((items, next)),
            other => Err(Failure::Usage(format!("{} answered no list: {other}", self.queries))),
        }
    }

    async fn ask(&self, path: &str, parameters: &[(&str, String)]) -> Result<Value, Failure> {
        let address = format!("{}{path}", self.queries);
        let url = Url::parse_with_params(&address, parameters);
        let url = url.map_err(|error| Failure::Usage(format!("{address} is no address: {error}")))?;
        parse(&self.queries, &self.send(&self.queries, self.client.get(url)).await?)
    }

    /// Sends commands; the outcomes are in their order.
    pub(super) async fn submit(&self, commands: &[Value]) -> Result<Vec<CommandOutcome>, Failure> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        let lines: Vec<String> = commands.iter().map(ToString::to_string).collect();
        let body = lines.join("\n") + "\n";
        let request = self.client.post(format!("{}/v1/commands", self.commands));
        let request = request.header("content-type", "application/x-ndjson").body(body);
        let text = self.send(&self.commands, request).await?;
        let results = text.lines().map(|line| Ok(outcome(&parse(&self.commands, line)?)));
        let outcomes: Vec<CommandOutcome> = results.collect::<Result<_, Failure>>()?;
        if outcomes.len() == commands.len() {
            return Ok(outcomes);
        }
        // Many in a row that it takes for no commands are refused for the same reason.
        if let Some(CommandOutcome::Refused(reason) | CommandOutcome::Ended(reason)) = outcomes.first()
            && text.contains("too-many-bad-lines")
        {
            return Err(Failure::Usage(format!("{} takes none of this: {reason}", self.commands)));
        }
        let sentence = format!("{} results for {} commands", outcomes.len(), commands.len());
        Err(Failure::Usage(format!("{} stopped midway: {sentence}; repeat it", self.commands)))
    }

    async fn send(&self, address: &str, request: RequestBuilder) -> Result<String, Failure> {
        let silent = |error: reqwest::Error| Failure::Usage(format!("{address} does not answer: {error}"));
        let response = request.bearer_auth(&self.token).send().await.map_err(silent)?;
        let status = response.status();
        let text = response.text().await.map_err(silent)?;
        if status.is_success() {
            return Ok(text);
        }
        let problem: Value = serde_json::from_str(&text).unwrap_or_default();
        let detail = problem["detail"].as_str().unwrap_or_default();
        Err(Failure::Usage(format!("{address} answered {status}: {detail}")))
    }
}

fn parse(address: &str, text: &str) -> Result<Value, Failure> {
    serde_json::from_str(text)
        .map_err(|error| Failure::Usage(format!("{address} answered what is not understood: {error}")))
}

fn outcome(result: &Value) -> CommandOutcome {
    let problem = &result["problem"];
    if problem.is_null() {
        return if result["replayed"] == true { CommandOutcome::Repeated } else { CommandOutcome::Done };
    }
    if problem["reason"] == "finding-settled" {
        return CommandOutcome::Repeated;
    }
    let first = &problem["errors"][0];
    let detail = first["detail"].as_str().or(problem["detail"].as_str()).unwrap_or_default();
    let pointer = first["pointer"].as_str().unwrap_or_default();
    let text = [pointer, detail].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ");
    let concerns_all = pointer == "/campaign_id"
        || problem["reason"] == "invalid-transition"
        || problem["code"] == "forbidden";
    if concerns_all { CommandOutcome::Ended(text) } else { CommandOutcome::Refused(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_concerns_one_line_is_told_apart_from_what_concerns_all() {
        let of = |problem: Value| outcome(&json!({"line": 1, "problem": problem}));
        assert!(matches!(outcome(&json!({"line": 1, "status": 201})), CommandOutcome::Done));
        assert!(matches!(
            outcome(&json!({"line": 1, "status": 201, "replayed": true})),
            CommandOutcome::Repeated
        ));
        assert!(matches!(of(json!({"reason": "finding-settled", "detail": "x"})), CommandOutcome::Repeated));
        assert!(matches!(of(json!({"code": "forbidden", "detail": "x"})), CommandOutcome::Ended(_)));
        assert!(matches!(
            of(json!({"reason": "invalid-transition", "detail": "x"})),
            CommandOutcome::Ended(_)
        ));
        let at = |pointer: &str| of(json!({"errors": [{"pointer": pointer, "detail": "wrong"}]}));
        assert!(matches!(at("/campaign_id"), CommandOutcome::Ended(text) if text == "/campaign_id: wrong"));
        assert!(matches!(at("/asset"), CommandOutcome::Refused(text) if text == "/asset: wrong"));
    }
}
