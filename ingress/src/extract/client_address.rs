//! Where a request came from.

use std::net::IpAddr;

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::request::Parts,
};

use crate::{problem::Problem, server::Peer, state::State};

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The peer's address, or what a trusted proxy says of it.
pub(crate) struct ClientAddress(pub(crate) IpAddr);

impl FromRequestParts<State> for ClientAddress {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let connection = ConnectInfo::<Peer>::from_request_parts(parts, state).await;
        let peer = connection.map_err(|_| Problem::internal())?.0.0.ip().to_canonical();
        let trusted = |address: &IpAddr| state.config.ingress.trusted_proxies.iter().any(|net| net.contains(address));
        if !trusted(&peer) {
            return Ok(Self(peer));
        }
        // Each proxy appends whom it saw: the last one that is no proxy of ours is the client.
        let values = parts.headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
        let hops: Vec<&str> = values.flat_map(|value| value.split(',')).collect();
        let claimed = hops.iter().rev().map_while(|hop| hop.trim().parse().ok().map(|hop: IpAddr| hop.to_canonical()));
        Ok(Self(claimed.into_iter().find(|address| !trusted(address)).unwrap_or(peer)))
    }
}
