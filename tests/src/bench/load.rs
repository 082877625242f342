//! A closed loop of clients: each starts its next request when the last one is answered.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// Requests that are made before the measurement, so that connections and caches are warm.
const WARM_UP: Duration = Duration::from_secs(1);

/// What was measured.
pub(crate) struct Load {
    pub(crate) per_second: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

impl Load {
    pub(crate) fn json(&self) -> Value {
        json!({
            "per_second": round(self.per_second),
            "p50_ms": round(milliseconds(self.p50)),
            "p99_ms": round(milliseconds(self.p99)),
        })
    }
}

/// Runs `request` in `clients` loops for `time`. It is told the client's number and panics when it fails.
pub(crate) async fn measure<F, R>(clients: usize, time: Duration, request: F) -> Load
where
    F: Fn(usize) -> R + Send + Sync + 'static,
    R: Future<Output = ()> + Send,
{
    let request = Arc::new(request);
    let start = Instant::now() + WARM_UP;
    let end = start + time;
    let loops = (0..clients).map(|client| {
        let request = Arc::clone(&request);
        tokio::spawn(async move {
            let mut times = Vec::new();
            while Instant::now() < end {
                let began = Instant::now();
                request(client).await;
                // A request counts where it ends, so that one under way at the start is not counted in full.
                if began >= start && Instant::now() <= end {
                    times.push(began.elapsed());
                }
            }
            times
        })
    });
    let times = futures::future::join_all(loops).await;
    let mut times: Vec<Duration> = times.into_iter().flat_map(Result::unwrap).collect();
    times.sort_unstable();
    let count = u32::try_from(times.len()).unwrap();
    Load { per_second: f64::from(count) / time.as_secs_f64(), p50: percentile(&times, 50), p99: percentile(&times, 99) }
}

pub(crate) fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let index = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(index).copied().unwrap_or_default()
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// Two digits behind the point.
pub(crate) fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
