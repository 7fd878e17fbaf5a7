//! What came of the scenarios: parts of the results, one of them whole, and a report of all.

use std::{io::Write, path::PathBuf, time::Duration};

use chrono::{DateTime, Utc};
use lab::{
    report,
    run::{FrameLine, Part, ScenarioResult, Speaker, StepStatus, TranscriptLine},
};

use super::runs::rank;
use crate::{
    App, Existing, Failure, FailureCode, Result,
    views::{
        LabButtonView, LabContentView, LabFrameView, LabFrameWay, LabRowKind, LabRowView, ReportForm,
        ScenarioDetailView, ScenarioPart, ScenarioResultPage, ScenarioStepOutcome, ScenarioStepView, count,
    },
};

/// So many results are answered at once, at most.
const MOST_AT_ONCE: u32 = 500;

impl App {
    /// A part of the results, failures first.
    pub fn scenario_results(&self, offset: u32, limit: u32) -> ScenarioResultPage {
        let mut all = self.0.scenarios.results();
        all.sort_by_key(|kept| rank(kept.outcome()));
        let page = all.iter().skip(offset as usize).take(limit.min(MOST_AT_ONCE) as usize);
        let results = page.map(|kept| self.0.scenarios.result_view(kept)).collect();
        ScenarioResultPage { results, total: count(all.len() as u64) }
    }

    /// One result with all that is known of it.
    ///
    /// # Errors
    /// A result that is not there any more: the scenario was run again, or its file closed.
    pub fn scenario_result(&self, number: u32) -> Result<ScenarioDetailView> {
        let kept = self.0.scenarios.result(number).ok_or_else(|| {
            Failure::new(
                FailureCode::NotFound,
                "This result was replaced by a newer one, or its file was closed.",
            )
            .with_next("Look at the list of results.")
        })?;
        let attempt = kept.result.detail.as_ref();
        let began = kept.began();
        let transcript = attempt.map(|attempt| attempt.transcript.as_slice()).unwrap_or_default();
        let frames = attempt.map(|attempt| attempt.frames.as_slice()).unwrap_or_default();
        Ok(ScenarioDetailView {
            result: self.0.scenarios.result_view(&kept),
            steps: steps(&kept.result),
            transcript: transcript.iter().zip(1..).map(|(line, number)| row(line, number, began)).collect(),
            frames: frames.iter().zip(1..).map(|(line, number)| frame(line, number, began)).collect(),
        })
    }

    /// Writes a report of the newest results, in the order of the files; answers where it lies. What the newest run left out or was
    /// ended before, and what is from before its file was changed, is told as not run.
    ///
    /// # Errors
    /// Nothing was run yet; a name that cannot be written, by the field `file`.
    pub async fn scenario_report_save(
        &self,
        form: ReportForm,
        file: PathBuf,
        existing: Existing,
    ) -> Result<String> {
        let Some((heading, results)) = self.0.scenarios.reported() else {
            return Err(Failure::new(
                FailureCode::InvalidInput,
                "No run has ended yet: there is nothing to report.",
            )
            .with_next("Run scenarios first."));
        };
        self.on_disk(move |app| {
            let text = match form {
                ReportForm::Html => report::html(&heading, &results),
                ReportForm::Junit => report::junit(&heading, &results),
                ReportForm::Json => report::json(&heading, &results),
            };
            let mut out = app.folder().output(&file, existing)?;
            out.write_all(text.as_bytes()).map_err(|e| out.failed(&e))?;
            Ok(out.publish()?.display().to_string())
        })
        .await
    }
}

/// Every step, those that were not reached too.
fn steps(result: &ScenarioResult) -> Vec<ScenarioStepView> {
    let done = result.detail.as_ref().map(|attempt| attempt.steps.as_slice()).unwrap_or_default();
    let mut in_part = [0_usize; 3];
    let summaries = result.step_summaries.iter().map(|summary| {
        let (part, at) = match summary.part {
            Part::Setup => (ScenarioPart::Setup, 0),
            Part::Scenario => (ScenarioPart::Scenario, 1),
            Part::CleanUp => (ScenarioPart::CleanUp, 2),
        };
        let number = in_part[at];
        in_part[at] += 1;
        let record = done.iter().find(|record| record.part == summary.part && record.number == number);
        ScenarioStepView {
            part,
            text: summary.label.clone(),
            line: summary.line,
            outcome: record.map(|record| match record.status {
                StepStatus::Passed => ScenarioStepOutcome::Passed,
                StepStatus::Failed => ScenarioStepOutcome::Failed,
                StepStatus::Ignored => ScenarioStepOutcome::Ignored,
            }),
            reason: record.and_then(|record| record.reason.clone()),
            timed_out: record.is_some_and(|record| record.timed_out),
            millis: record.map(|record| count(record.millis)),
            runs: summary.runs,
            failures: summary.failures,
            p50_millis: summary.p50_millis.map(count),
            p95_millis: summary.p95_millis.map(count),
        }
    });
    summaries.collect()
}

fn row(line: &TranscriptLine, number: u32, began: DateTime<Utc>) -> LabRowView {
    let offered = line.offered.iter().map(|text| LabContentView::QuickReply {
        button: LabButtonView { text: text.clone(), payload: text.clone(), is_link: false },
    });
    LabRowView {
        number,
        kind: match line.speaker {
            Speaker::Guest => LabRowKind::Guest,
            Speaker::Org => LabRowKind::Bot,
            Speaker::Note => LabRowKind::Event,
        },
        id: None,
        key: None,
        at: began + Duration::from_millis(line.at_millis),
        text: Some(line.text.clone()),
        nickname: None,
        content: offered.collect(),
        delivery: None,
        why: None,
        upload: None,
        out_of_order: false,
        from_history: false,
        needs_person: false,
        sent_again: false,
    }
}

fn frame(line: &FrameLine, number: u32, began: DateTime<Utc>) -> LabFrameView {
    LabFrameView {
        number,
        at: DateTime::parse_from_rfc3339(&line.at).map_or(began, |at| at.to_utc()),
        way: match line.way {
            "out" => LabFrameWay::Out,
            "in" => LabFrameWay::In,
            _ => LabFrameWay::Connection,
        },
        name: line.name.clone(),
        code: line.code,
        json: line.json.clone(),
    }
}
