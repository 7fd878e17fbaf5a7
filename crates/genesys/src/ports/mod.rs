//! What the rest of the program asks of an org, whatever its dialect: a port for guests, one for conversations, one for what
//! the credentials may do, and, where an org has them, sessions and chats.

mod chat;
mod guests;
mod records;

pub use chat::{
    Access, Chat, ConversationCount, Conversations, OpenAmong, Organization, OutgoingMessage, Permission,
    Sessions, TokenInfo,
};
pub use guests::{
    Applied, Found, GuestWithFields, Guests, NewGuest, PageAt, Removed, Scan, Search, Sort, SortField, Walk,
    WalkPage,
};
pub use records::{
    Author, ChatAttributes, ChatMessage, ChatNow, ChatQuestion, ChatSummary, ChatWalk, ConversationRecord,
    ConversationRecords, RecentChats,
};
