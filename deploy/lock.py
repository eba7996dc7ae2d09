"""Compile requirements.lock: every package of the workspace, pinned, with hashes and without addresses.

And requirements-demo.lock, the part of it that `make demo` waits for: what qabot runs with, and what puts it in place.

Needs `uv` on the path (pip install uv). Run it with: make lock
"""

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from deploy.adapters import ROOT, chat_adapters
from deploy.runtime_parts import entries

EXTRAS = re.compile(r"^([A-Za-z0-9._-]+)(\[[^\]]*\])(==.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
PIN = re.compile(r"^[A-Za-z0-9._-]+==[^\\\n]+", re.MULTILINE)
"""A package's version, and on which systems it is that one."""


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


def demo_requirements(root: Path = ROOT) -> str:
    """What the core asks for, one a line, and what an editable installation of it is built with."""
    core = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return "\n".join((*core["project"]["dependencies"], *core["build-system"]["requires"], "editables"))


def compiled(path: Path, asked: str, *options: str) -> int:
    """Have uv compile what is asked for into a file, whose pins stay where they can; the exit code of uv."""
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
        *options,
    ]
    return subprocess.run(command, input=asked, text=True, check=False).returncode  # noqa: S603 - our own words


def main() -> int:
    """Write both lock files; the exit code of uv."""
    path, demo = ROOT / "requirements.lock", ROOT / "requirements-demo.lock"
    if code := compiled(path, requirements()):
        return code
    path.write_text(with_plain_pins(path.read_text("utf-8")), "utf-8")
    whole = entries(path.read_text("utf-8"))
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as same:
        same.write("\n".join(PIN.findall("".join(whole.values()))))
        same.flush()
        code = compiled(demo, demo_requirements(), "--constraint", same.name)
    if code == 0:
        wanted = entries(demo.read_text("utf-8"))
        demo.write_text("".join(whole[name] for name in wanted), "utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
