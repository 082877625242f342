"""Apache Cassandra for the tests of the store: ScyllaDB's protocol, from Maven Central."""

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from . import tools
from .console import Problem, run_main, say
from .run import bind

FOLDER = tools.REPO / "deploy" / "cassandra"
VERSION = "5.0.9"  # as in pom.xml
JAVA_VERSIONS = ("17", "11")
START_SECONDS = 180  # without the archive, on a busy machine
STOP_SECONDS = 60
LISTENS = "Starting listening for CQL clients"


def home():
    """The folder for CASSANDRA_HOME: the jars, the java that runs them, and an archive of their classes, with which a
    node starts in a third of the time. Made where it is missing."""
    java = find_java()
    said = subprocess.run([java, "-version"], stderr=subprocess.PIPE, check=True).stderr
    parts = [said, *((FOLDER / name).read_bytes() for name in ("pom.xml", "jvm.options"))]
    made_of = hashlib.sha256(b"".join(parts)).hexdigest()
    folder = tools.installed(
        tools.TOOLS / f"cassandra-{VERSION}-{made_of[:12]}", "lib", lambda draft: install_jars(draft, java)
    )
    # The archive holds the jars' paths, so it is made where they stay.
    archive = folder / "classes.jsa"
    if not archive.exists():
        with tools.locked(tools.TOOLS / "lock"):
            if not archive.exists():
                make_archive(folder, archive)
    return folder


def install_jars(folder, java):
    if not shutil.which("mvn"):
        tools.apt_install("Maven", ["maven"])
    folder.mkdir()
    command = ["mvn", "--batch-mode", "--quiet", "--file", FOLDER / "pom.xml", "dependency:copy-dependencies"]
    command += ["-DincludeScope=runtime", f"-DoutputDirectory={folder / 'lib'}"]
    if subprocess.run(command, cwd=folder).returncode != 0:
        raise Problem(f"Cassandra {VERSION} could not be installed: Maven gave none (see above).")
    (folder / "java").symlink_to(java)


def make_archive(folder, archive):
    """Runs a node once, which writes the archive when it ends."""
    say("Archiving Cassandra's classes …")
    draft = archive.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as data, tempfile.TemporaryFile("w+") as log:
        ports = [str(bind(0)) for _ in range(2)]
        command = [FOLDER / "node", folder, data, "127.0.0.1", *ports, "periodic"]
        command.append(f"-XX:ArchiveClassesAtExit={draft}")
        node = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            wait_for_node(node, log)
            node.send_signal(signal.SIGTERM)
            node.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise Problem(f"Cassandra does not end.\n\n{tail(log)}") from None
        finally:
            node.kill()
            node.wait()
        if not draft.exists():
            raise Problem(f"Cassandra's classes were not archived.\n\n{tail(log)}")
    draft.rename(archive)


def wait_for_node(node, log):
    deadline = time.monotonic() + START_SECONDS
    while LISTENS not in read(log):
        if node.poll() is not None or time.monotonic() > deadline:
            raise Problem(f"Cassandra does not start.\n\n{tail(log)}")
        time.sleep(0.2)


def read(log):
    # The node writes at the end of the same open file: it is read by its own handle.
    with open(f"/proc/self/fd/{log.fileno()}", errors="replace") as copy:
        return copy.read()


def tail(log):
    return "\n".join(read(log).splitlines()[-20:])


def find_java():
    """A java that Cassandra runs on: JAVA_HOME's, the machine's, or one from Debian."""
    java = chosen_java()
    if not java:
        tools.apt_install("Java 17", ["openjdk-17-jre-headless"])
        java = chosen_java()
    if not java:
        versions = " or ".join(JAVA_VERSIONS)
        raise Problem(f"Cassandra {VERSION} needs Java {versions}. Install it, and name its folder: JAVA_HOME=…")
    return java


def chosen_java():
    own = os.environ.get("JAVA_HOME")
    found = [Path(own) / "bin" / "java"] if own else []
    found += [Path(path) for path in [shutil.which("java")] if path]
    found += sorted(Path("/usr/lib/jvm").glob("java-1*-openjdk-*/bin/java"), reverse=True)
    return next((path.resolve() for path in found if version_of(path) in JAVA_VERSIONS), None)


def version_of(java):
    try:
        said = subprocess.run([java, "-version"], stderr=subprocess.PIPE, text=True).stderr
    except OSError:
        return None
    quoted = said.split('"')
    return quoted[1].split(".")[0] if len(quoted) > 1 else None


if __name__ == "__main__":
    run_main(lambda: say(home()))
