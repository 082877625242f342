//! How values are written in columns.

use chrono::{DateTime, Utc};
use contracts::TicketId;
use serde::{Serialize, de::DeserializeOwned};

use super::db::Db;
use crate::persistence::store::StoreError;

/// A time as the columns hold it: microseconds since 1970.
pub(super) fn micros(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros()
}

/// A count or a place for a column; beyond what a column can hold, the greatest that it can.
pub(super) fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A count or a place of a column; nothing is 0.
pub(super) fn number(value: Option<i64>) -> u64 {
    value.and_then(|value| u64::try_from(value).ok()).unwrap_or(0)
}

/// When a ticket was made, in microseconds, as its id says.
pub(super) fn made_at(ticket: TicketId) -> i64 {
    let milliseconds = ticket.uuid().as_u128() >> 80;
    i64::try_from(milliseconds).unwrap_or(i64::MAX).saturating_mul(1_000)
}

/// The timestamp of what follows from a version of a ticket. It rises with the version, and is about the time when the
/// ticket was made, for the cluster finds by timestamps which deleted rows it may forget.
pub(super) fn fence(ticket: TicketId, version: u64) -> i64 {
    made_at(ticket).saturating_add(integer(version))
}

/// Microseconds in a period.
const PERIOD: i64 = 30 * 24 * 60 * 60 * 1_000_000;

/// The period in which a ticket was made; later tickets have the same or a later one.
pub(super) fn period(ticket: TicketId) -> i32 {
    i32::try_from(made_at(ticket) / PERIOD).unwrap_or(i32::MAX)
}

impl Db {
    /// A value as JSON.
    pub(super) fn encode(&self, value: &impl Serialize) -> Result<String, StoreError> {
        serde_json::to_string(value).map_err(|error| self.nodes.error(error))
    }

    /// The value that JSON of the store holds.
    pub(super) fn decode<T: DeserializeOwned>(&self, json: &str) -> Result<T, StoreError> {
        serde_json::from_str(json).map_err(|error| self.nodes.error(error))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn fences_rise_with_versions_and_periods_with_time() {
        let at = |milliseconds: u128| TicketId::from(Uuid::from_u128(milliseconds << 80 | 0x7000_8000 << 32));
        let march = at(1_772_443_800_123);
        assert_eq!(fence(march, 3), 1_772_443_800_123_003);
        assert!(fence(march, 2) < fence(march, 3));
        let day = 86_400_000;
        assert_eq!(period(at(0)), period(at(30 * day - 1)));
        assert_eq!(period(at(30 * day)), 1);
        assert!(period(at((1 << 48) - 1)) > period(march));
    }

    #[test]
    fn numbers_stay_within_their_columns() {
        assert_eq!((integer(7), integer(u64::MAX)), (7, i64::MAX));
        assert_eq!((number(None), number(Some(-1)), number(Some(7))), (0, 0, 7));
    }
}
