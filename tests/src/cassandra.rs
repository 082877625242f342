//! Real nodes of Apache Cassandra, which speaks ScyllaDB's protocol.

use std::{
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use platform::config::{Store, StoreBackend};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::{eventually, process::Process, process::repository};

/// What a node says when it takes connections.
const LISTENS: &str = "Starting listening for CQL clients";
/// What a node is started with that works for long: memory, and code that takes long to make and runs fast.
const LASTING: &[&str] = &["-Xmx1g", "-XX:TieredStopAtLevel=4"];

/// A cluster on the addresses 127.0.0.1, 127.0.0.2 and so on, with ports of its own. Its nodes are killed and its data
/// is gone when it is dropped, or when this process ends in whatever way.
pub struct Cassandra {
    nodes: Vec<Node>,
    port: u16,
    storage_port: u16,
    sync: &'static str,
    options: &'static [&'static str],
    // Dropped after the nodes.
    folder: TempDir,
}

struct Node {
    // Dropped first: by the time that the process is gone, its number may be another's.
    _watch: Watch,
    process: Process,
}

impl Cassandra {
    /// Starts nodes, at most three, one after the other, and waits until each takes connections and knows the others.
    /// What they answered is on disk.
    pub async fn start(count: usize) -> Self {
        Self::start_with(count, "batch", &[]).await
    }

    /// Starts one node that is not small but fast, once it has run for a while. What it answered is on disk later.
    pub async fn start_lasting() -> Self {
        Self::start_with(1, "periodic", LASTING).await
    }

    async fn start_with(count: usize, sync: &'static str, options: &'static [&'static str]) -> Self {
        assert!((1..=3).contains(&count), "one to three nodes");
        let ports = [free_port(count), free_port(count)];
        let [port, storage_port] = ports;
        let folder = tempfile::tempdir().unwrap();
        let mut cluster = Self { nodes: Vec::new(), port, storage_port, sync, options, folder };
        for index in 0..count {
            let node = cluster.run(index).await;
            cluster.nodes.push(node);
        }
        eventually("the nodes know each other", || async { cluster.is_whole().then_some(()) }).await;
        cluster
    }

    /// Whether each node has seen every other one. Tables that are made before are not known everywhere.
    fn is_whole(&self) -> bool {
        let up = |index| format!("InetAddress /{}:{} is now UP", address(index), self.storage_port);
        let sees_others = |(own, node): (usize, &Node)| {
            let output = node.process.output();
            (0..self.nodes.len()).filter(|index| *index != own).all(|index| output.contains(&up(index)))
        };
        self.nodes.iter().enumerate().all(sees_others)
    }

    /// The one node that all tests of this process share. It ends with the process, and is quicker than those that
    /// tests kill: what it answered is on disk later.
    pub async fn shared() -> &'static Self {
        static SHARED: OnceCell<Cassandra> = OnceCell::const_new();
        SHARED.get_or_init(|| Cassandra::start_with(1, "periodic", &[])).await
    }

    /// Where each node takes connections.
    pub fn addresses(&self) -> Vec<String> {
        (0..self.nodes.len()).map(|index| format!("{}:{}", address(index), self.port)).collect()
    }

    /// The configuration of a store in a keyspace of this cluster.
    pub fn store(&self, keyspace: &str) -> Store {
        Store {
            backend: StoreBackend::Scylla,
            nodes: self.addresses(),
            keyspace: keyspace.to_owned(),
            replication: self.nodes.len(),
            ..Store::default()
        }
    }

    /// The same, in a keyspace that nobody has.
    pub fn new_store(&self) -> Store {
        self.store(&format!("desk_{}", Uuid::new_v4().simple()))
    }

    /// A node's process, to signal it.
    pub fn process(&self, index: usize) -> &Process {
        &self.nodes[index].process
    }

    /// Ends a node with SIGKILL.
    pub fn kill(&mut self, index: usize) {
        self.nodes[index].process.kill();
    }

    /// Starts a node again on the same data after [`kill`](Self::kill), and waits until it takes connections.
    pub async fn restart(&mut self, index: usize) {
        self.kill(index);
        self.nodes[index] = self.run(index).await;
    }

    async fn run(&self, index: usize) -> Node {
        let home = home();
        let data = self.folder.path().join(format!("node-{index}"));
        let log = self.folder.path().join(format!("node-{index}.{}.log", Uuid::new_v4().simple()));
        let mut command = Command::new(repository().join("deploy/cassandra/node"));
        command.args([&home, &data]).args([address(index), self.port.to_string(), self.storage_port.to_string()]);
        command.arg(self.sync);
        command.arg(format!("-XX:SharedArchiveFile={}", home.join("classes.jsa").display()));
        // Without the archive a node starts all the same, and slowly.
        command.arg("-Xshare:auto").args(self.options);
        let process = Process::start(command, log);
        let watch = Watch::start(process.id(), self.folder.path());
        let mut node = Node { _watch: watch, process };
        let (process, place) = (std::sync::Mutex::new(&mut node.process), (address(index), self.port));
        eventually("a node of Cassandra takes connections", || async {
            let mut process = process.lock().unwrap();
            assert!(process.ended().is_none(), "Cassandra does not start:\n{}", process.output());
            // It says so a moment before it does.
            let listens = process.output().contains(LISTENS);
            (listens && TcpStream::connect((place.0.as_str(), place.1)).is_ok()).then_some(())
        })
        .await;
        node
    }
}

/// The folder of Cassandra's jars.
fn home() -> PathBuf {
    let home = std::env::var_os("CASSANDRA_HOME").map(PathBuf::from);
    let home = home.filter(|home| home.join("lib").is_dir() && home.join("java").exists());
    home.unwrap_or_else(|| {
        panic!(
            "CASSANDRA_HOME does not name Cassandra's folder. ./deploy/test makes it and runs all tests; to make it \
             alone: cd deploy && python3 -m desk.cassandra, which prints what CASSANDRA_HOME is to be."
        )
    })
}

fn address(index: usize) -> String {
    format!("127.0.0.{}", index + 1)
}

/// A port that was free a moment ago on the addresses of so many nodes: all nodes of a cluster have the same one.
fn free_port(nodes: usize) -> u16 {
    loop {
        let first = TcpListener::bind((address(0), 0)).unwrap();
        let port = first.local_addr().unwrap().port();
        if (1..nodes).all(|index| TcpListener::bind((address(index), port)).is_ok()) {
            return port;
        }
    }
}

/// Kills a process and removes its folder when this process is no longer there to do it. No destructor runs for what
/// all tests share.
struct Watch(Child);

impl Watch {
    fn start(process: u32, folder: &Path) -> Self {
        // It waits for the end of its input, which comes when this process ends.
        let script = r#"read -r _; kill -9 "$0" 2>/dev/null; rm -rf "$1""#;
        let mut command = Command::new("sh");
        command.args(["-c", script, &process.to_string()]).arg(folder);
        Self(command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
