//! The domain: aggregates, commands, events, and the two functions that everything rests on. It is the law of itam.
//!
//! `decide` says what a command makes happen, [`evolve`] what that makes of the world. Both are
//! pure: no clock, no randomness, no I/O; what a rule needs comes in with the command.

#![warn(clippy::wildcard_enum_match_arm, clippy::arithmetic_side_effects)]

mod actor;
mod aggregate;
mod amount;
mod approval_policy;
pub mod asset;
pub mod audit_campaign;
pub mod audit_finding;
mod command;
mod command_body;
mod context;
mod corrected_fact;
mod corrections;
mod counter;
pub mod course;
mod decision;
mod desk;
mod envelope;
pub mod events;
mod guard_name;
mod hidden;
mod ids;
mod key;
mod label;
mod master;
mod money;
mod outcome;
mod permission;
pub mod person;
mod policy;
pub mod purchase_order;
mod rejection;
pub mod requisition;
mod role;
mod senders;
mod target;
#[cfg(feature = "testing")]
pub mod testing;
mod text;
mod touches;
mod unique_label;
mod upcast;
pub mod vocabulary;
mod world;

pub use actor::{Actor, ActorKind};
pub use aggregate::{
    Aggregate, AggregateKind, AggregateRef, AggregateState, Event, ListedAggregate, TypedId, evolve,
};
pub use amount::{Amount, Totals};
pub use approval_policy::{ApprovalLimit, ApprovalPolicy, Approvers, Coverage};
pub use command::{Command, CommandMeta, CommandName};
pub use context::Context;
pub use corrected_fact::CorrectedFact;
pub use corrections::{Corrected, CorrectedLine};
pub use counter::{CounterKind, CounterName, Counts};
pub use decision::{ContentsChange, CounterChange, Decision, ENDING_LANES, KeyChange, decide};
pub use envelope::{Envelope, EnvelopeError, SCHEMA_BASE, format_instant};
pub use guard_name::GuardName;
pub use hidden::{HiddenCharacter, find_hidden_character, show_hidden_characters};
pub use ids::*;
pub use key::{KeyKind, KeyRecord, UniqueKey};
pub use label::{Serial, Tag, former_form, normalize};
pub use master::*;
pub use money::{Currency, Money, MoneyError, format_minor};
pub use permission::{Reach, may_send, permit, reach};
pub use policy::{Policies, SanitizationPolicy};
pub use rejection::{Rejection, RejectionKind};
pub use role::{Role, UnknownRole};
pub use target::Target;
pub use text::{Note, ShortText, Text, TextError};
pub use touches::{Access, CommandBody, LoadPath, TouchedKey, Touches, Undeclared};
pub use unique_label::UniqueLabel;
pub use upcast::{UPCASTS, Upcast, upcast};
pub use world::{Loaded, Stop, World};
