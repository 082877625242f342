//! The limit on failed logins: a bucket of tries for each account and for each address, refilled with time.
//!
//! A try is taken before the password is checked and given back when it was right, so that attempts made at once
//! cannot outrun the limit and people who know their password do not meet it. An account is never locked for good.

use contracts::text::fold_case;
use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Failures in a row, and the time after which one more is allowed.
const ACCOUNT: Limit = Limit { tries: 10, refill: Duration::from_secs(15) };
const ADDRESS: Limit = Limit { tries: 60, refill: Duration::from_secs(2) };
/// Buckets that are kept before the full ones are swept out.
const SWEEP: usize = 10_000;

/// How many tries a key has, and how they come back.
#[derive(Clone, Copy)]
struct Limit {
    tries: u32,
    refill: Duration,
}

/// The tries of every account and address that failed lately, in this process.
pub(crate) struct Attempts {
    accounts: Buckets<String>,
    addresses: Buckets<IpAddr>,
}

impl Attempts {
    pub(crate) fn new() -> Self {
        Self { accounts: Buckets::new(ACCOUNT), addresses: Buckets::new(ADDRESS) }
    }

    /// Takes a try, or says how long to wait for one.
    pub(crate) fn take(&self, account: &str, address: IpAddr) -> Result<(), Duration> {
        let now = Instant::now();
        let network = network(address);
        self.addresses.take(network, now)?;
        self.accounts.take(fold_case(account), now).inspect_err(|_| self.addresses.give_back(&network))
    }

    /// Gives the try back: the password was right, or was not looked at.
    pub(crate) fn give_back(&self, account: &str, address: IpAddr) {
        self.accounts.give_back(&fold_case(account));
        self.addresses.give_back(&network(address));
    }
}

/// What one person holds: an address, or the 64 bits before the rest of an IPv6 address, which is theirs to choose.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        address @ IpAddr::V4(_) => address,
    }
}

struct Buckets<K> {
    limit: Limit,
    used: Mutex<HashMap<K, Used>>,
}

/// Tries used up, as of a time.
struct Used {
    tries: f64,
    at: Instant,
}

impl<K: Eq + Hash> Buckets<K> {
    fn new(limit: Limit) -> Self {
        Self { limit, used: Mutex::default() }
    }

    fn take(&self, key: K, now: Instant) -> Result<(), Duration> {
        let mut buckets = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= SWEEP {
            buckets.retain(|_, used| self.after_refill(used, now) > 0.0);
        }
        let used = buckets.entry(key).or_insert(Used { tries: 0.0, at: now });
        let tries = self.after_refill(used, now);
        *used = Used { tries, at: now };
        let over = tries + 1.0 - f64::from(self.limit.tries);
        if over > 0.0 {
            return Err(self.limit.refill.mul_f64(over));
        }
        used.tries += 1.0;
        Ok(())
    }

    fn give_back(&self, key: &K) {
        let mut buckets = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(used) = buckets.get_mut(key) {
            used.tries = (used.tries - 1.0).max(0.0);
        }
    }

    fn after_refill(&self, used: &Used, now: Instant) -> f64 {
        let refilled = now.duration_since(used.at).as_secs_f64() / self.limit.refill.as_secs_f64();
        (used.tries - refilled).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_under_attack_from_many_addresses_is_limited_and_comes_back() {
        let buckets = Buckets::new(ACCOUNT);
        let start = Instant::now();
        for _ in 0..ACCOUNT.tries {
            assert!(buckets.take("ada", start).is_ok());
        }
        let wait = buckets.take("ada", start).unwrap_err();
        assert!(wait <= ACCOUNT.refill && wait > Duration::ZERO);
        assert!(buckets.take("bob", start).is_ok());
        assert!(buckets.take("ada", start + wait + Duration::from_millis(1)).is_ok());
    }

    #[test]
    fn another_way_to_write_a_name_has_no_tries_of_its_own() {
        let attempts = Attempts::new();
        let address = |last| IpAddr::from([192, 0, 2, last]);
        for try_number in 0..10 {
            assert!(attempts.take("user.admin", address(try_number)).is_ok());
        }
        for name in ["USER.ADMIN", "u\u{17f}er.admin", "user.adm\u{131}n"] {
            assert!(attempts.take(name, address(99)).is_err(), "{name}");
        }
    }

    #[test]
    fn the_addresses_of_one_network_share_its_tries() {
        let attempts = Attempts::new();
        let address = |network, host| IpAddr::from([0x2001, 0xdb8, 0, network, 0, 0, 0, host]);
        for host in 0..60 {
            assert!(attempts.take(&format!("name{host}"), address(1, host)).is_ok());
        }
        assert!(attempts.take("ada", address(1, 99)).is_err());
        assert!(attempts.take("ada", address(2, 1)).is_ok());
    }

    #[test]
    fn a_right_password_costs_no_try() {
        let attempts = Attempts::new();
        let address = IpAddr::from([192, 0, 2, 1]);
        for _ in 0..1_000 {
            assert!(attempts.take("Ada", address).is_ok());
            attempts.give_back("ada", address);
        }
    }
}
