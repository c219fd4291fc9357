//! Addresses: at both ends of each range that is named, and beside both.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::condition::read_network;
use crate::operator::BaseOperator as B;

use super::value::{Mention, Single, add as add_single};

pub(super) fn add(mentions: &[Mention<'_>], singles: &mut Vec<Single>) {
    let conditions = mentions.iter().map(|mention| mention.condition);
    let networks: Vec<IpNet> = conditions
        .filter(|it| matches!(it.operator.base, B::IpAddress | B::NotIpAddress))
        .flat_map(|it| &it.values)
        .filter_map(|value| read_network(&value.text))
        .collect();
    if networks.is_empty() {
        return;
    }
    let mut addresses: Vec<IpAddr> = Vec::new();
    for network in &networks {
        let (low, high) = (network.network(), network.broadcast());
        addresses.extend([low, high]);
    }
    // Addresses of documentation: RFC 5737, RFC 3849.
    addresses.extend(
        ["203.0.113.9", "198.51.100.9"]
            .iter()
            .filter_map(|it| it.parse::<IpAddr>().ok()),
    );
    if networks.iter().any(|network| network.addr().is_ipv6()) {
        addresses.extend("2001:db8:ffff::9".parse::<IpAddr>());
    }
    for network in &networks {
        addresses.extend(moved(network.network(), false));
        addresses.extend(moved(network.broadcast(), true));
    }
    for address in addresses {
        add_single(singles, &address.to_string(), &words(address, &networks));
    }
}

/// The narrowest range around the address.
fn words(address: IpAddr, networks: &[IpNet]) -> String {
    let around = networks.iter().filter(|network| network.contains(&address));
    around
        .max_by_key(|network| network.prefix_len())
        .map_or_else(
            || "is outside of the ranges named".to_owned(),
            |network| format!("is within {}", network.trunc()),
        )
}

/// The next address, or the one before.
fn moved(address: IpAddr, is_up: bool) -> Option<IpAddr> {
    match address {
        IpAddr::V4(address) => {
            let bits = address.to_bits();
            let bits = if is_up {
                bits.checked_add(1)
            } else {
                bits.checked_sub(1)
            };
            bits.map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits)))
        }
        IpAddr::V6(address) => {
            let bits = address.to_bits();
            let bits = if is_up {
                bits.checked_add(1)
            } else {
                bits.checked_sub(1)
            };
            bits.map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits)))
        }
    }
}
