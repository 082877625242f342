//! The folder of a backup as it is written. All of it is for its owner's eyes alone.

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};

use super::manifest::{CHECKSUM, MANIFEST, Manifest, Piece};

/// A backup that is not complete.
pub(super) struct Draft {
    folder: PathBuf,
    pub(super) manifest: Manifest,
}

impl Draft {
    /// Makes the folder, which must be new or empty.
    pub(super) fn new(folder: &Path) -> anyhow::Result<Self> {
        let shown = folder.display();
        if folder.exists() {
            let empty = folder.is_dir() && fs::read_dir(folder)?.next().is_none();
            ensure!(empty, "{shown} is not empty: name a folder that is not there yet");
        } else {
            fs::DirBuilder::new().mode(0o700).create(folder).with_context(|| format!("{shown} cannot be made"))?;
        }
        Ok(Self { folder: folder.to_owned(), manifest: Manifest::new() })
    }

    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    /// An empty file.
    pub(super) fn file(&self, file: &str) -> anyhow::Result<PathBuf> {
        let path = self.path(file);
        private_file(&path)?;
        Ok(path)
    }

    /// Adds a copy of a file under its own name.
    pub(super) fn add_copy(&mut self, from: &Path) -> anyhow::Result<()> {
        let shown = || from.display().to_string();
        let name =
            from.file_name().and_then(|name| name.to_str()).with_context(|| format!("{} has no name", shown()))?;
        let mut source = File::open(from).with_context(shown)?;
        std::io::copy(&mut source, &mut private_file(&self.path(name))?)?;
        self.add(name)
    }

    /// Adds a file that was written.
    pub(super) fn add(&mut self, file: &str) -> anyhow::Result<()> {
        let path = self.path(file);
        File::open(&path)?.sync_all()?;
        self.manifest.files.insert(file.to_owned(), Piece::of(&path)?);
        Ok(())
    }

    /// Writes the manifest: without it, it is no backup.
    pub(super) fn finish(self) -> anyhow::Result<Manifest> {
        let text = serde_json::to_vec_pretty(&self.manifest)?;
        write(&self.path(CHECKSUM), super::manifest::sha256(&text).as_bytes())?;
        write(&self.path(MANIFEST), &text)?;
        File::open(&self.folder)?.sync_all()?;
        Ok(self.manifest)
    }
}

fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let mut file = private_file(path)?;
    file.write_all(content)?;
    Ok(file.sync_all()?)
}

/// A new file that its owner alone may read.
pub(super) fn private_file(path: &Path) -> anyhow::Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.with_context(|| format!("{} cannot be written", path.display()))
}
