"""The data folder: what is generated once and kept, and what is known of the running desk."""

import base64
import fcntl
import json
import os
import secrets
import shlex
from pathlib import Path

from .console import Problem
from .run import read_run
from .tools import REPO

BROKER_USERS = ("ingress", "workers", "operator", "outside", "sys", "cluster")
DATA = REPO / ".deskwire"

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
        for folder in (self.store.parent, self.folder / "logs"):
            folder.mkdir(mode=0o700, exist_ok=True)

    @classmethod
    def add_arguments(cls, parser):
        """Has a command take the folder, or `--cluster`, which means one of its own."""
        parser.add_argument("--cluster", action="store_true", help="a desk of several processes of each kind, for trying")
        parser.add_argument(
            "--data",
            type=Path,
            metavar="DIR",
            help="where data, logs and run.json lie (default: .deskwire in the repository, and .deskwire/cluster)",
        )

    @classmethod
    def of_arguments(cls, arguments):
        return cls(arguments.data or (DATA / "cluster" if arguments.cluster else DATA))

    def down_command(self):
        return f"./deploy/down --data {shlex.quote(str(self.folder))}"

    def index(self, part):
        """Where a process of workers keeps its index of articles."""
        return self.folder / "index" / part

    def broker(self, part):
        """The folder of one broker, made where it is missing."""
        folder = self.folder / part
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

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
            signing_key = {"kid": "k" + secrets.token_hex(4), "secret": secrets.token_urlsafe(48)}
            webhook_secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
            write_private(
                self.credentials_file,
                {"nats": {}, "signing_key": signing_key, "webhook_secret": webhook_secret},
            )
        known = json.loads(self.credentials_file.read_text())
        missing = [user for user in BROKER_USERS if user not in known["nats"]]
        if missing:  # of a new folder all; or it is of a version that had fewer
            # A broker's password starts with a letter, so that its configuration does not take it for a number.
            known["nats"] |= {user: "p" + secrets.token_hex(24) for user in missing}
            write_private(self.credentials_file, known)
        return known

    # What runs.

    def load_run(self):
        """What `up` last wrote, or nothing."""
        try:
            return read_run(json.loads(self.run_file.read_text()))
        except FileNotFoundError:
            return None
        except (KeyError, TypeError, ValueError) as error:
            raise Problem(
                f"{self.run_file} cannot be read ({error}). Remove it, and check that no part still runs."
            ) from None

    def save_run(self, run):
        write_private(self.run_file, run.to_json())


def demo_logins():
    """The logins that the desk makes, unless the caller turned them off."""
    return DEMO_LOGINS if os.environ.get("DESKWIRE_ACCOUNTS__DEMO", "true") == "true" else []


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
