//! Where scripts and emoji need a joiner or a variation selector: where it changes what is seen.

use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

/// What stands before a character of a text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TextContext {
    before: Option<char>,
    /// The last character that is no combining mark.
    letter: Option<char>,
    /// Whether a pictograph stands before, with its variation selector or skin tone if it has one.
    is_pictograph: bool,
}

impl TextContext {
    pub(super) fn behind(self, character: char) -> Self {
        let is_modifier = matches!(character, '\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}');
        Self {
            before: Some(character),
            letter: if is_combining_mark(character) { self.letter } else { Some(character) },
            is_pictograph: is_pictograph(character) || (is_modifier && self.is_pictograph),
        }
    }

    /// Whether a zero-width joiner here makes one emoji of two, or another conjunct.
    pub(super) fn takes_joiner(self, after: Option<char>) -> bool {
        let Some(after) = after else { return false };
        let keeps_ra_whole =
            matches!(self.before, Some('\u{9B0}' | '\u{9F0}' | '\u{CB0}')) && is_virama(after);
        (self.is_pictograph && is_pictograph(after)) || keeps_ra_whole || self.splits_conjunct(after)
    }

    /// Whether a zero-width non-joiner here keeps two letters apart that would be written as one: RFC 5892
    /// appendix A.1.
    pub(super) fn takes_non_joiner(self, after: Option<char>) -> bool {
        let Some(after) = after else { return false };
        let is_cursive = self.letter.is_some_and(joins_the_next) && joins_the_last(after);
        is_cursive || self.splits_conjunct(after)
    }

    /// RFC 5892 appendix A.2, and a letter that the virama would join.
    fn splits_conjunct(self, after: char) -> bool {
        self.before.is_some_and(is_virama) && is_indic(after) && after.is_alphabetic()
    }

    /// Whether U+FE0E or U+FE0F here chooses between the two forms of a pictograph, or makes a keycap.
    pub(super) fn takes_emoji_variation(self, after: Option<char>) -> bool {
        match self.before {
            Some('#' | '*' | '0'..='9') => after == Some('\u{20E3}'),
            Some(before) => is_pictograph(before),
            None => false,
        }
    }
}

fn is_virama(character: char) -> bool {
    is_indic(character) && canonical_combining_class(character) == 9
}

/// The blocks of the scripts that come from Brahmi and have conjuncts.
fn is_indic(character: char) -> bool {
    matches!(
        character,
        '\u{0900}'..='\u{0DFF}'
            | '\u{0F00}'..='\u{109F}'
            | '\u{1780}'..='\u{17FF}'
            | '\u{1A20}'..='\u{1AAF}'
            | '\u{1B00}'..='\u{1BBF}'
            | '\u{A800}'..='\u{A82F}'
            | '\u{A880}'..='\u{A8FF}'
            | '\u{A980}'..='\u{A9DF}'
            | '\u{AAE0}'..='\u{AAFF}'
            | '\u{ABC0}'..='\u{ABFF}'
            | '\u{11000}'..='\u{11FFF}'
    )
}

/// `Joining_Type` D, L or C: Arabic, Syriac, N'Ko, Mandaic, Mongolian, Phags-pa, Rohingya, Adlam.
fn joins_the_next(letter: char) -> bool {
    matches!(
        letter,
        '\u{0620}' | '\u{0626}' | '\u{0628}' | '\u{062A}'..='\u{062E}' | '\u{0633}'..='\u{0647}'
        | '\u{0649}'..='\u{064A}' | '\u{066E}'..='\u{066F}' | '\u{0678}'..='\u{0687}'
        | '\u{069A}'..='\u{06BF}' | '\u{06C1}'..='\u{06C2}' | '\u{06CC}' | '\u{06CE}'
        | '\u{06D0}'..='\u{06D1}' | '\u{06FA}'..='\u{06FC}' | '\u{06FF}' | '\u{0712}'..='\u{0714}'
        | '\u{071A}'..='\u{071D}' | '\u{071F}'..='\u{0727}' | '\u{0729}' | '\u{072B}'
        | '\u{072D}'..='\u{072E}' | '\u{074E}'..='\u{0758}' | '\u{075C}'..='\u{076A}'
        | '\u{076D}'..='\u{0770}' | '\u{0772}' | '\u{0775}'..='\u{0777}' | '\u{077A}'..='\u{077F}'
        | '\u{07CA}'..='\u{07EA}' | '\u{07FA}' | '\u{0841}'..='\u{0845}' | '\u{0848}'
        | '\u{084A}'..='\u{0853}' | '\u{0855}' | '\u{0860}' | '\u{0862}'..='\u{0865}' | '\u{0868}'
        | '\u{0886}' | '\u{0889}'..='\u{088D}' | '\u{08A0}'..='\u{08A9}' | '\u{08AF}'..='\u{08B0}'
        | '\u{08B3}'..='\u{08B8}' | '\u{08BA}'..='\u{08C8}' | '\u{1807}' | '\u{180A}'
        | '\u{1820}'..='\u{1878}' | '\u{1887}'..='\u{18A8}' | '\u{18AA}' | '\u{A840}'..='\u{A872}'
        | '\u{10D00}'..='\u{10D21}' | '\u{10D23}' | '\u{1E900}'..='\u{1E943}'
    )
}

/// `Joining_Type` D or R of the same scripts: those that join the next, and Arabic and Syriac letters but for
/// the hamzas that stand alone.
fn joins_the_last(letter: char) -> bool {
    let is_arabic = matches!(letter, '\u{0620}'..='\u{077F}' | '\u{0840}'..='\u{08C8}' | '\u{10D22}');
    let stands_alone = matches!(letter, '\u{0621}' | '\u{0674}' | '\u{0861}' | '\u{0866}' | '\u{08AD}');
    let is_right_joining = is_arabic && letter.is_alphabetic() && !stands_alone && !is_combining_mark(letter);
    is_right_joining || joins_the_next(letter)
}

/// `Extended_Pictographic`, in the blocks of emoji as a whole.
fn is_pictograph(character: char) -> bool {
    matches!(
        character,
        '\u{A9}'
            | '\u{AE}'
            | '\u{203C}'
            | '\u{2049}'
            | '\u{2122}'
            | '\u{2139}'
            | '\u{2194}'..='\u{2199}'
            | '\u{21A9}'..='\u{21AA}'
            | '\u{231A}'..='\u{231B}'
            | '\u{2328}'
            | '\u{2388}'
            | '\u{23CF}'
            | '\u{23E9}'..='\u{23FA}'
            | '\u{24C2}'
            | '\u{25AA}'..='\u{25AB}'
            | '\u{25B6}'
            | '\u{25C0}'
            | '\u{25FB}'..='\u{25FE}'
            | '\u{2600}'..='\u{27BF}'
            | '\u{2934}'..='\u{2935}'
            | '\u{2B05}'..='\u{2B07}'
            | '\u{2B1B}'..='\u{2B1C}'
            | '\u{2B50}'
            | '\u{2B55}'
            | '\u{3030}'
            | '\u{303D}'
            | '\u{3297}'
            | '\u{3299}'
            | '\u{1F000}'..='\u{1F1E5}'
            | '\u{1F200}'..='\u{1F3FA}'
            | '\u{1F400}'..='\u{1FAFF}'
    )
}
