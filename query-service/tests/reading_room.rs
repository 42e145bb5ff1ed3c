//! The reading room over a register of known content: every endpoint, asked as a client asks.

#[path = "reading_room/assets.rs"]
mod assets;
#[path = "reading_room/campaigns.rs"]
mod campaigns;
#[path = "reading_room/charging.rs"]
mod charging;
#[path = "reading_room/conditions.rs"]
mod conditions;
#[path = "reading_room/differences.rs"]
mod differences;
#[path = "reading_room/exports.rs"]
mod exports;
#[path = "reading_room/log.rs"]
mod log;
#[path = "reading_room/moments.rs"]
mod moments;
#[path = "reading_room/past_conditions.rs"]
mod past_conditions;
#[path = "reading_room/permissions.rs"]
mod permissions;
#[path = "reading_room/projections.rs"]
mod projections;
#[path = "reading_room/proofs.rs"]
mod proofs;
#[path = "reading_room/record_questions.rs"]
mod record_questions;
#[path = "reading_room/records.rs"]
mod records;
#[path = "reading_room/world.rs"]
mod world;
