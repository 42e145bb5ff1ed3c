//! What may be asked to happen to a vendor.

use crate::command::commands_of;
use crate::ids::VendorId;
use crate::text::{Note, ShortText};
use crate::vocabulary::Standing;

commands_of! {
    /// Defines a vendor. With the id of one that exists: how it reads from now on, in every field.
    DefineVendor {
        /// Which one; without it, or with an id that is not in use, a new one.
        vendor_id: Option<VendorId>,
        /// Its name, unique.
        name: ShortText,
        /// The organization's customer number there.
        account_number: Option<ShortText>,
        /// Its web site.
        website: Option<ShortText>,
        /// Anything else. Names of persons do not belong here.
        notes: Option<Note>,
        /// Whether it may be newly referred to; yes if not said.
        standing: Option<Standing>,
    }
}
