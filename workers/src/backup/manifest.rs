//! What a backup holds, and how it is known to be whole.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Read,
    path::Path,
};

use anyhow::{Context, ensure};
use aws_lc_rs::digest;
use chrono::{DateTime, Utc};
use platform::broker::StreamRecord;
use serde::{Deserialize, Serialize};

/// The manifest, and the checksum of its text.
pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const CHECKSUM: &str = "manifest.sha256";
/// The only format so far.
const FORMAT: u32 = 1;

/// What a backup holds.
#[derive(Debug, Serialize, Deserialize)]
pub struct Manifest {
    format: u32,
    /// The version of the desk that made it.
    pub desk: String,
    /// When.
    pub made_at: DateTime<Utc>,
    /// The place of the last event that counts.
    pub place: u64,
    /// The place up to which each consumer of events had done everything.
    pub consumers: BTreeMap<String, u64>,
    /// The streams.
    pub streams: BTreeMap<String, StreamRecord>,
    /// Every file but the manifest.
    pub files: BTreeMap<String, Piece>,
}

/// A file.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Its length.
    pub bytes: u64,
    /// In hexadecimal.
    pub sha256: String,
}

impl Manifest {
    pub(super) fn new() -> Self {
        Self {
            format: FORMAT,
            desk: env!("CARGO_PKG_VERSION").to_owned(),
            made_at: Utc::now(),
            place: 0,
            consumers: BTreeMap::new(),
            streams: BTreeMap::new(),
            files: BTreeMap::new(),
        }
    }

    /// Reads the manifest of a backup, and every file that it names; the error says which is not as it was written.
    pub fn check(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(MANIFEST);
        let shown = path.display();
        let text = fs::read(&path).with_context(|| format!("{} is no complete backup: {shown}", folder.display()))?;
        let checksum = fs::read_to_string(folder.join(CHECKSUM)).context(CHECKSUM)?;
        ensure!(checksum.trim() == sha256(&text), "{shown} is not as it was written");
        let header: Header = serde_json::from_slice(&text).with_context(|| shown.to_string())?;
        ensure!(
            header.format == FORMAT,
            "{shown} has the format {}, and this version reads {FORMAT}: use the version that made it",
            header.format
        );
        let manifest: Self = serde_json::from_slice(&text).with_context(|| shown.to_string())?;
        for (name, piece) in &manifest.files {
            ensure!(!name.contains(['/', '\\']), "{shown} names a file elsewhere: {name}");
            let path = folder.join(name);
            let found = Piece::of(&path).with_context(|| format!("{} is missing", path.display()))?;
            ensure!(found == *piece, "{} is not as it was written", path.display());
        }
        Ok(manifest)
    }
}

/// What every format has.
#[derive(Deserialize)]
struct Header {
    format: u32,
}

impl Piece {
    pub(super) fn of(path: &Path) -> std::io::Result<Self> {
        let mut file = File::open(path)?;
        let mut context = digest::Context::new(&digest::SHA256);
        let (mut buffer, mut bytes) = (vec![0; 1 << 20], 0_u64);
        loop {
            let count = file.read(&mut buffer)?;
            if count == 0 {
                return Ok(Self { bytes, sha256: hexadecimal(&context.finish()) });
            }
            context.update(&buffer[..count]);
            bytes += count as u64;
        }
    }
}

pub(super) fn sha256(text: &[u8]) -> String {
    hexadecimal(&digest::digest(&digest::SHA256, text))
}

fn hexadecimal(digest: &digest::Digest) -> String {
    use std::fmt::Write;
    digest.as_ref().iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
