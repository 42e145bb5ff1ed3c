//! Stored bytes within JSON: as text where they are text, else as base64.

use std::borrow::Cow;

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

/// Stored bytes, as one field of the two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Body<'a> {
    /// The bytes are UTF-8.
    Text(#[serde(borrow)] Cow<'a, str>),
    /// They are not.
    Base64(#[serde(borrow)] Cow<'a, str>),
}

impl<'a> Body<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.into()),
            Err(_) => Self::Base64(BASE64.encode(bytes).into()),
        }
    }

    /// The stored bytes; `None` if they are not in their one form.
    pub(crate) fn bytes(&self) -> Option<Cow<'_, [u8]>> {
        match self {
            Self::Text(text) => Some(text.as_bytes().into()),
            Self::Base64(text) => {
                let bytes = BASE64.decode(text.as_bytes()).ok()?;
                std::str::from_utf8(&bytes).is_err().then_some(bytes.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_body_comes_back_byte_for_byte_from_json() {
        for bytes in [b"".as_slice(), b"{\"a\":\"\\u0000\"}\n\0", "Zürich \u{2028}".as_bytes(), &[0xff, 0]] {
            let json = serde_json::to_string(&Body::of(bytes)).expect("JSON");
            let body: Body<'_> = serde_json::from_str(&json).expect("read");
            assert_eq!(body.bytes().expect("its one form"), bytes, "{json}");
        }
    }

    #[test]
    fn a_body_has_one_form() {
        for wrong in [r#"{"base64":"YQ=="}"#, r#"{"base64":"/w"}"#, r#"{"base64":"!"}"#] {
            let body: Body<'_> = serde_json::from_str(wrong).expect("JSON");
            assert_eq!(body.bytes(), None, "{wrong}");
        }
        assert!(serde_json::from_str::<Body<'_>>(r#"{"text":"a","base64":"/w=="}"#).is_err());
    }
}
