//! What a person is asked, in words.

use app::EditQuestion;

/// The longest origin that is shown whole; of a longer one the end is what tells whose it is.
const SHOWN: usize = 80;

/// A question with a yes and a no; closing the window is a no, and so is Enter without a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    pub(super) title: &'static str,
    pub(super) asked: String,
    /// What a yes does.
    pub(super) detail: String,
    pub(super) yes: &'static str,
    pub(super) no: &'static str,
    /// What the page is told after a no.
    pub(super) refused: String,
}

impl Question {
    /// A connection would send its sign-in to these origins, which are not on this computer.
    pub(crate) fn new_connection(origins: &[String]) -> Self {
        let named: Vec<String> = origins.iter().map(|origin| shown(origin)).collect();
        let named = named.join(" and ");
        Self {
            title: "New connection",
            asked: format!("Connect to {named}?"),
            detail: "The client id and the client secret of the new connection are kept and sent there, and so is all that \
                     you do over it. Say yes only if you entered this address yourself."
                .to_owned(),
            yes: "Connect",
            no: "Do not connect",
            refused: format!("Nobody said yes to {named}: nothing was stored and nothing was sent."),
        }
    }

    /// An edited connection would send a secret away from this computer, or lose a guard; nothing where it does neither.
    pub(crate) fn edited_connection(name: &str, asks: &EditQuestion) -> Option<Self> {
        let named: Vec<String> = asks.origins.iter().map(|origin| shown(origin)).collect();
        let named = named.join(" and ");
        let sent = (!named.is_empty()).then(|| {
            format!("The client id and the client secret that you entered are kept and sent to {named}, and so is all \
                     that you do over this connection.")
        });
        let lost =
            (!asks.loosened.is_empty()).then(|| format!("From then on {}.", asks.loosened.join(", and ")));
        let detail: Vec<String> = sent.into_iter().chain(lost).collect();
        if detail.is_empty() {
            return None;
        }
        Some(Self {
            title: "Edited connection",
            asked: format!("Change the connection {name}?"),
            detail: format!("{} Say yes only if you entered this yourself.", detail.join(" ")),
            yes: "Change it",
            no: "Leave it",
            refused: format!("Nobody said yes to the change of {name}: it is as it was."),
        })
    }

    /// Ending the console would lose what was typed and not yet saved.
    pub(crate) fn leave(count: usize) -> Self {
        let drafts = if count == 1 { "1 draft".to_owned() } else { format!("{count} drafts") };
        Self {
            title: "Quit Innkeeper",
            asked: format!("Quit and discard {drafts}?"),
            detail: "What was typed and not yet saved or sent is kept while the console runs, and nowhere on disk. The page \
                     does not answer, so it cannot show what it is."
                .to_owned(),
            yes: "Quit and discard",
            no: "Go on",
            refused: "Nobody said yes to quitting.".to_owned(),
        }
    }

    /// Pages of this origin, which is not on this computer, would get in at the chat gateway.
    pub(crate) fn gateway_origin(origin: &str) -> Self {
        let named = shown(origin);
        Self {
            title: "Chat gateway",
            asked: format!("Let pages of {named} use the chat gateway?"),
            detail: "In a browser on this computer they may then start chats over the connection in use, write in them and \
                     read the answers. Say yes only if you entered this address yourself."
                .to_owned(),
            yes: "Let them in",
            no: "Keep closed",
            refused: format!("Nobody said yes to {named}: the gateway was not opened."),
        }
    }
}

/// An origin in ASCII, as it is shown: a long one is cut in the middle, so that the host's end stays.
fn shown(origin: &str) -> String {
    let clean: Vec<char> = origin.chars().map(|c| if c.is_ascii_graphic() { c } else { '?' }).collect();
    if clean.len() <= SHOWN {
        return clean.into_iter().collect();
    }
    let (begin, end) = (&clean[..16], &clean[clean.len() - (SHOWN - 17)..]);
    begin.iter().chain(['…'].iter()).chain(end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_names_each_origin_in_ascii_and_says_what_a_yes_does() {
        let origins = ["https://login.mypurecloud.com".to_owned(), "https://api.mypurecloud.com".to_owned()];
        let asked = Question::new_connection(&origins);
        assert_eq!(asked.asked, "Connect to https://login.mypurecloud.com and https://api.mypurecloud.com?");
        assert!(asked.detail.contains("client secret") && asked.refused.contains("nothing was sent"));
        let edited = |origins: &[String], loosened: &[&'static str]| {
            let asks = EditQuestion { origins: origins.to_vec(), loosened: loosened.to_vec() };
            Question::edited_connection("Lab", &asks)
        };
        assert_eq!(edited(&[], &[]), None);
        let asked = edited(&origins, &["it may write"]).unwrap();
        assert_eq!(asked.asked, "Change the connection Lab?");
        for told in
            ["https://login.mypurecloud.com and https://api.mypurecloud.com", "client secret", "it may write"]
        {
            assert!(asked.detail.contains(told), "{told}: {}", asked.detail);
        }
        let asked = Question::gateway_origin("https://chat.example:8443");
        assert_eq!(asked.asked, "Let pages of https://chat.example:8443 use the chat gateway?");
    }

    #[test]
    fn of_a_long_host_the_end_is_shown_which_tells_whose_it_is() {
        let host = format!("https://login.mypurecloud.com.{}.evil.example", "a".repeat(300));
        let shown = shown(&host);
        assert_eq!(shown.chars().count(), SHOWN);
        assert!(shown.starts_with("https://login.my…") && shown.ends_with("aaa.evil.example"), "{shown}");
        assert_eq!(super::shown("https://a\u{202e}b\nc"), "https://a?b?c");
    }
}
