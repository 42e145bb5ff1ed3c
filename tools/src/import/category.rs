//! Categories: Snipe-IT's free words for what itam knows as kinds.

use std::collections::HashMap;

use itam_domain::normalize;
use itam_domain::vocabulary::{AssetKind, HardwareKind};

/// What sort of thing a category holds.
pub(crate) type Kinds = (AssetKind, Option<HardwareKind>);

const OTHER: Kinds = (AssetKind::Hardware, Some(HardwareKind::Other));

/// Words in a category's name that say which sort of device it holds.
const WORDS: &[(&str, HardwareKind)] = &[
    ("laptop", HardwareKind::Laptop),
    ("notebook", HardwareKind::Laptop),
    ("ultrabook", HardwareKind::Laptop),
    ("chromebook", HardwareKind::Laptop),
    ("desktop", HardwareKind::Desktop),
    ("workstation", HardwareKind::Desktop),
    ("thin client", HardwareKind::Desktop),
    ("monitor", HardwareKind::Monitor),
    ("display", HardwareKind::Monitor),
    ("phone", HardwareKind::Phone),
    ("mobile", HardwareKind::Phone),
    ("server", HardwareKind::Server),
    ("network", HardwareKind::Network),
    ("switch", HardwareKind::Network),
    ("router", HardwareKind::Network),
    ("firewall", HardwareKind::Network),
    ("access point", HardwareKind::Network),
    ("printer", HardwareKind::Printer),
    ("scanner", HardwareKind::Printer),
];

/// The categories of a run: what a category file says of them, else what their names say.
#[derive(Debug, Default)]
pub(crate) struct Categories(HashMap<String, Kinds>);

impl Categories {
    /// Takes a row of a category file; gives back what its things are taken for.
    pub(crate) fn enter(&mut self, name: &str, category_type: &str) -> Result<Kinds, String> {
        let kinds = match normalize(category_type).as_str() {
            "asset" | "" => by_name(name),
            "accessory" | "component" => OTHER,
            "license" => (AssetKind::Software, None),
            "consumable" => (AssetKind::Consumable, None),
            _ => {
                let types = "asset, accessory, component, consumable or license";
                return Err(format!("{category_type:?} is no category type; it is one of {types}"));
            }
        };
        self.0.insert(normalize(name), kinds);
        Ok(kinds)
    }

    /// What the things of a category are taken for.
    pub(crate) fn kinds(&self, name: &str) -> Kinds {
        self.0.get(&normalize(name)).copied().unwrap_or_else(|| by_name(name))
    }
}

/// In words.
pub(crate) fn shown((kind, hardware_kind): Kinds) -> String {
    hardware_kind.map_or(kind.to_string(), |hardware_kind| format!("{kind}/{hardware_kind}"))
}

fn by_name(name: &str) -> Kinds {
    let name = normalize(name);
    let word = WORDS.iter().find(|(word, _)| name.contains(word));
    word.map_or(OTHER, |(_, kind)| (AssetKind::Hardware, Some(*kind)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_category_s_name_says_what_it_holds_unless_its_type_does() {
        let mut categories = Categories::default();
        assert_eq!(categories.kinds("Laptops"), (AssetKind::Hardware, Some(HardwareKind::Laptop)));
        assert_eq!(categories.kinds("Ornamental Railings"), OTHER);
        assert_eq!(categories.enter("Laptop Bags", "Accessory"), Ok(OTHER));
        assert_eq!(categories.kinds("laptop bags"), OTHER);
        assert_eq!(categories.enter("Office suites", "license"), Ok((AssetKind::Software, None)));
        assert!(categories.enter("x", "thing").is_err());
        assert_eq!(shown(categories.kinds("Core switches")), "hardware/network");
    }
}
