//! Lines of a bounded length from a file that may hold anything.

use std::io::{self, BufRead, Read};

/// What reading one line came to.
pub(crate) enum ReadLine<'a> {
    /// A whole line, without its newline.
    Text(&'a str),
    /// Nothing is left.
    End,
    /// The last bytes have no newline: torn or cut.
    Cut,
    /// Longer than allowed.
    TooLong,
    /// Not UTF-8.
    Foreign,
}

/// Reads one line of at most `longest` bytes into `buffer`.
pub(crate) fn read_line<'a>(
    from: &mut impl BufRead,
    longest: u64,
    buffer: &'a mut Vec<u8>,
) -> io::Result<ReadLine<'a>> {
    buffer.clear();
    from.take(longest).read_until(b'\n', buffer)?;
    Ok(match buffer.pop() {
        None => ReadLine::End,
        Some(b'\n') => std::str::from_utf8(buffer).map_or(ReadLine::Foreign, ReadLine::Text),
        Some(last) => {
            buffer.push(last);
            if buffer.len() as u64 == longest { ReadLine::TooLong } else { ReadLine::Cut }
        }
    })
}
