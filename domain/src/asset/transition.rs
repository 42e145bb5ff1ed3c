//! Which command is allowed in which state: the one table of the asset's life.

use crate::vocabulary::AssetState;

/// What an asset takes until its life is over.
const ALIVE: [&str; 3] = ["charge-asset", "place-hold", "release-hold"];

/// The commands that an asset in `state` takes, by their wire names.
///
/// An answer "this is not possible now" rests on this table and shows it, so the two cannot differ.
#[must_use]
pub fn allowed_commands(state: AssetState) -> Vec<&'static str> {
    let own: &[&str] = match state {
        AssetState::OnOrder => &["receive-asset", "cancel-asset", "correct-asset"],
        AssetState::Received => &[
            "tag-asset",
            "cancel-asset",
            "report-missing",
            "relocate-asset",
            "verify-asset",
            "correct-asset",
            "void-asset",
        ],
        AssetState::InStock => &[
            "reserve-asset",
            "release-reservation",
            "deploy-asset",
            "ship-asset",
            "start-maintenance",
            "report-missing",
            "relocate-asset",
            "verify-asset",
            "correct-asset",
            "retire-asset",
            "record-sanitization",
            "void-asset",
        ],
        AssetState::Deployed => &[
            "accept-custody",
            "decline-custody",
            "reassign-asset",
            "return-asset",
            "start-maintenance",
            "report-missing",
            "relocate-asset",
            "verify-asset",
            "correct-asset",
        ],
        AssetState::InTransit => &["arrive-asset", "report-missing", "release-reservation", "correct-asset"],
        AssetState::InMaintenance => &[
            "complete-maintenance",
            "ship-asset",
            "report-missing",
            "relocate-asset",
            "verify-asset",
            "correct-asset",
            "retire-asset",
            "record-sanitization",
        ],
        AssetState::Missing => &["recover-asset", "write-off-asset", "correct-asset", "void-asset"],
        AssetState::Retired => &[
            "reinstate-asset",
            "record-sanitization",
            "dispose-asset",
            "ship-asset",
            "report-missing",
            "relocate-asset",
            "verify-asset",
            "correct-asset",
            "void-asset",
        ],
        AssetState::Disposed => &["correct-asset"],
        AssetState::Voided | AssetState::Cancelled => &[],
    };
    let is_ended = matches!(state, AssetState::Disposed | AssetState::Voided | AssetState::Cancelled);
    let alive = if is_ended { &[][..] } else { &ALIVE[..] };
    own.iter().chain(alive).copied().collect()
}

/// The states in which an asset takes `command`.
#[must_use]
pub fn states_allowing(command: &str) -> Vec<AssetState> {
    let takes = |state: &AssetState| allowed_commands(*state).contains(&command);
    AssetState::ALL.iter().copied().filter(takes).collect()
}
