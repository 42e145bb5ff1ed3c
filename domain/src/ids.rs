//! Identifiers: one type for each kind of thing, so that one cannot be taken for another.

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Declares id types.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
        #[serde(transparent)]
        pub struct $name(pub uuid::Uuid);

        impl From<uuid::Uuid> for $name {
            fn from(id: uuid::Uuid) -> Self {
                Self(id)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(formatter)
            }
        }
    )+};
}

pub(crate) use ids;

ids! {
    /// An asset.
    AssetId;
    /// A requisition.
    RequisitionId;
    /// A purchase order.
    PurchaseOrderId;
    /// A person. Opaque: her name lives in the person vault.
    PersonId;
    /// An audit campaign.
    AuditCampaignId;
    /// What an audit found about one thing.
    AuditFindingId;
    /// A command: what makes its effect happen once, however often it is sent.
    CommandId;
    /// An event.
    EventId;
}

/// The namespace under which idempotency keys that are no `UUIDv7` are hashed (RFC 9562 §5.5).
const COMMAND_NAMESPACE: Uuid = Uuid::from_u128(0x6f0b_3c6e_2b0e_5d3a_9c64_1d1f_6a5e_8a01);

impl CommandId {
    /// The command id of an idempotency key: a `UUIDv7` is taken as it is, which keeps the ids
    /// derived from it in time order; any other key is hashed to a `UUIDv5` within the tenant.
    #[must_use]
    pub fn from_key(tenant: &str, key: &str) -> Self {
        match Uuid::try_parse(key) {
            Ok(id) if id.get_version_num() == 7 => Self(id),
            _ => Self(Uuid::new_v5(&COMMAND_NAMESPACE, format!("{tenant}\n{key}").as_bytes())),
        }
    }

    /// The id of this actor's command, where another actor's command has the id already: a key belongs to
    /// whoever sends it, and two may have chosen the same one. It sorts near the other one.
    #[must_use]
    pub fn beside(self, actor: &str) -> Self {
        Self(self.derived_id(&format!("actor/{actor}"), 0))
    }

    /// The id of the aggregate that this command creates: its own, so that a retry lands on the
    /// same subject.
    #[must_use]
    pub fn created_id(self) -> Uuid {
        self.0
    }

    /// The id of the `index`-th thing that this command creates beside its own aggregate.
    ///
    /// It keeps the command's leading 48 bits (the time, in a `UUIDv7`) and its version; the rest
    /// is a hash. So the ids sort near their command, and a retry derives the same ones.
    #[must_use]
    pub fn derived_id(self, purpose: &str, index: usize) -> Uuid {
        let mut hash = Sha256::new();
        hash.update(self.0.as_bytes());
        hash.update(purpose.as_bytes());
        hash.update((index as u64).to_be_bytes());
        let digest = hash.finalize();
        let mut bytes = *self.0.as_bytes();
        bytes[6] = (bytes[6] & 0xf0) | (digest[0] & 0x0f);
        bytes[7] = digest[1];
        bytes[8] = 0x80 | (digest[2] & 0x3f);
        bytes[9..].copy_from_slice(&digest[3..10]);
        Uuid::from_bytes(bytes)
    }

    /// The id of the event that this command makes happen to `aggregate_id`: at most one.
    #[must_use]
    pub fn event_id(self, aggregate_id: Uuid) -> EventId {
        EventId(self.derived_id(&format!("event/{aggregate_id}"), 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_v7_key_is_taken_as_it_is_and_any_other_is_hashed_within_its_tenant() {
        let v7 = "01938f6e-7c00-7000-8000-000000000001";
        assert_eq!(CommandId::from_key("main", v7).to_string(), v7);
        let hashed = CommandId::from_key("main", "order-17");
        assert_eq!(hashed, CommandId::from_key("main", "order-17"));
        assert_ne!(hashed, CommandId::from_key("other", "order-17"));
        assert_eq!(hashed.0.get_version_num(), 5);
    }

    #[test]
    fn two_actors_of_one_key_have_an_id_each_that_keeps_the_time() {
        let command = CommandId::from_key("main", "01938f6e-7c00-7000-8000-000000000001");
        let beside = command.beside("ada");
        assert_eq!(beside, command.beside("ada"));
        assert!(beside != command && beside != command.beside("grace"));
        assert_eq!((beside.0.get_version_num(), &beside.0.as_bytes()[..6]), (7, &command.0.as_bytes()[..6]));
    }

    #[test]
    fn derived_ids_are_distinct_repeatable_and_keep_time_and_version() {
        let command = CommandId::from_key("main", "01938f6e-7c00-7000-8000-000000000001");
        let first = command.derived_id("asset", 0);
        assert_eq!(first, command.derived_id("asset", 0));
        assert_ne!(first, command.derived_id("asset", 1));
        assert_ne!(first, command.derived_id("event", 0));
        assert_eq!(first.get_version_num(), 7);
        assert_eq!(first.as_bytes()[..6], command.0.as_bytes()[..6]);
    }
}
