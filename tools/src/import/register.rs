//! The register as the importer sees it: what it asks for, what it sends, what comes back. The
//! shapes of the API's rows are known here and nowhere else.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::error::ImportError;
use super::master_kind::MasterKind;

/// The register behind the API.
pub(crate) trait RegisterApi {
    /// The position up to which everything is to be seen before anything is compared.
    async fn head(&self) -> Result<u64, ImportError>;
    /// Every row of a kind of master data.
    async fn masters(&self, kind: MasterKind) -> Result<Vec<Map<String, Value>>, ImportError>;
    /// The assets of these tags, in their order.
    async fn assets(&self, tags: &[String]) -> Result<Vec<Option<AssetView>>, ImportError>;
    /// The tag of the asset with this id.
    async fn tag_of(&self, id: &str) -> Result<Option<String>, ImportError>;
    /// What is known to have happened to the assets of these tags, in their order, each in its own.
    async fn pasts(&self, tags: &[String]) -> Result<Vec<Vec<PastEvent>>, ImportError>;
    /// Sends commands that do not rest on one another; the answers are in their order.
    async fn submit(&self, commands: &[Outgoing]) -> Result<Vec<ApiAnswer>, ImportError>;
}

/// A command on its way.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    pub(crate) name: &'static str,
    pub(crate) key: Uuid,
    pub(crate) data: Map<String, Value>,
}

impl Outgoing {
    /// The line of the batch.
    pub(crate) fn to_line(&self) -> Value {
        serde_json::json!({
            "command": self.name,
            "idempotency_key": self.key,
            "data": self.data,
        })
    }
}

/// What the register says to a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApiAnswer {
    /// It happened, in this many new events, and is to be seen from this position of the log on.
    Done { events: u64, position: u64 },
    /// The business says no.
    Refused(ApiRefusal),
    /// The world failed; the same command may be sent again.
    TryAgain(ApiRefusal),
}

/// Why the API refuses a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiRefusal {
    /// The rule, such as `tag-held`, or else the problem's code.
    pub(crate) reason: String,
    pub(crate) detail: String,
    /// The field of the command that is to blame, as a JSON Pointer.
    pub(crate) pointer: String,
    /// The id of whoever holds what was asked for.
    pub(crate) holder: Option<String>,
}

impl ApiRefusal {
    /// Whether it says that everything is as it should be already.
    pub(crate) fn says_already_so(&self) -> bool {
        matches!(self.reason.as_str(), "nothing-to-do" | "nothing-to-correct")
    }
}

impl ApiAnswer {
    /// Reads one result line; `None` if it is none.
    pub(crate) fn read(line: &Value) -> Option<Self> {
        let status = line.get("status")?.as_u64()?;
        if (200..300).contains(&status) {
            let is_replayed = line.get("replayed").and_then(Value::as_bool).unwrap_or(false);
            let events = line.get("events").and_then(Value::as_array).map_or(0, Vec::len);
            let events = if is_replayed { 0 } else { events as u64 };
            let position = line.get("position").and_then(Value::as_u64).unwrap_or(0);
            return Some(Self::Done { events, position });
        }
        let problem = line.get("problem").unwrap_or(line);
        let text = |name: &str| problem.get(name).and_then(Value::as_str).map(str::to_owned);
        let first = problem.pointer("/errors/0");
        let of_first = |name: &str| first?.get(name)?.as_str().map(str::to_owned);
        let code = text("code").unwrap_or_default();
        let refusal = ApiRefusal {
            reason: text("reason").or_else(|| of_first("code")).unwrap_or_else(|| code.clone()),
            detail: of_first("detail")
                .or_else(|| text("detail"))
                .or_else(|| text("title"))
                .unwrap_or_else(|| format!("status {status}")),
            pointer: of_first("pointer").unwrap_or_default(),
            holder: text("holder"),
        };
        let is_passing = status == 429 || status >= 500 || code == "contended";
        Some(if is_passing { Self::TryAgain(refusal) } else { Self::Refused(refusal) })
    }
}

/// An asset as the query service shows it.
#[derive(Debug, Clone)]
pub(crate) struct AssetView(Map<String, Value>);

impl AssetView {
    /// Takes a row of the query service; `None` if it is no asset.
    pub(crate) fn read(row: Value) -> Option<Self> {
        match row {
            Value::Object(row) if row.contains_key("id") => Some(Self(row)),
            _ => None,
        }
    }

    /// Where it is in its life.
    pub(crate) fn state(&self) -> &str {
        self.0.get("state").and_then(Value::as_str).unwrap_or_default()
    }

    /// What is known of it under the name that `register-asset` and `correct-asset` give it.
    pub(crate) fn fact(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn tag(&self) -> Option<&str> {
        self.fact("tag")?.as_str()
    }

    /// Who has it, as `deploy-asset` names her.
    pub(crate) fn custodian(&self) -> Option<&Value> {
        self.fact("custodian")
    }
}

/// Something that happened to an asset, as its history shows it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PastEvent {
    /// The wire name.
    pub(crate) name: String,
    /// On which day, in UTC.
    pub(crate) day: NaiveDate,
    /// Who has the asset from then on, as `deploy-asset` names her, if the event says.
    pub(crate) custodian: Option<Value>,
}

impl PastEvent {
    /// Reads a row of a history; `None` if it is none.
    pub(crate) fn read(row: &Value) -> Option<Self> {
        let time = row.get("effective_time")?.as_str()?;
        let data = row.get("data")?;
        Some(Self {
            name: row.get("type")?.as_str()?.to_owned(),
            day: time.parse::<DateTime<Utc>>().ok()?.date_naive(),
            custodian: data.get("custodian").or(data.get("to")).cloned(),
        })
    }

    /// Whether it says who has an asset, or that nobody does any more.
    pub(crate) fn changes_hands(&self) -> bool {
        let ends = ["asset.returned", "asset.maintenance_started", "asset.reported_missing"];
        self.custodian.is_some() || ends.contains(&self.name.as_str())
    }
}

/// The id in a row of master data.
pub(crate) fn id_of(row: &Map<String, Value>) -> Option<Uuid> {
    row.get("id")?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn result_lines_are_told_apart() {
        let done = json!({"line": 1, "status": 201, "events": [{"id": "x", "type": "asset.registered"}], "position": 7, "replayed": false});
        assert_eq!(ApiAnswer::read(&done), Some(ApiAnswer::Done { events: 1, position: 7 }));
        let replayed = json!({"line": 1, "status": 201, "events": [{}], "position": 5, "replayed": true});
        assert_eq!(ApiAnswer::read(&replayed), Some(ApiAnswer::Done { events: 0, position: 5 }));
        let refused = json!({"line": 2, "status": 409, "problem": {
            "code": "already-held", "reason": "serial-held", "detail": "the serial number belongs to another",
            "errors": [{"pointer": "/serial", "code": "serial-held", "detail": "held"}]}});
        let Some(ApiAnswer::Refused(refusal)) = ApiAnswer::read(&refused) else { panic!("a refusal") };
        assert_eq!((refusal.reason.as_str(), refusal.pointer.as_str()), ("serial-held", "/serial"));
        let contended = json!({"line": 3, "status": 409, "problem": {"code": "contended"}});
        assert!(matches!(ApiAnswer::read(&contended), Some(ApiAnswer::TryAgain(_))));
        let away = json!({"line": 3, "status": 503, "problem": {"code": "log-unavailable"}});
        assert!(matches!(ApiAnswer::read(&away), Some(ApiAnswer::TryAgain(_))));
        assert_eq!(ApiAnswer::read(&json!({"hello": 1})), None);
    }
}
