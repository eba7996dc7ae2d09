"""What raises an alert is shown once more before it counts."""

from qabot.adapter import OpenForm, Reply, Say
from qabot.models import Alert, Audit, Deadline, Event, Moderation, Notice
from tests.support.world import World

RED = {"manager-overall": "red", "actions": "no", "immediate": False}


async def asked(world: World, form: str, token: str, **values: object) -> OpenForm:
    reply: Reply = await world.send_once("cyrus", form, token, **values)
    assert isinstance(reply, OpenForm)
    return reply


async def test_grades_that_raise_an_alert_count_once_somebody_says_that_they_are_right(world: World) -> None:
    audit = await world.audit("cyrus")
    token = world.deadline("audit", audit).token
    before = [len(world.all(model)) for model in (Alert, Deadline, Event, Notice)]
    form = (await asked(world, "submit-grades", token, **RED)).form
    assert form.intro.startswith(f"This is not sent yet. It raises an alert about {audit.reference}, which goes to ")
    assert "Mina Sharpe and Hanif Bello" in form.intro
    assert "the duty team" in form.intro
    assert form.values["manager-overall"] == "red"
    assert [len(world.all(model)) for model in (Alert, Deadline, Event, Notice)] == before
    assert [each.state for each in world.all(Audit)] == ["allocated"]
    again = (await asked(world, form.name, token, **RED)).form
    assert again.name == form.name, "without the tick it is asked again"
    assert world.all(Alert) == []
    done = await world.send_once("cyrus", form.name, token, **RED, sure="yes")
    assert isinstance(done, Say)
    assert "The grades are in. An alert" in done.text
    assert len(world.all(Alert)) == 1
    assert len(world.events("alert-raised")) == 1


async def test_a_slip_is_put_right_before_anybody_is_told(world: World) -> None:
    audit = await world.audit("cyrus")
    token = world.deadline("audit", audit).token
    form = (await asked(world, "submit-grades", token, **RED)).form
    done = await world.send_once("cyrus", form.name, token, **RED | {"manager-overall": "green"})
    assert done == Say("Thank you. The grades are in.")
    assert world.all(Alert) == []


async def test_a_concern_is_asked_about_too_and_other_grades_are_not(world: World) -> None:
    audit, other = await world.audit("cyrus"), await world.audit("cyrus")
    fine = {"manager-overall": "green", "actions": "no"}
    token = world.deadline("audit", audit).token
    assert "not sent yet" in (await asked(world, "submit-grades", token, **fine, immediate="yes")).form.intro
    reply = await world.send_once("cyrus", "submit-grades", world.deadline("audit", other).token, **fine)
    assert isinstance(reply, Say)


async def test_a_second_grade_and_a_correction_that_raise_one_are_asked_about(world: World) -> None:
    audit = await world.graded("green")
    corrected = await world.send_once("cyrus", "correct", audit.reference, **RED, why="slip")
    assert isinstance(corrected, OpenForm)
    assert corrected.form.name == "correct-sure"
    assert world.all(Alert) == []
    await world.send_once("cyrus", "correct-sure", audit.reference, **RED, why="slip", sure="yes")
    assert len(world.all(Alert)) == 1
    assert [each.grade for each in world.all(Audit)] == ["red"]
    assert world.all(Moderation) != []


async def test_nobody_sends_the_second_form_who_may_not_send_the_first(world: World) -> None:
    audit = await world.audit("cyrus")
    token = world.deadline("audit", audit).token
    refused = await world.send_once("wanda", "submit-grades-sure", token, **RED, sure="yes")
    assert isinstance(refused, Say)
    assert world.all(Alert) == []
    assert [each.state for each in world.all(Audit)] == ["allocated"]
