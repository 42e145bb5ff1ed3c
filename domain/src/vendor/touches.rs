//! What commands about vendors touch.

use super::command::DefineVendor;
use super::state::key;
use crate::key::KeyKind;
use crate::touches::{CommandBody, Touches};

impl CommandBody for DefineVendor {
    fn touches(&self, to: &mut Touches) {
        to.takes([key(&self.name)]);
        if self.vendor_id.is_some() {
            to.frees(KeyKind::Vendor);
        }
    }
}
