//! The desk that faults are done to: three brokers, three nodes of the database, two ingress and two worker processes.

use async_nats::jetstream;
use clap::ValueEnum;
use contracts::stream;
use tempfile::TempDir;
use tests::{Cassandra, Desk, NatsServer, Part, Random, Receiver, eventually};

use crate::{clock::Clock, disk::Disk, fault::Fault, load::WAIT_SECONDS};

const BROKERS: usize = 3;
const DATABASES: usize = 3;
const EACH: usize = 2;
/// The processes whose clock jumps.
const WITH_CLOCK: [Part; 2] = [Part::Ingress(0), Part::Workers(0)];
const HOUR: i64 = 3_600;

/// Where the desk keeps its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Store {
    /// A file that both worker processes use.
    Sqlite,
    /// A cluster of Apache Cassandra, which speaks ScyllaDB's protocol.
    Scylla,
}

/// A process that something is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A process of the desk, or a broker.
    Part(Part),
    /// A node of the database.
    Database(usize),
}

/// What was done, and to whom.
#[derive(Debug)]
pub(crate) enum Harm {
    Nothing,
    Killed(Vec<Target>),
    Stopped(Vec<Target>),
    /// The disks of these brokers are full.
    Filled(Vec<usize>),
    ClockMoved,
}

impl Harm {
    /// The processes that do not serve meanwhile.
    pub(crate) fn victims(&self) -> &[Target] {
        match self {
            Self::Killed(targets) | Self::Stopped(targets) => targets,
            _ => &[],
        }
    }
}

/// The desk and what stands around it. Fields are dropped in this order.
pub(crate) struct Place {
    pub(crate) desk: Desk,
    database: Option<Cassandra>,
    pub(crate) receiver: Receiver,
    disks: Vec<Disk>,
    clock: Option<Clock>,
    _folder: TempDir,
}

impl Place {
    /// Starts all that `faults` need; and says which of them cannot be made here, and why.
    pub(crate) async fn start(store: Store, faults: &[Fault]) -> (Self, Vec<(Fault, String)>) {
        let folder = tempfile::tempdir().unwrap();
        let mut missing = Vec::new();
        let mut miss = |of: fn(Fault) -> bool, cause: &str| {
            missing.extend(faults.iter().filter(|fault| of(**fault)).map(|fault| (*fault, cause.to_owned())));
        };
        let mut disks = Vec::new();
        if faults.iter().any(|fault| fault.is_of_disks()) {
            let made: Result<Vec<_>, _> =
                (0..BROKERS).map(|index| Disk::mount(folder.path(), &NatsServer::name(index))).collect();
            match made {
                Ok(made) => disks = made,
                Err(cause) => miss(Fault::is_of_disks, &format!("no disk can be mounted: {cause}")),
            }
        }
        let clock = faults.iter().any(|fault| fault.is_of_clocks()).then(|| Clock::new(folder.path())).flatten();
        if clock.is_none() {
            miss(Fault::is_of_clocks, "LIBFAKETIME does not name libfaketime");
        }
        let receiver = Receiver::start(vec![]).await;
        let data = (0..BROKERS).map(|index| folder.path().join(NatsServer::name(index))).collect();
        let mut builder = Desk::builder().ingress(EACH).workers(EACH).brokers(data).set("nats.replicas", BROKERS);
        builder = builder.set("webhooks.base_url", receiver.url()).set("webhooks.timeout_seconds", 2);
        builder = builder.set("webhooks.retry_seconds", format!("{:?}", [1; 20]));
        builder = builder.set("ingress.wait_seconds", WAIT_SECONDS);
        let mut database = None;
        if store == Store::Scylla {
            let cluster = Cassandra::start(DATABASES).await;
            builder = builder.set("store.backend", "scylla").set("store.replication", DATABASES);
            builder = builder.set("store.nodes", format!("{:?}", cluster.addresses()));
            database = Some(cluster);
        } else {
            miss(Fault::is_of_database, "SQLite has no nodes");
        }
        let mut desk = builder.prepare().await;
        if let Some(clock) = &clock {
            for part in WITH_CLOCK {
                clock.give(&mut desk, part);
            }
        }
        for index in 0..EACH {
            desk.restart(Part::Workers(index)).await;
            desk.restart(Part::Ingress(index)).await;
        }
        desk.ready().await;
        (Self { desk, database, receiver, disks, clock, _folder: folder }, missing)
    }

    /// Does what a fault is.
    pub(crate) async fn harm(&mut self, fault: Fault, random: &mut Random) -> Harm {
        let one_of = |parts: fn(usize) -> Part, random: &mut Random| vec![Target::Part(parts(random.index(EACH)))];
        match fault {
            Fault::None => Harm::Nothing,
            Fault::IngressKill => self.kill(one_of(Part::Ingress, random)),
            Fault::IngressStop => self.stop(one_of(Part::Ingress, random)),
            Fault::WorkersKill => self.kill(one_of(Part::Workers, random)),
            Fault::WorkersStop => self.stop(one_of(Part::Workers, random)),
            Fault::LeaderKill => self.kill(self.leader(1).await),
            Fault::LeaderStop => self.stop(self.leader(1).await),
            Fault::BrokersKill => self.kill(self.leader(2).await),
            Fault::BrokersStop => self.stop(self.leader(2).await),
            Fault::DatabaseKill => self.kill(vec![Target::Database(random.index(DATABASES))]),
            Fault::DatabaseStop => self.stop(vec![Target::Database(random.index(DATABASES))]),
            Fault::AllKill => self.kill(self.all()),
            Fault::AllStop => self.stop(self.all()),
            Fault::DiskFull => {
                let leader = self.leading().await;
                self.fill(vec![leader])
            }
            Fault::DisksFull => self.fill((0..BROKERS).collect()),
            Fault::ClockAhead => self.move_clock(HOUR),
            Fault::ClockBehind => self.move_clock(-HOUR),
        }
    }

    /// Undoes it. What was killed is started again; that it is ready is not waited for.
    pub(crate) async fn heal(&mut self, harm: &Harm) {
        match harm {
            Harm::Nothing => {}
            Harm::Killed(targets) => {
                for target in targets {
                    match target {
                        Target::Part(part) => self.desk.restart(*part).await,
                        Target::Database(index) => self.database.as_mut().unwrap().restart(*index).await,
                    }
                }
            }
            Harm::Stopped(targets) => {
                for target in targets {
                    self.signal(*target, "CONT");
                }
            }
            Harm::Filled(brokers) => {
                // A broker that could not write serves no stream until it is started again.
                for index in brokers {
                    self.disks[*index].clear();
                    self.desk.restart(Part::Nats(*index)).await;
                }
            }
            Harm::ClockMoved => self.clock.as_ref().unwrap().set(0),
        }
    }

    fn kill(&mut self, targets: Vec<Target>) -> Harm {
        for target in &targets {
            match target {
                Target::Part(part) => self.desk.kill(*part),
                Target::Database(index) => self.database.as_mut().unwrap().kill(*index),
            }
        }
        Harm::Killed(targets)
    }

    fn stop(&self, targets: Vec<Target>) -> Harm {
        for target in &targets {
            self.signal(*target, "STOP");
        }
        Harm::Stopped(targets)
    }

    fn fill(&self, brokers: Vec<usize>) -> Harm {
        for index in &brokers {
            self.disks[*index].fill();
        }
        Harm::Filled(brokers)
    }

    fn move_clock(&self, seconds: i64) -> Harm {
        self.clock.as_ref().unwrap().set(seconds);
        Harm::ClockMoved
    }

    fn signal(&self, target: Target, name: &str) {
        match target {
            Target::Part(part) => self.desk.process(part).signal(name),
            Target::Database(index) => self.database.as_ref().unwrap().process(index).signal(name),
        }
    }

    /// The processes in the order in which they are started again.
    fn all(&self) -> Vec<Target> {
        let nodes = (0..DATABASES).filter(|_| self.database.is_some()).map(Target::Database);
        let brokers = (0..BROKERS).map(Part::Nats);
        let workers = (0..EACH).map(Part::Workers);
        let ingress = (0..EACH).map(Part::Ingress);
        nodes.chain(brokers.chain(workers).chain(ingress).map(Target::Part)).collect()
    }

    /// The broker that leads the stream of events and, if there are to be more, the next ones.
    async fn leader(&self, count: usize) -> Vec<Target> {
        let leader = self.leading().await;
        (0..count).map(|next| Target::Part(Part::Nats((leader + next) % BROKERS))).collect()
    }

    async fn leading(&self) -> usize {
        let broker = jetstream::new(self.desk.connect("workers").await);
        eventually("the stream has a leader", || async {
            let stream = broker.get_stream(stream::EVENTS).await.ok()?;
            let leader = stream.cached_info().cluster.as_ref()?.leader.clone()?;
            (0..BROKERS).find(|index| NatsServer::name(*index) == leader)
        })
        .await
    }
}
