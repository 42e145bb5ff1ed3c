//! What the contracts need to know of master data.

/// What the contracts need to know of a definition, where they are made.
#[cfg(feature = "schemars")]
pub trait Sampled: schemars::JsonSchema {
    /// One example, in the story that all samples tell.
    fn sample() -> Sample;
}

/// What the contracts need to know of a definition: nothing, where they are not made.
#[cfg(not(feature = "schemars"))]
pub trait Sampled {}

#[cfg(not(feature = "schemars"))]
impl<D> Sampled for D {}

/// An example of a thing of a kind, and of how it is defined.
#[cfg(feature = "schemars")]
#[derive(Clone, Debug)]
pub struct Sample {
    /// The thing's number in the ids of the story.
    pub number: u32,
    /// The number of the event within the thing's history.
    pub version: u32,
    /// The command's wire name, and its fields.
    pub command: (&'static str, serde_json::Value),
    /// The event's data.
    pub event: serde_json::Value,
}

/// The id of a thing in the story that all samples tell.
#[cfg(feature = "schemars")]
#[must_use]
pub fn sample_id(number: u32) -> String {
    format!("019a5c3e-8000-7000-8000-{number:012}")
}
