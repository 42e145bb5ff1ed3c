//! Comparing what people type.

use itam_labels::{former_form, normalize};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// A user name in the forms in which it is claimed.
///
/// Names are the same if their normal form is. Builds before this one claimed the former form alone, which is
/// finer; whoever claims a name takes both, so that neither rule gives it twice. See `UniqueLabel` of the domain,
/// which does the same for the labels in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UsernameForms {
    /// The form by the former rule, by which the name is looked up first.
    pub(crate) former: String,
    /// The form in which names are compared, if it is another.
    pub(crate) normal: Option<String>,
}

impl UsernameForms {
    pub(crate) fn of(username: &str) -> Self {
        let (former, normal) = (former_form(username), normalize(username));
        let normal = (normal != former).then_some(normal);
        Self { former, normal }
    }

    /// Each form once.
    pub(crate) fn all(&self) -> impl Iterator<Item = &str> {
        [self.former.as_str()].into_iter().chain(self.normal.as_deref())
    }

    /// The form in which names are compared.
    pub(crate) fn compared(&self) -> &str {
        self.normal.as_deref().unwrap_or(&self.former)
    }
}

/// How a user name is claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UsernameClaim {
    /// It is given now: refused if another has it in any form.
    Given,
    /// It was given elsewhere, maybe by the former rule: refused if another has it in that form.
    Adopted,
}

/// The form in which people are searched for: as above, and without accents and the like.
pub(crate) fn fold_for_search(text: &str) -> String {
    let bare: String = text.nfkd().filter(|c| !is_combining_mark(*c)).collect();
    caseless::default_case_fold_str(&bare)
}

/// The words of a text, each as people are searched for.
fn words(text: &str) -> Vec<String> {
    let folded = fold_for_search(text);
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Whether a text repeats a value: its words one after the other, however they are written and parted.
pub(crate) fn repeats(text: &str, value: &str) -> bool {
    let (text, value) = (words(text), words(value));
    !value.is_empty() && text.windows(value.len()).any(|run| run == value)
}

/// Whether a text names somebody: all words of her name stand in it, in whichever order, or, of a name of
/// several words or a script that parts none, its letters.
pub(crate) fn names(text: &str, name: &str) -> bool {
    let (text, name) = (words(text), words(name));
    let is_written_together = name.len() > 1 || name.iter().any(|word| !word.is_ascii());
    let letters = name.concat();
    !name.is_empty()
        && (name.iter().all(|word| text.contains(word))
            || is_written_together && text.concat().contains(&letters))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_names_are_compared_without_case_but_with_accents() {
        let compared = |name: &str| UsernameForms::of(name).compared().to_owned();
        assert_eq!(compared(" ADA.Lovelace "), compared("ada.lovelace"));
        assert_eq!(compared("Jose\u{301}"), compared("JOS\u{c9}"));
        assert_eq!(compared("ada  l"), compared("ＡＤＡ\u{a0}l"));
        assert_ne!(compared("jose"), compared("josé"));
        assert_eq!(UsernameForms::of("ada").all().count(), 1);
    }

    #[test]
    fn a_text_names_somebody_however_she_is_written_and_no_word_that_holds_a_short_name_does() {
        for text in [
            "Ada Byron",
            "for ADA  BYRON's laptop",
            "Byron, Ada",
            "ada-byron",
            "AdaByron",
            "Ada\u{a0}Byron",
            "a\u{301}da byron",
            "the \u{ff21}da of Byron",
        ] {
            assert!(names(text, "Ada Byron"), "{text}");
        }
        for (text, name) in [
            ("client laptop", "Li"),
            ("Ada's", "Ada Byron"),
            ("Byronic canada", "Ada Byron"),
            ("laptop", ""),
            ("laptop", "-"),
        ] {
            assert!(!names(text, name), "{text} {name}");
        }
        assert!(names("Li's laptop", "Li") && names("\u{5c71}\u{7530}\u{306e}PC", "\u{5c71}\u{7530}"));
        assert!(repeats("for ada@Example.org", "ADA@example.org") && repeats("no. 1042", "1042"));
        assert!(!repeats("no. 10421", "1042") && !repeats("example.org for ada", "ada@example.org"));
    }

    #[test]
    fn search_does_without_accents() {
        assert_eq!(fold_for_search("Müller-Groß"), "muller-gross");
    }
}
