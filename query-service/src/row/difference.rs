//! An asset that differs between two moments, as it is shown.

use itam_domain::AssetId;
use itam_domain::vocabulary::AssetState;
use itam_event_log::StoredMessage;
use itam_read_model::{AssetDifference, AssetRecord, ReadModelError};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::csv_text::Columns;
use crate::row::asset::AssetRow;
use crate::stored_event::NamedEventRow;
use crate::view::AnswerView;

/// The columns of differences in CSV, which has a line for each field.
pub(crate) const DIFFERENCE_COLUMNS: Columns = Columns("id tag change pointer before after positions");

/// What is left out: what every event changes, and the sum of the costs, which are named themselves.
const LEFT_OUT: [&str; 3] = ["version", "changed", "acquisition_cost"];

/// What became of an asset from one moment to the other. An asset is on the register from its
/// first event until it is voided, cancelled or disposed of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "snake_case")]
pub(crate) enum DifferenceKind {
    /// It is on the register at the second moment only.
    Added,
    /// It is on the register at the first moment only.
    Removed,
    /// It is on the register, or off it, at both, and something of it differs.
    Changed,
    /// It came and went in between.
    Passed,
}

impl DifferenceKind {
    pub(crate) const ALL: &'static [Self] = &[Self::Added, Self::Removed, Self::Changed, Self::Passed];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Passed => "passed",
        }
    }

    pub(crate) fn of(difference: &AssetDifference) -> Self {
        let is_on = |record: &Option<AssetRecord>| record.as_ref().is_some_and(is_on_register);
        match (is_on(&difference.before), is_on(&difference.after)) {
            (false, true) => Self::Added,
            (true, false) => Self::Removed,
            (false, false) if difference.before.is_none() => Self::Passed,
            _ => Self::Changed,
        }
    }
}

fn is_on_register(record: &AssetRecord) -> bool {
    !matches!(record.state(), AssetState::Voided | AssetState::Cancelled | AssetState::Disposed)
}

/// An asset that differs between two moments.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "AssetDifference"))]
pub(crate) struct DifferenceRow<'a> {
    /// The asset's id.
    id: AssetId,
    /// Its tag at the second moment, or else at the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<&'a str>,
    /// What became of it. It is on the register until it is voided, cancelled or disposed of.
    change: DifferenceKind,
    /// What differs, but for version, last change and the sum of the costs; names where their ids differ.
    fields: Vec<FieldRow>,
    /// Its events between the moments, by position or by effective time.
    events: Vec<NamedEventRow<'a>>,
    #[serde(skip)]
    positions: &'a [u64],
}

/// A field that differs.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
struct FieldRow {
    /// JSON Pointer (RFC 6901) into the asset as /v1/assets shows it.
    #[cfg_attr(feature = "schemars", schemars(extend("format" = "json-pointer")))]
    pointer: String,
    /// What it was at the first moment; missing if it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Value>,
    /// What it is at the second moment; missing if it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Value>,
}

/// One field of an asset, for CSV.
#[derive(Serialize)]
pub(crate) struct FieldLine<'a> {
    id: AssetId,
    tag: Option<&'a str>,
    change: DifferenceKind,
    positions: &'a [u64],
    #[serde(flatten)]
    field: &'a FieldRow,
}

impl<'a> DifferenceRow<'a> {
    pub(crate) fn new(
        before: &AnswerView,
        after: &AnswerView,
        difference: &'a AssetDifference,
        messages: &'a [StoredMessage],
    ) -> Result<Self, ReadModelError> {
        let shown = |view: &AnswerView, record: &Option<AssetRecord>| match record {
            Some(record) => AssetRow::new(view, record).map(|row| serde_json::to_value(row).ok()),
            None => Ok(None),
        };
        let (old, new) = (shown(before, &difference.before)?, shown(after, &difference.after)?);
        let mut fields = Vec::new();
        compare("", old.as_ref(), new.as_ref(), &mut fields);
        let tag = |record: &'a Option<AssetRecord>| record.as_ref()?.asset.facts.tag.as_ref();
        Ok(Self {
            id: difference.id,
            tag: tag(&difference.after).or(tag(&difference.before)).map(|tag| tag.0.as_str()),
            change: DifferenceKind::of(difference),
            fields: without_idle_names(fields),
            events: messages.iter().map(|message| NamedEventRow::new(after, message)).collect(),
            positions: &difference.positions,
        })
    }

    /// A line for each field.
    pub(crate) fn lines(&self) -> impl Iterator<Item = FieldLine<'_>> {
        self.fields.iter().map(|field| FieldLine {
            id: self.id,
            tag: self.tag,
            change: self.change,
            positions: self.positions,
            field,
        })
    }
}

/// Collects what differs, down to what is no object.
fn compare(pointer: &str, before: Option<&Value>, after: Option<&Value>, fields: &mut Vec<FieldRow>) {
    let members = |value: Option<&'_ Value>| match value {
        None => Some(Map::new()),
        Some(value) => value.as_object().cloned(),
    };
    let (Some(old), Some(new)) = (members(before), members(after)) else {
        if before != after {
            fields.push(FieldRow {
                pointer: pointer.to_owned(),
                before: before.cloned(),
                after: after.cloned(),
            });
        }
        return;
    };
    let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
    for name in names.filter(|name| !(pointer.is_empty() && LEFT_OUT.contains(&name.as_str()))) {
        compare(&format!("{pointer}/{name}"), old.get(name), new.get(name), fields);
    }
}

/// Leaves out names that were changed elsewhere: a location that is called something else is no
/// change of the assets in it.
fn without_idle_names(mut fields: Vec<FieldRow>) -> Vec<FieldRow> {
    let pointers: Vec<String> = fields.iter().map(|field| field.pointer.clone()).collect();
    fields.retain(|field| {
        let Some(stem) = field.pointer.strip_suffix("_name") else {
            return true;
        };
        let is_bearer = |pointer: &String| *pointer != field.pointer && pointer.starts_with(stem);
        pointers.iter().any(is_bearer)
    });
    fields
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn differences(before: &Value, after: &Value) -> Vec<String> {
        let mut fields = Vec::new();
        compare("", Some(before), Some(after), &mut fields);
        without_idle_names(fields).into_iter().map(|field| field.pointer).collect()
    }

    #[test]
    fn fields_are_compared_down_to_their_leaves() {
        let before = json!({"version": 1, "tag": "A", "custody": {"since": "x", "due": "y"}, "list": [1, 2]});
        let after = json!({"version": 2, "tag": "A", "custody": {"since": "x", "due": "z"}, "list": [2]});
        assert_eq!(differences(&before, &after), ["/custody/due", "/list"]);
        let gone = json!({"version": 2, "tag": "A", "list": [1, 2]});
        assert_eq!(differences(&before, &gone), ["/custody/due", "/custody/since"]);
    }

    #[test]
    fn a_name_differs_only_with_what_bears_it() {
        let before = json!({"location_id": 1, "location_name": "Berlin", "name": "a", "custodian_name": "Ada",
                            "custodian": {"person": 1}});
        let renamed = json!({"location_id": 1, "location_name": "Bonn", "name": "b", "custodian_name": "Eve",
                             "custodian": {"person": 1}});
        assert_eq!(differences(&before, &renamed), ["/name"]);
        let moved = json!({"location_id": 2, "location_name": "Bonn", "name": "a", "custodian_name": "Eve",
                           "custodian": {"person": 2}});
        assert_eq!(
            differences(&before, &moved),
            ["/custodian/person", "/custodian_name", "/location_id", "/location_name"]
        );
    }
}
