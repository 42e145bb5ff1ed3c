//! What may be asked to happen to a model.

use crate::command::commands_of;
use crate::ids::ModelId;
use crate::text::{Note, ShortText};
use crate::vocabulary::{AssetKind, HardwareKind, Standing};

commands_of! {
    /// Defines a model. With the id of one that exists: how it reads from now on, in every field.
    DefineModel {
        /// Which one; without it, or with an id that is not in use, a new one.
        model_id: Option<ModelId>,
        /// Its name, such as "`ThinkPad` T14 Gen 5".
        name: ShortText,
        /// What sort of thing it is.
        kind: AssetKind,
        /// What sort of device, for hardware.
        hardware_kind: Option<HardwareKind>,
        /// Who makes it.
        manufacturer: Option<ShortText>,
        /// The maker's number for it.
        model_number: Option<ShortText>,
        /// Whether its pieces can hold data; if not said, as is usual for the kind.
        data_bearing: Option<bool>,
        /// Months after which a piece's planned life ends.
        end_of_life_months: Option<u32>,
        /// Anything else.
        notes: Option<Note>,
        /// Whether it may be newly referred to; yes if not said.
        standing: Option<Standing>,
    }
}
