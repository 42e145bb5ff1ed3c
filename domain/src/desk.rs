//! What the rule of a command has before it.

use crate::context::Context;
use crate::world::World;

/// What a rule has before it, beside the command's body.
#[derive(Clone, Copy)]
pub(crate) struct Desk<'a> {
    pub(crate) world: &'a World,
    /// The command's wire name.
    pub(crate) command: &'static str,
    pub(crate) context: &'a Context<'a>,
}
