//! What firmware, spreadsheets and careless hands write where a label should stand: it says that there is none.

/// The fewest digits in ascending order that nobody counted to.
const MIN_ASCENDING: usize = 5;
/// The fewest times that a digit repeated says nothing: 111 and 2222 are numbers that somebody comes to.
const MIN_SAME_DIGIT: usize = 5;
/// The fewest times that another character repeated says nothing.
const MIN_SAME_CHARACTER: usize = 3;

/// Words that stand where a label should, as labels are compared, without the punctuation around them.
const WORDS: &[&str] = &[
    "applicable",
    "asset tag",
    "asset-1234567890",
    "assettag",
    "atn12345678901234567",
    "bad index",
    "base board asset tag",
    "base board serial number",
    "board asset tag",
    "board serial number",
    "bsn12345678901234567",
    "bsn1234567890123456789",
    "chassis asset tag",
    "chassis serial number",
    "csn12345678901234567",
    "default",
    "default string",
    "div/0",
    "empty",
    "eval",
    "fill by oem",
    "invalid",
    "k.a",
    "keine angabe",
    "mb-1234567890",
    "n.a",
    "n/a",
    "na",
    "nil",
    "no asset",
    "no data",
    "no serial",
    "no serial number",
    "no sn",
    "no tag",
    "none",
    "not applicable",
    "not available",
    "not defined",
    "not known",
    "not provided",
    "not set",
    "not specified",
    "null",
    "num",
    "o.e.m",
    "oem",
    "oem chassis serial number",
    "out of spec",
    "serial",
    "serial number",
    "serialnumber",
    "sn-1234567890",
    "ssn12345678901234567",
    "sys-1234567890",
    "system asset tag",
    "system serial number",
    "tba",
    "tbc",
    "tbd",
    "to be defined by o.e.m",
    "to be filled",
    "to be filled by o.e.m",
    "to be filled by oem",
    "unbekannt",
    "undefined",
    "unknown",
    "unspecified",
    "untagged",
    "x",
];

/// The errors of spreadsheets, whose words alone may be labels.
const ERRORS: &[&str] = &["#name?", "#ref!", "#spill!", "#value!"];

/// Whether a label in the form in which labels are compared says that there is none.
pub(crate) fn is_placeholder(form: &str) -> bool {
    let word = form.trim_matches(|character: char| !character.is_alphanumeric());
    word.is_empty()
        || WORDS.binary_search(&word).is_ok()
        || ERRORS.contains(&form)
        || word.starts_with("no asset ")
        || is_one_repeated(word)
        || is_ascending(word)
}

/// One character all along, but for blanks and dashes between: `xxxxxxxx`, `00000-00000`.
fn is_one_repeated(word: &str) -> bool {
    let mut characters = word.chars().filter(|character| character.is_alphanumeric());
    let Some(first) = characters.next() else { return true };
    if !characters.clone().all(|character| character == first) {
        return false;
    }
    let times = characters.count().saturating_add(1);
    match first {
        '0' => true,
        '1'..='9' => times >= MIN_SAME_DIGIT,
        _ => times >= MIN_SAME_CHARACTER,
    }
}

/// Digits each of which follows the one before, round and round: `12345`, `0123456789`, `1234567890123456`.
fn is_ascending(word: &str) -> bool {
    let follows = |pair: &[u8]| matches!(pair, [one, next] if next.wrapping_sub(*one) == 1 || (*one, *next) == (b'9', b'0'));
    word.len() >= MIN_ASCENDING
        && word.bytes().all(|byte| byte.is_ascii_digit())
        && word.as_bytes().windows(2).all(follows)
}

#[cfg(test)]
mod tests {
    use super::super::normalize;
    use super::*;

    fn says_nothing(label: &str) -> bool {
        is_placeholder(&normalize(label))
    }

    #[test]
    fn the_words_are_in_the_order_in_which_they_are_looked_up() {
        assert!(WORDS.is_sorted_by(|one, next| one < next));
        for word in WORDS.iter().chain(ERRORS) {
            assert_eq!(normalize(word), **word);
        }
    }

    #[test]
    fn what_firmware_and_spreadsheets_write_is_no_label() {
        for label in [
            "#N/A",
            "N/A",
            "n.a.",
            "No tag",
            "No SN",
            "None",
            "(none)",
            "Default string",
            "Default  String",
            "To be filled by O.E.M.",
            "To Be Filled By O.E.M",
            "System Serial Number",
            "Not Specified",
            "No Asset Tag",
            "No Asset Information",
            "Asset-1234567890",
            "SYS-1234567890",
            "SN-1234567890",
            "MB-1234567890",
            "<BAD INDEX>",
            "<OUT OF SPEC>",
            ".........",
            "XXXXXXXXXX",
            "0000000",
            "0",
            "-",
            "--",
            "?",
            "00000000-0000",
            "1111111",
            "12345",
            "0123456789",
            "1234567890",
            "1234567890123456",
            "#REF!",
            "#VALUE!",
            "Ｎ／Ａ",
            "N\u{a0}/\u{a0}A".replace('\u{a0}', "").as_str(),
            "Chassis Serial Number",
            "***",
            "Unknown",
            "...",
        ] {
            assert!(says_nothing(label), "{label}");
        }
    }

    #[test]
    fn what_stood_on_the_former_list_is_on_this_one() {
        for label in [
            "-",
            "--",
            "0",
            "00000000",
            "0123456789",
            "123456789",
            "1234567890",
            "applicable",
            "chassis serial number",
            "default string",
            "empty",
            "invalid",
            "n.a.",
            "n/a",
            "na",
            "nil",
            "no serial",
            "none",
            "not applicable",
            "not available",
            "not specified",
            "null",
            "o.e.m.",
            "oem",
            "serial number",
            "serialnumber",
            "system serial number",
            "tba",
            "tbd",
            "to be filled by o.e.m",
            "to be filled by o.e.m.",
            "to be filled by oem",
            "unknown",
            "unspecified",
            "x",
            "xxx",
            "xxxxxxxx",
        ] {
            assert!(says_nothing(label), "{label}");
        }
    }

    #[test]
    fn what_somebody_prints_or_a_maker_stamps_is_a_label() {
        for label in [
            "LT-0042",
            "640HP72",
            "7092459",
            "1234",
            "111",
            "2222",
            "LT-12345",
            "12346",
            "54321",
            "Asset-12345",
            "A",
            "7",
            "AA",
            "REF",
            "No. 7",
            "NOA-1",
            "Ünïcode-1",
            "東京",
            "0001",
            "100000",
            "C02XXXXXJHD2",
        ] {
            assert!(!says_nothing(label), "{label}");
        }
    }
}
