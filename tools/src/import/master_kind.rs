//! The kinds of master data that an import makes.

use itam_domain::normalize;
use serde_json::{Map, Value};

/// The fields of a thing, by the names that its command gives them. Blank ones are absent.
pub(crate) type Fields = Map<String, Value>;

/// A kind of master data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MasterKind {
    Department,
    Vendor,
    Location,
    Model,
    Project,
    Person,
}

impl MasterKind {
    pub(crate) const ALL: [Self; 6] =
        [Self::Department, Self::Vendor, Self::Location, Self::Model, Self::Project, Self::Person];

    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Department => "department",
            Self::Vendor => "vendor",
            Self::Location => "location",
            Self::Model => "model",
            Self::Project => "project",
            Self::Person => "person",
        }
    }

    /// Its path in the query API, and the word for several of it.
    pub(crate) fn plural(self) -> &'static str {
        match self {
            Self::Department => "departments",
            Self::Vendor => "vendors",
            Self::Location => "locations",
            Self::Model => "models",
            Self::Project => "projects",
            Self::Person => "people",
        }
    }

    pub(crate) fn command(self) -> &'static str {
        match self {
            Self::Department => "define-department",
            Self::Vendor => "define-vendor",
            Self::Location => "define-location",
            Self::Model => "define-model",
            Self::Project => "define-project",
            Self::Person => "add-person",
        }
    }

    pub(crate) fn id_field(self) -> &'static str {
        match self {
            Self::Department => "department_id",
            Self::Vendor => "vendor_id",
            Self::Location => "location_id",
            Self::Model => "model_id",
            Self::Project => "project_id",
            Self::Person => "person_id",
        }
    }

    /// The fields of its command beside its id. Defining again sets every one of them, so those
    /// that a file does not name are sent as they are.
    pub(super) fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Department => &["name", "cost_center", "parent_id", "notes", "standing"],
            Self::Vendor => &["name", "account_number", "website", "notes", "standing"],
            Self::Location => &["name", "kind", "parent_id", "address", "country", "notes", "standing"],
            Self::Model => &[
                "name",
                "kind",
                "hardware_kind",
                "manufacturer",
                "model_number",
                "data_bearing",
                "end_of_life_months",
                "notes",
                "standing",
            ],
            Self::Project => {
                &["code", "name", "department_id", "active_from", "active_until", "notes", "standing"]
            }
            Self::Person => {
                &["name", "email", "username", "employee_number", "job_title", "department_id", "location_id"]
            }
        }
    }

    /// The names by which it is found, the decisive one first.
    pub(super) fn keys(self, fields: &Fields) -> Vec<String> {
        let text = |name: &str| fields.get(name).and_then(Value::as_str).map(normalize).unwrap_or_default();
        match self {
            Self::Department | Self::Vendor | Self::Location => vec![text("name")],
            Self::Model => vec![[text("manufacturer"), text("name"), text("model_number")].join("\n")],
            Self::Project => vec![text("code")],
            Self::Person => ["username", "email"]
                .into_iter()
                .filter(|name| !text(name).is_empty())
                .map(|name| format!("{name}\n{}", text(name)))
                .collect(),
        }
    }
}
