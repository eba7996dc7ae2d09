"""What people come to ask, and in how many clicks each has the answer: in Chromium, without JavaScript.

Each walk begins where signing in leads, and clicks on what can be seen, by its accessible name. To type, and to choose
from a list, is no click. The answer is what the council was given here, never a heading alone.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, BrowserContext, FloatRect, Locator, Page, Request, Route
from sqlmodel import select

from qabot.adapter import OutOfReach
from qabot.messaging.values import weekday
from qabot.models import Account, Audit, AuditState, RoleHolding
from qabot.settings import new_secret, read_settings
from qabot.web.app import create_app
from qabot.web.signin import personal_url
from qabot.wiring import build, web_parts
from qabot.workflows.core.unit import Unit
from tests.browser.conftest import Served
from tests.browser.test_accessibility import broken
from tests.support.faulty import FaultyAdapter
from tests.support.small_council import PEOPLE
from tests.support.waiting import LONG
from tests.support.world import World

SCREEN, TELEPHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 800}
FRIDAY = "2026-11-27 12:00"
NEXT_WEEK = [weekday(date(2026, 11, 30) + timedelta(days=number)) for number in range(5)]
LEGIBLE = 8
"""The least height in pixels of what somebody can read: what is there for screen readers alone has one."""


class Chat(FaultyAdapter):
    """A chat that does not reach everybody."""

    out_of_reach = OutOfReach("There is no account there.", ("Ask them to open it.",))  # type: ignore[assignment]


@dataclass(frozen=True)
class Council:
    """The council at work, served: people's ids by their short names, references, and who has signed in already."""

    served: Served
    ids: dict[str, int]
    waits: str
    undated: str
    behind: str
    coming: str
    leaver: str
    sessions: dict[str, Any]


@dataclass
class Walk:
    """Somebody on their way, who counts their clicks."""

    page: Page
    clicks: int = 0

    def click(self, role: Any, name: str) -> None:
        """Click on what has this name and can be seen; of two, both must lead to one place."""
        found = self.page.get_by_role(role, name=name, exact=True).filter(visible=True)
        found.first.wait_for()
        ways = {each.get_attribute("href") for each in found.all()}
        assert len(ways) == 1, f"{found.count()} of {name!r} can be seen on {self.page.url}: {ways}"
        with self.page.expect_navigation():
            found.first.click()
        self.clicks += 1

    def search(self, words: str) -> None:
        """Type and send: the table names it beside the clicks."""
        self.page.get_by_role("searchbox").fill(words)
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Search", exact=True).click()


Steps = Callable[[Walk], None]


@dataclass(frozen=True)
class Question:
    """A row of the table: who asks, at most how many clicks, which, and what one element of `place` says then."""

    asks: str
    who: tuple[str, ...]
    most: int
    steps: Steps
    place: str
    facts: Callable[[Council, str], tuple[str, ...]]
    first_screen: bool = False


def stay(walk: Walk) -> None:
    """The answer is where one begins."""


def follow(*links: str) -> Steps:
    """Links, one after the other."""

    def steps(walk: Walk) -> None:
        for each in links:
            walk.click("link", each)

    return steps


def find_sharpe(walk: Walk) -> None:
    walk.search("sharpe")
    walk.click("link", PEOPLE["mina"].name)


def hand_over(walk: Walk) -> None:
    walk.search("dinah cole")
    walk.click("link", "Move everything to somebody else")
    walk.page.get_by_label("Who takes it on?").select_option(label="Cyrus Patel, East")
    walk.click("button", "Continue")
    walk.click("button", "Yes: hand over (1)")


COVERS: dict[str, str] = {
    "bea": "ade",
    "ewan": "cyrus",
    "mina": "marcus",
    "quinn": "rowan",
    "sian": "dara",
    "della": "harriet",
}
"""Who is away next week, and who stands in."""

QUESTIONS = [
    Question(
        "Which REDs has nobody acknowledged, since when, who is next?",
        ("quinn",),
        0,
        stay,
        "tr",
        lambda council, _: (council.waits, "2 hours", "Mina Sharpe", "27 November 2026, 10am", "Hanif Bello"),
        first_screen=True,
    ),
    Question(
        "Who is behind, and what did they answer?",
        ("quinn",),
        1,
        stay,
        "tr",
        lambda council, _: (council.behind, "Bea Novak", "2 days", "Help asked, 26 November 2026, midday"),
    ),
    Question(
        "Who is behind, and what did they answer?",
        ("mina",),
        1,
        follow("My team"),
        "tr",
        lambda council, _: (council.behind, "2 days", "Help asked, 26 November 2026, midday (Bea Novak)"),
    ),
    Question(
        "Which REDs have no meeting date?",
        ("quinn",),
        0,
        stay,
        "tr",
        lambda council, _: (council.undated, "Mina Sharpe"),
        first_screen=True,
    ),
    Question(
        "Which REDs have no meeting date?",
        ("hanif",),
        0,
        stay,
        ".absent",
        lambda council, _: (council.undated, "Mina Sharpe"),
        first_screen=True,
    ),
    Question(
        "What goes to whom next week?",
        ("quinn",),
        1,
        follow("What will be sent"),
        ", ".join(f"h3:text-is('{day}') + p + table tr" for day in NEXT_WEEK),
        lambda council, _: ("Cyrus Patel", council.coming),
    ),
    Question(
        "What did we send Ms X, and why?",
        ("quinn",),
        1,
        find_sharpe,
        "section",
        lambda council, _: (
            council.waits,
            "Sent 27 November 2026, 10am",
            "An alert to acknowledge",
            "are alerted to any RED (Inadequate) review",
        ),
    ),
    Question(
        "How are we doing against last quarter?",
        ("quinn", "dara"),
        1,
        follow("Figures"),
        "tr",
        lambda *_: ("12", "9", "75%", "100% (down 25)"),
    ),
    Question(
        "The Board's pack, please",
        ("quinn",),
        2,
        follow("Reports", "Board pack, July to September 2026"),
        "tr",
        lambda *_: ("12", "75%", "100% (down 25)"),
    ),
    Question(
        "Who covers for me next week?",
        ("bea", "ewan", "mina", "quinn", "sian", "della"),
        2,
        follow("Help and settings", "Who covers for you"),
        ".facts > div",
        lambda _, person: (
            "Next week",
            PEOPLE[COVERS[person]].name,
            "from Monday 30 November 2026 to Friday 4 December 2026",
        ),
    ),
    Question(
        "Move everything of a leaver to somebody else",
        ("quinn",),
        3,
        hand_over,
        "tr",
        lambda council, _: (council.leaver, "Cyrus Patel"),
    ),
    Question(
        "Is everybody reached? What must I do?",
        ("della",),
        1,
        follow("Administration"),
        "main",
        lambda *_: ("Chat: 1 of 17 are not reached.", "Nobody holds: Data and Impact Team."),
    ),
]


async def fill(folder: Path) -> tuple[World, dict[str, str]]:
    """A week of the small council up to a Friday at noon, and two quarters before; references by what they are for."""
    world = await World.start(folder)
    behind = await world.audit("bea", team="beckton", due="2026-11-25")
    coming = await world.audit("cyrus", team="east", due="2026-12-03")
    leaver = await world.audit("dinah", team="west")
    undated = await world.graded("red", auditor="cyrus")
    await world.acknowledge("mina", undated)
    await world.advance("2026-11-26 12:00")
    await world.press_token("bea", "more-time", world.deadline("audit", behind).token)
    for person, deputy in COVERS.items():
        await world.away(person, "2026-11-30", "2026-12-04", deputy)
    await world.advance("2026-11-27 10:00")
    waits = await world.graded("red", auditor="cyrus")
    await world.advance(FRIDAY)
    world.change("della", administrator=True)
    await world.run(lambda unit: before_it(unit, world.ids))
    named = {"behind": behind, "coming": coming, "leaver": leaver, "undated": undated, "waits": waits}
    return world, {name: audit.reference for name, audit in named.items()}


def before_it(unit: Unit, ids: dict[str, int]) -> None:
    """12 pieces of work due from July to September, 9 of them done in time; 8 in the quarter before, all in time. One
    person has no account in the chat, and one role nobody.
    """
    done = [(date(2026, 8, 10), number < 9) for number in range(12)] + [(date(2026, 5, 20), True)] * 8
    for number, (due, is_done) in enumerate(done):
        noon = datetime.combine(due, time(12), UTC)
        unit.session.add(
            Audit(
                reference=f"QA-{number + 5000}",
                activity=next(iter(unit.framework.activities)),
                team_id=ids["stratford"],
                auditor_id=ids["sian"],
                due_on=due,
                allocated_at=noon - timedelta(days=60),
                submitted_at=noon - timedelta(days=1) if is_done else None,
                state=AuditState.finalised if is_done else AuditState.allocated,
            )
        )
    unit.session.delete(unit.session.exec(select(Account).where(Account.person_id == ids["wanda"])).one())
    unit.session.delete(unit.session.exec(select(RoleHolding).where(RoleHolding.role == "data-and-impact")).one())


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Council]:
    folder, address = tmp_path_factory.mktemp("council"), Served.free_address()
    # In a thread of its own: in this one Playwright's loop is running.
    with ThreadPoolExecutor(1) as other:
        world, references = other.submit(lambda: asyncio.run(fill(folder))).result()
        other.submit(world.close).result()
    settings = read_settings(base_url=address, secret_key=new_secret(), database_url=world.url, adapters=())
    qabot = build(settings, clock=world.clock)
    parts = replace(web_parts(qabot), adapters=(Chat(),))
    served = Served(create_app(parts), parts, address)
    served.start()
    yield Council(served, world.ids, **references, sessions={})
    served.stop()
    qabot.store.close()


@pytest.fixture
def walk_as(chromium: Browser, council: Council) -> Iterator[Callable[[str], Walk]]:
    """Somebody who has just signed in by a personal link, without JavaScript."""
    contexts: list[BrowserContext] = []

    def sign_in(person: str) -> Walk:
        kept = council.sessions.get(person)
        contexts.append(new_context(chromium, council, kept, script=False))
        page = contexts[-1].new_page()
        page.set_default_timeout(LONG * 1000)
        parts = council.served.parts
        link = personal_url(parts.settings, council.ids[person], parts.clock.now())
        page.goto("/" if kept else link)
        if not kept:
            with page.expect_navigation():
                page.get_by_role("button", name="Continue").click()
            council.sessions[person] = contexts[-1].storage_state()
        return Walk(page)

    yield sign_in
    for each in contexts:
        each.close()


def new_context(chromium: Browser, council: Council, session: Any, *, script: bool) -> BrowserContext:
    return chromium.new_context(
        base_url=council.served.address,
        viewport=cast("Any", SCREEN),
        locale="en-GB",
        java_script_enabled=script,
        reduced_motion="reduce",
        storage_state=session,
    )


def box_of(place: Locator, fact: str) -> FloatRect | None:
    """Where a fact can be read in a place; None if it cannot."""
    for each in place.get_by_text(fact).filter(visible=True).all():
        box = each.bounding_box()
        if box is not None and box["height"] >= LEGIBLE and box["width"] >= LEGIBLE:
            return box
    return None


def unseen(page: Page, place: str, facts: tuple[str, ...], *, first_screen: bool) -> list[str]:
    """Which of these cannot be read at this width: cut off at a side, or below the first screen where it matters."""
    answer = page.locator(place)
    for each in facts:
        answer = answer.filter(has_text=each)
    if answer.count() == 0:
        return [f"nothing says all of {facts}: {page.locator('main').inner_text()}"]
    size = page.viewport_size
    assert size is not None
    wrong = []
    for fact in facts:
        box = box_of(answer.first, fact)
        if box is None or box["x"] < 0 or box["x"] + box["width"] > size["width"]:
            wrong.append(f"{fact} cannot be seen at {size['width']} pixels: {box}")
        elif first_screen and (box["y"] < 0 or box["y"] + box["height"] > size["height"]):
            wrong.append(f"{fact} is not on the first screen: {box}")
    return wrong


def broken_with_script(chromium: Browser, council: Council, page: Page, posted: bool) -> list[str]:
    """What axe finds on the page at this address, with JavaScript; on what a form was answered with, as it came."""
    context = new_context(chromium, council, page.context.storage_state(), script=True)
    try:
        other = context.new_page()
        html = page.content()
        if posted:
            other.route(page.url, lambda route: answered(route, html))
        other.goto(page.url)
        return broken(other)
    finally:
        context.close()


def answered(route: Route, html: str) -> None:
    route.fulfill(body=html, content_type="text/html")


@pytest.mark.parametrize(
    ("question", "person"),
    [(each, who) for each in QUESTIONS for who in each.who],
    ids=lambda each: each.asks if isinstance(each, Question) else each,
)
def test_the_question_is_answered_in_so_many_clicks(
    chromium: Browser, council: Council, walk_as: Callable[[str], Walk], question: Question, person: str
) -> None:
    walk = walk_as(person)
    page, methods = walk.page, [""]

    def note(request: Request) -> None:
        if request.is_navigation_request():
            methods.append(request.method)

    page.on("request", note)
    question.steps(walk)
    assert walk.clicks <= question.most
    facts = question.facts(council, person)
    assert unseen(page, question.place, facts, first_screen=question.first_screen) == []
    page.set_viewport_size(cast("Any", TELEPHONE))
    assert unseen(page, question.place, facts, first_screen=False) == []
    if person == question.who[0]:
        # All of them came to the same page.
        assert broken_with_script(chromium, council, page, methods[-1] == "POST") == []
