"""A simulated year of Newham: every notice, every line of the log and every deadline, line for line as it was before.

Two years are played through the service's own simulation. In one nobody does anything; in the other people answer, in
time, late or never. What comes out is held against the baseline in data/newham_year/*.tsv, so that moving a rule from
Python into Newham's file is shown to change nothing. Lines are compared in the order of their text, which begins with
the moment: the order in which several notices of one moment were made is nobody's concern.

A line that is to differ stands in data/newham_year/differences.yaml, with its reason. The baseline is made anew by

    QABOT_BASELINE=write pytest -n 0 tests/acceptance/test_newham_year.py

which empties nothing: once it is written, take out of differences.yaml what it now holds. Read the diff before it is
committed, for each line in it is a message that somebody gets, or does not.
"""

import asyncio
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import unified_diff
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from sqlmodel import col, select

from qabot.adapter import Adapter
from qabot.framework import Framework
from qabot.framework.calendar import LONDON
from qabot.models import Audit, Cycle, Deadline, Event, Moderation, Nomination, Person, Store
from qabot.scheduler.clock import DemoClock
from qabot.settings import read_settings
from qabot.simulation.lines import Line
from qabot.simulation.run import Simulation
from qabot.simulation.scenario import load_scenario
from qabot.wiring import Qabot, build, load_framework, load_tools

DATA = Path(__file__).parent / "data" / "newham_year"
SETTINGS = read_settings(framework="newham")
FIRST, LAST = date(2026, 4, 1), date(2027, 3, 31)
YEARS = ("silent", "answered")
TABLES = ("notices", "events", "deadlines")
OF_ONE_NOTICE = ("sent", "held")
"""Events that say of each notice what the notices' own lines say already."""
MOST_SHOWN = 60
Tables = dict[str, list[str]]
"""A year that was played: each table's name and its lines."""
LATE_AFTER = {"alert": timedelta(hours=4), "actions": timedelta(days=21 + 28)}
"""What has no due date is late once its ladder has gone on to somebody else."""


@pytest.fixture(scope="module", params=YEARS)
def played(request: pytest.FixtureRequest) -> tuple[str, Tables]:
    """One year, played once for all tests."""
    return request.param, play(request.param)


def newham() -> Framework:
    """The rules of frameworks/newham.yaml."""
    return load_framework(SETTINGS, list(load_tools(SETTINGS).catalogue.names()))


def play(name: str) -> Tables:
    """Play a scenario of the data through the service's own simulation."""
    framework = newham()

    def made(store: Store, clock: DemoClock, adapters: list[Adapter]) -> Qabot:
        return build(SETTINGS, store=store, clock=clock, adapters=adapters, framework=framework)

    run = Simulation(made, FIRST, LAST)
    run.load(None, load_scenario(DATA / f"{name}.yaml", framework))
    notices = sorted(notice_line(each) for each in asyncio.run(run.play()))
    with run.service.store.transaction() as session:
        told = Names(
            {each.id: short(each.email) for each in session.exec(select(Person))},
            {each.id: each.reference for each in session.exec(select(Audit))},
            {each.id: (each.audit_id, each.layer) for each in session.exec(select(Moderation))},
            {each.id: each.name for each in session.exec(select(Cycle))},
            {each.id: each.nominee_id or 0 for each in session.exec(select(Nomination))},
        )
        deadlines = list(session.exec(select(Deadline)))
        kinds = {each.id: each.kind for each in deadlines}
        query = select(Event).where(col(Event.what).not_in(OF_ONE_NOTICE))
        events = sorted(event_line(each, told, kinds) for each in session.exec(query))
        at_the_end = sorted(deadline_line(each, told) for each in deadlines)
    return {"notices": notices, "events": events, "deadlines": at_the_end}


@dataclass(frozen=True)
class Names:
    """What people call the rows that an id stands for, because an id may change."""

    people: dict[int | None, str]
    audits: dict[int | None, str]
    moderations: dict[int | None, tuple[int, str]]
    cycles: dict[int | None, str]
    nominees: dict[int | None, int]

    def subject(self, kind: str, number: int | None) -> str:
        """An audit's reference, a moderation's with its layer, a cycle's or a person's name."""
        match kind:
            case "audit":
                return self.audits[number]
            case "moderation":
                audit, layer = self.moderations[number]
                return f"{self.audits[audit]} {layer}"
            case "cycle":
                return self.cycles[number]
            case "nomination":
                return f"nomination of {self.people[self.nominees[number]]}"
            case "person":
                return self.people[number]
        return kind


def short(email: str) -> str:
    """An address without the domain that everybody shares."""
    return email.removesuffix("@council.example")


def moment(at: datetime | None) -> str:
    """A moment in London, to the minute."""
    return at.astimezone(LONDON).strftime("%Y-%m-%d %H:%M") if at else ""


def notice_line(line: Line) -> str:
    """One notice. The digest that it came in is named by its day: its own number may change."""
    digest = f"digest {line.sent_in.rpartition(':')[2]}" if line.sent_in.startswith("digest:") else line.sent_in
    return "\t".join(
        (
            moment(line.at),
            line.rule,
            line.message,
            line.lane,
            short(line.email),
            line.role,
            line.subject,
            line.due.isoformat() if line.due else "",
            line.reason,
            digest,
        )
    )


def event_line(event: Event, told: Names, kinds: dict[int, str]) -> str:
    """One line of the log: when, what, who, about what, which kind of deadline, the rule and why."""
    return "\t".join(
        (
            moment(event.at),
            event.what,
            told.people.get(event.actor_id, ""),
            told.subject(event.subject_type, event.subject_id),
            kinds.get(event.deadline_id or 0, ""),
            event.rule,
            event.why,
        )
    )


def deadline_line(deadline: Deadline, told: Names) -> str:
    """One deadline as it stands at the end of the year."""
    return "\t".join(
        (
            moment(deadline.opened_at),
            deadline.kind,
            deadline.rule,
            told.subject(deadline.subject_type, deadline.subject_id),
            told.people.get(deadline.owner_id, ""),
            deadline.due_on.isoformat() if deadline.due_on else "",
            str(deadline.state),
            moment(deadline.closed_at),
            told.people.get(deadline.closed_by_id, ""),
            deadline.closed_why,
        )
    )


def differences(year: str, table: str, data: Path) -> Iterator[tuple[str, str]]:
    """The lines that are to differ, as (before, after): after nothing the line is new, before nothing it is gone."""
    for entry in YAML(typ="safe").load((data / "differences.yaml").read_text("utf-8"))["differences"]:
        assert entry["reason"].strip(), f"a difference of {entry['in']} has no reason"
        if entry["in"] == f"{year}.{table}":
            for pair in entry["lines"]:
                yield pair.get("from", ""), pair.get("to", "")


@dataclass(frozen=True)
class Everywhere:
    """A difference of many lines.

    `to`: what of the baseline reads otherwise now; with `both`, what is not compared. Without it, a kind of line that
    is new now, or with `gone` one that there is no more.
    """

    pattern: re.Pattern[str]
    to: str | None
    key: str

    def read(self, line: str, *, now: bool) -> str:
        """A line as it is compared."""
        reads = self.to is not None and (not now or self.key == "both")
        return self.pattern.sub(self.to or "", line) if reads else line

    def leaves_out(self, line: str, *, now: bool) -> bool:
        """Whether only one side has lines of this kind."""
        return self.key == ("new" if now else "gone") and self.pattern.search(line) is not None


def everywhere(table: str, data: Path) -> list[Everywhere]:
    """The differences of many lines of a table, in both years."""
    found = []
    for entry in YAML(typ="safe").load((data / "differences.yaml").read_text("utf-8")).get("everywhere", ()):
        assert entry["reason"].strip(), f"a difference of {entry['in']} has no reason"
        (key,) = {"from", "both", "new", "gone"} & entry.keys()
        if entry["in"] == table:
            found.append(Everywhere(re.compile(entry[key]), entry.get("to"), key))
    return found


def compared(lines: Sequence[str], table: str, data: Path = DATA, *, now: bool) -> list[str]:
    """The lines as they are compared."""
    known = everywhere(table, data)
    kept = [line for line in lines if not any(each.leaves_out(line, now=now) for each in known)]
    for each in known:
        kept = [each.read(line, now=now) for line in kept]
    return sorted(kept)


def expected(year: str, table: str, data: Path = DATA) -> list[str]:
    """The baseline with the differences that have a reason."""
    text = (data / f"{year}.{table}.tsv").read_text("utf-8")
    lines = Counter(compared(text.splitlines(), table, data, now=False))
    for before, after in differences(year, table, data):
        assert not before or lines[before], f"{year}.{table}.tsv has no such line, so it cannot differ: {before}"
        if before:
            lines[before] -= 1
        if after:
            lines[after] += 1
    return sorted(lines.elements())


def first_lines_that_differ(before: Sequence[str], after: Sequence[str]) -> str:
    """What differs, as a diff for people: tabs as bars, and the first of it only."""
    found = [
        each.replace("\t", " | ")
        for each in unified_diff(before, after, "the baseline", "now", lineterm="", n=0)
        if not each.startswith("@@")
    ]
    more = f"\n... and {len(found) - MOST_SHOWN} more lines" if len(found) > MOST_SHOWN else ""
    return "\n".join(found[:MOST_SHOWN]) + more


@pytest.mark.parametrize("table", TABLES)
def test_the_year_is_line_for_line_as_it_was(played: tuple[str, Tables], table: str) -> None:
    name, year = played
    now = year[table]
    if os.environ.get("QABOT_BASELINE") == "write":
        (DATA / f"{name}.{table}.tsv").write_text("".join(f"{each}\n" for each in now), "utf-8")
    before = expected(name, table)
    now = compared(now, table, now=True)
    if now != before:
        pytest.fail(f"{name}.{table}.tsv differs:\n{first_lines_that_differ(before, now)}", pytrace=False)


def test_every_kind_of_deadline_is_answered_in_time_and_late_and_not_at_all() -> None:
    ends: dict[str, set[str]] = {}
    for line in expected("answered", "deadlines"):
        opened, kind, _, _, _, due, state, closed, *_ = line.split("\t")
        if state != "withdrawn":
            ends.setdefault(kind, set()).add(end(kind, opened, due, closed))
    assert ends == {kind: {"in time", "late", "not at all"} for kind in newham().kinds()}


def end(kind: str, opened: str, due: str, closed: str) -> str:
    """How a deadline ended, by the cells of its line."""
    if not closed:
        return "not at all"
    if due:
        return "late" if closed[: len(due)] > due else "in time"
    took = datetime.fromisoformat(closed) - datetime.fromisoformat(opened)
    return "late" if took > LATE_AFTER[kind] else "in time"


@pytest.mark.parametrize(
    ("words", "table"),
    [
        (("withdrawn", "Became: Head of Service review"), "deadlines"),
        (("alert", "Raised again"), "deadlines"),
        (("alert-handed-on",), "events"),
        (("answered-not-yet",), "events"),
        (("snoozed",), "events"),
        (("help-asked",), "events"),
        (("audit-reassigned",), "events"),
        (("audit-withdrawn",), "events"),
        (("audit-imported",), "events"),
        (("nominated",), "events"),
        (("away",), "events"),
        (("back",), "events"),
        (("covering",), "notices"),
        (("new-date-given",), "notices"),
        (("no-longer-yours",), "notices"),
        (("red-alert-escalated",), "notices"),
    ],
)
def test_what_people_do_stands_in_the_year(words: tuple[str, ...], table: str) -> None:
    assert any(set(words) <= set(line.split("\t")) for line in expected("answered", table))


@pytest.mark.parametrize(
    ("pair", "lines"),
    [
        ({"from": "one\ta", "to": "one\tb"}, ["one\tb", "two"]),
        ({"from": "two"}, ["one\ta"]),
        ({"to": "three"}, ["one\ta", "three", "two"]),
    ],
)
def test_a_difference_with_a_reason_is_expected(tmp_path: Path, pair: dict[str, str], lines: list[str]) -> None:
    write_data(tmp_path, pair, "the reading changed")
    assert expected("silent", "notices", tmp_path) == lines


def test_a_difference_of_no_line_or_without_a_reason_is_refused(tmp_path: Path) -> None:
    write_data(tmp_path, {"from": "four"}, "the reading changed")
    with pytest.raises(AssertionError, match="has no such line, so it cannot differ: four"):
        expected("silent", "notices", tmp_path)
    write_data(tmp_path, {"from": "two"}, " ")
    with pytest.raises(AssertionError, match="has no reason"):
        expected("silent", "notices", tmp_path)


def write_data(folder: Path, pair: dict[str, str], reason: str) -> None:
    """A baseline of two lines, and one difference."""
    (folder / "silent.notices.tsv").write_text("one\ta\ntwo\n", "utf-8")
    entries = [{"in": "silent.notices", "reason": reason, "lines": [pair]}]
    with (folder / "differences.yaml").open("w", encoding="utf-8") as file:
        YAML().dump({"differences": entries}, file)


def test_of_many_lines_that_differ_the_first_are_shown() -> None:
    shown = first_lines_that_differ(
        [f"{each:04}\told" for each in range(100)], [f"{each:04}\tnew" for each in range(100)]
    )
    assert shown.startswith("--- the baseline\n+++ now\n-0000 | old\n")
    assert shown.endswith("... and 142 more lines")
