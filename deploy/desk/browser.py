"""The page in Chromium, with a desk of the harness behind it."""

import os
import subprocess

from . import embedding, tools
from .console import Problem

FOLDER = tools.REPO / "tests" / "browser"


def run(programs, *arguments):
    """Runs node in the folder of the browser tests, on the programs of a build."""
    tools.npm_install(FOLDER)
    environment = {
        **tools.with_node(),
        "CHROMIUM": str(tools.chromium()),
        "NATS_SERVER": str(tools.nats_server()),
        **embedding.environment(),
        "TEST_DESK": str(programs / "deskwire-test-desk"),
    }
    command = ["node", *arguments]
    if subprocess.run(command, cwd=FOLDER, env=environment).returncode != 0:
        raise Problem(f"FAILED: {' '.join(map(os.fspath, command))} in {FOLDER} (see above)")
