"""The page, `ingress/web`: its packages and its build, each made anew when what it is made of has changed."""

import hashlib
import os
import subprocess
from pathlib import Path

from . import tools
from .console import Problem, run_main, say

PAGE = tools.REPO / "ingress" / "web"
DIST = PAGE / "dist"
MADE = ("dist", "node_modules")  # folders that hold no sources
GENERATED = ".gen.ts"
# Which sources were built into which files.
BUILT = tools.REPO / ".deskwire" / "page"


def build():
    """Builds the page into `ingress/web/dist`, which the build of ingress takes up."""
    with at_work():
        sources = digest(PAGE, without=MADE)
        if BUILT.exists() and BUILT.read_text() == f"{sources} {digest(DIST)}":
            return
        tools.npm_install(PAGE)
        say("Building the page …")
        run("build")
        BUILT.write_text(f"{sources} {digest(DIST)}")


def check():
    """Checks the page's types, its style, and its parts."""
    with at_work():
        tools.npm_install(PAGE)
    run("check")


def run(script):
    if subprocess.run(["npm", "run", "--silent", script], cwd=PAGE, env=tools.with_node()).returncode != 0:
        raise Problem(f"FAILED: npm run {script} in {PAGE} (see above)")


def digest(folder, without=()):
    """A digest of the names and contents of all files in a folder, those of some folders in it left out."""
    total = hashlib.sha256()
    for path, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in without)
        for name in sorted(name for name in names if not name.endswith(GENERATED)):
            file = Path(path) / name
            total.update(f"{file.relative_to(folder)}\0{file.stat().st_size}\0".encode())
            total.update(file.read_bytes())
    return total.hexdigest()


def at_work():
    """Holds the lock on what is made here, for scripts that run at the same time."""
    BUILT.parent.mkdir(mode=0o700, exist_ok=True)
    return tools.locked(BUILT.with_suffix(".lock"))


if __name__ == "__main__":
    run_main(build)
