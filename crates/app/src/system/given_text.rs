//! Text that a person gives in a file or on stdin, as Windows too writes it.

/// What UTF-8 may begin with; it says nothing.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// The bytes behind a byte-order mark.
///
/// # Errors
/// What is wrong, in words, with text in UTF-16: with its mark, or told by the zeros beside its first two letters. A single NUL
/// character is none of that.
pub fn plain_text(bytes: &[u8]) -> Result<&[u8], &'static str> {
    let is_wide = matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..])
        || matches!(*bytes, [a, 0, b, 0, ..] | [0, a, 0, b, ..] if a != 0 && b != 0);
    if is_wide {
        return Err("is text in UTF-16; save it as UTF-8");
    }
    Ok(bytes.strip_prefix(MARK).unwrap_or(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_passed_over_and_utf_16_is_named() {
        for (given, plain) in
            [(&b"a"[..], &b"a"[..]), (b"\xef\xbb\xbfa", b"a"), (b"\xef\xbb\xbf", b""), (b"", b"")]
        {
            assert_eq!(plain_text(given), Ok(plain));
        }
        for with_nul in [&b"\0a"[..], b"a\0", b"a\0bc", b"\0abc", b"a\0\0b"] {
            assert_eq!(plain_text(with_nul), Ok(with_nul));
        }
        for wide in [&b"\xff\xfea\0"[..], b"\xfe\xff\0a", b"a\0b\0", b"\0a\0b"] {
            assert!(plain_text(wide).unwrap_err().contains("UTF-8"), "{wide:?}");
        }
    }
}
