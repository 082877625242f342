//! Real nats-servers with the product's own configuration.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use async_nats::{Client, ConnectOptions};

use crate::process::{Process, free_port, repository};

/// The password of every user of the broker, and of the servers of a cluster among themselves.
const PASSWORD: &str = "for-this-test-only";

/// A broker on a free port. It keeps its port and its data when it is restarted.
pub struct NatsServer {
    process: Option<Process>,
    port: u16,
    data: PathBuf,
    log: PathBuf,
    /// Its place in a cluster.
    member: Option<Member>,
}

/// What one server of a cluster knows of it.
struct Member {
    name: String,
    listen: String,
    routes: String,
}

impl NatsServer {
    /// Starts a broker that keeps its data in `folder`.
    pub async fn start(folder: &Path) -> Self {
        let (data, log) = (folder.join("nats"), folder.join("nats.log"));
        let mut server = Self { process: None, port: free_port(), data, log, member: None };
        server.restart().await;
        server
    }

    /// Starts the servers of one cluster, one for each folder of data, and waits until they take connections.
    pub async fn start_cluster(data: &[PathBuf], logs: &Path) -> Vec<Self> {
        let places: Vec<_> = data.iter().map(|_| format!("127.0.0.1:{}", free_port())).collect();
        let routes: Vec<_> = places.iter().map(|place| format!("nats://cluster:{PASSWORD}@{place}")).collect();
        let mut servers = Vec::new();
        for (index, (data, listen)) in data.iter().zip(places).enumerate() {
            let name = Self::name(index);
            let log = logs.join(format!("{name}.log"));
            let member = Member { name, listen, routes: format!("[{}]", routes.join(", ")) };
            let mut server = Self { process: None, port: free_port(), data: data.clone(), log, member: Some(member) };
            server.restart().await;
            servers.push(server);
        }
        servers
    }

    /// What the server of a cluster with this index is called.
    pub fn name(index: usize) -> String {
        format!("nats-{index}")
    }

    /// Starts it again after [`kill`](Self::kill), and waits until it takes connections.
    pub async fn restart(&mut self) {
        let binary = std::env::var_os("NATS_SERVER").unwrap_or_else(|| "nats-server".into());
        let mut command = Command::new(binary);
        let config = if self.member.is_some() { "deploy/cluster/nats.conf" } else { "nats.conf" };
        command.arg("--config").arg(repository().join(config)).arg("--store_dir").arg(&self.data);
        command.arg("--port").arg(self.port.to_string());
        for user in ["INGRESS", "WORKERS", "OPERATOR", "OUTSIDE", "SYS", "CLUSTER"] {
            command.env(format!("DESKWIRE_NATS_{user}_PASSWORD"), PASSWORD);
        }
        if let Some(Member { name, listen, routes }) = &self.member {
            command.args(["--name", name]);
            command.env("DESKWIRE_NATS_CLUSTER_LISTEN", listen).env("DESKWIRE_NATS_CLUSTER_ROUTES", routes);
        }
        // The one that runs has the port until it is gone.
        self.process = None;
        self.process = Some(Process::start(command, self.log.clone()));
        crate::eventually("the broker takes connections", || async { self.try_connect("sys").await.ok() }).await;
    }

    /// Ends it with SIGKILL.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Its process.
    pub fn process(&self) -> &Process {
        self.process.as_ref().expect("the broker runs")
    }

    /// The same, to look whether it has ended.
    pub fn process_mut(&mut self) -> &mut Process {
        self.process.as_mut().expect("the broker runs")
    }

    /// Its address, `HOST:PORT`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The same, as a client is told.
    pub fn url(&self) -> String {
        format!("nats://{}", self.address())
    }

    /// The password of every user.
    pub fn password(&self) -> &'static str {
        PASSWORD
    }

    /// A connection as `user`: ingress, workers, operator, outside or sys.
    pub async fn connect(&self, user: &str) -> Client {
        self.try_connect(user).await.unwrap()
    }

    /// The configuration of a process of the desk that speaks to it as `user`.
    pub fn config(&self, user: &str) -> platform::config::Nats {
        platform::config::Nats {
            url: self.url(),
            username: Some(user.to_owned()),
            password: Some(PASSWORD.to_owned().into()),
            ..platform::config::Nats::default()
        }
    }

    pub(crate) async fn try_connect(&self, user: &str) -> Result<Client, async_nats::ConnectError> {
        ConnectOptions::with_user_and_password(user.to_owned(), PASSWORD.to_owned())
            .custom_inbox_prefix(format!("_INBOX_{user}"))
            .connect(self.url())
            .await
    }
}
