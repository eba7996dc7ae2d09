"""`qabot simulate --calendar`: the page says what `--jsonl` of the same run comes to, counted here anew."""

import csv
import json
import re
import shutil
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from qabot.cli.app import app
from qabot.framework import Framework
from qabot.framework.calendar import bank_holidays
from qabot.framework.loader import load
from qabot.messaging.values import day, weekday
from tests.support.pages import Node, read
from tests.unit.cli.conftest import Cli

ROOT = Path(__file__).parents[3]
YEAR = ROOT / "tests" / "acceptance" / "data" / "newham_year"
DRAFTS = sorted((ROOT / "tests" / "unit" / "framework" / "data").glob("*.yaml"))
SHIPPED = ROOT / "frameworks" / "northumberland.yaml"
WIDE, SEVERAL = "newham-further", "qpi-further"
"""A draft with so many duties that a day of it takes as long as all the others, and one with several."""
COUNCILS = [
    *(each for each in DRAFTS if each.stem != WIDE),
    SHIPPED,
    ROOT / "tests" / "acceptance" / "data" / "riverside.yaml",
]
FIRST, LAST = date(2026, 4, 15), date(2026, 6, 5)
ON_TUESDAY, ON_SUNDAY = (
    f'"{at}", submit: {{audit: {{reference: QA-1014}}' for at in ("2026-05-05 10:00", "2026-05-03 21:40")
)
CELL = re.compile(
    r"(\d+)(?:, closed)?:"
    r"(?: no message)?(?: ([\d,]+) digests?)?(?: ▲([\d,]+) alerts?)?(?: ●([\d,]+) other messages?)?"
)
DIGEST, ALERT, OTHER = range(3)
Rows = list[list[str]]


@dataclass(frozen=True)
class Run:
    """A page, and the notices of the run that made it."""

    text: str
    page: Node
    notices: list[dict[str, Any]]
    out: str

    def section(self, name: str) -> Node:
        """The part of the page below one heading."""
        return next(each for each in self.page.all("section") if each.attrs["aria-labelledby"] == name)

    def words_below(self, heading: str) -> str:
        """What stands between a heading of the third level and the next one."""
        after = self.section("watch").words().split(heading, 1)[1]
        return re.split("Alerts outside working hours|People who are told nothing", after)[0].strip()


def rows(table: Node) -> Rows:
    return [[cell.words() for cell in row.all("th", "td")] for row in table.all("tr")]


def run(cli: Cli, framework: str | Path, first: str, last: str, *options: str | Path) -> Run:
    ran = cli("simulate", framework, "--from", first, "--to", last, "--calendar", "page.html", "--jsonl", *options)
    assert ran.code == 0, ran.err
    text = Path("page.html").read_text("utf-8")
    return Run(text, read(text), [json.loads(each) for each in ran.out.splitlines()], ran.err)


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Weeks in which people answer: digests, alerts, some of them at night, and notices that go alone.

    Of Newham's year, but what came in RED on a Tuesday comes on the Sunday before it.
    """
    folder = tmp_path_factory.mktemp("page")
    shutil.copytree(YEAR, folder, dirs_exist_ok=True)
    page, scenario = folder / "page.html", folder / "answered.yaml"
    story = scenario.read_text("utf-8")
    assert story.count(ON_TUESDAY) == 1
    scenario.write_text(story.replace(ON_TUESDAY, ON_SUNDAY), "utf-8")
    period = ("--from", FIRST.isoformat(), "--to", LAST.isoformat(), "--scenario", str(scenario))
    ran = CliRunner().invoke(app, ["simulate", "newham", *period, "--calendar", str(page), "--jsonl"])
    assert ran.exit_code == 0, ran.output
    text = page.read_text("utf-8")
    return Run(text, read(text), [json.loads(each) for each in ran.stdout.splitlines()], ran.stderr)


def moment(notice: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(notice["at"])


def messages(notices: list[dict[str, Any]]) -> dict[date, list[int]]:
    """By day how many digests, alerts and other messages went."""
    digests: dict[date, set[tuple[str, str]]] = defaultdict(set)
    found: dict[date, list[int]] = defaultdict(lambda: [0, 0, 0])
    for each in notices:
        on = moment(each).date()
        if each["sent_in"]:
            digests[on].add((each["email"], each["sent_in"]))
        else:
            found[on][ALERT if each["lane"] == "alert" else OTHER] += 1
    for on, sent in digests.items():
        found[on][DIGEST] = len(sent)
    return found


def on_page(page: Node) -> dict[date, list[int]]:
    """The same as the page shows it, by the words of each cell."""
    found = {}
    for table in (each for each in page.all("table") if each.attrs.get("class") == "grid"):
        month = datetime.strptime(table.all("caption")[0].words().split(":")[0], "%B %Y").date()
        for cell in table.all("td"):
            words = cell.words()
            if not words or words.endswith("outside the period"):
                continue
            matched = CELL.fullmatch(words)
            assert matched, words
            number, *counts = matched.groups()
            found[month.replace(day=int(number))] = [int((each or "0").replace(",", "")) for each in counts]
    return found


def roles_of(people: Path, framework: Framework) -> dict[str, str]:
    """By e-mail the titles of somebody's roles in the framework's order, as the page joins them."""
    found = {}
    for row in csv.DictReader(people.read_text("utf-8").splitlines()):
        held = [role.title for name, role in framework.roles.items() if name in row["roles"].split(";")]
        found[row["email"]] = " and ".join(filter(None, [", ".join(held[:-1]), *held[-1:]])) or "Staff without a role"
    return found


@pytest.fixture
def newham() -> Framework:
    return load("newham", [ROOT / "frameworks"])


def test_every_day_has_the_messages_of_the_run(answered: Run) -> None:
    shown, counted = on_page(answered.page), messages(answered.notices)
    assert list(shown) == [FIRST + timedelta(days=each) for each in range((LAST - FIRST).days + 1)]
    assert {each: numbers for each, numbers in shown.items() if any(numbers)} == counted
    together = [sum(each[kind] for each in counted.values()) for kind in (DIGEST, ALERT, OTHER)]
    assert all(together)
    assert rows(answered.section("months").all("table")[0])[-1] == [
        "Together",
        *map(str, together),
        f"{len(answered.notices):,}",
    ]
    assert f"page.html: {sum(together)} messages" in answered.out


def test_every_month_has_its_own_numbers(answered: Run) -> None:
    counted: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for each, numbers in messages(answered.notices).items():
        for kind, number in enumerate(numbers):
            counted[f"{each:%B %Y}"][kind] += number
    for notice in answered.notices:
        counted[f"{moment(notice):%B %Y}"][3] += 1
    shown = rows(answered.section("months").all("table")[0])[1:-1]
    assert shown == [[month, *map(str, numbers)] for month, numbers in sorted(counted.items(), key=in_time)]


def in_time(entry: tuple[str, Any]) -> datetime:
    return datetime.strptime(entry[0], "%B %Y")


def test_each_role_is_told_what_the_run_says(answered: Run, newham: Framework, titles: dict[str, str]) -> None:
    roles = roles_of(YEAR / "people.csv", newham)
    counts: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for each in answered.notices:
        counts[roles[each["email"]]][titles[each["message"]]][each["email"]] += 1
    shown = {}
    for table in answered.section("roles").all("table"):
        group, people = table.all("caption")[0].words().split(": ")
        assert people.split(",")[0].split()[0] == str(list(roles.values()).count(group))
        shown[group] = {title: numbers for title, *numbers in rows(table)[1:]}
    assert shown == {
        group: {title: [str(each.total()), str(len(each)), str(max(each.values()))] for title, each in by_title.items()}
        for group, by_title in counts.items()
    }


@pytest.fixture
def titles() -> dict[str, str]:
    """What lists call each message."""
    from qabot.settings import read_settings
    from qabot.wiring import load_tools

    return load_tools(read_settings(database_url="sqlite://")).catalogue.titles()


def test_the_busiest_day_is_shown_with_what_was_on_it(answered: Run, newham: Framework, titles: dict[str, str]) -> None:
    counted = messages(answered.notices)
    most = max(sum(each) for each in counted.values())
    busiest = min(each for each, numbers in counted.items() if sum(numbers) == most)
    section = answered.section("busiest")
    assert weekday(busiest) in section.words()
    roles = roles_of(YEAR / "people.csv", newham)
    of_day = [each for each in answered.notices if moment(each).date() == busiest]
    times = Counter((titles[each["message"]], roles[each["email"]]) for each in of_day)
    shown = {(title, group): int(number) for title, group, number, _ in rows(section.all("table")[0])[1:]}
    assert shown == times


def test_alerts_at_night_and_on_sundays_are_listed(answered: Run, newham: Framework, titles: dict[str, str]) -> None:
    roles = roles_of(YEAR / "people.csv", newham)

    def is_open(at: datetime) -> bool:
        works = at.weekday() < 5 and at.date() not in bank_holidays(at.year)
        return works and newham.council.opens <= at.time() < newham.council.closes

    late = [each for each in answered.notices if each["lane"] == "alert" and not is_open(moment(each))]
    assert any(moment(each).weekday() == 6 for each in late)
    expected = Counter((day(moment(each).date()), titles[each["message"]], roles[each["email"]]) for each in late)
    shown: Counter[tuple[str, str, str]] = Counter()
    for when, title, group, people in rows(answered.section("watch").all("table")[-1])[1:]:
        shown[when.split(", ")[0].split(" ", 1)[1], title, group] += int(people)
    assert shown == expected


def test_nobody_has_more_than_one_digest_in_a_day_and_the_page_says_so(answered: Run) -> None:
    digests: dict[tuple[date, str], set[str]] = defaultdict(set)
    for each in answered.notices:
        if each["sent_in"]:
            digests[moment(each).date(), each["email"]].add(each["sent_in"])
    assert {len(each) for each in digests.values()} == {1}
    assert answered.words_below("More than one digest in a day").startswith("Nobody.")


def test_people_stand_on_the_page_by_their_roles_only(answered: Run) -> None:
    for each in {each["recipient"] for each in answered.notices} | {each["email"] for each in answered.notices}:
        assert each not in answered.text


def test_the_page_needs_nothing_from_anywhere(answered: Run) -> None:
    for each in ("http:", "https:", "//", "url(", "@import", "<script", "src=", "<link", "javascript:"):
        assert each not in answered.text
    assert '<html lang="en-GB">' in answered.text
    for landmark in ("header", "nav", "main", "footer"):
        assert len(answered.page.all(landmark)) == 1
    ids = {each.attrs["id"] for each in answered.page.walk() if "id" in each.attrs}
    assert {each.attrs["href"][1:] for each in answered.page.all("a")} <= ids
    for table in answered.page.all("table"):
        assert table.all("caption")
        assert all(each.attrs.get("scope") in ("col", "row") for each in table.all("th"))


def test_without_a_scenario_the_page_says_that_nobody_answers(cli: Cli) -> None:
    ran = run(cli, "newham", "2026-10-05", "2026-10-20", "--invented", "30")
    limits = ran.section("limits").words()
    assert "Nobody answers anything here." in limits
    assert "The people are invented: 30 people" in limits
    assert "An alert to acknowledge" in limits
    assert ran.words_below("Alerts outside working hours") == "None: no alert went at all in this period."
    first, *_, last = ran.page.all("table")[1].all("td")
    assert first.words() == ""
    assert last.words() in ("", "31: outside the period")
    assert set(on_page(ran.page)) == {date(2026, 10, each) for each in range(5, 21)}


def one_of_each_role(framework: Framework, file: Path) -> Path:
    lines = ["name,email,team,service,roles"]
    lines += [f"Person {name},{name}@council.example,North,Care,{name}" for name in framework.roles]
    file.write_text("\n".join([*lines, "Person of none,none@council.example,North,Care,"]) + "\n", "utf-8")
    return file


@pytest.mark.parametrize("council", COUNCILS, ids=lambda each: each.stem)
def test_any_council_has_a_page(cli: Cli, tmp_path: Path, council: Path) -> None:
    framework = load(str(council), [ROOT / "frameworks"])
    people = one_of_each_role(framework, tmp_path / "people.csv")
    ran = run(cli, council, "2026-12-29", "2027-01-08", "--people", people)
    assert framework.title in ran.page.all("header")[0].words()
    assert {each: numbers for each, numbers in on_page(ran.page).items() if any(numbers)} == messages(ran.notices)
    silent = {role.title for name, role in framework.roles.items()} - {
        framework.roles[each["email"].split("@")[0]].title for each in ran.notices
    }
    below = ran.words_below("People who are told nothing")
    assert all(f"{title}: 1" in below for title in silent)
    assert "Without cases nothing is drawn or given to anybody." in ran.section("limits").words()


def test_what_several_duties_send_is_told_apart_by_duty(cli: Cli, titles: dict[str, str]) -> None:
    council = next(each for each in DRAFTS if each.stem == SEVERAL)
    ran = run(cli, council, "2026-10-01", "2026-10-12", "--invented", "30")
    waiting = [each for each in ran.notices if each["message"] == "duty"]
    counted = Counter(f"{titles['duty']}: {each['kind']}" for each in waiting)
    assert len(counted) > 1
    shown: Counter[str] = Counter()
    for table in ran.section("roles").all("table"):
        shown.update({title: int(times) for title, times, *_ in rows(table)[1:] if title in counted})
    assert shown == counted


def test_whatever_a_file_calls_things_is_text_on_the_page(cli: Cli, tmp_path: Path) -> None:
    odd = "<script>alert(1)</script> & 'Co'"
    file = tmp_path / "odd.yaml"
    file.write_text(
        f"""
framework: odd
extends: newham
title: "{odd} title"
source: invented
council: {{name: "{odd} council"}}
roles:
  quality-assurance: {{title: "{odd} role", of: council, does: [runs-quality]}}
""",
        "utf-8",
    )
    ran = run(cli, file, "2026-10-01", "2026-10-06", "--invented", "30")
    for each in ("title", "council", "role"):
        assert f"{odd} {each}" in ran.page.words()
    assert "<script" not in ran.text


def test_the_same_run_is_the_same_page(cli: Cli) -> None:
    period = ("newham", "2026-10-01", "2026-10-07", "--invented", "30")
    assert run(cli, *period).text == run(cli, *period).text


def test_the_table_is_not_printed_beside_the_page(cli: Cli) -> None:
    ran = cli("simulate", "newham", "--from", "2026-10-01", "--to", "2026-10-02", "--calendar", "page.html")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("page.html: ")


@pytest.mark.parametrize(
    ("path", "why"),
    [
        (".", "this is a folder"),
        ("nowhere/page.html", "there is no folder nowhere"),
        ("file.txt/page.html", "there is no folder file.txt"),
        ("/dev/full", "this cannot be written: No space left on device"),
    ],
)
def test_a_page_that_cannot_be_written_is_one_sentence(cli: Cli, path: str, why: str) -> None:
    Path("file.txt").write_text("something", "utf-8")
    ran = cli("simulate", "newham", "--from", "2026-10-01", "--to", "2026-10-02", "--calendar", path)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.count("\n") == 1
    assert ran.err.startswith(f"{path}: {why}")
    assert Path("file.txt").read_text("utf-8") == "something"
