"""Compile requirements.lock: every package of the workspace, pinned, with hashes and without addresses.

Needs `uv` on the path (pip install uv). Run it with: make lock
"""

import subprocess
import sys
import tomllib
from pathlib import Path

from deploy.adapters import ROOT, chat_adapters


def requirements(root: Path = ROOT) -> str:
    """The requirements of all members and of development, one a line."""
    lines: list[str] = []
    core = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    for data in (core, *(each.project for each in chat_adapters(root))):
        lines += data["project"]["dependencies"]
        lines += data.get("dependency-groups", {}).get("dev", [])
    own = (core["project"]["name"], *(each.project["project"]["name"] for each in chat_adapters(root)))
    return "\n".join(line for line in lines if not line.startswith(own))


def main() -> int:
    """Write the lock file; the exit code of uv."""
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
        "--output-file",
        str(ROOT / "requirements.lock"),
    ]
    return subprocess.run(command, input=requirements(), text=True, check=False).returncode  # noqa: S603 - our own words


if __name__ == "__main__":
    sys.exit(main())
