//! What the machine does at this hour: its disk's sync time, and how much memory a process has.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    time::Instant,
};

use crate::load::{milliseconds, round};

const SYNCS: usize = 200;

/// The time of writing 4 KiB to the end of a file and syncing it, in milliseconds: the median, and what one in a hundred
/// takes.
pub(crate) fn fsync_ms(folder: &Path) -> (f64, f64) {
    let mut file = File::create(folder.join("sync")).unwrap();
    let mut times: Vec<_> = (0..SYNCS)
        .map(|_| {
            let began = Instant::now();
            file.write_all(&[7; 4_096]).unwrap();
            file.sync_data().unwrap();
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    (round(milliseconds(times[SYNCS / 2])), round(milliseconds(times[SYNCS * 99 / 100])))
}

/// The resident memory of a process, and its highest since it started, in MiB.
pub(crate) fn memory_mib(pid: u32) -> (f64, f64) {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        round(line.trim().trim_end_matches(" kB").trim().parse::<f64>().unwrap() / 1_024.0)
    };
    (field("VmRSS:"), field("VmHWM:"))
}
