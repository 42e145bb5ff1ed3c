//! The JSON Schema of every event version's data.

use itam_domain::SCHEMA_BASE;
use itam_domain::asset::AssetEvent;
use itam_domain::asset_model::AssetModelEvent;
use itam_domain::audit_campaign::AuditCampaignEvent;
use itam_domain::audit_finding::AuditFindingEvent;
use itam_domain::department::DepartmentEvent;
use itam_domain::events::EventType;
use itam_domain::location::LocationEvent;
use itam_domain::person::PersonEvent;
use itam_domain::purchase_order::PurchaseOrderEvent;
use itam_domain::requisition::RequisitionEvent;
use itam_domain::vendor::VendorEvent;
use serde_json::Value;

use crate::components::describe_shared;

/// Every event's newest version with the schema of its data, by aggregate.
#[must_use]
pub fn event_schemas() -> Vec<(EventType, Value)> {
    let all = [
        AssetEvent::schemas(),
        RequisitionEvent::schemas(),
        PurchaseOrderEvent::schemas(),
        AssetModelEvent::schemas(),
        LocationEvent::schemas(),
        VendorEvent::schemas(),
        DepartmentEvent::schemas(),
        PersonEvent::schemas(),
        AuditCampaignEvent::schemas(),
        AuditFindingEvent::schemas(),
    ];
    let schema = |(event_type, schema): (EventType, schemars::Schema)| {
        let mut schema = schema.to_value();
        schema["$id"] = dataschema(event_type).into();
        describe_shared(&mut schema);
        (event_type, schema)
    };
    all.into_iter().flatten().map(schema).collect()
}

/// The `dataschema` of an event's envelope.
#[must_use]
pub(crate) fn dataschema(event_type: EventType) -> String {
    format!("{SCHEMA_BASE}{}.v{}.json", event_type.name, event_type.version)
}
