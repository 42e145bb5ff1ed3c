//! Where the demo's organization is and how it is divided. All names are invented.

/// A site: its stockroom and one other room are locations of their own.
#[derive(Debug)]
pub(super) struct SiteSpec {
    pub(super) name: &'static str,
    pub(super) room: &'static str,
    pub(super) address: &'static str,
    pub(super) country: &'static str,
    pub(super) currency: &'static str,
    /// What a euro is worth there, in hundredths.
    pub(super) rate: u64,
}

pub(super) const SITES: [SiteSpec; 4] = [
    SiteSpec {
        name: "Hamburg",
        room: "Hamburg Conference Center",
        address: "Am Sandkai 14, 20457 Hamburg",
        country: "DE",
        currency: "EUR",
        rate: 100,
    },
    SiteSpec {
        name: "Rotterdam",
        room: "Rotterdam Data Room",
        address: "Havenkade 88, 3011 Rotterdam",
        country: "NL",
        currency: "EUR",
        rate: 102,
    },
    SiteSpec {
        name: "Boston",
        room: "Boston Training Room",
        address: "210 Harbor Street, Boston MA 02210",
        country: "US",
        currency: "USD",
        rate: 109,
    },
    SiteSpec {
        name: "Leeds",
        room: "Leeds Workshop",
        address: "5 Canal Wharf, Leeds LS11",
        country: "GB",
        currency: "GBP",
        rate: 87,
    },
];

/// The departments; a number is the place in this list of the one that it is a part of.
pub(super) const DEPARTMENTS: [(&str, Option<usize>); 20] = [
    ("Operations", None),
    ("Finance", None),
    ("People", None),
    ("Technology", None),
    ("Sales", None),
    ("Accounting", Some(1)),
    ("Controlling", Some(1)),
    ("Recruiting", Some(2)),
    ("Learning", Some(2)),
    ("Service Desk", Some(3)),
    ("Infrastructure", Some(3)),
    ("Software Engineering", Some(3)),
    ("Data and Analytics", Some(3)),
    ("Information Security", Some(3)),
    ("Field Sales", Some(4)),
    ("Customer Care", Some(4)),
    ("Marketing", Some(4)),
    ("Logistics", Some(0)),
    ("Facilities", Some(0)),
    ("Legal", None),
];

/// The projects: code, name, the place in the list of departments of the one that answers for it, and for how many
/// days it runs, if not to the present.
pub(super) const PROJECTS: [(&str, &str, usize, Option<i64>); 4] = [
    ("P-100", "Move to the new office", 18, Some(520)),
    ("P-110", "Customer portal", 11, None),
    ("P-120", "Scanners for the warehouse", 17, None),
    ("P-130", "Workplace of the next years", 9, Some(900)),
];

/// Syllables of which invented names are made.
pub(super) const FIRST_STARTS: [&str; 20] = [
    "Al", "Be", "Ca", "Da", "El", "Fi", "Ga", "He", "Il", "Jo", "Ka", "Le", "Mi", "No", "Or", "Pe", "Ri",
    "Sa", "Te", "Vi",
];
pub(super) const FIRST_ENDS: [&str; 15] = [
    "bina", "dric", "fina", "go", "lana", "mo", "nisa", "ra", "rin", "rus", "sel", "tane", "vin", "wen", "zo",
];
pub(super) const LAST_STARTS: [&str; 20] = [
    "Amber", "Birch", "Cinder", "Dapple", "Ember", "Fallow", "Gorse", "Hazel", "Ivory", "Juniper", "Kelp",
    "Larch", "Marl", "Nettle", "Oaken", "Pebble", "Quarry", "Russet", "Sorrel", "Thistle",
];
pub(super) const LAST_ENDS: [&str; 15] = [
    "beck", "brook", "combe", "dale", "fell", "field", "garth", "holm", "moor", "rigg", "shaw", "stead",
    "thorpe", "well", "wick",
];
pub(super) const JOB_TITLES: [&str; 8] = [
    "Specialist",
    "Senior Specialist",
    "Team Lead",
    "Coordinator",
    "Engineer",
    "Analyst",
    "Assistant",
    "Consultant",
];
