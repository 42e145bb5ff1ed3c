//! The trace id of the request that is being answered: from W3C `traceparent`, or made here.

use std::fmt;

use axum::http::HeaderMap;

/// 128 bits that name one request across services; lower-case hexadecimal on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId([u8; 16]);

tokio::task_local! {
    static CURRENT: TraceId;
}

/// The trace id of the request in whose scope this runs. Tasks that a handler spawns are outside.
#[must_use]
pub fn current() -> Option<TraceId> {
    CURRENT.try_with(|id| *id).ok()
}

/// Runs `future` in the scope of `id`.
pub async fn scope<F: Future>(id: TraceId, future: F) -> F::Output {
    CURRENT.scope(id, future).await
}

impl TraceId {
    /// The trace id of a request: the one in a valid `traceparent`, else a new one.
    #[must_use]
    pub fn of_request(headers: &HeaderMap) -> Self {
        headers
            .get("traceparent")
            .and_then(|value| value.to_str().ok())
            .and_then(Self::from_traceparent)
            .unwrap_or_else(Self::random)
    }

    /// A new trace id.
    ///
    /// # Panics
    /// If the operating system gives no random numbers.
    #[must_use]
    pub fn random() -> Self {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the operating system gives random numbers");
        Self(bytes)
    }

    /// Reads `version-traceid-parentid-flags` (W3C Trace Context). All-zero ids and version `ff`
    /// are invalid.
    #[must_use]
    pub fn from_traceparent(value: &str) -> Option<Self> {
        let mut parts = value.split('-');
        let version = parts.next().filter(|v| is_lower_hex(v, 2) && *v != "ff")?;
        let trace_id = parts.next().filter(|id| is_lower_hex(id, 32))?;
        let parent_id = parts.next().filter(|id| is_lower_hex(id, 16))?;
        parts.next().filter(|flags| is_lower_hex(flags, 2))?;
        let has_rest = parts.next().is_some();
        if (version == "00" && has_rest) || parent_id.bytes().all(|b| b == b'0') {
            return None;
        }
        let id = u128::from_str_radix(trace_id, 16).ok().filter(|id| *id != 0)?;
        Some(Self(id.to_be_bytes()))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

fn is_lower_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valid_traceparent_gives_its_trace_id() {
        let id = TraceId::from_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        assert_eq!(id.unwrap().to_string(), "0af7651916cd43dd8448eb211c80319c");
    }

    #[test]
    fn an_invalid_traceparent_gives_none() {
        for bad in [
            "",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-extra",
        ] {
            assert_eq!(TraceId::from_traceparent(bad), None, "{bad}");
        }
    }

    #[test]
    fn outside_a_request_there_is_no_trace_id() {
        assert_eq!(current(), None);
    }
}
