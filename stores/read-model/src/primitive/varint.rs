//! Numbers of seven bits a byte (LEB128), which the compact rows of history are made of.

use crate::store::error::{ReadModelError, Result};

const MORE: u8 = 0x80;

/// Appends a number.
pub(crate) fn write(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            bytes.push(low & !MORE);
            return;
        }
        bytes.push(low | MORE);
    }
}

/// Appends a number with its sign, short if it is near zero.
pub(crate) fn write_signed(bytes: &mut Vec<u8>, number: i64) {
    write(bytes, ((number << 1) ^ (number >> 63)).cast_unsigned());
}

/// Takes a number from the beginning.
pub(crate) fn read(bytes: &mut &[u8]) -> Result<u64> {
    match bytes.first_chunk() {
        Some(word) => read_word(bytes, u64::from_le_bytes(*word)),
        None => read_bytewise(bytes),
    }
}

/// Takes a number of up to eight bytes at once: numbers of all lengths stand in a row, and a loop over
/// their bytes is a branch that the processor cannot foresee.
fn read_word(bytes: &mut &[u8], word: u64) -> Result<u64> {
    let ends = !word & 0x8080_8080_8080_8080;
    if ends == 0 {
        return read_bytewise(bytes);
    }
    // All bits up to the one that ends the number.
    let number = word & (ends ^ (ends - 1)) & 0x7f7f_7f7f_7f7f_7f7f;
    let number = (number & 0x007f_007f_007f_007f) | ((number & 0x7f00_7f00_7f00_7f00) >> 1);
    let number = (number & 0x0000_3fff_0000_3fff) | ((number & 0x3fff_0000_3fff_0000) >> 2);
    let number = (number & 0x0fff_ffff) | ((number & 0x0fff_ffff_0000_0000) >> 4);
    *bytes = &bytes[ends.trailing_zeros() as usize / 8 + 1..];
    Ok(number)
}

fn read_bytewise(bytes: &mut &[u8]) -> Result<u64> {
    let mut number = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let Some((byte, rest)) = bytes.split_first() else { break };
        *bytes = rest;
        number |= u64::from(byte & !MORE) << shift;
        if byte & MORE == 0 {
            return Ok(number);
        }
    }
    Err(ReadModelError::Damaged("a number that does not end".to_owned()))
}

/// Takes a number with its sign from the beginning.
pub(crate) fn read_signed(bytes: &mut &[u8]) -> Result<i64> {
    let number = read(bytes)?;
    Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
}

/// Takes a number that counts bytes or places.
pub(crate) fn read_size(bytes: &mut &[u8]) -> Result<usize> {
    usize::try_from(read(bytes)?).map_err(|error| ReadModelError::Damaged(error.to_string()))
}

/// Takes some bytes from the beginning.
pub(crate) fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8]> {
    let short = || ReadModelError::Damaged("a row that ends too early".to_owned());
    let (taken, rest) = bytes.split_at_checked(length).ok_or_else(short)?;
    *bytes = rest;
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_and_small_ones_are_short() {
        for (number, length) in [(0, 1), (127, 1), (128, 2), (u64::from(u32::MAX), 5), (u64::MAX, 10)] {
            let mut bytes = Vec::new();
            write(&mut bytes, number);
            assert_eq!(bytes.len(), length);
            let mut rest = bytes.as_slice();
            assert_eq!((read(&mut rest).expect("reads back"), rest.len()), (number, 0));
        }
        for length in 1..=9 {
            let number = (1_u64 << (7 * length)) - 1;
            let mut bytes = Vec::new();
            for number in [number, number / 3, 5] {
                write(&mut bytes, number);
            }
            // Numbers in a row are taken whole words at a time, the last ones byte by byte.
            bytes.extend_from_slice(&[0xff; 8]);
            let mut rest = bytes.as_slice();
            for expected in [number, number / 3, 5] {
                assert_eq!(read(&mut rest).expect("reads back"), expected);
            }
            assert_eq!(rest, [0xff; 8]);
        }
        for number in [0, -1, 1, -64, 63, i64::MIN, i64::MAX] {
            let mut bytes = Vec::new();
            write_signed(&mut bytes, number);
            assert_eq!(read_signed(&mut bytes.as_slice()).expect("reads back"), number);
        }
    }

    #[test]
    fn what_does_not_end_is_damage() {
        for bytes in [&[][..], &[0x80], &[0xff; 11]] {
            assert!(matches!(read(&mut &*bytes), Err(ReadModelError::Damaged(_))), "{bytes:?}");
        }
    }
}
