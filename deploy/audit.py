"""Whether a pinned package has a known weakness: by a dated list in this repository, and by a database that is asked.

    python -m deploy.audit                       # the list deploy/advisories.json; needs no network
    python -m deploy.audit --ask                 # the database too (pip-audit); one that cannot be reached is said
    python -m deploy.audit --ask --must-answer   # the same, and no answer is a failure
    python -m deploy.audit --refresh FOLDER DAY  # write the list anew from a checkout of pypa/advisory-database

Exit codes: 0 nothing known; 1 a pin has a known weakness; 2 no database answered, where one must.

The list is as old as its day says, and knows nothing that was published later but what was written down by hand. So ask
too wherever a database can be reached; where it cannot, what is printed says what was not checked.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version
from ruamel.yaml import YAML

from deploy.adapters import ROOT

LIST = ROOT / "deploy" / "advisories.json"
LOCK = ROOT / "requirements.lock"
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
VULNERABLE, UNCHECKED = 1, 2
CHECKS = {"--ask", "--must-answer"}
REFRESH = 3
"""Words of `--refresh FOLDER DAY`."""

Found = tuple[str, str, str]
"""A package, its pinned version, and the advisory's names."""


@dataclass(frozen=True)
class Answer:
    """What a database said of our pins. `silent`: those that it does not know; `why` where it said nothing."""

    found: Sequence[Found] = ()
    silent: Sequence[str] = ()
    why: str = ""


def pins(lock: str) -> dict[str, str]:
    """Each pinned package's version, by its name."""
    return {canonicalize_name(name): version for name, version in PIN.findall(lock)}


def listed(lock: Mapping[str, str], known: Mapping[str, Any]) -> Iterator[Found]:
    """The pins to which an advisory of the list applies, unless the list says why that one does not matter here."""
    for name, version in lock.items():
        for each in [*known["packages"].get(name, ()), *known["by_hand"].get(name, ())]:
            if each["id"] not in known["accepted"] and applies(each, version):
                yield name, version, ", ".join([each["id"], *each.get("aliases", ())])


def applies(advisory: Mapping[str, Any], version: str) -> bool:
    """Whether a version is one of those that an advisory is about."""
    if version in advisory.get("versions", ()):
        return True
    return any(_within(each, Version(version)) for each in advisory.get("ranges", ()))


def _within(span: Mapping[str, str], version: Version) -> bool:
    if version < Version(span.get("introduced", "0")):
        return False
    if "fixed" in span:
        return version < Version(span["fixed"])
    return "last_affected" not in span or version <= Version(span["last_affected"])


def unlisted(lock: Mapping[str, str], known: Mapping[str, Any]) -> list[str]:
    """Pins for which nobody has looked: they came after the list was made."""
    return sorted(set(lock) - set(known["packages"]))


def ask(path: Path, run: Callable[..., Any] = subprocess.run) -> Answer:
    """What pip-audit's database says. A package that it does not know is skipped there, and all is well: not here."""
    words = ["--requirement", str(path), "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    try:
        done = run([sys.executable, "-m", "pip_audit", *words], capture_output=True, text=True, timeout=300)
        rows = json.loads(done.stdout)["dependencies"]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError):
        return Answer(why="the database could not be reached")
    found = [
        (each["name"], each["version"], ", ".join([flaw["id"], *flaw.get("aliases", ())]))
        for each in rows
        for flaw in each.get("vulns", ())
    ]
    silent = sorted(each["name"] for each in rows if "skip_reason" in each)
    return Answer(tuple(found), tuple(silent), "the database knows none of them" if len(silent) == len(rows) else "")


def refresh(folder: Path, day: str, lock: Mapping[str, str]) -> dict[str, Any]:
    """The list anew, for the packages of a lock file; what was written by hand stays."""
    before = json.loads(LIST.read_text("utf-8")) if LIST.exists() else {}
    packages = {name: sorted(_of(folder, name), key=lambda each: str(each["id"])) for name in sorted(lock)}
    return {
        "source": "pypa/advisory-database (CC BY 4.0): ids and versions alone",
        "as_of": day,
        "packages": packages,
        "by_hand": before.get("by_hand", {}),
        "accepted": before.get("accepted", {}),
    }


def _of(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    yaml = YAML(typ="safe")
    for file in folder.glob(f"vulns/{name}/*.yaml"):
        read = yaml.load(file.read_text("utf-8"))
        if "withdrawn" in read:
            continue
        ranges: list[dict[str, str]] = []
        versions: list[str] = []
        for each in read.get("affected", ()):
            spans = [span for part in each.get("ranges", ()) if part["type"] == "ECOSYSTEM" for span in _spans(part)]
            ranges += spans
            versions += [] if spans else each.get("versions", ())
        entry = {"id": read["id"], "aliases": read.get("aliases", []), "ranges": ranges, "versions": versions}
        yield {key: value for key, value in entry.items() if value}


def _spans(part: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    span: dict[str, str] = {}
    for event in part["events"]:
        (kind, at), *_ = event.items()
        try:
            Version(str(at))
        except InvalidVersion:
            continue
        if kind == "introduced":
            span = {"introduced": str(at)}
        elif kind in ("fixed", "last_affected"):
            yield span | {kind: str(at)}
            span = {}
    if span:
        yield span


def check(lock_file: Path, known: Mapping[str, Any], answer: Answer | None, *, must: bool = False) -> tuple[int, str]:
    """The exit code, and what is said."""
    lock = pins(lock_file.read_text("utf-8"))
    found = sorted({*listed(lock, known), *(answer.found if answer else ())})
    said = [f"{name} {version} has a known weakness: {which}. Pin another version." for name, version, which in found]
    missing = unlisted(lock, known)
    if missing:
        said.append(f"Not in the list, so held to nothing here: {', '.join(missing)}. Make it anew (--refresh).")
    held = f"{len(lock) - len(missing)} of {len(lock)} pinned packages were held"
    said.append(f"{held} to the list of {known['as_of']} and to what was added by hand.")
    said.append(_of_answer(answer))
    answered = answer is not None and not answer.why
    code = VULNERABLE if found else UNCHECKED if must and not answered else 0
    return code, "\n".join(said)


def _of_answer(answer: Answer | None) -> str:
    if answer is None:
        return "No database was asked: what was published after that day is not checked (--ask)."
    if answer.why:
        return f"A database was asked, and {answer.why}: what was published after that day is not checked."
    without = f" Of these it knew nothing: {', '.join(answer.silent)}." if answer.silent else ""
    return f"A database was asked, and answered.{without}"


def main(words: Sequence[str]) -> int:
    """Check, or write the list. What is not known is refused: a check that was misspelt would count as done."""
    refreshes = words[:1] == ["--refresh"]
    if strange := [] if refreshes and len(words) == REFRESH else sorted({*words} - CHECKS):
        sys.stderr.write(f"{strange[0]}: this is not known here. Expected one of:\n{__doc__.split(chr(10) * 2)[1]}\n")
        return UNCHECKED
    if refreshes:
        folder, day = words[1:]
        made = refresh(Path(folder), day, pins(LOCK.read_text("utf-8")))
        LIST.write_text(json.dumps(made, indent=1) + "\n", "utf-8")
        return 0
    known = json.loads(LIST.read_text("utf-8"))
    answer = ask(LOCK) if "--ask" in words else None
    code, said = check(LOCK, known, answer, must="--must-answer" in words)
    sys.stdout.write(f"{said}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
