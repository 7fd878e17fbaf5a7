use genesys::Dialect;
use model::{Secret, trimmed};

use crate::{
    Connection, Connections, Environment, EnvironmentVariables, Failure, FailureCode, OrgKey, Result,
    connection::org_key::former_folders, views::ConnectionKind,
};

/// Which connection is opened.
#[derive(Debug, Clone)]
pub enum Choice {
    /// A stored one, or the embedded org by its name.
    Stored(Connection),
    /// From the environment variables, with its secret.
    FromEnvironment(Connection, Secret),
}

impl Choice {
    /// `--connection` first, then the environment, then the embedded org. A name that begins with `env.` is a folder that an
    /// earlier version made for the org of the variables.
    ///
    /// # Errors
    /// [`FailureCode::UnknownConnection`], or [`FailureCode::InvalidInput`] when a name is empty, a variable lost its value
    /// or the variables do not fit together.
    pub fn resolve(
        name: Option<&str>,
        variables: &EnvironmentVariables,
        stored: &Connections,
    ) -> Result<Self> {
        let Some(name) = name else {
            let embedded = || {
                let embedded = stored.embedded();
                Connection { dialect: variables.dialect.or(embedded.dialect), ..embedded }
            };
            return Ok(from_variables(variables)?.unwrap_or_else(|| Self::Stored(embedded())));
        };
        let name = trimmed(name);
        if name.is_empty() {
            return Err(Failure::field("--connection", "is empty; name a connection, or leave it out"));
        }
        match name.strip_prefix("env.") {
            Some(_) => of_folder(name, variables),
            None => stored.get(name).map(Self::Stored),
        }
    }

    /// The connection itself.
    pub fn connection(&self) -> &Connection {
        match self {
            Self::Stored(c) | Self::FromEnvironment(c, _) => c,
        }
    }
}

/// The connection that the variables make; `None` where none of them is set.
fn from_variables(v: &EnvironmentVariables) -> Result<Option<Choice>> {
    if let Some(lost) = &v.lost {
        return Err(lost.clone());
    }
    if v.base_url.is_none() && v.environment.is_none() && v.client_id.is_none() && v.client_secret.is_none() {
        return Ok(None);
    }
    let missing = |name: &str| {
        Failure::field(
            name,
            "is not set, but other GC_ variables are; set both GC_CLIENT_ID and GC_CLIENT_SECRET",
        )
    };
    let client_id = v.client_id.clone().ok_or_else(|| missing("GC_CLIENT_ID"))?;
    let secret = v.client_secret.clone().ok_or_else(|| missing("GC_CLIENT_SECRET"))?;
    let environment = match (&v.base_url, &v.environment) {
        (Some(url), _) => Environment::BaseUrl(url.trim_end_matches('/').to_owned()),
        (None, Some(region)) => Environment::Region(region.clone()),
        (None, None) => Environment::Region("us-east-1".into()),
    };
    let mut connection = Connection {
        name: String::new(),
        kind: ConnectionKind::Development,
        environment,
        client_id,
        read_only: false,
        dialect: v.dialect,
        ..Connection::embedded()
    };
    // A live org, unless a stored connection says otherwise.
    if connection.dialect() == Dialect::GenesysCloud
        && matches!(connection.environment, Environment::Region(_))
    {
        connection.kind = ConnectionKind::Production;
    }
    connection.name = OrgKey::of(&connection)?.variables_folder();
    Ok(Some(Choice::FromEnvironment(connection, secret)))
}

/// A folder beside the one in use, which an earlier version made for the org of the variables under another spelling.
fn of_folder(name: &str, variables: &EnvironmentVariables) -> Result<Choice> {
    if let Some(Choice::FromEnvironment(connection, secret)) = from_variables(variables)? {
        let key = OrgKey::of(&connection)?;
        let [in_use, known] = former_folders(&key, connection.environment.label());
        if connection.name == name || in_use.iter().chain(&known).any(|folder| folder == name) {
            return Ok(Choice::FromEnvironment(Connection { name: name.to_owned(), ..connection }, secret));
        }
    }
    let message = format!("The folder {name:?} does not belong to the org that the GC_ variables name.");
    Err(Failure::new(FailureCode::UnknownConnection, message)
        .with_next("Set GC_BASE_URL or GC_ENVIRONMENT, GC_CLIENT_ID and GC_CLIENT_SECRET of its org."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vars(
        base: Option<&str>,
        env: Option<&str>,
        id: Option<&str>,
        secret: Option<&str>,
    ) -> EnvironmentVariables {
        EnvironmentVariables {
            base_url: base.map(Into::into),
            environment: env.map(Into::into),
            client_id: id.map(Into::into),
            client_secret: secret.map(|s| Secret::new(s.to_owned())),
            dialect: None,
            lost: None,
        }
    }

    #[test]
    fn a_region_speaks_the_vendors_api_and_everything_else_the_contract_unless_the_dialect_is_named() {
        use Dialect::{GenesysCloud, GuestApi};
        let (base, region) = (Some("http://127.0.0.1:1"), Some("eu-west-1"));
        for (base, region, named, speaks) in [
            (None, region, None, GenesysCloud),
            (None, region, Some(GuestApi), GuestApi),
            (base, None, None, GuestApi),
            (base, None, Some(GenesysCloud), GenesysCloud),
            (base, region, None, GuestApi),
        ] {
            let v = EnvironmentVariables { dialect: named, ..vars(base, region, Some("a"), Some("b")) };
            let connection = resolve(&v).unwrap().connection().clone();
            assert_eq!(connection.dialect(), speaks, "{base:?} {region:?} {named:?}");
            let plain = resolve(&vars(base, region, Some("a"), Some("b"))).unwrap();
            assert_eq!(
                connection.folder(),
                plain.connection().folder(),
                "the dialect is no part of the folder"
            );
        }
        let embedded = EnvironmentVariables { dialect: Some(GenesysCloud), ..vars(None, None, None, None) };
        assert_eq!(resolve(&embedded).unwrap().connection().dialect(), GenesysCloud);
        assert_eq!(resolve(&vars(None, None, None, None)).unwrap().connection().dialect(), GuestApi);
    }

    fn resolve(v: &EnvironmentVariables) -> Result<Choice, Failure> {
        Choice::resolve(None, v, &Connections::default())
    }

    fn folder(v: &EnvironmentVariables) -> String {
        resolve(v).unwrap().connection().folder()
    }

    #[test]
    fn with_nothing_set_the_embedded_org_is_used() {
        assert_eq!(resolve(&vars(None, None, None, None)).unwrap().connection(), &Connection::embedded());
    }

    #[test]
    fn id_and_secret_alone_mean_us_east_1() {
        let choice = resolve(&vars(None, None, Some("a"), Some("b"))).unwrap();
        assert_eq!(choice.connection().environment, Environment::Region("us-east-1".into()));
        assert_eq!(choice.connection().kind, ConnectionKind::Production, "a live org");
        assert_eq!(choice.connection().dialect(), Dialect::GenesysCloud);
    }

    #[test]
    fn a_variable_that_lost_its_value_stops_everything_but_a_connection_chosen_by_name() {
        let lost = EnvironmentVariables {
            lost: Some(Failure::field("GC_BASE_URL", "is empty")),
            ..vars(None, Some("eu-west-1"), Some("a"), Some("b"))
        };
        assert_eq!(resolve(&lost).unwrap_err().fields[0].field, "GC_BASE_URL");
        assert!(Choice::resolve(Some("simulator"), &lost, &Connections::default()).is_ok());
        for name in ["", " ", "\n"] {
            let refused = Choice::resolve(Some(name), &vars(None, None, None, None), &Connections::default());
            assert_eq!(refused.unwrap_err().fields[0].field, "--connection");
        }
    }

    #[test]
    fn one_variable_without_the_other_is_wrong_use() {
        for v in [
            vars(None, None, Some("a"), None),
            vars(None, None, None, Some("b")),
            vars(Some("http://127.0.0.1:1"), None, None, None),
        ] {
            assert_eq!(resolve(&v).unwrap_err().code.exit_code(), 2);
        }
    }

    #[test]
    fn the_base_url_beats_the_region_and_plain_http_stays_on_loopback() {
        let v = vars(Some("http://127.0.0.1:4000"), Some("us-east-1"), Some("a"), Some("b"));
        assert_eq!(resolve(&v).unwrap().connection().environment.label(), "http://127.0.0.1:4000");
        assert!(resolve(&vars(Some("http://example.com"), None, Some("a"), Some("b"))).is_err());
    }

    #[test]
    fn one_org_has_one_folder_however_it_is_spelt_and_other_orgs_have_others() {
        let region = |text: &str| folder(&vars(None, Some(text), Some("a"), Some("b")));
        let base = |text: &str| folder(&vars(Some(text), None, Some("a"), Some("b")));
        for spelling in ["us_east_1", "US-EAST-1", "mypurecloud.com"] {
            assert_eq!(region(spelling), region("us-east-1"), "{spelling}");
        }
        for spelling in
            ["HTTP://127.0.0.1:81", "http://127.0.0.1:81/", "http://localhost.:81", "http://[::1]:81"]
        {
            assert_eq!(base(spelling), base("http://127.0.0.1:81"), "{spelling}");
        }
        let all = ["http://127.0.0.1:81", "http://127.0.0.1:82", "http://127.0.0.1:81/a", "http://127.0.0.1"];
        let folders: std::collections::BTreeSet<_> = all.iter().map(|text| base(text)).collect();
        assert_eq!(folders.len(), all.len());
    }

    #[test]
    fn a_folder_of_an_earlier_version_is_opened_by_its_name_with_the_variables_of_its_org_only() {
        let v = vars(None, Some("us-east-1"), Some("a"), Some("b"));
        let former = crate::connection::org_key::variables_folder("us_east_1", "a");
        let named =
            |name: &str, v: &EnvironmentVariables| Choice::resolve(Some(name), v, &Connections::default());
        assert_eq!(named(&former, &v).unwrap().connection().folder(), former);
        let other = vars(None, Some("eu-west-1"), Some("a"), Some("b"));
        for (name, v) in [(former.as_str(), &other), (&former, &vars(None, None, None, None)), ("env.", &v)] {
            assert_eq!(named(name, v).unwrap_err().code, FailureCode::UnknownConnection);
        }
    }
}
