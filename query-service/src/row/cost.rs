//! Sums of money, as they are shown.

#[cfg(feature = "schemars")]
use itam_domain::Money;
use itam_domain::{Currency, format_minor};
use serde::Serialize;

/// A sum in one currency, which may be larger than one amount of money.
#[derive(Serialize)]
pub(crate) struct Cost {
    pub(crate) amount: String,
    pub(crate) currency: Currency,
}

impl Cost {
    pub(crate) fn new((currency, minor): (Currency, i128)) -> Self {
        Self { amount: format_minor(minor, currency), currency }
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Cost {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Cost".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        generator.subschema_for::<Money>()
    }
}
