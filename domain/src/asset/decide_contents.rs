//! The rule of what is in an asset: it does not leave with other assets in it.

use serde_json::{Value, json};

use super::facts::Custodian;
use super::state::Asset;
use crate::desk::Desk;
use crate::rejection::Rejection;
use crate::world::Stop;

/// How many of the assets that stand in the way a refusal lists.
const LISTED: usize = 20;

/// Refuses to end an asset that others are in: they would stay deployed in what is gone, and if they
/// bear data, nobody would ask for its removal any more. Each is taken out first, by whoever knows
/// where it goes.
pub(super) fn check_empty(desk: &Desk<'_>, asset: &Asset) -> Result<(), Stop> {
    let mut inside = Vec::new();
    for id in desk.world.contents(asset.id)? {
        let part = desk.world.find(*id)?;
        inside.extend(part.filter(|part| part.custodian() == Some(Custodian::Asset(asset.id))));
    }
    if inside.is_empty() {
        return Ok(());
    }
    let detail = format!(
        "{} other assets are deployed in the asset, which forbids {}: return or reassign them first",
        inside.len(),
        desk.command
    );
    let listed: Vec<Value> = inside.iter().take(LISTED).map(|part| listed(part)).collect();
    Err(Rejection::rule("not-empty", detail)
        .fact("contents", listed)
        .fact("contents_count", inside.len())
        .into())
}

fn listed(part: &Asset) -> Value {
    json!({
        "id": part.id,
        "tag": part.facts.tag,
        "data_bearing": part.facts.data_bearing,
        "sanitized": part.sanitization.is_some(),
    })
}
