//! How texts are cut into the tokens that a search finds them by.

use itam_domain::normalize;
use itam_labels::{search_form, words};

/// The most tokens that one text contributes: a note of 2,000 characters has fewer than this
/// unless it is noise.
const MAX_TOKENS: usize = 400;
/// The most bytes of a token that are indexed.
const MAX_TOKEN_BYTES: usize = 64;
/// The fewest characters by which the end of a label is found: fewer are the end of too many.
const MIN_ENDING: usize = 4;
/// What stands before the end of a label, read backward, among the tokens: no word begins so.
const ENDING: char = '\u{1}';

/// The words of what somebody typed, each as the beginning of a token.
pub(crate) fn typed_tokens(text: &str) -> Vec<String> {
    words(&search_form(text)).take(MAX_TOKENS).map(|word| clip(word).to_owned()).collect()
}

/// The tokens of a text: its words, and of those in a script that writes no blanks between words the rest from each
/// character on, so that each word is found that somebody may see in it.
pub(crate) fn tokens(text: &str) -> Vec<String> {
    let form = search_form(text);
    let found = words(&form).flat_map(|word| starts(word).map(|start| clip(&word[start..]).to_owned()));
    found.take(MAX_TOKENS).collect()
}

/// Where something may begin in a word that somebody looks for.
fn starts(word: &str) -> impl Iterator<Item = usize> {
    let mut before = None;
    word.char_indices().filter_map(move |(start, character)| {
        let behind = before.replace(character).is_none_or(is_unspaced);
        let begins = start == 0 || ((behind || is_unspaced(character)) && character.is_alphanumeric());
        (begins && (start == 0 || character != 'ー')).then_some(start)
    })
}

/// Whether a character is of a script that writes no blanks between words: Thai, Lao, Burmese, Khmer, kana, Han.
fn is_unspaced(character: char) -> bool {
    matches!(
        character,
        '\u{0E00}'..='\u{0EFF}'
            | '\u{1000}'..='\u{109F}'
            | '\u{1780}'..='\u{17FF}'
            | '\u{3040}'..='\u{30FF}'
            | '\u{31F0}'..='\u{31FF}'
            | '\u{3400}'..='\u{4DBF}'
            | '\u{4E00}'..='\u{9FFF}'
            | '\u{F900}'..='\u{FAFF}'
            | '\u{20000}'..='\u{3FFFF}'
    )
}

/// The tokens of a label but its first word, where the index of whole labels finds that already.
pub(crate) fn inner_tokens(label: &str) -> Vec<String> {
    let mut found = tokens(label);
    let form = normalize(label);
    let starts_plain = form.chars().next().is_some_and(char::is_alphanumeric) && form == search_form(label);
    if starts_plain && !found.is_empty() {
        found.remove(0);
    }
    found
}

/// The end of a label, or of what somebody typed, as a token of which the beginning is looked for; `None` of what is too
/// short to say anything.
pub(crate) fn ending(label: &str) -> Option<String> {
    let form = normalize(label);
    let backward: String = [ENDING].into_iter().chain(form.chars().rev()).collect();
    (form.chars().count() >= MIN_ENDING).then(|| clip(&backward).to_owned())
}

/// The beginning of a word that is indexed.
pub(crate) fn clip(word: &str) -> &str {
    &word[..word.floor_char_boundary(MAX_TOKEN_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_at_everything_but_letters_and_digits_and_folded() {
        assert_eq!(tokens("ThinkPad T14 (Gen-5), STRASSE"), ["thinkpad", "t14", "gen", "5", "strasse"]);
        assert_eq!(tokens("Müller İstanbul"), ["muller", "istanbul"]);
        assert_eq!(tokens(" -- "), Vec::<String>::new());
    }

    #[test]
    fn words_without_blanks_between_them_are_found_each() {
        let found = tokens("日本語ノートPC");
        for word in ["日本語ノートpc", "本語ノートpc", "ノートpc", "pc"] {
            assert!(found.contains(&word.to_owned()), "{word} {found:?}");
        }
        assert!(!found.iter().any(|token| token.starts_with('ー') || token == "c"), "{found:?}");
        assert_eq!(typed_tokens("ノート"), ["ノート"]);
        assert_eq!(tokens("노트북 Lenovo"), ["노트북", "lenovo"]);
    }

    #[test]
    fn the_first_part_of_a_label_is_left_to_the_label_index_if_that_finds_it() {
        assert_eq!(inner_tokens("LT-00042"), ["00042"]);
        assert_eq!(inner_tokens("LT00042"), Vec::<String>::new());
        assert_eq!(inner_tokens("#42"), ["42"]);
        assert_eq!(inner_tokens("Büro-42"), ["buro", "42"]);
    }

    #[test]
    fn a_label_is_found_by_its_end() {
        let label = ending("5CG1234XYZ").expect("it is long enough");
        assert!(label.starts_with(&ending("4xyz").expect("so is this")));
        assert_eq!(ending("xyz"), None);
    }
}
