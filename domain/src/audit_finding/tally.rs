//! What an audit counts of what it found.

use crate::counter::{CounterKind, Counts};

/// How findings are counted: an audit may be closed only when every finding is settled, and no scan may slip in beside
/// that.
pub static FINDINGS: CounterKind = CounterKind {
    token: "audit",
    lanes: 64,
    numbers: &["found", "found_elsewhere", "missing", "unexpected", "unsettled"],
};

/// What findings count for, one or all of an audit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Expected assets that were found where they were expected.
    pub found: i64,
    /// Expected assets that were found elsewhere.
    pub found_elsewhere: i64,
    /// Expected assets that were not found, and are settled.
    pub missing: i64,
    /// Things that were found and not expected.
    pub unexpected: i64,
    /// Those of the above that nobody settled yet.
    pub unsettled: i64,
}

impl Tally {
    /// The expected assets that were found or settled.
    #[must_use]
    pub fn accounted(self) -> i64 {
        self.found.saturating_add(self.found_elsewhere).saturating_add(self.missing)
    }
}

impl From<Tally> for Counts {
    fn from(tally: Tally) -> Self {
        let Tally { found, found_elsewhere, missing, unexpected, unsettled } = tally;
        Self::of([
            ("found", found),
            ("found_elsewhere", found_elsewhere),
            ("missing", missing),
            ("unexpected", unexpected),
            ("unsettled", unsettled),
        ])
    }
}

impl From<&Counts> for Tally {
    fn from(counts: &Counts) -> Self {
        Self {
            found: counts.get("found"),
            found_elsewhere: counts.get("found_elsewhere"),
            missing: counts.get("missing"),
            unexpected: counts.get("unexpected"),
            unsettled: counts.get("unsettled"),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::ids::{AuditCampaignId, CommandId};

    #[test]
    fn lanes_are_named_and_written_as_every_build_did() {
        let lane = FINDINGS.lane(AuditCampaignId(Uuid::from_u128(2)), CommandId(Uuid::from_u128(1)));
        assert_eq!(lane.token(), format!("audit-00000000-0000-0000-0000-000000000002-{}", lane.lane));
        let tally = Tally { found: 2, unsettled: -1, ..Tally::default() };
        let written = serde_json::to_string(&Counts::from(tally)).expect("numbers");
        assert_eq!(written, r#"{"found":2,"found_elsewhere":0,"missing":0,"unexpected":0,"unsettled":-1}"#);
        assert_eq!(Tally::from(&Counts::from(tally)), tally);
    }
}
