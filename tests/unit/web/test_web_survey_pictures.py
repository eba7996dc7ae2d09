"""Results as pictures: what a survey's page draws, what stood there last time, and that a file says the same."""

import csv
import io
import re
import struct
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import pytest
from sqlmodel import select

from qabot.messaging.pictures import can_draw
from qabot.messaging.raster import COLOURS
from qabot.models import RoundState, SurveyRound
from qabot.web import pictures
from qabot.workflows.access.survey_results import QuestionTable, Results
from tests.support import small_council
from tests.support.published import SAID, STATEMENTS, publish, random_sheets
from tests.support.surveyed import framework
from tests.support.web_platform import OnWeb, on_web
from tests.support.world import World

SIZES = {"Safeguarding": 24, "Children in Care": 19, "Fostering": 3, "Early Help": 9}
REWORDED = replace(STATEMENTS[0], label="Statement 1, in other words")
DAY = date(2026, 4, 1)
WORDS = "Supervision has an hour of its own.\nIt is booked for the year."
OTHER_SCALE = replace(STATEMENTS[1], version="newham-supervision-0")


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[OnWeb]:
    async with on_web(tmp_path, framework(tmp_path)) as web:
        yield web


def published(web: OnWeb, year: int, *asked: object, seed: int = 1, duty: str = "evaluation", **more: object) -> str:
    with web.world.nodes[0].store.transaction() as session:
        sheets = random_sheets(Random(seed), SIZES, asked or STATEMENTS)  # type: ignore[arg-type]
        return publish(session, sheets, date(year, 4, 1), duty=duty, **more)  # type: ignore[arg-type]


async def rows(web: OnWeb, token: str) -> list[list[str]]:
    await web.open("quinn", "/surveys")
    file = await web.browsers["quinn"].get(f"/surveys/{token}.csv")
    return list(csv.reader(io.StringIO(file.text.lstrip("\ufeff"))))[1:]


async def text(web: OnWeb, path: str) -> str:
    await web.open("quinn", "/surveys")
    return (await web.browsers["quinn"].get(path)).text


async def test_each_statement_is_drawn_with_its_numbers_in_words(web: OnWeb) -> None:
    token = published(web, 2026)
    page = await web.open("quinn", f"/surveys/{token}")
    file = await rows(web, token)
    whole = [row for row in file if row[3] == "All services" and row[1] == STATEMENTS[0].label]
    assert [row[4] for row in whole if row[4] != "Prefer not to answer"] == list(SAID.values())[:5]
    said = ", ".join(f"{row[4]} {row[5]}" for row in whole if row[4] != "Prefer not to answer")
    drawn = [each for each in page.root.all("svg") if each.attrs.get("role") == "img"]
    assert drawn[0].all("title")
    assert "Who has answered" in page.words
    assert said in drawn[1].words()
    assert "Since last time" not in page.words
    # The smallest service and the next one are in no picture and in no file.
    everything = page.words + str(file)
    assert "Safeguarding" in everything
    assert "Fostering" not in everything
    assert "Early Help" not in everything


async def test_last_time_stands_beside_the_very_same_question_on_the_very_same_scale(web: OnWeb) -> None:
    published(web, 2025, REWORDED, OTHER_SCALE, *STATEMENTS[2:], seed=2)
    published(web, 2025, *STATEMENTS, duty="another")
    token = published(web, 2026)
    page = await web.open("quinn", f"/surveys/{token}")
    assert "Since last time, which began on 1 April 2025" in page.words
    assert "Of a hundred answers, how many are “Agree or Strongly agree”." in page.words
    earlier = {row[1] for row in await rows(web, token) if row[3] == "All services, asked from 1 April 2025"}
    assert earlier == {each.label for each in STATEMENTS[2:]}


async def test_last_time_is_shown_to_those_alone_who_read_it(web: OnWeb) -> None:
    published(web, 2025, reads=("service-manager",))
    token = published(web, 2026)
    assert "Since last time" not in (await web.open("quinn", f"/surveys/{token}")).words


async def test_what_was_never_counted_is_drawn_nowhere(web: OnWeb) -> None:
    with web.world.nodes[0].store.transaction() as session:
        token = publish(session, random_sheets(Random(1), {"Safeguarding": 4}, STATEMENTS), date(2026, 4, 1))
    page = await web.open("quinn", f"/surveys/{token}")
    assert "Closed with fewer than five answers, so nothing is shown" in page.words
    assert page.root.all("svg") == []
    assert await rows(web, token) == []


async def test_what_changes_goes_once_to_all_who_were_asked(tmp_path: Path) -> None:
    async with on_web(tmp_path, framework(tmp_path)) as web:
        world = web.world
        for team, worker in small_council.WORKERS.items():
            auditor = small_council.PEOPLE[worker].manager
            await world.submit(await world.audit(auditor, team=team), actions=False)
        await world.forward("1 working day")
        token = _closed(world)
        address = f"/surveys/{token}/changes"
        page = await web.open("quinn", f"/surveys/{token}")
        csrf = OnWeb._csrf(page)
        for words, wrong in (
            ("", "Write what changes because of the answers."),
            ("a" * 1001, "This is longer than 1000 letters."),
            ("Like 943 476 5919 said", "This looks as if it holds an NHS number"),
        ):
            refused = await web.browsers["quinn"].post(address, data={"csrf": csrf, "words": words})
            assert refused.status_code == 422
            assert wrong in refused.text
            assert words in refused.text
        room = {"csrf": csrf, "words": WORDS.replace("It is", "It is in room B12 3DE.\r\nIt is")}
        refused = await web.browsers["quinn"].post(address, data=room)
        assert (refused.status_code, "what is it?" in refused.text) == (422, True)
        nhs = {"csrf": csrf, "words": "Like 943 476 5919 said", "look-alike": "number"}
        assert (await web.browsers["quinn"].post(address, data=nhs)).status_code == 422
        blocked = [(each.why, each.detail["kinds"], each.actor_id) for each in world.events("text-blocked")]
        assert blocked == [
            ("survey-changes", ["NHS number"], None),
            ("survey-changes", ["postcode"], None),
            ("survey-changes", ["NHS number"], None),
        ]
        assert world.messages("sofia")[-1] != "survey-changes"
        for _ in range(2):
            answer = await web.browsers["quinn"].post(address, data={**room, "look-alike": "place"})
        (kept,) = world.events("look-alike-kept")
        assert kept.actor_id == world.ids["quinn"]
        assert "B12" not in str(kept)
        assert "This was sent to everybody who was asked already." in answer.text
        for person in ("ade", "mina"):
            other = await web.open(person, "/owe")
            refused = await web.browsers[person].post(address, data={"csrf": OnWeb._csrf(other), "words": WORDS})
            assert refused.status_code == 404
        await world.forward("2 working days")
        (event,) = world.events("survey-changes-sent")
        assert event.detail == {"people": 4}
        for person in small_council.WORKERS.values():
            assert sum("It is booked for the year." in each for each in await web.screen(person)) == 1
        for person in ("ade", "quinn"):
            assert not any("It is booked for the year." in each for each in await web.screen(person))
        web.browsers.clear()  # two days on, a session has ended
        shown = await web.open("quinn", f"/surveys/{token}")
        assert "Supervision has an hour of its own." in shown.words
        assert "B12 3DE" in shown.words
        assert "Send it to everybody" not in shown.words


def _closed(world: World) -> str:
    """The round of the review's feedback, as it is once its quarter is over; what was asked stays open meanwhile."""
    with world.nodes[0].store.transaction() as session:
        survey = session.exec(select(SurveyRound)).one()
        survey.state = RoundState.too_few
        session.add(survey)
        return survey.token


async def test_the_charts_are_one_picture_where_it_can_be_drawn(web: OnWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    token = published(web, 2026)
    link = f"/surveys/{token}.png"
    assert (link in (await text(web, f"/surveys/{token}"))) == can_draw()
    answer = await web.browsers["quinn"].get(link)
    if can_draw():
        assert answer.headers["content-type"] == "image/png"
        assert answer.content.startswith(b"\x89PNG")
        width, height = struct.unpack(">II", answer.content[16:24])
        assert width == pictures.WIDTH
        assert height > 400
    monkeypatch.setattr("qabot.web.surveys.can_draw", lambda: False)
    assert (await web.browsers["quinn"].get(link)).status_code == 404
    assert link not in await text(web, f"/surveys/{token}")
    assert (await web.open("ade", link)).status == 404


def test_every_colour_of_a_scale_is_one_of_those_that_a_picture_has() -> None:
    template = Path("src/qabot/web/templates/charts.html").read_text(encoding="utf-8")
    ramp = template.partition("set RAMP")[2].partition("%}")[0]
    used = re.findall(r'"#([0-9a-f]{6})"', ramp)
    assert len(used) == 7
    assert set(used) <= set(COLOURS)


def test_a_long_survey_is_more_than_one_picture_and_each_statement_is_in_one() -> None:
    labels = [
        f"Statement {number} has quite a few words, so that {number} lines of it are long" for number in range(40)
    ]
    answers = ("Never", "Now and then", "Always")
    tables = tuple(
        QuestionTable("", label, "scale-1", answers, (("All services", (7, 8, number)),), name=f"q{number}")
        for number, label in enumerate(labels)
    )
    survey = SurveyRound(duty="e", rule="R", title="T", promise="anonymous", starts_on=DAY, ends_on=DAY)
    answered, *charts = pictures.for_chat(Results(survey, (("All services", 90, 60),), tables))
    assert answered.alt == "Of a hundred who were asked, how many have answered. All services (60 of 90): 67%."
    assert [each.title for each in charts] == ["What all said", *["What all said, continued"] * (len(charts) - 1)]
    assert len(charts) > 1
    said = " ".join(each.alt for each in charts)
    drawn = " ".join(each.svg for each in charts)
    for number, label in enumerate(labels):
        assert said.count(f"{label}: 7, 8, {number}.") == 1
        assert drawn.count(f"{label}</text>") == 1
    for each in charts:
        assert int(re.findall(r'height="(\d+)"', each.svg)[0]) <= 1024


@pytest.mark.skipif(not can_draw(), reason="the extra pictures is not installed, or there are no fonts here")
async def test_what_nobody_can_see_of_a_question_is_not_in_the_picture(web: OnWeb) -> None:
    token = published(web, 2026, replace(STATEMENTS[0], label="Work is shared \x02fairly & <well>"))
    await web.open("quinn", "/surveys")
    answer = await web.browsers["quinn"].get(f"/surveys/{token}.png")
    assert answer.content.startswith(b"\x89PNG")


async def test_lines_count_as_one_letter_each_in_what_changes(tmp_path: Path) -> None:
    async with on_web(tmp_path, framework(tmp_path)) as web:
        for team, worker in small_council.WORKERS.items():
            auditor = small_council.PEOPLE[worker].manager
            await web.world.submit(await web.world.audit(auditor, team=team), actions=False)
        await web.world.forward("1 working day")
        token = _closed(web.world)
        csrf = OnWeb._csrf(await web.open("quinn", f"/surveys/{token}"))
        words = "\r\n".join(["a" * 99] * 10)
        answer = await web.browsers["quinn"].post(f"/surveys/{token}/changes", data={"csrf": csrf, "words": words})
        assert answer.status_code == 200, "999 letters, as the box counts them"
