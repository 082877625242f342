//! What a message alone and a batch cost on this broker and disk, as measured on the way.

use std::time::Duration;

/// How much of the present estimate each new measurement replaces.
const WEIGHT: f64 = 0.1;
/// Messages that go one by one at most, however dear a batch seems: an estimate that nothing corrects must not last.
const SINGLES_MAX: f64 = 64.0;

/// A measurement counts as this much at most: a broker that was away says nothing of its disk.
const MEASURED_MAX: Duration = Duration::from_millis(100);

/// Moving averages, in seconds.
pub(super) struct Cost {
    single: f64,
    batch: f64,
}

impl Default for Cost {
    /// A disk that syncs in a millisecond.
    fn default() -> Self {
        Self { single: 0.001, batch: 0.005 }
    }
}

impl Cost {
    /// A message took this long, less its wait for those ahead of it.
    pub(super) fn single_took(&mut self, time: Duration) {
        self.single += WEIGHT * (time.min(MEASURED_MAX).as_secs_f64() - self.single);
    }

    /// A batch took this long.
    pub(super) fn batch_took(&mut self, time: Duration) {
        self.batch += WEIGHT * (time.min(MEASURED_MAX).as_secs_f64() - self.batch);
    }

    /// How many messages, one by one, cost what a batch does; at least 1.
    pub(super) fn batch_in_singles(&self) -> usize {
        let ratio = (self.batch / self.single.max(1e-6)).clamp(1.0, SINGLES_MAX);
        // In range by the clamp.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let whole = ratio as usize;
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_disk_makes_batches_of_fewer_messages() {
        let (mut fast, mut slow) = (Cost::default(), Cost::default());
        for _ in 0..200 {
            fast.single_took(Duration::from_micros(300));
            fast.batch_took(Duration::from_millis(5));
            slow.single_took(Duration::from_millis(3));
            slow.batch_took(Duration::from_millis(9));
        }
        assert_eq!((fast.batch_in_singles(), slow.batch_in_singles()), (16, 3));
    }

    #[test]
    fn the_number_stays_in_bounds() {
        let mut cost = Cost::default();
        (0..200).for_each(|_| cost.batch_took(Duration::from_mins(1)));
        assert_eq!(cost.batch_in_singles(), 64);
        (0..200).for_each(|_| cost.single_took(Duration::from_mins(10)));
        assert_eq!(cost.batch_in_singles(), 1);
    }
}
