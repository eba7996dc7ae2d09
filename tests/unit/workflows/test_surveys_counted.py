"""Surveys that have closed: counted once; and what an administrator with the database file and the log can find."""

import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import TypeVar

import pytest
from sqlmodel import SQLModel, col, select

from qabot.adapter import OpenForm
from qabot.models import (
    Deadline,
    Event,
    Notice,
    RoundState,
    SurveyComment,
    SurveyFigure,
    SurveyRound,
    SurveySheet,
)
from qabot.planning.periods import QUARTER, Period
from qabot.workflows.programme.figures import read
from tests.support.surveyed import OPEN, answer_card, asking, everybody, framework, press, workers
from tests.support.world import World, local

Row = TypeVar("Row", bound=SQLModel)
STATEMENT = "supervision-evaluation-1"
CLOSED = "2026-05-12 09:00"
WORDS = "Zebras would help, wrote nobody in particular"


def rows(world: World, model: type[Row]) -> list[Row]:
    """Rows in the order in which they lie in the database."""
    with world.nodes[0].store.transaction() as session:
        return list(session.exec(select(model)))


def figures(world: World, question: str = STATEMENT) -> dict[str, Counter[str]]:
    shown: dict[str, Counter[str]] = {}
    for each in rows(world, SurveyFigure):
        if each.question == question:
            shown.setdefault(each.service, Counter())[each.answer] = each.count
    return shown


def sealed_files(folder: Path) -> bytes:
    """All that lies on the disk of a database."""
    return b"".join(each.read_bytes() for each in folder.glob("qabot.db*"))


async def test_an_administrator_with_the_file_and_the_log_traces_no_answer_to_anybody(tmp_path: Path) -> None:
    world = await asking(tmp_path, many=6)
    await world.advance(OPEN)
    form = await press(world, "w1", "evaluation", "survey-form")
    assert isinstance(form, OpenForm)
    token = form.form.token
    said = {person: str(1 + number % 5) for number, person in enumerate(workers(world))}
    await world.send_once(
        "w1", "survey-form", token, **{STATEMENT: said["w1"], "supervision-evaluation-20": WORDS, "when": "send"}
    )
    for person in sorted(said, key=lambda each: (said[each], each)):
        if person != "w1":
            await answer_card(world, person, "evaluation", [said[person]] * 15)

    # While it runs: every sheet is there from the first day, none longer than another, and none can be read.
    sheets = rows(world, SurveySheet)
    assert len(sheets) == len(said)
    assert len({len(each.sealed) for each in sheets}) == 1
    assert WORDS.encode() not in sealed_files(tmp_path)
    assert b"Strongly disagree" not in b"".join(each.sealed for each in sheets)
    assert rows(world, SurveyFigure) == []
    log = rows(world, Event)
    assert [each for each in log if each.actor_id in {world.ids[person] for person in said}] == []

    await world.advance(CLOSED)
    (survey,) = rows(world, SurveyRound)
    assert survey.state == RoundState.published
    assert rows(world, SurveySheet) == []
    whole = figures(world)[""]
    assert whole == Counter(said.values())

    # Afterwards: no column of what was counted names a person, a time or an order of answering.
    columns = set(SurveyFigure.__table__.c.keys()) | set(SurveyComment.__table__.c.keys())  # type: ignore[attr-defined]
    assert not columns & {"person_id", "deadline_id", "at", "id", "created_at", "token", "by_id"}
    keys = [each.key for each in rows(world, SurveyFigure)]
    assert keys == sorted(keys)
    assert all(re.fullmatch(r"[\w-]{22}", each) for each in keys)
    deadlines = world.all(Deadline, col(Deadline.kind) == "evaluation")
    kept = {
        (each.state, each.closed_why, each.closed_at, each.closed_by_id, each.replied_at, each.snoozes)
        for each in deadlines
    }
    assert len(kept) == 1
    reminded = Counter(each.recipient_id for each in world.all(Notice, Notice.message == "survey"))
    assert len(set(reminded.values())) == 1
    redraws = {each.wanted for each in world.all(Notice, Notice.message == "survey")}
    assert len(redraws) == 1
    (comment,) = rows(world, SurveyComment)
    assert (comment.text, comment.state) == (WORDS, "waiting")


async def test_a_turn_with_too_few_answers_is_never_shown_and_its_sheets_go(tmp_path: Path) -> None:
    world = await asking(tmp_path, many=2)
    await world.advance(OPEN)
    for person in workers(world)[:4]:
        await answer_card(world, person, "evaluation", ["4"] * 15)
    await world.jump("2026-05-11 12:00")
    await world.advance(CLOSED)
    (survey,) = rows(world, SurveyRound)
    assert survey.state == RoundState.too_few
    assert (rows(world, SurveyFigure), rows(world, SurveySheet), rows(world, SurveyComment)) == ([], [], [])


async def test_feedback_is_counted_by_quarter_and_too_little_of_it_with_the_next(tmp_path: Path) -> None:
    world = await asking(tmp_path, many=0, at="2026-01-05 07:00")
    auditors = {"stratford": "ade", "beckton": "bea", "east": "cyrus"}
    for team, auditor in auditors.items():
        await world.submit(await world.audit(auditor, team=team, due="2026-03-31"), actions=False)
    await world.forward("2 working days")
    for person in ("sofia", "ben", "ewan"):
        await answer_card(world, person, "view", ["3", "2"])
    await world.jump("2026-03-31 12:00")
    await world.advance("2026-04-02 09:00")
    (first,) = rows(world, SurveyRound)[:1]
    assert (first.state, str(first.ends_on)) == (RoundState.open, "2026-06-30")
    await world.jump("2026-05-12 09:00")  # more than a month after the yearly survey
    for team, auditor in auditors.items():
        await world.submit(await world.audit(auditor, team=team, due="2026-06-30"), actions=False)
    await world.forward("2 working days")
    for person, key in (("sofia", "1"), ("ben", "3"), ("ewan", "3")):
        await answer_card(world, person, "view", [key, "2"])
    await world.jump("2026-07-02 09:00")
    await world.jump("2026-07-03 09:00")
    counted = figures(world, "helpful")
    assert counted == {"": Counter({"3": 5, "1": 1})}
    # All six said the same to the other question, so it is not shown: everybody would know what each of them said.
    assert figures(world, "difference") == {}
    kept = rows(world, SurveySheet)
    assert len([each for each in kept if each.round_id == first.id]) == 6


async def test_who_is_promised_something_else_in_mid_quarter_is_in_a_round_of_their_own(tmp_path: Path) -> None:
    """Else their answers would be read by others than they were told."""
    world = await asking(tmp_path, many=0, at="2026-01-05 07:00")
    await world.submit(await world.audit("ade", team="stratford", due="2026-03-31"), actions=False)
    await world.forward("2 working days")
    await answer_card(world, "sofia", "view", ["3", "2"])
    world.framework = framework(tmp_path, text=("reads: [quality-assurance]", "reads: [head-of-service]"))
    world.restart()
    await world.submit(await world.audit("bea", team="beckton", due="2026-03-31"), actions=False)
    await world.forward("2 working days")
    first, second = rows(world, SurveyRound)
    assert (first.reads, second.reads) == (["quality-assurance"], ["head-of-service"])
    people = {each.round_id: each.person_id for each in rows(world, SurveySheet)}
    assert people == {first.id: world.ids["sofia"], second.id: world.ids["ben"]}
    await world.jump("2026-04-02 09:00")
    await world.jump("2026-04-03 09:00")
    states = {each.id: each.state for each in rows(world, SurveyRound)}
    assert states[first.id] == RoundState.too_few, "nobody joins it any more"
    assert states[second.id] == RoundState.open, "it goes on until five have answered"


@pytest.mark.parametrize("counted_on", ["2026-07-01 00:00", "2026-07-03 09:00"])
async def test_a_survey_closes_with_its_last_day_whenever_it_is_counted(tmp_path: Path, counted_on: str) -> None:
    """The last day of a quarter is that quarter's, though it is over with the first moment of the next."""
    world = await asking(tmp_path, many=4, text=("due: opened + 25 working days", "due: opened + 90 days"))
    await world.advance(OPEN)
    await everybody(world, "evaluation", lambda number: str(1 + number % 5))
    await world.jump(counted_on)
    (survey,) = rows(world, SurveyRound)
    assert (survey.closed_at, survey.state) == (local("2026-07-01 00:00"), RoundState.published)
    assert (survey.starts_on, survey.ends_on) == (date(2026, 4, 1), date(2026, 6, 30)), "not the year of its rhythm"
    rates = {quarter: await _answered_in(world, quarter) for quarter in (4, 7)}
    assert rates == {4: (8, 15), 7: (0, 0)}


async def _answered_in(world: World, month: int) -> tuple[int | None, int | None]:
    """How many were asked, and of how many questions there are answers, in the quarter that begins with a month."""
    period = Period(QUARTER, date(2026, month, 1))
    made = await world.run(lambda unit: read(unit, world.ids["quinn"], period, {}))
    (rate,) = [each for each in made if each.key == "feedback"]
    return rate.whole.sizes[0], sum(each.key == "answers-evaluation" and bool(each.whole.sizes[0]) for each in made)
