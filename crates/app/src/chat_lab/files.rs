//! Files that a guest of the chat lab sends.

use std::{fs::File, io::Read, path::Path};

use genesys::webmessaging::OutgoingFile;

use crate::{Failure, FailureCode, Result, views::LabOffersView};

/// The largest file where the deployment names no limit of its own, in bytes.
const MOST_BYTES: u64 = 25 << 20;

/// The kind of a file by its ending, as it is uploaded.
#[must_use]
pub fn media_type(path: &Path) -> String {
    mime_guess::from_path(path).first_or_octet_stream().essence_str().to_owned()
}

/// Reads a file, where the deployment takes one like it.
///
/// # Errors
/// By the field `handle`: what the deployment does not take, or why the file cannot be read.
pub(super) fn read(path: &Path, offers: &LabOffersView) -> Result<OutgoingFile> {
    if !offers.attachments {
        let message = "This deployment takes no files. Nothing was sent.";
        return Err(Failure::new(FailureCode::NotInThisDialect, message)
            .with_next("Switch attachments on in the deployment's messenger configuration at the org."));
    }
    let unreadable = |error: &std::io::Error| Failure::unreadable("handle", path, error);
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let media_type = media_type(path);
    let taken = &offers.attachment_types;
    if !taken.is_empty() && !taken.iter().any(|kind| fits(kind, &media_type)) {
        let what = format!("{name} is {media_type}; this deployment takes {}", taken.join(", "));
        return Err(Failure::field("handle", what));
    }
    // Looked at before it is opened: opening a pipe waits for somebody to write.
    let about = std::fs::metadata(path).map_err(|e| unreadable(&e))?;
    if !about.is_file() {
        return Err(Failure::field("handle", format!("{name} is no regular file")));
    }
    let most = offers.attachment_kib.map_or(MOST_BYTES, |kib| u64::from(kib) * 1_024).min(MOST_BYTES);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|e| unreadable(&e))?;
    file.take(most + 1).read_to_end(&mut bytes).map_err(|e| unreadable(&e))?;
    if bytes.is_empty() {
        return Err(Failure::field("handle", format!("{name} is empty")));
    }
    if bytes.len() as u64 > most {
        let what = format!("{name} is larger than the {} that can be sent", size(most));
        return Err(Failure::field("handle", what));
    }
    Ok(OutgoingFile { name, media_type, bytes: bytes.into() })
}

/// A size as the window says it everywhere.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

/// Whether a kind that a deployment names, such as `image/*`, holds this one.
fn fits(named: &str, media_type: &str) -> bool {
    match named.split_once("/*") {
        Some((group, "")) => media_type.split('/').next().is_some_and(|g| g.eq_ignore_ascii_case(group)),
        _ => named.eq_ignore_ascii_case(media_type),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offers() -> LabOffersView {
        LabOffersView {
            attachments: true,
            attachment_types: vec!["image/png".into(), "text/*".into()],
            attachment_kib: Some(1),
            clear: false,
            auto_start: false,
            disconnect: false,
            disconnect_read_only: false,
            typing: false,
        }
    }

    #[test]
    fn a_file_is_read_where_the_deployment_takes_its_kind_and_size() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let good = read(&put("note.txt", b"hello"), &offers()).unwrap();
        assert_eq!((good.name.as_str(), good.media_type.as_str()), ("note.txt", "text/plain"));
        let refused = |path: &Path, offers: &LabOffersView| read(path, offers).unwrap_err().message;
        assert!(
            refused(&put("a.pdf", b"x"), &offers())
                .contains("application/pdf; this deployment takes image/png")
        );
        assert!(refused(&put("empty.txt", b""), &offers()).contains("is empty"));
        assert!(refused(&put("long.txt", &[b'x'; 1_025]), &offers()).contains("larger than the 1 kB"));
        assert!(refused(&folder.path().join("missing.txt"), &offers()).contains("cannot be read"));
        let none = LabOffersView { attachments: false, ..offers() };
        assert!(refused(&put("b.txt", b"x"), &none).contains("takes no files"));
    }
}
