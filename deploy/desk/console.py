"""What a person sees of a script."""

import signal
import sys
import time
from contextlib import contextmanager


class Problem(Exception):
    """Something that the person who runs the script can understand and mend. Its text is all that they see."""


class Interrupted(BaseException):
    """Ctrl-C, or a request to end."""

    def __init__(self, number):
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


def say(text=""):
    try:
        print(text, flush=True)
    except OSError:
        pass  # the terminal is gone; what is to be done is done all the same


@contextmanager
def step(title):
    """Says what begins, and how long it took."""
    say(f"\n== {title}")
    began = time.monotonic()
    yield
    say(f"({title}: {time.monotonic() - began:.0f} s)")


def raise_interrupted(number, _frame):
    ignore_signals()  # one is enough; a second must not stop the stopping
    raise Interrupted(number)


def ignore_signals():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def run_main(main):
    """Runs `main`, which returns an exit code or nothing, and ends the script."""
    signal.signal(signal.SIGINT, raise_interrupted)
    signal.signal(signal.SIGTERM, raise_interrupted)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as under nohup
        signal.signal(signal.SIGHUP, raise_interrupted)
    try:
        sys.exit(main() or 0)
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        sys.exit(1)
    except Interrupted as interrupted:
        sys.exit(interrupted.exit_code)
