//! Holds the story and tidy tests; there is nothing to call here.
