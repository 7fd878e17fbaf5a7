use std::path::{Path, PathBuf};

use app::{
    Failure, LabChoice, LabTarget, Result,
    views::{LabDoctorView, LabProblemView},
};

use super::{
    super::{input::aside, scenario::tell_problem},
    choice::choice,
};
use crate::{
    args::LabPlace,
    open::Context,
    output::{BAD_FILE, DONE, line},
};

/// Asks for the configuration of one deployment.
pub async fn run(place: &LabPlace, files: &[PathBuf], cx: &Context<'_>) -> Result<u8> {
    let named = files.to_vec();
    let read = aside(move || {
        let read = |file: PathBuf| app::load_scenarios(&file).map(|suite| (file, suite));
        Ok(named.into_iter().map(read).collect::<Result<Vec<_>, _>>())
    });
    let suites = match read.await? {
        Ok(suites) => suites,
        Err(problem) => {
            tell_problem(&problem, cx.out);
            return Ok(BAD_FILE);
        }
    };
    let lab = cx.lab("lab doctor").await?;
    let mut target: Option<(LabTarget, &Path)> = None;
    for (file, suite) in &suites {
        let of_file = LabChoice { file: Some(suite.config.clone()), ..choice(place) };
        let next = lab.target(&of_file).await?;
        match &target {
            Some((first, named)) if first.deployment != next.deployment => {
                let (named, file) = (named.display(), file.display());
                let why =
                    format!("{named} and {file} name different deployments; give one of them at a time");
                return Err(Failure::field("FILE", why));
            }
            Some(_) => {}
            None => target = Some((next, file)),
        }
    }
    let target = match target {
        Some((target, _)) => target,
        None => lab.target(&choice(place)).await?,
    };
    let view = app::lab_doctor(&target, &suites).await?;
    cx.out.record(&view, || words(&view));
    Ok(if view.problems.is_empty() { DONE } else { 1 })
}

fn words(view: &LabDoctorView) -> String {
    const UNSAID: &str = "its configuration does not say";
    let yes = |is: Option<bool>| is.map_or(UNSAID, |is| if is { "yes" } else { "no" });
    let active = yes(view.active);
    let origins = match &view.origins {
        Some(origins) if !origins.is_empty() => line(&origins.join(", ")),
        _ => "any, or its configuration does not say".to_owned(),
    };
    let session = view.session_seconds.map_or("not told".to_owned(), |seconds| format!("{seconds} s"));
    let mut lines = vec![
        format!("deployment   {} at {}", line(&view.deployment), line(&view.host)),
        format!("active       {active}"),
        format!("origins      {origins}"),
        format!("auto start   {}", yes(view.auto_start)),
        format!(
            "disconnect   {}",
            view.disconnect.map_or(UNSAID.to_owned(), |end| format!("{end:?}").to_lowercase())
        ),
        format!("clear        {}", yes(view.clear)),
        format!("attachments  {}", attachments(view)),
        format!(
            "typing       shown to the agent: {}; to the guest: {}",
            yes(view.typing),
            yes(view.agent_typing)
        ),
        format!("session      {session}"),
    ];
    if view.problems.is_empty() {
        lines.push(match view.files {
            0 => "Nothing speaks against a guest who connects. No scenario file was named, so no step was looked at.".to_owned(),
            1 => "Nothing speaks against a test: the steps of 1 file were looked at.".to_owned(),
            files => format!("Nothing speaks against a test: the steps of {files} files were looked at."),
        });
    }
    lines.extend(view.problems.iter().map(problem));
    lines.join("\n")
}

fn attachments(view: &LabDoctorView) -> String {
    match view.attachments {
        Some(true) => {}
        Some(false) => return "no".to_owned(),
        None => return "its configuration does not say".to_owned(),
    }
    let most = view.attachment_max_kb.map(|most| format!(", at most {most} KB")).unwrap_or_default();
    match view.attachment_types.is_empty() {
        true => format!("yes{most}"),
        false => format!("{}{most}", line(&view.attachment_types.join(", "))),
    }
}

fn problem(problem: &LabProblemView) -> String {
    let place = match (&problem.file, problem.line) {
        (Some(file), Some(at)) => format!("{}, line {at}, ", line(file)),
        _ => String::new(),
    };
    format!("problem      {place}{}: {}.", problem.step, line(&problem.why))
}
