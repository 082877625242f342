//! The time.

use chrono::{DateTime, SubsecRound, Utc};

/// The present time to the microsecond, which is what headers, stores and other languages keep of it.
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}
