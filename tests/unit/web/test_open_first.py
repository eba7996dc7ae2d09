"""What is open is on top: alerts first, with a count, and pages that open without scrolling."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from qabot.messaging.offers import OFFERS
from qabot.workflows.registrations import new_registry
from tests.support.pages import Page
from tests.support.web_platform import OnWeb, on_web


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[OnWeb]:
    async with on_web(tmp_path) as platform:
        yield platform


def title(page: Page) -> str:
    return page.root.all("title")[0].children[0].strip()  # type: ignore[union-attr]


def articles(page: Page) -> list[str]:
    """The titles of the cards from the top of the page down."""
    return [node.all("h3")[0].words() for node in page.root.all("article")]


async def test_an_open_alert_comes_first_whatever_came_after_with_a_count(web: OnWeb) -> None:
    world = web.world
    audit = await world.graded()
    await world.advance("2026-11-23 10:30")
    for _ in range(12):
        await world.audit("mina", team="east")
        await world.forward("1 working day")
    page = await web.open("mina", "/inbox")
    assert articles(page)[0] == f"Alert {audit.reference} is still waiting"
    assert [each for each in articles(page) if each.startswith("Alert")] == articles(page)[:1]
    assert title(page) == "(1) Inbox – qabot"
    nav = page.root.all("nav")[0].words()
    assert nav.startswith("Inbox 1 open alert")
    assert page.root.all("h2")[0].words() == "1 open alert"
    assert len(articles(page)) <= 11
    older = await web.open("mina", "/inbox?page=2")
    assert articles(older)
    assert not set(articles(older)) & {f"Alert {audit.reference} is still waiting"}
    assert "Newer messages" in older.words
    await world.acknowledge("mina", audit)
    page = await web.open("mina", "/inbox")
    assert title(page) == "Inbox – qabot"
    assert "open alert" not in page.root.all("nav")[0].words()


async def test_acknowledge_stands_right_under_the_title(web: OnWeb) -> None:
    audit = await web.world.graded()
    page = await web.open("mina", "/inbox")
    (card,) = page.root.all("article")
    words = card.words()
    assert words.index(f"Acknowledge alert {audit.reference}") < words.index("Hello Mina")
    whole = await web.open("mina", f"/n/{page.cards[0].token}")
    assert whole.words.index(f"Acknowledge alert {audit.reference}") < whole.words.index("Hello Mina")


async def test_of_an_alert_that_was_sent_again_there_is_one_card(web: OnWeb) -> None:
    await web.world.graded()
    await web.world.advance("2026-12-04 18:00")
    page = await web.open("quinn", "/inbox")
    assert len([each for each in articles(page) if each.startswith("Alert")]) == 1


async def test_whoever_owes_much_is_not_told_that_there_is_nothing(web: OnWeb) -> None:
    await web.world.audit("cyrus")
    page = await web.open("cyrus", "/inbox")
    assert "There is nothing here yet" not in page.words
    assert "No message has come to you yet. 1 thing waits for you under What I owe." in page.words
    assert "There is nothing here yet" in (await web.open("wanda", "/inbox")).words


@pytest.mark.parametrize(("person", "tag"), [("cyrus", "To do"), ("sofia", "To know")])
async def test_to_do_stands_only_on_what_asks_for_something(web: OnWeb, person: str, tag: str) -> None:
    await web.world.audit("cyrus")
    await web.world.graded("green", "dinah", actions=False)
    await web.world.advance("2026-11-24 12:00")
    page = await web.open(person, "/inbox")
    assert {node.all("span")[0].words() for node in page.root.all("article")} == {tag}


async def test_what_may_be_decided_and_need_not_be_is_nothing_to_do(web: OnWeb) -> None:
    form = {"seen_on": "2026-11-20", "what": "Explained the plan", "difference": "All knew it", "seen_in": "Meeting"}
    nominee = str(web.world.ids["sofia"])
    await web.world.send_form("ben", "nominate", "", nominee=nominee, no_child="yes", **form)
    await web.world.tick()
    page = await web.open("sofia", "/inbox")
    assert "Decide who may read it" in page
    assert [node.all("span")[0].words() for node in page.root.all("article")] == ["To know"]


async def test_what_is_done_says_so(web: OnWeb) -> None:
    audit = await web.world.audit("cyrus")
    await web.world.advance("2026-11-24 12:00")
    await web.world.submit(audit)
    page = await web.open("cyrus", "/inbox")
    assert page.root.all("article")[-1].all("span")[0].words() == "Done"


def test_what_only_offers_something_are_buttons_that_there_are() -> None:
    assert new_registry().names() >= OFFERS


async def test_what_was_done_can_be_taken_back_for_five_minutes_on_each_page_of_it(web: OnWeb) -> None:
    """It stood in the answer alone: whoever turned the page could not find it again."""
    world = web.world
    audit = await world.graded()
    card = world.card_about("mina", audit, "alert").token
    undo = f"Undo: Acknowledge alert {audit.reference}"
    assert (await web.press("mina", "acknowledge", card)).count(undo) == 1
    pages = ("/inbox", f"/n/{card}", "/owe", f"/audits/{audit.reference}")
    for path in pages:
        page = await web.open("mina", path)
        assert "You can take back what this button names until 10:05am." in page.words, path
        assert page.words.count(undo) == 1, path
    assert undo not in (await web.open("hanif", f"/audits/{audit.reference}")).words, "it is whoever did it whose it is"
    button = next(each for each in (await web.open("mina", "/inbox")).forms if each.button == undo)
    given = dict(button.values)
    assert "the alert waits to be acknowledged again" in await web.press("mina", given["action"], given["token"])
    record = await web.open("mina", f"/audits/{audit.reference}")
    assert undo not in record.words
    stages = record.root.all("ol")[0].words()
    assert "Taken back" in stages
    assert f"acknowledge alert {audit.reference}" in stages
    await web.press("mina", "acknowledge", card)
    stages = (await web.open("mina", f"/audits/{audit.reference}")).root.all("ol")[0].words()
    assert stages.index("Taken back") < stages.index("Alert acknowledged"), "what stands comes last, of one moment too"
    await world.forward("6 minutes")
    for path in pages:
        assert undo not in (await web.open("mina", path)).words, path
