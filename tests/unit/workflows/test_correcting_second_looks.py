"""A second look's grade is corrected like any other: by whoever gave it until somebody looks again, then by quality."""

from qabot.adapter import OpenForm, Say
from qabot.messaging.card import plain_card
from qabot.models import Audit, Deadline, Moderation
from qabot.workflows.access import records
from qabot.workflows.core import looks
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs import moderations
from tests.support.world import World


async def looked(world: World, audit: Audit, by: str, grade: str, layer: str = "by-hand") -> None:
    """Somebody takes a second look."""

    def work(unit: Unit) -> None:
        found, person = unit.session.get_one(Audit, audit.id), world.ids[by]
        row = Moderation(audit_id=audit.id, layer=layer, rule="NEW-MOD-1", moderator_id=person, drawn_at=unit.now)
        unit.session.add(row)
        unit.session.flush()
        moderations.record(unit, row, found, grade, by=person)

    await world.run(work)
    await world.tick()


async def correct(world: World, by: str, audit: Audit, grade: str, **more: str) -> str:
    return str(await world.send_form(by, "correct-look", audit.reference, grade=grade, why="slip", **more))


async def offered(world: World, name: str, audit: Audit) -> bool:
    def work(unit: Unit) -> bool:
        sight = records.sight(unit, unit.session.get_one(Audit, audit.id), world.ids[name])
        return sight is not None and "correct-look" in {each.action for each in sight.buttons}

    return await world.run(work)


def grades(world: World) -> list[str | None]:
    return [each.grade for each in world.all(Moderation) if each.done_at]


def state(world: World, kind: str) -> str:
    return [each.state for each in world.all(Deadline) if each.kind == kind][-1]


async def test_whoever_gave_it_corrects_it_and_the_alert_that_it_raised_can_be_withdrawn(world: World) -> None:
    audit = await world.graded("green", actions=False)
    await looked(world, audit, "hanif", "red")
    assert state(world, "alert") == "open"
    still = await world.send_form("quinn", "withdraw-alert", audit.reference, why="grade", sure="yes")
    assert "Please correct the grades too" in str(still), "a grade that raises an alert still stands"
    assert await offered(world, "hanif", audit)
    said = await correct(world, "hanif", audit, "green")
    assert f"The grade of the second look at {audit.reference} is corrected." in said
    assert grades(world) == ["green"]
    (line,) = world.events("grades-corrected")
    assert (line.why, line.subject_type, line.detail["before"], line.detail["after"]) == (
        "It was a slip",
        "moderation",
        "red",
        "green",
    )
    assert state(world, "alert") == "withdrawn"
    assert world.all(Audit)[-1].state == "finalised"


async def test_an_alert_stays_until_it_is_withdrawn_and_everybody_who_heard_of_it_hears_so(world: World) -> None:
    audit = await world.graded("green", actions=False)
    await looked(world, audit, "rowan", "red")
    said = await correct(world, "rowan", audit, "green")
    assert "The alert that they had raised stays" in said
    assert state(world, "alert") == "open"
    withdrawn = await world.send_form("quinn", "withdraw-alert", audit.reference, why="grade", sure="yes")
    assert "correct the grades" not in str(withdrawn)
    await world.forward("1 working day")
    assert "alert-withdrawn" in world.messages("mina")
    assert "sofia" not in {name for name in world.ids if "grades-corrected" in world.messages(name)}
    told = plain_card([each for each in world.cards("mina") if "has corrected" in plain_card(each)][-1])
    assert f"Rowan Vale has corrected the grade of a second look at {audit.reference}" in told


async def test_a_slip_that_hid_a_red_grade_raises_the_alert_after_it_was_shown_once_more(world: World) -> None:
    audit = await world.graded("green", actions=False)
    await looked(world, audit, "hanif", "amber")
    once = await world.send_once("hanif", "correct-look", audit.reference, grade="red", why="slip")
    assert isinstance(once, OpenForm)
    assert "It raises an alert" in once.form.intro
    assert grades(world) == ["amber"], "it does not count yet"
    await correct(world, "hanif", audit, "red")
    assert grades(world) == ["red"]
    assert state(world, "alert") == state(world, "red-review") == "open"


async def test_once_somebody_has_looked_again_only_quality_corrects_and_says_which(world: World) -> None:
    audit = await world.graded("green", actions=False)
    await looked(world, audit, "hanif", "amber")
    assert [await offered(world, name, audit) for name in ("hanif", "quinn", "mina", "cyrus", "sofia")] == [
        True,
        True,
        False,
        False,
        False,
    ]
    await world.forward("1 hour")
    await looked(world, audit, "rowan", "blue", layer="again")
    assert not await offered(world, "hanif", audit)
    await correct(world, "hanif", audit, "green")
    assert grades(world) == ["amber", "blue"]
    form = await world.press_token("quinn", "correct-look", audit.reference)
    assert isinstance(form, OpenForm)
    which = {label.value: label.label for label in form.form.fields[0].options}
    assert [each.partition(",")[0] for each in which.values()] == ["Hanif Bello", "Rowan Vale"]
    await correct(world, "quinn", audit, "green", look=next(iter(which)))
    assert grades(world) == ["green", "blue"]


async def test_a_form_that_was_left_open_says_what_counts_and_offers_the_correction(world: World) -> None:
    audit = await world.graded("red")
    token = world.deadline("red-review", audit).token
    await world.send_form("hanif", "moderate", token, grade="red", spoken="yes")
    late = await world.send_form("hanif", "moderate", token, grade="amber", spoken="yes")
    assert isinstance(late, OpenForm)
    assert late.form.name == "correct-look"
    assert "already recorded by you, and it counts: RED (Inadequate)" in late.form.intro
    assert late.form.values["grade"] == "amber"
    await correct(world, "hanif", audit, "amber")
    assert grades(world) == ["amber"]


async def test_whoever_did_it_first_reads_whether_the_grades_agree_as_they_stand(world: World) -> None:
    audit = await world.graded("green", actions=False)
    await looked(world, audit, "hanif", "amber")
    await world.forward("1 working day")

    def told() -> str:
        return plain_card([each for each in world.cards("cyrus") if each.message == "moderation-done"][-1])

    assert "another one than at first" in told()
    await correct(world, "hanif", audit, "green")
    await world.tick()
    assert "The grade is the same as at first." in told()


async def test_the_same_grade_again_changes_nothing(world: World) -> None:
    audit = await world.graded("green", actions=False)
    await looked(world, audit, "hanif", "amber")
    said = await world.send_form("hanif", "correct-look", audit.reference, grade="amber", why="slip")
    assert isinstance(said, Say)
    assert "as it stands" in said.text
    assert world.events("grades-corrected") == []


async def test_what_was_final_stays_so_where_a_second_look_is_put_right(world: World) -> None:
    """It was final with RED, and "The grades are in" again once RED was corrected to AMBER."""
    audit = await world.graded("green", actions=False)
    await looked(world, audit, "hanif", "red")
    assert world.all(Audit)[-1].state == "finalised"
    await correct(world, "hanif", audit, "amber")
    assert world.all(Audit)[-1].state == "finalised"


async def test_whoever_raises_an_alert_by_a_second_look_reads_to_whom_it_goes(world: World) -> None:
    audit = await world.graded("green", actions=False)

    def draw(unit: Unit) -> None:
        sample = unit.framework.samples["qa"]
        found = unit.session.get_one(Audit, audit.id)
        looks.draw_one(unit, found, "qa", sample.rule, world.ids["rowan"], terms=sample.terms, duty=sample.duty)

    await world.run(draw)
    token = world.deadline("moderation", audit).token
    said = str(await world.send_form("rowan", "moderate", token, grade="red"))
    assert "Your moderation is recorded." in said
    assert f"An alert about {audit.reference} goes to Mina Sharpe and Hanif Bello now." in said
