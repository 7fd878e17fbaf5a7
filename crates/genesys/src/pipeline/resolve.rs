//! Names to addresses. `localhost` and the names below it are this computer's loopback, as RFC 6761 says, and are asked of nobody; all
//! other names are asked of the system.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use super::regions::is_localhost;

/// The addresses of a name, with this port, in the order in which they are tried.
pub(crate) async fn resolve(name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if is_localhost(name) {
        let here: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        return Ok(here.map(|address| SocketAddr::new(address, port)).into());
    }
    Ok(tokio::net::lookup_host((name, port)).await?.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_below_localhost_are_this_computer_and_are_asked_of_nobody() {
        for name in ["localhost", "LocalHost", "webmessaging.localhost", "a.b.LOCALHOST"] {
            let addresses = resolve(name, 7).await.unwrap();
            assert_eq!(addresses, ["127.0.0.1:7".parse().unwrap(), "[::1]:7".parse().unwrap()], "{name}");
        }
        for other in ["localhost.example", "notlocalhost", ".localhost", "", "localhost."] {
            assert!(!is_localhost(other), "{other}");
        }
    }
}
