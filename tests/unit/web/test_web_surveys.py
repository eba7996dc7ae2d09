"""Results on the web: who reads them, and a curious manager with every page, filter and file that there is."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlmodel import select

from qabot.models import Audit, SurveyComment, SurveyRound
from tests.support import small_council
from tests.support.surveyed import answer_card, framework
from tests.support.web_platform import OnWeb, on_web

PAGES = ("/programme?state=", "/programme?state=met", "/programme/notices", "/programme/log", "/owe", "/inbox")


@dataclass
class Asked:
    """What there is: the platform, the round of the review's feedback, and who has answered."""

    web: OnWeb
    token: str
    answered: Sequence[str]
    audit: str


@pytest.fixture
async def asked(tmp_path: Path) -> AsyncIterator[Asked]:
    """Each team's review is final; of the four who were asked what it was like, three have answered."""
    async with on_web(tmp_path, framework(tmp_path)) as web:
        world = web.world
        for team, worker in small_council.WORKERS.items():
            auditor = small_council.PEOPLE[worker].manager
            await world.submit(await world.audit(auditor, team=team), actions=False)
        await world.forward("1 working day")
        for person in ("sofia", "ben", "ewan"):
            await answer_card(world, person, "view", ["3", "2"])
        with world.nodes[0].store.transaction() as session:
            token = session.exec(select(SurveyRound.token)).one()
            audit = session.exec(select(Audit.reference).order_by(Audit.reference)).first()
        yield Asked(web, token, ("sofia", "ben", "ewan"), audit or "")


async def test_the_reviewer_and_readers_see_who_has_answered_and_nobody_who_manages_them(asked: Asked) -> None:
    page = await asked.web.open("quinn", f"/surveys/{asked.token}")
    assert "Your view of the review" in (await asked.web.open("quinn", "/surveys")).words
    assert "Your view of the review" not in (await asked.web.open("ade", "/surveys")).words
    assert "Surveys" in (await asked.web.open("quinn", "/programme")).words
    for name, has in (("Sofia Brandt", "Yes"), ("Wanda Osei", "Not yet")):
        assert f"{name} {has}" in " ".join(page.words.split())
    # Those who did the reviews manage the people whose work it was: here they see nothing at all.
    for manager in ("ade", "bea", "mina", "hanif", "dara", "sofia"):
        page = await asked.web.open(manager, f"/surveys/{asked.token}")
        assert page.status == 404, manager
        assert "There are no results of a survey at this address" in page.words


async def test_whose_time_is_over_is_not_waited_for_though_others_are_still_asked(asked: Asked) -> None:
    """The round goes on until the quarter ends; the time of these four, asked in its first days, does not."""
    await asked.web.world.forward("12 working days")
    words = " ".join((await asked.web.open("quinn", f"/surveys/{asked.token}")).words.split())
    assert "Under way" in words
    assert "Sofia Brandt Yes" in words
    assert "Wanda Osei No" in words
    assert "Not yet" not in words


async def test_each_answer_says_that_it_is_kept_and_how_many_are_to_come(asked: Asked) -> None:
    web = asked.web
    [card] = [each for each in web.world.notices("wanda") if each.message == "survey"]
    assert "Saved. 1 question is still to come." in await web.press("wanda", "rate:1:3", card.token)
    said = await web.press("wanda", "rate:2:3", card.token)
    assert "Saved. That was the last of these questions: your answers count once you send them." in said
    assert "That is done" not in said
    assert "What you have answered is kept." in await web.press("wanda", "survey-back:3", card.token)


async def test_no_page_of_anybody_says_who_has_answered(asked: Asked) -> None:
    for person in ("ade", "mina", "hanif"):
        record = await asked.web.open(person, f"/audits/{asked.audit}")
        assert "Your view of the review" not in record.words
        assert "Answered" not in record.words
    for path in PAGES:
        words = (await asked.web.open("quinn", path)).words
        assert "Answered" not in words, path
    log = await asked.web.browsers["quinn"].get("/programme/log.csv")
    assert not [row for row in csv.reader(io.StringIO(log.text)) if "deadline-met" in row and "Answered" in row]


async def test_while_it_runs_and_with_too_few_there_is_no_figure_on_page_or_file(asked: Asked) -> None:
    page = await asked.web.open("quinn", f"/surveys/{asked.token}")
    assert "Under way: results come once it has closed" in page.words
    assert "How helpful" not in page.words
    file = await asked.web.browsers["quinn"].get(f"/surveys/{asked.token}.csv")
    assert list(csv.reader(io.StringIO(file.text.lstrip("\ufeff"))))[1:] == []
    for query in ("?service=Safeguarding", "?from=2026-11-01", "?team=1&role=social-worker"):
        assert (await asked.web.open("quinn", f"/surveys/{asked.token}{query}")).words == page.words


async def test_comments_are_shown_once_quality_has_released_them(asked: Asked) -> None:
    with asked.web.world.nodes[0].store.transaction() as session:
        survey = session.exec(select(SurveyRound)).one()
        for text in ("More time, please", "My lead is unkind"):
            session.add(
                SurveyComment(round_id=survey.id, question="w", label="What would help", place_in_form=3, text=text)
            )
    page = await asked.web.open("quinn", f"/surveys/{asked.token}")
    forms = [each for each in page.forms if "Show it" in each.button or "with the results" in each.button]
    assert len(forms) == 2
    with asked.web.world.nodes[0].store.transaction() as session:
        keys = {each.text: each.key for each in session.exec(select(SurveyComment))}
    csrf = OnWeb._csrf(page)
    for text, verdict in (("More time, please", "release"), ("My lead is unkind", "withhold")):
        given = {"csrf": csrf, "key": keys[text], "verdict": verdict}
        assert (await asked.web.browsers["quinn"].post(f"/surveys/{asked.token}", data=given)).status_code == 200
    words = (await asked.web.open("quinn", f"/surveys/{asked.token}")).words
    assert "More time, please" in words
    assert "My lead is unkind" not in words
    refused = await asked.web.browsers["quinn"].post(
        f"/surveys/{asked.token}", data={"csrf": csrf, "key": "none", "verdict": "release"}
    )
    assert refused.status_code == 404
