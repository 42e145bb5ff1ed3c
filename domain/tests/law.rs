//! The law as its readers may check it: given what happened, when a command comes, then this.

#[path = "law/amounts.rs"]
mod amounts;
#[path = "law/approved_orders.rs"]
mod approved_orders;
#[path = "law/asset_commands.rs"]
mod asset_commands;
#[path = "law/asset_corrections.rs"]
mod asset_corrections;
#[path = "law/asset_custody.rs"]
mod asset_custody;
#[path = "law/asset_end.rs"]
mod asset_end;
#[path = "law/asset_facts.rs"]
mod asset_facts;
#[path = "law/asset_life.rs"]
mod asset_life;
#[path = "law/audit_commands.rs"]
mod audit_commands;
#[path = "law/audit_findings.rs"]
mod audit_findings;
#[path = "law/audit_properties.rs"]
mod audit_properties;
#[path = "law/audits.rs"]
mod audits;
#[path = "law/charging.rs"]
mod charging;
#[path = "law/contents.rs"]
mod contents;
#[path = "law/coverage.rs"]
mod coverage;
#[path = "law/definition_corrections.rs"]
mod definition_corrections;
#[path = "law/deliveries.rs"]
mod deliveries;
#[path = "law/envelope.rs"]
mod envelope;
#[path = "law/fixtures.rs"]
mod fixtures;
#[path = "law/labels.rs"]
mod labels;
#[path = "law/organization.rs"]
mod organization;
#[path = "law/properties.rs"]
mod properties;
#[path = "law/purchase_orders.rs"]
mod purchase_orders;
#[path = "law/random_commands.rs"]
mod random_commands;
#[path = "law/record_corrections.rs"]
mod record_corrections;
#[path = "law/requisitions.rs"]
mod requisitions;
#[path = "law/scene.rs"]
mod scene;
#[path = "law/touches.rs"]
mod touches;
#[path = "law/transitions.rs"]
mod transitions;
#[path = "law/whereabouts.rs"]
mod whereabouts;
