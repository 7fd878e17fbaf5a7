use std::io::{self, Read};

use serde::{Deserialize, Serialize};

/// Length in bytes and CRC32C of a file or of its beginning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sum {
    pub(crate) bytes: u64,
    pub(crate) crc: u32,
}

impl Sum {
    pub(crate) fn of(mut file: impl Read) -> io::Result<Self> {
        let (mut chunk, mut sum) = (vec![0; 256 << 10], Self::default());
        loop {
            match file.read(&mut chunk) {
                Ok(0) => return Ok(sum),
                Ok(read) => {
                    sum.crc = crc32c::crc32c_append(sum.crc, chunk.get(..read).unwrap_or_default());
                    sum.bytes += read as u64;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }
}
