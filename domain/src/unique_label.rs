//! Labels that are unique, and the values that stand for them in the log.
//!
//! Two labels are the same if their normal form is ([`normalize`]). Who holds a label is recorded on subjects named
//! by a hash of the form, and builds before this one had a finer form ([`former_form`]): what was one label then is
//! one now, but some that were two then are one now. So that nothing that was claimed then is lost, a label whose
//! two forms differ is two values, and:
//!
//! * *Who claims it, takes both*, and is refused if another holds either. Of two that are given by this rule one is
//!   refused, since they share the normal form. Of one that was given before and one given now one is refused, if the
//!   older is written as it is compared (nearly all are) or as the newer is. What is left are two given before, and one
//!   given before in an unusual spelling against one given now in another: both stay valid, and `itam log check
//!   --labels` lists them.
//! * *Who looks it up, looks at the former first*: what was given before is found as it is written, even where
//!   another's has the same normal form; else by the normal form.
//! * *Who gives it up, gives up what it holds*: of a label that was given before, the normal form may be free, or
//!   another's. So the log is asked.
//!
//! Where the forms agree, there is one value, and all is as it was before.

use crate::key::{KeyKind, UniqueKey};
use crate::label::{Serial, Tag, former_form, is_ignorable, is_placeholder, normalize};
use crate::rejection::Rejection;

/// A label that at most one live thing may bear.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UniqueLabel {
    key: UniqueKey,
    /// The value by the former rule, if it is another.
    former: Option<UniqueKey>,
}

impl UniqueLabel {
    /// An asset tag.
    #[must_use]
    pub fn tag(tag: &Tag) -> Self {
        Self::name(KeyKind::TAG, &[tag.0.as_str()])
    }

    /// A serial number within its maker; `None` for a placeholder.
    #[must_use]
    pub fn serial(maker: Option<&str>, serial: &Serial) -> Option<Self> {
        serial.normalized()?;
        Some(Self::name(KeyKind::SERIAL, &[maker.unwrap_or_default(), serial.0.as_str()]))
    }

    /// A name made of parts.
    #[must_use]
    pub fn name(kind: KeyKind, parts: &[&str]) -> Self {
        let value = |form: fn(&str) -> String| {
            let forms = parts.iter().map(|part| form(part)).collect::<Vec<_>>();
            UniqueKey { kind, value: forms.join("\n") }
        };
        let (key, former) = (value(normalize), value(former_form));
        let former = (former != key).then_some(former);
        Self { key, former }
    }

    /// The set within which it is unique.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.key.kind
    }

    /// The value by which labels are compared.
    #[must_use]
    pub fn key(&self) -> &UniqueKey {
        &self.key
    }

    /// The value by which they were compared before.
    #[must_use]
    pub fn former(&self) -> &UniqueKey {
        self.former.as_ref().unwrap_or(&self.key)
    }

    /// The values that stand for it in the log, in the order in which they are looked up.
    pub fn keys(&self) -> impl Iterator<Item = &UniqueKey> {
        self.former.iter().chain([&self.key])
    }

    /// The value that whoever bears the label may not hold, because it was given by the former rule.
    pub(crate) fn doubtful(&self) -> Option<&UniqueKey> {
        self.former.as_ref().map(|_| &self.key)
    }

    /// Whether it is a tag that says that there is none. As a serial number that is no label at all.
    #[must_use]
    pub fn says_nothing(&self) -> bool {
        self.kind() == KeyKind::TAG && is_placeholder(&self.key.value)
    }

    /// Refuses a label that is newly given and says nothing, or not what it seems to say. Names may hold the joiners
    /// that their script needs; they count for nothing when names are compared.
    pub(crate) fn check_given(&self) -> Result<(), Rejection> {
        let KeyKind { noun, .. } = self.kind();
        if self.says_nothing() {
            let detail = format!(
                "the {noun} {:?} is a placeholder: it says that there is none, so it is no label to find the asset by",
                self.key.shown()
            );
            return Err(Rejection::unfit_label("tag-placeholder", detail));
        }
        if !self.kind().is_code {
            return Ok(());
        }
        match self.former().value.chars().find(|character| is_ignorable(*character)) {
            Some(hidden) => {
                let detail = format!(
                    "the {noun} {:?} holds the hidden character U+{:04X}, which nobody could read off a label",
                    self.key.shown(),
                    u32::from(hidden)
                );
                Err(Rejection::unfit_label("hidden-character", detail))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::ShortText;

    fn tag(text: &str) -> UniqueLabel {
        UniqueLabel::tag(&Tag(ShortText::try_new(text).expect("a tag")))
    }

    #[test]
    fn a_label_is_one_value_where_the_former_rule_and_this_one_agree_and_else_two() {
        let values = |text: &str| tag(text).keys().map(|key| key.value.clone()).collect::<Vec<_>>();
        assert_eq!(values("LT-1"), ["lt-1"]);
        assert_eq!(values("Müller"), ["müller"]);
        assert_eq!(values("LT  1"), ["lt  1", "lt 1"]);
        assert_eq!(values("ＬＴ－１"), ["ｌｔ－１", "lt-1"]);
    }

    #[test]
    fn the_parts_of_a_name_are_compared_each_for_itself() {
        let label = |maker: &str, serial: &str| {
            UniqueLabel::serial(Some(maker), &Serial(ShortText::try_new(serial).expect("text")))
        };
        assert_eq!(label("HP", "5CG1"), label("hp ", "5cg1"));
        assert_eq!(label("ＨＰ", "5CG1").map(|label| label.key().value.clone()), Some("hp\n5cg1".to_owned()),);
        assert_eq!(label("HP", "Default string"), None);
    }

    #[test]
    fn what_is_newly_given_must_be_seen_and_say_something() {
        let refused = |text: &str| tag(text).check_given().map_err(|refused| refused.reason);
        assert_eq!(refused("LT-1"), Ok(()));
        assert_eq!(refused("No tag"), Err("tag-placeholder"));
        assert_eq!(refused("ب\u{200C}ه"), Err("hidden-character"));
        let name = |text| UniqueLabel::name(KeyKind::names("vendor", "vendor name"), &[text]).check_given();
        assert_eq!(name("ب\u{200C}ه"), Ok(()));
    }
}
