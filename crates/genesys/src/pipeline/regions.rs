//! The vendor's regions, and what counts as this computer.

use url::Host;

/// One of the vendor's regions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// Such as `eu-west-1`.
    pub id: &'static str,
    /// What the names of its hosts end in.
    pub domain: &'static str,
    /// Where it lies, for people.
    pub name: &'static str,
}

impl Region {
    const fn new(id: &'static str, domain: &'static str, name: &'static str) -> Self {
        Self { id, domain, name }
    }
}

/// The 18 regions (ids and domains of the vendor's `PureCloudRegionHosts`, SDK 262; the names are ours).
pub const REGIONS: [Region; 18] = [
    Region::new("us-east-1", "mypurecloud.com", "Americas (US East)"),
    Region::new("us-east-2", "use2.us-gov-pure.cloud", "Americas (US East 2, FedRAMP)"),
    Region::new("us-west-2", "usw2.pure.cloud", "Americas (US West)"),
    Region::new("ca-central-1", "cac1.pure.cloud", "Americas (Canada)"),
    Region::new("mx-central-1", "mxc1.pure.cloud", "Americas (Mexico)"),
    Region::new("sa-east-1", "sae1.pure.cloud", "Americas (São Paulo)"),
    Region::new("eu-west-1", "mypurecloud.ie", "EMEA (Ireland)"),
    Region::new("eu-west-2", "euw2.pure.cloud", "EMEA (London)"),
    Region::new("eu-central-1", "mypurecloud.de", "EMEA (Frankfurt)"),
    Region::new("eu-central-2", "euc2.pure.cloud", "EMEA (Zurich)"),
    Region::new("eusc-de-east-1", "edee1.eusc-pure.cloud", "EU sovereign cloud (Germany)"),
    Region::new("me-central-1", "mec1.pure.cloud", "Middle East (UAE)"),
    Region::new("ap-south-1", "aps1.pure.cloud", "Asia Pacific (Mumbai)"),
    Region::new("ap-northeast-1", "mypurecloud.jp", "Asia Pacific (Tokyo)"),
    Region::new("ap-northeast-2", "apne2.pure.cloud", "Asia Pacific (Seoul)"),
    Region::new("ap-northeast-3", "apne3.pure.cloud", "Asia Pacific (Osaka)"),
    Region::new("ap-southeast-1", "apse1.pure.cloud", "Asia Pacific (Singapore)"),
    Region::new("ap-southeast-2", "mypurecloud.com.au", "Asia Pacific (Sydney)"),
];

/// `localhost` and the names below it, 127.0.0.0/8 or `::1`. The names are never asked of the network ([`super::resolve`]).
pub(crate) fn is_loopback<S: AsRef<str>>(host: &Host<S>) -> bool {
    match host {
        Host::Domain(name) => is_localhost(name.as_ref()),
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    }
}

/// Whether a name is `localhost` or below it, which RFC 6761 keeps for this computer. With a dot at its end it is no such name here:
/// it is a matter of the network.
pub(crate) fn is_localhost(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower == "localhost" || lower.strip_suffix(".localhost").is_some_and(|below| !below.is_empty())
}
