//! What may be asked to happen to a department.

use crate::command::commands_of;
use crate::ids::DepartmentId;
use crate::text::{Note, ShortText};
use crate::vocabulary::Standing;

commands_of! {
    /// Defines a department. With the id of one that exists: how it reads from now on, in every field.
    DefineDepartment {
        /// Which one; without it, or with an id that is not in use, a new one.
        department_id: Option<DepartmentId>,
        /// Its name, unique.
        name: ShortText,
        /// The number of its cost center.
        cost_center: Option<ShortText>,
        /// The department that it is a part of.
        parent_id: Option<DepartmentId>,
        /// Anything else.
        notes: Option<Note>,
        /// Whether it may be newly referred to; yes if not said.
        standing: Option<Standing>,
    }
}
