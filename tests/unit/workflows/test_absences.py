"""Absences: the deadline does not move, the recipient does; nothing is doubled and nobody is asked why."""

import pytest

from qabot.adapter import Command, OpenForm, Reply, Say
from qabot.errors import BadRequest
from qabot.messaging.card import Card, Row, plain, plain_card
from qabot.models import Absence
from tests.support.world import World


async def test_the_deputy_hears_now_what_falls_due_in_that_time(world: World) -> None:
    audit = await world.audit("ade", team="east")
    await world.away("ade", "2026-12-28", "2027-01-05", "bea")
    await world.advance("2026-11-24 12:00")
    assert world.messages("bea") == ["covering"]
    deadline = world.deadline("audit", audit)
    assert (deadline.due_on, deadline.owner_id) == (audit.due_on, world.ids["ade"])


async def test_when_somebody_goes_or_comes_back_what_is_open_is_planned_anew(world: World) -> None:
    audit = await world.audit("cyrus")
    for change in (lambda: world.away("ade", "2026-11-23", "2026-11-27"), lambda: world.back("ade")):
        await world.tick()
        assert world.deadline("audit", audit).next_at != world.clock.now()
        await change()
        assert world.deadline("audit", audit).next_at == world.clock.now()


async def test_noting_the_same_absence_twice_is_noting_it_once(world: World) -> None:
    await world.audit("ade", team="east")
    for _ in range(2):
        await world.away("ade", "2026-12-28", "2027-01-05", "bea")
    assert len(world.all(Absence)) == len(world.events("away")) == 1


@pytest.mark.parametrize(
    ("first", "last", "deputy"), [("2026-12-05", "2026-12-01", "bea"), ("2026-12-01", "2026-12-05", "ade")]
)
async def test_an_absence_that_makes_no_sense_is_refused(world: World, first: str, last: str, deputy: str) -> None:
    with pytest.raises(BadRequest):
        await world.away("ade", first, last, deputy)
    assert world.all(Absence) == []


async def test_an_alert_goes_to_the_deputy_and_back_to_the_manager_who_returns(world: World) -> None:
    await world.away("mina", "2026-11-23", "2026-11-24", "bea")
    await world.graded()
    assert world.messages("bea") == ["red-alert"]
    assert await world.back("mina")
    assert not await world.back("mina")
    await world.forward("4 working hours")
    assert "red-alert-again" in world.messages("mina")


async def say_away(world: World, person: str, first: str, last: str, **values: str) -> Reply:
    """Somebody sends the form; people go by their short names."""
    people = {name: str(world.ids[short]) for name, short in values.items()}
    return await world.send_form(person, "away", "", from_on=first, to_on=last, **people)


async def type_word(world: World, person: str, word: str) -> Reply:
    return await world.nodes[0].desk.command(Command(world.who(person), word))


async def test_everybody_says_by_a_word_that_they_will_be_away(world: World) -> None:
    opened = await type_word(world, "cyrus", "away")
    assert isinstance(opened, OpenForm)
    assert [each.name for each in opened.form.fields] == ["from_on", "to_on", "deputy"]
    audit = await world.audit("cyrus")
    said = await say_away(world, "cyrus", "2026-12-28", "2027-01-05", deputy="dinah")
    assert said == Say("Saved. You are away from 28 December 2026 to 5 January 2027. Dinah Cole will stand in.")
    (row,) = world.all(Absence)
    assert (row.person_id, row.deputy_id) == (world.ids["cyrus"], world.ids["dinah"])
    (event,) = world.events("away")
    assert (event.actor_id, event.subject_id) == (world.ids["cyrus"], world.ids["cyrus"])
    await world.advance("2026-11-24 12:00")
    assert world.messages("dinah") == ["covering"]
    assert world.deadline("audit", audit).due_on == audit.due_on


async def test_whoever_is_named_as_deputy_hears_of_it_when_nothing_is_due_yet(world: World) -> None:
    await say_away(world, "cyrus", "2026-12-01", "2026-12-04", deputy="dinah")
    await world.advance("2026-11-24 12:00")
    (notice,) = world.notices("dinah", state="sent")
    assert (notice.message, notice.rule) == ("deputy-named", "OURS-ABS-1")
    card = plain_card(world.cards("dinah")[-1])
    assert card.splitlines()[0] == "You are named as the deputy of Cyrus Patel"
    assert "Cyrus Patel is away from 1 December 2026 to 4 December 2026." in card
    assert "please talk with Cyrus Patel or the Quality Assurance Service" in card


async def test_a_deputy_who_noted_it_or_whom_nobody_named_hears_nothing_of_it(world: World) -> None:
    await say_away(world, "quinn", "2026-12-01", "2026-12-01", who="cyrus", deputy="quinn")
    await say_away(world, "mina", "2026-12-01", "2026-12-01")
    await world.advance("2026-11-24 12:00")
    assert world.notices(message="deputy-named") == []


async def test_who_is_back_before_the_deputy_heard_needs_none(world: World) -> None:
    await say_away(world, "cyrus", "2026-11-23", "2026-11-27", deputy="dinah")
    assert await world.back("cyrus")
    await world.advance("2026-11-24 12:00")
    assert [each.state for each in world.notices("dinah", message="deputy-named")] == ["superseded"]


async def test_without_a_name_the_usual_deputy_stands_in_or_managers_do(world: World) -> None:
    assert "Ade Lawal will stand in." in str(await say_away(world, "mina", "2026-12-01", "2026-12-01"))
    assert "on 1 December 2026. Nobody stands in" in str(await say_away(world, "cyrus", "2026-12-01", "2026-12-01"))


async def test_quality_assurance_says_it_of_anybody_and_an_open_alert_moves(world: World) -> None:
    await world.graded()
    said = await say_away(world, "quinn", "2026-11-20", "2026-11-27", who="mina", deputy="bea")
    assert said == Say("Saved. Mina Sharpe is away from 20 November 2026 to 27 November 2026. Bea Novak will stand in.")
    assert [each.actor_id for each in world.events("away")] == [world.ids["quinn"]]
    await world.forward("4 working hours")
    assert "red-alert-again" in world.messages("bea")
    assert "red-alert-again" not in world.messages("mina")


async def test_whoever_may_say_it_of_anybody_says_of_whom(world: World) -> None:
    said = await say_away(world, "quinn", "2026-12-01", "2026-12-04")
    assert isinstance(said, OpenForm)
    assert set(said.form.errors) == {"who"}
    assert world.all(Absence) == []
    said = await say_away(world, "quinn", "2026-12-01", "2026-12-04", who="quinn")
    assert str(said).startswith("Say(text='Saved. You are away")


async def test_nobody_else_says_it_of_others(world: World) -> None:
    await say_away(world, "mina", "2026-12-01", "2026-12-04", who="ade")
    assert [each.person_id for each in world.all(Absence)] == [world.ids["mina"]]


@pytest.mark.parametrize(
    ("first", "last", "deputy", "fields"),
    [
        ("2026-12-05", "2026-12-01", "bea", {"to_on"}),
        ("2026-12-01", "2026-12-05", "ade", {"deputy"}),
        ("2026-12-18", "2026-12-28", "bea", {"from_on"}),
        ("2028-12-01", "2028-12-05", "bea", {"from_on", "to_on"}),
    ],
)
async def test_what_does_not_fit_is_said_beside_its_field(
    world: World, first: str, last: str, deputy: str, fields: set[str]
) -> None:
    await world.away("ade", "2026-12-21", "2026-12-31")
    reply = await say_away(world, "ade", first, last, deputy=deputy)
    assert isinstance(reply, OpenForm)
    assert set(reply.form.errors) == fields
    assert len(world.all(Absence)) == 1


async def test_an_absence_that_meets_no_other_is_saved_beside_it(world: World) -> None:
    await world.away("ade", "2026-12-21", "2026-12-31")
    assert isinstance(await say_away(world, "ade", "2026-11-30", "2026-12-02", deputy="bea"), Say)
    assert len(world.all(Absence)) == 2


async def test_an_absence_is_taken_out_before_it_begins_and_nobody_is_told_of_it(world: World) -> None:
    await world.audit("cyrus")
    await say_away(world, "cyrus", "2026-12-28", "2027-01-05", deputy="dinah")
    opened = await type_word(world, "cyrus", "back")
    assert isinstance(opened, OpenForm)
    (option,) = opened.form.fields[0].options
    assert option.label == "You: from 28 December 2026 to 5 January 2027"
    assert await world.send_form("cyrus", "back", "", absence=option.value) == Say("Saved. You are not away any more.")
    assert world.all(Absence) == []
    await world.advance("2026-11-24 12:00")
    assert world.messages("dinah") == []
    await say_away(world, "cyrus", "2026-12-28", "2027-01-05", deputy="dinah")
    await world.advance("2026-11-25 12:00")
    assert world.messages("dinah") == ["covering"]


async def test_whoever_was_told_that_they_stand_in_hears_that_they_need_not(world: World) -> None:
    await world.audit("cyrus")
    await say_away(world, "quinn", "2026-12-28", "2027-01-05", who="cyrus", deputy="dinah")
    await world.advance("2026-11-24 12:00")
    assert world.messages("dinah") == ["covering"]
    (row,) = world.all(Absence)
    await world.send_form("quinn", "back", "", absence=str(row.id))
    await say_away(world, "quinn", "2026-12-28", "2027-01-05", who="cyrus", deputy="bea")
    await world.advance("2026-11-25 12:00")
    assert world.messages("dinah") == ["covering", "covering-over"]
    card = plain_card(world.cards("dinah")[-1])
    assert card.splitlines()[0] == "You need not stand in for Cyrus Patel"
    assert "Cyrus Patel is not away from 28 December 2026 to 5 January 2027 after all." in card
    assert world.messages("bea") == ["covering"]


async def test_whoever_is_back_early_tells_of_the_days_that_are_left(world: World) -> None:
    await say_away(world, "cyrus", "2026-11-24", "2026-11-27", deputy="dinah")
    await world.advance("2026-11-25 12:00")
    assert await world.back("cyrus")
    await world.advance("2026-11-26 12:00")
    assert world.messages("dinah") == ["deputy-named", "covering-over"]
    assert "is not away from 25 November 2026 to 27 November 2026" in plain_card(world.cards("dinah")[-1])


async def test_of_a_last_day_that_is_over_by_then_nobody_hears(world: World) -> None:
    await say_away(world, "cyrus", "2026-11-24", "2026-11-26", deputy="dinah")
    await world.advance("2026-11-26 12:00")
    assert await world.back("cyrus")
    await world.advance("2026-11-27 12:00")
    assert world.messages("dinah") == ["deputy-named"]


async def chosen_first(world: World, person: str) -> list[str]:
    """The absence that the form has chosen before anybody has, by its days."""
    opened = await type_word(world, person, "back")
    assert isinstance(opened, OpenForm)
    value = opened.form.values.get("absence")
    return [each.label for each in opened.form.fields[0].options if each.value == value]


async def test_the_only_absence_or_that_of_today_is_chosen_already(world: World) -> None:
    await world.away("cyrus", "2026-12-28", "2027-01-05")
    assert await chosen_first(world, "cyrus") == ["You: from 28 December 2026 to 5 January 2027"]
    assert await chosen_first(world, "quinn") == ["Cyrus Patel: from 28 December 2026 to 5 January 2027"]
    await world.away("cyrus", "2027-02-01", "2027-02-05")
    assert await chosen_first(world, "cyrus") == await chosen_first(world, "quinn") == []
    await world.away("cyrus", "2026-11-20", "2026-11-24")
    assert await chosen_first(world, "cyrus") == ["You: from 20 November 2026 to 24 November 2026"]
    assert await chosen_first(world, "quinn") == []


async def test_whoever_is_back_early_was_away_until_then(world: World) -> None:
    await world.away("ade", "2026-11-16", "2026-11-27", "bea")
    opened = await type_word(world, "quinn", "back")
    assert isinstance(opened, OpenForm)
    assert "Ade Lawal" in opened.form.fields[0].options[0].label
    await world.send_form("quinn", "back", "", absence=opened.form.fields[0].options[0].value)
    (row,) = world.all(Absence)
    assert row.to_on.isoformat() == "2026-11-22"
    assert [each.actor_id for each in world.events("back")] == [world.ids["quinn"]]


async def test_nobody_ends_somebody_elses_absence(world: World) -> None:
    await world.away("ade", "2026-11-16", "2026-11-27", "bea")
    assert "You are not noted as away" in str(await type_word(world, "mina", "back"))
    await world.away("mina", "2026-12-16", "2026-12-18")
    other = next(each for each in world.all(Absence) if each.person_id == world.ids["ade"])
    reply = await world.send_form("mina", "back", "", absence=str(other.id))
    assert isinstance(reply, OpenForm)
    assert len(world.all(Absence)) == 2


def said_of_being_away(card: Card) -> list[tuple[str, list[str]]]:
    """The lines of a home tab that say so, each with its buttons."""
    rows = [each for each in card.blocks if isinstance(each, Row) and "away" in plain(each.text)]
    return [(plain(row.text), [button.label for button in row.buttons]) for row in rows]


async def test_whoever_is_away_reads_until_when_who_stands_in_and_is_back_with_one_button(world: World) -> None:
    desk = world.nodes[0].desk
    await world.away("mina", "2026-11-20", "2026-11-27", "bea")
    said = [
        ("You are away until 27 November 2026. Until then, what is due goes to Bea Novak.", ["I am back"]),
    ]
    assert said_of_being_away(await desk.home(world.who("mina"))) == said
    [row] = await desk.above(world.ids["mina"])
    assert (plain(row.text), [each.label for each in row.buttons]) == said[0]
    for other in ("bea", "quinn"):
        assert said_of_being_away(await desk.home(world.who(other))) == []
        assert await desk.above(world.ids[other]) == []
    opened = await world.press_token("mina", "back", "")
    assert isinstance(opened, OpenForm)
    reply = await world.send_form("mina", "back", "", **opened.form.values)
    assert reply == Say("Saved. You are not away any more.")
    assert said_of_being_away(await desk.home(world.who("mina"))) == []


async def test_what_is_due_goes_to_managers_if_nobody_who_is_there_stands_in(world: World) -> None:
    await world.away("cyrus", "2026-11-23", "2026-11-23")
    (line,) = said_of_being_away(await world.nodes[0].desk.home(world.who("cyrus")))
    assert line[0] == "You are away until 23 November 2026. Until then, what is due goes to managers."
    await world.away("dinah", "2026-11-25", "2026-11-27")
    assert said_of_being_away(await world.nodes[0].desk.home(world.who("dinah"))) == [], "not yet"


async def test_the_button_says_so_to_whoever_is_not_away(world: World) -> None:
    assert "You are not noted as away" in str(await world.press_token("mina", "back", ""))
