//! A note as a QR code (ISO/IEC 18004).

use std::fmt::Write as _;

use qrcode::bits::Bits;
use qrcode::types::QrError as CodeError;
use qrcode::{Color, EcLevel, QrCode, Version};

/// The largest symbol.
const LARGEST: i16 = 40;
/// Extended channel interpretation 26: what follows is UTF-8, as the dash before a signature is.
const UTF_8: u32 = 26;
/// How many modules stay white around the symbol, as the standard asks for.
const QUIET: usize = 4;

/// A note that no symbol holds.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "its note of {0} bytes fits no QR code, not even one of version {LARGEST} at level L: print one with \
     fewer signatures"
)]
pub struct QrError(usize);

/// The smallest symbol that holds a text. At level M, which stands a crease in the paper; at level L
/// if there is no other way.
pub(super) fn code_of(text: &str) -> Result<QrCode, QrError> {
    for level in [EcLevel::M, EcLevel::L] {
        for version in 1..=LARGEST {
            if let Ok(code) = encode(text, Version::Normal(version), level) {
                return Ok(code);
            }
        }
    }
    Err(QrError(text.len()))
}

fn encode(text: &str, version: Version, level: EcLevel) -> Result<QrCode, CodeError> {
    let mut bits = Bits::new(version);
    bits.push_eci_designator(UTF_8)?;
    bits.push_byte_data(text.as_bytes())?;
    bits.push_terminator(level)?;
    QrCode::with_bits(bits, level)
}

/// The symbol as an image to stand in a page: one path, one unit a module.
pub(super) fn svg(code: &QrCode) -> String {
    let (width, side) = (code.width(), code.width() + 2 * QUIET);
    let mut path = String::new();
    for (index, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            // Writing to a string does not fail.
            let _ = write!(path, "M{} {}h1v1h-1z", index % width + QUIET, index / width + QUIET);
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" role=\"img\" \
         aria-label=\"The signed note as a QR code\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/><path d=\"{path}\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modules as they are painted, which is what a camera sees.
    fn painted(svg: &str) -> (usize, Vec<(usize, usize)>) {
        let side = svg.split("viewBox=\"0 0 ").nth(1).and_then(|rest| rest.split(' ').next());
        let side: usize = side.and_then(|side| side.parse().ok()).expect("a side");
        let path = svg.split("<path d=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a path");
        let module = |text: &str| {
            let (x, y) = text.strip_suffix("h1v1h-1z")?.split_once(' ')?;
            Some((x.parse().ok()?, y.parse().ok()?))
        };
        let modules = path.split('M').skip(1).map(|text| module(text).expect("a module"));
        (side, modules.collect())
    }

    fn scan(svg: &str) -> String {
        /// How many pixels a module is wide on the photograph.
        const SCALE: usize = 3;
        let (side, dark) = painted(svg);
        let dark: std::collections::HashSet<_> = dark.into_iter().collect();
        let mut photograph =
            rqrr::PreparedImage::prepare_from_greyscale(side * SCALE, side * SCALE, |x, y| {
                if dark.contains(&(x / SCALE, y / SCALE)) { 0 } else { 255 }
            });
        let grids = photograph.detect_grids();
        assert_eq!(grids.len(), 1, "one symbol is seen");
        grids[0].decode().expect("it is readable").1
    }

    #[test]
    fn what_is_painted_reads_back_byte_for_byte() {
        let note = format!("itam/main/x\n7\n{}\n\n— itam/main/x {}\n", "A".repeat(44), "b+/=".repeat(23));
        for text in [note.clone(), note.repeat(3), "—\n".repeat(700)] {
            assert_eq!(scan(&svg(&code_of(&text).expect("it fits"))), text);
        }
    }

    #[test]
    fn a_text_takes_level_m_then_level_l_and_then_is_too_long() {
        let level = |length: usize| code_of(&"x".repeat(length)).map(|code| code.error_correction_level());
        assert_eq!(level(2_329), Ok(EcLevel::M));
        assert_eq!(level(2_335), Ok(EcLevel::L));
        assert_eq!(level(2_951), Ok(EcLevel::L));
        assert_eq!(level(2_956), Err(QrError(2_956)));
    }
}
