"""The results of a survey with their charts, on every platform: to its readers alone, once, never less than words."""

import base64
from collections.abc import AsyncIterator
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlmodel import select

from qabot.messaging import pictures
from qabot.messaging.pictures import can_draw
from qabot.models import RoundState, SurveyRound
from qabot.workflows.programme.survey_news import tell_results
from tests.contract.platforms import PLATFORMS, Platform, opened
from tests.support import small_council
from tests.support.published import STATEMENTS, publish, random_sheets
from tests.support.slack.platform import OnSlack

SIZES = {"Safeguarding": 24, "Children in Care": 19, "Fostering": 3, "Early Help": 9}
"""The smallest has fewer than five, so that it and the next one are hidden."""
READERS = ("quinn", "rowan")
TITLE = "Results: Evaluation of supervision"
PNG = b"\x89PNG"
drawing = pytest.mark.skipif(not can_draw(), reason="the extra pictures is not installed, or there are no fonts here")


@pytest.fixture(params=[*PLATFORMS])
async def platform(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Platform]:
    pictures._kept.clear()
    async with opened(request.param, tmp_path) as found:
        yield found


def closed(platform: Platform, *, sizes: dict[str, int] = SIZES) -> str:
    """A survey that has closed and was counted, and whose readers hear so; its token."""
    desk = platform.world.nodes[0].desk
    with platform.world.nodes[0].store.transaction() as session:
        token = publish(session, random_sheets(Random(1), sizes, STATEMENTS), date(2026, 4, 1))
        tell_results(desk.unit(session), session.exec(select(SurveyRound).where(SurveyRound.token == token)).one())
    return token


async def told(platform: Platform, person: str = "quinn") -> list[str]:
    """What somebody was told of results, once a week has passed."""
    for _ in range(5):
        await platform.world.forward("1 working day")
        await settled(platform)
    await platform.world.forward("10 minutes")
    return [each for each in await platform.screen(person) if TITLE in each]


async def settled(platform: Platform) -> None:
    """What goes on behind what was answered comes to its end."""
    if isinstance(platform, OnSlack):
        await platform.council.settle()


def shown(platform: Any, person: str = "quinn") -> list[bytes]:
    """The pictures in what somebody was sent, as their platform shows them."""
    if platform.name == "slack":
        workspace = platform.council.slack.workspace
        blocks = [block for message in platform._seen(f"U{person.upper()}") for block in message.blocks]
        return [workspace.files[each["slack_file"]["id"]].data for each in blocks if each["type"] == "image"]
    if platform.name == "email":
        to = platform.address(person).external_id
        mails: list[EmailMessage] = [each for each in platform.relay.taken if str(each["To"]) == to]
        parts = [part for mail in mails for part in mail.walk() if part.get_content_type() == "image/png"]
        return [part.get_content() for part in parts]
    return _in_teams(platform, person) if platform.name == "teams" else []


def _in_teams(platform: Any, person: str) -> list[bytes]:
    sent = platform.council.connector.of(platform.council.people[person])
    body = [part for each in sent for card in each.get("attachments", ()) for part in card["content"]["body"]]
    urls = [part["url"] for part in body if part["type"] == "Image"]
    return [base64.b64decode(url.removeprefix("data:image/png;base64,")) for url in urls]


@drawing
async def test_results_come_once_with_their_charts_and_their_figures_in_words(platform: Platform) -> None:
    closed(platform)
    [words] = await told(platform)
    if platform.name == "web":
        assert "You can read its results" in words
        return
    assert "of a hundred who were asked, how many have answered" in words.casefold()
    assert "Statement 1 of those that the evaluation of supervision asks: " in words
    charts = shown(platform)
    assert len(charts) == 2
    assert all(each.startswith(PNG) for each in charts)
    # Fewer than five, and the next smallest, are named nowhere, nor counted apart.
    assert "Fostering" not in words
    assert "Early Help" not in words


async def test_nobody_else_hears_of_them(platform: Platform) -> None:
    closed(platform)
    await told(platform)
    for person in small_council.PEOPLE:
        assert len([each for each in await platform.screen(person) if TITLE in each]) == (person in READERS)


async def test_what_was_not_counted_has_no_chart(platform: Platform) -> None:
    closed(platform, sizes={"Safeguarding": 4})
    [words] = await told(platform)
    assert "Statement 1" not in words
    assert shown(platform) == []


async def test_who_reads_it_no_more_when_it_goes_gets_no_chart(platform: Platform) -> None:
    token = closed(platform)
    with platform.world.nodes[0].store.transaction() as session:
        survey = session.exec(select(SurveyRound).where(SurveyRound.token == token)).one()
        survey.reads = ["service-manager"]
        session.add(survey)
    for words in await told(platform):
        assert "Statement 1" not in words
    assert shown(platform) == []


async def test_words_go_where_no_picture_can_be_made(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(svg: str) -> bytes:
        return b""

    monkeypatch.setattr(pictures, "_made", nothing)
    closed(platform)
    [words] = await told(platform)
    assert "You can read its results" in words
    assert shown(platform) == []


async def test_what_became_part_of_another_survey_has_no_chart(platform: Platform) -> None:
    token = closed(platform)
    with platform.world.nodes[0].store.transaction() as session:
        survey = session.exec(select(SurveyRound).where(SurveyRound.token == token)).one()
        survey.state = RoundState.joined
        session.add(survey)
    for words in await told(platform):
        assert "Statement 1" not in words
    assert shown(platform) == []


@drawing
async def test_a_picture_is_made_once_and_by_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures._kept.clear()
    monkeypatch.setattr("qabot.messaging.raster.raster", None)
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="90"><text x="9" y="40">Ag</text></svg>'
    made = await pictures.png(svg)
    assert made.startswith(PNG)
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    assert await pictures.png(svg) is made
    assert await pictures.png(svg.replace("Ag", "Bh")) == b"", "and where no process can be begun, there is none"


@drawing
async def test_what_is_no_drawing_is_no_picture() -> None:
    assert await pictures.png("<p>no drawing</p>") == b""
