"""Whoever owes something hears that its date has passed, and once more, before anybody above does."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import col

from qabot.messaging.card import Card, Heading, Paragraph, Row, plain, plain_card
from qabot.messaging.offers import asks_for_something
from qabot.models import Audit, Notice
from qabot.workflows.cards.draw import cards
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs import moderations
from tests.support.world import World, newham

ABOVE = {"director-of-operations", "slt", "quality-assurance", "head-of-service", "service-manager"}


def told(world: World, person: str, audit: Audit, message: str) -> list[str]:
    """The days on which a message about an audit reached somebody."""
    found = [each for each in world.notices(person, message=message, state="sent") if world.is_about(each, audit)]
    return [f"{each.sent_at:%m-%d}" for each in found if each.sent_at]


@pytest.fixture
async def december(tmp_path: Path) -> AsyncIterator[World]:
    """Its last weeks, with which what is due on the 31st begins to be asked for."""
    made = await World.start(tmp_path, "2026-12-21 10:00")
    yield made
    made.close()


@pytest.mark.parametrize("name", sorted(newham().ladders))
def test_no_ladder_tells_anybody_above_first_of_a_date_that_has_passed(name: str) -> None:
    after = [
        step.to
        for step in newham().ladders[name].steps
        if step.at and step.at.anchors == ("due",) and step.at.count > 0
    ]
    above = [place for place, to in enumerate(after) if ABOVE & set(to)]
    assert not above or [to for to in after[: above[0]] if "owner" in to] == [("owner",)] * 2


async def test_the_owner_hears_the_day_after_and_again_and_then_each_week(december: World) -> None:
    audit = await december.audit("cyrus", due="2026-12-31")
    await december.advance("2027-01-29 18:00")
    assert told(december, "cyrus", audit, "past-date") == ["01-04", "01-07", "01-14", "01-15", "01-21", "01-28"]
    assert told(december, "dara", audit, "open-by-service") == ["01-11", "01-18", "01-25"]
    said = plain_card(december.cards("cyrus")[-1])
    assert f"Practice Learning Review {audit.reference}, case 7199999, Stratford, due 31 December 2026" in said
    assert "you need not explain" in said


async def test_what_has_passed_offers_no_new_date_that_cannot_be_given(world: World) -> None:
    """The meeting's date, a second look and a promise have no button for another day: help is what is always there."""
    audit = await world.graded("red")
    await world.acknowledge("mina", audit)
    await world.advance("2026-12-01 12:00")
    card = world.cards("mina")[-1]
    said = plain_card(card)
    assert f"Date of the Practice Improvement Meeting {audit.reference}" in said
    assert "not-yet" not in {each.action for each in card.all_buttons()}
    assert "more-time" in {each.action for each in card.all_buttons()}
    assert "new date" not in said
    assert "tell us that you need help or more time" in said


async def test_the_daily_message_names_it_whatever_else_it_is_about(december: World) -> None:
    audit = await december.audit("cyrus", due="2026-12-31")
    await december.advance("2027-01-05 08:00")
    other = await december.audit("cyrus", due="2027-03-31")
    await december.advance("2027-01-05 18:00")
    card = plain_card(december.cards("cyrus")[-1])
    assert other.reference in card
    assert f"{audit.reference}, case 7199999, Stratford, due 31 December 2026" in card
    await december.submit(audit)
    await december.tick()
    assert "Submitted by Cyrus Patel" in plain_card(december.cards("cyrus")[-1])
    await december.advance("2027-01-15 18:00")
    assert told(december, "cyrus", audit, "past-date") == ["01-04", "01-05"]


async def test_what_was_taken_over_is_named_to_whoever_has_it(december: World) -> None:
    audit = await december.audit("cyrus", due="2026-12-31")
    await december.advance("2027-01-05 08:00")
    await december.reassign(audit, "dinah")
    await december.advance("2027-01-15 18:00")
    assert told(december, "cyrus", audit, "past-date") == ["01-04"]
    assert told(december, "dinah", audit, "past-date") == ["01-07", "01-14", "01-15"]


async def test_whoever_gave_a_date_is_left_in_peace_until_then_and_the_list_says_it(december: World) -> None:
    audit = await december.audit("cyrus", due="2026-12-31")
    await december.advance("2027-01-04 12:00")
    deadline = december.deadline("audit", audit)

    await december.send_form("cyrus", "not-yet", deadline.token, new_date="2027-01-15")
    await december.advance("2027-01-22 18:00")
    assert told(december, "cyrus", audit, "past-date") == ["01-04", "01-21"]
    listed = [each for each in december.cards("dara") if each.message == "open-by-service"]
    assert "with Cyrus Patel, due 31 December 2026: expected on 15 January 2027" in plain_card(listed[0])
    assert plain_card(listed[0]).casefold().count("expected on 15 january 2027") == 1, "a row says it once"


async def test_their_own_page_says_that_the_date_has_passed(december: World) -> None:
    audit = await december.audit("cyrus", due="2026-12-31")
    await december.advance("2027-01-04 12:00")
    page = plain_card(await december.nodes[0].desk.home(december.who("cyrus")))
    assert f"{audit.reference} (case 7199999), was due 31 December 2026, which has passed" in page


async def test_senior_leaders_get_one_list_a_week_by_service(december: World) -> None:
    mine = await december.audit("cyrus", team="east", due="2026-12-31")
    other = await december.audit("ade", team="beckton", due="2026-12-31")
    third = await december.audit("dinah", team="west", due="2026-12-31")
    await december.advance("2027-01-12 12:00")
    (card,) = [each for each in december.cards("sian") if each.message == "open-by-service"]
    shown = [each for each in card.blocks if isinstance(each, Heading | Row)]
    lines = [each.text if isinstance(each, Heading) else plain(each.text)[:33] for each in shown]
    assert lines == [
        "Children in Care",
        f"Practice Learning Review, {mine.reference}",
        f"Practice Learning Review, {third.reference}",
        "Safeguarding",
        f"Practice Learning Review, {other.reference}",
    ]
    links = [row.buttons[0].url for row in card.blocks if isinstance(row, Row)]
    assert links == [f"http://127.0.0.1:8700/audits/{each.reference}" for each in (mine, third, other)]


async def test_a_meeting_without_a_date_is_the_owners_to_hear_of_first(world: World) -> None:
    audit = await world.graded()
    await world.acknowledge("mina", audit)
    await world.advance("2026-12-11 18:00")
    assert told(world, "mina", audit, "past-date")[:2] == ["12-01", "12-03"]
    assert told(world, "dara", audit, "pim-date") == ["12-07"]


async def looked_again(world: World, audit: Audit) -> None:
    """The Head of Service looks at it again by hand, now."""
    number, hanif = audit.id, world.ids["hanif"]

    def by_hand(unit: Unit) -> bool:
        found = unit.session.get_one(Audit, number)
        return moderations.record(unit, moderations.draw_by_hand(unit, found, hanif), found, "green", by=hanif)

    assert await world.run(by_hand)


async def test_a_moderation_after_the_first_contact_does_not_start_the_three_weeks_again(world: World) -> None:
    audit = await world.graded("green")
    await world.advance("2026-12-15 18:00")
    assert told(world, "sofia", audit, "actions-confirm") == ["12-14"]
    await looked_again(world, audit)
    await world.advance("2026-12-29 18:00")
    assert told(world, "sofia", audit, "actions-second") == ["12-29"]
    assert told(world, "sofia", audit, "actions-confirm") == ["12-14"]


async def test_a_moderation_before_the_first_contact_starts_the_three_weeks(world: World) -> None:
    audit = await world.graded("green")
    await world.advance("2026-12-01 18:00")
    await looked_again(world, audit)
    await world.advance("2026-12-23 18:00")
    assert told(world, "sofia", audit, "actions-confirm") == ["12-22"]


async def test_of_what_is_said_anew_only_the_newest_message_asks_for_something(tmp_path: Path) -> None:
    world = await World.start(tmp_path, "2026-12-28 10:00")
    audit = await world.audit("cyrus", due="2026-12-31")
    await world.advance("2027-01-14 18:00")
    carriers = {each.carrier_id for each in world.notices("cyrus", message="past-date", state="sent")}
    about = world.all(Notice, col(Notice.id).in_(carriers))
    assert len(about) > 2
    *older, newest = await world.run(lambda unit: cards(unit, about))
    assert audit.reference in plain_card(newest)
    assert "not-yet" in {each.action for each in newest.all_buttons()}
    assert not newest.done
    for card in older:
        assert "What is still open of it is in your newest message about it." in plain_card(card)
        assert "not-yet" not in {each.action for each in card.all_buttons()}
        assert not card.done
    assert any(not card.all_buttons() for card in older), "where nothing else is asked there is nothing to press"
    await world.submit(audit, "green")
    for card in await world.run(lambda unit: cards(unit, about)):
        assert "Submitted by Cyrus Patel" in plain_card(card), "what became of it stands on each"
    world.close()


async def inbox(world: World, person: str) -> list[Card]:
    """What somebody's inbox shows now, in the order in which it was sent; of digests as they reached them."""
    reached = {each.carrier_id or each.id: each.sent_at for each in world.notices(person, state="sent")}
    sent = world.all(Notice, col(Notice.id).in_(reached), col(Notice.state) == "sent")
    return await world.run(lambda unit: cards(unit, sorted(sent, key=lambda each: (each.sent_at, each.id))))


def asks_for(card: Card, audit: Audit) -> bool:
    """Whether there is something to press about a review on a card that lists several, or is about it alone."""
    rows = [each for each in card.blocks if isinstance(each, Row) and audit.reference in plain(each.text)]
    buttons = [each for row in rows for each in row.buttons] or [each for each in card.buttons if len(rows) == 1]
    return asks_for_something(each.action for each in buttons if each.url is None)


@pytest.mark.parametrize(
    ("until", "times"),
    [("2026-12-28 18:00", 2), ("2027-01-05 18:00", 3), ("2027-01-08 18:00", 4), ("2027-01-22 18:00", 7)],
)
async def test_of_messages_of_any_name_about_one_thing_only_the_newest_asks(
    december: World, until: str, times: int
) -> None:
    """A first reminder, the list of what is past its date, "no answer yet": one thing to do, not three."""
    audit = await december.audit("cyrus", due="2026-12-31")
    await december.advance(until)
    seen = await inbox(december, "cyrus")
    assert len(seen) == times
    assert [asks_for(each, audit) for each in seen] == [*[False] * (times - 1), True]
    await december.submit(audit, "green")
    seen = await inbox(december, "cyrus")
    assert not any(asks_for(each, audit) for each in seen), "what is done is asked nowhere"
    assert all("Submitted by Cyrus Patel" in plain_card(each) for each in seen)


async def test_what_was_said_again_leads_to_where_it_is_asked(december: World) -> None:
    audit = await december.audit("cyrus", due="2026-12-31")
    await december.advance("2027-01-05 18:00")
    *older, newest = await inbox(december, "cyrus")
    runs = [run for card in older for block in card.blocks if isinstance(block, Paragraph) for run in block.text]
    token = next(run.href for run in runs if run.href).rpartition("/")[2]
    shown = await december.nodes[0].desk.card(token, december.ids["cyrus"])
    assert shown.title == newest.title
    assert audit.reference in plain_card(shown)


async def test_a_line_that_was_said_again_keeps_the_others_of_its_message(december: World) -> None:
    """Of two that were asked in one message, one is asked again: the other one is still asked there."""
    first, other = await december.audit("cyrus", due="2026-12-31"), await december.audit("cyrus", due="2026-12-31")
    await december.advance("2027-01-04 12:00")
    await december.send_form("cyrus", "not-yet", december.deadline("audit", other).token, new_date="2027-01-15")
    await december.advance("2027-01-08 18:00")
    *_, both, newest = await inbox(december, "cyrus")
    assert asks_for(newest, first)
    assert other.reference not in plain_card(newest), "a date is given for it"
    rows = {plain(each.text): each for each in both.blocks if isinstance(each, Row)}
    (again,) = [row for said, row in rows.items() if first.reference in said]
    (still,) = [row for said, row in rows.items() if other.reference in said]
    assert plain(again.text).endswith(": said again since then")
    assert not again.buttons
    assert still.buttons


async def drawn(world: World, person: str, message: str) -> list[Card]:
    """What a page shows now of this message's copies, in order."""
    sent = world.notices(person, message=message, state="sent")
    return await world.run(lambda unit: cards(unit, sent))


async def test_a_reminder_leaves_one_card_to_act_on(world: World) -> None:
    audit = await world.graded("red")
    await world.acknowledge("mina", audit)
    await world.advance("2026-11-30 12:00")
    first, second = await drawn(world, "mina", "pim-date")
    assert "said this again since then" in plain_card(first)
    assert not first.all_buttons()
    assert "answer" in {each.action for each in second.all_buttons()}
    values = {"meeting-date": "2026-12-08", "chair": str(world.ids["hanif"])}
    await world.send_form("mina", "answer", world.deadline("pim-date", audit).token, **values)
    for each in await drawn(world, "mina", "pim-date"):
        assert "Meeting on 8 December 2026" in plain_card(each), "what is over is no longer asked anywhere"
