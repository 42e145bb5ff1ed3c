//! What commands about persons touch.

use super::command::{AddPerson, CorrectPerson, DeactivatePerson, ErasePerson, PersonCorrection};
use crate::touches::{CommandBody, Touches};

impl CommandBody for AddPerson {
    fn touches(&self, to: &mut Touches) {
        to.refers(self.department_id);
        to.refers(self.location_id);
    }
}

impl CommandBody for CorrectPerson {
    fn touches(&self, to: &mut Touches) {
        for correction in &self.corrections {
            match correction {
                PersonCorrection::DepartmentId(id) => to.refers(*id),
                PersonCorrection::LocationId(id) => to.refers(*id),
            }
        }
    }
}

impl CommandBody for DeactivatePerson {}

impl CommandBody for ErasePerson {}
