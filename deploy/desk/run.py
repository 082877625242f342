"""Which parts a desk has, and on which ports they listen."""

import copy
import socket

from .console import Problem

# In the order in which they start. Which program a part is, its name says before the dash.
ALONE = ("nats", "workers", "ingress")
CLUSTER = ("nats-1", "nats-2", "nats-3", "workers-1", "workers-2", "ingress-1", "ingress-2")
DEFAULT_PORT = 8080
# The ports of each program, by use, where they are free.
PORTS = {
    "nats": {"client": 4222, "route": 6222},
    "workers": {},
    "ingress": {"public": DEFAULT_PORT, "internal": DEFAULT_PORT + 1},
}


class Run:
    """The ports, the logins, and the pid of each part that runs: `run.json`."""

    def __init__(self, logins, pids, ports):
        self.logins = logins
        self.pids = pids
        self.ports = ports

    @property
    def parts(self):
        """All parts, in the order in which they start."""
        return tuple(self.pids)

    @property
    def is_cluster(self):
        return self.parts == CLUSTER

    @property
    def urls(self):
        """Where people connect: any of these."""
        return [f"http://127.0.0.1:{port}" for port in self.ports_for("public")]

    @property
    def url(self):
        return self.urls[0]

    @property
    def internal_url(self):
        return f"http://127.0.0.1:{self.ports_for('internal')[0]}"

    @property
    def nats_url(self):
        """The brokers, with commas between."""
        return ",".join(f"nats://127.0.0.1:{port}" for port in self.ports_for("client"))

    def ports_for(self, use):
        return [ports[use] for ports in self.ports.values() if use in ports]

    def to_json(self):
        """What is kept, and the addresses that follow from it, for whoever reads the file."""
        addresses = {name: getattr(self, name) for name in ("url", "internal_url", "nats_url")}
        return {**addresses, "logins": self.logins, "pids": self.pids, "ports": self.ports}


def read_run(kept):
    """The run that `to_json` kept."""
    if "ports" not in kept:  # by a version that knew no clusters
        port = {name: int(kept[name].rsplit(":", 1)[1]) for name in ("url", "internal_url", "nats_url")}
        ingress = {"public": port["url"], "internal": port["internal_url"]}
        kept["ports"] = {"nats": {"client": port["nats_url"]}, "workers": {}, "ingress": ingress}
    return Run(kept["logins"], kept["pids"], kept["ports"])


def kind_of(part):
    """Which program a part is: nats, workers or ingress."""
    return part.partition("-")[0]


def plan_run(known, wanted_port, logins, parts=ALONE):
    """A desk of which nothing runs: on the ports of last time, where they are still free."""
    if known and known.parts != parts:
        one, other = ("one broker", "a cluster") if known.parts == ALONE else ("a cluster", "one broker")
        raise Problem(f"This data is that of a desk with {one}, not with {other}. Choose another folder: --data DIR")
    ports = copy.deepcopy(known.ports) if known else {part: default_ports(part) for part in parts}
    first = next(part for part in parts if kind_of(part) == "ingress")
    ports[first]["public"] = wanted_port or ports[first]["public"]
    check_free(ports[first]["public"], f"choose another port: --port {bind(0)}")
    taken = {ports[first]["public"]}
    for part, uses in ports.items():
        for use in uses:
            if (part, use) != (first, "public"):
                uses[use] = free_port(uses[use], taken)
                taken.add(uses[use])
    return Run(logins, dict.fromkeys(parts), ports)


def default_ports(part):
    ports = dict(PORTS[kind_of(part)])
    if part == "nats":
        del ports["route"]  # it is alone
    return ports


def check_free(port, remedy):
    """Complains unless `port` can be had."""
    try:
        bind(port)
    except PermissionError:
        raise Problem(f"Port {port} needs root. Choose one above 1023: --port {DEFAULT_PORT}") from None
    except OSError:
        raise Problem(f"Port {port} is taken by another program. Stop that program, or {remedy}") from None


def free_port(wanted, taken):
    """`wanted` if it can be had, else any that can."""
    try:
        if wanted in taken:
            raise OSError
        return bind(wanted)
    except (OSError, OverflowError):
        port = bind(0)
        return port if port not in taken else free_port(0, taken)


def bind(port):
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        return listener.getsockname()[1]
