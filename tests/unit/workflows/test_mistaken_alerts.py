"""An alert that was raised by mistake is withdrawn with a reason: everybody who got it hears so, and it stays."""

from qabot.adapter import Command, OpenForm, Say
from qabot.messaging.card import plain_card
from qabot.models import Alert, Audit, Deadline
from tests.support.world import World

WHY = "The grades were taken down wrong"
GREEN = {"manager-overall": "green", "actions": "no", "immediate": False}


async def withdraw(world: World, audit: Audit, *, by: str = "quinn", why: str = "grade") -> str:
    reply = await world.send_form(by, "withdraw-alert", audit.reference, why=why, sure="yes")
    return str(reply)


async def typed(world: World, person: str, rest: str) -> OpenForm | Say:
    reply = await world.nodes[0].desk.command(Command(world.who(person), "withdraw-alert", rest))
    assert isinstance(reply, OpenForm | Say)
    return reply


def states(world: World) -> dict[str, str]:
    return {each.kind: each.state for each in world.all(Deadline)}


async def test_everybody_who_got_it_hears_why_and_nobody_is_asked_again(world: World) -> None:
    audit = await world.graded("red")
    await world.forward("1 working day")
    got = {name for name in ("mina", "hanif", "ade", "dara") if "red-alert" in str(world.messages(name))}
    assert {"mina", "hanif"} <= got
    said = await withdraw(world, audit)
    assert f"The alert about {audit.reference} is withdrawn." in said
    await world.forward("2 working days")
    before = {name: world.messages(name) for name in world.ids if name in got}
    await world.forward("10 working days")
    assert before == {name: world.messages(name) for name in world.ids if name in got}, "the ladder has ended"
    for name in got:
        assert world.messages(name).count("alert-withdrawn") == 1
        cards = [plain_card(each) for each in world.cards(name) if each.message.startswith("red-alert")]
        newest = cards[-1]
        assert "Withdrawn: the grades were taken down wrong (Quinn Marsh, " in newest
        assert "[Acknowledge" not in str(cards)
    assert "alert-withdrawn" not in world.messages("sofia"), "the practitioner hears of no alert"
    (row,) = world.all(Alert)
    assert (row.withdrawn_why, row.withdrawn_by_id) == (WHY, world.ids["quinn"])
    assert [each.why for each in world.events("alert-withdrawn")] == [WHY]
    assert len(world.events("alert-raised")) == 1, "it stays in the log"


async def test_what_it_opened_is_asked_no_longer_and_corrected_work_becomes_final(world: World) -> None:
    audit = await world.graded("red")
    await world.acknowledge("mina", audit)
    await world.send_form("quinn", "correct", audit.reference, **GREEN, why="slip")
    assert states(world)["red-review"] == states(world)["pim-date"] == "open"
    assert "correct the grades" not in await withdraw(world, audit)
    assert {states(world)[each] for each in ("alert", "pim-date", "red-review")} == {"withdrawn"}
    assert world.all(Audit)[-1].state == "finalised"


async def test_while_the_grade_stands_the_work_is_not_final_and_a_correction_settles_it(world: World) -> None:
    audit = await world.graded("red")
    assert "Please correct the grades too" in await withdraw(world, audit)
    assert world.all(Audit)[-1].state == "submitted"
    await world.send_form("quinn", "correct", audit.reference, **GREEN, why="slip")
    assert world.all(Audit)[-1].state == "finalised"
    assert states(world)["alert"] == "withdrawn"


async def test_it_is_raised_again_for_a_new_reason_alone(world: World) -> None:
    audit = await world.graded("green")
    await world.send_form("quinn", "correct", audit.reference, **GREEN | {"immediate": "yes"}, why="new")
    await withdraw(world, audit, why="no-concern")
    await world.send_form("quinn", "correct", audit.reference, **GREEN | {"actions": "yes"}, why="form")
    assert states(world)["alert"] == "withdrawn", "the concern does not come back by itself"
    await world.send_form("quinn", "correct", audit.reference, **GREEN | {"immediate": "yes"}, why="new")
    assert states(world)["alert"] == "open"
    (row,) = world.all(Alert)
    assert (row.withdrawn_at, row.concern, row.graded) == (None, True, False)


async def test_only_quality_assurance_may_and_once(world: World) -> None:
    audit = await world.graded("red")
    for name in ("cyrus", "mina", "sofia"):
        await withdraw(world, audit, by=name)
        assert "can withdraw" in str(await typed(world, name, audit.reference))
    assert world.all(Alert)[0].withdrawn_at is None
    await withdraw(world, audit)
    assert "Quinn Marsh has withdrawn the alert" in await withdraw(world, audit, by="rowan")
    assert len(world.events("alert-withdrawn")) == 1


async def test_a_word_opens_the_form_in_a_chat(world: World) -> None:
    audit = await world.graded("red")
    form = await typed(world, "quinn", audit.reference.lower())
    assert isinstance(form, OpenForm)
    assert (form.form.name, form.form.token) == ("withdraw-alert", audit.reference)
    assert "still raise an alert" in form.form.intro
    assert "Write the reference" in str(await typed(world, "quinn", ""))
    fine = await world.graded("green")
    assert "no alert" in str(await typed(world, "quinn", fine.reference))


async def test_work_whose_alert_is_withdrawn_can_be_taken_out(world: World) -> None:
    audit = await world.graded("red")
    withdrawing = {"why": "mistake", "sure": "yes"}
    assert "withdraw the alert" in str(await world.send_form("quinn", "withdraw", audit.reference, **withdrawing))
    await withdraw(world, audit)
    await world.send_form("quinn", "withdraw", audit.reference, **withdrawing)
    assert world.all(Audit)[-1].state == "withdrawn"


async def test_whoever_chairs_the_meeting_hears_that_there_was_no_need_of_it(world: World) -> None:
    audit = await world.graded("red")
    token = world.deadline("pim-date", audit).token
    await world.send_form("mina", "answer", token, **{"meeting-date": "2026-12-01", "chair": str(world.ids["bea"])})
    await world.forward("1 working day")
    assert world.messages("bea").count("date-news") == 1
    await withdraw(world, audit)
    await world.forward("1 working day")
    assert world.messages("bea")[-1] == "alert-withdrawn"


async def test_whoever_was_only_about_to_hear_of_the_meeting_hears_nothing(world: World) -> None:
    audit = await world.graded("red")
    token = world.deadline("pim-date", audit).token
    await world.send_form("mina", "answer", token, **{"meeting-date": "2026-12-01", "chair": str(world.ids["bea"])})
    await withdraw(world, audit)
    await world.forward("2 working days")
    assert {"date-news", "alert-withdrawn"} & set(world.messages("bea")) == set()


async def test_an_alert_whose_grades_were_corrected_says_so_and_speaks_of_no_second_look(world: World) -> None:
    """It said "RED (Inadequate) in the second look", and nobody had looked."""
    audit = await world.graded("red")
    said = await world.send_form("quinn", "correct", audit.reference, **GREEN, why="slip")
    assert "The alert that they had raised stays" in str(said)
    await world.tick()
    for name in ("mina", "hanif"):
        card = plain_card([each for each in world.cards(name) if each.message == "red-alert"][-1])
        assert "Why: RED (Inadequate) at first, corrected since" in card
    await world.forward("1 working day")
    told = plain_card([each for each in world.cards("mina") if "has corrected the grades" in plain_card(each)][-1])
    assert "Quinn Marsh has corrected the grades of QA-1001" in told
    assert "Why: It was a slip" in told
    assert "The alert about it still waits to be acknowledged." in told
    again = plain_card([each for each in world.cards("hanif") if "Head of Service review" in plain_card(each)][-1])
    assert "with this grade" not in again


async def test_nothing_is_said_of_an_alert_that_waits_once_somebody_has_it(world: World) -> None:
    audit = await world.graded("red")
    await world.acknowledge("mina", audit)
    await world.send_form("quinn", "correct", audit.reference, **GREEN, why="slip")
    await world.forward("1 working day")
    told = plain_card([each for each in world.cards("mina") if "has corrected the grades" in plain_card(each)][-1])
    assert "waits to be acknowledged" not in told
