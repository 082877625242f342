//! What the machine does at this hour: its disk's sync time, and how much memory, disk and processor time is taken.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::MetadataExt,
    path::Path,
    time::{Duration, Instant},
};

use crate::load::{milliseconds, round};

const SYNCS: usize = 200;
/// The kernel's unit of time in `/proc`, the same on every machine that Linux runs on today.
const TICKS_PER_SECOND: u64 = 100;
/// The bytes of a block as the kernel counts a file's, whatever the file system's own are.
const BLOCK: f64 = 512.0;

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

/// What the files of a folder take of the disk, in MiB.
pub(crate) fn disk_mib(folder: &Path) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "a disk has not so many blocks")]
    round(blocks(folder) as f64 * BLOCK / 1_048_576.0)
}

fn blocks(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let of = |entry: fs::DirEntry| match entry.metadata().unwrap() {
        folder if folder.is_dir() => blocks(&entry.path()),
        file => file.blocks(),
    };
    entries.map(of).sum()
}

/// The processor time that a process has taken, in user and kernel mode.
pub(crate) fn processor_time(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // The name of the program stands in brackets and may hold anything; utime and stime are 12 and 13 fields behind it.
    let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 1_000 / TICKS_PER_SECOND)
}

/// How many files and sockets this process may have open.
pub(crate) fn open_files_max() -> u64 {
    let limits = fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    // The soft limit comes first; `unlimited` is no number.
    line.split_whitespace().next().unwrap().parse().unwrap_or(u64::MAX)
}
