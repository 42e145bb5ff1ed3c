//! How texts are cut into the tokens that a search finds them by.

use itam_domain::normalize;

/// The most tokens that one text contributes: a note of 2,000 characters has fewer than this
/// unless it is noise.
const MAX_TOKENS: usize = 400;
/// The most bytes of a token that are indexed.
const MAX_TOKEN_BYTES: usize = 64;

/// The case-folded NFC tokens of a text: its runs of letters and digits.
pub(crate) fn tokens(text: &str) -> Vec<String> {
    let folded = normalize(text);
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.take(MAX_TOKENS).map(|word| clip(word).to_owned()).collect()
}

/// The tokens of a label but its first, which the index of whole labels finds already.
pub(crate) fn inner_tokens(label: &str) -> Vec<String> {
    let mut found = tokens(label);
    let starts_plain = normalize(label).chars().next().is_some_and(char::is_alphanumeric);
    if starts_plain && !found.is_empty() {
        found.remove(0);
    }
    found
}

/// The beginning of a word that is indexed.
pub(crate) fn clip(word: &str) -> &str {
    &word[..word.floor_char_boundary(MAX_TOKEN_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_at_everything_but_letters_and_digits_and_case_folded() {
        assert_eq!(tokens("ThinkPad T14 (Gen-5), STRASSE"), ["thinkpad", "t14", "gen", "5", "strasse"]);
        assert_eq!(tokens(" -- "), Vec::<String>::new());
    }

    #[test]
    fn the_first_part_of_a_label_is_left_to_the_label_index() {
        assert_eq!(inner_tokens("LT-00042"), ["00042"]);
        assert_eq!(inner_tokens("LT00042"), Vec::<String>::new());
        assert_eq!(inner_tokens("#42"), ["42"]);
    }
}
