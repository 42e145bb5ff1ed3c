//! How data of an old event version is brought to the newest shape: purely, and for ever.

use serde_json::Value;

/// One step: from `version` of the event `name` to the next version.
#[derive(Clone, Copy, Debug)]
pub struct Upcast {
    /// The event's wire name.
    pub name: &'static str,
    /// The version it reads; it writes `version + 1`.
    pub version: u32,
    /// The step; `None` where the next version only added what may be left out, so that the data reads as it is.
    pub step: Option<fn(Value) -> Value>,
}

/// Every step there is. An event whose shape changes gets a line here and keeps it for ever.
pub const UPCASTS: &[Upcast] = &[
    // Version 2 may name the audit in which the asset was seen.
    Upcast { name: "asset.verified", version: 1, step: None },
    // Version 2 may name the project that something is charged to.
    Upcast { name: "asset.ordered", version: 1, step: None },
    Upcast { name: "asset.delivered", version: 1, step: None },
    Upcast { name: "asset.registered", version: 1, step: None },
    Upcast { name: "asset.corrected", version: 1, step: None },
    Upcast { name: "requisition.submitted", version: 1, step: None },
    Upcast { name: "purchase_order.issued", version: 1, step: None },
    Upcast { name: "purchase_order.amended", version: 1, step: None },
];

/// Whether data of `name` reads in version `to` as it was written in version `from`, so that nobody need take it apart.
pub(crate) fn reads_as_it_is(steps: &[Upcast], name: &str, from: u32, to: u32) -> bool {
    (from..to).all(|version| find(steps, name, version).is_some_and(|step| step.step.is_none()))
}

/// Brings `data` of `name` from version `from` to version `to`, step by step; `None` if a step
/// is missing.
#[must_use]
pub fn upcast(steps: &[Upcast], name: &str, from: u32, to: u32, data: Value) -> Option<Value> {
    (from..to).try_fold(data, |data, version| {
        let Upcast { step, .. } = find(steps, name, version)?;
        Some(if let Some(step) = step { step(data) } else { data })
    })
}

fn find<'a>(steps: &'a [Upcast], name: &str, version: u32) -> Option<&'a Upcast> {
    steps.iter().find(|step| step.name == name && step.version == version)
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
        Upcast { name: "thing.made", version: 1, step: Some(named) },
        Upcast { name: "thing.made", version: 2, step: Some(counted) },
        Upcast { name: "thing.seen", version: 1, step: None },
    ];

    #[test]
    fn old_data_goes_through_every_step_to_the_newest_shape() {
        let newest = upcast(STEPS, "thing.made", 1, 3, json!({}));
        assert_eq!(newest, Some(json!({"name": "unnamed", "count": 1})));
        assert_eq!(upcast(STEPS, "thing.made", 3, 3, json!({})), Some(json!({})));
    }

    #[test]
    fn only_what_no_step_rewrites_reads_as_it_is() {
        assert!(reads_as_it_is(STEPS, "thing.seen", 1, 2));
        assert!(!reads_as_it_is(STEPS, "thing.seen", 1, 3));
        assert!(!reads_as_it_is(STEPS, "thing.made", 1, 2));
        assert_eq!(upcast(STEPS, "thing.seen", 1, 2, json!({"count": 1})), Some(json!({"count": 1})));
    }

    #[test]
    fn a_missing_step_is_said_and_not_guessed() {
        assert_eq!(upcast(STEPS, "thing.made", 1, 4, json!({})), None);
        assert_eq!(upcast(STEPS, "thing.lost", 1, 2, json!({})), None);
    }
}
