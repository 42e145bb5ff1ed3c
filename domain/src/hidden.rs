//! Characters that nobody sees: they turn the direction of what stands around them, or stand there and show
//! nothing, so that two texts look the same and are not (Unicode Technical Report 36, and CVE-2021-42574).

use std::borrow::Cow;

/// A character that nobody sees, and where it stands.
#[derive(Debug, thiserror::Error, Clone, Copy, PartialEq, Eq)]
#[error("holds the hidden character U+{:04X} as its character {position}", u32::from(*.character))]
pub struct HiddenCharacter {
    /// The number of the character within the text, from 1.
    pub position: usize,
    /// Which one.
    pub character: char,
}

/// What a character does that is not shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Visibility {
    Shown,
    /// Joins, separates or varies what stands beside it, where that is no ASCII.
    Joiner,
    /// The same, for what stands before it.
    Variation,
    Hidden,
}

/// The first hidden character of a text.
///
/// Taken are the joiners U+200C and U+200D between two characters beyond ASCII, as Persian, the scripts of
/// India and emoji need them, and variation selectors behind one, or behind what a keycap is made of. Line
/// breaks and tabs are no matter of this.
#[must_use]
pub fn find_hidden_character(text: &str) -> Option<HiddenCharacter> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t')) {
        return None;
    }
    let mut before = None;
    let mut characters = text.chars().zip(1_usize..).peekable();
    while let Some((character, position)) = characters.next() {
        let is_shown = match visibility(character) {
            Visibility::Shown => true,
            Visibility::Hidden => false,
            Visibility::Variation => before.is_some_and(takes_variation),
            Visibility::Joiner => {
                let after = characters.peek().map(|(after, _)| *after);
                before.is_some_and(is_joined) && after.is_some_and(is_joined)
            }
        };
        if !is_shown {
            return Some(HiddenCharacter { position, character });
        }
        before = Some(character);
    }
    None
}

/// A text as people are to be shown it: hidden characters as `<U+202E>`.
#[must_use]
pub fn show_hidden_characters(text: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(hidden) = find_hidden_character(rest) {
        let Some((begin, character)) = rest.char_indices().nth(hidden.position.saturating_sub(1)) else {
            break;
        };
        let (before, after) = rest.split_at(begin);
        shown.push_str(before);
        let code_point = format!("<U+{:04X}>", u32::from(character));
        shown.push_str(&code_point);
        rest = after.get(character.len_utf8()..).unwrap_or_default();
    }
    if shown.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(shown + rest) }
}

fn is_joined(neighbor: char) -> bool {
    !neighbor.is_ascii() && !neighbor.is_whitespace() && visibility(neighbor) != Visibility::Hidden
}

fn takes_variation(before: char) -> bool {
    matches!(before, '#' | '*' | '0'..='9') || is_joined(before)
}

/// `Default_Ignorable_Code_Point` of Unicode 16, the marks of direction, the separators of lines, and the
/// controls but for line breaks and tabs.
fn visibility(character: char) -> Visibility {
    match character {
        '\n' | '\r' | '\t' => Visibility::Shown,
        '\u{200C}' | '\u{200D}' => Visibility::Joiner,
        '\u{180B}'..='\u{180D}' | '\u{180F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' => {
            Visibility::Variation
        }
        '\u{00AD}'
        | '\u{034F}'
        | '\u{061C}'
        | '\u{115F}'..='\u{1160}'
        | '\u{17B4}'..='\u{17B5}'
        | '\u{180E}'
        | '\u{200B}'
        | '\u{200E}'..='\u{200F}'
        | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{3164}'
        | '\u{FEFF}'
        | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}'
        | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}' => Visibility::Hidden,
        _ if character.is_control() => Visibility::Hidden,
        _ => Visibility::Shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_found_with_its_place() {
        let hidden = [
            0x202A, 0x202E, 0x2066, 0x2069, 0x200E, 0x200F, 0x061C, 0x200B, 0x2060, 0xFEFF, 0xE0001, 0xE0041,
            0xAD, 0x2028, 0x3164, 0x1B, 0x85, 0x7F, 0,
        ];
        for character in hidden.into_iter().filter_map(char::from_u32) {
            for (text, position) in
                [(format!("ü{character}b"), 2), (format!("{character}"), 1), (format!("ab{character}"), 3)]
            {
                assert_eq!(
                    find_hidden_character(&text),
                    Some(HiddenCharacter { position, character }),
                    "{text:?}"
                );
            }
        }
    }

    #[test]
    fn what_is_written_in_all_scripts_is_taken() {
        for text in [
            "LT-0042, \"Büro\"\n\tzweiter Stock",
            "می\u{200C}خواهم",
            "क्\u{200D}ष",
            "👩\u{200D}💻 ❤\u{FE0F}\u{200D}🔥 1\u{FE0F}\u{20E3}",
            "葛\u{E0100}城",
            "שלום العربية 東京 Ελλάδα",
            "e\u{301} \u{A0} \u{202F}",
        ] {
            assert_eq!(find_hidden_character(text), None, "{text}");
        }
    }

    #[test]
    fn joiners_and_variations_that_join_and_vary_nothing_are_hidden() {
        for (text, position) in
            [("LT\u{200D}-1", 3), ("\u{200C}م", 1), ("م\u{200C}", 2), ("م \u{200D}م", 3), ("a\u{FE0F}", 2)]
        {
            assert_eq!(find_hidden_character(text).map(|found| found.position), Some(position), "{text:?}");
        }
    }

    #[test]
    fn what_is_stored_already_is_shown_with_its_code_points() {
        assert_eq!(show_hidden_characters("Büro 3"), "Büro 3");
        assert_eq!(show_hidden_characters("a\u{202E}b\u{200B}c"), "a<U+202E>b<U+200B>c");
        assert_eq!(show_hidden_characters("\u{1B}[2J"), "<U+001B>[2J");
        let told = find_hidden_character("a\u{202E}").expect("hidden").to_string();
        assert_eq!(told, "holds the hidden character U+202E as its character 2");
    }
}
