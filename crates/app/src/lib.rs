//! The application: one use-case per command, connections, background work, notices and failures.
