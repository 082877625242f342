//! The line between processes of the desk and what they need, which a test can cut while all of them go on.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpSocket, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// A line to a server.
pub struct Line {
    /// Bound to the line's address and never listening: it keeps the address while the line is cut.
    keeper: TcpSocket,
    whole: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Line {
    /// A line to the server at an address, `HOST:PORT`.
    pub fn to(address: &str) -> Self {
        let keeper = bound(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let whole = watch::Sender::new(true);
        let task = tokio::spawn(serve(keeper.local_addr().unwrap(), address.to_owned(), whole.subscribe()));
        Self { keeper, whole, task }
    }

    /// The server's address by this line.
    pub fn address(&self) -> String {
        self.keeper.local_addr().unwrap().to_string()
    }

    /// Ends every connection, and refuses others until it is mended.
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

/// A socket at an address that another one has, too.
fn bound(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseport(true).unwrap();
    socket.bind(address).unwrap();
    socket
}

/// Listens for as long as the line is whole, again and again.
async fn serve(address: SocketAddr, target: String, mut whole: watch::Receiver<bool>) {
    while whole.wait_for(|whole| *whole).await.is_ok() {
        let listener = bound(address).listen(1_024).unwrap();
        let carried = whole.clone();
        tokio::select! {
            () = accept(&listener, &target, &carried) => {}
            _ = whole.wait_for(|whole| !whole) => {}
        }
    }
}

async fn accept(listener: &TcpListener, target: &str, whole: &watch::Receiver<bool>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        tokio::spawn(carry(stream, target.to_owned(), whole.clone()));
    }
}

async fn carry(mut stream: TcpStream, target: String, mut whole: watch::Receiver<bool>) {
    // A server that is away is as good as a line that is cut.
    let Ok(mut server) = TcpStream::connect(target).await else { return };
    tokio::select! {
        biased;
        _ = whole.wait_for(|whole| !whole) => {}
        _ = copy_bidirectional(&mut stream, &mut server) => {}
    }
}
