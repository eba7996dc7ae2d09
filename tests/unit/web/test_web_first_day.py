"""The first day: a database with one administrator in it. Every page opens, and says what comes first."""

import re
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from qabot.models import Person, RoleHolding, Store
from qabot.web.app import create_app
from tests.unit.web import world
from tests.unit.web.conftest import Browser
from tests.unit.web.test_web_odd_requests import routes
from tests.unit.web.test_web_search import NewBrowser

FIRST, QUALITY = 1, 2
REFUSED = {"/act": 400, "/my-team": 403, "/surveys/new": 403}
"""What opens from a list and not by its address alone, or is for those who have people or run quality assurance."""
EMPTY = "Nothing is owed here yet"


@pytest.fixture
def alone(tmp_path: Path) -> Store:
    """A new database, with an administrator and a colleague who runs quality assurance."""
    store = Store(f"sqlite:///{tmp_path}/qabot.db")
    SQLModel.metadata.create_all(store.engine)
    with store.transaction() as session:
        session.add(Person(id=FIRST, name="First Day", email="first@council.example", administrator=True))
        session.add(Person(id=QUALITY, name="Quality Day", email="quality@council.example"))
        session.flush()
        session.add(RoleHolding(person_id=QUALITY, role="quality-assurance"))
    return store


async def test_every_page_opens_and_leads_on(alone: Store, new_browser: NewBrowser) -> None:
    parts = world.parts(alone)
    browser = new_browser(parts)
    page = await browser.sign_in(parts, FIRST, "/")
    assert page.url.path == "/programme/today"
    assert EMPTY in page.text
    assert 'href="/administration/upload"' in page.text
    opened = set()
    for route in routes(create_app(parts)):
        if "GET" not in (route.methods or ()) or re.search(r"{|/inbox/changes|^/health", route.path):
            continue
        answer = await browser.open(route.path)
        page_of_it = route.path.partition(".")[0]
        assert answer.status_code == REFUSED.get(page_of_it, answer.status_code), route.path
        assert answer.status_code < 500, route.path
        if page_of_it not in REFUSED:
            opened.add((route.path, answer.status_code))
    assert {code for _, code in opened} <= {200, 404}
    console = ("/programme", "/programme/coming", "/programme/figures", "/programme/notices", "/programme/people")
    for path in console:
        assert EMPTY in (await browser.open(path)).text, path
        assert (path, 200) in opened
    assert EMPTY not in (await browser.open("/administration")).text
    alone.close()


async def test_nobody_is_led_where_they_are_refused(alone: Store, new_browser: NewBrowser) -> None:
    """Short surveys are quality assurance's, and rules and people an administrator's."""
    parts = world.parts(alone)
    for person, surveys, people in ((FIRST, False, True), (QUALITY, True, False)):
        browser = new_browser(parts)
        await browser.sign_in(parts, person)
        assert ('href="/surveys/new"' in (await browser.open("/surveys")).text) is surveys
        assert (await browser.open("/surveys/new")).status_code == (200 if surveys else 403)
        today = (await browser.open("/programme/today")).text
        assert EMPTY in today
        assert ('href="/administration/upload"' in today) is people
    alone.close()


async def test_where_something_is_owed_the_first_day_is_over(quinn: Browser) -> None:
    assert EMPTY not in (await quinn.open("/programme/today")).text
