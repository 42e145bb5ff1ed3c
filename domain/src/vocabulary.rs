//! The closed lists of words that commands and events use, as they stand on the wire.

/// Declares closed lists of words, each with what it is on the wire.
#[macro_export]
macro_rules! vocabulary {
    ($($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $variant:ident = $word:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
        pub enum $name {
            $($(#[$word_doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every word of the list, in its order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word on the wire.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// Every word on the wire.
            #[must_use]
            pub fn words() -> Vec<&'static str> {
                Self::ALL.iter().map(|item| item.as_str()).collect()
            }

            /// Reads the word; `None` if it is not in the list.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|item| item.as_str() == word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }
    )+};
}

vocabulary! {
    /// What sort of thing an asset is (ISO/IEC 19770-1 distinguishes them alike).
    AssetKind {
        /// A device.
        Hardware = "hardware",
        /// An installed or entitled program.
        Software = "software",
        /// A rented service.
        Cloud = "cloud",
        /// A body of data.
        Data = "data",
        /// A thing that is used up.
        Consumable = "consumable",
    }

    /// What sort of device a hardware asset is.
    HardwareKind {
        /// A portable computer.
        Laptop = "laptop",
        /// A stationary computer.
        Desktop = "desktop",
        /// A screen.
        Monitor = "monitor",
        /// A telephone.
        Phone = "phone",
        /// A server.
        Server = "server",
        /// A switch, router, access point or firewall.
        Network = "network",
        /// A printer or scanner.
        Printer = "printer",
        /// Any other device.
        Other = "other",
    }

    /// Where an asset is in its life.
    AssetState {
        /// Ordered, not yet delivered.
        OnOrder = "on_order",
        /// Delivered, not yet tagged.
        Received = "received",
        /// Tagged and available.
        InStock = "in_stock",
        /// In somebody's custody.
        Deployed = "deployed",
        /// On its way to another location.
        InTransit = "in_transit",
        /// Being repaired, serviced or upgraded.
        InMaintenance = "in_maintenance",
        /// Lost, stolen or not found.
        Missing = "missing",
        /// Taken out of service, awaiting disposal.
        Retired = "retired",
        /// Gone. Final.
        Disposed = "disposed",
        /// Registered in error. Final.
        Voided = "voided",
        /// The order was cancelled or the delivery rejected. Final.
        Cancelled = "cancelled",
    }

    /// Whose property an asset is.
    Ownership {
        /// The organization's own.
        Owned = "owned",
        /// Leased from a lessor.
        Leased = "leased",
        /// An employee's own device.
        Byod = "byod",
        /// Lent by another organization.
        LoanedIn = "loaned_in",
    }

    /// The physical condition of an asset.
    Condition {
        /// Unused.
        New = "new",
        /// Works, hardly worn.
        Good = "good",
        /// Works, worn.
        Fair = "fair",
        /// Works with faults.
        Poor = "poor",
        /// Does not work.
        Broken = "broken",
    }

    /// How much depends on an asset.
    Criticality {
        /// Nothing stops without it.
        Low = "low",
        /// Somebody's work stops.
        Medium = "medium",
        /// A team's work stops.
        High = "high",
        /// The organization's work stops.
        Critical = "critical",
    }

    /// The most sensitive data an asset may hold (ISO/IEC 27001, Annex A 5.12).
    DataClassification {
        /// Published anyway.
        Public = "public",
        /// For everybody inside.
        Internal = "internal",
        /// For some inside.
        Confidential = "confidential",
        /// For a few, by name.
        Restricted = "restricted",
    }

    /// Why an asset may not move on.
    HoldKind {
        /// Evidence: nothing on it may be changed, erased or disposed of.
        Legal = "legal",
        /// Suspect: it is not handed out.
        Quarantine = "quarantine",
    }

    /// How data was removed (NIST SP 800-88 Rev. 1, §2.5), weakest first.
    SanitizationMethod {
        /// Overwritten or reset by the device's own commands.
        Clear = "clear",
        /// Made unrecoverable by laboratory techniques.
        Purge = "purge",
        /// The medium was destroyed.
        Destroy = "destroy",
    }

    /// Whether the custodian must confirm that she has the asset.
    AcceptanceRule {
        /// No confirmation is asked for.
        NotRequired = "not_required",
        /// A confirmation is asked for.
        Required = "required",
    }

    /// Why an asset is in maintenance.
    MaintenanceKind {
        /// Something is broken.
        Repair = "repair",
        /// Planned service.
        Preventive = "preventive",
        /// It is being extended.
        Upgrade = "upgrade",
    }

    /// What came of the maintenance.
    MaintenanceOutcome {
        /// It works again.
        Repaired = "repaired",
        /// Nothing was wrong.
        NoFaultFound = "no_fault_found",
        /// It was serviced or upgraded as planned.
        Serviced = "serviced",
        /// It cannot be repaired.
        NotRepairable = "not_repairable",
    }

    /// How an asset came to be missing.
    LossKind {
        /// Mislaid.
        Lost = "lost",
        /// Taken.
        Stolen = "stolen",
        /// Not there when it was looked for.
        NotFound = "not_found",
    }

    /// Why an asset is retired.
    RetirementCause {
        /// Its planned life is over.
        EndOfLife = "end_of_life",
        /// It no longer meets the need.
        Obsolete = "obsolete",
        /// It is broken.
        Damaged = "damaged",
        /// There are too many.
        Surplus = "surplus",
        /// Any other.
        Other = "other",
    }

    /// How an asset left.
    DisposalMethod {
        /// Given to a recycler.
        Recycled = "recycled",
        /// Sold.
        Sold = "sold",
        /// Given away.
        Donated = "donated",
        /// Physically destroyed.
        Destroyed = "destroyed",
        /// Given back to its lessor or owner.
        ReturnedToOwner = "returned_to_owner",
        /// Thrown away.
        Scrapped = "scrapped",
    }

    /// What a location is.
    LocationKind {
        /// A site.
        Site = "site",
        /// A building.
        Building = "building",
        /// A floor.
        Floor = "floor",
        /// A room.
        Room = "room",
        /// A place where stock is kept.
        Stockroom = "stockroom",
        /// Somebody's home.
        Home = "home",
        /// A vendor's premises.
        Vendor = "vendor",
    }

    /// What a physical audit found about a thing.
    AuditVerdict {
        /// Expected, and found where it was expected.
        Found = "found",
        /// Expected, and found at another location.
        FoundElsewhere = "found_elsewhere",
        /// Expected, and not found.
        Missing = "missing",
        /// Found, and not expected.
        Unexpected = "unexpected",
    }

    /// What was done about a finding of a physical audit.
    FindingResolution {
        /// The register now says where the thing is.
        Relocated = "relocated",
        /// The thing was brought back to where it belongs.
        BroughtBack = "brought_back",
        /// The register now says that the asset is missing, or gone.
        ReportedMissing = "reported_missing",
        /// The thing was entered into the register, or into its scope.
        Registered = "registered",
        /// The label was replaced.
        Relabeled = "relabeled",
        /// The thing does not belong to the organization, or to the audit.
        NotOurs = "not_ours",
        /// It was looked into, and nothing had to be done.
        Explained = "explained",
    }

    /// Whether something may be newly referred to.
    Standing {
        /// It may.
        Active = "active",
        /// It may not any more; what refers to it stays as it is.
        Inactive = "inactive",
    }
}
