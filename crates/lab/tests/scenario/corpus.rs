//! Files that parser and schema both take, and files that both refuse.

/// Steps of one scenario each, taken by both.
pub const STEPS: &[&str] = &[
    "[]",
    "[{say: Hi}, {waitForReplyContaining: a}, {waitForReplyMatching: '('}]",
    "[{say: yes}]",
    "[{tap: Yes}]",
    "[{pick: {list: [a, b]}}]",
    "[{pick: {time: '2026-11-30'}}, {pick: {time: '2026-11-30T10:00'}}, {pick: {time: '2026-11-30T10:00:00.5'}}]",
    "[{pick: {time: '2026-11-30T10:00:00Z'}}, {pick: {time: '2026-11-30T10:00:00+01:00'}}, {pick: {time: '${when}'}}]",
    "[{fill: {a: b, c: 5, d: true, e: ''}}]",
    "[{attach: a.png}]",
    "[{attributes: {a: b}}]",
    "[{expectQuickReplies: [Yes, No]}]",
    "[{expectDisconnect: true}, {expectDisconnect: {readOnly: true}}, {expectDisconnect: {readOnly: false}}]",
    "[{neverContaining: sorry}]",
    "[{optional: {say: Hi}}, {within: {seconds: 2.5, step: {optional: {tap: a}}}}]",
    "[{goOffline: true}, {comeBack: true}, {pause: 100}]",
    "[{include: 'a.yaml#b'}, {include: '#b'}, {include: 'a.yaml#b#c'}]",
    "[{expectAttribute: {a: b, c: 5, d: true, e: null}}]",
];

/// Steps of one scenario each, refused by both.
pub const BAD_STEPS: &[&str] = &[
    "null",
    "hello",
    "[hello]",
    "[null]",
    "[{}]",
    "[{say: ''}]",
    "[{say: 5}]",
    "[{say: true}]",
    "[{say: null}]",
    "[{say: [a]}]",
    "[{say: a, tap: b}]",
    "[{shout: a}]",
    "[{tap: ''}]",
    "[{pick: {}}]",
    "[{pick: {list: []}}]",
    "[{pick: {list: [5]}}]",
    "[{pick: {list: [a], time: '2026-11-30'}}]",
    "[{pick: {time: noon}}]",
    "[{pick: {time: '2026-11-30 10:00'}}]",
    "[{fill: {}}]",
    "[{fill: {'': a}}]",
    "[{fill: {a: null}}]",
    "[{attributes: [a]}]",
    "[{expectQuickReplies: []}]",
    "[{expectQuickReplies: Yes}]",
    "[{expectDisconnect: false}]",
    "[{expectDisconnect: {}}]",
    "[{expectDisconnect: {readOnly: 1}}]",
    "[{expectDisconnect: {readOnly: true, more: 1}}]",
    "[{optional: {}}]",
    "[{optional: {include: 'a#b'}}]",
    "[{within: {seconds: 5}}]",
    "[{within: {seconds: 0, step: {say: a}}}]",
    "[{within: {seconds: 86401, step: {say: a}}}]",
    "[{within: {seconds: '5', step: {say: a}}}]",
    "[{goOffline: false}]",
    "[{comeBack: yes}]",
    "[{pause: -1}]",
    "[{pause: 1.5}]",
    "[{pause: 86400001}]",
    "[{include: a.yaml}]",
    "[{include: 'a.yaml#'}]",
    "[{include: '${a}#b'}]",
    "[{expectAttribute: {}}]",
    "[{expectAttribute: {a: [b]}}]",
    "{tags: []}",
    "{steps: null}",
    "{steps: [], tags: a}",
    "{steps: [], tags: ['']}",
    "{steps: [], timeout: 0}",
    "{steps: [], skip: true}",
    "{steps: [], skip: ''}",
    "{steps: [], repeat: 0}",
    "{steps: [], repeat: 10001}",
    "{steps: [], repeat: 1.5}",
    "{steps: [], more: 1}",
];

/// Whole files, taken by both.
pub const FILES: &[&str] = &[
    "scenarios: {a: []}",
    "scenarios: {' ': [], 1: [], true: []}",
    "{config: {}, scenarios: {a: []}}",
    "{config: {deploymentId: a, region: b, origin: c, pace: 0}, scenarios: {a: []}}",
    "{variables: {a: b, _c-1: 5, d: true, e: ''}, scenarios: {a: []}}",
    "{variables: {}, setup: [], cleanUp: [], scenarios: {a: []}}",
    "{setup: [{say: a}], cleanUp: [{include: 'a#b'}], scenarios: {a: []}}",
    "scenarios: {a: {steps: [{say: a}], tags: [b], timeout: 0.5, skip: c, repeat: 10000}}",
    "scenarios: {a: &a [{say: &b c}], d: *a, e: [{tap: *b}]}",
];

/// Whole files, refused by both.
pub const BAD_FILES: &[&str] = &[
    "[]",
    "a",
    "{}",
    "{scenarios: {}}",
    "{scenarios: null}",
    "{scenarios: []}",
    "{scenarios: {'': []}}",
    "{scenarios: {\"\\n\": []}}",
    "{scenarios: {a: []}, more: 1}",
    "{config: null, scenarios: {a: []}}",
    "{config: [], scenarios: {a: []}}",
    "{config: {region: 5}, scenarios: {a: []}}",
    "{config: {region: ''}, scenarios: {a: []}}",
    "{config: {pace: '5'}, scenarios: {a: []}}",
    "{config: {more: a}, scenarios: {a: []}}",
    "{variables: {a b: c}, scenarios: {a: []}}",
    "{variables: {a: null}, scenarios: {a: []}}",
    "{variables: [], scenarios: {a: []}}",
    "{setup: null, scenarios: {a: []}}",
    "{cleanUp: {}, scenarios: {a: []}}",
];

/// Every file of the corpus, and whether it is taken.
pub fn all() -> Vec<(String, bool)> {
    let with = |steps: &&str| format!("scenarios:\n  a: {steps}\n");
    let steps = STEPS.iter().map(with).map(|file| (file, true));
    let bad_steps = BAD_STEPS.iter().map(with).map(|file| (file, false));
    let files = FILES.iter().map(|file| ((*file).to_owned(), true));
    let bad_files = BAD_FILES.iter().map(|file| ((*file).to_owned(), false));
    steps.chain(bad_steps).chain(files).chain(bad_files).collect()
}
