//! A scan as a row of a file says it.

use uuid::Uuid;

use super::table::{Cells, Form};

/// What a file of scans may hold.
pub(super) static FORM: Form = Form {
    what: "scans",
    columns: &[
        "tag",
        "asset_id",
        "serial",
        "manufacturer",
        "location_id",
        "location",
        "condition",
        "scanned_by",
        "scanned_at",
    ],
    other_names: &[
        ("asset_tag", "tag"),
        ("label", "tag"),
        ("barcode", "tag"),
        ("serial_number", "serial"),
        ("serial_no", "serial"),
        ("location_name", "location"),
    ],
    bare: Some("tag"),
    ignored: &[],
    labels: &["tag", "asset_id", "serial"],
};

/// A scan as a row says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ScannedRow {
    pub(super) label: ScannedLabel,
    pub(super) place: Option<SeenAt>,
    pub(super) condition: Option<String>,
    pub(super) scanned_by: Option<String>,
    pub(super) scanned_at: Option<String>,
}

/// What was read off a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ScannedLabel {
    /// An asset's id or tag.
    Asset(String),
    Serial {
        serial: String,
        manufacturer: Option<String>,
    },
}

/// Where it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SeenAt {
    Id(String),
    Name(String),
}

impl ScannedRow {
    pub(super) fn read(mut cells: Cells) -> Result<Self, String> {
        let mut take = |name: &str| cells.remove(name);
        let manufacturer = take("manufacturer");
        let label = match (take("tag"), take("asset_id"), take("serial")) {
            // A tag tells more than a serial number, which others of another maker may bear.
            (Some(tag), None, _) => ScannedLabel::Asset(tag),
            (None, Some(id), None) if Uuid::try_parse(&id).is_err() => {
                return Err("asset_id is not a UUID".to_owned());
            }
            (None, Some(id), None) => ScannedLabel::Asset(id),
            (None, None, Some(serial)) => ScannedLabel::Serial { serial, manufacturer },
            (None, None, None) => return Err("nothing says what was read off the thing".to_owned()),
            (_, Some(_), _) => return Err("asset_id stands beside another label; one is enough".to_owned()),
        };
        let place = match (take("location_id"), take("location")) {
            (Some(id), _) => Some(SeenAt::Id(id)),
            (None, name) => name.map(SeenAt::Name),
        };
        let condition = take("condition").map(|word| word.to_lowercase());
        let scanned_by = take("scanned_by");
        Ok(Self { label, place, condition, scanned_by, scanned_at: take("scanned_at") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[(&str, &str)]) -> Result<ScannedRow, String> {
        ScannedRow::read(cells.iter().map(|(name, cell)| ((*name).to_owned(), (*cell).to_owned())).collect())
    }

    #[test]
    fn a_label_is_a_tag_before_a_serial_number_and_an_id_stands_alone() {
        let both = row(&[("tag", "LT-1"), ("serial", "PF1")]).expect("a tag");
        assert_eq!(both.label, ScannedLabel::Asset("LT-1".to_owned()));
        let serial = row(&[("serial", "PF1"), ("manufacturer", "Lenovo")]).expect("a serial number");
        let manufacturer = Some("Lenovo".to_owned());
        assert_eq!(serial.label, ScannedLabel::Serial { serial: "PF1".to_owned(), manufacturer });
        assert!(row(&[("asset_id", "LT-1")]).is_err());
        assert!(row(&[("asset_id", "019a5c3e-8000-7000-8000-000000000101"), ("tag", "LT-1")]).is_err());
        assert!(row(&[("location", "Store")]).is_err());
    }

    #[test]
    fn words_are_read_in_any_case() {
        let scanned = row(&[("tag", "LT-1"), ("condition", "Good")]).expect("a row");
        assert_eq!(scanned.condition.as_deref(), Some("good"));
    }

    #[test]
    fn a_place_is_an_id_before_a_name() {
        let place = |cells: &[(&str, &str)]| row(&[&[("tag", "LT-1")], cells].concat()).expect("a row").place;
        assert_eq!(place(&[("location", "Store")]), Some(SeenAt::Name("Store".to_owned())));
        let both = place(&[("location", "Store"), ("location_id", "x")]);
        assert_eq!(both, Some(SeenAt::Id("x".to_owned())));
        assert_eq!(place(&[]), None);
    }
}
