//! What may be asked to happen to a location.

use crate::command::commands_of;
use crate::ids::LocationId;
use crate::text::{Note, ShortText};
use crate::vocabulary::{LocationKind, Standing};

commands_of! {
    /// Defines a location. With the id of one that exists: how it reads from now on, in every field.
    DefineLocation {
        /// Which one; without it, or with an id that is not in use, a new one.
        location_id: Option<LocationId>,
        /// Its name, unique within its parent.
        name: ShortText,
        /// What it is; a site if not said.
        kind: Option<LocationKind>,
        /// The location that it is a part of.
        parent_id: Option<LocationId>,
        /// Its postal address, in one text. An organization's address, not a person's.
        address: Option<Note>,
        /// Its country (ISO 3166-1 alpha-2).
        country: Option<ShortText>,
        /// Anything else.
        notes: Option<Note>,
        /// Whether it may be newly referred to; yes if not said.
        standing: Option<Standing>,
    }
}
