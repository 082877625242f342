//! How much one socket may send.

use platform::config;
use tokio::time::Instant;

/// Refused frames in a row after which a client is taken to be a flood.
const PATIENCE: u32 = 200;

/// What becomes of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is taken.
    Take,
    /// It is one too many for now.
    Refuse,
    /// The client does not stop: it is to be cut off.
    Flood,
}

/// Frames that may be sent, refilled with time.
pub(super) struct Limit {
    per_second: f64,
    burst: f64,
    left: f64,
    at: Instant,
    refused: u32,
}

impl Limit {
    /// As many as the configuration says.
    pub(super) fn new(config: &config::Chat, now: Instant) -> Self {
        let (per_second, burst) = (f64::from(config.frames_per_second), f64::from(config.burst));
        Self { per_second, burst, left: burst, at: now, refused: 0 }
    }

    /// Counts a frame.
    pub(super) fn count(&mut self, now: Instant) -> Verdict {
        let refill = now.duration_since(self.at).as_secs_f64() * self.per_second;
        self.left = (self.left + refill).min(self.burst);
        self.at = now;
        if self.left >= 1.0 {
            self.left -= 1.0;
            self.refused = 0;
            return Verdict::Take;
        }
        self.refused += 1;
        if self.refused > PATIENCE { Verdict::Flood } else { Verdict::Refuse }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_passes_then_the_rate_then_nothing() {
        let config = config::Chat { frames_per_second: 20, burst: 100, ..config::Chat::default() };
        let start = Instant::now();
        let mut limit = Limit::new(&config, start);
        assert!((0..100).all(|_| limit.count(start) == Verdict::Take));
        assert_eq!(limit.count(start), Verdict::Refuse);
        assert_eq!(limit.count(start + Duration::from_millis(51)), Verdict::Take);
        let later = start + Duration::from_millis(51);
        assert!((0..PATIENCE).all(|_| limit.count(later) == Verdict::Refuse));
        assert_eq!(limit.count(later), Verdict::Flood);
        // Who waits may go on.
        assert_eq!(limit.count(later + Duration::from_secs(1)), Verdict::Take);
        assert_eq!(limit.refused, 0);
    }

    #[test]
    fn the_rate_holds_over_a_long_time() {
        let start = Instant::now();
        let mut limit = Limit::new(&config::Chat::default(), start);
        // A frame every 20 ms is 50 a second.
        let taken = (0..5_000_u32).filter(|n| limit.count(start + Duration::from_millis(20) * *n) == Verdict::Take);
        assert!((2_095..=2_105).contains(&taken.count()), "100 at once and 20 a second for 100 s");
    }
}
