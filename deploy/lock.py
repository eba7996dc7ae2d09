"""Compile requirements.lock: every package of the workspace, pinned, with hashes and without addresses.

Needs `uv` on the path (pip install uv). Run it with: make lock
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from deploy.adapters import ROOT, chat_adapters

EXTRAS = re.compile(r"^([A-Za-z0-9._-]+)(\[[^\]]*\])(==.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL)


def requirements(root: Path = ROOT) -> str:
    """The requirements of all members and of development, one a line."""
    lines: list[str] = []
    core = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    for data in (core, *(each.project for each in chat_adapters(root))):
        lines += data["project"]["dependencies"]
        lines += data.get("dependency-groups", {}).get("dev", [])
    own = (core["project"]["name"], *(each.project["project"]["name"] for each in chat_adapters(root)))
    return "\n".join(line for line in lines if not line.startswith(own))


def with_plain_pins(lock: str) -> str:
    """The lock with each package that is wanted with extras pinned without them too.

    An older pip, such as a new environment of Python 3.11 begins with, takes a pin only for exactly what it names: it
    would look for the newest of the other, and refuse it for its missing hash.
    """
    return EXTRAS.sub(lambda match: f"{match[1]}{match[3]}{match[0]}", lock)


def main() -> int:
    """Write the lock file; the exit code of uv."""
    path = ROOT / "requirements.lock"
    command = [
        "uv",
        "pip",
        "compile",
        "-",
        "--quiet",
        "--universal",
        "--python-version",
        "3.11",
        "--generate-hashes",
        "--no-emit-index-url",
        "--no-header",
        "--no-annotate",
        "--no-strip-extras",
        "--output-file",
        str(path),
    ]
    done = subprocess.run(command, input=requirements(), text=True, check=False)  # noqa: S603 - our own words
    if done.returncode == 0:
        path.write_text(with_plain_pins(path.read_text("utf-8")), "utf-8")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
