//! Which org this is.

/// The org's id and name.
pub(crate) const ORGANIZATION: (&str, &str) = ("0a9b1c6e-5f0d-4f39-8b43-51e2f2a0c001", "Innkeeper simulator");
