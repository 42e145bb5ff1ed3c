//! The sealer over logs that are appended to, and over logs that somebody has rewritten.

#[path = "sealer/carrying.rs"]
mod carrying;
#[path = "sealer/rewritten.rs"]
mod rewritten;
#[path = "sealer/sealing.rs"]
mod sealing;
#[path = "sealer/support.rs"]
mod support;
