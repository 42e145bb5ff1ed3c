//! What the rule of a command decides on, beside the command's body: world, name and context.

use crate::context::Context;
use crate::world::World;

/// What a rule decides on, beside the command's body.
#[derive(Clone, Copy)]
pub(crate) struct Desk<'a> {
    pub(crate) world: &'a World,
    /// The command's wire name.
    pub(crate) command: &'static str,
    pub(crate) context: &'a Context<'a>,
}
