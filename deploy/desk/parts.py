"""The processes of the desk: how each is started, known again, and stopped."""

import http.client
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from . import embedding
from .console import Problem, say
from .run import check_free, kind_of
from .tools import REPO

# Time to finish what is in hand after SIGTERM, in seconds.
STOP_SECONDS = {"ingress": 20, "workers": 40, "nats": 30}
# Time to be ready, in seconds.
NATS_SECONDS = 60
READY_SECONDS = 120
DEMO_ARTICLES = REPO / "deploy" / "knowledge" / "articles"
# In the environment of each process that we start: which part it is, of the desk in which folder. A pid alone may
# by now be another program's. The name is outside of DESKWIRE_…, which the programs read as configuration.
MARK = "DESK_PART"
# What `up` decides about each address and broker login, whatever the caller's environment says.
OWNED = (
    "DESKWIRE_NATS__URL",
    "DESKWIRE_NATS__USERNAME",
    "DESKWIRE_NATS__PASSWORD",
    "DESKWIRE_INGRESS__LISTEN",
    "DESKWIRE_INGRESS__INTERNAL_LISTEN",
)


class Parts:
    """The processes of the desk in one data folder."""

    def __init__(self, data, run):
        self.data = data
        self.run = run
        self.children = {}  # those that this script started
        self.log_starts = {}  # where in its log each of these began

    # Start

    def check_ports(self, missing):
        """Complains when a part that is to be started beside others finds its port taken."""
        for port in (port for part in missing for port in self.run.ports[part].values()):
            check_free(port, f"stop Deskwire and start it anew:\n\n    {self.data.down_command()}")

    def start_all(self, missing, programs, nats_server):
        """Starts the parts that are missing, in their order, and waits until all is ready."""
        for part in missing:
            if kind_of(part) != "nats":
                self.wait_for_nats()
            say(f"Starting {part} …")
            self.start(part, programs, nats_server)
        self.wait_until_ready()

    def start(self, part, programs, nats_server):
        """Starts a part and remembers its pid."""
        command, environment = self.recipe(part, programs, nats_server)
        environment[MARK] = self.mark(part)
        with open(self.data.log(part), "ab", opener=private_log) as log:
            self.log_starts[part] = log.tell()
            try:
                child = subprocess.Popen(
                    command,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,  # a Ctrl-C in this terminal is ours to pass on, in order
                )
            except OSError as error:
                raise Problem(f"{command[0]} cannot be started: {error.strerror}.") from None
        self.children[part] = child
        self.run.pids[part] = child.pid
        self.data.save_run(self.run)

    def recipe(self, part, programs, nats_server):
        """The command and the environment of a part. Each gets the secrets that it needs, and no others."""
        kind, ports = kind_of(part), self.run.ports[part]
        secrets = self.data.credentials()
        caller = {key: value for key, value in os.environ.items() if not is_broker_password(key)}
        if kind == "nats":
            plain = {key: value for key, value in caller.items() if not key.startswith("DESKWIRE_")}
            return self.broker_command(part, nats_server), {**plain, **self.broker_environment(part)}
        owned = self.login(kind)
        # The caller's environment wins over these.
        defaults = {
            "DESKWIRE_ACCOUNTS__DEMO": "true",
            "DESKWIRE_NATS__REPLICAS": "3" if self.run.is_cluster else "1",
            "DESKWIRE_WEBHOOKS__SECRETS": f'["{secrets["webhook_secret"]}"]',
        }
        if kind == "ingress":
            key = secrets["signing_key"]
            owned["DESKWIRE_INGRESS__LISTEN"] = f"127.0.0.1:{ports['public']}"
            owned["DESKWIRE_INGRESS__INTERNAL_LISTEN"] = f"127.0.0.1:{ports['internal']}"
            defaults["DESKWIRE_AUTH__KEYS"] = f'[{{kid="{key["kid"]}",secret="{key["secret"]}"}}]'
            return [programs / "deskwire-ingress"], {**defaults, **caller, **owned}
        defaults["DESKWIRE_STORE__PATH"] = str(self.data.store)
        defaults.update(embedding.environment("DESKWIRE_EMBEDDING__FOLDER"))
        defaults["DESKWIRE_INDEX__PATH"] = str(self.data.index(part))
        defaults["DESKWIRE_WEBHOOKS__BASE_URL"] = f"{self.run.internal_url}/internal/webhook"
        return [programs / "deskwire-workers", "run"], {**defaults, **caller, **owned}

    def broker_command(self, part, nats_server):
        config = REPO / "deploy" / "cluster" if self.run.is_cluster else REPO
        command = [nats_server, "--config", config / "nats.conf", "--store_dir", self.data.broker(part)]
        return [*command, "--name", part, "--port", str(self.run.ports[part]["client"])]

    def broker_environment(self, part):
        """The passwords, and where the brokers of a cluster find each other."""
        passwords = self.data.credentials()["nats"]
        variables = {f"DESKWIRE_NATS_{user.upper()}_PASSWORD": text for user, text in passwords.items()}
        if not self.run.is_cluster:
            return variables
        routes = [f"nats://cluster:{passwords['cluster']}@127.0.0.1:{port}" for port in self.run.ports_for("route")]
        variables["DESKWIRE_NATS_CLUSTER_LISTEN"] = f"127.0.0.1:{self.run.ports[part]['route']}"
        variables["DESKWIRE_NATS_CLUSTER_ROUTES"] = f"[{', '.join(routes)}]"
        return variables

    def login(self, user):
        """The part of the configuration that leads to the broker, as `user`."""
        return {
            "DESKWIRE_NATS__URL": self.run.nats_url,
            "DESKWIRE_NATS__USERNAME": user,
            "DESKWIRE_NATS__PASSWORD": self.data.credentials()["nats"][user],
        }

    def operate(self, programs, *arguments):
        """Runs a command of the workers' program on the data, as the operator. Tells whether that went well."""
        environment = {"DESKWIRE_STORE__PATH": str(self.data.store), **os.environ, **self.login("operator")}
        environment = {key: value for key, value in environment.items() if not is_broker_password(key)}
        return subprocess.run([programs / "deskwire-workers", *arguments], env=environment).returncode == 0

    def import_demo_articles(self, programs):
        """Brings in the articles of the demo knowledge base that are not there; what people changed stays changed."""
        environment = {key: value for key, value in os.environ.items() if not is_broker_password(key)}
        command = [programs / "deskwire-workers", "import", "--only-new", DEMO_ARTICLES]
        ended = subprocess.run(command, env={**environment, **self.login("workers")}, capture_output=True, text=True)
        if ended.returncode != 0:
            raise Problem(f"The demo knowledge base was not brought in:\n\n{ended.stderr}")

    def wait_for_nats(self):
        """Waits until the brokers greet."""
        brokers = [part for part in self.run.parts if kind_of(part) == "nats"]
        self.wait("The broker", NATS_SECONDS, lambda: all(map(broker_greets, self.run.ports_for("client"))), brokers)

    def wait_until_ready(self):
        """Waits until ingress says that it and all behind it are ready."""
        self.wait("The desk", READY_SECONDS, self.is_ready, self.run.parts)

    def is_ready(self):
        return all(http_status(port, "/health/ready") == 200 for port in self.run.ports_for("public"))

    def wait(self, what, seconds, condition, needed):
        deadline = time.monotonic() + seconds
        while True:
            ended = [part for part in needed if not self.is_running(part)]
            if ended:
                raise Problem(f"{ended[0]} ended before it was ready{self.exit_of(ended[0])}.\n\n{self.tail(ended[0])}")
            if condition():
                return
            if time.monotonic() > deadline:
                logs = "\n\n".join(self.tail(part) for part in needed)
                raise Problem(f"{what} was not ready within {seconds} s.\n\n{logs}")
            time.sleep(0.1)

    # Know again

    def mark(self, part):
        return f"{part}:{self.data.folder}"

    def is_running(self, part):
        """Whether the pid that we remember is alive and is that part of this desk."""
        child = self.children.get(part)
        if child:
            return child.poll() is None
        pid = self.run.pids.get(part)
        return pid is not None and is_marked(pid, part, self.mark(part))

    def running(self):
        return [part for part in self.run.parts if self.is_running(part)]

    def exit_of(self, part):
        """How a part ended, where we know, as the end of a sentence."""
        code = self.children[part].poll() if part in self.children else None
        if code is None:
            return ""
        return f" (exit code {code})" if code >= 0 else f" ({signal.Signals(-code).name})"

    def tail(self, part, lines=20):
        """The last lines of a part's log, with a headline."""
        log = self.data.log(part)
        with open(log, "rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(self.log_starts.get(part, 0), end - 20_000))
            text = file.read().decode(errors="replace")
        return "\n".join([f"The last lines of {log}:", *(f"    {line}" for line in text.splitlines()[-lines:])])

    # Stop

    def stop(self, parts=None):
        """Stops `parts`, or all, in the reverse of their starting order: whoever asks first, whoever answers last."""
        for part in reversed(self.run.parts):
            if parts is None or part in parts:
                if self.is_running(part):
                    self.stop_one(part)
                self.run.pids[part] = None
                self.data.save_run(self.run)

    def stop_one(self, part):
        say(f"Stopping {part} …")
        pid = self.run.pids[part]
        deadline = time.monotonic() + STOP_SECONDS[kind_of(part)]
        send(os.kill, pid, signal.SIGTERM)
        while self.is_running(part):
            if time.monotonic() > deadline:
                say(f"{part} did not stop within {STOP_SECONDS[kind_of(part)]} s: killing it.")
                send(os.killpg, pid, signal.SIGKILL)
                deadline = float("inf")
            time.sleep(0.05)


def send(how, pid, number):
    try:
        how(pid, number)
    except ProcessLookupError:
        pass  # it ended by itself just now


def is_broker_password(key):
    return key.startswith("DESKWIRE_NATS_") and not key.startswith("DESKWIRE_NATS__")


def is_marked(pid, part, mark):
    """Whether the process `pid` is the part with `mark`."""
    if Path("/proc/self/environ").exists():
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:  # no such process, or not ours
            return False
        return os.fsencode(f"{MARK}={mark}") in environment.split(b"\0")
    # No /proc, as on macOS: the name of the program must do.
    command = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
    name = "nats-server" if kind_of(part) == "nats" else f"deskwire-{kind_of(part)}"
    return name in subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout


def broker_greets(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            return connection.recv(5) == b"INFO "
    except OSError:
        return False


def http_status(port, path):
    """The status of a GET; nothing when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def private_log(path, flags):
    return os.open(path, flags, 0o600)
