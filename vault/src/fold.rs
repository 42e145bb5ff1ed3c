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
    fn search_does_without_accents() {
        assert_eq!(fold_for_search("Müller-Groß"), "muller-gross");
    }
}
