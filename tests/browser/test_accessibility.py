"""axe-core finds no violation of WCAG 2.2 AA on any page: light and dark, wide and 320 pixels."""

from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from qabot.models import DirectoryUser, Person
from qabot.planning.counting import Asked
from qabot.web.signin import personal_url
from qabot.workflows.people import differences
from tests.browser.conftest import NARROW, WIDE, Served
from tests.support.published import STATEMENTS, publish, random_sheets
from tests.unit.web.world import ADE, ALERT, DEADLINE, NOW, QUINN, SmallDesk

OPTIONS = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    # What passes need not be written down: it is most of what axe says.
    "resultTypes": ["violations"],
}
OF_A_PERSON = [
    "/inbox",
    "/owe",
    "/words",
    "/forms/everything",
    f"/n/{ALERT}",
    "/audits/QA-1042",
    "/demo",
    "/nowhere",
    "/search",
    "/cover",
    "/calendar",
    "/programme",
]
OF_THE_PROGRAMME = [
    "/programme?state=all",
    f"/programme/deadlines/{DEADLINE}",
    "/programme/today",
    "/programme/coming",
    f"/act?do=nudge&d={DEADLINE}&back=today",
    f"/act?do=extend&d={DEADLINE}&back=today",
    "/my-team?which=open",
    "/programme/figures",
    "/programme/reports",
    "/programme/reports/board/quarter-2026-07",
    "/programme/notices",
    "/programme/log",
    "/programme/people",
    "/search?q=a",
    "/people/1",
    "/audits/QA-1042",
]


OF_SURVEYS = ["/surveys", "/surveys/new", "/surveys/months"]

OF_ADMINISTRATION = [
    "/administration",
    "/administration/platforms",
    "/administration/settings",
    "/administration/data",
    "/administration/data/1",
    "/administration/differences",
    "/administration/tokens",
    "/administration/webhooks",
    "/administration/rules",
    "/administration/try-out",
    "/administration/people/1/link",
    "/administration/people/1/access",
    "/administration/people/new",
    "/administration/people/1/change",
    "/administration/people/1/leave",
    "/administration/upload",
]


COLOURS = {**OPTIONS, "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


def broken(page: Page, options: dict[str, Any] = OPTIONS) -> list[str]:
    """What axe finds on a page as it is."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate("options => axe.run(options)", options)["violations"]
    return [f"{each['id']}: {[node['target'] for node in each['nodes']]}" for each in found]


def broken_anywhere(page: Page) -> dict[str, list[str]]:
    """What axe finds on a page wide and narrow, light and dark; in the two that differ by colours alone, of these."""
    found = {}
    for width, scheme, options in (
        (WIDE, "light", OPTIONS),
        (WIDE, "dark", COLOURS),
        (NARROW, "light", COLOURS),
        (NARROW, "dark", OPTIONS),
    ):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        if faults := broken(page, options):
            found[f"{scheme}, {width}"] = faults
    return found


def test_a_persons_pages(become: Callable[..., Page], demo: Served) -> None:
    assert isinstance(demo.parts.desk, SmallDesk)
    demo.parts.desk.absent = {ADE}
    page = become("Ade Bello")
    found = {"an inbox that says something at the newest card": broken_anywhere(page)}
    for path in OF_A_PERSON:
        page.goto(path)
        found[path] = broken_anywhere(page)
    page.goto("/forms/everything")
    page.get_by_role("button", name="Send it").click()
    found["a form with errors"] = broken_anywhere(page)
    page.goto("/inbox")
    page.get_by_role("button", name="Acknowledge alert QA-1042").click()
    found["an inbox after a press"] = broken_anywhere(page)
    assert {path: each for path, each in found.items() if each} == {}


def test_the_programme(become: Callable[..., Page]) -> None:
    page = become("Quinn Achebe")
    found = {}
    for path in OF_THE_PROGRAMME:
        page.goto(path)
        found[path] = broken_anywhere(page)
    assert {path: each for path, each in found.items() if each} == {}


def test_administration(become: Callable[..., Page], demo: Served) -> None:
    with demo.store.transaction() as session:
        session.get_one(Person, QUINN).administrator = True
        assert demo.parts.units is not None
        unit = demo.parts.units.unit(session)
        for name, active in {"ade@council.example": True, "bea@council.example": False}.items():
            stated = {"name": "Somebody Else"}
            user = DirectoryUser(
                source="scim", user_name=name, stated=stated, made_at=NOW, changed_at=NOW, active=active
            )
            differences.compare_one(unit, user)
    page = become("Quinn Achebe")
    found = {}
    for path in OF_ADMINISTRATION:
        page.goto(path)
        found[path] = broken_anywhere(page)
    page.goto("/administration/differences")
    assert page.get_by_role("button", name="Accept").count() == 3
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
    assert {path: each for path, each in found.items() if each} == {}


def test_surveys(become: Callable[..., Page], demo: Served) -> None:
    sizes = {"North": 20, "South": 18, "East": 3}
    with demo.store.transaction() as session:
        asked = {2025: STATEMENTS, 2026: (*STATEMENTS, Asked("free", "What would help"))}
        tokens = [publish(session, random_sheets(Random(year), sizes, asked[year]), date(year, 4, 1)) for year in asked]
    page = become("Quinn Achebe")
    found = {}
    for path in (*OF_SURVEYS, f"/surveys/{tokens[-1]}"):
        page.goto(path)
        found[path] = broken_anywhere(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
    page.goto("/surveys/new")
    page.get_by_role("button", name="Look at it").click()
    found["a short survey with errors"] = broken_anywhere(page)
    assert page.get_by_text("Choose at least 5 people").count() > 0
    assert {path: each for path, each in found.items() if each} == {}


def test_signing_in(serve: Callable[[bool], Served], new_page: Callable[..., Page]) -> None:
    served = serve(False)
    page = new_page(served, "/inbox")
    assert broken_anywhere(page) == {}
    page.goto(personal_url(served.parts.settings, ADE, NOW))
    assert broken_anywhere(page) == {}
