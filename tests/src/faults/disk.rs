//! Small disks: file systems in files, which only root may mount.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

/// Room for the streams of a run, many times over.
const BYTES: u64 = 512 << 20;

/// A file system of its own.
pub(crate) struct Disk {
    /// Where it is mounted.
    pub(crate) path: PathBuf,
}

impl Disk {
    /// Makes one in `folder`; the cause when that may not be.
    pub(crate) fn mount(folder: &Path, name: &str) -> Result<Self, String> {
        let (image, path) = (folder.join(format!("{name}.img")), folder.join(name));
        fs::create_dir(&path).map_err(|error| error.to_string())?;
        let made = File::create(&image).and_then(|file| file.set_len(BYTES));
        made.map_err(|error| error.to_string())?;
        run(Command::new("mkfs.ext4").args(["-q", "-F", "-m", "0"]).arg(&image))?;
        run(Command::new("mount").args(["-o", "loop"]).arg(&image).arg(&path))?;
        Ok(Self { path })
    }

    /// Leaves no room on it.
    pub(crate) fn fill(&self) {
        let mut file = File::create(self.ballast()).unwrap();
        // What is too much for one write may go in smaller pieces.
        for size in [1 << 20, 4_096, 1] {
            while file.write_all(&vec![7; size]).is_ok() {}
        }
    }

    /// Makes room again.
    pub(crate) fn clear(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }

    fn ballast(&self) -> PathBuf {
        self.path.join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily, for a process that was killed may take a moment to go.
        if let Err(error) = run(Command::new("umount").arg("--lazy").arg(&self.path)) {
            eprintln!("{error}");
        }
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let ran = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    ran.status.success().then_some(()).ok_or_else(|| format!("{command:?}: {}", String::from_utf8_lossy(&ran.stderr)))
}
