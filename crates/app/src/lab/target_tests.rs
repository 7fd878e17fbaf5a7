//! Which of several places wins, and what is refused.

use std::{ffi::OsString, sync::Arc as Shared};

use genesys::ExtraRoots;
use lab::scenario::{Config, Place, Setting};
use model::Secret;
use tokio::sync::OnceCell;

use crate::{
    Connection, DataFolder, Environment, EnvironmentVariables, Failure, FailureCode, Lab, LabChoice,
    LabVariables, views::ConnectionKind,
};

fn setting(text: &str) -> Option<Setting> {
    let file: Shared<std::path::Path> = std::path::Path::new("a.yaml").into();
    Some(Setting { place: Place::beginning(&file), text: text.to_owned() })
}

fn file(deployment: &str, origin: &str, region: Option<&str>) -> Config {
    let region = region.and_then(setting);
    Config { deployment_id: setting(deployment), origin: setting(origin), region, pace: None }
}

fn lab<'a>(data: &std::path::Path, variables: &[(&str, &str)]) -> Lab<'a> {
    let get = |name: &str| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
    };
    Lab {
        connection: None,
        variables: EnvironmentVariables::of(get),
        lab_variables: LabVariables::of(get),
        root: data.to_owned(),
        passphrase: None,
        roots: ExtraRoots::default(),
        open_embedded: Box::new(|| Box::pin(async { Err(Failure::internal("no embedded org here")) })),
        embedded: OnceCell::new(),
    }
}

const BASE: &str = "http://127.0.0.1:4000";

#[tokio::test]
async fn the_command_line_beats_the_variable_and_that_beats_the_file_which_moves_nobody_from_an_address() {
    let data = tempfile::tempdir().unwrap();
    let of_file = LabChoice {
        file: Some(file("d-file", "https://file.example", Some("eu-west-1"))),
        ..LabChoice::default()
    };
    let given = LabChoice {
        deployment: Some("d-given".into()),
        origin: Some("https://given.example".into()),
        region: Some("us-east-1".into()),
        ..of_file.clone()
    };
    let variable = [("GC_DEPLOYMENT_ID", "d-variable"), ("GC_ORIGIN", "https://variable.example")];
    let url = [variable[0], variable[1], ("GC_BASE_URL", BASE)];
    for (variables, choice, deployment, origin, host, is_local) in [
        (&[][..], &of_file, "d-file", "file", "webmessaging.mypurecloud.ie", false),
        (&[], &given, "d-given", "given", "webmessaging.mypurecloud.com", false),
        (&variable, &of_file, "d-variable", "variable", "webmessaging.mypurecloud.ie", false),
        (&url, &given, "d-given", "given", "127.0.0.1:4000", true),
        (&url, &of_file, "d-variable", "variable", "127.0.0.1:4000", true),
    ] {
        let target = lab(data.path(), variables).target(choice).await.unwrap();
        let origin = format!("https://{origin}.example");
        assert_eq!(
            (target.deployment.id.as_str(), target.deployment.origin.clone()),
            (deployment, Some(origin))
        );
        assert!(target.host == host && target.is_local == is_local, "{} {}", target.host, target.is_local);
        assert!(!target.has_api() && target.org().await.err().unwrap().code.exit_code() == 2);
    }
    assert_eq!(data.path().read_dir().unwrap().count(), 0);
}

#[tokio::test]
async fn a_stored_deployment_beats_the_files_and_nothing_is_written_where_another_process_may_hold_the_folder()
 {
    let data = tempfile::tempdir().unwrap();
    let secret = Secret::new("demo".into());
    let held = DataFolder::open(data.path(), "another", Some(Secret::new("correct horse".into()))).unwrap();
    let connection = Connection {
        name: "Lab".into(),
        environment: Environment::BaseUrl(BASE.into()),
        kind: ConnectionKind::Production,
        read_only: true,
        deployment: Some("d-stored".into()),
        ..Connection::embedded()
    };
    held.add_checked(&connection, &secret).unwrap();
    held.change(|list| {
        list.insert(Connection { name: "Bare".into(), deployment: None, ..connection }).map(drop)
    })
    .unwrap();
    let choice =
        LabChoice { file: Some(file("d-file", "https://file.example", None)), ..LabChoice::default() };
    let lab = |name: &str, passphrase: &str| Lab {
        connection: Some(name.into()),
        passphrase: Some(Secret::new(passphrase.into())),
        ..lab(data.path(), &[])
    };
    let target = lab("Lab", "correct horse").target(&choice).await.unwrap();
    assert_eq!((target.deployment.id.as_str(), target.kind), ("d-stored", ConnectionKind::Production));
    assert_eq!(target.may_write().unwrap_err().code, FailureCode::ReadOnly);
    assert!(target.has_api() && target.org().await.is_ok());
    let wrong = lab("Lab", "another one").target(&choice).await.unwrap();
    assert!(wrong.org().await.is_err());
    assert_eq!(lab("Bare", "x").target(&choice).await.unwrap().deployment.id, "d-file");
    let none = lab("Bare", "x").target(&LabChoice::default()).await.err().unwrap();
    assert_eq!((none.fields[0].field.as_str(), none.code.exit_code()), ("--deployment", 2));
    drop(held);
}

#[tokio::test]
async fn a_variable_that_lost_its_value_is_refused_unless_the_command_line_says_the_same_thing() {
    let data = tempfile::tempdir().unwrap();
    for name in ["GC_DEPLOYMENT_ID", "GC_ORIGIN"] {
        let lab = lab(data.path(), &[("GC_BASE_URL", BASE), (name, " ")]);
        let of_file = LabChoice { file: Some(file("d", "https://o.example", None)), ..LabChoice::default() };
        assert_eq!(lab.target(&of_file).await.err().unwrap().fields[0].field, name);
        let given = LabChoice {
            deployment: Some("d".into()),
            origin: Some("https://o.example".into()),
            ..LabChoice::default()
        };
        assert!(lab.target(&given).await.is_ok());
        let nonsense = LabChoice { origin: Some("nonsense".into()), ..given };
        let refused = lab.target(&nonsense).await.err().unwrap();
        assert_eq!((refused.fields[0].field.as_str(), refused.code.exit_code()), ("--origin", 2));
    }
}
