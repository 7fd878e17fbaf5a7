use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn bot(text: &str) -> Bot {
    Bot::parse("bot.yaml", text.as_bytes()).unwrap_or_else(|mistake| panic!("{mistake}\n{text}"))
}

/// The texts of what it answers; an event in its own word.
fn said(bot: &Bot, memory: &mut BotMemory, act: &GuestAct<'_>) -> Vec<String> {
    let word = |reply: BotReply| match reply.send {
        BotSend::Message { text, .. } => text.unwrap_or_default(),
        BotSend::Typing => "typing".into(),
        BotSend::Disconnect { read_only } => format!("disconnect {read_only}"),
    };
    bot.answer(memory, act).into_iter().map(word).collect()
}

#[test]
fn the_first_rule_that_fits_answers_as_often_as_it_fits_unless_it_is_for_once() {
    let bot = bot(r#"
rules:
  - when: {start: true}
    reply: [{text: welcome}]
  - when: {contains: "straße"}
    once: true
    reply: [{text: first}]
  - when: {contains: "STRASSE"}
    reply: [{text: never before}]
  - when: {contains: "Straße"}
    reply: [{text: again}]
  - when: {matches: '^\d{4}$'}
    reply: [{text: number}]
  - when: {quickReply: "yes"}
    reply: [{text: agreed}]
  - when: {button: book}
    reply: [{text: booked}]
  - when: {otherwise: true}
    reply: [{typing: true}, {text: what?}, {disconnect: true, readOnly: true}]
  - when: {contains: late}
    reply: [{text: never}]
"#);
    let button = json!({ "contentType": "ButtonResponse",
        "buttonResponse": { "type": "Button", "text": "Book 1234", "payload": "book" } });
    let time = json!({ "contentType": "ButtonResponse",
        "buttonResponse": { "type": "DatePicker", "text": "1234", "payload": "2030-01-07T09:00:00.000Z" } });
    let other: &[&str] = &["typing", "what?", "disconnect true"];
    let mut memory = BotMemory::default();
    for (act, answers) in [
        (GuestAct::Started, &["welcome"][..]),
        (GuestAct::Said("In der STRAßE 5"), &["first"]),
        (GuestAct::Said("straße"), &["again"]),
        (GuestAct::Said("Straße"), &["again"]),
        (GuestAct::Said("strasse"), &["never before"]),
        (GuestAct::Said("1234"), &["number"]),
        (GuestAct::Said("12345"), other),
        (GuestAct::QuickReply { text: "Yes, please", payload: "yes" }, &["agreed"]),
        (GuestAct::QuickReply { text: "1234", payload: "Yes" }, &["number"]),
        (GuestAct::Said("yes"), other),
        (GuestAct::Answered { text: Some("Book it"), content: &button }, &["booked"]),
        (GuestAct::Answered { text: None, content: &time }, &["number"]),
        (GuestAct::Answered { text: None, content: &Value::Null }, other),
        (GuestAct::Attachment, other),
        (GuestAct::Said("late"), other),
        (GuestAct::Started, &["welcome"]),
    ] {
        assert_eq!(said(&bot, &mut memory, &act), answers, "{act:?}");
    }
    // Another conversation has its own memory.
    assert_eq!(said(&bot, &mut BotMemory::default(), &GuestAct::Said("straße")), ["first"]);
    assert!(Bot::none().answer(&mut memory, &GuestAct::Started).is_empty());
}

#[test]
fn waits_are_taken_in_milliseconds_and_seconds() {
    for (after, millis) in [
        ("50ms", 50),
        ("2s", 2_000),
        ("7", 7),
        ("\"7\"", 7),
        ("0", 0),
        ("24s", 24_000),
        ("86400s", 86_400_000),
    ] {
        let bot = bot(&format!("rules: [{{when: {{start: true}}, reply: [{{text: a, after: {after}}}]}}]"));
        let reply = bot.answer(&mut BotMemory::default(), &GuestAct::Started).remove(0);
        assert_eq!(reply.after, Duration::from_millis(millis), "{after}");
    }
}

#[test]
fn json_in_the_same_form_is_the_same_bot() {
    let bot = bot(
        "{\r\n\t\"rules\": [\r\n\t\t{\"when\": {\"contains\": \"hi\"},\r\n\t\t \"reply\": [{\"text\": \"Ask?\", \"after\": \"50ms\", \"quickReplies\": [\"Yes\", {\"text\": \"No\", \"payload\": \"n\\u00f6\"}]}]}\r\n\t]\r\n}\r\n",
    );
    let reply = bot.answer(&mut BotMemory::default(), &GuestAct::Said("Hi!")).remove(0);
    let quick = |text: &str, payload: &str| {
        json!({ "contentType": "QuickReply",
            "quickReply": { "text": text, "payload": payload, "action": "Message" } })
    };
    let content = vec![quick("Yes", "Yes"), quick("No", "nö")];
    let send = BotSend::Message { text: Some("Ask?".into()), content };
    assert_eq!(reply, BotReply { after: Duration::from_millis(50), send });
}

/// Each with the line, the column and a part of what is said.
pub(super) const MISTAKES: &[(&str, u64, u64, &str)] = &[
    ("", 1, 1, "needs `rules`"),
    ("rules:", 1, 6, "a list is expected"),
    ("[]", 1, 1, "a mapping is expected"),
    ("other: 1", 1, 1, "`other` is no key here; these are: rules"),
    ("rules: []\nrules: []", 2, 1, "`rules` is given twice"),
    ("rules: []\n---\nrules: []\n", 3, 1, "a second document"),
    ("rules: [", 1, 8, "unclosed"),
    ("rules: *a", 1, 8, "unknown anchor"),
    ("rules: !mine []", 1, 14, "unsupported tag `!mine`"),
    ("rules:\n- when: {start: true}", 2, 3, "`reply` is missing"),
    ("rules:\n- reply: []", 2, 3, "`when` is missing"),
    ("rules:\n- {when: {start: true}, reply: [], onse: true}", 2, 36, "`onse` is no key here"),
    ("rules:\n- {when: {contains: a, mtches: b}, reply: []}", 2, 24, "`mtches` is no key here"),
    ("rules:\n- {when: {}, reply: []}", 2, 10, "exactly one of contains"),
    ("rules:\n- {when: {contains: a, start: true}, reply: []}", 2, 10, "exactly one of contains"),
    ("rules:\n- {when: {contains: ''}, reply: []}", 2, 21, "is empty"),
    ("rules:\n- {when: {contains: [a]}, reply: []}", 2, 21, "a text is expected"),
    ("rules:\n- {when: {matches: ''}, reply: []}", 2, 20, "is empty"),
    ("rules:\n- {when: {matches: 'a(b'}, reply: []}", 2, 20, "no regular expression: unclosed group"),
    ("rules:\n- {when: {matches: '\\w{5000}'}, reply: []}", 2, 20, "too large"),
    ("rules:\n- {when: {start: yes}, reply: []}", 2, 18, "true or false"),
    ("rules:\n- {when: {otherwise: false}, reply: []}", 2, 22, "`otherwise` is true or left out"),
    ("rules:\n- {when: {start: true}, reply: {text: a}}", 2, 32, "a list is expected"),
    ("rules:\n- {when: {start: true}, reply: [{}]}", 2, 33, "says nothing"),
    ("rules:\n- {when: {start: true}, reply: [{text: ''}]}", 2, 40, "is empty"),
    ("rules:\n- {when: {start: true}, reply: [{txt: a}]}", 2, 34, "`txt` is no key here"),
    ("rules:\n- {when: {start: true}, reply: [{text: a, after: soon}]}", 2, 50, "a wait such as 50ms"),
    ("rules:\n- {when: {start: true}, reply: [{text: a, after: -1}]}", 2, 50, "a wait such as 50ms"),
    ("rules:\n- {when: {start: true}, reply: [{text: a, after: 86401s}]}", 2, 50, "at most a day"),
    ("rules:\n- {when: {start: true}, reply: [{quickReplies: []}]}", 2, 48, "list is empty"),
    ("rules:\n- {when: {start: true}, reply: [{quickReplies: [1]}]}", 2, 49, "a number in quotes"),
    ("rules:\n- {when: {start: true}, reply: [{buttons: ['']}]}", 2, 44, "nothing stands on this button"),
    ("rules:\n- {when: {start: true}, reply: [{buttons: [{text: a}]}]}", 2, 45, "`payload` is missing"),
    ("rules:\n- {when: {start: true}, reply: [{disconnect: true, text: a}]}", 2, 33, "item of their own"),
    (
        "rules:\n- {when: {start: true}, reply: [{disconnect: true, typing: true}]}",
        2,
        33,
        "item of their own",
    ),
    (
        "rules:\n- {when: {start: true}, reply: [{readOnly: true, text: a}]}",
        2,
        44,
        "goes with `disconnect: true`",
    ),
    ("rules:\n- {when: {start: true}, reply: [{carousel: []}]}", 2, 44, "at least one card"),
    ("rules:\n- {when: {start: true}, reply: [{card: {actions: []}}]}", 2, 41, "`title` is missing"),
    (
        "rules:\n- {when: {start: true}, reply: [{card: {title: a, actions: [{type: Call}]}}]}",
        2,
        68,
        "these are: Link, Postback",
    ),
    (
        "rules:\n- {when: {start: true}, reply: [{card: {title: a, actions: [{type: Link}]}}]}",
        2,
        61,
        "a Link has a `url`",
    ),
    (
        "rules:\n- {when: {start: true}, reply: [{card: {title: a, actions: [{type: Postback, payload: b}]}}]}",
        2,
        61,
        "a Postback has a `text`",
    ),
    (
        "rules:\n- {when: {start: true}, reply: [{datePicker: {title: a, availableTimes: [{dateTime: noon}]}}]}",
        2,
        85,
        "a point of time",
    ),
    (
        "rules:\n- {when: {start: true}, reply: [{listPicker: {sections: [{title: a}]}}]}",
        2,
        59,
        "`items` is missing",
    ),
    (
        "rules:\n- {when: {start: true}, reply: [{form: {formPages: [{title: a, pageComponents: [{text: b}]}]}}]}",
        2,
        82,
        "these are: input, datePicker",
    ),
    ("rules:\n- {when: {start: true}, reply: [{attachment: {url: a}}]}", 2, 47, "`filename` is missing"),
];

#[test]
fn every_mistake_is_told_with_its_line_and_column() {
    for (text, line, column, part) in MISTAKES {
        let mistake = Bot::parse("bot.yaml", text.as_bytes()).expect_err(text);
        assert_eq!((mistake.line, mistake.column), (*line, *column), "{mistake}\n{text}");
        assert!(mistake.message.contains(part), "{mistake}\n{text}");
        assert!(!mistake.message.contains(" at line "), "{mistake}");
        assert!(mistake.to_string().starts_with(&format!("bot.yaml: line {line}, column {column}: ")));
    }
}

#[test]
fn a_file_that_is_too_much_is_refused_and_not_read_on() {
    let anchors =
        "rules: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b]\n";
    let bomb = (0..8).fold("- &a0 {text: x}\n".to_owned(), |bomb, n| {
        let below = format!("*a{n},").repeat(10);
        format!("{bomb}- &a{} [{below}]\n", n + 1)
    });
    let again = "- {when: {start: true}, reply: *r}\n".repeat(400);
    let rule = "- {when: {start: true}, reply: []}\n";
    for (text, part) in [
        ("rules: &all\n  - *all\n".to_owned(), "an alias stands here within what it names"),
        (" ".repeat(300_000), "longer than 256 KiB"),
        (format!("rules:\n{}", rule.repeat(501)), "more than 500 rules"),
        ("[".repeat(5_000), "limit"),
        (format!("rules: {}", "{a: ".repeat(5_000)), "expected"),
        (anchors.to_owned(), "expected"),
        (format!("rules:\n- when: {{start: true}}\n  reply:\n{}", bomb.replace("- ", "  - ")), "expected"),
        (
            format!(
                "rules: [{{when: {{start: true}}, reply: [{{quickReplies: [{}]}}]}}]",
                "a,".repeat(60_000)
            ),
            "too much",
        ),
        (
            format!("rules:\n- {{when: {{start: true}}, reply: &r [{}]}}\n{again}", "{text: a},".repeat(200)),
            "too much",
        ),
    ] {
        let mistake = Bot::parse("bot.yaml", text.as_bytes()).expect_err("it was taken");
        assert!(mistake.message.contains(part), "{mistake}: {text:.80}");
    }
    let mistake = Bot::parse("bot.yaml", b"rules:\n- \xff\n").unwrap_err();
    assert_eq!((mistake.line, mistake.column), (2, 3));
    assert!(mistake.message.contains("UTF-8"));
}

#[test]
fn the_demonstration_answers_each_word_with_its_content_and_anything_else_with_one_line_of_help() {
    let bot = Bot::demo();
    let answer = |word: &str| bot.answer(&mut BotMemory::default(), &GuestAct::Said(word));
    for (word, kind, field) in [
        ("card", "Card", "card"),
        (" Carousel\n", "Carousel", "carousel"),
        ("DATE", "DatePicker", "datePicker"),
        ("list", "ListPicker", "listPicker"),
        ("form", "Form", "form"),
        ("file", "Attachment", "attachment"),
    ] {
        let answers = answer(word);
        let [BotReply { after: Duration::ZERO, send: BotSend::Message { content, .. } }] = &answers[..]
        else {
            panic!("{word}: {answers:?}")
        };
        assert_eq!(content.len(), 1, "{word}");
        assert_eq!(content[0]["contentType"], kind, "{word}");
        assert!(content[0][field].is_object(), "{word}");
    }
    assert_eq!(answer("bye").last().unwrap().send, BotSend::Disconnect { read_only: false });
    for other in ["hello", "a card, please", ""] {
        let answers = answer(other);
        let [BotReply { send: BotSend::Message { text: Some(help), content }, .. }] = &answers[..] else {
            panic!("{other:?}: {answers:?}")
        };
        let offered: Vec<_> = content.iter().map(|c| c["quickReply"]["payload"].as_str().unwrap()).collect();
        assert_eq!(offered, ["card", "carousel", "date", "list", "form", "file", "bye"]);
        assert!(!help.contains('\n') && offered.iter().all(|word| help.contains(word)), "{help}");
    }
    assert!(bot.answer(&mut BotMemory::default(), &GuestAct::Started).is_empty(), "it waits to be asked");
}

/// Pieces of which bot files, and files that are nearly some, are made.
fn piece() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "rules:",
        "\n",
        "- ",
        "  ",
        "when: ",
        "{",
        "}",
        "[",
        "]",
        ",",
        ": ",
        "contains",
        "matches",
        "a(b",
        "&a ",
        "*a",
        "text",
        "reply",
        "true",
        "after",
        "5ms",
        "'",
        "\"",
        "|",
        "#",
        "---",
        "!x",
        "\t",
        "<<",
        "\u{0}",
        "é",
        "quickReplies",
        "card",
        "form",
        "datePicker",
        "\u{2028}",
        "? ",
        "%YAML 1.2",
    ];
    prop_oneof![4 => proptest::sample::select(PIECES).prop_map(str::to_owned), 1 => ".{0,8}"]
}

proptest! {
    #[test]
    fn no_bytes_whatever_make_it_panic_and_a_mistake_has_a_place_in_the_file(
        pieces in proptest::collection::vec(piece(), 0..60),
        cut in 0_usize..400,
        text in ".{0,20}",
    ) {
        let whole = pieces.concat().into_bytes();
        for bytes in [&whole[..], &whole[..cut.min(whole.len())]] {
            match Bot::parse("bot.yaml", bytes) {
                Ok(bot) => {
                    bot.answer(&mut BotMemory::default(), &GuestAct::Said(&text));
                }
                Err(mistake) => {
                    let lines = String::from_utf8_lossy(bytes).split(['\n', '\r']).count() as u64;
                    prop_assert!((1..=lines + 1).contains(&mistake.line), "{mistake}");
                    prop_assert!(mistake.column >= 1 && !mistake.message.is_empty(), "{mistake}");
                }
            }
        }
    }

    /// Every prefix of the demonstration is a bot, or a mistake with its place.
    #[test]
    fn a_bot_file_that_was_cut_anywhere_is_read_or_refused(cut in 0_usize..5_000) {
        let whole = include_bytes!("demo.yaml");
        let _ = Bot::parse("demo.yaml", &whole[..cut.min(whole.len())]);
    }
}
