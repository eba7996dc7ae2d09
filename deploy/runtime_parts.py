"""What a server needs of requirements.lock, without the tools of development: a file for qabot, one for each part.

A part is a chat (`slack`, `teams`), or an extra of the core (`pdf`) or of a chat (`teams-sdk`). What a package needs is
read from what is installed here, so no registry is asked; the versions and the hashes are those of the lock file.
"""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.adapters import ROOT, chat_adapters

OWN = "council-qabot"
ENTRY = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==.*?(?=^\S|\Z)", re.MULTILINE | re.DOTALL)


def entries(lock: str) -> dict[str, str]:
    """The text of each package of a lock file, with its hashes, by its name: once more where it has extras."""
    found: dict[str, str] = {}
    for match in ENTRY.finditer(lock):
        name = canonicalize_name(match[1])
        found[name] = found.get(name, "") + match[0]
    return found


def parts(root: Path = ROOT) -> dict[str, list[str]]:
    """What each part asks for besides the core, by its name."""
    core = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    found = {
        name: lines
        for name, lines in core["optional-dependencies"].items()
        if not any(line.startswith(OWN) for line in lines)
    }
    for project in (each.project["project"] for each in chat_adapters(root)):
        found |= project.get("optional-dependencies", {})
    return found | {each.name: each.project["project"]["dependencies"] for each in chat_adapters(root)}


def closure(asked: Iterable[str], known: Collection[str]) -> set[str]:
    """The names that these requirements come to, with what they need themselves, on whatever system.

    Raises `ValueError` for what is needed here and not known.
    """
    found: set[str] = set()
    waiting = [Requirement(each) for each in asked]
    seen: set[str] = set()
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if name.startswith(OWN) or str(wanted) in seen:
            continue
        seen.add(str(wanted))
        if name not in known:
            if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
                raise ValueError(f"requirements.lock has no {name}: make lock")
            continue
        found.add(name)
        waiting += _needed(name, wanted.extras)
    return found


def _needed(name: str, extras: Collection[str]) -> list[Requirement]:
    """What a package needs with these extras. One that is not installed is for another system, and a leaf."""
    try:
        lines = requires(name) or ()
    except PackageNotFoundError:
        return []
    needed = [Requirement(each) for each in lines]
    return [each for each in needed if _applies(each, extras)]


def _applies(wanted: Requirement, extras: Collection[str]) -> bool:
    """Whether an extra that was asked for wants it, or none has to. What is for other systems is wanted too."""
    if wanted.marker is None or "extra" not in str(wanted.marker):
        return True
    return any(wanted.marker.evaluate({"extra": each}) for each in extras)


def lock_files(root: Path = ROOT) -> Mapping[str, str]:
    """The text of each file, by its name: what everybody needs, and what each part needs beside it."""
    known = entries((root / "requirements.lock").read_text("utf-8"))
    core = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    base = closure(core["dependencies"], known)
    wanted = {"requirements.lock": base}
    for name, lines in parts(root).items():
        wanted[f"requirements-{name}.lock"] = closure(lines, known) - base
    return {name: "".join(known[each] for each in known if each in names) for name, names in wanted.items()}
