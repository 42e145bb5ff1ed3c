//! What commands about departments touch.

use super::command::DefineDepartment;
use super::state::key;
use crate::guard_name::GuardName;
use crate::key::KeyKind;
use crate::touches::{CommandBody, Path, Touches};

impl CommandBody for DefineDepartment {
    fn touches(&self, to: &mut Touches) {
        to.refers(self.parent_id);
        to.finds(Path::ParentDepartment);
        to.takes([key(&self.name)]);
        if self.department_id.is_some() {
            to.frees(KeyKind::Department);
            to.guards(GuardName::DepartmentTree);
        }
    }
}
