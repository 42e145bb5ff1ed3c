//! The names of columns, as the first line of a table writes them.

/// A name in the form in which names of columns are compared: lower case, words separated by one space,
/// punctuation taken for spaces.
pub(crate) fn normalize_header(header: &str) -> String {
    let spaced: String = header.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    spaced.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}
