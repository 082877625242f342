#!/usr/bin/env python3
"""Follows the events of a Deskwire desk: prints each one as a line of JSON, without a gap and without a double.

    pip install nats-py
    deploy/examples/follow_events.py --credentials .deskwire/credentials.json --place events.place

Each line is a CloudEvent in its JSON form, with the event's place in the desk's stream beside it:

    {"sequence": 12, "specversion": "1.0", "id": "ticket.saved:…", "type": "deskwire.ticket.saved.v1", …, "data": {…}}

The kinds of event and what they hold are in the AsyncAPI document that the desk serves at /asyncapi.json.

The file --place keeps the place of the last event that was printed. Stop this program, start it again: it first prints
what it missed, from that place on, and then what happens. Without the file it begins with what happens from now on, or
behind the place that --after gives; `--after 0` prints all that the desk still keeps. Events that the desk keeps no
longer (`retention.events_days`) are told of on standard error.

How it works, for those who write their own:

  1. Connect as the user `outside`, with the inbox prefix `_INBOX_outside`; nothing else may be heard or said.
  2. Subscribe to `events.>` first. Each message has its place in the stream in the header `Nats-Sequence`; places grow
     by one from event to event.
  3. Then ask for what was missed: publish {"seq": last + 1, "batch": 256, "next_by_subj": ">"} to `replay.events` with
     a reply subject under `_INBOX_outside.`. The events come there, and behind them an empty message whose `Status` is
     204; as long as its `Nats-Num-Pending` is not 0, ask again. `Status` 404 means that there is nothing.
  4. Then take the live messages. A place that was printed already is a double from step 3: drop it. A place that is
     further than the next one is a gap, as after a lost connection: do step 3 again. Do it as well when nothing was
     heard for a while, for the last event before a pause may be the one that was missed.

This program prints an event before it writes its place down. If it is killed between the two, as by kill -9 or a power
cut, it prints that one event again: a receiver that must not see it twice compares the `id`.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
from contextlib import aclosing
from pathlib import Path

import nats
from nats.errors import TimeoutError as NoMessage

EVENTS = "events.>"
REPLAY = "replay.events"
EVERYTHING = ">"  # of what is stored
BATCH = 256
QUIET_SECONDS = 5  # nothing heard for so long: look whether something was missed
ANSWER_SECONDS = 5
RETRY_SECONDS = 1
# What the attributes of a CloudEvent are called in the headers.
ATTRIBUTES = {
    "specversion": "ce-specversion",
    "id": "ce-id",
    "type": "ce-type",
    "source": "ce-source",
    "time": "ce-time",
    "subject": "ce-subject",
    "datacontenttype": "content-type",
    "traceparent": "traceparent",
}


class Away(Exception):
    """The broker gave no answer. It may later."""


class Place:
    """The last event that was printed: its place in the stream and its id. Kept in a file."""

    def __init__(self, file, after):
        self.file = file
        self.sequence = after
        self.id = None
        try:
            self.sequence, self.id = json.loads(file.read_text()).values()
        except FileNotFoundError:
            pass

    def keep(self, sequence, event_id):
        self.sequence, self.id = sequence, event_id
        draft = self.file.with_name(self.file.name + ".draft")
        draft.write_text(json.dumps({"sequence": sequence, "id": event_id}) + "\n")
        draft.replace(self.file)


class Follower:
    def __init__(self, connection, place):
        self.connection = connection
        self.place = place

    async def follow(self):
        live = await self.connection.subscribe(EVENTS)
        await self.connection.flush()  # from here on, nothing that happens is missed
        if self.place.sequence is None:
            newest = await self.insist(lambda: self.get({"last_by_subj": EVERYTHING}))
            self.place.keep(*(place_of(newest) if newest else (0, None)))
        await self.insist(self.catch_up)
        while True:
            try:
                message = await live.next_msg(timeout=QUIET_SECONDS)
            except NoMessage:
                await self.insist(self.catch_up)
                continue
            sequence, _ = place_of(message)
            if sequence == self.place.sequence + 1:
                self.print(message)
            elif sequence > self.place.sequence:
                await self.insist(self.catch_up)

    async def insist(self, ask):
        """Asks until there is an answer."""
        while True:
            try:
                return await ask()
            except Away as away:
                tell(f"{away}; trying again")
                await asyncio.sleep(RETRY_SECONDS)

    async def catch_up(self):
        """Prints every stored event that follows the last one."""
        await self.check_place()
        while await self.replay():
            pass

    async def check_place(self):
        """Begins anew when the desk did: its events are counted from 1 again then."""
        if not self.place.id:
            return
        there = await self.get({"seq": self.place.sequence})
        if there and place_of(there) != (self.place.sequence, self.place.id):
            tell("the desk has begun anew, and so does this")
            self.place.keep(0, None)

    async def replay(self):
        """Prints one batch. Tells whether there is more."""
        request = {"seq": self.place.sequence + 1, "batch": BATCH, "next_by_subj": EVERYTHING}
        async with aclosing(self.ask(request)) as answers:
            async for message in answers:
                status = status_of(message)
                if status is None:
                    sequence, _ = place_of(message)
                    if sequence > self.place.sequence + 1:
                        tell(f"events {self.place.sequence + 1} to {sequence - 1} are no longer there")
                    self.print(message)
                elif status == "204":
                    return message.headers["Nats-Num-Pending"] != "0"
                else:
                    return False

    async def get(self, request):
        """One stored event, or nothing."""
        async with aclosing(self.ask(request)) as answers:
            message = await anext(answers)
            return message if status_of(message) is None else None

    async def ask(self, request):
        """The messages that answer a request, each an event or the end: 204, or 404 where there is nothing."""
        inbox = self.connection.new_inbox()
        answers = await self.connection.subscribe(inbox)
        try:
            await self.connection.publish(REPLAY, json.dumps(request).encode(), reply=inbox)
            while True:
                message = await answers.next_msg(timeout=ANSWER_SECONDS)
                if status_of(message) not in (None, "204", "404"):
                    raise Away(f"the broker gives no events: status {status_of(message)}")
                yield message
        except nats.errors.Error as error:
            raise Away("the broker does not answer") from error
        finally:
            await answers.unsubscribe()

    def print(self, message):
        headers = message.headers
        sequence, event_id = place_of(message)
        event = {"sequence": sequence}
        event |= {name: headers[header] for name, header in ATTRIBUTES.items()}
        event["data"] = json.loads(message.data)
        print(json.dumps(event), flush=True)
        self.place.keep(sequence, event_id)


def place_of(message):
    return int(message.headers["Nats-Sequence"]), message.headers["ce-id"]


def status_of(message):
    """What the broker says instead of an event, or nothing."""
    return (message.headers or {}).get("Status")


def tell(text):
    print(f"follow_events: {text}", file=sys.stderr, flush=True)


async def run(arguments, password):
    async def on_error(error):
        tell(str(error) or type(error).__name__)

    task = asyncio.current_task()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    connection = await nats.connect(
        arguments.server,
        user="outside",
        password=password,
        inbox_prefix=b"_INBOX_outside",
        name="follow_events",
        max_reconnect_attempts=-1,
        error_cb=on_error,
    )
    try:
        await Follower(connection, Place(arguments.place, arguments.after)).follow()
    finally:
        await connection.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument(
        "--server", default="nats://127.0.0.1:4222", metavar="URL", help="the broker (default: %(default)s)"
    )
    parser.add_argument(
        "--credentials",
        type=Path,
        metavar="FILE",
        help="the credentials.json that deploy/up keeps; without it, DESKWIRE_NATS_OUTSIDE_PASSWORD is the password",
    )
    parser.add_argument("--place", type=Path, required=True, metavar="FILE", help="keeps the place of the last event")
    parser.add_argument("--after", type=int, metavar="N", help="where to begin while FILE is not there: behind event N")
    arguments = parser.parse_args()
    if arguments.credentials:
        password = json.loads(arguments.credentials.read_text())["nats"]["outside"]
    else:
        password = os.environ.get("DESKWIRE_NATS_OUTSIDE_PASSWORD") or parser.error(
            "give --credentials, or the password"
        )
    try:
        asyncio.run(run(arguments, password))
    except asyncio.CancelledError:
        pass  # it was told to stop
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads any more


if __name__ == "__main__":
    main()
