"""What is undone, or done once more, before its daily message has gone: nobody reads what no longer holds."""

from datetime import date

from sqlmodel import col

from qabot.messaging.card import plain_card
from qabot.models import Audit, Deadline, Notice
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs import easing, handing_over
from tests.support.councils import Start
from tests.support.world import World
from tests.unit.workflows.test_correcting import correct
from tests.unit.workflows.test_letting_off import OWED, check
from tests.unit.workflows.test_undoing import press_undo


async def hand_over(world: World, audit: Audit, *people: str) -> None:
    for person in people:
        await world.send_form("quinn", "reassign", audit.reference, to=str(world.ids[person]))


async def pass_on(world: World, *people: str) -> None:
    """Whatever is owed by name goes from one to the next."""
    number = check(world).id
    for person in people:

        def move(unit: Unit, to: str = person) -> str:
            deadline = unit.session.get_one(Deadline, number)
            staff = unit.directory.people
            return handing_over.hand_over(unit, deadline, staff[world.ids[to]], by=staff[world.ids["quinn"]])

        await world.run(move)
        await world.forward("1 minute")


async def extend(world: World, *days: date) -> None:
    number = check(world).id
    for day in days:

        def later(unit: Unit, to: date = day) -> str:
            deadline = unit.session.get_one(Deadline, number)
            return easing.extend(unit, deadline, to, "away", by=unit.directory.people[world.ids["mina"]])

        await world.run(later)
        await world.forward("1 minute")


def titles(world: World, person: str) -> list[str]:
    """What the news in somebody's messages said, in order."""
    sent = world.notices(person, state="sent")
    return [each.params["title"] for each in sent if each.message == "duty-news"]


async def test_work_that_comes_back_before_anybody_was_told_is_told_once_and_to_whose_it_is(world: World) -> None:
    audit = await world.audit("cyrus")
    await hand_over(world, audit, "dinah", "cyrus")
    await world.forward("1 working day")
    assert world.messages("cyrus") == ["review-allocated"]
    assert world.messages("dinah") == []


async def test_work_that_comes_back_to_whoever_has_heard_of_it_is_no_news(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 12:00")
    await hand_over(world, audit, "dinah", "cyrus")
    await world.forward("2 working days")
    assert world.messages("cyrus") == ["review-allocated"]
    assert world.messages("dinah") == []
    assert "submit-grades" in [each.action for each in world.cards("cyrus")[-1].all_buttons()]


async def test_work_that_goes_on_at_once_is_with_whoever_has_it_now(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 12:00")
    await hand_over(world, audit, "dinah", "marcus")
    await world.forward("1 working day")
    assert world.messages("cyrus") == ["review-allocated", "no-longer-yours"]
    assert "Marcus Reid does it now." in plain_card(world.cards("cyrus")[-1])
    assert world.messages("dinah") == []
    assert "review-allocated" in world.messages("marcus")


async def test_work_that_goes_away_again_before_it_is_known_to_be_back_is_said_once(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 12:00")
    await hand_over(world, audit, "dinah")
    await world.forward("1 working day")
    await hand_over(world, audit, "cyrus", "dinah")
    await world.forward("2 working days")
    assert world.messages("cyrus") == ["review-allocated", "no-longer-yours"]
    assert world.messages("dinah") == ["review-allocated"]


async def test_work_that_is_withdrawn_before_anybody_was_told_of_it_is_no_news(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.send_form("quinn", "withdraw", audit.reference, why="mistake", sure=True)
    await world.forward("2 working days")
    assert world.messages("cyrus") == []


async def test_what_else_is_owed_goes_and_comes_back_in_the_same_way(start: Start) -> None:
    world = await start(OWED)
    await world.graded("green", actions=False)
    await world.forward("2 working days")
    before = world.messages("ade")
    await pass_on(world, "bea", "ade")
    await world.forward("1 working day")
    assert world.messages("ade") == before
    assert titles(world, "bea") == []
    await pass_on(world, "bea", "dinah")
    await world.forward("1 working day")
    assert titles(world, "ade") == ["No longer yours, with Dinah Cole now: Check the file"]
    assert titles(world, "bea") == []
    await pass_on(world, "ade", "dinah")
    await world.forward("1 working day")
    assert len(titles(world, "ade")) == 1, "they have heard that it is not theirs"


async def test_of_two_later_dates_on_one_day_the_newest_is_told(start: Start) -> None:
    world = await start(OWED)
    await world.graded("green", actions=False)
    await world.forward("2 working days")
    await extend(world, date(2026, 12, 21), date(2027, 1, 8))
    await world.forward("1 working day")
    assert titles(world, "ade") == ["There is more time, until 8 January 2027: Check the file"]


async def test_more_time_is_no_news_for_whoever_owes_it_no_more(start: Start) -> None:
    world = await start(OWED)
    await world.graded("green", actions=False)
    await world.forward("2 working days")
    await extend(world, date(2026, 12, 21))
    await pass_on(world, "bea")
    await world.forward("1 working day")
    assert titles(world, "ade") == ["No longer yours, with Bea Novak now: Check the file"]


async def test_more_time_is_no_news_once_nothing_is_owed(start: Start) -> None:
    world = await start(OWED)
    await world.graded("green", actions=False)
    await world.forward("2 working days")
    await extend(world, date(2026, 12, 21))
    number = check(world).id

    def let_off(unit: Unit) -> str:
        deadline = unit.session.get_one(Deadline, number)
        return easing.let_off(unit, deadline, "away", by=unit.directory.people[world.ids["mina"]])

    await world.run(let_off)
    await world.forward("1 working day")
    assert titles(world, "ade") == ["You need not do this any more: Check the file"]


async def test_of_two_corrections_on_one_day_the_newest_is_told(world: World) -> None:
    audit = await world.graded("amber", actions=False)
    await world.advance("2026-11-24 12:00")
    await correct(world, "cyrus", audit, "green")
    await world.forward("1 minute")
    await correct(world, "cyrus", audit, "amber")
    await world.forward("1 working day")
    told = [each.recipient_id for each in world.notices(message="grades-corrected", state="sent")]
    assert told
    assert len(told) == len(set(told))


async def test_a_case_that_a_deputy_gives_back_and_takes_back_is_with_its_auditor_as_before(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 12:00")

    def ask(unit: Unit) -> None:
        row = unit.session.get_one(Audit, audit.id)
        row.asked_by_id = world.ids["quinn"]
        unit.session.add(row)

    await world.run(ask)
    await world.away("cyrus", "2026-11-24", "2026-11-26", "bea")
    token = world.all(Notice, col(Notice.recipient_id) == world.ids["cyrus"])[0].token
    reply = await world.press_token("bea", "know-case", token)
    assert "taken back" in await press_undo(world, "bea", reply)
    await world.advance("2026-11-30 12:00")
    assert "no-longer-yours" not in world.messages("cyrus")
