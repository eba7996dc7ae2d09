"""The page on which an administrator notes which readings the council has confirmed."""

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from qabot.models import Person, Store
from qabot.web.ports import Parts
from qabot.workflows.programme.readings import confirm
from tests.support.web_platform import on_web
from tests.unit.web.conftest import Browser, events
from tests.unit.web.world import BEA, DEADLINE, QUINN

PATH = "/programme/readings"
CONFIRMED: dict[str, Any] = {"rule": "NEW-MOD-2", "by": "Head of Quality", "on": "2026-11-20"}


@pytest.fixture
async def administrator(quinn: Browser, store: Store) -> Browser:
    with store.transaction() as session:
        session.get_one(Person, QUINN).administrator = True
    await quinn.open(PATH)
    return quinn


async def test_it_is_counted_and_shown_where_the_reading_acts(administrator: Browser, store: Store) -> None:
    page = await administrator.send_form(PATH, **CONFIRMED)
    assert page.status_code == 200
    assert "Reading D2, confirmed by Head of Quality on 20 November" in page.text
    start = (await administrator.open("/programme")).text
    assert re.search(r"Readings that the council has confirmed</dt><dd>1 of \d\d", start)
    shown = (await administrator.open(f"/programme/deadlines/{DEADLINE}")).text
    assert "not yet confirmed" in shown
    (event,) = events(store, "reading-confirmed")
    assert (event.rule, event.actor_id) == ("NEW-MOD-2", QUINN)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"by": ""}, "Say who confirmed it"),
        ({"on": "soon"}, "Give the day on which it was confirmed"),
        ({"on": "2026-12-24"}, "is still to come"),
        ({"rule": "NEW-DAT-1"}, "there is nothing to confirm"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_noted(
    administrator: Browser, store: Store, wrong: dict[str, str], sentence: str
) -> None:
    page = await administrator.send_form(PATH, **(CONFIRMED | wrong))
    assert page.status_code == 422
    assert sentence in page.text
    assert events(store, "reading-confirmed") == []


async def test_quality_assurance_sees_it_and_only_an_administrator_notes_it(quinn: Browser, store: Store) -> None:
    page = await quinn.open(PATH)
    assert page.status_code == 200
    assert 'name="by"' not in page.text
    assert (await quinn.send_form(PATH, **CONFIRMED)).status_code == 403
    assert events(store, "reading-confirmed") == []


async def test_the_readings_are_a_file_too_with_those_to_confirm_first(administrator: Browser, store: Store) -> None:
    page = (await administrator.send_form(PATH, **CONFIRMED)).text
    assert f'href="{PATH}.xlsx"' in page
    content = (await administrator.open(f"{PATH}.csv")).content.decode("utf-8-sig")
    headings, *rows = csv.reader(io.StringIO(content))
    assert headings == ["Rule", "What it says", "Our reading", "Reference", "State", "Where it stands"]
    assert [each[0] for each in rows] == re.findall(r'<div id="([^"]+)">', page)
    assert (rows[-1][0], rows[-1][4]) == ("NEW-MOD-2", "Confirmed")
    assert "confirmed by Head of Quality on 20 November 2026" in rows[-1][5]
    assert {each[4] for each in rows[:-1]} == {"Not yet confirmed"}
    assert (await administrator.open(f"{PATH}.xlsx")).content.startswith(b"PK")


async def test_whoever_may_not_see_the_readings_gets_no_file_of_them(
    new_browser: Callable[[Parts], Browser], parts: Parts
) -> None:
    browser = new_browser(parts)
    await browser.sign_in(parts, BEA)
    assert (await browser.open(PATH)).status_code == (await browser.open(f"{PATH}.csv")).status_code
    assert (await browser.open(f"{PATH}.csv")).status_code in (403, 404)


async def test_the_record_of_an_audit_says_how_its_rules_are_read_and_who_confirmed_that(tmp_path: Path) -> None:
    async with on_web(tmp_path) as web:
        audit = await web.world.graded("green")
        page = await web.open("quinn", f"/audits/{audit.reference}")
        [said] = [each.words() for each in page.root.all("li") if each.words().startswith("NEW-ESC-1.1, ")]
        assert said.startswith("NEW-ESC-1.1, reading D"), said
        assert "not yet confirmed: " in said
        assert "not confirmed" in " ".join(each.words() for each in page.root.all("summary"))
        with web.world.nodes[0].store.transaction() as session:
            on, now = date(2026, 11, 20), web.world.clock.now()
            confirm(session, web.world.framework, "NEW-ESC-1.1", by="Head of Quality", on=on, now=now)
        words = (await web.open("quinn", f"/audits/{audit.reference}")).words
        assert "confirmed by Head of Quality on 20 November 2026: " in words
        owner = web.world.name(audit.practitioner_id)
        assert "not yet confirmed" not in (await web.open(owner, f"/audits/{audit.reference}")).words
