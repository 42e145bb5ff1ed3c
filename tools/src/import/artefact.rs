//! What spreadsheets leave in cells that is none of their text: marks that keep a number from being
//! reckoned with, values that say that a formula failed, and numbers that lost their digits.

/// What a spreadsheet writes where a formula has no value, in English and German.
const ERROR_VALUES: [&str; 15] = [
    "#N/A",
    "#REF!",
    "#VALUE!",
    "#NAME?",
    "#DIV/0!",
    "#NULL!",
    "#NUM!",
    "#SPILL!",
    "#CALC!",
    "#FIELD!",
    "#GETTING_DATA",
    "#NV",
    "#BEZUG!",
    "#WERT!",
    "#ZAHL!",
];

/// The text that a cell is about: `="00123"` is 00123, and so is `'00123`.
pub(crate) fn unmarked(cell: &str) -> &str {
    let cell = cell.trim();
    if let Some(text) = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'))
        && !text.contains('"')
    {
        return text.trim();
    }
    match cell.strip_prefix('\'') {
        Some(text) if is_kept_from_reckoning(text) => text.trim(),
        _ => cell,
    }
}

/// Whether an apostrophe before it has a reason: it could be taken for a number or a formula.
fn is_kept_from_reckoning(text: &str) -> bool {
    let is_number = text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains(char::is_whitespace);
    is_number || text.starts_with(['=', '+', '-', '@'])
}

/// Whether a cell says only that a formula failed.
pub(crate) fn is_error_value(cell: &str) -> bool {
    let cell = cell.trim();
    // A column that is too narrow is exported as it is seen.
    let is_narrow = cell.len() >= 4 && cell.bytes().all(|byte| byte == b'#');
    is_narrow || (cell.starts_with('#') && ERROR_VALUES.iter().any(|value| value.eq_ignore_ascii_case(cell)))
}

/// Whether an identifier was taken for a quantity: digits of it are lost.
pub(crate) fn is_power_of_ten(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let is_number = |text: &str, extra: &[char]| {
        text.starts_with(|c: char| c.is_ascii_digit())
            && text.chars().all(|c| c.is_ascii_digit() || extra.contains(&c))
    };
    // A hexadecimal or batch number such as 640E15 has no sign, so only "E+" is taken for it.
    is_number(mantissa, &['.', ','])
        && exponent.strip_prefix('+').is_some_and(|digits| is_number(digits, &[]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_that_keep_a_number_a_text_are_taken_off_and_others_stay() {
        for cell in ["=\"00123\"", "'00123", " 00123 ", "=\" 00123 \""] {
            assert_eq!(unmarked(cell), "00123", "{cell}");
        }
        assert_eq!(unmarked("'=cmd"), "=cmd");
        for cell in ["'t Hooft", "'90s laptop", "=A1&\"x\"", "=\"a\"&\"b\"", "'", "O'Hara"] {
            assert_eq!(unmarked(cell), cell);
        }
        assert_eq!(unmarked("=\"\""), "");
    }

    #[test]
    fn values_of_failed_formulas_are_known() {
        for cell in ["#N/A", "#n/a", " #REF! ", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#####"] {
            assert!(is_error_value(cell), "{cell}");
        }
        for cell in ["N/A", "#1", "#", "#12345", "REF"] {
            assert!(!is_error_value(cell), "{cell}");
        }
    }

    #[test]
    fn identifiers_that_became_powers_of_ten_are_known() {
        assert!(is_power_of_ten("6.38E+15"));
        assert!(is_power_of_ten("6,38e+15"));
        assert!(is_power_of_ten("3E+10"));
        for serial in ["640E15", "E+15", "C02E+1", "9351IS25A51", "1.5"] {
            assert!(!is_power_of_ten(serial), "{serial}");
        }
    }
}
