"""An alert says what happens next: who is told when if nobody takes it on, and then what its taker owes."""

from pathlib import Path

import pytest

from qabot.adapter import OpenForm, ShowCard
from qabot.messaging.card import Card, Row, plain, plain_card
from qabot.models import Audit
from qabot.settings import read_settings
from qabot.wiring import load_framework
from tests.support.councils import Start
from tests.support.world import World, tools

CONCERN = """
duties:
  in-writing:
    rule: ABC-DDL-1
    title: Told in writing
    when: [practice-learning-review.submitted]
    if: {concern: true}
    owes-each: [service-manager, head-of-service]
    due: none
    ask: [acknowledged]
    ladder: in-writing
ladders:
  in-writing:
    title: Told in writing
    steps:
      - {rule: ABC-DDL-1, at: opened, to: [owner], send: duty-alert, lane: alert}
      - rule: ABC-DDL-2
        at: opened + 1 working day
        to: [quality]
        send: duty-alert
        lane: alert
        repeat: last + 1 working day
"""


FRAMEWORKS = sorted(each.stem for each in (Path(__file__).parents[3] / "frameworks").glob("*.yaml"))


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_every_alert_of_every_council_says_what_happens_next(name: str) -> None:
    """Whatever duty it is of, and whoever gets it."""
    files = tools().catalogue.files
    ladders = load_framework(read_settings(database_url="sqlite://", framework=name)).ladders
    alerts = {step.send for ladder in ladders.values() for step in ladder.steps if step.lane == "alert"}
    silent = {each for each in alerts if "next_at" not in files[each].shows}
    assert not silent


def newest(world: World, person: str) -> Card:
    return world.cards(person)[-1]


async def test_an_alert_names_who_is_told_next_and_when(world: World) -> None:
    await world.graded()
    said = plain_card(newest(world, "mina"))
    assert (
        "If nobody acknowledges it by 2pm on Monday 23 November 2026, Ade Lawal is told, "
        "and Hanif Bello and you are asked again." in said
    )
    await world.forward("4 working hours")
    assert (
        "If nobody acknowledges it by 10am on Tuesday 24 November 2026, Dara Okafor, Quinn Marsh and "
        "Rowan Vale are told, and Hanif Bello and you are asked again." in plain_card(newest(world, "mina"))
    )
    assert (
        "Dara Okafor, Quinn Marsh and Rowan Vale are told, and Mina Sharpe and Hanif Bello are asked again."
        in plain_card(newest(world, "ade"))
    )


async def test_the_time_is_counted_in_working_hours(world: World) -> None:
    await world.advance("2026-11-27 15:00")
    await world.graded()
    assert "by 11am on Monday 30 November 2026" in plain_card(newest(world, "mina"))


async def test_a_copy_that_is_not_sent_again_says_what_comes_after_all_the_same(world: World) -> None:
    audit = await world.graded()
    await world.advance("2026-11-24 12:00")
    assert "by 10am on Wednesday 25 November 2026" in plain_card(newest(world, "ade"))
    await world.acknowledge("dara", audit)
    await world.tick()
    assert "If nobody acknowledges" not in plain_card(newest(world, "ade"))


async def test_those_who_were_told_first_are_asked_again_each_day_too(world: World) -> None:
    await world.graded()
    await world.advance("2026-11-26 18:00")
    for person in ("mina", "hanif"):
        sent = [each for each in world.notices(person, lane="alert") if each.sent_at]
        assert [f"{each.sent_at:%d %H}" for each in sent if each.sent_at] == [
            "23 10",
            "23 14",
            "24 10",
            "25 10",
            "26 10",
        ]
        cards = [card for card in world.cards(person) if card.lane == "alert"]
        assert [bool(card.buttons) for card in cards] == [False] * 4 + [True]


async def test_an_alert_of_a_councils_own_says_it_too(start: Start) -> None:
    world = await start(CONCERN)
    await world.graded("green", immediate=True)
    said = [plain_card(each) for each in world.cards("mina") if "Told in writing" in each.title]
    assert (
        "If nobody acknowledges it by 10am on Tuesday 24 November 2026, Quinn Marsh and Rowan Vale are told."
        in said[-1]
    )
    world.close()


async def offered(world: World, person: str, audit: Audit) -> list[tuple[str, list[str]]]:
    """What the newest card about the alert offers as the next thing, with its buttons."""
    card = [each for each in world.cards(person) if each.lane == "alert" and audit.reference in each.title][-1]
    rows = [each for each in card.blocks if isinstance(each, Row)]
    return [(plain(each.text), [button.action for button in each.buttons]) for each in rows]


async def test_the_card_then_offers_the_next_thing_that_this_person_owes(world: World) -> None:
    audit = await world.graded()
    reply = await world.acknowledge("mina", audit)
    assert isinstance(reply, ShowCard)
    assert reply.say.startswith("Thank you for taking this on.")
    await world.tick()
    text = "Next from you: Date of the Practice Improvement Meeting, due 30 November 2026."
    assert await offered(world, "mina", audit) == [(text, ["answer"])]
    assert await offered(world, "hanif", audit) == [
        ("Next from you: Head of Service review, due 30 November 2026.", ["moderate"])
    ]
    card = [each for each in world.cards("mina") if each.lane == "alert"][-1]
    (button,) = [each for each in card.all_buttons() if not each.url]
    form = await world.press_token("mina", button.action, button.token)
    assert isinstance(form, OpenForm)
    values = {"meeting-date": "2026-12-01", "chair": str(world.ids["hanif"])}
    await world.send_form("mina", form.form.name, form.form.token, **values)
    await world.tick()
    assert await offered(world, "mina", audit) == []
    card = [each for each in world.cards("mina") if each.lane == "alert"][-1]
    assert card.done
    await world.moderate("hanif", audit, "red")
    await world.tick()
    assert await offered(world, "hanif", audit) == []


async def test_whoever_owes_nothing_is_offered_nothing(world: World) -> None:
    audit = await world.graded()
    await world.advance("2026-11-24 12:00")
    await world.acknowledge("quinn", audit)
    await world.tick()
    assert await offered(world, "quinn", audit) == []


@pytest.mark.parametrize("days", [6, 12])
async def test_acknowledged_late_it_promises_no_date_that_has_passed(world: World, days: int) -> None:
    audit = await world.graded()
    await world.forward(f"{days} working days")
    reply = await world.acknowledge("mina", audit)
    assert isinstance(reply, ShowCard)
    assert "by 30 November 2026" not in reply.say
    assert "Date of the Practice Improvement Meeting (Mina Sharpe)" in reply.say
    await world.tick()
    ((said, _),) = await offered(world, "mina", audit)
    assert said.endswith("was due 30 November 2026, which has passed.")


async def test_whoever_was_told_and_is_told_once_more_is_asked_again(start: Start) -> None:
    """Of a council's own alert too, day after day: at the last nobody hears of it for the first time."""
    world = await start(CONCERN)
    await world.graded("green", immediate=True)
    await world.advance("2026-11-24 12:00")
    said = [plain_card(each) for each in world.cards("quinn") if "Told in writing" in each.title]
    assert "by 10am on Wednesday 25 November 2026, Rowan Vale and you are asked again." in said[-1]
    mine = [plain_card(each) for each in world.cards("mina") if "Told in writing" in each.title]
    assert "by 10am on Wednesday 25 November 2026, Quinn Marsh and Rowan Vale are asked again." in mine[-1]
    world.close()
