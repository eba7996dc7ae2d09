"""A button under a list is about all of the list; what only the auditor can say is offered to nobody else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import col, select

from qabot.adapter import OpenForm, Reply, Say, ShowCard
from qabot.framework.calendar import LONDON
from qabot.messaging.card import Card, plain_card
from qabot.models import Audit, Deadline, ListLine, Notice
from qabot.workflows.cards import draw
from qabot.workflows.core.unit import Unit
from tests.support.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await World.start(tmp_path, "2026-10-12 10:00")
    yield made
    made.close()


async def reminded(world: World, count: int = 2) -> list[Audit]:
    """Cyrus has some reviews, and the reminder of 15 October has come for all of them in one card."""
    audits = [await world.audit("cyrus") for _ in range(count)]
    await world.advance("2026-10-15 10:00")
    return audits


def shown(world: World, person: str) -> Card:
    return [each.card for each in world.chat.copies.values() if each.person_id == world.ids[person]][-1]


def labels(card: Card) -> list[str]:
    return [button.label for button in card.all_buttons()]


async def press(world: World, person: str, action: str) -> Reply:
    button = next(each for each in shown(world, person).all_buttons() if each.action == action)
    return await world.press_token(person, action, button.token)


async def test_a_reminder_of_one_review_names_it_on_every_button(world: World) -> None:
    [audit] = await reminded(world, 1)
    assert labels(shown(world, "cyrus")) == [
        f"Submit grades for {audit.reference}",
        f"Not yet: {audit.reference}",
        f"Remind me later: {audit.reference}",
        f"I need help or more time: {audit.reference}",
    ]


async def test_the_buttons_under_several_reviews_name_none_of_them(world: World) -> None:
    await reminded(world)
    assert labels(shown(world, "cyrus"))[-2:] == ["Remind me later", "I need help or more time"]


async def test_one_press_puts_off_the_whole_list_and_every_row_says_so(world: World) -> None:
    audits = await reminded(world)
    form = await press(world, "cyrus", "snooze")
    assert isinstance(form, OpenForm)
    assert (
        form.form.intro == "Choose when to hear from us again about these 2 tasks. They stay due on 31 December 2026."
    )
    reply = await world.send_form("cyrus", "snooze", form.form.token, until="next working day")
    assert isinstance(reply, ShowCard)
    assert reply.say == "We will remind you on 16 October 2026 at 9:30am."
    await world.tick()
    for card in (reply.card, shown(world, "cyrus")):
        assert plain_card(card).count("Put off by Cyrus Patel until 16 October 2026 at 9:30am.") == len(audits)
        assert "Remind me later" in labels(card)
    assert {each.snoozes for each in (world.deadline("audit", audit) for audit in audits)} == {1}
    assert {str(world.deadline("audit", audit).due_on) for audit in audits} == {"2026-12-31"}
    await world.advance("2026-10-16 10:00")
    again = plain_card(shown(world, "cyrus"))
    assert "2 Practice Learning Reviews still to do" in again
    assert again.count("You asked to hear of this again.") == 2
    assert "Put off by" not in again


async def test_what_was_put_off_twice_has_no_such_button_any_more(world: World) -> None:
    [audit] = await reminded(world, 1)
    for day in ("2026-10-16 10:00", "2026-10-19 10:00"):
        form = await press(world, "cyrus", "snooze")
        assert isinstance(form, OpenForm)
        await world.send_form("cyrus", "snooze", form.form.token, until="next working day")
        await world.advance(day)
    assert f"Remind me later: {audit.reference}" not in labels(shown(world, "cyrus"))


async def test_the_dates_that_differ_are_not_named_and_the_first_sets_the_choices(world: World) -> None:
    """The lists of the week before both are due come on one day, because of the bank holidays."""
    await world.jump("2026-12-22 10:00")
    for due in ("2026-12-31", "2027-01-04"):
        await world.audit("cyrus", due=due)
    await world.advance("2026-12-28 10:00")
    form = await press(world, "cyrus", "snooze")
    assert isinstance(form, OpenForm)
    assert form.form.intro == "Choose when to hear from us again about these 2 tasks. The dates stay as they are."
    assert [each.value for each in form.form.fields[0].options] == ["next working day"]


async def test_help_under_a_list_is_asked_for_all_that_is_still_open(world: World) -> None:
    first, second, third = await reminded(world, 3)
    await world.submit(first)
    await world.tick()
    assert "I need help or more time" in labels(shown(world, "cyrus"))
    await press(world, "cyrus", "more-time")
    asked = world.notices("marcus", message="help-asked")
    assert {each.subject_id for each in asked} == {second.id, third.id}
    assert {each.subject_id for each in world.events("help-asked")} == {second.id, third.id}
    assert world.deadline("audit", second).replied_at is not None


async def test_whoever_is_only_told_of_a_review_is_not_asked_for_its_grades(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-12-24 12:00")
    assert f"Submit grades for {audit.reference}" in labels(shown(world, "cyrus"))
    assert labels(shown(world, "marcus")) == [f"I need help or more time: {audit.reference}"]
    told = world.notices("marcus", message="outstanding-list")[0]
    refused = await world.press_token("marcus", "snooze", told.token)
    assert refused == Say("This is no longer waiting for you. Thank you.")


async def test_what_one_has_put_off_no_other_takes_over(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit)
    await world.advance("2026-11-03 12:00")
    for person in ("sofia", "ade"):
        form = await world.press(person, "snooze", audit, kind="actions")
        assert isinstance(form, OpenForm)
        reply = await world.send_form(person, "snooze", form.form.token, until="in a week")
    assert reply == Say("Sofia Brandt has put this off until 10 November 2026 at 9:30am, so it stays as it is.")
    await world.tick()
    for person in ("sofia", "ade"):
        assert "Put off by Sofia Brandt until 10 November 2026 at 9:30am." in plain_card(shown(world, person))
    assert world.deadline("actions", audit).snoozed_by_id == world.ids["sofia"]
    await world.advance("2026-11-10 12:00")
    sent = [each.sent_at for each in world.notices("sofia", message="actions-confirm") if each.sent_at]
    assert [f"{each.astimezone(LONDON):%m-%d %H:%M}" for each in sent] == ["11-02 09:30", "11-10 09:30"]


async def test_a_new_date_is_seen_on_every_copy(world: World) -> None:
    [audit] = await reminded(world, 1)
    await world.send_form("cyrus", "not-yet", world.deadline("audit", audit).token, new_date="2026-11-05")
    await world.tick()
    card = plain_card(shown(world, "cyrus"))
    assert "Expected on 5 November 2026." in card
    assert "Put off by" not in card
    await world.advance("2026-11-05 10:00")
    assert "You gave us 5 November 2026 for this." in plain_card(shown(world, "cyrus"))


async def past(world: World, count: int = 2) -> list[Audit]:
    """Cyrus has some reviews that were due on 31 December. New work is told on 13 January, and they stand beside it."""
    await world.jump("2026-12-28 10:00")
    audits = [await world.audit("cyrus", due="2026-12-31") for _ in range(count)]
    await world.advance("2027-01-12 18:00")
    await world.audit("cyrus", due="2027-03-31")
    await world.advance("2027-01-13 18:00")
    assert {each.deadline_id for each in world.lines("cyrus", slot="2027-01-13", message="past-date")} == {
        world.deadline("audit", each).id for each in audits
    }
    return audits


async def test_a_button_of_a_line_knows_its_list_and_the_list_is_drawn_again(world: World) -> None:
    first, second = await past(world)
    form = await press(world, "cyrus", "not-yet")
    assert isinstance(form, OpenForm)
    tokens = {each.token for each in world.all(ListLine)}
    assert form.form.token in tokens
    reply = await world.send_form("cyrus", "not-yet", form.form.token, new_date="2027-01-20")
    assert isinstance(reply, ShowCard)
    said = plain_card(reply.card)
    assert first.reference in said
    assert second.reference in said
    assert said.count("Expected on 20 January 2027") == 1


async def test_a_button_under_what_is_past_its_date_is_about_all_of_it(world: World) -> None:
    audits = await past(world, 3)
    every = shown(world, "cyrus").all_buttons()
    (of_all,) = [each.token for each in every if each.label == "I need help or more time"]
    await world.press_token("cyrus", "more-time", of_all)
    asked = world.notices("marcus", message="help-asked")
    assert {each.subject_id for each in asked} == {each.id for each in audits}


async def test_a_line_is_somebody_elses_for_everybody_else(world: World) -> None:
    await past(world)
    line = next(each for each in world.all(ListLine) if each.slot == "2027-01-13")
    assert line.token is not None
    assert await world.press_token("wanda", "not-yet", line.token) == Say(
        "This message is for somebody else, so nothing was changed."
    )


async def test_a_line_of_an_older_version_is_pressed_by_its_deadline(world: World) -> None:
    await past(world, 1)

    def forget(unit: Unit) -> None:
        for each in unit.session.exec(select(ListLine)):
            each.token = None
            unit.session.add(each)

    await world.run(forget)
    line = world.lines("cyrus")[-1]
    shown_by = await world.run(lambda unit: draw.cards(unit, [unit.session.get_one(Notice, line.id)], whole=True)[0])
    deadline = world.all(Deadline, col(Deadline.id) == line.deadline_id)[0]
    assert deadline.token in {button.token for button in shown_by.all_buttons()}
    assert isinstance(await world.press_token("cyrus", "not-yet", deadline.token), OpenForm)
