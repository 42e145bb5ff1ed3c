//! Sends commands by every transport there is, and writes down what came of them.

use std::time::Duration;

use async_nats::HeaderMap;
use reqwest::Method;
use serde_json::{Value, json};

use crate::history::{History, Operation, Outcome, Reading, Transport};
use crate::{Answer, Client};

/// How long a client waits for an answer before it gives up, unless it is told otherwise.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// A command as it is about to be sent.
#[derive(Clone, Debug)]
pub struct OutgoingCommand {
    /// Its id and idempotency key.
    pub key: String,
    /// Its name.
    pub command: &'static str,
    /// Its fields.
    pub fields: Value,
}

/// The transports of an installation, as one client sees them.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The command services; there may be several.
    pub commands: Vec<Client>,
    /// The query service.
    pub queries: Client,
    /// A NATS connection with the token to send along, where there is NATS.
    pub nats: Option<(async_nats::Client, String)>,
    /// Where everything is written down.
    pub history: History,
    /// How long it waits for an answer before it gives up.
    pub patience: Duration,
}

impl Sender {
    /// Sends a command by a transport of one of the command services.
    pub async fn send(&self, order: &OutgoingCommand, transport: Transport, service: usize) -> Outcome {
        let begun = self.history.elapsed();
        let client = &self.commands[service % self.commands.len()];
        let outcome = match transport {
            Transport::Http => self.by_http(client, order).await,
            Transport::Lines => self.by_line(client, order).await,
            Transport::Nats => self.by_nats(order).await,
        };
        let ended = self.history.elapsed();
        let OutgoingCommand { key, command, fields } = order.clone();
        self.history.record(Operation {
            key,
            command,
            fields,
            transport,
            begun,
            ended,
            outcome: outcome.clone(),
        });
        outcome
    }

    async fn by_nats(&self, order: &OutgoingCommand) -> Outcome {
        let Some((nats, token)) = &self.nats else {
            return self.by_http(&self.commands[0], order).await;
        };
        let mut headers = HeaderMap::new();
        headers.insert("Authorization", format!("Bearer {token}").as_str());
        headers.insert("Idempotency-Key", order.key.as_str());
        let subject = format!("itam.main.command.{}", order.command);
        let sent = nats.request_with_headers(subject, headers, order.fields.to_string().into());
        let Ok(Ok(reply)) = tokio::time::timeout(self.patience, sent).await else {
            return Outcome::Unknown("no reply".to_owned());
        };
        let status = reply.headers.as_ref().and_then(|headers| headers.get("Nats-Service-Error-Code"));
        let status = status.map_or(201, |status| status.as_str().parse().unwrap_or(0));
        Outcome::of(status, &String::from_utf8_lossy(&reply.payload))
    }

    /// Reads an asset as it must be after an answer, and writes down what was shown.
    pub async fn read_back(&self, answer: &Value) {
        let (Some(asset), Some(position), Some(version)) =
            (answer["id"].as_str(), answer["position"].as_u64(), answer["version"].as_u64())
        else {
            return;
        };
        let path = format!("/v1/assets/{asset}?min_position={position}");
        let request = self.queries.request(Method::GET, &path).timeout(self.patience * 2);
        let answer = self.queries.try_send(request).await.ok();
        let body = answer.as_ref().and_then(|answer| serde_json::from_str::<Value>(&answer.text).ok());
        let body = body.unwrap_or_default();
        let shown = |answer: &Answer| answer.header("itam-position")?.parse().ok();
        self.history.record_reading(Reading {
            asset: asset.to_owned(),
            position,
            version,
            status: answer.as_ref().map_or(0, |answer| answer.status),
            code: body["code"].as_str().unwrap_or_default().to_owned(),
            shown_position: answer.as_ref().and_then(shown),
            shown_version: body["version"].as_u64(),
        });
    }

    async fn by_http(&self, client: &Client, order: &OutgoingCommand) -> Outcome {
        let request = client.request(Method::POST, &format!("/v1/commands/{}", order.command));
        let request =
            request.header("Idempotency-Key", &order.key).timeout(self.patience).json(&order.fields);
        Outcome::of_http(client.try_send(request).await)
    }

    async fn by_line(&self, client: &Client, order: &OutgoingCommand) -> Outcome {
        let line = json!({"command": order.command, "data": order.fields, "idempotency_key": order.key});
        let request = client.request(Method::POST, "/v1/commands").timeout(self.patience);
        let request = request.header("Content-Type", "application/x-ndjson").body(format!("{line}\n"));
        let answer = match client.try_send(request).await {
            Ok(answer) if answer.status == 200 => answer,
            answer => return Outcome::of_http(answer),
        };
        let Ok(mut result) = serde_json::from_str::<Value>(&answer.text) else {
            return Outcome::Unknown("the results were cut".to_owned());
        };
        let status = result["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(0);
        let body = if status == 201 { result } else { result["problem"].take() };
        Outcome::of(status, &body.to_string())
    }
}
