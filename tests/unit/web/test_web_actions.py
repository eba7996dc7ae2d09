"""The tracker of actions: who sees which, the filters, the file, and what is confirmed there."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.web_platform import OnWeb, on_web

PATH = "/actions"


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[OnWeb]:
    async with on_web(tmp_path) as platform:
        yield platform


async def test_quality_assurance_sees_each_with_owner_age_and_source(web: OnWeb) -> None:
    audit = await web.world.graded("green")
    await web.world.forward("15 days")
    page = await web.open("quinn", PATH)
    assert "1 action" in page.words
    assert audit.reference in page.words
    assert "15 days" in page.words
    assert "Practice Learning Review" in page.words
    assert "Nothing fits" in (await web.open("quinn", f"{PATH}?age=28")).words
    assert "1 action" in (await web.open("quinn", f"{PATH}?age=14&source=Practice+Learning+Review")).words
    assert "Nothing fits" in (await web.open("quinn", f"{PATH}?state=done")).words


async def test_whose_record_it_is_not_sees_nothing(web: OnWeb) -> None:
    await web.world.graded("green")
    assert "Nothing fits" in (await web.open("ewan", PATH)).words


async def test_whoever_owes_it_gives_one_new_date_and_confirms_it_there(web: OnWeb) -> None:
    audit = await web.world.graded("green")
    owner = web.world.name(web.world.deadline("actions", audit).owner_id)
    token = web.world.deadline("actions", audit).token
    page = await web.open(owner, PATH)
    assert "are done" in page.words
    await web.submit(owner, "not-yet", token, {"new_date": "2026-12-07"})
    assert "7 December 2026" in (await web.open("quinn", PATH)).words
    assert "Open, with a new date" in (await web.open("quinn", f"{PATH}?state=new-date")).words


async def test_the_file_has_what_the_page_has_and_runs_no_formula(web: OnWeb) -> None:
    audit = await web.world.graded("green")
    web.world.change(web.world.name(web.world.deadline("actions", audit).owner_id), name="=HYPERLINK(1)")
    await web.open("quinn", PATH)
    answer = await web.browsers["quinn"].get(f"{PATH}.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row["About"] for row in rows] == [audit.reference]
    assert rows[0]["Owner"] == "'=HYPERLINK(1)"
    assert rows[0]["State"] == "Open"
    assert len(web.world.events("actions-exported")) == 1
