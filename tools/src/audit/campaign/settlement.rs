//! How a finding is to be settled, as a row of a file says it.

use serde_json::{Value, json};
use uuid::Uuid;

use super::table::{Cells, Form};

/// What a file of settlements may hold: at least the columns in which findings are exported.
pub(super) static FORM: Form = Form {
    what: "settlements",
    columns: &["asset_id", "id", "tag", "serial", "manufacturer", "status", "resolution", "reason"],
    other_names: &[("asset_tag", "tag"), ("serial_number", "serial")],
    bare: None,
    ignored: &[
        "asset_name",
        "model_name",
        "verdict",
        "state",
        "expected_location_id",
        "expected_location_name",
        "location_id",
        "location_name",
        "condition",
        "scanned",
        "scanned_by",
        "actor",
        "settled",
        "acquisition_cost",
        "currency",
        "scan",
        "settlement",
    ],
    labels: &["tag", "serial", "asset_id", "id"],
};

/// The word in the column `resolution` for what is let stand.
const WAIVED: &str = "waived";

/// What is to be done about a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PlannedSettlement {
    pub(super) about: SettledFinding,
    /// What was done; `None` if the finding is waived.
    resolution: Option<String>,
    reason: Option<String>,
}

/// What a finding is about, as a row names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SettledFinding {
    Asset(Uuid),
    Finding(Uuid),
    Tag(String),
    Serial { serial: String, manufacturer: Option<String> },
}

impl PlannedSettlement {
    /// What the row says. `None` if it leaves the finding as it is: because it says nothing, or says
    /// that the finding was settled when it was exported.
    pub(super) fn read(mut cells: Cells) -> Result<Option<Self>, String> {
        let mut take = |name: &str| cells.remove(name);
        // A word that people write as they speak: "Brought back".
        let word = |text: String| text.to_lowercase().replace([' ', '-'], "_");
        let (resolution, reason) = (take("resolution").map(word), take("reason"));
        if take("status").map(word).as_deref() == Some("settled")
            || (resolution.is_none() && reason.is_none())
        {
            return Ok(None);
        }
        let resolution = resolution.filter(|word| word != WAIVED);
        if resolution.is_none() && reason.is_none() {
            return Err("who waives a finding says why: the reason is blank".to_owned());
        }
        let id = |name: &str, text: Option<String>| {
            let read = |text: String| Uuid::try_parse(&text).map_err(|_| format!("{name} is not a UUID"));
            text.map(read).transpose()
        };
        let (asset, finding) = (id("asset_id", take("asset_id"))?, id("id", take("id"))?);
        let about = match (asset, finding, take("tag"), take("serial")) {
            // An id stays the same, whoever bears the label by now.
            (Some(id), ..) => SettledFinding::Asset(id),
            (None, Some(id), ..) => SettledFinding::Finding(id),
            (None, None, Some(tag), _) => SettledFinding::Tag(tag),
            (None, None, None, Some(serial)) => {
                SettledFinding::Serial { serial, manufacturer: take("manufacturer") }
            }
            (None, None, None, None) => return Err("nothing says what the finding is about".to_owned()),
        };
        Ok(Some(Self { about, resolution, reason }))
    }

    /// The command's name and its fields, for a finding that is named like this.
    pub(super) fn command(&self, campaign: Uuid, finding: &Value) -> (&'static str, Value) {
        let mut data = json!({"campaign_id": campaign, "finding": finding});
        if let Some(reason) = &self.reason {
            data["reason"] = json!(reason);
        }
        match &self.resolution {
            Some(resolution) => {
                data["resolution"] = json!(resolution);
                ("resolve-finding", data)
            }
            None => ("waive-finding", data),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "019a5c3e-8000-7000-8000-000000000101";

    fn row(cells: &[(&str, &str)]) -> Result<Option<PlannedSettlement>, String> {
        PlannedSettlement::read(
            cells.iter().map(|(name, cell)| ((*name).to_owned(), (*cell).to_owned())).collect(),
        )
    }

    fn command(cells: &[(&str, &str)]) -> (&'static str, Value) {
        let settlement = row(cells).expect("a row").expect("a settlement");
        settlement.command(Uuid::nil(), &json!({"id": ID}))
    }

    #[test]
    fn a_resolution_resolves_and_a_reason_alone_waives() {
        let (name, data) = command(&[("tag", "LT-1"), ("resolution", "relocated"), ("reason", "moved")]);
        assert_eq!((name, &data["resolution"]), ("resolve-finding", &json!("relocated")));
        assert_eq!(data["reason"], "moved");
        for resolution in [&[][..], &[("resolution", "waived")]] {
            let (name, data) = command(&[&[("tag", "LT-1"), ("reason", "on loan")], resolution].concat());
            assert_eq!((name, &data["reason"]), ("waive-finding", &json!("on loan")));
            assert!(data.get("resolution").is_none(), "{data}");
        }
        assert!(row(&[("tag", "LT-1"), ("resolution", "waived")]).is_err());
    }

    #[test]
    fn a_row_that_says_nothing_or_was_settled_is_left_alone() {
        assert_eq!(row(&[("tag", "LT-1")]), Ok(None));
        assert_eq!(row(&[("tag", "LT-1"), ("status", "settled"), ("reason", "on loan")]), Ok(None));
        assert!(row(&[("tag", "LT-1"), ("status", "open"), ("reason", "on loan")]).expect("a row").is_some());
    }

    #[test]
    fn what_stays_the_same_names_the_finding_before_a_label_does() {
        let about = |cells: &[(&str, &str)]| {
            row(&[&[("reason", "x")], cells].concat()).map(|row| row.expect("a settlement").about)
        };
        let id: Uuid = ID.parse().expect("an id");
        let all = [("asset_id", ID), ("id", ID), ("tag", "LT-1"), ("serial", "PF1")];
        assert_eq!(about(&all), Ok(SettledFinding::Asset(id)));
        assert_eq!(about(&all[1..]), Ok(SettledFinding::Finding(id)));
        assert_eq!(about(&all[2..]), Ok(SettledFinding::Tag("LT-1".to_owned())));
        let serial = SettledFinding::Serial { serial: "PF1".to_owned(), manufacturer: None };
        assert_eq!(about(&all[3..]), Ok(serial));
        assert!(about(&[]).is_err() && about(&[("id", "LT-1")]).is_err());
    }
}
