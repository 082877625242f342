//! The line between one process and the broker, which a test can cut while the others go on.

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// A line to the broker.
pub struct Line {
    port: u16,
    whole: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Line {
    /// A line to the broker at `url`.
    pub async fn to(url: &str) -> Self {
        let target = url.strip_prefix("nats://").unwrap().to_owned();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let whole = watch::Sender::new(true);
        let watched = whole.clone();
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(carry(stream, target.clone(), watched.subscribe()));
            }
        });
        Self { port, whole, task }
    }

    /// The broker's address by this line.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Ends every connection, and takes none until it is mended.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// Takes connections again.
    pub fn mend(&self) {
        self.whole.send_replace(true);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(mut stream: TcpStream, target: String, mut whole: watch::Receiver<bool>) {
    if !*whole.borrow_and_update() {
        return;
    }
    // A broker that is away is as good as a line that is cut.
    let Ok(mut broker) = TcpStream::connect(target).await else { return };
    tokio::select! {
        _ = copy_bidirectional(&mut stream, &mut broker) => {}
        _ = whole.wait_for(|whole| !whole) => {}
    }
}
