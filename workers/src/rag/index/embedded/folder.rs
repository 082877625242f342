//! The folder of an index: whose it is, and which of its collections counts.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use uuid::Uuid;

use super::{
    super::{FORM, IndexError},
    engine::Shard,
};

/// Held while a process has the folder.
const LOCK: &str = "lock";
/// Holds the name of the index.
const IDENTITY: &str = "identity";
/// Holds the name of the collection that counts; every other is a leftover.
const CURRENT: &str = "current";

/// How long the process that had the folder before may take to end, and how often it is looked.
const PATIENCE: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(20);

/// A folder that is this process's as long as this lives, or a collection of it is open.
pub(super) struct Folder {
    path: PathBuf,
    lock: Arc<File>,
}

impl Folder {
    pub(super) fn open(path: &Path) -> Result<Self, IndexError> {
        fs::create_dir_all(path).map_err(failed(path))?;
        let lock = path.join(LOCK);
        let file = File::options().create(true).append(true).open(&lock).map_err(failed(&lock))?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { path: path.to_owned(), lock: Arc::new(file) }),
                Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => thread::sleep(LOOK),
                Err(TryLockError::WouldBlock) => return Err(IndexError::InUse(path.display().to_string())),
                Err(TryLockError::Error(source)) => return Err(failed(&lock)(source)),
            }
        }
    }

    /// The name that the index has had since it was made.
    pub(super) fn identity(&self) -> Result<String, IndexError> {
        if let Some(name) = self.read(IDENTITY)?.filter(|name| Uuid::try_parse(name).is_ok()) {
            return Ok(name);
        }
        let name = Uuid::new_v4().simple().to_string();
        self.write(IDENTITY, &name)?;
        Ok(name)
    }

    /// The collection that counts. One of another form, or one that does not open, is left, and an empty one takes its place.
    pub(super) fn current(&self) -> Result<Shard, IndexError> {
        let name = self.read(CURRENT)?.filter(|name| name.starts_with(&format!("{FORM}-")));
        if let Some(path) = name.map(|name| self.path.join(name)).filter(|path| path.is_dir()) {
            match Shard::load(&path, &self.lock) {
                Ok(shard) => return Ok(shard),
                Err(error) => tracing::error!(%error, path = %path.display(), "the index is broken, and is made anew"),
            }
        }
        let shard = self.make()?;
        self.choose(&shard)?;
        Ok(shard)
    }

    /// An empty collection beside the others.
    pub(super) fn make(&self) -> Result<Shard, IndexError> {
        let path = self.path.join(format!("{FORM}-{}", Uuid::now_v7()));
        fs::create_dir(&path).map_err(failed(&path))?;
        Shard::make(&path, &self.lock)
    }

    /// Makes a collection the one that counts.
    pub(super) fn choose(&self, shard: &Shard) -> Result<(), IndexError> {
        self.write(CURRENT, &shard.name())
    }

    /// Drops every collection but this one.
    pub(super) fn clear_but(&self, shard: &Shard) -> Result<(), IndexError> {
        for entry in fs::read_dir(&self.path).map_err(failed(&self.path))? {
            let path = entry.map_err(failed(&self.path))?.path();
            if path.is_dir() && path != shard.path() {
                fs::remove_dir_all(&path).map_err(failed(&path))?;
            }
        }
        Ok(())
    }

    fn read(&self, name: &str) -> Result<Option<String>, IndexError> {
        let path = self.path.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&path)(error)),
        }
    }

    /// The whole text or none of it is there, whenever the machine stops.
    fn write(&self, name: &str, text: &str) -> Result<(), IndexError> {
        let (path, draft) = (self.path.join(name), self.path.join(format!("{name}.new")));
        let write = || {
            let mut file = File::create(&draft)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&draft, &path)?;
            File::open(&self.path)?.sync_all()
        };
        write().map_err(failed(&path))
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> IndexError {
    let path = path.display().to_string();
    move |source| IndexError::Folder { path: path.clone(), source }
}
