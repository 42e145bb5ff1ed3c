//! The facts that a correction sets right, whatever kind of thing it is about.

use serde_json::Value;

use crate::aggregate::Event;

/// A fact that an event corrects, as JSON tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct CorrectedFact {
    /// What it is called; that of a line is `lines/2/cost_center`, say.
    pub field: String,
    /// What was recorded; null if nothing was.
    pub old: Value,
    /// What it should read.
    pub new: Value,
}

impl Event {
    /// The facts that it corrects; none if it is no correction. It lists them, or tells the whole thing before and
    /// after.
    #[must_use]
    pub fn corrected_facts(&self) -> Vec<CorrectedFact> {
        if !self.event_type().is_correction() {
            return Vec::new();
        }
        let data = self.serialize_data(serde_json::value::Serializer).unwrap_or_default();
        let told = |value: &Value, name: &str| value.get(name).cloned().unwrap_or_default();
        if let Some(changes) = data.get("changes").and_then(Value::as_array) {
            let fact = |change: &Value| {
                let mut field = told(change, "field").as_str().unwrap_or_default().to_owned();
                if let Some(line) = change.get("line") {
                    field = format!("lines/{line}/{field}");
                }
                CorrectedFact { field, old: told(change, "old"), new: told(change, "new") }
            };
            return changes.iter().map(fact).collect();
        }
        let (old, new) = (told(&data, "old"), told(&data, "new"));
        let names = [&old, &new].into_iter().filter_map(Value::as_object).flat_map(serde_json::Map::keys);
        let mut facts: Vec<CorrectedFact> = Vec::new();
        for field in names.filter(|name| old.get(name) != new.get(name)) {
            if facts.iter().all(|fact| fact.field != *field) {
                facts.push(CorrectedFact {
                    field: field.clone(),
                    old: told(&old, field),
                    new: told(&new, field),
                });
            }
        }
        facts
    }
}
