//! How an aggregate's events are declared: once, with their wire name and version.

use serde::{Serialize, Serializer};

/// An event's wire name and version: what decides how its data is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct EventType {
    /// The wire name, such as `asset.deployed`.
    pub name: &'static str,
    /// The version of its data's shape, from 1.
    pub version: u32,
}

impl EventType {
    /// Whether such an event corrects what was recorded: the event of that sort of every aggregate is called so.
    #[must_use]
    pub fn is_correction(self) -> bool {
        self.name.ends_with(".corrected")
    }
}

/// What can have happened to things of one sort, by wire name.
pub trait WireEvent: Sized {
    /// Every event in its newest version.
    const TYPES: &'static [EventType];

    /// The event's wire name and version.
    fn event_type(&self) -> EventType;

    /// Writes the event's data, without its name.
    ///
    /// # Errors
    /// Those of the serializer.
    fn serialize_data<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Reads an event of the newest version; `None` if the name belongs to no event here.
    fn read(name: &str, data: &str) -> Option<Result<Self, serde_json::Error>>;

    /// The JSON Schema of every event's data.
    #[cfg(feature = "schemars")]
    fn schemas() -> Vec<(EventType, schemars::Schema)>;
}

/// Declares an aggregate's event enum with its wire names and versions, and the two directions
/// between it and stored data.
macro_rules! events {
    ($(#[$doc:meta])* $enum:ident of $aggregate:literal {
        $($(#[$event_doc:meta])* $name:literal v $version:literal => $variant:ident($data:ty),)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $enum {
            $($(#[$event_doc])* $variant($data),)+
        }

        impl $crate::events::WireEvent for $enum {
            const TYPES: &'static [$crate::events::EventType] =
                &[$($crate::events::EventType { name: $name, version: $version },)+];

            fn event_type(&self) -> $crate::events::EventType {
                match self {
                    $(Self::$variant(_) => $crate::events::EventType { name: $name, version: $version },)+
                }
            }

            fn serialize_data<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(data) => serde::Serialize::serialize(data, serializer),)+
                }
            }

            fn read(name: &str, data: &str) -> Option<Result<Self, serde_json::Error>> {
                match name {
                    $($name => Some(serde_json::from_str(data).map(Self::$variant)),)+
                    _ => None,
                }
            }

            #[cfg(feature = "schemars")]
            fn schemas() -> Vec<($crate::events::EventType, schemars::Schema)> {
                vec![$((
                    $crate::events::EventType { name: $name, version: $version },
                    schemars::schema_for!($data),
                ),)+]
            }
        }
    };
}

pub(crate) use events;
