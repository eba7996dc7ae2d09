"""docs/messages.md lists every message that ships as it is, and everything that a message can use."""

import re
from dataclasses import fields
from pathlib import Path

from qabot.messaging.files import Catalogue
from qabot.messaging.samples import SAMPLES
from qabot.messaging.source import VIEWS
from qabot.messaging.values import FILTERS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "messages.md").read_text("utf-8")
CATALOGUE = Catalogue.load([ROOT / "messages"])


def rows_after(heading: str) -> dict[str, list[str]]:
    """The cells of the first table after a heading, by the name in the first cell."""
    part = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in part.splitlines() if line[:1] == "|"]
    return {row[0].strip("` "): row[1:] for row in cells if row[0].strip().startswith("`")}


def of(path: Path) -> str:
    """The council whose own words a file holds, by its folder; "all" of what every council may send."""
    return path.relative_to(ROOT / "messages").parent.name or "all"


def test_every_message_is_listed_as_it_is() -> None:
    expected = {
        name: [of(file.path), file.lane, ", ".join(file.rules) or "-", ", ".join(file.audience)]
        for name, file in ((name, CATALOGUE.get(name)) for name in CATALOGUE.names())
    }
    listed = {name: [cell.strip(" |") for cell in cells] for name, cells in rows_after("Every message").items()}
    assert listed == expected


def test_every_variable_and_its_values_are_listed() -> None:
    listed = rows_after("Values")
    for name, view in VIEWS.items():
        if name in {"item", "rows"}:
            continue
        assert name in listed
        for value in fields(view) if view else ():
            assert value.name == "id" or f"`{value.name}`" in listed[name][0]


def test_every_filter_and_sample_is_listed() -> None:
    for name in FILTERS:
        assert re.search(rf"^\| `{name}[`(]", PAGE, re.MULTILINE)
    for name in SAMPLES:
        assert f"`{name}`" in PAGE


def test_every_param_that_a_message_reads_is_listed() -> None:
    told = PAGE.split("`params` that a message can use:")[1].split("\n\n")[0]
    for name in CATALOGUE.names():
        source = CATALOGUE.get(name).path.read_text("utf-8")
        for param in re.findall(r"params\.(\w+)", source):
            assert f"`{name}`" in told
            assert f"`{param}`" in told
