//! From a run to its certificate and back.

use std::collections::BTreeMap;

use super::*;
use crate::{
    Issuing, issue,
    memory_org::{Event, Trouble, id},
};
use proof::{AuditHead, Fingerprint, NotGenuine, SigningKey, SpareReason, verify};

pub(super) fn issuing() -> Issuing {
    Issuing {
        connection_kind: "production".to_owned(),
        environment: "us-east-1".to_owned(),
        program: "innkeeper 0.1.0".to_owned(),
        at: now(),
        audit: Some(AuditHead { count: 3, hash: "0a".repeat(32) }),
    }
}

fn issued(story: &Story, key: &SigningKey) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    issue(&store(), &story.runs(), &story.run(), &issuing(), key, &mut out).map(|_| out)
}

async fn eventful() -> Story {
    let memory_org = MemoryOrg::with_guests((0..9).map(|n| 40 + n % 3));
    memory_org.org().undelivered.insert(id(8));
    let story = Story::of(memory_org).await;
    {
        let mut org = story.memory_org.org();
        org.happen(Event::Opens(1));
        org.happen(Event::Vanishes(2));
        org.happen(Event::Held(3));
        org.trouble.insert(id(4), vec![Trouble::CutAfter].into());
        org.trouble.insert(id(5), vec![Trouble::Refused; 9].into());
    }
    story
}

#[tokio::test(start_paused = true)]
async fn the_certificate_says_of_every_guest_what_the_run_says() {
    let story = eventful().await;
    let report = story.execute(story.start(RunOptions::default())).await;
    story.audit(&report);
    let key = SigningKey::generate().unwrap();
    let bytes = issued(&story, &key).unwrap();
    let verified = verify(&bytes[..], Some(&*story.plan), Some(&key.fingerprint())).unwrap();
    assert!(verified.against_plan);
    let counts = &verified.header.counts;
    let spared = [(SpareReason::Hold, 1), (SpareReason::OpenConversation, 1), (SpareReason::Undelivered, 1)];
    assert_eq!(counts.spared, BTreeMap::from(spared));
    assert_eq!((counts.listed, counts.deleted, counts.inferred), (9, 4, 1));
    assert_eq!((counts.already_gone, counts.failed, counts.remaining), (1, 1, 0));
    assert_eq!((report.counts.deleted, report.counts.spared, report.counts.failed), (4, 3, 1));
    assert!(verified.header.run.verified);
    let text = String::from_utf8(bytes).unwrap();
    for n in 0..9 {
        assert!(!text.contains(&id(n).to_string()), "a guest is named");
    }
    assert!(!text.contains("\"400\""), "the org's words");
    assert!(!text.contains(&story.plan.header().hash_key), "the key");
}

#[tokio::test(start_paused = true)]
async fn only_a_run_that_has_ended_has_a_certificate_and_a_resumed_one_has_another() {
    let story = eventful().await;
    let key = SigningKey::generate().unwrap();
    assert!(matches!(issued(&story, &key), Err(Error::NoSuchRun(_))));
    let run = story.start(RunOptions { max: Some(2), ..RunOptions::default() });
    assert!(matches!(issued(&story, &key), Err(Error::RunNotOver(_))), "it is being carried out");
    let report = story.execute(run).await;
    assert_eq!(report.state, RunState::Paused);
    let paused = verify(&issued(&story, &key).unwrap()[..], Some(&*story.plan), None).unwrap().header;
    assert_eq!((paused.run.state, paused.run.max, paused.counts.deleted), (RunState::Paused, Some(2), 2));
    assert_eq!(paused.counts.remaining, report.counts.remaining);
    drop(story.resume());
    assert!(matches!(issued(&story, &key), Err(Error::RunNotOver(_))), "it was interrupted");
    while story.execute(story.resume()).await.state == RunState::Paused {}
    let done = verify(&issued(&story, &key).unwrap()[..], Some(&*story.plan), None).unwrap().header;
    assert_eq!((done.run.state, done.counts.deleted, done.counts.remaining), (RunState::Finished, 4, 0));
}

#[tokio::test(start_paused = true)]
async fn a_delete_that_may_have_worked_before_a_stop_is_not_called_remaining_without_a_word() {
    let story = Story::of(MemoryOrg::with_guests([40])).await;
    story.memory_org.org().trouble.insert(id(0), vec![Trouble::CutBefore, Trouble::Forbidden].into());
    let report = story.execute(story.start(RunOptions::default())).await;
    assert_eq!((report.state, report.counts.remaining), (RunState::Failed, 1));
    let key = SigningKey::generate().unwrap();
    let text = String::from_utf8(issued(&story, &key).unwrap()).unwrap();
    assert!(text.contains(r#""outcome":"remaining","perhapsDone":true"#), "{text}");
    verify(text.as_bytes(), Some(&*story.plan), None).unwrap();
}

#[tokio::test(start_paused = true)]
async fn another_plan_and_another_signer_are_told_apart() {
    let story = eventful().await;
    story.execute(story.start(RunOptions::default())).await;
    let key = SigningKey::generate().unwrap();
    let bytes = issued(&story, &key).unwrap();
    let other = eventful().await;
    assert!(matches!(verify(&bytes[..], Some(&*other.plan), None), Err(NotGenuine::OtherPlan { .. })));
    let stranger: Fingerprint = SigningKey::generate().unwrap().fingerprint();
    let refused = verify(&bytes[..], None, Some(&stranger)).unwrap_err();
    assert!(
        matches!(refused, NotGenuine::Signer { asked, found } if asked == stranger && found == key.fingerprint())
    );
}
