//! Which org the guests of the lab chat with, decided from what is given alone.

use model::Secret;

use crate::{
    Choice, Connection, Connections, Environment, EnvironmentVariables, Result,
    connection::edits::checked_environment, views::ConnectionKind,
};

/// Where guests chat, and who may ask the org's API about them.
#[derive(Debug, Clone)]
pub(crate) enum LabOrg {
    /// The org inside this program, whose world lies in the data folder.
    Embedded,
    /// A stored connection; its secret is read when the API is asked.
    Stored(Connection),
    /// From the `GC_` variables.
    Variables(Connection, Secret),
    /// An address alone: the socket needs no sign-in.
    SocketOnly(Environment),
}

impl LabOrg {
    /// A connection by its name, else the `GC_` variables, else a region (the command line's, or else the file's), else the
    /// embedded org. An address is enough: without an OAuth client everything works but what asks the API. A region never leads
    /// elsewhere than an address or a connection that was chosen.
    ///
    /// # Errors
    /// What [`Choice::resolve`] refuses, and a region that is none.
    pub(crate) fn resolve(
        connection: Option<&str>,
        variables: &EnvironmentVariables,
        stored: &Connections,
        region: Option<&str>,
        file_region: Option<&str>,
    ) -> Result<Self> {
        let is_signed_in = variables.client_id.is_some() || variables.client_secret.is_some();
        if connection.is_some() || variables.lost.is_some() {
            return Choice::resolve(connection, variables, stored).map(Self::of);
        }
        if is_signed_in {
            // Without an address the variables would mean one region; a person who names another means that one.
            let named = || region.filter(|_| variables.base_url.is_none()).map(str::to_owned);
            let environment = variables.environment.clone().or_else(named);
            let variables = EnvironmentVariables { environment, ..variables.clone() };
            return Choice::resolve(None, &variables, stored).map(Self::of);
        }
        let address = match (&variables.base_url, &variables.environment, region.or(file_region)) {
            (Some(url), ..) => checked_environment(None, Some(url))?,
            (None, Some(environment), _) => checked_environment(Some(environment), None)?,
            (None, None, Some(region)) => checked_environment(Some(region), None)?,
            (None, None, None) => None,
        };
        Ok(address.map_or(Self::Embedded, Self::SocketOnly))
    }

    fn of(choice: Choice) -> Self {
        match choice {
            Choice::Stored(connection) if connection.environment == Environment::Embedded => Self::Embedded,
            Choice::Stored(connection) => Self::Stored(connection),
            Choice::FromEnvironment(connection, secret) => Self::Variables(connection, secret),
        }
    }

    /// What kind of org it is taken for.
    pub(crate) fn kind(&self) -> ConnectionKind {
        match self {
            Self::Embedded => ConnectionKind::Simulator,
            Self::Stored(connection) | Self::Variables(connection, _) => connection.kind,
            Self::SocketOnly(_) => ConnectionKind::Development,
        }
    }

    /// The connection behind it, where there is one.
    pub(crate) fn connection(&self) -> Option<&Connection> {
        match self {
            Self::Stored(connection) | Self::Variables(connection, _) => Some(connection),
            Self::Embedded | Self::SocketOnly(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Failure;

    fn variables(base: Option<&str>, region: Option<&str>, client: bool) -> EnvironmentVariables {
        EnvironmentVariables {
            base_url: base.map(Into::into),
            environment: region.map(Into::into),
            client_id: client.then(|| "id".into()),
            client_secret: client.then(|| Secret::new("secret".into())),
            dialect: None,
            lost: None,
        }
    }

    fn resolved(
        connection: Option<&str>,
        variables: &EnvironmentVariables,
        region: Option<&str>,
        file_region: Option<&str>,
    ) -> Result<LabOrg> {
        LabOrg::resolve(connection, variables, &Connections::default(), region, file_region)
    }

    fn leads_to(org: &LabOrg) -> (String, bool) {
        match org {
            LabOrg::Embedded => ("embedded".into(), true),
            LabOrg::SocketOnly(environment) => (environment.label().to_owned(), false),
            LabOrg::Stored(c) | LabOrg::Variables(c, _) => (c.environment.label().to_owned(), true),
        }
    }

    #[test]
    fn an_address_alone_is_enough_and_a_region_never_leads_away_from_one() {
        let (base, none) = ("http://127.0.0.1:4000", variables(None, None, false));
        let url = variables(Some(base), None, false);
        let signed_in = variables(Some(base), None, true);
        let client = variables(None, None, true);
        for (variables, region, file, (to, with_client)) in [
            (&none, None, None, ("embedded", true)),
            (&none, None, Some("eu-west-1"), ("eu-west-1", false)),
            (&none, Some("us-east-1"), Some("eu-west-1"), ("us-east-1", false)),
            (&url, Some("us-east-1"), Some("eu-west-1"), (base, false)),
            (&signed_in, Some("us-east-1"), Some("eu-west-1"), (base, true)),
            (&variables_of("eu-west-1", false), Some("us-east-1"), None, ("eu-west-1", false)),
            (&variables_of("eu-west-1", true), Some("us-east-1"), None, ("eu-west-1", true)),
            (&client, None, Some("eu-west-1"), ("us-east-1", true)),
            (&client, Some("eu-west-1"), None, ("eu-west-1", true)),
        ] {
            let org = resolved(None, variables, region, file).unwrap();
            assert_eq!(leads_to(&org), (to.to_owned(), with_client), "{variables:?} {region:?} {file:?}");
        }
        let named = resolved(Some("simulator"), &url, Some("us-east-1"), Some("eu-west-1")).unwrap();
        assert_eq!(leads_to(&named), ("embedded".into(), true));
    }

    fn variables_of(region: &str, client: bool) -> EnvironmentVariables {
        variables(None, Some(region), client)
    }

    #[test]
    fn half_an_oauth_client_a_region_that_is_none_and_a_lost_variable_are_refused() {
        let half =
            EnvironmentVariables { client_secret: None, ..variables(Some("http://127.0.0.1:1"), None, true) };
        let lost = EnvironmentVariables {
            lost: Some(Failure::field("GC_BASE_URL", "is empty")),
            ..variables(None, None, false)
        };
        let none = variables(None, None, false);
        for refused in [
            resolved(None, &half, None, None),
            resolved(None, &lost, Some("us-east-1"), None),
            resolved(None, &none, Some("the-moon-1"), None),
            resolved(None, &none, None, Some("")),
            resolved(None, &variables(Some("http://example.com"), None, false), None, None),
            resolved(Some("nobody"), &none, None, None),
        ] {
            assert_eq!(refused.unwrap_err().code.exit_code(), 2);
        }
    }
}
