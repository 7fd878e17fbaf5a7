//! The mark by which the guests of a lab are found again.

use crate::{
    common::{id, options, scripted},
    trouble::session,
};

#[tokio::test(start_paused = true)]
async fn the_mark_of_a_new_guest_is_sent_only_where_the_org_says_that_the_session_is_new() {
    let mark = std::collections::BTreeMap::from([("mark".to_owned(), "x".to_owned())]);
    for (is_new, is_marked) in [(Some(true), true), (Some(false), false), (None, false)] {
        let attributes_if_new = mark.clone();
        let mut guest = scripted(genesys::webmessaging::ChatOptions { attributes_if_new, ..options() });
        let mut org = guest.connections.recv().await.unwrap();
        org.receive().await.unwrap();
        let mut answer = session(true);
        match is_new {
            Some(is_new) => answer["body"]["newSession"] = is_new.into(),
            None => drop(answer["body"].as_object_mut().unwrap().remove("newSession")),
        }
        org.send(&answer);
        guest.chat.say(id(1), "Hello").unwrap();
        let sent = loop {
            let sent = org.receive().await.unwrap();
            if sent["message"]["text"] == "Hello" {
                break sent;
            }
        };
        assert_eq!(sent.to_string().contains("\"mark\""), is_marked, "{is_new:?}: {sent}");
    }
}
