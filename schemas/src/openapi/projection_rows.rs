//! The rows of the projections beside the register, by what each declares.

use itam_read_model::{ProjectedTotal, Projection};
use serde_json::{Map, Value, json};

use super::moments::members as moment_members;
use super::row_parts::{count, part, row, text};
use crate::reference::reference;

fn all_totals() -> impl Iterator<Item = &'static ProjectedTotal> {
    Projection::ALL.into_iter().flat_map(Projection::totals)
}

/// What the row of a total is called.
pub(super) fn title(total: &ProjectedTotal) -> &'static str {
    let capital = total.name[..1].to_uppercase();
    format!("{capital}{}Totals", &total.name[1..]).leak()
}

/// The rows.
pub(super) fn rows() -> Vec<Value> {
    all_totals().map(total_row).collect()
}

fn total_row(total: &ProjectedTotal) -> Value {
    let counts: Map<String, Value> = (total.counted.words)()
        .into_iter()
        .map(|word| (word.to_owned(), count(&format!("How many are {}.", word.replace('_', " ")))))
        .collect();
    let names: Vec<_> = (total.counted.words)();
    let mut sum = json!({"counts": part(&Value::Object(counts), &names)});
    let mut required = vec!["counts"];
    let measures: Vec<_> = total.measures().collect();
    if !measures.is_empty() {
        let money = json!({"type": "array", "items": reference("Money"),
                           "description": "One sum for each currency."});
        let members = measures.iter().map(|measure| ((*measure).to_owned(), money.clone())).collect();
        sum["sums"] = part(&Value::Object(members), &measures);
        required.push("sums");
    }
    let all = part(&sum, &required);
    let mut group = sum;
    group["id"] = json!({"type": ["string", "null"], "format": "uuid",
                         "description": "What they belong to; null for those that belong to none."});
    group["name"] = text("Its name.");
    required.push("id");
    let mut members = json!({"all": all, "groups": {"type": "array", "items": part(&group, &required)}});
    for (name, member) in moment_members() {
        members[name] = member;
    }
    row(title(total), total.about, &members, &["all", "groups"])
}
