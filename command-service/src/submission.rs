//! A command as somebody sent it, read and checked in form.

use std::sync::Arc;

use itam_domain::{
    Command, CommandId, CommandMeta, HiddenCharacter, Touches, find_hidden_character, may_send,
};
use itam_service_kit::{Caller, Identity, Problem, ProblemCode, parse_json, parse_json_with, pointer_step};
use serde_json::{Map, Value};

use crate::digest::digest;

/// The longest idempotency key, correlation or causation id, in bytes.
const MAX_ID_BYTES: usize = 255;

/// A command as somebody sent it.
#[derive(Clone, Debug)]
pub struct Submission {
    /// The command.
    pub command: Command,
    /// Its effective time and reason.
    pub meta: CommandMeta,
    /// What makes it happen once.
    pub command_id: CommandId,
    /// What it touches, as the command declares it.
    pub touches: Touches,
    /// What tells a repetition from another command of the same id.
    pub digest: String,
    /// The version that its aggregate must have.
    pub expected_version: Option<u64>,
    /// What it is part of.
    pub correlation_id: Option<String>,
    /// What caused it.
    pub causation_id: Option<String>,
    /// Who sent it.
    pub sender: Arc<Identity>,
}

/// What stands around a command, in headers or in a line.
#[derive(Clone, Debug, Default)]
pub(crate) struct SubmissionHeaders {
    pub(crate) idempotency_key: Option<String>,
    pub(crate) expected_version: Option<u64>,
    pub(crate) correlation_id: Option<String>,
    pub(crate) causation_id: Option<String>,
}

impl Submission {
    /// Reads a command from its fields, for a sender in this very process.
    ///
    /// # Errors
    /// The problem that the same command would be answered with over HTTP.
    pub fn try_new(
        tenant: &str,
        name: &str,
        fields: &Value,
        idempotency_key: &str,
        sender: Identity,
    ) -> Result<Self, Problem> {
        let circumstances = SubmissionHeaders {
            idempotency_key: Some(idempotency_key.to_owned()),
            ..SubmissionHeaders::default()
        };
        let caller = Caller(Arc::new(sender));
        Self::of_fields(tenant, name, fields.clone(), circumstances, &caller, uuid::Uuid::nil)
    }

    /// Reads a command from the JSON bytes of its fields.
    pub(crate) fn read(
        tenant: &str,
        name: &str,
        body: &[u8],
        circumstances: SubmissionHeaders,
        caller: &Caller,
        fresh_id: impl FnOnce() -> uuid::Uuid,
    ) -> Result<Self, Problem> {
        check_known(name)?;
        let fields: Value = if body.is_empty() { Value::Object(Map::new()) } else { parse_json(body)? };
        Self::of_fields(tenant, name, fields, circumstances, caller, fresh_id)
    }

    /// Reads a command from its fields.
    pub(crate) fn of_fields(
        tenant: &str,
        name: &str,
        fields: Value,
        circumstances: SubmissionHeaders,
        caller: &Caller,
        fresh_id: impl FnOnce() -> uuid::Uuid,
    ) -> Result<Self, Problem> {
        check_known(name)?;
        caller.require(name, |role| may_send(role, name))?;
        check_length("Idempotency-Key", circumstances.idempotency_key.as_deref())?;
        check_length("Itam-Correlation-Id", circumstances.correlation_id.as_deref())?;
        check_length("Itam-Causation-Id", circumstances.causation_id.as_deref())?;
        check_visible(&fields)?;
        let digest = digest(name, &fields);
        let Value::Object(mut own) = fields else {
            let detail = "The body is not acceptable: a command's fields are a JSON object.";
            return Err(Problem::new(ProblemCode::InvalidValue, detail));
        };
        let meta = read_meta(&mut own)?;
        let command = read_command(name, &Value::Object(own))?;
        let command_id = match &circumstances.idempotency_key {
            Some(key) => CommandId::from_key(tenant, key),
            None => CommandId(fresh_id()),
        };
        Ok(Self {
            digest,
            touches: command.touches(command_id),
            command,
            meta,
            command_id,
            expected_version: circumstances.expected_version,
            correlation_id: circumstances.correlation_id,
            causation_id: circumstances.causation_id,
            sender: Arc::clone(&caller.0),
        })
    }

    /// The same command under another id, from which the ids of what it creates follow.
    pub(crate) fn rename(&mut self, command_id: CommandId) {
        self.command_id = command_id;
        self.touches = self.command.touches(command_id);
    }
}

fn check_known(name: &str) -> Result<(), Problem> {
    if Command::NAMES.contains(&name) {
        return Ok(());
    }
    let detail = format!("There is no command {name:?}.");
    Err(Problem::new(ProblemCode::UnknownCommand, detail).with("commands", Command::NAMES.to_vec()))
}

/// Refuses what nobody would see, in whichever field of whichever command it stands. What is stored is read
/// as it is, so this is checked here.
fn check_visible(fields: &Value) -> Result<(), Problem> {
    let mut pointer = String::new();
    let Some(hidden) = find_hidden(fields, &mut pointer) else { return Ok(()) };
    let detail = format!("The text at {pointer} {hidden}, which nobody would see.");
    Err(Problem::new(ProblemCode::InvalidValue, detail.clone()).with_error(
        pointer,
        "hidden-character",
        detail,
    ))
}

/// The first hidden character of the strings in a value, which `pointer` then points to.
fn find_hidden(value: &Value, pointer: &mut String) -> Option<HiddenCharacter> {
    let length = pointer.len();
    match value {
        Value::String(text) => return find_hidden_character(text),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointer.push('/');
                pointer.push_str(&index.to_string());
                if let Some(found) = find_hidden(item, pointer) {
                    return Some(found);
                }
                pointer.truncate(length);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                pointer.push('/');
                pointer.push_str(&pointer_step(name));
                if let Some(found) = find_hidden(field, pointer) {
                    return Some(found);
                }
                pointer.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    None
}

fn check_length(header: &str, value: Option<&str>) -> Result<(), Problem> {
    let Some(value) = value else { return Ok(()) };
    let is_printable = value.bytes().all(|byte| !byte.is_ascii_control());
    if (1..=MAX_ID_BYTES).contains(&value.len()) && is_printable {
        return Ok(());
    }
    let detail = format!("{header} takes 1 to {MAX_ID_BYTES} bytes without control characters.");
    Err(Problem::new(ProblemCode::MalformedRequest, detail))
}

/// Takes out of the fields what every command may carry.
fn read_meta(fields: &mut Map<String, Value>) -> Result<CommandMeta, Problem> {
    let meta: Map<String, Value> =
        CommandMeta::FIELDS.iter().filter_map(|field| fields.remove_entry(*field)).collect();
    if meta.is_empty() {
        return Ok(CommandMeta::default());
    }
    parse_json(Value::Object(meta).to_string().as_bytes())
}

/// Reads the command's own fields. If they are not acceptable, they are read again in a slower
/// way that tells the client which field is wrong, and how.
fn read_command(name: &str, fields: &Value) -> Result<Command, Problem> {
    const KNOWN: &str = "the name was looked up before";
    if let Ok(command) = Command::read(name, fields).expect(KNOWN) {
        return Ok(command);
    }
    let text = fields.to_string();
    parse_json_with(text.as_bytes(), |deserializer| Command::read(name, deserializer).expect(KNOWN))
}
