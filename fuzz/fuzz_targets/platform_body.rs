#![no_main]
#[path = "../../tests/fuzz_corpus/entries.rs"]
#[expect(dead_code, reason = "one of its parsers a program")]
mod entries;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entries::platform_body(bytes));
