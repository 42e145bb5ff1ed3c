//! The operations of the query service.

use serde_json::{Map, Value};

pub(super) fn paths() -> Map<String, Value> {
    Map::new()
}
