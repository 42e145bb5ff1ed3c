//! Guards: subjects that every writer of a set of things checks and writes, so that they come one after another.

use itam_domain::{CommandId, CounterName, Counts};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The stored body of a guard. Keys name their command under the same field.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct GuardRecord {
    /// The command that counted it on.
    pub(crate) commandid: CommandId,
    /// Whether what was put into an asset by it stands in that asset's own record, too. Builds
    /// before that kept none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) has_contents: bool,
}

/// The stored body of a counter's lane: a guard that says what was counted on it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CounterRecord<'a> {
    /// The command that counted.
    pub(crate) commandid: CommandId,
    /// What the lane counts from then on.
    pub(crate) tally: &'a Counts,
}

/// The stored body of a counter's lane, as it is read.
#[derive(Deserialize)]
struct StoredCounter {
    /// Whoever counted says so; what does not was written by a stranger.
    #[serde(rename = "commandid")]
    _commandid: CommandId,
    tally: Value,
}

/// What a stored lane counts; `None` if it is no record of one.
pub(crate) fn read_counter(counter: CounterName, body: &[u8]) -> Option<Counts> {
    let stored: StoredCounter = serde_json::from_slice(body).ok()?;
    counter.what.read(&stored.tally)
}

#[cfg(test)]
mod tests {
    use itam_domain::{AssetId, CounterKind};
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    static SEATS: CounterKind = CounterKind { token: "seats", lanes: 4, numbers: &["held", "taken"] };

    #[test]
    fn a_lane_is_read_as_it_was_stored_and_a_stranger_s_message_is_none() {
        let commandid = CommandId(Uuid::from_u128(1));
        let lane = SEATS.lane(AssetId(Uuid::from_u128(2)), commandid);
        let counts = SEATS.read(&json!({"held": 2, "taken": -1})).expect("both numbers");
        let bytes = serde_json::to_vec(&CounterRecord { commandid, tally: &counts }).expect("a record");
        let stored = r#"{"commandid":"00000000-0000-0000-0000-000000000001","tally":{"held":2,"taken":-1}}"#;
        assert_eq!(String::from_utf8_lossy(&bytes), stored);
        assert_eq!(read_counter(lane, &bytes), Some(counts));
        for garbage in ["garbage", r#"{"tally":{"held":2,"taken":-1}}"#, r#"{"commandid":"x"}"#] {
            assert_eq!(read_counter(lane, garbage.as_bytes()), None, "{garbage}");
        }
    }
}
