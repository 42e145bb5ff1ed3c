//! What is known about a person beyond the opaque id.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{VaultError, fold};

/// The longest a field may be, in characters.
const FIELD_CHARACTERS: usize = 200;

/// The personal data of one person: no more than the register needs. `Debug` prints none of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonDetails {
    /// The name to show.
    pub display_name: String,
    /// The mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The user name in other systems; no two persons have the same, compared without case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The number in the personnel system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub employee_number: Option<String>,
    /// What they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_title: Option<String>,
}

impl PersonDetails {
    /// Details with a name only.
    #[must_use]
    pub fn new(display_name: impl Into<String>) -> Self {
        Self {
            display_name: display_name.into(),
            email: None,
            username: None,
            employee_number: None,
            job_title: None,
        }
    }

    /// The same, trimmed, with blank optional fields left out: the form that is stored.
    ///
    /// # Errors
    /// [`VaultError::InvalidDetails`] if there is no name, or a field is too long or has control
    /// characters.
    pub fn normalized(self) -> Result<Self, VaultError> {
        let display_name = normalized("display_name", &self.display_name)?
            .ok_or(VaultError::InvalidDetails { field: "display_name", reason: "is blank" })?;
        Ok(Self {
            display_name,
            email: normalized_option("email", self.email)?,
            username: normalized_option("username", self.username)?,
            employee_number: normalized_option("employee_number", self.employee_number)?,
            job_title: normalized_option("job_title", self.job_title)?,
        })
    }

    /// What of these details a text repeats, if it repeats any of those that tell who she is.
    #[must_use]
    pub fn named_in(&self, text: &str) -> Option<&'static str> {
        if fold::names(text, &self.display_name) {
            return Some("name");
        }
        let others = [
            ("mail address", &self.email),
            ("user name", &self.username),
            ("employee number", &self.employee_number),
        ];
        let is_there =
            |value: &Option<String>| value.as_deref().is_some_and(|value| fold::repeats(text, value));
        others.into_iter().find(|(_, value)| is_there(value)).map(|(what, _)| what)
    }
}

impl fmt::Debug for PersonDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonDetails([redacted])")
    }
}

fn normalized_option(field: &'static str, text: Option<String>) -> Result<Option<String>, VaultError> {
    text.map_or(Ok(None), |text| normalized(field, &text))
}

fn normalized(field: &'static str, text: &str) -> Result<Option<String>, VaultError> {
    let text = text.trim();
    if text.chars().count() > FIELD_CHARACTERS {
        return Err(VaultError::InvalidDetails { field, reason: "is longer than 200 characters" });
    }
    if text.chars().any(char::is_control) {
        return Err(VaultError::InvalidDetails { field, reason: "has control characters" });
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_prints_no_personal_data() {
        assert_eq!(format!("{:?}", PersonDetails::new("Ada")), "PersonDetails([redacted])");
    }

    #[test]
    fn details_are_trimmed_and_blanks_left_out() {
        let mut details = PersonDetails::new(" Ada Lovelace ");
        details.email = Some("  ".into());
        details.username = Some(" ada ".into());
        let details = details.normalized().unwrap();
        assert_eq!(details.display_name, "Ada Lovelace");
        assert_eq!((details.email, details.username.as_deref()), (None, Some("ada")));
    }

    #[test]
    fn what_is_not_acceptable_is_named() {
        for (name, reason) in [(" ", "blank"), ("A\u{7}", "control"), (&"x".repeat(201), "longer")] {
            let error = PersonDetails::new(name).normalized().unwrap_err().to_string();
            assert!(error.contains("display_name") && error.contains(reason), "{error}");
        }
    }
}
