//! Words as they are searched for.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

use crate::form::normalize;

/// A text as it is searched for: as labels are compared, and without the accents and points that not everybody
/// types, and with plain letters for those of the Latin script that are written with a stroke or as one of two.
#[must_use]
pub fn search_form(text: &str) -> String {
    let form = normalize(text);
    if form.is_ascii() {
        return form;
    }
    let mut bare = String::with_capacity(form.len());
    for character in form.nfd().filter(|character| !is_accent(*character)) {
        match plain(character) {
            Some(letters) => bare.push_str(letters),
            None => bare.push(character),
        }
    }
    // An accent that stood alone leaves the blank that it stood on.
    normalize(&bare)
}

/// The words of a text as they are searched for: its runs of letters, digits and the marks that belong to them.
pub fn words(search_form: &str) -> impl Iterator<Item = &str> {
    let is_between = |character: char| !character.is_alphanumeric() && !is_combining_mark(character);
    search_form.split(is_between).filter(|word| word.contains(char::is_alphanumeric))
}

/// Accents of the Latin, Greek and Cyrillic scripts, and the points of Hebrew and Arabic. The signs of other scripts
/// (those of vowels and tones, the voicing of kana) make other words, and stay.
fn is_accent(character: char) -> bool {
    matches!(canonical_combining_class(character), 10..=36 | 200..=240)
}

/// The plain letters of those that have no accent to be taken from, as people type them who have no such key.
fn plain(character: char) -> Option<&'static str> {
    Some(match character {
        'ı' => "i",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ŧ' => "t",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_word_is_found_by_how_people_type_it() {
        for (written, typed) in [
            ("Müller", "muller"),
            ("İstanbul", "istanbul"),
            ("Diyarbakır", "diyarbakir"),
            ("Straße", "strasse"),
            ("Łódź", "lodz"),
            ("Malmø", "malmo"),
            ("Ａcmé", "acme"),
            ("Ελλάδα", "ελλαδα"),
            ("ﾉｰﾄ", "ノート"),
            ("Ærø", "aero"),
            ("שָׁלוֹם", "שלום"),
            ("a ´ b", "a b"),
        ] {
            assert_eq!(search_form(written), search_form(typed), "{written} {typed}");
        }
        for (one, other) in [("か", "が"), ("กา", "ก"), ("कि", "क")] {
            assert_ne!(search_form(one), search_form(other), "{one} {other}");
        }
    }

    #[test]
    fn a_text_is_cut_at_everything_but_letters_digits_and_their_marks() {
        let cut = |text: &str| words(&search_form(text)).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(cut("ThinkPad T14 (Gen-5), STRASSE"), ["thinkpad", "t14", "gen", "5", "strasse"]);
        assert_eq!(cut(" -- "), Vec::<String>::new());
        assert_eq!(cut("हिन्दी में"), ["हिन्दी", "में"]);
    }

    proptest! {
        #[test]
        fn a_search_form_is_its_own(text in any::<String>()) {
            let form = search_form(&text);
            prop_assert_eq!(search_form(&form), form);
        }

        #[test]
        fn what_is_the_same_label_is_found_by_the_same_words(text in any::<String>()) {
            prop_assert_eq!(search_form(&normalize(&text)), search_form(&text));
        }
    }
}
