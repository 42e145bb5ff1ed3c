//! A small organization to work with.

use itam_tests::Client;
use serde_json::{Value, json};

use crate::installation::id_of;

/// A place, a vendor, a department, a model and two people.
pub(crate) struct Organization {
    pub(crate) office: String,
    pub(crate) stockroom: String,
    pub(crate) vendor: String,
    pub(crate) department: String,
    pub(crate) laptop: String,
    pub(crate) ada: String,
    pub(crate) ben: String,
}

impl Organization {
    /// Defines it.
    pub(crate) async fn define(client: &Client) -> Self {
        let defined =
            |name: &'static str, fields: Value| async move { id_of(&client.done(name, fields).await) };
        let office = defined("define-location", json!({"name": "Main Office", "country": "DE"})).await;
        let room = json!({"name": "Stockroom", "kind": "stockroom", "parent_id": office});
        let department =
            defined("define-department", json!({"name": "Research", "cost_center": "4711"})).await;
        let person = |name: &str, username: &str| {
            json!({"name": name, "username": username, "email": format!("{username}@example.org"),
                   "department_id": department, "location_id": office})
        };
        Self {
            stockroom: defined("define-location", room).await,
            vendor: defined("define-vendor", json!({"name": "Northwind"})).await,
            laptop: define_laptop(client).await,
            ada: defined("add-person", person("Ada Byron", "ada")).await,
            ben: defined("add-person", person("Ben Okri", "ben")).await,
            office,
            department,
        }
    }
}

/// Defines a model of laptop.
pub(crate) async fn define_laptop(client: &Client) -> String {
    let model = json!({"name": "Traveler 14", "kind": "hardware", "hardware_kind": "laptop",
                       "manufacturer": "Contoso", "data_bearing": true});
    id_of(&client.done("define-model", model).await)
}

/// The fields of an asset that costs 100 euros.
pub(crate) fn laptop(model: &str, tag: &str) -> Value {
    json!({"model_id": model, "tag": tag, "costs": {"price": {"amount": "100.00", "currency": "EUR"}}})
}
