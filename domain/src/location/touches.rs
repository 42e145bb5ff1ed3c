//! What commands about locations touch.

use super::command::DefineLocation;
use super::state::key;
use crate::guard_name::GuardName;
use crate::key::KeyKind;
use crate::touches::{CommandBody, Path, Touches};

impl CommandBody for DefineLocation {
    fn touches(&self, to: &mut Touches) {
        to.refers(self.parent_id);
        to.finds(Path::ParentLocation);
        to.takes([key(self.parent_id, &self.name)]);
        if self.location_id.is_some() {
            to.frees(KeyKind::Location);
            to.guards(GuardName::LocationTree);
        }
    }
}
