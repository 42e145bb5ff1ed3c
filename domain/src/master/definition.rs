//! What all kinds of master data share: a thing that is only ever defined anew.

use std::collections::BTreeSet;
use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};

#[cfg(feature = "schemars")]
use super::sample::Sample;
use super::sample::Sampled;
use crate::aggregate::{AggregateRef, AggregateState, Event, ListedAggregate, TypedId};
use crate::corrections::Corrected;
use crate::desk::Desk;
use crate::events::{EventType, WireEvent};
use crate::guard_name::GuardName;
use crate::key::KeyKind;
use crate::outcome::{Outcome, one};
use crate::rejection::Rejection;
use crate::text::ShortText;
use crate::touches::{CommandBody, LoadPath, Touches};
use crate::unique_label::UniqueLabel;
use crate::vocabulary::Standing;
use crate::world::{Stop, World};

/// How a thing reads, in every field: the data of the event that defines it.
pub trait Definition:
    Clone + PartialEq + Serialize + DeserializeOwned + Sampled + Send + Sync + 'static
{
    /// What names such a thing.
    type Id: TypedId<State = Defined<Self>> + Debug + PartialEq;

    /// The wire name and version of the event that it is the data of.
    const EVENT: EventType;
    /// The wire name and version of the event that corrects it.
    const CORRECTION: EventType;
    /// What a person calls such a thing.
    const NOUN: &'static str;
    /// The set within which its name is unique.
    const NAMES: KeyKind;
    /// The guard of the tree that such things form, if they do.
    const TREE: Option<GuardName> = None;

    /// Its name.
    fn name(&self) -> &ShortText;

    /// Whether it may be newly referred to.
    fn standing(&self) -> Standing;

    /// What it is a part of, in the tree that such things form.
    fn parent(&self) -> Option<Self::Id> {
        None
    }

    /// By which texts assets are found through it.
    fn searched(&self) -> Vec<&ShortText> {
        Vec::new()
    }

    /// What is unique about it: its name, if nothing else is said.
    fn label(&self) -> UniqueLabel {
        UniqueLabel::name(Self::NAMES, &[self.name().as_str()])
    }
}

/// A definition of whatever kind.
pub trait AnyDefinition {
    /// The wire name and version of the event that it is the data of.
    fn event_type(&self) -> EventType;
    /// Its name.
    fn name(&self) -> &ShortText;
    /// By which texts assets are found through it.
    fn searched(&self) -> Vec<&ShortText>;
    /// Its fields as JSON.
    ///
    /// # Errors
    /// None but bugs: definitions hold text keys and plain values only.
    fn to_json(&self) -> serde_json::Result<String>;
}

impl<D: Definition> AnyDefinition for D {
    fn event_type(&self) -> EventType {
        D::EVENT
    }

    fn name(&self) -> &ShortText {
        Definition::name(self)
    }

    fn searched(&self) -> Vec<&ShortText> {
        Definition::searched(self)
    }

    fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

/// A thing as it was last defined.
#[derive(Clone, Debug, PartialEq)]
pub struct Defined<D: Definition> {
    /// Which one.
    pub id: D::Id,
    /// Its last definition.
    pub definition: D,
}

/// Everything that can have happened to a thing that is only ever defined anew.
#[derive(Clone, Debug, PartialEq)]
pub enum DefinitionEvent<D> {
    /// It was defined, or defined anew.
    Defined(D),
    /// How it reads was recorded wrongly.
    Corrected(Box<Corrected<D>>),
}

impl<D: Definition> WireEvent for DefinitionEvent<D> {
    const TYPES: &'static [EventType] = &[D::EVENT, D::CORRECTION];

    fn event_type(&self) -> EventType {
        match self {
            Self::Defined(_) => D::EVENT,
            Self::Corrected(_) => D::CORRECTION,
        }
    }

    fn serialize_data<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Defined(definition) => definition.serialize(serializer),
            Self::Corrected(correction) => correction.serialize(serializer),
        }
    }

    fn read(name: &str, data: &str) -> Option<Result<Self, serde_json::Error>> {
        if name == D::EVENT.name {
            return Some(serde_json::from_str(data).map(Self::Defined));
        }
        (name == D::CORRECTION.name).then(|| serde_json::from_str(data).map(Self::Corrected))
    }

    #[cfg(feature = "schemars")]
    fn schemas() -> Vec<(EventType, schemars::Schema)> {
        vec![(D::EVENT, schemars::schema_for!(D)), (D::CORRECTION, schemars::schema_for!(Corrected<D>))]
    }
}

impl<D: Definition> AggregateState for Defined<D>
where
    Self: ListedAggregate,
{
    type Id = D::Id;
    type Event = DefinitionEvent<D>;

    const NOUN: &'static str = D::NOUN;
    const KEYS: &'static [KeyKind] = &[D::NAMES];
    const IS_REFERENCE: bool = true;
    const TREE: Option<GuardName> = D::TREE;

    fn evolve(id: D::Id, before: Option<Self>, event: &DefinitionEvent<D>, _actor: &str) -> Option<Self> {
        let definition = match event {
            DefinitionEvent::Defined(definition) => definition,
            DefinitionEvent::Corrected(correction) => before.map(|_| &correction.new)?,
        };
        Some(Self { id, definition: definition.clone() })
    }

    fn labels(&self) -> BTreeSet<UniqueLabel> {
        BTreeSet::from([self.definition.label()])
    }

    fn is_active(&self) -> bool {
        self.definition.standing() == Standing::Active
    }

    fn parent(&self) -> Option<D::Id> {
        self.definition.parent()
    }

    fn definition(&self) -> Option<&dyn AnyDefinition> {
        Some(&self.definition)
    }

    #[cfg(feature = "schemars")]
    fn sample() -> Option<Sample> {
        Some(D::sample())
    }
}

/// A command that defines a thing. With the id of one that exists: how it reads from now on, in every field.
pub trait Define {
    /// How such a thing reads.
    type Definition: Definition;

    /// Which one; without it, or with an id that is not in use, a new one.
    fn id(&self) -> Option<<Self::Definition as Definition>::Id>;

    /// How it reads from now on.
    fn definition(&self) -> Self::Definition;

    /// Declares what it refers to, beside what it is a part of.
    fn refers(&self, to: &mut Touches) {
        let _ = to;
    }

    /// The rules of its kind, beside those of all kinds.
    ///
    /// # Errors
    /// [`Stop`]: what must be seen first, or the refusal.
    fn check(&self, world: &World, before: Option<&Self::Definition>) -> Result<(), Stop> {
        let _ = (world, before);
        Ok(())
    }
}

impl<C: Define> CommandBody for C {
    fn touches(&self, to: &mut Touches) {
        let definition = self.definition();
        self.refers(to);
        if let Some(parent) = definition.parent().map(Into::<AggregateRef>::into) {
            to.refers([parent]);
            to.finds(LoadPath::Parent(parent.kind));
        }
        to.takes([definition.label()]);
        if self.id().is_some() {
            to.frees(C::Definition::NAMES);
            if let Some(tree) = C::Definition::TREE {
                to.guards(tree);
            }
        }
    }
}

/// Decides how a thing reads from now on.
pub(crate) fn define<C: Define>(desk: &Desk<'_>, body: &C) -> Outcome
where
    DefinitionEvent<C::Definition>: Into<Event>,
{
    let Desk { world, context, .. } = *desk;
    let id = body.id().unwrap_or_else(|| context.command_id.created_id().into());
    let before = world.find(id)?.map(|before| &before.definition);
    let definition = reading(world, id, before, body)?;
    if before == Some(&definition) {
        let detail = format!("the {} reads like this already", C::Definition::NOUN);
        return Err(Rejection::rule("nothing-to-do", detail).into());
    }
    Ok(one(id, DefinitionEvent::Defined(definition)))
}

/// How a thing shall read that read as `before`, if that may be.
pub(crate) fn reading<C: Define>(
    world: &World,
    id: <C::Definition as Definition>::Id,
    before: Option<&C::Definition>,
    body: &C,
) -> Result<C::Definition, Stop> {
    let definition = body.definition();
    let parent = definition.parent();
    check_circle(world, id, parent)?;
    if before.is_none_or(|before| before.parent() != parent) {
        world.check_active(parent, "/parent_id")?;
    }
    body.check(world, before)?;
    Ok(definition)
}

/// The most levels a tree may have.
const MAX_DEPTH: usize = 16;

/// Nothing is part of itself, through any number of others.
fn check_circle<I, D>(world: &World, id: I, parent: Option<I>) -> Result<(), Stop>
where
    I: TypedId<State = Defined<D>> + PartialEq,
    D: Definition<Id = I>,
{
    let mut above = parent;
    for _ in 0..MAX_DEPTH {
        let Some(parent) = above else { return Ok(()) };
        if parent == id {
            let detail = format!("a {} cannot be part of itself", D::NOUN);
            return Err(Rejection::invalid("/parent_id", "circle", detail).into());
        }
        above = world.known(parent, "/parent_id")?.definition.parent();
    }
    let detail = format!("{}s nest at most {MAX_DEPTH} deep", D::NOUN);
    Err(Rejection::invalid("/parent_id", "too-deep", detail).into())
}
