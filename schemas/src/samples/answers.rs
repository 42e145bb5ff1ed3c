//! What the example of every command makes happen, as its answer tells it.

use itam_domain::asset::AssetName;
use itam_domain::{Command, CommandId, Target};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{FINDING, LAPTOP, event_of_definition, id};

/// The events of the example of every command that does not just define a thing, the command's own aggregate first.
const EVENTS: &[(&str, &[&str])] = &[
    ("submit-requisition", &["requisition.submitted"]),
    ("approve-requisition", &["requisition.approved"]),
    ("reject-requisition", &["requisition.rejected"]),
    ("correct-requisition", &["requisition.corrected"]),
    ("cancel-requisition", &["requisition.cancelled"]),
    ("issue-purchase-order", &["purchase_order.issued", "requisition.ordered"]),
    ("amend-purchase-order", &["purchase_order.amended", "requisition.ordered"]),
    ("correct-purchase-order", &["purchase_order.corrected"]),
    ("cancel-purchase-order", &["purchase_order.cancelled", "requisition.ordered"]),
    ("receive-delivery", &["purchase_order.delivery_received", "asset.delivered", "asset.delivered"]),
    ("close-purchase-order", &["purchase_order.closed"]),
    ("order-asset", &["asset.ordered"]),
    ("receive-asset", &["asset.received"]),
    ("cancel-asset", &["asset.cancelled"]),
    ("register-asset", &["asset.registered"]),
    ("tag-asset", &["asset.tagged"]),
    ("reserve-asset", &["asset.reserved"]),
    ("release-reservation", &["asset.reservation_released"]),
    ("deploy-asset", &["asset.deployed"]),
    ("accept-custody", &["asset.custody_accepted"]),
    ("decline-custody", &["asset.custody_declined"]),
    ("reassign-asset", &["asset.reassigned"]),
    ("return-asset", &["asset.returned"]),
    ("ship-asset", &["asset.shipped"]),
    ("arrive-asset", &["asset.arrived"]),
    ("start-maintenance", &["asset.maintenance_started"]),
    ("complete-maintenance", &["asset.maintenance_completed"]),
    ("report-missing", &["asset.reported_missing"]),
    ("recover-asset", &["asset.recovered"]),
    ("write-off-asset", &["asset.written_off"]),
    ("verify-asset", &["asset.verified"]),
    ("relocate-asset", &["asset.relocated"]),
    ("charge-asset", &["asset.charged"]),
    ("place-hold", &["asset.hold_placed"]),
    ("release-hold", &["asset.hold_released"]),
    ("correct-asset", &["asset.corrected"]),
    ("retire-asset", &["asset.retired"]),
    ("reinstate-asset", &["asset.reinstated"]),
    ("record-sanitization", &["asset.sanitized"]),
    ("dispose-asset", &["asset.disposed"]),
    ("void-asset", &["asset.voided"]),
    ("plan-audit", &["audit_campaign.planned"]),
    ("start-audit", &["audit_campaign.started"]),
    ("scan-asset", &["audit_finding.scanned", "asset.verified"]),
    ("resolve-finding", &["audit_finding.resolved"]),
    ("correct-finding", &["audit_finding.corrected"]),
    ("waive-finding", &["audit_finding.waived"]),
    ("close-audit", &["audit_campaign.closed"]),
    ("correct-audit", &["audit_campaign.corrected"]),
    ("cancel-audit", &["audit_campaign.cancelled"]),
    ("add-person", &["person.added"]),
    ("correct-person", &["person.corrected"]),
    ("deactivate-person", &["person.deactivated"]),
    ("erase-person", &["person.erased"]),
];

/// The events that the command's example makes happen.
///
/// # Panics
/// If the command is not in the table: a test holds it to the commands.
#[must_use]
pub fn events_of(command: &str) -> Vec<&'static str> {
    if let Some(event) = event_of_definition(command) {
        return vec![event.name];
    }
    let row = EVENTS.iter().find(|(name, _)| *name == command);
    row.unwrap_or_else(|| panic!("nothing is said of {command}")).1.to_vec()
}

/// The answer to the example of a command.
pub(crate) fn answer(name: &str, sample: &Value) -> Value {
    let command_id = id(30_000);
    let events = events_of(name).into_iter().zip(0_u32..);
    let events: Vec<_> =
        events.map(|(event, index)| json!({"id": id(10_001 + index), "type": event})).collect();
    json!({
        "id": target(name, sample, &command_id),
        "version": 3,
        "position": 4711,
        "events": events,
    })
}

/// The aggregate that the example of a command is about.
fn target(name: &str, sample: &Value, command_id: &str) -> String {
    let command = read(name, sample);
    let command_id = CommandId(Uuid::try_parse(command_id).expect("a sample id is a UUID"));
    match command.target(command_id) {
        Target::Aggregate(aggregate) => aggregate.id.to_string(),
        Target::Finding(_) => id(FINDING),
        Target::Asset(AssetName::Id(asset)) => asset.to_string(),
        Target::Asset(AssetName::Tag(_)) => id(LAPTOP),
    }
}

/// The command of a sample, without what every command may carry.
///
/// # Panics
/// If the sample is no such command: a test holds it to the domain.
#[must_use]
pub fn read(name: &str, sample: &Value) -> Command {
    let mut own = sample.clone();
    for field in itam_domain::CommandMeta::FIELDS {
        own.as_object_mut().and_then(|fields| fields.remove(field));
    }
    let command = Command::read(name, own).unwrap_or_else(|| panic!("there is no command {name}"));
    command.unwrap_or_else(|error| panic!("the sample of {name} is not accepted: {error}"))
}
