use crate::{App, views::RequestView};

impl App {
    /// What the console asked the org lately, newest first, at most 1,000. Never a header, token, query or body.
    pub fn activity_list(&self) -> Vec<RequestView> {
        self.0
            .org
            .pipeline
            .requests()
            .into_iter()
            .map(|r| RequestView {
                at: r.at,
                method: r.method,
                path: r.template.to_owned(),
                status: r.status,
                millis: u32::try_from(r.millis).unwrap_or(u32::MAX),
                attempt: r.attempt,
                correlation_id: r.correlation_id,
            })
            .collect()
    }
}
