"""Write how much reaches one person into the page of each council: in a simulated year, and in the months of a test.

Run it with: python -m deploy.loads [NAME ...]

`qabot simulate NAME --from 2026-04-01 --to 2027-03-31 --people-answer late --calendar FILE` counts the same. A year
takes minutes, so a test plays the first months alone: tests/acceptance/test_rules_act.py needs them anyway. Both are
always measured together, and the page has a mark of the rules and of both tables, which tests/docs/test_councils.py
compares: whatever changes the rules or the months asks for the year anew, and neither table can be written by hand.
"""

import asyncio
import hashlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from deploy.councils import FIRST, LAST, PAGES
from deploy.language import ROOT, shipped
from qabot.adapter import Adapter
from qabot.framework import Framework
from qabot.models import Store
from qabot.scheduler.clock import DemoClock
from qabot.settings import read_settings
from qabot.simulation.lines import Line
from qabot.simulation.loads import Load, loads
from qabot.simulation.run import Simulation
from qabot.wiring import Qabot, build

BEGIN, END = "<!-- measured: python -m deploy.loads -->\n", "<!-- end of what is measured -->\n"
PEOPLE = 60
"""How many invented people the year has, as `qabot simulate` has them."""
FEWER = 30
"""How many the months have."""


@dataclass(frozen=True)
class Months:
    """What is played of a council's year: to which day, until everything has acted, and which invented council."""

    last: date
    seed: int = 1


MONTHS = {
    "newham-whole": Months(date(2026, 8, 4), seed=2),
    "herefordshire": Months(date(2026, 5, 19)),
    "northamptonshire": Months(date(2026, 5, 20)),
    "qpi-board": Months(date(2026, 5, 26)),
    "northumberland": Months(date(2026, 5, 31)),
}
SAID = """\
## How much reaches one person

Messages to one person, in an invented council whose people do all of it in the end and some of it late. A digest is one
message, whatever it holds. Half of the people of a role get no more than the number in the middle. Alerts apart, nobody
should get more than one digest and one other message in a day; "Too much" says how often somebody did. Whoever holds
two roles counts under both. Another council has other people, and so other numbers: `qabot simulate NAME --from
2026-04-01 --to 2027-03-31 --people-answer late --calendar FILE` counts them, with `--people` for the council's own."""
OTHER_PAGES = {"newham-whole": ROOT / "docs" / "newham.md"}


def page_of(name: str) -> Path:
    """The page of a framework that ships."""
    return OTHER_PAGES.get(name, PAGES / f"{name}.md")


def played(framework: Framework, first: date, last: date, people: int, seed: int = 1) -> tuple[Simulation, list[Line]]:
    """An invented council in which all is done in the end, and some of it late, from day to day; and what was sent."""

    def made(store: Store, clock: DemoClock, adapters: list[Adapter]) -> Qabot:
        return build(read_settings(), store=store, clock=clock, adapters=adapters, framework=framework)

    run = Simulation(made, first, last)
    run.load(None, None, people, "late", seed=seed)
    return run, asyncio.run(run.play())


def table(first: date, last: date, people: int, found: Sequence[Load]) -> str:
    """What a council's people got in a period, as it stands on its page; days in England."""
    rows = [("Role", "People", "In the middle", "The most", "The most in a day", "Too much"), *(("---",) * 6,)]
    rows += [
        (each.role, str(each.people), f"{each.middle:g}", str(each.most), str(each.in_a_day), str(each.over))
        for each in found
    ]
    said = f"From {_day(first)} to {_day(last)}, {people} people:"
    return "\n".join([said, "", *(f"| {' | '.join(cells)} |" for cells in rows)])


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def page(text: str, framework: Framework, year: str, months: str) -> str:
    """A page with both tables between its marks; without marks they come at the end."""
    before, mark, rest = text.partition(BEGIN)
    after = rest.split(END)[1] if mark else ""
    start = before if mark else before.rstrip() + "\n\n"
    return f"{start}{BEGIN}\n{SAID}\n\n{year}\n\n{months}\n\n{mark_of(framework, year, months)}\n{END}{after}"


WORDS = frozenset(
    [
        "title",
        "plural",
        "label",
        "button",
        "done",
        "thanks",
        "hint",
        "name",
        "duty_line",
        "shown",
        "source",
        "text",
        "reading",
        "flag",
        "reference",
        "confirm",
    ]
)
"""Keys of a file whose values are words for people: another word reaches nobody more or less often."""


def mark_of(framework: Framework, year: str, months: str) -> str:
    """What changes with either table and with the framework, but for its words; as it stands on a page."""
    rules = orjson.dumps(_without_words(framework.model_dump(mode="json", by_alias=True, exclude_defaults=True)))
    made = b"\n".join([rules, year.encode(), months.encode()])
    return f"<!-- of {hashlib.sha256(made).hexdigest()[:16]} -->"


def _without_words(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _without_words(value) for name, value in part.items() if name not in WORDS}
    return [_without_words(each) for each in part] if isinstance(part, list) else part


def roles_on(text: str) -> list[list[str]]:
    """The roles of each table of a page, in its order."""
    parts = text.split(BEGIN)[1].split(END)[0].split("\n\nFrom ")[1:]
    return [[line.split("|")[1].strip() for line in part.splitlines() if line[:1] == "|"][2:] for part in parts]


def tables_on(text: str) -> tuple[str, str, str]:
    """The year's table, the months', and the mark of both, as they stand on a page. Raises `ValueError` without."""
    _, year, rest = text.split(BEGIN)[1].split(END)[0].strip().split("\n\nFrom ")
    months, _, mark = rest.rpartition("\n\n")
    return f"From {year}", f"From {months}", mark


def _frameworks(names: Sequence[str]) -> Iterator[Framework]:
    yield from (each for each in shipped() if each.framework in MONTHS and (not names or each.framework in names))


def measured(framework: Framework, last: date, people: int, seed: int = 1) -> str:
    """The table of a period from the first day of the year."""
    run, lines = played(framework, FIRST, last, people, seed)
    return table(FIRST, last, people, loads(lines, run.cast().members))


def main(*names: str) -> None:
    """Measure the councils of these names, or all, and write their pages."""
    for framework in _frameworks(names):
        path, months = page_of(framework.framework), MONTHS[framework.framework]
        year = measured(framework, LAST, PEOPLE)
        of_months = measured(framework, months.last, FEWER, months.seed)
        path.write_text(page(path.read_text("utf-8"), framework, year, of_months), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
