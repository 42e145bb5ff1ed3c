//! How data of an old event version is brought to the newest shape: purely, and for ever.

use serde_json::Value;

/// One step: from `version` of the event `name` to the next version.
#[derive(Clone, Copy, Debug)]
pub struct Upcast {
    /// The event's wire name.
    pub name: &'static str,
    /// The version it reads; it writes `version + 1`.
    pub version: u32,
    /// The step.
    pub step: fn(Value) -> Value,
}

/// Every step there is. An event whose shape changes gets a line here and keeps it for ever.
pub const UPCASTS: &[Upcast] = &[
    // Version 2 may name the audit in which the asset was seen.
    Upcast { name: "asset.verified", version: 1, step: unchanged },
    // Version 2 may name the project that something is charged to.
    Upcast { name: "asset.ordered", version: 1, step: unchanged },
    Upcast { name: "asset.delivered", version: 1, step: unchanged },
    Upcast { name: "asset.registered", version: 1, step: unchanged },
    Upcast { name: "asset.corrected", version: 1, step: unchanged },
    Upcast { name: "requisition.submitted", version: 1, step: unchanged },
    Upcast { name: "purchase_order.issued", version: 1, step: unchanged },
    Upcast { name: "purchase_order.amended", version: 1, step: unchanged },
];

/// For a version that only added what may be left out.
fn unchanged(data: Value) -> Value {
    data
}

/// Brings `data` of `name` from version `from` to version `to`, step by step; `None` if a step
/// is missing.
#[must_use]
pub fn upcast(steps: &[Upcast], name: &str, from: u32, to: u32, data: Value) -> Option<Value> {
    (from..to).try_fold(data, |data, version| {
        let step = steps.iter().find(|step| step.name == name && step.version == version)?;
        Some((step.step)(data))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn named(mut data: Value) -> Value {
        data["name"] = "unnamed".into();
        data
    }

    fn counted(mut data: Value) -> Value {
        data["count"] = 1.into();
        data
    }

    const STEPS: &[Upcast] = &[
        Upcast { name: "thing.made", version: 1, step: named },
        Upcast { name: "thing.made", version: 2, step: counted },
    ];

    #[test]
    fn old_data_goes_through_every_step_to_the_newest_shape() {
        let newest = upcast(STEPS, "thing.made", 1, 3, json!({}));
        assert_eq!(newest, Some(json!({"name": "unnamed", "count": 1})));
        assert_eq!(upcast(STEPS, "thing.made", 3, 3, json!({})), Some(json!({})));
    }

    #[test]
    fn a_missing_step_is_said_and_not_guessed() {
        assert_eq!(upcast(STEPS, "thing.made", 1, 4, json!({})), None);
        assert_eq!(upcast(STEPS, "thing.lost", 1, 2, json!({})), None);
    }
}
