//! What commands about persons touch.

use super::command::{AddPerson, DeactivatePerson, ErasePerson};
use crate::touches::{CommandBody, Touches};

impl CommandBody for AddPerson {
    fn touches(&self, to: &mut Touches) {
        to.refers(self.department_id);
        to.refers(self.location_id);
    }
}

impl CommandBody for DeactivatePerson {}

impl CommandBody for ErasePerson {}
