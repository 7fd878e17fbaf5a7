//! The nouns of the product: guests, attributes, sessions, conversations, messages, retention policies and ids.
//!
//! Nothing here does I/O, reads a clock or is async. What another crate needs to *decide* from these nouns
//! (merging an edit, counting an interaction, whether a guest is due) is a pure function beside the noun.

mod after_doubt;
mod attributes;
mod clock;
mod conversation;
mod encoded_len;
mod guest;
mod id;
mod keyset_walk;
mod message;
mod number;
mod pasted;
mod policy;
mod revision;
mod scan;
mod secret;
mod selection;
mod session;
pub mod terminal;

pub use after_doubt::AfterDoubt;
pub use attributes::{
    AttributeValue, Attributes, Change, Conflict, INTERACTION_KEYS, MergeError, NotCountable,
    TOTAL_INTERACTIONS, diff, merge, record_interaction, record_interaction_as,
};
pub use clock::Clock;
pub use conversation::{Conversation, ConversationState};
pub use encoded_len::encoded_len;
pub use guest::{Guest, GuestKind};
pub use id::{ConversationId, GuestId, IdError, MessageId};
pub use keyset_walk::{Disorder, KeysetWalk, Span, Step};
pub use message::{MAX_TEXT_BYTES, MessageText, TextError};
pub use number::exact_number;
pub use pasted::trimmed;
pub use policy::{AgeClock, KeepDays, KeepDaysError, RetentionPolicy};
pub use revision::Revision;
pub use scan::{Doomed, ScanCursor, ScanOrder, Total};
pub use secret::Secret;
pub use selection::split::Split;
pub use selection::{
    AttributeKey, Expression, Field, FieldKind, FilterAbility, Op, Selection, SelectionError, Test, Value,
    WrittenNumber,
};
pub use session::SessionOutcome;
