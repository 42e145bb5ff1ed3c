//! Which assets a physical audit is about.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::asset::{Asset, Custodian, allowed_commands};
use crate::ids::PurchaseOrderId;
use crate::master::{DepartmentId, LocationId, ModelId, VendorId};
use crate::vocabulary::{
    AssetKind, AssetState, Condition, Criticality, DataClassification, HardwareKind, Ownership,
};

macro_rules! scope {
    ($($(#[$doc:meta])* $field:ident: $type:ty,)+) => {
        /// Which assets a physical audit is about, by the filters of the list of assets: within one field
        /// any of the values, between fields all of them. A field that is left out does not filter, but
        /// for `states`: without it, whatever is in a state in which it can be seen.
        #[derive(Clone, Debug, Default, PartialEq, Serialize)]
        #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
        #[serde(deny_unknown_fields)]
        pub struct AuditScope {
            $($(#[$doc])* #[serde(default, skip_serializing_if = "Vec::is_empty")] pub $field: Vec<$type>,)+
        }

        /// The fields as they are read.
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Fields {
            $(#[serde(default)] $field: Vec<$type>,)+
        }

        impl From<Fields> for AuditScope {
            fn from(fields: Fields) -> Self {
                Self { $($field: fields.$field,)+ }
            }
        }

        impl AuditScope {
            /// Each field's name, with how many values it holds.
            #[must_use]
            pub fn sizes(&self) -> Vec<(&'static str, usize)> {
                vec![$((stringify!($field), self.$field.len()),)+]
            }
        }
    };
}

scope! {
    /// Where they are in their life.
    states: AssetState,
    /// What sort of thing.
    kinds: AssetKind,
    /// What sort of device.
    hardware_kinds: HardwareKind,
    /// Which model.
    model_ids: ModelId,
    /// Where they are.
    location_ids: LocationId,
    /// Who bears their cost.
    department_ids: DepartmentId,
    /// Who has them.
    custodians: Custodian,
    /// Who sold them.
    vendor_ids: VendorId,
    /// For which order they were delivered.
    purchase_order_ids: PurchaseOrderId,
    /// Whose property they are.
    ownerships: Ownership,
    /// In what condition.
    conditions: Condition,
    /// How much depends on them.
    criticalities: Criticality,
    /// What data they may hold.
    data_classifications: DataClassification,
}

/// Only from an object: without a field that must be there, an array would be taken for one, too.
impl<'de> Deserialize<'de> for AuditScope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ScopeVisitor;

        impl<'de> Visitor<'de> for ScopeVisitor {
            type Value = AuditScope;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object with the filters of assets")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<AuditScope, A::Error> {
                Fields::deserialize(MapAccessDeserializer::new(map)).map(AuditScope::from)
            }
        }

        deserializer.deserialize_map(ScopeVisitor)
    }
}

impl AuditScope {
    /// The most values of one field.
    pub const MAX_VALUES: usize = 100;

    /// Whether an audit of this scope expects the asset.
    #[must_use]
    pub fn admits(&self, asset: &Asset) -> bool {
        let facts = &asset.facts;
        let order = facts.order_line.map(|line| line.purchase_order_id);
        self.admits_state(asset.state())
            && takes(&self.kinds, Some(&facts.kind))
            && takes(&self.hardware_kinds, facts.hardware_kind.as_ref())
            && takes(&self.model_ids, Some(&facts.model_id))
            && takes(&self.location_ids, facts.location_id.as_ref())
            && takes(&self.department_ids, facts.department_id.as_ref())
            && takes(&self.custodians, asset.custodian().as_ref())
            && takes(&self.vendor_ids, facts.vendor_id.as_ref())
            && takes(&self.purchase_order_ids, order.as_ref())
            && takes(&self.ownerships, Some(&facts.ownership))
            && takes(&self.conditions, facts.condition.as_ref())
            && takes(&self.criticalities, facts.criticality.as_ref())
            && takes(&self.data_classifications, facts.data_classification.as_ref())
    }

    fn admits_state(&self, state: AssetState) -> bool {
        if self.states.is_empty() {
            return allowed_commands(state).contains(&"verify-asset");
        }
        self.states.contains(&state)
    }
}

fn takes<T: PartialEq>(wanted: &[T], found: Option<&T>) -> bool {
    wanted.is_empty() || found.is_some_and(|found| wanted.contains(found))
}
