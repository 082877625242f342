"""Backups of a data folder: what `deskwire-workers` keeps and brings back, and the secrets beside it."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from .console import Problem, ignore_signals
from .data import DEMO_LOGINS, Data, demo_logins, private
from .examples import Desk
from .parts import Parts
from .run import bind, plan_run


def keep(data, folder, programs):
    """Keeps the running desk of a data folder in another folder."""
    run = data.load_run()
    parts = run and Parts(data, run)
    if not run or not parts.running():
        raise Problem(f"No desk runs on {data.folder}. Start it first: a backup is made of one that runs.")
    if run.is_cluster:
        raise Problem("This desk has a cluster of brokers. deploy/BACKUP.md says how a cluster is kept.")
    if not parts.operate(programs, "backup", folder, "--include", data.credentials_file):
        raise Problem("No backup was made; what is wrong stands above.")


def bring_back(data, folder, programs, nats_server):
    """Brings a desk back to a data folder that holds none: all of it, or nothing."""
    held = [path for path in (data.run_file, data.credentials_file, data.store) if path.exists()]
    streams = data.folder / "nats"
    if held or (streams.exists() and any(streams.iterdir())):
        raise Problem(f"{data.folder} holds a desk. Choose a folder that holds none: --data DIR")
    if subprocess.run([programs / "deskwire-workers", "restore", "--check", folder]).returncode != 0:
        raise Problem("Nothing was changed.")
    credentials = folder / data.credentials_file.name
    if not credentials.exists():
        raise Problem(f"{folder} has no {credentials.name}: it was not made by ./deploy/backup. Nothing was changed.")
    data.create()
    if not data.try_lock(stop_me=os.getpid()):
        raise Problem(f"Another script is at work on {data.folder}.")
    try:
        fill(data, folder, credentials, programs, nats_server)
    except BaseException:
        ignore_signals()
        for kept in (streams, data.store.parent):
            shutil.rmtree(kept, ignore_errors=True)
        data.credentials_file.unlink(missing_ok=True)
        raise


def fill(data, folder, credentials, programs, nats_server):
    with open(data.credentials_file, "wb", opener=private) as file:
        file.write(credentials.read_bytes())
    parts = Parts(data, plan_run(None, bind(0), demo_logins()))
    try:
        parts.start("nats", programs, nats_server)
        parts.wait_for_nats()
        if not parts.operate(programs, "restore", folder):
            raise Problem(f"The backup was not brought back; what is wrong stands above. {data.folder} holds no desk.")
    finally:
        parts.stop()
        data.run_file.unlink(missing_ok=True)  # `up` chooses the ports anew


def check_backup(programs, nats_server):
    """Keeps a desk, and brings it back elsewhere: the tickets and the secrets must be there, and new tickets get through."""
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "kept"
        data = Data(Path(folder) / "one")
        data.create()
        parts = start(data, programs, nats_server)
        try:
            tickets = Desk(parts.run.url).raise_tickets(3)
            keep(data, kept, programs)
        finally:
            parts.stop()
        other = Data(Path(folder) / "two")
        bring_back(other, kept, programs, nats_server)
        if other.credentials() != data.credentials():
            raise Problem("FAILED: the secrets were not brought back")
        parts = start(other, programs, nats_server)
        try:
            desk = Desk(parts.run.url)
            tickets += desk.raise_tickets(1)
            if sorted(desk.tickets()) != sorted(tickets):
                raise Problem(f"FAILED: {tickets} were raised, and {desk.tickets()} are there")
        finally:
            parts.stop()


def start(data, programs, nats_server):
    parts = Parts(data, plan_run(None, bind(0), DEMO_LOGINS))
    parts.start_all(parts.run.parts, programs, nats_server)
    return parts
