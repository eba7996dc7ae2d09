"""The page of short surveys: typed, looked at as each platform shows it, sent once; and whoever else opens it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from qabot.models import Deadline, Pulse
from qabot_slack import preview as slack
from qabot_teams import preview as teams
from tests.support.pages import Page
from tests.support.surveyed import framework
from tests.support.web_platform import OnWeb, on_web

TYPED = {
    "number": "one",
    "title": "How we share the load",
    "label-1": "Work is shared out fairly",
    "kind-1": "scale",
    "scale-1": "agreement",
    "label-3": "What would help most",
    "kind-3": "choice",
    "choices-3": "Fewer meetings\nMore time",
    "people": "Sofia Brandt\nBen Ashby\n\newan price\nWanda Osei\nAde Lawal",
    "promise": "confidential",
    "days": "10",
}


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[OnWeb]:
    async with on_web(tmp_path, framework(tmp_path)) as web:
        yield web


async def post(web: OnWeb, person: str, **values: str) -> httpx.Response:
    csrf = OnWeb._csrf(await web.open(person, "/surveys/new" if person == "quinn" else "/owe"))
    return await web.browsers[person].post("/surveys/new", data={"csrf": csrf, **TYPED, **values})


async def test_it_is_typed_looked_at_and_sent_once(web: OnWeb) -> None:
    assert "/surveys/new" in str([each.attrs for each in (await web.open("quinn", "/surveys")).root.all("a")])
    look = Page(await post(web, "quinn", action="look"))
    assert look.status == 200
    assert "It goes to 5 people: some colleagues by name." in look.words
    assert "In the web inbox How we share the load" in look.words
    assert "1 of 2. Work is shared out fairly Strongly disagree Disagree" in look.words
    assert web.world.all(Pulse) == []
    for _ in range(2):
        done = Page(await post(web, "quinn", action="send"))
    assert "This was sent already. Nobody is asked twice." in done.words
    await web.world.forward("1 working day")
    assert len(web.world.all(Deadline, Deadline.kind == "pulse_1")) == 5
    assert "1 of 2. Work is shared out fairly" in (await web.open("sofia", "/inbox")).words


async def test_what_is_wrong_stands_where_it_is_and_what_was_typed_stays(web: OnWeb) -> None:
    answer = await post(web, "quinn", action="send", title="For 943 476 5919", people="Nobody Here", days="x")
    page = Page(answer)
    assert answer.status_code == 422
    assert "This looks as if it holds an NHS number" in page.words
    assert "There is nobody of this name: Nobody Here." in page.words
    assert "Choose from 1 to 20 working days." in page.words
    assert "Choose at least 5 people" in page.words
    assert 'value="For 943 476 5919"' in answer.text
    assert "Fewer meetings\nMore time" in answer.text
    assert web.world.all(Pulse) == []


async def test_a_name_of_two_people_asks_neither_before_it_is_said_which(web: OnWeb) -> None:
    web.world.change("cyrus", name="Ben Ashby")
    page = Page(await post(web, "quinn", action="send"))
    assert page.status == 422
    one = r"(Ben Ashby \([^)]*\))"
    which = re.search(rf"More than one person has this name\. Write which: {one}, {one}\.", page.words)
    assert which is not None
    assert "has this name" not in Page(await post(web, "quinn", action="look", people=which[1])).words
    assert web.world.all(Pulse) == []


async def test_what_only_looks_like_an_identifier_may_be_said_to_be_none(web: OnWeb) -> None:
    room = {"label-1": "Is room B12 3DE quiet enough"}
    refused = await post(web, "quinn", action="send", **room)
    assert refused.status_code == 422
    assert "what is it?" in Page(refused).words
    assert room["label-1"] in refused.text
    for other in ({"label-1": "Born on 3 May 2014"}, {"choices-3": "Yes\nRing 943 476 5919"}, {"title": "a@b.example"}):
        assert (await post(web, "quinn", action="send", **{**room, **other, "look-alike": "place"})).status_code == 422
    assert web.world.all(Pulse) == []
    look = Page(await post(web, "quinn", action="look", **room, **{"look-alike": "place"}))
    assert look.status == 200
    assert "B12 3DE" in look.words
    assert web.world.events("look-alike-kept") == [], "nothing is kept by a look"
    await post(web, "quinn", action="send", **room, **{"look-alike": "place"})
    (kept,) = web.world.events("look-alike-kept")
    assert (kept.actor_id, kept.detail) == (web.world.ids["quinn"], {"form": "pulse", "kinds": ["postcode"]})
    blocked = [each.detail["kinds"] for each in web.world.events("text-blocked")]
    assert blocked[0] == ["postcode"]
    assert {each.actor_id for each in web.world.events("text-blocked")} == {None}
    assert len(web.world.all(Pulse)) == 1


async def test_nobody_else_sends_one(web: OnWeb) -> None:
    for person in ("ade", "mina", "dara"):
        assert (await post(web, person, action="send")).status_code == 403
        assert (await web.open(person, "/surveys/new")).status == 403
    assert web.world.all(Pulse) == []


async def test_each_chat_says_what_it_shows(web: OnWeb) -> None:
    cards: list[Any] = []

    class Chat:
        name, out_of_reach = "slack", None

        def app(self) -> None:
            return None

        def preview(self, card: Any) -> list[Any]:
            cards.append(card)
            return [*slack.parts(card)]

    web.qabot.adapters.append(Chat())  # type: ignore[attr-defined]
    words = Page(await post(web, "quinn", action="look")).words
    assert "In Slack How we share the load" in words
    for parts in (list(slack.parts(cards[0])), list(teams.parts(cards[0]))):
        buttons = [each.words for each in parts if each.kind == "button"]
        assert buttons[:2] == ["Strongly disagree", "Disagree"]
        assert {"Prefer not to answer", "Answer on one form"} <= set(buttons)
        texts = [each.words for each in parts if each.kind == "text"]
        assert any("1 of 2. Work is shared out fairly" in each for each in texts)
        assert any("This is confidential." in each for each in texts)
        assert next(each.words for each in parts if each.kind == "heading") == "How we share the load"
        assert any(
            "You get this because the Quality Assurance Service asks" in each.words
            for each in parts
            if each.kind == "note"
        )
