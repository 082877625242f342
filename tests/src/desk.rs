//! A whole desk.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use platform::config::StoreBackend;
use serde_json::{Value, json};
use tempfile::TempDir;
use workers::persistence::store::Store;

use crate::{
    Client, NatsServer, Process, eventually, free_port, product_binary,
    store::{self, Place, StoreAway},
};

/// The password of the demo logins and of the users that the harness makes.
pub const PASSWORD: &str = "deskwire-demo";

/// The `kid` and the secret that sign tokens in every desk of the harness.
pub const SIGNING_KEY: (&str, &str) = ("test", "a secret of tests that is long enough");

/// The secret that signs webhooks in every desk of the harness.
pub fn webhook_secret() -> String {
    "whsec_dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=".to_owned()
}

/// A process of the desk. Those of a kind are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A broker.
    Nats(usize),
    /// A worker process.
    Workers(usize),
    /// An ingress process.
    Ingress(usize),
}

/// What a desk is made of.
#[derive(Clone)]
pub struct DeskBuilder {
    ingress: usize,
    workers: usize,
    /// Where each broker of a cluster keeps its data; none for a single broker.
    brokers: Vec<PathBuf>,
    variables: BTreeMap<String, String>,
    of_part: BTreeMap<Part, BTreeMap<String, String>>,
}

impl DeskBuilder {
    /// With this many ingress processes.
    #[must_use]
    pub fn ingress(self, ingress: usize) -> Self {
        Self { ingress, ..self }
    }

    /// With this many worker processes.
    #[must_use]
    pub fn workers(self, workers: usize) -> Self {
        Self { workers, ..self }
    }

    /// With a cluster of brokers, one for each folder of data.
    #[must_use]
    pub fn brokers(self, data: Vec<PathBuf>) -> Self {
        Self { brokers: data, ..self }
    }

    /// With a key of the configuration, such as `ratelimit.limit`.
    #[must_use]
    pub fn set(mut self, key: &str, value: impl ToString) -> Self {
        self.variables.insert(variable(key), value.to_string());
        self
    }

    /// With an environment variable that is no key of the configuration.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// For a test that is about one store: nothing where the desks have another.
    #[must_use]
    pub fn only_on(self, backend: StoreBackend) -> Option<Self> {
        (store::backend() == backend).then_some(self)
    }

    /// Starts the broker alone, for tests that start the other parts themselves.
    pub async fn prepare(self) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let store = Box::pin(Place::new(folder.path()));
        let brokers = async {
            if self.brokers.is_empty() {
                vec![NatsServer::start(folder.path()).await]
            } else {
                NatsServer::start_cluster(&self.brokers, folder.path()).await
            }
        };
        let (brokers, store) = tokio::join!(brokers, store);
        let ports: Vec<_> = (0..self.ingress).map(|_| (free_port(), free_port())).collect();
        Desk { builder: self, processes: BTreeMap::new(), brokers, store, ports, folder }
    }

    /// Starts it, and waits until every ingress process is ready.
    pub async fn start(self) -> Desk {
        let mut desk = self.prepare().await;
        for index in 0..desk.builder.workers {
            desk.start_part(Part::Workers(index));
        }
        for index in 0..desk.builder.ingress {
            desk.start_part(Part::Ingress(index));
        }
        desk.ready().await;
        desk
    }
}

/// A running desk.
pub struct Desk {
    builder: DeskBuilder,
    // Fields are dropped in this order: the brokers go after those who speak to them.
    processes: BTreeMap<Part, Process>,
    brokers: Vec<NatsServer>,
    store: Place,
    ports: Vec<(u16, u16)>,
    folder: TempDir,
}

impl Desk {
    /// One process of each kind, with the demo logins.
    pub fn builder() -> DeskBuilder {
        DeskBuilder {
            ingress: 1,
            workers: 1,
            brokers: Vec::new(),
            variables: BTreeMap::new(),
            of_part: BTreeMap::new(),
        }
    }

    /// Starts a desk with the defaults.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// Waits until every ingress process says that it is ready.
    pub async fn ready(&self) {
        for index in 0..self.ports.len() {
            let client = Client::new(&self.url(index));
            eventually("the desk is ready", || async {
                let asked = client.request(reqwest::Method::GET, "/health/ready").send().await.ok()?;
                asked.status().is_success().then_some(())
            })
            .await;
        }
    }

    /// Where people reach an ingress process.
    pub fn url(&self, index: usize) -> String {
        format!("http://127.0.0.1:{}", self.ports[index].0)
    }

    /// An ingress process's internal listener.
    pub fn internal_url(&self, index: usize) -> String {
        format!("http://127.0.0.1:{}", self.ports[index].1)
    }

    /// The broker, or the first of several.
    pub fn nats(&self) -> &NatsServer {
        &self.brokers[0]
    }

    /// The addresses of all brokers, as `nats.url` takes them.
    pub fn nats_url(&self) -> String {
        self.brokers.iter().map(NatsServer::url).collect::<Vec<_>>().join(",")
    }

    /// A connection as `user` to a broker that runs.
    pub async fn connect(&self, user: &str) -> async_nats::Client {
        eventually("a broker takes connections", || async {
            for broker in &self.brokers {
                if let Ok(client) = broker.try_connect(user).await {
                    return Some(client);
                }
            }
            None
        })
        .await
    }

    /// Where its data lies.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A running process.
    pub fn process(&self, part: Part) -> &Process {
        match part {
            Part::Nats(index) => self.brokers[index].process(),
            part => &self.processes[&part],
        }
    }

    /// The same, to look whether it has ended.
    pub fn process_mut(&mut self, part: Part) -> &mut Process {
        match part {
            Part::Nats(index) => self.brokers[index].process_mut(),
            part => self.processes.get_mut(&part).expect("it was started"),
        }
    }

    /// Ends a process with SIGTERM; its exit code.
    pub async fn stop(&mut self, part: Part) -> i32 {
        self.process(part).signal("TERM");
        self.ended(part).await
    }

    /// Waits until a process ends by itself; its exit code.
    pub async fn ended(&mut self, part: Part) -> i32 {
        let process = std::sync::Mutex::new(self.process_mut(part));
        eventually("the process ends", || async { process.lock().unwrap().ended() }).await
    }

    /// Ends a process with SIGKILL.
    pub fn kill(&mut self, part: Part) {
        match part {
            Part::Nats(index) => self.brokers[index].kill(),
            part => drop(self.processes.remove(&part)),
        }
    }

    /// Starts a process again on the same data and ports; does not wait until it is ready.
    pub async fn restart(&mut self, part: Part) {
        match part {
            Part::Nats(index) => self.brokers[index].restart().await,
            part => self.start_part(part),
        }
    }

    /// Changes a key of the configuration, for processes that start from now on.
    pub fn set(&mut self, key: &str, value: impl ToString) {
        self.builder.variables.insert(variable(key), value.to_string());
    }

    /// Changes a key of the configuration of one process, from its next start on.
    pub fn set_for(&mut self, part: Part, key: &str, value: impl ToString) {
        self.environment_for(part, &variable(key), &value.to_string());
    }

    /// Changes an environment variable of one process, from its next start on.
    pub fn environment_for(&mut self, part: Part, name: &str, value: &str) {
        self.builder.of_part.entry(part).or_default().insert(name.to_owned(), value.to_owned());
    }

    /// Its store, opened beside the workers; their being away, or the store's being away for them, does not matter.
    pub async fn store(&self) -> Arc<dyn Store> {
        self.store.open().await
    }

    /// The address by which the workers know their store, and say that it is away.
    pub fn store_address(&self) -> String {
        self.store.address()
    }

    /// Takes the store away from the workers until what this gives is dropped.
    pub fn take_store_away(&self) -> StoreAway {
        self.store.take_away()
    }

    /// What every process of the desk has written.
    pub fn logs(&self) -> String {
        self.processes.values().chain(self.brokers.iter().map(NatsServer::process)).map(Process::output).collect()
    }

    /// Somebody without a session.
    pub fn anonymous(&self) -> Client {
        Client::new(&self.url(0))
    }

    /// One of the demo logins.
    pub async fn login(&self, username: &str) -> Client {
        self.anonymous().login(username, PASSWORD).await
    }

    /// A new requester, with a quota of their own.
    pub async fn new_user(&self) -> Client {
        self.new_account("user").await
    }

    /// A new requester or admin.
    pub async fn new_account(&self, role: &str) -> Client {
        self.make_account(json!({"role": role})).await
    }

    /// A new agent of a department.
    pub async fn new_agent(&self, department: &str) -> Client {
        self.make_account(json!({"role": "agent", "department": department})).await
    }

    async fn make_account(&self, mut body: Value) -> Client {
        let admin = self.login("admin").await;
        let username = format!("{}-{}", body["role"].as_str().unwrap(), uuid::Uuid::new_v4().simple());
        body["username"] = username.as_str().into();
        body["password"] = PASSWORD.into();
        admin.post("/users", &body).await.expect(201);
        self.login(&username).await
    }

    fn start_part(&mut self, part: Part) {
        let name = match part {
            Part::Nats(_) => return,
            Part::Workers(index) => format!("workers-{index}"),
            Part::Ingress(index) => format!("ingress-{index}"),
        };
        let log = self.folder.path().join(format!("{name}.log"));
        self.processes.insert(part, Process::start(self.command(part), log));
    }

    /// How a worker or ingress process is started.
    pub fn command(&self, part: Part) -> Command {
        let (binary, user) = match part {
            Part::Ingress(_) => ("deskwire-ingress", "ingress"),
            _ => ("deskwire-workers", "workers"),
        };
        let mut command = Command::new(product_binary(binary));
        command.current_dir(self.folder.path()).envs(self.variables(part, user));
        command
    }

    fn variables(&self, part: Part, user: &str) -> BTreeMap<String, String> {
        let (listen, internal) = match part {
            Part::Ingress(index) => self.ports[index],
            _ => (1, 2),
        };
        let index = match part {
            Part::Workers(index) => format!("index-{index}"),
            _ => "index".to_owned(),
        };
        let hooks = format!("{}/internal/webhook", self.internal_url(0));
        let mut variables: BTreeMap<String, String> = [
            ("NATS__URL", self.nats_url()),
            ("NATS__USERNAME", user.to_owned()),
            ("NATS__PASSWORD", self.nats().password().to_owned()),
            ("INGRESS__LISTEN", format!("127.0.0.1:{listen}")),
            ("INGRESS__INTERNAL_LISTEN", format!("127.0.0.1:{internal}")),
            ("AUTH__KEYS", format!("[{{kid=\"{}\",secret=\"{}\"}}]", SIGNING_KEY.0, SIGNING_KEY.1)),
            ("ACCOUNTS__DEMO", "true".to_owned()),
            ("EMBEDDING__FOLDER", embedding_model().display().to_string()),
            ("INDEX__PATH", self.folder.path().join(index).display().to_string()),
            ("WEBHOOKS__BASE_URL", hooks),
            ("WEBHOOKS__SECRETS", format!("[\"{}\"]", webhook_secret())),
        ]
        .map(|(key, value)| (format!("DESKWIRE_{key}"), value))
        .into();
        variables.extend(self.store.variables());
        variables.extend(self.builder.variables.clone());
        variables.extend(self.builder.of_part.get(&part).cloned().unwrap_or_default());
        variables
    }
}

/// The environment variable that sets a key of the configuration.
fn variable(key: &str) -> String {
    format!("DESKWIRE_{}", key.to_uppercase().replace('.', "__"))
}

/// The folder of the embedding model.
pub fn embedding_model() -> PathBuf {
    let folder = std::env::var_os("EMBEDDING_MODEL").map(PathBuf::from);
    folder.filter(|folder| folder.join("model.safetensors").is_file()).unwrap_or_else(|| {
        panic!(
            "EMBEDDING_MODEL does not name the embedding model's folder. ./deploy/test fetches it and runs all tests; to \
             fetch it alone: cd deploy && python3 -m desk.embedding, which prints what EMBEDDING_MODEL is to be."
        )
    })
}
