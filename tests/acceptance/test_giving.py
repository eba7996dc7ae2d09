"""What people give, in Slack, in Teams and on the web: the whole life of a record, and what can go wrong on the way."""

from collections.abc import AsyncIterator
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pytest
from sqlmodel import col, select

from qabot.models import Deadline, Nomination, SurveySheet
from qabot.workflows.core.sheets import Sheet
from tests.contract.platforms import PLATFORMS, Platform
from tests.support.shared_practice import sharing
from tests.support.web_platform import OnWeb
from tests.support.world import tools

MORE = """
rules: {ABC-FBK-1: {text: Practitioners say what a review was like., source: invented}}
scales: {much: {version: much-1, labels: {"1": Not at all, "2": Very much}}}
questions:
  helpful: {label: How helpful was the review, scale: much}
  in-words: {label: What would have helped more, type: text, optional: true}
duties:
  thanks: {rule: NCT-REC-1, title: Thanks, when: [nomination.given], owes: [head-of-service], due: given + 9 days}
  view:
    rule: ABC-FBK-1
    title: Your view of the review
    when: [practice-learning-review.final]
    owes-each: [practitioner]
    due: final + 10 working days
    ask: [helpful, in-words]
    promise: confidential
    reads: [quality-assurance]
"""
WHAT = "Explained the plan in plain words"
UNSEEN = "\u200b \u2060\u00ad\ufeff"
PAGES = ("web", "email")
"""Where what people give is typed on a page."""
RTL = "\u202eشرحت الخطة بصبر"


@pytest.fixture(params=list(PLATFORMS))
async def platform(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Platform]:
    async with resolve_name(PLATFORMS[request.param])(tmp_path, sharing(tmp_path, MORE)) as made:
        yield made


def nomination(platform: Platform, **given: str | bool) -> dict[str, str | bool]:
    told: dict[str, str | bool] = {
        "nominee": str(platform.world.ids["sofia"]),
        "seen_on": "2026-11-20",
        "what": WHAT,
        "difference": "They knew what comes next",
        "seen_in": "Meeting",
        "no_child": True,
    }
    return {**told, **given}


def card(platform: Platform, person: str, message: str) -> str:
    """The token of the one card of a message that somebody has."""
    (found,) = [each for each in platform.world.notices(person) if each.message == message]
    return found.token


def deadline(platform: Platform, kind: str) -> Deadline:
    return platform.world.all(Deadline, col(Deadline.kind) == kind)[-1]


async def seen(platform: Platform, person: str) -> str:
    return "\n".join(await platform.screen(person))


async def test_a_record_lives_from_the_nomination_to_the_card_of_the_month(platform: Any) -> None:
    said = await platform.submit("ben", "nominate", "", nomination(platform, nominee=str(platform.world.ids["ben"])))
    assert "Choose a colleague: this is not for oneself." in said
    assert platform.kept("what") == WHAT
    assert "Sofia Brandt will hear from us" in await platform.send("ben", {"nominee": str(platform.world.ids["sofia"])})
    assert "You have sent this very record already" in await platform.submit(
        "ben", "nominate", "", nomination(platform)
    )
    assert len(platform.world.all(Nomination)) == 1
    for person, words in {
        "sofia": "Ben Ashby saw good practice in your work",
        "ade": "Good practice: Sofia Brandt",
        "quinn": "Ben Ashby sent this record",
        "ben": "Your record of good practice about Sofia Brandt",
    }.items():
        assert words in await seen(platform, person), person
        assert WHAT in await seen(platform, person), person

    await platform.world.advance("2026-11-24 12:00")
    await platform.press("hanif", "answer", deadline(platform, "thanks").token)
    assert deadline(platform, "thanks").state == "met"
    said = await platform.submit(
        "sofia", "sharing", card(platform, "sofia", "nomination-received"), {"share": "everyone"}
    )
    assert "Once it has been looked over, everybody can read it" in said
    await platform.submit("quinn", "answer", deadline(platform, "look").token, {"sound": "yes"})

    await platform.world.jump("2026-12-01 06:00")
    await platform.world.advance("2026-12-01 12:00")
    assert "Sofia Brandt, Safeguarding." in await seen(platform, "cyrus")
    received = card(platform, "sofia", "nomination-received")
    said = await platform.submit("sofia", "sharing", received, {"share": "withdrawn"})
    assert "It is withdrawn" in said
    await platform.world.tick()
    told = await seen(platform, "cyrus")
    if platform.name == "email":
        # A mail cannot be called back, which the page has said to her.
        assert "an e-mail that went out stays where it is" in said
        told = "\n".join(await OnWeb.screen(platform.pages, "cyrus"))
    assert "Sofia Brandt, Safeguarding." not in told
    assert "is shared no longer" in told


async def test_what_goes_wrong_with_a_record_gets_a_kind_answer_and_loses_nothing(platform: Platform) -> None:
    world = platform.world
    for text, answer in (
        (" \n ", "Write an answer."),
        (UNSEEN, "Write an answer."),
        ("🎉👏🏿", "Say it in a few words"),
    ):
        said = await platform.submit("ben", "nominate", "", nomination(platform, what=text))
        assert answer in said, text
        assert platform.kept("difference") == "They knew what comes next"
    assert platform.kept("what") == "🎉👏🏿"
    # Left open for two days, in which she has left.
    await world.jump("2026-11-25 10:00")
    world.change("sofia", active=False)
    said = await platform.send("ben", {"what": WHAT})
    if platform.name in PAGES:
        # They are signed out by then: what they wrote is before them, and is sent once they are in again.
        assert "Sign in with a personal link" in said
        assert "It is here for you to copy" in said
        left = nomination(platform, nominee_email="sofia@council.example")
        del left["nominee"]
        said = await platform.submit("ben", "nominate", "", left)
    assert "Sofia Brandt has left" in said
    assert platform.kept("what") == WHAT
    assert world.all(Nomination) == []
    world.change("sofia", active=True)
    await platform.submit("ben", "nominate", "", nomination(platform, what=RTL))
    (row,) = world.all(Nomination)
    assert row.what == RTL[1:], "no mark that turns the words around it"


def sheet(platform: Platform) -> Sheet:
    with platform.world.nodes[0].store.transaction() as session:
        return Sheet.opened(session.exec(select(SurveySheet)).one(), tools().sealer)


async def test_what_goes_wrong_with_a_survey_gets_a_kind_answer_and_loses_nothing(platform: Any) -> None:
    world = platform.world
    await world.submit(await world.audit("ade"), actions=False)
    await world.advance("2026-11-24 12:00")
    token = card(platform, "sofia", "survey")
    await platform.submit("sofia", "survey-form", token, {"helpful": "2", "in-words": "👍", "when": "keep"})
    assert sheet(platform).answers["in-words"]["value"] == "👍", "an opinion may be a picture"
    await platform.submit("sofia", "survey-form", token, {"in-words": UNSEEN, "when": "keep"})
    assert "in-words" not in sheet(platform).answers or not sheet(platform).answers["in-words"]["value"]
    # Left open until it has closed, and long after.
    await platform.press("sofia", "survey-form", token)
    if platform.name == "teams":
        client, sofia = platform.council.clients, platform.council.people["sofia"]
        typed = {"long-text:in-words": "More time to prepare."}
        left_open = client.press_activity(sofia, "Go on", typed)
        await world.jump("2026-12-09 10:00")
        said = str(await client.deliver(left_open))
        assert "More time to prepare." in said
    else:
        await world.jump("2026-12-09 10:00")
        said = await platform.send("sofia", {"in-words": "More time to prepare."})
    if platform.name in PAGES:
        assert "It is here for you to copy" in said
        return
    assert "This survey closed at the end of" in said
    assert "You can go on here" not in await seen(platform, "sofia"), "a card that is closed asks for nothing"
