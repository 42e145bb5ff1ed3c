//! Asset tags and serial numbers: how they are written, and how they are compared.

mod placeholder;

use std::fmt;

use serde::{Deserialize, Serialize};

pub(crate) use itam_labels::is_ignorable;
pub use itam_labels::{former_form, normalize};
pub(crate) use placeholder::is_placeholder;

use crate::text::ShortText;

/// An asset tag: the label on the device, unique among live assets.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Tag(pub ShortText);

/// The maker's serial number, unique within the maker among live assets.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Serial(pub ShortText);

impl Tag {
    /// The form in which tags are compared.
    #[must_use]
    pub fn normalized(&self) -> String {
        normalize(self.0.as_str())
    }

    /// Whether it says that there is none. Those that were given before stay what they are.
    #[must_use]
    pub fn is_placeholder(&self) -> bool {
        is_placeholder(&self.normalized())
    }
}

impl Serial {
    /// The form in which serial numbers are compared; `None` for a placeholder, which never
    /// collides.
    #[must_use]
    pub fn normalized(&self) -> Option<String> {
        let form = normalize(self.0.as_str());
        if is_placeholder(&form) { None } else { Some(form) }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholder_serials_never_collide() {
        let serial = |raw: &str| Serial(ShortText::try_new(raw).expect("text")).normalized();
        assert_eq!(serial("To Be Filled By O.E.M."), None);
        assert_eq!(serial("N/A"), None);
        assert_eq!(serial(" 640hp72 "), Some("640hp72".to_owned()));
    }
}
