//! The read model, from events to answers.

#[path = "read_model/asset_totals.rs"]
mod asset_totals;
#[path = "read_model/assets.rs"]
mod assets;
#[path = "read_model/audit_moments.rs"]
mod audit_moments;
#[path = "read_model/audits.rs"]
mod audits;
#[path = "read_model/files.rs"]
mod files;
#[path = "read_model/history.rs"]
mod history;
#[path = "read_model/kind_corrections.rs"]
mod kind_corrections;
#[path = "read_model/kind_laws.rs"]
mod kind_laws;
#[path = "read_model/kind_oracle.rs"]
mod kind_oracle;
#[path = "read_model/kind_story.rs"]
mod kind_story;
#[path = "read_model/laws.rs"]
mod laws;
#[path = "read_model/measure.rs"]
mod measure;
#[path = "read_model/moments.rs"]
mod moments;
#[path = "read_model/paging.rs"]
mod paging;
#[path = "read_model/past_laws.rs"]
mod past_laws;
#[path = "read_model/past_orders.rs"]
mod past_orders;
#[path = "read_model/processes.rs"]
mod processes;
#[path = "read_model/procurement.rs"]
mod procurement;
#[path = "read_model/projections.rs"]
mod projections;
#[path = "read_model/support.rs"]
mod support;
#[path = "read_model/upgrades.rs"]
mod upgrades;
