//! How a vendor changes by what has happened.

use super::event::VendorEvent;
use super::state::Vendor;
use crate::ids::VendorId;

/// The vendor after `event`.
#[must_use]
pub fn evolve(id: VendorId, event: &VendorEvent) -> Vendor {
    match event {
        VendorEvent::Defined(data) => Vendor { id, definition: data.clone() },
    }
}
