//! Characters that nobody sees: they turn the direction of what stands around them, or stand there and show
//! nothing, so that two texts look the same and are not (Unicode Technical Report 36, and CVE-2021-42574).

mod script;

use std::borrow::Cow;

use script::TextContext;

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
    /// U+200D.
    Joiner,
    /// U+200C.
    NonJoiner,
    /// U+FE0E and U+FE0F.
    EmojiVariation,
    Hidden,
}

/// The first hidden character of a text.
///
/// Taken is a single joiner that changes what is seen: U+200C between two letters that would be joined
/// (Arabic, Syriac, N'Ko, Mandaic, Mongolian, Phags-pa, Rohingya, Adlam), both between a virama and the letter
/// behind it (the scripts of India, Tibet and South-East Asia; U+200D also between a Bengali or Kannada ra and
/// the virama), and U+200D between emoji. U+FE0E and U+FE0F are taken behind a pictograph and in a keycap.
/// Other variation selectors choose between forms that most fonts do not tell apart, and are hidden. Line
/// breaks and tabs are no matter of this.
#[must_use]
pub fn find_hidden_character(text: &str) -> Option<HiddenCharacter> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t')) {
        return None;
    }
    let mut context = TextContext::default();
    let mut characters = text.chars().zip(1_usize..).peekable();
    while let Some((character, position)) = characters.next() {
        let after = characters.peek().map(|(after, _)| *after);
        let is_shown = match visibility(character) {
            Visibility::Shown => true,
            Visibility::Hidden => false,
            Visibility::EmojiVariation => context.takes_emoji_variation(after),
            Visibility::Joiner => context.takes_joiner(after),
            Visibility::NonJoiner => context.takes_non_joiner(after),
        };
        if !is_shown {
            return Some(HiddenCharacter { position, character });
        }
        context = context.behind(character);
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

/// `Default_Ignorable_Code_Point` of Unicode 16, the marks of direction, the separators of lines, the controls
/// but for line breaks and tabs, blanks that are no spaces, formats of hieroglyphs and notes, noncharacters,
/// and private use, whose look is each font's own.
fn visibility(character: char) -> Visibility {
    match character {
        '\n' | '\r' | '\t' => Visibility::Shown,
        '\u{200C}' => Visibility::NonJoiner,
        '\u{200D}' => Visibility::Joiner,
        '\u{FE0E}'..='\u{FE0F}' => Visibility::EmojiVariation,
        '\u{00AD}'
        | '\u{034F}'
        | '\u{061C}'
        | '\u{115F}'..='\u{1160}'
        | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}'
        | '\u{200B}'
        | '\u{200E}'..='\u{200F}'
        | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{2800}'
        | '\u{2D7F}'
        | '\u{3164}'
        | '\u{E000}'..='\u{F8FF}'
        | '\u{FDD0}'..='\u{FDEF}'
        | '\u{FE00}'..='\u{FE0D}'
        | '\u{FEFF}'
        | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFC}'
        | '\u{1107F}'
        | '\u{13430}'..='\u{13455}'
        | '\u{16FE4}'
        | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D159}'
        | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}'
        | '\u{F0000}'..='\u{10FFFF}' => Visibility::Hidden,
        _ if character.is_control() || u32::from(character) & 0xFFFE == 0xFFFE => Visibility::Hidden,
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
            0xAD, 0x2028, 0x3164, 0x1B, 0x85, 0x7F, 0, 0x2800, 0xFDD0, 0xFDEF, 0xFFFE, 0xFFFF, 0x1FFFE,
            0x10_FFFF, 0xE000, 0xF8FF, 0xF0000, 0x10_0000, 0xFFA0, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B,
            0x180E, 0x180F, 0x1D159, 0x1D173, 0x1D17A, 0xFFF9, 0xFFFC, 0xE0100, 0xE01EF, 0x34F, 0xFE00,
            0x13430, 0x16FE4, 0x1107F,
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
            "می\u{200C}خواهم خانه\u{200C}ای",
            "بِ\u{200C}ه",
            "क्\u{200D}ष क्\u{200C}ष",
            "ක්\u{200D}ෂ র\u{200D}্যাম ರ\u{200D}್ಕ",
            "👩\u{200D}💻 ❤\u{FE0F}\u{200D}🔥 1\u{FE0F}\u{20E3} 👩🏽\u{200D}🔧 ☎\u{FE0E}",
            "👨\u{200D}👩\u{200D}👧 🏳\u{FE0F}\u{200D}🌈",
            "שלום العربية 東京 Ελλάδα",
            "e\u{301} \u{A0} \u{202F}",
        ] {
            assert_eq!(find_hidden_character(text), None, "{text}");
        }
    }

    #[test]
    fn joiners_and_variations_that_join_and_vary_nothing_are_hidden() {
        for (text, position) in [
            ("LT\u{200D}-1", 3),
            ("\u{200C}م", 1),
            ("م\u{200C}", 2),
            ("م \u{200C}م", 3),
            ("م\u{200C}\u{200C}م", 2),
            ("ر\u{200C}م", 2),
            ("م\u{200C}ء", 2),
            ("م\u{200D}م", 2),
            ("م\u{200C}a", 2),
            ("Д\u{200D}Я1", 2),
            ("Grö\u{200D}ße", 4),
            ("Мос\u{200D}\u{200D}ква", 4),
            ("東\u{200C}京", 2),
            ("क\u{200D}ष", 2),
            ("क्\u{200D}\u{200D}ष", 3),
            ("क्\u{200D}x", 3),
            ("क\u{200D}्ष", 2),
            ("👩\u{200D}\u{200D}💻", 2),
            ("👩\u{200D}ü", 2),
            ("é\u{200D}💻", 2),
            ("é🏽\u{200D}💻", 3),
            ("a\u{FE0F}", 2),
            ("1\u{FE0F}", 2),
            ("東\u{FE0F}", 2),
            ("❤\u{FE0F}\u{FE0F}", 3),
            ("葛\u{E0100}城", 2),
        ] {
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
