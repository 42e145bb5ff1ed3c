//! What commands about models touch.

use super::command::DefineModel;
use super::state::key;
use crate::key::KeyKind;
use crate::touches::{CommandBody, Touches};

impl CommandBody for DefineModel {
    fn touches(&self, to: &mut Touches) {
        to.takes([key(self.manufacturer.as_ref(), &self.name, self.model_number.as_ref())]);
        if self.model_id.is_some() {
            to.frees(KeyKind::Model);
        }
    }
}
