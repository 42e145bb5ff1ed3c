//! The form in which labels are compared.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;

/// How often compatibility forms and case are folded at most: each pass may bring out something that the other
/// folds, and none is known that is not stable after the second.
const MAX_PASSES: usize = 4;

/// The form in which labels are compared: two labels are the same exactly if theirs is.
///
/// Blanks of every kind are trimmed, and inner runs of them are one space; compatibility forms (full width,
/// ligatures, circled digits) and case are folded, and what nobody sees (zero-width and format characters) counts
/// for nothing: `NFKC_Casefold` of Unicode, and blanks.
///
/// It is a function of the [`former_form`], so whatever was the same before is the same now.
#[must_use]
pub fn normalize(text: &str) -> String {
    let former = former_form(text);
    if former.is_ascii() {
        return one_blank(&former).into_owned();
    }
    let mut folded = former;
    for _ in 0..MAX_PASSES {
        let once = fold(&folded);
        if once == folded {
            break;
        }
        folded = once;
    }
    one_blank(&folded).into_owned()
}

/// The form in which labels were compared before, and under which those are claimed in the log that were given
/// then: trimmed, case folded, NFC.
#[must_use]
pub fn former_form(text: &str) -> String {
    // Most labels are ASCII, where folding is lower case and there is nothing to compose.
    if text.is_ascii() {
        return text.trim().to_ascii_lowercase();
    }
    let composed: String = text.trim().nfc().collect();
    caseless::default_case_fold_str(&composed).nfc().collect()
}

fn fold(text: &str) -> String {
    let visible: String = text.nfkc().filter(|character| !is_ignorable(*character)).collect();
    caseless::default_case_fold_str(&visible).nfkc().collect()
}

/// A text without blanks at its ends, and with one space for each run of them within.
fn one_blank(text: &str) -> Cow<'_, str> {
    let has_run = || text.as_bytes().windows(2).any(|pair| pair == b"  ");
    let is_edge = |character: Option<char>| character.is_some_and(is_blank);
    let has_other = || text.chars().any(|character| character != ' ' && is_blank(character));
    if !has_run() && !has_other() && !is_edge(text.chars().next()) && !is_edge(text.chars().next_back()) {
        return Cow::Borrowed(text);
    }
    let words = text.split(is_blank).filter(|word| !word.is_empty());
    Cow::Owned(words.collect::<Vec<_>>().join(" "))
}

/// Whether nothing is to be seen where a character stands, and it takes up room: blanks of every script, and the
/// empty cell of Braille.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || character == '\u{2800}'
}

/// Whether a character is one that is not shown by itself: `Default_Ignorable_Code_Point` of Unicode 16, and the
/// marks of notes.
#[must_use]
pub fn is_ignorable(character: char) -> bool {
    matches!(
        character,
        '\u{00AD}'
            | '\u{034F}'
            | '\u{061C}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn labels_compare_after_blanks_compatibility_forms_and_case() {
        for (one, other) in [
            (" LT-1 ", "lt-1"),
            ("Straße", "STRASSE"),
            ("e\u{301}", "\u{c9}"),
            ("LT  1", "lt 1"),
            ("LT\u{a0}1", "LT 1"),
            ("\u{3000}LT\u{2009}\u{202f}1\u{2003}", "LT 1"),
            ("ＬＴ－１", "LT-1"),
            ("ﬁle", "FILE"),
            ("①", "1"),
            ("ﾉｰﾄ", "ノート"),
            ("L\u{200b}T\u{ad}-1\u{feff}", "LT-1"),
            ("می\u{200C}خواهم", "میخواهم"),
            ("ΣΑΣ", "σας"),
            ("\u{2800}x\u{2800}\u{2800}y", "x y"),
        ] {
            assert_eq!(normalize(one), normalize(other), "{one:?} {other:?}");
        }
        for (one, other) in [("LT-1", "LT 1"), ("LT1", "LT 1"), ("jose", "josé"), ("0", "O"), ("ı", "i")] {
            assert_ne!(normalize(one), normalize(other), "{one:?} {other:?}");
        }
    }

    #[test]
    fn most_labels_are_written_as_they_are_compared() {
        for label in ["lt-0042", "5cg1234xyz", "r2/3 a", "müller", "東京", "c++"] {
            assert_eq!(normalize(label), label);
            assert_eq!(former_form(label), label);
        }
    }

    proptest! {
        #[test]
        fn a_form_is_its_own_form(text in any::<String>()) {
            let form = normalize(&text);
            prop_assert_eq!(normalize(&form), form);
        }

        #[test]
        fn what_was_the_same_before_is_the_same_now(text in any::<String>()) {
            prop_assert_eq!(normalize(&former_form(&text)), normalize(&text));
        }

        #[test]
        fn neither_case_nor_blanks_make_another_label(text in "[a-zß-öα-ω0-9 -]{1,12}") {
            let shouted = text.to_uppercase().replace(' ', "\u{a0} ");
            prop_assert_eq!(normalize(&shouted), normalize(&text));
        }
    }
}
