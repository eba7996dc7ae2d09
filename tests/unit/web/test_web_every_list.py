"""Every list of the console as a workbook and as CSV: whatever page shows one links to both, with the rows it shows.

The pages are those that the application has, as the QA service's manager sees them in a council with something of
each: also one that is added later has to have its files, or stand below with the reason why not.
"""

import csv
import io
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from random import Random
from urllib.parse import urljoin

import openpyxl
import pytest
from sqlmodel import select

from qabot.framework.calendar import LONDON
from qabot.framework.loader import load
from qabot.messaging.values import day
from qabot.models import DirectoryUser, Notice, NoticeState, Person
from qabot.rights import holds
from qabot.web.drawing import moment
from qabot.wiring import web_parts
from qabot.workflows.access import tokens, webhooks
from qabot.workflows.core.unit import Unit
from qabot.workflows.people import differences as differences_of
from tests.support.pages import Page
from tests.support.published import STATEMENTS, publish, random_sheets
from tests.support.web_platform import OnWeb, on_web
from tests.unit.web.test_web_library import let_in, nominate
from tests.unit.web.test_web_odd_requests import routes

HOSTILE = "=HYPERLINK(1)"
REPORT = "board", "quarter-2026-07"
NO_FILE = {
    "/": "the inbox",
    "/inbox": "messages, each with its buttons",
    "/n/{token}": "one message",
    "/words/{word}": "one message",
    "/act": "what is about to be done, for a yes",
    "/audits/{reference}": "one record",
    "/gatherings/{token}": "one gathering",
    "/programme/deadlines/{token}": "one deadline",
    "/administration/data/{person}": "what would go of one person",
    "/administration/try-out/{token}": "one trial of rules",
}
"""Pages with tables or cards that are no lists. The readings to confirm have neither: see `test_web_confirming`."""
NUMBERS = {"/programme/figures", "/programme/reports/{kind}/{key}", "/surveys/months", "/surveys/{token}"}
PERSON = "/people/{person}"
OWN_TESTS = NUMBERS | {PERSON, "/owe"}
"""Their files have a row for each number, or of a person one for each message. They have their own tests: here it
counts that they are there. Cases are picked from a list by nobody in this council: see `test_web_picking`."""
SUMMARIES = {"How much is sent on each day"}
"""Captions of tables that count the rows of the list below them."""
LISTS = {
    "/actions",
    "/good-practice",
    "/my-team",
    "/programme",
    "/programme/coming",
    "/programme/gatherings",
    "/programme/log",
    "/programme/notices",
    "/programme/people",
    "/programme/reports",
    "/programme/today",
    "/surveys",
}
ADMINISTRATION = {
    "/administration/data",
    "/administration/differences",
    "/administration/rules",
    "/administration/settings",
    "/administration/tokens",
    "/administration/webhooks",
}
OLDEST_FIRST = {"/programme/log"}
"""Whose file is in the order of time, for whoever reads it as a whole; the page begins with what is newest."""
QUERIES = {"/programme/log": "?to=2026-11-24", "/act": "?do=nudge&d={token}", "/programme/coming": "?each=1"}
"""Of the log the days that are over: that this test reads pages is in it too. Of what is to come each message."""
ENDINGS = ("xlsx", "csv")


@dataclass
class Filled:
    """The council, and what stands in addresses."""

    web: OnWeb
    known: dict[str, str]

    def pages(self) -> Iterator[tuple[str, str]]:
        """The pattern and the address of each page."""
        for route in routes(self.web.app):
            left_out = re.search(r"\.\w+$|/as/|^/(inbox/changes|health|in/)", route.path)
            if "GET" in (route.methods or ()) and not left_out:
                yield route.path, self._filled(route.path)

    def _filled(self, pattern: str) -> str:
        known = self.known | ({"token": self.known["survey"]} if pattern == "/surveys/{token}" else {})
        address = f"{pattern}{QUERIES.get(pattern, '')}"
        return re.sub(r"{(\w+)[^}]*}", lambda part: known.get(part[1], "1"), address)


@pytest.fixture
async def filled(tmp_path: Path) -> AsyncIterator[Filled]:
    async with on_web(tmp_path, load(Path("frameworks/newham-whole.yaml"), [Path("frameworks")])) as web:
        yield Filled(web, await fill(web))


async def fill(web: OnWeb) -> dict[str, str]:
    """Something of each kind, some of it by somebody whose name is a formula."""
    world = web.world
    await nominate(web)
    await let_in(web, "everyone")
    with world.nodes[0].store.transaction() as session:
        survey = publish(session, random_sheets(Random(1), {"Safeguarding": 20}, STATEMENTS), date(2026, 4, 1))
        reports = web_parts(web.qabot).reports
        assert reports is not None
        reports.save(session, world.ids["quinn"], *REPORT, {"headline": HOSTILE})
        reports.issue(session, world.ids["quinn"], *REPORT)
    for name, given in (("cyrus", {"name": HOSTILE}), ("sofia", {"name": f"+{HOSTILE}"}), ("quinn", {"name": "@Q"})):
        world.change(name, **given)
    await world.audit("cyrus", team="east", due="2026-11-24")
    await world.audit("rowan", team="beckton", due="2026-11-25")
    await world.graded("green")
    red = await world.graded("red")
    helped = await world.audit("cyrus", team="east")
    deadline = world.deadline("audit", helped)
    await world.press_token("cyrus", "more-time", deadline.token)
    await world.away("sofia", "2026-11-25", "2026-12-02", deputy="ben")
    await world.advance("2026-11-26 10:00")
    lost = world.notices(deadline_id=world.deadline("alert", red).id, state="sent")[0]

    def fail(unit: Unit) -> None:
        unit.session.get_one(Notice, lost.id).state = NoticeState.failed

    await world.run(fail)
    known = {"survey": survey, "token": deadline.token, "reference": red.reference, "person": str(world.ids["sofia"])}
    return known | {"name": "nominate", "word": "mine", "kind": REPORT[0], "key": REPORT[1]}


def fill_administration(unit: Unit) -> None:
    """Programs, a webhook, a hold, and somebody of whom the directory states something else."""
    quinn = unit.session.exec(select(Person).where(Person.name == "@Q")).one()
    quinn.administrator = True
    unit.session.flush()
    for name in ("power-bi", "case-system"):
        tokens.new(unit, name, ["audits:read"], 30, person_id=quinn.id)
    tokens.end(unit, "power-bi", by=quinn.id)
    address = "https://case-system.council.example/hooks"
    webhooks.new(unit, "case-system", address, ["alert.raised"], ["grades"], person_id=quinn.id, private=False)
    holds.place(unit.session, ("person", quinn.id), "An inquiry.", unit.now, by=quinn.id)
    stated = {"name": HOSTILE, "email": quinn.email}
    user = DirectoryUser(source="scim", user_name=quinn.email, made_at=unit.now, changed_at=unit.now, stated=stated)
    differences_of.compare_one(unit, user)


# -- a page -----------------------------------------------------------------------------------------------------------

Row = dict[str, str]
"""What can be read in a row, by the heading of each column; of a card, all its words under ""."""


def lists_of(page: Page) -> dict[tuple[str, ...], list[Row]]:
    """The rows of a page's lists in their order; tables with the same columns are one list. Without any, its cards."""
    found: dict[tuple[str, ...], list[Row]] = {}
    for table in page.root.all("table"):
        if " ".join(each.words() for each in table.all("caption")) in SUMMARIES:
            continue
        columns = tuple(each.words() for each in table.all("th"))
        rows = [{cell.attrs["data-label"]: cell.words() for cell in row.all("td")} for row in table.all("tr")]
        found.setdefault(columns, []).extend(each for each in rows if each)
    if found:
        return found
    cards = [{"": each.words()} for each in page.root.all("article")]
    return {("",): cards} if cards else {}


async def whole(web: OnWeb, first: Page, address: str) -> list[list[Row]]:
    """The lists of a page and of those that follow it; what stands on each of them again counts once."""
    found = {columns: [rows] for columns, rows in lists_of(first).items()}
    page = first
    while following := [each for each in page.root.all("a") if each.attrs.get("rel") == "next"]:
        address = urljoin(address, following[0].attrs["href"])
        page = await web.open("quinn", address)
        for columns, rows in lists_of(page).items():
            if rows not in found.setdefault(columns, []):
                found[columns].append(rows)
    return [[row for rows in parts for row in rows] for parts in found.values()]


def links_of(page: Page) -> dict[str, str]:
    """The addresses of a page's files by their ending."""
    hrefs = [each.attrs.get("href", "") for each in page.root.all("a")]
    patterns = {each: re.compile(rf"[./]{each}(\?|$)") for each in ENDINGS}
    return {ending: href for ending, one in patterns.items() for href in hrefs if one.search(href)}


# -- a file -----------------------------------------------------------------------------------------------------------


def workbook(content: bytes) -> list[list[Row]]:
    """The rows of each sheet in words, as a page writes days and moments; no cell is a formula."""
    sheets = []
    for sheet in openpyxl.load_workbook(io.BytesIO(content)):
        headings, *rows = sheet.iter_rows()
        assert not [cell for row in rows for cell in row if cell.data_type == "f"]
        names = [str(each.value) for each in headings]
        sheets.append([{name: shown(cell.value, cell) for name, cell in zip(names, row, strict=True)} for row in rows])
    return sheets


def shown(value: object, cell: object) -> str:
    if isinstance(value, datetime):
        with_time = "h" in str(getattr(cell, "number_format", ""))
        return moment(value.replace(tzinfo=LONDON)) if with_time else day(value.date())
    return "" if value is None else str(value)


def plain(content: bytes) -> list[list[list[str]]]:
    """The rows of each table of a CSV file, without titles and headings; no cell begins a formula."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert not [cell for row in rows for cell in row if cell[:1] in set("=+-@\t\r") and not cell[1:].isdigit()]
    tables: list[list[list[str]]] = [[]]
    for row in rows:
        if row:
            tables[-1].append(row)
        else:
            tables.append([])
    return [each[1 + (len(each[0]) == 1) :] for each in tables]


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def says_the_same(page: Row, file: Row) -> bool:
    """Whether a row of a page says what the file's row says, in each column that both have; of a card, in all."""
    if "" in page:
        return all(words(each) <= words(page[""]) for each in file.values())
    both = [each for each in page.keys() & file.keys() if file[each]]
    return len(both) > 1 and all(words(file[each]) <= words(page[each]) for each in both)


# -- the tests --------------------------------------------------------------------------------------------------------


async def files_of(web: OnWeb, page: Page, address: str) -> tuple[list[list[Row]], list[list[list[str]]]]:
    """The sheets of a page's workbook, and the tables of its CSV."""
    contents = {}
    for ending, href in links_of(page).items():
        answer = await web.browsers["quinn"].get(urljoin(address, href))
        assert answer.status_code == 200, href
        contents[ending] = answer.content
    assert contents.keys() == set(ENDINGS), f"{address} shows a list and has not both files"
    return workbook(contents["xlsx"]), plain(contents["csv"])


def differences(lists: list[list[Row]], sheets: list[list[Row]]) -> list[tuple[Row, Row]]:
    """The rows of a page that are not those of its file, each with what stands in its place; of lists with rows."""
    shown, taken = ([each for each in every if each] for every in (lists, sheets))
    assert [len(each) for each in shown] == [len(each) for each in taken]
    pairs = [pair for each in zip(shown, taken, strict=True) for pair in zip(*each, strict=True)]
    return [pair for pair in pairs if not says_the_same(*pair)]


async def test_what_one_owes_can_be_had_as_a_file(filled: Filled) -> None:
    page = await filled.web.open("rowan", "/owe")
    contents = {
        ending: (await filled.web.browsers["rowan"].get(href)).content for ending, href in links_of(page).items()
    }
    [rows] = workbook(contents["xlsx"])
    assert len(rows) == len(plain(contents["csv"])[0])
    [alert] = [each for each in rows if each["What"] == "Alert to acknowledge"]
    said = f"{alert['About']} (case 7199999), waiting since {alert['Waiting since']}"
    assert said in page.words
    [late] = [each for each in rows if each["What"] == "Practice Learning Review"]
    assert f"Practice Learning Review: {late['About']} (case 7199999), was due {late['Due']}" in page.words
    assert late["Past its date"] == "Yes"
    assert [each for each in rows if each["Due"] not in page.words] == []


FILTERS = {
    "/actions": ("?state=done", "?owner=q", "?age=7"),
    "/good-practice": ("?text=zoe", "?text=nothing-like-it"),
    "/my-team": ("?which=open", "?which=actions", "?person={person}"),
    "/programme": ("?state=all", "?state=met", "?state=past", "?kind=alerts", "?kind=meetings&state=open", "?team=1"),
    "/programme/coming": ("?each=1&lane=alert", "?each=1&name=q", "?each=1&message=red-alert-again", "?day=2026-11-27"),
    "/programme/log": ("?to=2026-11-24&what=sent", "?to=2026-11-24&actor=q", "?from=2026-11-23&to=2026-11-23"),
    "/programme/notices": ("?lane=alert", "?state=undelivered", "?state=sent&lane=due"),
    "/programme/people": ("?name=q", "?name=zzz"),
    "/programme/today": ("?service=0", "?service=1", "?service=2"),
}
"""What each list can be narrowed to."""


async def test_a_file_is_narrowed_as_its_page_is(filled: Filled) -> None:
    with_rows = set()
    for path, queries in FILTERS.items():
        for query in queries:
            address = path + re.sub(r"{(\w+)}", lambda part: filled.known[part[1]], query)
            page = await filled.web.open("quinn", address)
            links = links_of(page)
            if not links:
                assert not [each for each in lists_of(page).values() if each], address
                continue
            assert all(href.partition("?")[2] for href in links.values()), f"{address} loses its filter in its file"
            sheets, _ = await files_of(filled.web, page, address)
            in_order = [rows[::-1] for rows in sheets] if path in OLDEST_FIRST else sheets
            lists = await whole(filled.web, page, address)
            assert differences(lists, in_order) == [], address
            with_rows |= {path} if any(lists) else set()
    assert with_rows >= FILTERS.keys() - {"/actions", "/good-practice"}


async def test_each_list_of_administration_can_be_had_as_a_file(filled: Filled) -> None:
    await filled.web.world.run(fill_administration)
    seen = set()
    for pattern, address in filled.pages():
        if not pattern.startswith("/administration") or pattern in NO_FILE:
            continue
        page = await filled.web.open("quinn", address)
        if lists := [each for each in lists_of(page).values() if each and "" not in each[0]]:
            sheets, tables = await files_of(filled.web, page, address)
            assert [len(each) for each in sheets] == [len(each) for each in tables], address
            assert differences(lists, sheets[: len(lists)]) == [], address
            seen.add(pattern)
    assert seen == ADMINISTRATION
    assert {each.why for each in filled.web.world.events("administration-exported")} >= {"tokens", "webhooks", "data"}


async def test_each_list_can_be_had_as_workbook_and_csv_with_the_rows_of_its_page(filled: Filled) -> None:
    seen, hostile = set(), 0
    for pattern, address in filled.pages():
        if pattern in NO_FILE:
            continue
        page = await filled.web.open("quinn", address)
        if not lists_of(page):
            continue
        sheets, tables = await files_of(filled.web, page, address)
        assert [len(each) for each in sheets] == [len(each) for each in tables], address
        hostile += any(HOSTILE in value for rows in sheets for row in rows for value in row.values())
        if pattern not in OWN_TESTS:
            seen.add(pattern)
            in_order = [rows[::-1] for rows in sheets] if pattern in OLDEST_FIRST else sheets
            assert differences(await whole(filled.web, page, address), in_order) == [], address
    assert seen == LISTS
    assert hostile >= 6
