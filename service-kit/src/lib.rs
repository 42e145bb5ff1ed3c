//! What two HTTP services would otherwise copy: problems, identity, limits, health, metrics, the
//! server itself, the clock and the ids. No business word.

mod api_page;
mod authentication;
mod body;
mod clock;
mod codes;
mod conditional;
pub mod csv_text;
mod exchange;
mod health;
mod identity;
mod ids;
mod journal;
mod json;
mod kit;
mod limits;
mod metrics;
mod negotiate;
mod observe;
mod problem;
mod problem_page;
mod rate;
mod secret;
mod seed;
mod server;
mod share;
mod shutdown;
mod standing;
mod telemetry;
#[cfg(test)]
mod testing;
mod tls;
mod token;
pub mod trace;
mod units;

pub use api_page::ApiPage;
pub use authentication::{bearer_in, bearer_of};
pub use body::{JsonBody, JsonBytes, require_media_type};
pub use clock::{Clock, SettableClock, SystemClock};
pub use codes::ProblemCode;
pub use conditional::{Condition, EntityTag};
pub use health::{NotReady, Readiness};
pub use identity::{Admission, AuthenticationFault, Authenticator, Caller, Identity, unauthenticated};
pub use ids::{IdSource, SeededIds, SystemIds};
pub use itam_domain::{ActorKind, Role, UnknownRole};
pub use journal::{
    JournalEntry, JournalEvent, JournalFilter, JournalLimits, JournalPage, SecurityJournal, TokenChange,
    read_journal,
};
pub use json::{TrackedDeserializer, parse_json, parse_json_with, parse_object, pointer_step};
pub use kit::HttpKit;
pub use limits::Limits;
pub use metrics::Metrics;
pub use negotiate::Representation;
pub use observe::TRACE_ID_HEADER;
pub use problem::{FieldError, PROBLEM_JSON, Problem, error_chain};
pub use problem_page::problem_pages;
pub use rate::{Allowance, Rate, Rates};
pub use secret::Secret;
pub use seed::random_seed;
pub use server::{RESERVED_CONNECTIONS, Served, ServerSettings, no_room, serve};
pub use share::{SharePermit, Shares};
pub use shutdown::shutdown_on_signal;
pub use standing::TokenStanding;
pub use telemetry::{LogFormat, TelemetryError, UnknownLogFormat, start_logging};
pub use tls::{TlsError, TlsFiles};
pub use token::{TOKEN_PREFIX, generate_token, hash_token};
pub use units::{UnitError, parse_duration, parse_size};
