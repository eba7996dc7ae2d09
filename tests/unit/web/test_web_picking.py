"""The page on which cases are picked: searched, a page at a time, each with what can be done with it and why not."""

import csv
import io
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from qabot.framework import load, require
from qabot.models import Case, CaseInvolvement, Cycle, PickedCase
from qabot.web.ports import Parts
from qabot.workflows.programme.picking_page import PAGE, page_of
from tests.support.world import World
from tests.unit.web import world as small
from tests.unit.web.conftest import Browser

NewBrowser = Callable[[Parts], Browser]
FILE = """extends: newham
activities:
  practice-learning-review:
    do: [{rule: NEW-QUO-1, per: practice-lead, count: 1}]
    cases: {rule: NEW-SEL-1, from: data-and-impact, never: [involved, oversight]}
"""


@pytest.fixture
async def council(tmp_path: Path) -> AsyncIterator[World]:
    """A council whose Data and Impact Team (Della) is asked for four cases; there are 140 open ones, and one closed."""
    path = tmp_path / "council.yaml"
    path.write_text(FILE, "utf-8")
    world = await World.start(tmp_path, "2026-09-04 08:00", framework=require(load(path, [Path("frameworks")])))
    with world.nodes[0].store.transaction() as session:
        for number in range(41, 142):
            session.add(Case(reference=f"71001{number:02}", team_id=world.ids["east"], open=number < 141))
        for lead in ("ade", "bea", "cyrus", "dinah"):
            session.add(CaseInvolvement(case_id=39, person_id=world.ids[lead]))
    await world.advance("2026-09-07 10:00")
    yield world
    world.close()


@pytest.fixture
def parts(council: World) -> Parts:
    store, desk = council.nodes[0].store, council.nodes[0].desk
    made = small.parts(store, clock=council.clock, desk=desk)
    return replace(
        made,
        framework=council.framework,
        picking=lambda session, cycle, person, wanted: page_of(desk.unit(session), cycle, person, wanted),
    )


@pytest.fixture
def address(council: World) -> str:
    [cycle] = [each for each in council.all(Cycle) if each.cases_wanted]
    return f"/picking/{cycle.id}"


@pytest.fixture
async def della(new_browser: NewBrowser, parts: Parts, council: World) -> Browser:
    browser = new_browser(parts)
    await browser.sign_in(parts, council.ids["della"])
    return browser


def references(text: str) -> list[str]:
    return re.findall(r'name="case" value="(\d+)"', text)


async def test_all_cases_a_page_at_a_time(della: Browser, address: str) -> None:
    first = (await della.open(address)).text
    assert "140 cases, page 1 of 3" in first
    assert "Cases for Practice Learning Reviews" in first
    assert "<dt>Wanted</dt><dd>4</dd>" in first
    last = (await della.open(f"{address}?page=3")).text
    shown = [*references(first), *references((await della.open(f"{address}?page=2")).text), *references(last)]
    assert len(shown) == len(set(shown)) == 139, "one can be given to nobody"
    assert len(references(first)) == PAGE
    assert "7103008 can be given to nobody who still needs a case" in last


async def test_searched_by_a_part_of_the_reference_and_by_team(della: Browser, address: str, council: World) -> None:
    assert references((await della.open(f"{address}?reference=710300")).text) == [
        f"710300{n}" for n in range(10) if n != 8
    ]
    page = (await della.open(f"{address}?team={council.ids['stratford']}")).text
    assert references(page) == [f"710000{number}" for number in range(10)]
    nothing = (await della.open(f"{address}?reference=99999")).text
    assert "Nothing fits these filters." in nothing


async def test_those_that_are_ticked_are_picked_and_taken_back(della: Browser, address: str, council: World) -> None:
    await della.open(address)
    page = await della.send_form(address, case=["7102000", "7102001"], action="pick-cases", whom="")
    assert "2 cases are picked, and 2 still wanted." in page.text
    page = await della.send_form(address, case=["7103000"], action="pick-cases", whom=str(council.ids["ade"]))
    assert "1 case is picked, and 1 still wanted." in page.text
    only = (await della.open(f"{address}?show=picked")).text
    assert "Picked for Ade Lawal" in only
    assert references(only) == ["7102000", "7102001", "7103000"]
    page = await della.send_form(f"{address}?show=picked", case=["7102000"], action="take-back-cases")
    assert "1 case is taken back." in page.text
    assert references(page.text) == ["7102001", "7103000"], "the search stays as it was"
    assert [each.reference for each in council.all(PickedCase)] == ["7102001", "7103000"]


async def test_what_is_wrong_is_said_on_the_page_and_the_ticks_stay(
    della: Browser, address: str, council: World
) -> None:
    await della.open(address)
    page = await della.send_form(
        address, case=["7100000", "7100001"], action="pick-cases", whom=str(council.ids["ade"])
    )
    assert page.status_code == 422
    assert "Ade Lawal needs 1 more, and these are 2." in page.text
    assert "Ade Lawal has oversight of 7100000." in page.text
    assert page.text.count(" checked") == 2
    assert council.all(PickedCase) == []
    nothing = await della.send_form(address, action="pick-cases")
    assert "Tick at least one case." in nothing.text


async def test_quality_looks_on_and_nobody_else_sees_the_page(
    new_browser: NewBrowser, parts: Parts, council: World, address: str
) -> None:
    quinn, bea = new_browser(parts), new_browser(parts)
    await quinn.sign_in(parts, council.ids["quinn"])
    page = await quinn.open(address)
    assert page.status_code == 200
    assert references(page.text) == []
    assert "You may look on; they are picked by others." in page.text
    refused = await quinn.send_form(address, case=["7102000"], action="pick-cases")
    assert refused.status_code == 404
    await bea.sign_in(parts, council.ids["bea"])
    assert (await bea.open(address)).status_code == 404
    assert (await bea.open("/picking/999")).status_code == 404
    assert council.all(PickedCase) == []


async def test_the_cases_are_a_file_too_with_the_same_filters_and_no_pages(
    della: Browser, address: str, council: World
) -> None:
    page = (await della.open(address)).text
    assert f'href="{address}.xlsx"' in page
    whole = read((await della.open(f"{address}.csv")).content)
    assert whole[0] == ["Case", "Team", "Worker", "State"]
    assert len(whole) == 141
    some = f"?reference=71000&team={council.ids['stratford']}"
    filtered = (await della.open(address + some)).text
    assert f'href="{address}.csv{some.replace("&", "&amp;")}"' in filtered
    rows = read((await della.open(f"{address}.csv{some}")).content)
    assert [each[0] for each in rows[1:]] == references(filtered)
    book = openpyxl.load_workbook(io.BytesIO((await della.open(f"{address}.xlsx{some}")).content))
    assert [[cell or "" for cell in row] for row in book.active.values] == rows
    picked = (await della.send_form(address, case=["7102000"], action="pick-cases", whom="")).text
    assert "1 case is picked" in picked
    assert [each[3] for each in read((await della.open(f"{address}.csv?show=picked")).content)[1:]] == [
        "Picked, to be shared out"
    ]


async def test_whoever_may_not_see_the_page_gets_no_file_of_it(
    new_browser: NewBrowser, parts: Parts, council: World, address: str
) -> None:
    browser = new_browser(parts)
    await browser.sign_in(parts, council.ids["cyrus"])
    assert {(await browser.open(f"{address}.{ending}")).status_code for ending in ("csv", "xlsx")} == {404}


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
