"""What one press did can be taken back for five minutes: truly, and those who heard of it hear so."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from qabot.adapter import Command, OpenForm, Reply, Say
from qabot.messaging.card import plain_card
from qabot.models import Alert, Audit, Case, CaseInvolvement, Deadline, Draw, HelpRequest, Notice, NoticeState
from qabot.workflows.access import owing
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import withdrawing
from tests.support.councils import Start
from tests.support.faulty import Fault
from tests.support.world import World
from tests.unit.workflows.test_correcting import correct
from tests.unit.workflows.test_duties import TWO_ALERTS


def undo_of(reply: Reply) -> tuple[str, str]:
    """The action and token of the button under what was said."""
    assert not isinstance(reply, OpenForm)
    [button] = reply.buttons
    assert button.label.startswith("Undo: ")
    return button.action, button.token


async def press_undo(world: World, person: str, reply: Reply) -> str:
    said = await world.press_once(person, *undo_of(reply))
    assert isinstance(said, Say)
    return said.text


async def write(world: World, person: str, word: str) -> str:
    reply = await world.nodes[0].desk.command(Command(world.who(person), word))
    assert isinstance(reply, Say)
    return reply.text


def case_of(world: World, audit: Audit) -> Audit:
    return world.all(Audit, col(Audit.id) == audit.id)[0]


def newest(world: World, person: str) -> str:
    return plain_card(world.cards(person)[-1])


# -- an alert that was passed on --------------------------------------------------------------------------------------


async def test_an_alert_that_was_passed_on_by_a_slip_waits_for_its_person_again(world: World) -> None:
    audit = await world.graded()
    reply = await world.press("mina", "not-me", audit, kind="alert")
    await world.tick()
    assert "acknowledge" in [each.action for each in world.cards("ade")[-1].buttons]
    said = await press_undo(world, "mina", reply)
    assert said == f"This is taken back: the alert {audit.reference} waits for you again. Ade Lawal hears of it."
    await world.tick()
    mine, theirs = world.cards("mina")[-1], world.cards("ade")
    assert [each.action for each in mine.buttons] == ["acknowledge", "not-me", "open-record"]
    assert "passed on" not in plain_card(mine)
    assert theirs[-2].done
    assert theirs[-2].buttons == ()
    assert "Mina Sharpe took this back on 23 November 2026" in plain_card(theirs[-2])
    assert "told us “I am not the right person”" in plain_card(theirs[-1])

    async def waits(person: str) -> bool:
        found = await world.run(lambda unit: owing.owed(unit, world.ids[person]))
        return any(each.kind == "alert" for each in found)

    assert await waits("mina")
    assert not await waits("ade")
    assert [each.why for each in world.events("taken-back")] == ["I am not the right person"]
    await world.press("mina", "not-me", audit, kind="alert")
    await world.tick()
    assert await waits("ade"), "it can be passed on once more, and says so"
    assert "acknowledge" in [each.action for each in world.cards("ade")[-1].buttons]


async def test_what_is_taken_back_twice_is_said_twice(world: World) -> None:
    """SQLite gives the receipt of the second time the number of the first."""
    audit = await world.graded()
    for times in (1, 2):
        reply = await world.press("mina", "not-me", audit, kind="alert")
        await world.tick()
        assert "Ade Lawal hears of it" in await press_undo(world, "mina", reply)
        await world.tick()
        assert world.messages("ade").count("taken-back") == times
        world.clock.set(world.later("1 minute"))


async def test_what_somebody_has_taken_on_meanwhile_stays_with_them(world: World) -> None:
    audit = await world.graded()
    reply = await world.press("mina", "not-me", audit, kind="alert")
    await world.tick()
    await world.acknowledge("ade", audit)
    assert "Ade Lawal has taken this alert on meanwhile" in await press_undo(world, "mina", reply)
    assert world.events("taken-back") == []
    assert world.deadline("alert", audit, state="met").closed_by_id == world.ids["ade"]


async def test_an_alert_that_is_not_sent_yet_is_told_to_nobody(world: World) -> None:
    audit = await world.graded()
    reply = await world.press("mina", "not-me", audit, kind="alert")
    assert "hears of it" not in await press_undo(world, "mina", reply)
    await world.tick()
    assert world.messages("ade") == []


# -- help -------------------------------------------------------------------------------------------------------------


async def test_help_that_was_asked_for_by_a_slip_is_asked_of_nobody(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 12:00")
    reply = await world.press("cyrus", "more-time", audit)
    assert "nobody is asked for help" in await press_undo(world, "cyrus", reply)
    await world.advance("2026-11-25 12:00")
    assert world.notices("marcus", message="help-asked", state="sent") == []
    assert "taken-back" not in world.messages("marcus")
    assert world.deadline("audit", audit).replied_at is None
    await world.press("cyrus", "more-time", audit)
    await world.advance("2026-11-26 12:00")
    assert "[Answer: QA-1001]" in newest(world, "marcus")


async def test_whoever_heard_of_it_hears_that_it_was_taken_back(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 09:28")
    reply = await world.press("cyrus", "more-time", audit)
    await world.advance("2026-11-24 09:31")
    assert "help-asked" in world.messages("marcus")
    assert "Marcus" in await press_undo(world, "cyrus", reply)
    await world.tick()
    told = plain_card(next(each for each in world.cards("marcus") if each.message == "help-asked"))
    assert "took this back" in told
    assert "[Answer" not in told
    assert "“I need help or more time”" in newest(world, "marcus")
    form = await world.press("marcus", "help-answer", audit)
    assert "OpenForm" not in str(form)


async def test_what_was_answered_meanwhile_is_not_taken_back(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 09:28")
    reply = await world.press("cyrus", "more-time", audit)
    await world.advance("2026-11-24 09:31")
    token = world.notices("marcus", message="help-asked")[0].token
    await world.send_form("marcus", "help-answer", token, answer="talked")
    assert "answered meanwhile" in await press_undo(world, "cyrus", reply)
    assert world.all(HelpRequest)[-1].answer == "talked"


# -- a case -----------------------------------------------------------------------------------------------------------


async def test_a_case_that_was_given_back_by_a_slip_comes_back(quarter: World) -> None:
    audit = next(each for each in quarter.all(Audit) if quarter.name(each.auditor_id) == "dinah")
    token = quarter.card_about("dinah", audit).token
    known = len(quarter.all(CaseInvolvement))
    reply = await quarter.press_token("dinah", "know-case", token)
    given = case_of(quarter, audit).case_reference
    assert given not in (None, audit.case_reference)
    assert f"about case {audit.case_reference}" in await press_undo(quarter, "dinah", reply)
    now = case_of(quarter, audit)
    for name in ("case_reference", "team_id", "practitioner_id", "in_line"):
        assert getattr(now, name) == getattr(audit, name)
    assert quarter.deadline("audit", audit).practitioner_id == audit.practitioner_id
    assert len(quarter.all(CaseInvolvement)) == known
    await quarter.forward("1 working day")
    assert str(given) not in "\n".join(plain_card(each) for each in quarter.cards("dinah"))
    again = await quarter.press_token("dinah", "know-case", token)
    assert "already" not in str(again)
    assert case_of(quarter, audit).case_reference == given
    assert len([each for each in quarter.all(Draw) if each.purpose.startswith("again:")]) == 2
    await quarter.forward("1 working day")
    assert str(given) in newest(quarter, "dinah")


async def test_a_case_that_went_to_somebody_else_meanwhile_stays_there(quarter: World) -> None:
    audit, other = (
        next(each for each in quarter.all(Audit) if quarter.name(each.auditor_id) == n) for n in ("dinah", "ade")
    )
    reply = await quarter.press("dinah", "know-case", audit)
    with quarter.nodes[0].store.transaction() as session:
        session.get_one(Audit, other.id).case_reference = audit.case_reference
    assert "has gone to somebody else meanwhile" in await press_undo(quarter, "dinah", reply)
    assert case_of(quarter, audit).case_reference != audit.case_reference


async def test_where_no_case_was_left_nobody_looks_for_one(quarter: World) -> None:
    audit = next(each for each in quarter.all(Audit) if quarter.name(each.auditor_id) == "dinah")
    with quarter.nodes[0].store.transaction() as session:
        for case in quarter.all(Case):
            session.add(CaseInvolvement(case_id=case.id, person_id=quarter.ids["dinah"]))
    reply = await quarter.press("dinah", "know-case", audit)
    assert case_of(quarter, audit).case_reference is None
    waiting = col(Notice.message) == "no-case"
    assert [each.state for each in quarter.all(Notice, waiting)] == ["planned"] * 2
    await press_undo(quarter, "dinah", reply)
    assert [each.state for each in quarter.all(Notice, waiting)] == ["superseded"] * 2
    assert case_of(quarter, audit).case_reference == audit.case_reference


async def test_what_was_held_back_by_hand_is_held_back_still(world: World) -> None:
    audit = await world.audit("cyrus")

    def hold(unit: Unit) -> int:
        unit.notify("duty", world.ids["cyrus"], rule="", subject=("audit", audit.id), key="held", reason="it is owed")
        notice = unit.session.exec(select(Notice).where(Notice.key == "held")).one()
        notice.state, notice.held_by_id = NoticeState.held, world.ids["quinn"]
        unit.session.add(notice)
        return notice.id

    held = await world.run(hold)

    def there_and_back(unit: Unit) -> None:
        row = unit.session.get_one(Audit, audit.id)
        waiting = {str(number): reason for number, reason in withdrawing.waiting_about(unit, row)}
        withdrawing.withdraw(unit, row, "Whoever had it knows the case", by=world.ids["cyrus"])
        unit.session.flush()
        withdrawing.bring_back(unit, row, unit.now, waiting)

    await world.run(there_and_back)
    assert [each.state for each in world.all(Notice, col(Notice.id) == held)] == ["held"]


# -- when and how often -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by_word", [False, True])
async def test_after_five_minutes_it_stands_and_says_what_to_do_instead(world: World, by_word: bool) -> None:
    audit = await world.graded()
    reply = await world.press("mina", "not-me", audit, kind="alert")
    await world.advance(world.clock.now() + timedelta(minutes=5, seconds=1))
    said = await write(world, "mina", "undo") if by_word else await press_undo(world, "mina", reply)
    assert said.startswith("This was more than five minutes ago, so it stands")
    assert "talk with whoever has it now" in said
    assert world.events("taken-back") == []


async def test_the_word_takes_back_the_last_thing_once(world: World) -> None:
    audit = await world.graded()
    assert "nothing that you could undo" in await write(world, "mina", "undo")
    reply = await world.press("mina", "not-me", audit, kind="alert")
    await world.advance(world.clock.now() + timedelta(minutes=5))
    assert "waits for you again" in await write(world, "mina", "undo")
    assert "already" in await write(world, "mina", "undo")
    assert "already" in await press_undo(world, "mina", reply)
    assert len(world.events("taken-back")) == 1


async def test_nobody_takes_back_what_somebody_else_did(world: World) -> None:
    audit = await world.graded()
    reply = await world.press("mina", "not-me", audit, kind="alert")
    assert "nothing that you could undo" in await press_undo(world, "hanif", reply)
    assert "nothing that you could undo" in await write(world, "hanif", "undo")
    for action in ("undo:x", "undo:9999999999999999999999", "undo:0"):
        said = await world.press_once("mina", action, undo_of(reply)[1])
        assert "nothing that you could undo" in str(said)
    assert world.events("taken-back") == []
    assert world.all(Deadline)


async def test_an_alert_that_was_acknowledged_by_a_slip_waits_again_and_climbs(world: World) -> None:
    audit = await world.graded("red")
    reply = await world.acknowledge("mina", audit)
    assert "the alert waits to be acknowledged again" in await press_undo(world, "mina", reply)
    assert world.deadline("alert", audit).state == "open"
    assert [each.acknowledged_at for each in world.all(Alert)] == [None]
    before = world.messages("hanif").count("red-alert-again")
    await world.forward("1 working day")
    assert world.messages("hanif").count("red-alert-again") > before
    await world.acknowledge("hanif", audit)
    await world.tick()
    assert "Acknowledged by Hanif" in str([plain_card(each) for each in world.cards("mina")])


async def test_an_acknowledgement_stands_after_five_minutes(world: World) -> None:
    audit = await world.graded("red")
    reply = await world.acknowledge("mina", audit)
    await world.forward("6 minutes")
    assert "it stands" in await press_undo(world, "mina", reply)
    assert world.deadline("alert", audit, state="met")


async def test_of_two_alerts_the_first_is_seen_no_more_though_somebody_else_saw_the_last(start: Start) -> None:
    world = await start(TWO_ALERTS)
    audit = await world.graded("red", immediate=True)
    reply = await world.acknowledge("mina", audit)
    await world.press("dara", "acknowledge", audit, kind="worry")
    assert [each.acknowledged_by_id for each in world.all(Alert)] == [world.ids["dara"]]
    assert "the alert waits to be acknowledged again" in await press_undo(world, "mina", reply)
    assert [each.acknowledged_at for each in world.all(Alert)] == [None], "one of its duties is open again"
    refused = await world.send_form("quinn", "withdraw", audit.reference, why="mistake", sure=True)
    assert isinstance(refused, Say)
    assert "has not been acknowledged yet" in refused.text
    assert world.deadline("alert", audit).state == "open"


async def test_whoever_had_not_heard_of_an_alert_when_it_was_acknowledged_by_a_slip_hears_of_it(world: World) -> None:
    audit = await world.audit("cyrus")
    world.fail(Fault.busy)
    await world.submit(audit, "red")
    await world.tick()
    [late] = [each for each in world.notices(message="red-alert") if each.state == NoticeState.planned]
    [first] = {"mina", "hanif"} - {world.name(late.recipient_id)}
    reply = await world.acknowledge(first, audit)
    await world.forward("2 minutes")
    assert world.messages(world.name(late.recipient_id)) == []
    await press_undo(world, first, reply)
    await world.tick()
    assert world.messages(world.name(late.recipient_id)) == ["red-alert"]


async def test_an_alert_that_was_raised_again_meanwhile_waits_once(world: World) -> None:
    audit = await world.graded("green", immediate=True)
    reply = await world.acknowledge("mina", audit)
    await correct(world, "quinn", audit, "red")
    assert world.deadline("alert", audit)
    said = await press_undo(world, "mina", reply)
    assert said == "This alert was raised again since, and waits to be acknowledged. Nothing was changed."
    alerts = [each.state for each in world.all(Deadline, col(Deadline.kind) == "alert")]
    assert alerts == ["met", "open"], "nobody is told twice of one thing"


async def test_of_an_alert_that_was_withdrawn_meanwhile_nobody_is_said_to_have_taken_it_on(world: World) -> None:
    audit = await world.graded("red")
    reply = await world.press("mina", "not-me", audit, kind="alert")
    await world.send_form("quinn", "withdraw-alert", audit.reference, why="grade", sure=True)
    said = await press_undo(world, "mina", reply)
    assert "taken this alert on" not in said
    assert "Withdrawn: the grades were taken down wrong by Quinn Marsh" in said


async def test_an_acknowledgement_of_what_was_withdrawn_meanwhile_stands(world: World) -> None:
    audit = await world.graded("red")
    reply = await world.acknowledge("mina", audit)

    def withdrawn(unit: Unit) -> bool:
        return withdrawing.withdraw(
            unit, unit.session.get_one(Audit, audit.id), "It was given twice.", by=world.ids["quinn"]
        )

    assert await world.run(withdrawn)
    said = await press_undo(world, "mina", reply)
    assert said.startswith("The work that it was about was withdrawn meanwhile")
    assert not world.all(Deadline, col(Deadline.kind) == "alert", col(Deadline.state) == "open")
