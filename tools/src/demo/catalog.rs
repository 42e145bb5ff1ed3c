//! What the demo's organization buys, and from whom. All makers are invented.

use itam_domain::vocabulary::HardwareKind;

/// A model that can be bought.
#[derive(Debug)]
pub(super) struct Product {
    pub(super) name: &'static str,
    pub(super) maker: &'static str,
    pub(super) number: &'static str,
    pub(super) kind: HardwareKind,
    /// Its list price in whole euros.
    pub(super) price: u64,
}

const fn product(
    kind: HardwareKind,
    maker: &'static str,
    name: &'static str,
    number: &'static str,
    price: u64,
) -> Product {
    Product { name, maker, number, kind, price }
}

use HardwareKind::{Desktop, Laptop, Monitor, Network, Other, Phone, Printer, Server};

pub(super) const PRODUCTS: [Product; 40] = [
    product(Laptop, "Kestrel", "Swift 14 G3", "KS14-G3", 1_149),
    product(Laptop, "Kestrel", "Swift 14 G4", "KS14-G4", 1_229),
    product(Laptop, "Kestrel", "Swift 16 Pro", "KS16-P", 2_190),
    product(Laptop, "Vantor", "Meridian 13", "VM13-22", 1_379),
    product(Laptop, "Vantor", "Meridian 15", "VM15-22", 1_559),
    product(Laptop, "Vantor", "Meridian 13 Air", "VM13-A", 1_690),
    product(Laptop, "Ferrant", "Field 12 Rugged", "FF12-R", 2_890),
    product(Laptop, "Lumora", "Studio 16", "LS16-23", 2_749),
    product(Desktop, "Kestrel", "Tower M1", "KTM1", 899),
    product(Desktop, "Kestrel", "Mini C2", "KMC2", 649),
    product(Desktop, "Vantor", "Axis Workstation", "VAX-7", 3_290),
    product(Desktop, "Ferrant", "Compact 5", "FC5", 719),
    product(Monitor, "Brightwell", "View 24", "BW24F", 189),
    product(Monitor, "Brightwell", "View 27 QHD", "BW27Q", 329),
    product(Monitor, "Brightwell", "View 34 Wide", "BW34W", 649),
    product(Monitor, "Lumora", "Panel 27 4K", "LP27-4K", 499),
    product(Monitor, "Lumora", "Panel 24", "LP24", 209),
    product(Phone, "Octane", "One 6", "OC1-6", 549),
    product(Phone, "Octane", "One 6 Lite", "OC1-6L", 329),
    product(Phone, "Octane", "One 7", "OC1-7", 629),
    product(Phone, "Halden", "Desk IP 40", "HD40", 129),
    product(Phone, "Halden", "Desk IP 60", "HD60", 219),
    product(Server, "Ironbridge", "Rack R210", "IB-R210", 6_450),
    product(Server, "Ironbridge", "Rack R430", "IB-R430", 11_900),
    product(Server, "Ironbridge", "Store S12", "IB-S12", 14_750),
    product(Server, "Vantor", "Node 2U", "VN2U", 8_990),
    product(Network, "Signalis", "Switch 24P", "SG-24P", 1_090),
    product(Network, "Signalis", "Switch 48P", "SG-48P", 1_890),
    product(Network, "Signalis", "Access Point 6", "SG-AP6", 389),
    product(Network, "Northgate", "Firewall 200", "NG-F200", 2_690),
    product(Network, "Northgate", "Router 8", "NG-R8", 1_450),
    product(Printer, "Papyra", "Laser M40", "PL-M40", 449),
    product(Printer, "Papyra", "Laser C60", "PL-C60", 1_190),
    product(Printer, "Papyra", "Scan D12", "PS-D12", 379),
    product(Printer, "Tessel", "Label 4", "TL-4", 289),
    product(Other, "Brightwell", "Beam 4000 Projector", "BB-4000", 1_090),
    product(Other, "Lumora", "Slate 11 Tablet", "LT11", 599),
    product(Other, "Halden", "Room Bar", "HR-BAR", 890),
    product(Other, "Ferrant", "Dock USB-C", "FD-C", 169),
    product(Other, "Ferrant", "Power 1500 UPS", "FP-1500", 540),
];

/// Name, customer number, web site.
pub(super) const VENDORS: [(&str, &str, &str); 8] = [
    ("Hanseatic Systems GmbH", "10-4471", "https://hanseatic-systems.example"),
    ("Maaswerk IT BV", "NL-0932", "https://maaswerk.example"),
    ("Back Bay Computing Inc.", "88213", "https://backbay-computing.example"),
    ("Aire Valley Supplies Ltd", "AV-551", "https://airevalley.example"),
    ("Netzbau Nord AG", "7730", "https://netzbau-nord.example"),
    ("Blue Anchor Telecom", "BA-2204", "https://blueanchor.example"),
    ("Second Life Recycling", "R-118", "https://secondlife-recycling.example"),
    ("Fixpoint Repairs", "FX-90", "https://fixpoint.example"),
];

/// Who takes what is disposed of, and who repairs: by their place in the list of vendors.
pub(super) const RECYCLER: usize = 6;
pub(super) const REPAIRER: usize = 7;
/// How many of the vendors sell.
pub(super) const SELLERS: usize = 6;

/// From how many to how many pieces are ordered at once.
pub(super) fn quantities(kind: HardwareKind) -> (u64, u64) {
    match kind {
        HardwareKind::Laptop => (6, 24),
        HardwareKind::Desktop => (4, 14),
        HardwareKind::Monitor => (8, 26),
        HardwareKind::Phone => (6, 20),
        HardwareKind::Server => (1, 4),
        HardwareKind::Network => (2, 8),
        HardwareKind::Printer => (1, 5),
        HardwareKind::Other => (3, 10),
    }
}
