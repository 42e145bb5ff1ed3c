//! The service that scans are sent to, and what it is asked beforehand.

use std::collections::HashMap;

use itam_domain::normalize;
use reqwest::{Client, RequestBuilder, Url};
use serde_json::{Value, json};
use uuid::Uuid;

use super::row::{Label, Place, Row};
use crate::failure::Failure;

/// The query service and the command service, which may stand at one address.
pub(super) struct Server {
    client: Client,
    queries: String,
    commands: String,
    token: String,
    /// Ids of locations by name; read when the first row names one.
    locations: Option<HashMap<String, Vec<String>>>,
}

/// What became of a scan.
pub(super) enum Outcome {
    Scanned,
    /// It had been sent before.
    Repeated,
    Refused(String),
}

impl Server {
    pub(super) fn new(queries: &str, commands: &str, token: &str) -> Self {
        let trimmed = |address: &str| address.trim_end_matches('/').to_owned();
        let (queries, commands) = (trimmed(queries), trimmed(commands));
        Self { client: Client::new(), queries, commands, token: token.to_owned(), locations: None }
    }

    /// The fields of the command, or why the row makes none.
    pub(super) async fn data_of(
        &mut self,
        row: Row,
        campaign: Uuid,
    ) -> Result<Result<Value, String>, Failure> {
        let asset = match row.label {
            Label::Asset(name) => Ok(json!(name)),
            Label::Serial { serial, manufacturer: None } => self.asset_of(&serial).await?,
            Label::Serial { serial, manufacturer } => {
                Ok(json!({"serial": serial, "manufacturer": manufacturer}))
            }
        };
        let place = match row.place {
            None => Ok(Value::Null),
            Some(Place::Id(id)) => Ok(json!(id)),
            Some(Place::Name(name)) => self.location_of(&name).await?,
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

    /// The asset that bears a serial number whose maker the row does not say.
    async fn asset_of(&self, serial: &str) -> Result<Result<Value, String>, Failure> {
        let address = format!("{}/v1/assets", self.queries);
        let url = Url::parse_with_params(&address, [("serial", serial)]);
        let url = url.map_err(|error| Failure::Usage(format!("{address} is no address: {error}")))?;
        let found: Value = parse(&self.queries, &self.send(&self.queries, self.client.get(url)).await?)?;
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

    /// Sends commands; the outcomes are in their order.
    pub(super) async fn submit(&self, commands: &[Value]) -> Result<Vec<Outcome>, Failure> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        let lines: Vec<String> = commands.iter().map(ToString::to_string).collect();
        let body = lines.join("\n") + "\n";
        let request = self.client.post(format!("{}/v1/commands", self.commands));
        let request = request.header("content-type", "application/x-ndjson").body(body);
        let text = self.send(&self.commands, request).await?;
        let results = text.lines().map(|line| Ok(outcome(&parse(&self.commands, line)?)));
        let outcomes: Vec<Outcome> = results.collect::<Result<_, Failure>>()?;
        if outcomes.len() == commands.len() {
            return Ok(outcomes);
        }
        let sentence = format!("{} results for {} scans", outcomes.len(), commands.len());
        Err(Failure::Usage(format!("{} stopped midway: {sentence}; send the file again", self.commands)))
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

fn outcome(result: &Value) -> Outcome {
    let problem = &result["problem"];
    if problem.is_null() {
        return if result["replayed"] == true { Outcome::Repeated } else { Outcome::Scanned };
    }
    let first = &problem["errors"][0];
    let detail = first["detail"].as_str().or(problem["detail"].as_str()).unwrap_or_default();
    let pointer = first["pointer"].as_str().unwrap_or_default();
    let text = [pointer, detail].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ");
    Outcome::Refused(text)
}
