"""The example of a client for other systems, tried on a desk of its own."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from unittest import mock

from . import tools
from .console import Problem, say
from .data import DEMO_LOGINS, Data
from .parts import Parts
from .run import bind, plan_run

FOLLOW_EVENTS = tools.REPO / "deploy" / "examples" / "follow_events.py"
PATIENCE_SECONDS = 60
KEPT = 20  # events that the broker keeps when it forgets the others


def check_follow_events(programs, nats_server):
    """Stops and starts the follower, and the broker under it, while tickets are raised: it must print each event once,
    in order."""
    # Nobody waits for the quota here.
    with (
        mock.patch.dict(os.environ, {"DESKWIRE_RATELIMIT__LIMIT": "1000"}),
        tempfile.TemporaryDirectory() as folder,
        contextlib.ExitStack() as stack,
    ):
        data = Data(Path(folder))
        data.create()
        parts = Parts(data, plan_run(None, bind(0), DEMO_LOGINS))
        stack.callback(parts.stop)
        parts.start_all(parts.run.parts, programs, nats_server)
        desk = Desk(parts.run.url)
        follower = Follower(data, parts.run.nats_url)
        stack.callback(follower.stop)

        follower.start("--after", "0")
        tickets = desk.raise_tickets(5)
        follower.wait_for(tickets)
        follower.stop()
        tickets += desk.raise_tickets(5)
        follower.start()
        tickets += desk.raise_tickets(5)
        follower.wait_for(tickets)

        # The broker goes and comes back under a follower that runs.
        parts.stop(["nats"])
        parts.start("nats", programs, nats_server)
        parts.wait_for_nats()
        parts.wait_until_ready()
        tickets += desk.raise_tickets(5)
        follower.wait_for(tickets)
        sequences = follower.sequences()
        if sequences != list(range(1, len(sequences) + 1)):
            raise Problem(f"FAILED: the follower printed the events {sequences}")
        follower.stop()

        # What is not kept any more is told, and skipped.
        desk.raise_tickets(10)
        missed = forget(data, parts.run.nats_url)
        follower.start()
        tickets = desk.raise_tickets(1)
        follower.wait_for(tickets)
        later = follower.sequences()[len(sequences) :]
        told = f"events {len(sequences) + 1} to {missed} are no longer there"
        if later != list(range(missed + 1, missed + 1 + len(later))) or told not in follower.errors.read_text():
            raise Problem(f"FAILED: after {missed} events were forgotten, the follower printed {later}")
        say(f"{len(sequences) + len(later)} events, each printed once, in order")


class Desk:
    """The desk, as somebody who raises tickets."""

    def __init__(self, url):
        self.url = url
        login = {key: DEMO_LOGINS[0][key] for key in ("username", "password")}
        self.token = self.post("/auth/login", login, {})["access_token"]

    def raise_tickets(self, count):
        headers = {"Authorization": f"Bearer {self.token}"}
        body = {"title": "A screen", "description": "It flickers.", "urgency": "low"}
        return [self.post("/tickets", body, headers)["id"] for _ in range(count)]

    def tickets(self):
        headers = {"Authorization": f"Bearer {self.token}"}
        return [ticket["id"] for ticket in self.send("/tickets?limit=100", None, headers)["items"]]

    def post(self, path, body, headers):
        return self.send(path, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})

    def send(self, path, content, headers):
        request = urllib.request.Request(self.url + path, content, headers)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as response:
            return json.load(response)


class Follower:
    """The example, as a process."""

    def __init__(self, data, nats_url):
        self.output = data.folder / "events.jsonl"
        self.errors = data.folder / "errors.txt"
        self.place = data.folder / "events.place"
        self.command = [sys.executable, FOLLOW_EVENTS, "--server", nats_url, "--place", self.place]
        self.command += ["--credentials", data.credentials_file]
        self.process = None
        data.credentials()

    def start(self, *arguments):
        environment = {**os.environ, "PYTHONPATH": str(tools.nats_py())}
        with open(self.output, "a") as output, open(self.errors, "a") as errors:
            command = [*self.command, *arguments]
            self.process = subprocess.Popen(command, env=environment, stdout=output, stderr=errors)

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.process = None

    def events(self):
        lines = self.output.read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def sequences(self):
        return [event["sequence"] for event in self.events()]

    def wait_for(self, tickets):
        """Waits until each ticket was told to be saved."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            saved = [event["subject"] for event in self.events() if event["type"] == "deskwire.ticket.saved.v1"]
            if set(tickets) <= set(saved):
                return
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise Problem(f"FAILED: the follower did not tell of every ticket.\n\n{self.errors.read_text()}")
            time.sleep(0.1)


def forget(data, nats_url):
    """Has the broker forget all but the last events. Gives the place of the last one that it forgot."""
    script = """
import asyncio, json, sys, nats
url, password, kept = sys.argv[1:]
async def main():
    broker = await nats.connect(url, user="workers", password=password, inbox_prefix=b"_INBOX_workers")
    info = json.loads((await broker.request("$JS.API.STREAM.INFO.EVENTS", timeout=10)).data)
    for limit in (int(kept), -1):
        config = json.dumps({**info["config"], "max_msgs": limit}).encode()
        info = json.loads((await broker.request("$JS.API.STREAM.UPDATE.EVENTS", config, timeout=10)).data)
    print(info["state"]["first_seq"] - 1)
    await broker.close()
asyncio.run(main())
"""
    environment = {**os.environ, "PYTHONPATH": str(tools.nats_py())}
    command = [sys.executable, "-c", script, nats_url, data.credentials()["nats"]["workers"], str(KEPT)]
    return int(subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout)
