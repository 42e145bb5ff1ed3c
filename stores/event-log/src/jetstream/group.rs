//! The servers that hold a stream, as one of them tells.

use std::time::Duration;

use serde::Deserialize;

/// Who has not been heard for so long is not there: it may have been cut off. Peers are heard every second.
pub(super) const HEARD_WITHIN: Duration = Duration::from_secs(3);

/// The servers that hold a stream.
#[derive(Deserialize)]
pub(super) struct ReplicaGroup {
    /// Who leads it, if whoever answers knows: without a leader a member answers what it holds.
    pub(super) leader: Option<String>,
    /// The leader's peers, itself left out.
    #[serde(default)]
    pub(super) replicas: Vec<ReplicaPeer>,
}

/// One of the servers that hold a stream, as its leader sees it.
#[derive(Deserialize)]
pub(super) struct ReplicaPeer {
    #[serde(default)]
    pub(super) name: String,
    /// How long ago it was heard, in nanoseconds; 0 if it never was.
    #[serde(default)]
    active: u64,
    /// Whether it has taken all that the leader has.
    #[serde(default)]
    pub(super) current: bool,
    /// How many entries it has yet to take.
    #[serde(default)]
    pub(super) lag: u64,
}

impl ReplicaGroup {
    /// Whether a leader answers who has heard from a majority lately. A leader that was cut off from its
    /// peers is not believed: it may have a successor.
    pub(super) fn is_heard(&self) -> bool {
        if self.leader.as_deref().is_none_or(str::is_empty) {
            return false;
        }
        let heard = 1 + self.replicas.iter().filter(|peer| peer.is_heard()).count();
        heard * 2 > 1 + self.replicas.len()
    }

    /// Whether some have not been heard yet: the leader is new.
    pub(super) fn is_new(&self) -> bool {
        self.replicas.iter().any(|peer| peer.silence().is_none())
    }
}

impl ReplicaPeer {
    /// Whether the leader has heard from it lately.
    pub(super) fn is_heard(&self) -> bool {
        self.silence().is_some_and(|silence| silence < HEARD_WITHIN)
    }

    /// For how long it has not been heard; `None` if it never was.
    pub(super) fn silence(&self) -> Option<Duration> {
        (self.active > 0).then(|| Duration::from_nanos(self.active))
    }
}
