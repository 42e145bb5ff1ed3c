//! Comparing what people type.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// The form in which user names are compared: trimmed, NFC, case folded.
pub(crate) fn fold_username(username: &str) -> String {
    let folded = caseless::default_case_fold_str(&username.trim().nfc().collect::<String>());
    folded.nfc().collect()
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
        assert_eq!(fold_username(" ADA.Lovelace "), fold_username("ada.lovelace"));
        assert_eq!(fold_username("Jose\u{301}"), fold_username("JOS\u{c9}"));
        assert_ne!(fold_username("jose"), fold_username("josé"));
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
