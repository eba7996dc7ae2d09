"""A curious manager with every page, filter, date and file of the published surveys, and all the time in the world.

The answers are generated. What the pages and files say is read back from them and taken apart: by service, against the
whole, against last time, against the other surveys; whoever could be singled out fails the test.
"""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path
from random import Random

import pytest
from python_calamine import CalamineWorkbook

from qabot.planning.suppression import FLOOR
from tests.support import small_council
from tests.support.pages import Page
from tests.support.published import EVERYTHING, SAID, STATEMENTS, publish, random_sheets
from tests.support.surveyed import framework
from tests.support.web_platform import OnWeb, on_web

SERVICES = ("Safeguarding", "Children in Care", "Fostering", "Early Help", "Adoption")
ROUNDS = 14
AGREED = ("4",) * 9 + ("5",)
WHOLE = "All services"
FILTERS = {
    "service": ("Fostering", "all"),
    "team": ("1", "2"),
    "role": ("social-worker",),
    "from": ("2026-01-01",),
    "to": ("2026-02-30", "2026-12-31"),
    "question": ("supervision-evaluation-1",),
    "answer": ("1",),
    "page": ("2",),
}
Groups = dict[str, Counter[str]]


@dataclass
class Published:
    """The platform, and of each round by its token how many of each service answered a statement, and what."""

    web: OnWeb
    truth: Mapping[str, Mapping[str, Groups]]


@pytest.fixture
async def published(tmp_path: Path) -> AsyncIterator[Published]:
    async with on_web(tmp_path, framework(tmp_path)) as web:
        truth: dict[str, dict[str, Groups]] = {}
        with web.world.nodes[0].store.transaction() as session:
            for number in range(ROUNDS):
                chance = Random(number)
                sizes = {each: chance.choice((0, 3, 5, 7, 8, 9, 12, 20)) for each in SERVICES}
                # In every other one most say the same, so that some services say nothing else.
                sheets = random_sheets(chance, sizes, STATEMENTS, AGREED if number % 2 else EVERYTHING)
                token = publish(session, sheets, date(2012 + number, 4, 1))
                truth[token] = {each.label: defaultdict(Counter) for each in STATEMENTS}
                for sheet in sheets:
                    for asked, answer in sheet.answers.items():
                        if sheet.sent and SAID[answer] != "Prefer not to answer":
                            truth[token][asked.label][sheet.place][SAID[answer]] += 1
        yield Published(web, truth)


async def get(web: OnWeb, address: str) -> bytes:
    answer = await web.browsers["quinn"].get(address)
    assert answer.status_code == 200, address
    return answer.content


def groups(rows: list[list[str]]) -> dict[str, Groups]:
    """By question and group what a file says of this time."""
    found: dict[str, Groups] = defaultdict(lambda: defaultdict(Counter))
    for _, question, _, service, answer, count in rows:
        if question and "asked from" not in service and answer != "Prefer not to answer":
            found[question][service][answer] = int(count)
    return found


async def test_no_page_or_file_or_any_two_of_them_single_anybody_out(published: Published) -> None:
    web, shown = published.web, 0
    await web.open("quinn", "/surveys")
    for token, truth in published.truth.items():
        text = (await get(web, f"/surveys/{token}.csv")).decode("utf-8-sig")
        rows = [[str(cell) for cell in row] for row in csv.reader(io.StringIO(text))][1:]
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(await get(web, f"/surveys/{token}.xlsx")))
        cells = [[_plain(cell) for cell in row] for row in sheet.get_sheet_by_index(0).to_python()]
        assert cells[len(cells) - len(rows) :] == rows, "the workbook says the same as the file"
        for question, by_group in groups(rows).items():
            shown += 1
            _cannot_be_taken_apart(by_group, truth[question])
    assert shown > ROUNDS, "most of what was generated can be shown"


def _plain(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _cannot_be_taken_apart(shown: Groups, truth: Groups) -> None:
    """Of every group, and of what is left of the whole without the others, five or more said more than one thing."""
    services = {name: counts for name, counts in shown.items() if name != WHOLE}
    for name, counts in services.items():
        assert +counts == +truth[name]
    rest = Counter(shown[WHOLE])
    for counts in services.values():
        rest.subtract(counts)
    hidden = [name for name, counts in truth.items() if name not in services and counts.total()]
    assert +rest == sum((truth[name] for name in hidden), Counter())
    # Without any service beside the whole, what is left of it is the whole itself.
    for counts in filter(Counter.total, (*shown.values(), rest)):
        assert counts.total() >= FLOOR
        assert len(+counts) > 1
    assert len(hidden) != 1 or not services, "one hidden group is the whole without the others"


async def test_no_filter_and_no_date_changes_what_is_shown(published: Published) -> None:
    web, token = published.web, list(published.truth)[3]
    await web.open("quinn", "/surveys")
    for ending in ("", ".csv"):
        plain = _words(await get(web, f"/surveys/{token}{ending}"))
        for names in product(*[(None, *values) for values in list(FILTERS.values())[:4]]):
            query = "&".join(f"{name}={value}" for name, value in zip(FILTERS, names, strict=False) if value)
            assert _words(await get(web, f"/surveys/{token}{ending}?{query}")) == plain
        for name, values in FILTERS.items():
            for value in values:
                assert _words(await get(web, f"/surveys/{token}{ending}?{name}={value}")) == plain


def _words(content: bytes) -> str:
    """What can be read, without what is new on every page."""
    text = content.decode("utf-8-sig")
    return "\n".join(line for line in text.splitlines() if "csrf" not in line)


async def test_a_page_draws_what_its_file_says_and_names_nobody(published: Published) -> None:
    web = published.web
    names = {each.name for each in small_council.PEOPLE.values()} - {"Quinn Marsh"}
    for token in list(published.truth)[:4]:
        page = await web.open("quinn", f"/surveys/{token}")
        text = (await get(web, f"/surveys/{token}.csv")).decode("utf-8-sig")
        services = {row[3] for row in csv.reader(io.StringIO(text))}
        for each in SERVICES:
            assert (each in services) == (each in page.words), (token, each)
        assert not [name for name in names if name in page.words]


async def test_whoever_does_not_read_it_learns_not_even_that_it_is_there(published: Published) -> None:
    web = published.web
    for person in ("ade", "mina", "hanif", "dara", "sofia"):
        assert "Evaluation of supervision" not in (await web.open(person, "/surveys")).words
        for token in list(published.truth)[:2]:
            for ending in ("", ".csv", ".xlsx"):
                answer = await web.browsers[person].get(f"/surveys/{token}{ending}")
                assert answer.status_code == 404
                assert "Evaluation" not in Page(answer).words
