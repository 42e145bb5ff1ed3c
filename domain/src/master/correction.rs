//! How recorded definitions of all kinds are corrected: by how such a thing should read, in every field.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::definition::{Define, Definition, DefinitionEvent, reading};
use crate::aggregate::Event;
use crate::corrections::Corrected;
use crate::desk::Desk;
use crate::outcome::{Outcome, one};
use crate::rejection::Rejection;
use crate::target::Target;
use crate::touches::{CommandBody, Touches};

/// A command that corrects how a thing was recorded. It has the fields of the command that defines such a thing, and
/// names one that there is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Correct<C: Define> {
    /// How it should read.
    definition: C,
    /// Which one.
    #[serde(skip)]
    id: <C::Definition as Definition>::Id,
}

/// The field that names the thing.
fn id_field<C: Define>() -> String {
    format!("{}_id", C::Definition::NOUN)
}

impl<C: Define> Correct<C> {
    /// What it is about.
    pub(crate) fn target(&self) -> Target {
        Target::Aggregate(self.id.into())
    }
}

impl<'de, C: Define + Deserialize<'de>> Deserialize<'de> for Correct<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let definition = C::deserialize(deserializer)?;
        let missing = || D::Error::custom(format_args!("missing field `{}`", id_field::<C>()));
        let id = definition.id().ok_or_else(missing)?;
        Ok(Self { definition, id })
    }
}

impl<C: Define> CommandBody for Correct<C> {
    fn touches(&self, to: &mut Touches) {
        self.definition.touches(to);
    }
}

/// Decides what a wrongly recorded thing should read. What may be defined may be corrected, and nothing else.
pub(crate) fn correct<C: Define>(desk: &Desk<'_>, body: &Correct<C>) -> Outcome
where
    DefinitionEvent<C::Definition>: Into<Event>,
{
    let (world, id, noun) = (desk.world, body.id, C::Definition::NOUN);
    let unknown =
        || Rejection::not_found(&format!("/{}", id_field::<C>()), format!("there is no {noun} {id}"));
    let old = &world.find(id)?.ok_or_else(unknown)?.definition;
    let new = reading(world, id, Some(old), &body.definition)?;
    if *old == new {
        let detail = format!("the {noun} reads like this already: there is nothing to correct");
        return Err(Rejection::rule("nothing-to-correct", detail).into());
    }
    Ok(one(id, DefinitionEvent::Corrected(Box::new(Corrected { old: old.clone(), new }))))
}

#[cfg(feature = "schemars")]
impl<C: Define + schemars::JsonSchema> schemars::JsonSchema for Correct<C>
where
    <C::Definition as Definition>::Id: schemars::JsonSchema,
{
    fn schema_name() -> std::borrow::Cow<'static, str> {
        C::schema_name().replace("Define", "Correct").into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let (noun, field) = (C::Definition::NOUN, id_field::<C>());
        let mut id = generator.subschema_for::<<C::Definition as Definition>::Id>();
        id.insert("description".to_owned(), "Which one.".into());
        let mut schema = C::json_schema(generator);
        let description = format!(
            "Corrects how a {noun} was recorded: how it should read, in every field. Without `effective_time` what was \
             wrong is set right for as long as it stood, with one from then on."
        );
        schema.insert("description".to_owned(), description.into());
        if let Some(fields) = schema.get_mut("properties").and_then(serde_json::Value::as_object_mut) {
            fields.insert(field.clone(), id.into());
        }
        let required = schema.ensure_object().entry("required").or_insert_with(|| serde_json::json!([]));
        if let Some(required) = required.as_array_mut() {
            required.insert(0, field.into());
        }
        schema
    }
}
