//! Mapping files: what the columns and the status labels of a layout mean. Those of layouts that many have
//! are part of the program.

use std::path::Path;

use super::error::ImportError;
use super::status::DeclaredStatus;

/// The mapping files that are part of the program, by name.
pub(crate) const SHIPPED: [(&str, &str); 11] = [
    ("glpi-computers", include_str!("../../mappings/glpi-computers.map")),
    ("mini-snipe-it-assets", include_str!("../../mappings/mini-snipe-it-assets.map")),
    ("mini-snipe-it-locations", include_str!("../../mappings/mini-snipe-it-locations.map")),
    ("mini-snipe-it-users", include_str!("../../mappings/mini-snipe-it-users.map")),
    ("netbox-devices", include_str!("../../mappings/netbox-devices.map")),
    ("ralph-back-office", include_str!("../../mappings/ralph-back-office.map")),
    ("ralph-data-center", include_str!("../../mappings/ralph-data-center.map")),
    ("shelf-export", include_str!("../../mappings/shelf-export.map")),
    ("shelf-template", include_str!("../../mappings/shelf-template.map")),
    ("snipe-it-list", include_str!("../../mappings/snipe-it-list.map")),
    ("snipe-it-report", include_str!("../../mappings/snipe-it-report.map")),
];

/// What a mapping file says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mapping {
    /// Lines of the form `HEADER=MEANING`, each with where it stands.
    pub(crate) columns: Vec<(String, String)>,
    pub(crate) statuses: Vec<DeclaredStatus>,
}

impl Mapping {
    /// The mapping of that name, or that of a file.
    pub(crate) fn load(name: &str) -> Result<Self, ImportError> {
        if let Some((_, text)) = SHIPPED.iter().find(|(shipped, _)| *shipped == name) {
            return Self::parse(name, text);
        }
        let path = Path::new(name);
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(name, &text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let names = SHIPPED.map(|(name, _)| name).join(", ");
                Err(refused(format!(
                    "there is no file {name:?}; the mappings that are part of itam are {names}"
                )))
            }
            Err(source) => Err(ImportError::Read { path: path.to_owned(), source }),
        }
    }

    fn parse(name: &str, text: &str) -> Result<Self, ImportError> {
        let mut mapping = Self::default();
        let mut is_of_statuses = false;
        for (number, line) in text.lines().enumerate() {
            let place = format!("{name}, line {}", number + 1);
            match line.trim() {
                "" => {}
                comment if comment.starts_with('#') => {}
                "[columns]" => is_of_statuses = false,
                "[status]" => is_of_statuses = true,
                line if is_of_statuses => {
                    let status = line.parse().map_err(|sentence| refused(format!("{place}: {sentence}")));
                    mapping.statuses.push(status?);
                }
                line => mapping.columns.push((place, line.to_owned())),
            }
        }
        Ok(mapping)
    }
}

fn refused(sentence: String) -> ImportError {
    ImportError::option("mapping", sentence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::renamed::RenamedHeaders;

    #[test]
    fn every_shipped_mapping_can_be_read_and_they_are_in_order() {
        for (name, _) in SHIPPED {
            let mapping = Mapping::load(name).expect(name);
            RenamedHeaders::new(&mapping.columns, &[], &[]).expect(name);
        }
        assert!(SHIPPED.is_sorted());
    }

    #[test]
    fn a_name_that_is_none_is_refused_with_those_that_are() {
        let sentence = Mapping::load("netbox").expect_err("no such file").to_string();
        assert!(sentence.contains("netbox-devices") && sentence.contains("--mapping"), "{sentence}");
    }

    #[test]
    fn a_line_that_says_nothing_of_a_label_is_refused_with_its_place() {
        let sentence =
            Mapping::parse("x", "A=notes\n[status]\nBroken=gone\n").expect_err("no meaning").to_string();
        assert!(sentence.contains("x, line 3"), "{sentence}");
    }
}
