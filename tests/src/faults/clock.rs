//! Clocks that jump: processes with libfaketime between them and the system's clock. It moves the time of day and leaves
//! alone the clock that waits are measured with, as a correction of a machine's clock does.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use tests::{Desk, Part};

/// Names the library.
pub(crate) const LIBRARY: &str = "LIBFAKETIME";

/// The clock of some processes.
pub(crate) struct Clock {
    library: OsString,
    file: PathBuf,
}

impl Clock {
    /// A clock that goes right, if there is the library.
    pub(crate) fn new(folder: &Path) -> Option<Self> {
        let library = std::env::var_os(LIBRARY)?;
        let clock = Self { library, file: folder.join("clock") };
        clock.set(0);
        Some(clock)
    }

    /// Gives it to a process that starts later.
    pub(crate) fn give(&self, desk: &mut Desk, part: Part) {
        let variables = [
            ("LD_PRELOAD", self.library.to_str().unwrap()),
            ("FAKETIME_TIMESTAMP_FILE", self.file.to_str().unwrap()),
            // The file is read again after a second.
            ("FAKETIME_CACHE_DURATION", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("DONT_FAKE_MONOTONIC", "1"),
        ];
        for (name, value) in variables {
            desk.environment_for(part, name, value);
        }
    }

    /// Lets it jump to so many seconds ahead of the right time.
    pub(crate) fn set(&self, seconds: i64) {
        fs::write(&self.file, format!("{seconds:+}\n")).unwrap();
    }
}
