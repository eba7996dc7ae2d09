"""Pulses: a short survey that a QA manager types, looks at, and sends; from then on a survey like any other."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from sqlmodel import select

from qabot.errors import BadRequest, NotAllowed
from qabot.messaging.card import plain_card
from qabot.models import Deadline, Notice, Pulse, RoundState, SurveyFigure, SurveyRound
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import pulses
from qabot.workflows.programme.pulses import Draft, Typed
from tests.support.surveyed import asking, press, workers
from tests.support.world import World

T = TypeVar("T")
LOAD = Draft(
    "How we share the load",
    (
        Typed("Work is shared out fairly", "scale"),
        Typed("What would help most", "choice", choices=("Fewer meetings", "More time", "Other")),
        Typed("What else would help", "text"),
    ),
    roles=("social-worker",),
    number="1",
)


def do(world: World, work: Callable[[Unit], T]) -> T:
    node = world.nodes[0]
    with node.store.transaction() as session:
        return work(node.desk.unit(session))


async def sent(folder: Path, **changes: object) -> tuple[World, str]:
    """Sent by Quinn, and everybody has heard of it."""
    world = await asking(folder)
    quinn = world.ids["quinn"]
    assert do(world, lambda unit: pulses.send(unit, replace(LOAD, **changes), quinn)) == len(workers(world))  # type: ignore[arg-type]
    await world.forward("1 working day")
    (pulse,) = world.all(Pulse)
    return world, f"pulse_{pulse.id}"


async def test_what_is_typed_is_asked_counted_and_shown_as_any_survey(tmp_path: Path) -> None:
    world, kind = await sent(tmp_path)
    card = next(each for each in world.cards("w1")[::-1] if LOAD.title in plain_card(each))
    words = plain_card(card)
    assert "This is anonymous." in words
    assert "1 of 2. Work is shared out fairly" in words
    assert "You get this because the Quality Assurance Service asks everybody who is Social Worker." in words
    later = [each.label for each in card.all_buttons() if each.label.startswith("Remind me later")]
    assert later == ["Remind me later: the survey"], "not a button with the names of all roles that are asked"
    for number, person in enumerate(workers(world)):
        await press(world, person, kind, f"rate:1:{1 + number % 5}")
        await press(world, person, kind, f"rate:2:{1 + number % 2}")
        await press(world, person, kind, "survey-send")
    world.restart()
    await world.advance("2026-04-16 12:00")
    (survey,) = world.all(SurveyRound, SurveyRound.duty == kind)
    assert (survey.state, survey.title, survey.reads) == (RoundState.published, LOAD.title, ["quality-assurance"])
    with world.nodes[0].store.transaction() as session:
        labels = {each.label for each in session.exec(select(SurveyFigure)) if each.question}
    assert labels == {"Work is shared out fairly", "What would help most"}
    assert "survey-results" in world.messages("quinn")
    assert not world.all(Notice, Notice.message == "survey-results", Notice.recipient_id == world.ids["ade"])


async def test_another_process_asks_the_same_and_a_new_one_knows_it_too(tmp_path: Path) -> None:
    world, kind = await sent(tmp_path, promise="confidential")
    await press(world, "w2", kind, "rate:1:4")
    world.restart()
    await press(world, "w2", kind, "rate:2:1")
    reply = await press(world, "w2", kind, "survey-send")
    assert "nobody sees them as yours" in getattr(reply, "say", "")
    (deadline,) = world.all(Deadline, Deadline.kind == kind, Deadline.owner_id == world.ids["w2"])
    assert deadline.state == "met"


async def test_nobody_is_asked_twice_in_a_month_nor_by_the_same_page_twice(tmp_path: Path) -> None:
    world, _ = await sent(tmp_path)
    quinn = world.ids["quinn"]
    with pytest.raises(BadRequest, match="This was sent already"):
        do(world, lambda unit: pulses.send(unit, LOAD, quinn))
    again = replace(LOAD, number="2")
    assert do(world, lambda unit: pulses.preview(unit, again, quinn)).left_out == len(workers(world))
    with pytest.raises(BadRequest, match="the others were asked something within a month"):
        do(world, lambda unit: pulses.send(unit, again, quinn))
    assert len(world.all(Pulse)) == 1


async def test_a_look_at_it_is_what_people_get_and_keeps_nothing(tmp_path: Path) -> None:
    world = await asking(tmp_path)
    quinn = world.ids["quinn"]
    seen = do(world, lambda unit: pulses.preview(unit, LOAD, quinn))
    assert len(seen.asked) == len(workers(world))
    assert (seen.left_out, seen.whom) == (0, "everybody who is Social Worker")
    labels = [each.label for each in seen.card.all_buttons()]
    assert labels[:5] == ["Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree"]
    assert world.all(Pulse) == []
    assert not [each for each in do(world, lambda unit: list(unit.framework.duties)) if each.startswith("pulse")]


BAD = {
    "title": replace(LOAD, title=""),
    "label-1": replace(LOAD, questions=()),
    "label-5": replace(LOAD, questions=LOAD.questions[:1] * 6),
    "choices-1": replace(LOAD, questions=(Typed("Which", "choice", choices=("One",)),)),
    "label-2": replace(LOAD, questions=(LOAD.questions[0], Typed("Is 943 476 5919 well looked after", "text"))),
    "whom": replace(LOAD, roles=("quality-assurance",)),
    "days": replace(LOAD, days=0),
    "scale-1": replace(LOAD, questions=(Typed("How", "scale", scale="brag"),)),
}


async def test_what_is_wrong_is_said_where_it_is(tmp_path: Path) -> None:
    world = await asking(tmp_path)
    quinn, found = world.ids["quinn"], {}
    for field, draft in BAD.items():
        found[field] = list(do(world, partial(pulses.check, draft=draft, person_id=quinn)))
    assert found == {field: [field] for field in BAD}
    assert do(world, partial(pulses.check, draft=LOAD, person_id=quinn)) == {}
    for work in (pulses.preview, pulses.send, pulses.check):
        with pytest.raises(NotAllowed):
            do(world, partial(work, draft=LOAD, person_id=world.ids["mina"]))
