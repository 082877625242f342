"""The data folder: what is generated once and kept, and what is known of the running desk."""

import base64
import fcntl
import json
import os
import secrets
import shlex
import socket

from .console import Problem

PARTS = ("nats", "workers", "ingress")  # in the order in which they start
DEFAULT_PORT = 8080
NATS_PORT = 4222

DEMO_PASSWORD = "deskwire-demo"
DEMO_LOGINS = [
    {"username": "user1", "password": DEMO_PASSWORD, "role": "user", "department": None},
    {"username": "user2", "password": DEMO_PASSWORD, "role": "user", "department": None},
    {"username": "it-agent", "password": DEMO_PASSWORD, "role": "agent", "department": "IT"},
    {"username": "hr-agent", "password": DEMO_PASSWORD, "role": "agent", "department": "HR"},
    {"username": "admin", "password": DEMO_PASSWORD, "role": "admin", "department": None},
]


class Data:
    """The data folder. Everything in it is the owner's alone."""

    def __init__(self, folder):
        self.folder = folder.resolve()
        self.run_file = self.folder / "run.json"
        self.credentials_file = self.folder / "credentials.json"
        self.lock_file = self.folder / "lock"
        self.nats = self.folder / "nats"
        self.store = self.folder / "store" / "deskwire.db"
        self.lock = None

    def create(self):
        """Makes the folders that are missing."""
        try:
            self.make_folders()
        except OSError as error:
            raise Problem(f"{self.folder} cannot hold the data: {error.strerror}. Choose another: --data DIR") from None

    def make_folders(self):
        fresh = not self.folder.exists() or not any(self.folder.iterdir())
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if fresh:
            self.folder.chmod(0o700)
        for folder in (self.nats, self.store.parent, self.folder / "logs"):
            folder.mkdir(mode=0o700, exist_ok=True)

    def down_command(self):
        return f"./deploy/down --data {shlex.quote(str(self.folder))}"

    def log(self, part):
        return self.folder / "logs" / f"{part}.log"

    # Only the process that holds the lock may start and stop the parts.

    def try_lock(self, stop_me=None):
        """Takes the lock, unless another process has it. `stop_me` is the pid to end for the lock's sake, if any."""
        file = open(self.lock_file, "a+", opener=private)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        file.truncate(0)
        file.write(str(stop_me or ""))
        file.flush()
        self.lock = file
        return True

    def lock_holder(self):
        """The pid that the process with the lock gave, if any."""
        text = self.lock_file.read_text()
        return int(text) if text else None

    # What is generated once.

    def credentials(self):
        """The desk's secrets, generated at the first call."""
        if not self.credentials_file.exists():
            # A broker's password starts with a letter, so that its configuration does not take it for a number.
            password = {user: "p" + secrets.token_hex(24) for user in ("ingress", "workers", "outside", "sys")}
            signing_key = {"kid": "k" + secrets.token_hex(4), "secret": secrets.token_urlsafe(48)}
            webhook_secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
            write_private(
                self.credentials_file,
                {"nats": password, "signing_key": signing_key, "webhook_secret": webhook_secret},
            )
        return json.loads(self.credentials_file.read_text())

    # What runs.

    def load_run(self):
        """What `up` last wrote, or nothing."""
        try:
            return Run(**json.loads(self.run_file.read_text()))
        except FileNotFoundError:
            return None
        except (TypeError, ValueError) as error:
            raise Problem(
                f"{self.run_file} cannot be read ({error}). Remove it, and check that no part still runs."
            ) from None

    def save_run(self, run):
        write_private(self.run_file, vars(run))


class Run:
    """The addresses, the logins, and the pid of each part that runs: `run.json`."""

    def __init__(self, url, internal_url, nats_url, logins, pids):
        self.url = url
        self.internal_url = internal_url
        self.nats_url = nats_url
        self.logins = logins
        self.pids = pids

    @property
    def port(self):
        return port_of(self.url)

    @property
    def internal_port(self):
        return port_of(self.internal_url)

    @property
    def nats_port(self):
        return port_of(self.nats_url)


def plan_run(known, wanted_port, logins):
    """The addresses for a desk of which nothing runs: those of last time, where they are still free."""
    port = wanted_port or (known.port if known else DEFAULT_PORT)
    check_free(port, f"choose another port: --port {bind(0)}")
    internal = known.internal_port if known and known.port == port else port + 1
    internal = free_port(internal, {port})
    nats = free_port(known.nats_port if known else NATS_PORT, {port, internal})
    return Run(
        url=f"http://127.0.0.1:{port}",
        internal_url=f"http://127.0.0.1:{internal}",
        nats_url=f"nats://127.0.0.1:{nats}",
        logins=logins,
        pids=dict.fromkeys(PARTS),
    )


def port_of(url):
    return int(url.rsplit(":", 1)[1])


def check_free(port, remedy):
    """Complains unless `port` can be had."""
    try:
        bind(port)
    except PermissionError:
        raise Problem(f"Port {port} needs root. Choose one above 1023: --port {DEFAULT_PORT}") from None
    except OSError:
        raise Problem(f"Port {port} is taken by another program. Stop that program, or {remedy}") from None


def free_port(wanted, others):
    """`wanted` if it can be had, else any that can."""
    try:
        if wanted in others:
            raise OSError
        return bind(wanted)
    except (OSError, OverflowError):
        port = bind(0)
        return port if port not in others else free_port(0, others)


def bind(port):
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        return listener.getsockname()[1]


def private(path, flags):
    return os.open(path, flags, 0o600)


def write_private(path, content):
    """Writes a file for the owner's eyes, whole or not at all."""
    draft = path.with_name(path.name + ".draft")
    with open(draft, "w", opener=private) as file:
        json.dump(content, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
