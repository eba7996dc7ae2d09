"""Build a release: what a server is given, in one folder, with a sum of each file.

    python -m deploy.release [FOLDER]          # dist/: wheels and sdists of the core and each chat, lock files, deploy/
    python -m deploy.release --sums [FOLDER]   # SHA256SUMS, over all that is in it by then

`make release` does both. The same commit gives the same files, byte for byte, on any machine: times are the commit's
(or SOURCE_DATE_EPOCH), and owners and modes of files play no part.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

from deploy.adapters import ROOT, chat_adapters
from deploy.runtime_parts import lock_files

EPOCH = "SOURCE_DATE_EPOCH"
SUMS = "SHA256SUMS"
DEPLOYMENT = ("container", "systemd", "host", "proxy", "azure")
"""Folders of deploy/ that a server is set up with."""
TEXTS = ("CHANGELOG.md", "LICENSE", "SECURITY.md")


def build(folder: Path, root: Path = ROOT) -> None:
    """Write everything but the sums into a folder, which is made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ.setdefault(EPOCH, time_of_commit(root))
    for source in sources(root):
        distributions(source, folder)
    for name, text in lock_files(root).items():
        (folder / name).write_text(text, "utf-8")
    for name in TEXTS:
        shutil.copy(root / name, folder)
    shutil.copy(root / "deploy" / "install", folder)
    for name in DEPLOYMENT:
        if (root / "deploy" / name).is_dir():
            shutil.copytree(root / "deploy" / name, folder / "deploy" / name)


def sources(root: Path = ROOT) -> list[Path]:
    """The folders of which each becomes a distribution."""
    return [root, *(each.folder for each in chat_adapters(root))]


def distributions(source: Path, folder: Path) -> list[Path]:
    """The sdist and the wheel of one distribution."""
    builders = (SdistBuilder(str(source)), WheelBuilder(str(source)))
    return [Path(each) for builder in builders for each in builder.build(directory=str(folder))]


def time_of_commit(root: Path = ROOT) -> str:
    """Seconds since 1970 at which the commit was made; outside of git, hatchling's own usual time."""
    command = ["git", "-C", str(root), "log", "-1", "--format=%ct"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return "1580601600"
    return said or "1580601600"


def sums(folder: Path) -> Iterator[str]:
    """A line for each file, as `sha256sum --check` reads it."""
    for path in sorted(each for each in folder.rglob("*") if each.is_file() and each.name != SUMS):
        yield f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}"


def main(words: list[str]) -> None:
    """Build, or write the sums."""
    folder = Path(next((each for each in words if not each.startswith("--")), "dist"))
    if "--sums" in words:
        (folder / SUMS).write_text("\n".join(sums(folder)) + "\n", "utf-8")
    else:
        build(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
