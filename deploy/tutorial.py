"""Run docs/frameworks.md: its seven steps write a small council's file, and what each prints stands in the document.

Run it with: python -m deploy.tutorial, which writes what the commands print now.

A step is a heading "### 1. ...", a YAML block that is laid over those before it, perhaps a block that begins with
`people:` or `happenings:` (the scenario: people stay, happenings are added), and a console block with one command.
"""

import contextlib
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from typer.testing import CliRunner

from qabot.cli.app import app

PAGE = Path(__file__).parents[1] / "docs" / "frameworks.md"
STEP = re.compile(r"^### (\d)\. .*?(?=^##)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```(yaml|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SCENARIO = ("people", "cases", "happenings")


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the document: where its output stands, and what it prints."""

    line: str
    printed: str


def commands(text: str) -> Iterator[tuple[re.Match[str], Command]]:
    """Each console block of the steps, with what it prints when the steps before it are followed."""
    file: dict[str, Any] = {}
    scenario: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for block in _blocks(text):
            kind, body = block[1], block[2]
            if kind == "yaml":
                part = YAML(typ="safe").load(body)
                lay_over(scenario if set(part) <= set(SCENARIO) else file, part)
                continue
            _write(Path(folder), file, scenario)
            line = body.splitlines()[0].removeprefix("$ ")
            yield block, Command(line, run(line, Path(folder)))


def _blocks(text: str) -> Iterator[re.Match[str]]:
    for step in STEP.finditer(text):
        yield from BLOCK.finditer(text, step.start(), step.end())


def lay_over(file: dict[str, Any], part: dict[str, Any]) -> None:
    """What a step says, over what there is; happenings are added to those before them."""
    for key, value in part.items():
        if isinstance(value, dict) and isinstance(file.get(key), dict):
            lay_over(file[key], value)
        elif key == "happenings":
            file.setdefault(key, []).extend(value)
        else:
            file[key] = value


def _write(folder: Path, file: dict[str, Any], scenario: dict[str, Any]) -> None:
    for name, tree in (("hill.yaml", file), ("story.yaml", scenario)):
        with (folder / name).open("w", encoding="utf-8") as written:
            YAML().dump(tree, written)


def run(line: str, folder: Path) -> str:
    """What a command prints there; of a simulation a line for each notice."""
    words = line.split()
    simulates = words[1] == "simulate"
    with contextlib.chdir(folder):
        done = CliRunner().invoke(app, [*words[1:], *(["--jsonl"] if simulates else [])])
    if done.exit_code:
        raise RuntimeError(f"{line}: {done.output}")
    return "".join(map(_told, done.stdout.splitlines())) if simulates else done.stdout


def _told(line: str) -> str:
    notice = json.loads(line)
    return f"{notice['at'][:16].replace('T', ' ')}  {notice['recipient']:9}  {notice['message']:20}  {notice['rule']}\n"


def main() -> None:
    """Write what the commands print into the document."""
    text = PAGE.read_text("utf-8")
    for block, command in reversed(list(commands(text))):
        text = f"{text[: block.start()]}```console\n$ {command.line}\n{command.printed}```{text[block.end() :]}"
    PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
