"""What a sample can say: of which work, how often, how much in each what, always what, by whom, and what is asked."""

from pathlib import Path

import pytest
from sqlmodel import col

from qabot.adapter import OpenForm
from qabot.models import Answer, Audit, Case, CaseInvolvement, Draw, Moderation, Moment
from qabot.workflows.core.unit import Unit
from tests.support.councils import Start, council
from tests.support.world import World

PLR = "practice-learning-review"
NONE = "samples:\n  head-of-service: null\n  qa: null\nladders: {moderation-due: null}\n"
OF = f"of: [{PLR}], due: drawn + 5 working days"


@pytest.fixture
def begin(tmp_path: Path) -> Start:
    return council(tmp_path)


def with_sample(lines: str, more: str = "") -> str:
    own = f"  look: {{rule: ABC-DDL-1, title: A second look, {OF}, {lines}}}\n"
    head, _, tail = NONE.partition("ladders")
    # `red-review` counts towards the sample that this file takes away.
    return f"{head}{own}ladders{tail}{more}"


async def submitted(world: World, *grades: str, auditors: tuple[str, ...] = ("cyrus",)) -> list[Audit]:
    """So many reviews that are in, by these auditors in turn."""
    made = []
    for number, grade in enumerate(grades):
        audit = await world.audit(auditors[number % len(auditors)])
        await world.submit(audit, grade, actions=False)
        made.append(audit)
    return made


def drawn(world: World, layer: str = "look") -> list[Moderation]:
    return world.all(Moderation, col(Moderation.layer) == layer)


async def test_a_number_is_shared_in_turn_and_whoever_waited_longest_is_next(begin: Start) -> None:
    world = await begin(with_sample("every: month, count: 4, shared-by: [slt]"))
    await submitted(world, *["green"] * 6)
    await world.advance("2026-12-01 10:00")
    first = [world.name(each.moderator_id) for each in drawn(world)]
    assert len(first) == 4
    assert first.count("dara") == first.count("sian") == 2
    assert first[0] != first[1]
    world.close()


async def test_whoever_heads_another_service_has_a_turn(begin: Start) -> None:
    world = await begin(with_sample("every: month, count: 4, shared-by: [head-of-service, director-of-operations]"))
    await submitted(world, *["green"] * 4)
    await world.advance("2026-12-01 10:00")
    # Hanif oversees the work, Harriet's service is another one.
    turns = [world.name(each.moderator_id) for each in drawn(world)]
    assert sorted(turns) == ["dara", "dara", "harriet", "harriet"]
    assert turns[0] != turns[1]
    world.close()


async def test_low_grades_are_always_drawn_and_count_to_the_share(begin: Start) -> None:
    lines = "every: month, share: 20%, always: {grade: [amber]}, owes: [quality-assurance]"
    world = await begin(with_sample(lines))
    await submitted(world, "green", "amber", "green", "amber", "green", "green")
    await world.advance("2026-12-01 10:00")
    grades = {each.id: each.grade for each in world.all(Audit)}
    assert [grades[each.audit_id] for each in drawn(world)].count("amber") == 2
    assert len(drawn(world)) == 2
    (event,) = world.events("sample-drawn")
    assert (event.detail["pool"], event.detail["drawn"], event.detail["always"]) == (6, 2, 2)
    assert event.detail["seed"] == "sample:look:all:2026-11" == world.all(Draw)[-1].seed
    world.close()


@pytest.mark.parametrize(
    ("place", "places"),
    [("council", 1), ("service", 2), ("team", 3), ("auditor", 3), ("activity", 1)],
)
async def test_a_share_in_each_of_something(begin: Start, place: str, places: int) -> None:
    world = await begin(with_sample(f"every: month, count: 1, in-each: {place}, owes: [quality-assurance]"))
    teams = {"stratford": "cyrus", "beckton": "cyrus", "east": "ade", "west": "bea"}
    for team, auditor in list(teams.items())[:3]:
        for _ in range(2):
            audit = await world.audit(auditor, team=team)
            await world.submit(audit, "green", actions=False)
    await world.submit(await world.audit("bea", team="east"), "green", actions=False)
    await world.advance("2026-12-01 10:00")
    assert len(drawn(world)) == places
    world.close()


async def test_nobody_looks_again_at_a_case_in_which_they_were_involved_or_which_they_oversee(begin: Start) -> None:
    world = await begin(with_sample("every: month, share: 100%, owes: [head-of-service]"))

    def involve(unit: Unit) -> None:
        case = Case(reference="7199999", team_id=world.ids["stratford"], practitioner_id=world.ids["sofia"])
        unit.session.add(case)
        unit.session.flush()
        unit.session.add(CaseInvolvement(case_id=case.id, person_id=world.ids["dara"]))

    await world.run(involve)
    await submitted(world, "green")
    await world.advance("2026-12-01 10:00")
    # Hanif oversees the team, Dara above him was involved; above her is the leadership team, of which Sian may.
    assert [world.name(each.moderator_id) for each in drawn(world)] == ["sian"]
    world.close()


async def test_a_file_may_have_those_who_oversee_it_look_again(begin: Start) -> None:
    world = await begin(with_sample("every: month, share: 100%, owes: [head-of-service], never: []"))
    await submitted(world, "green")
    await world.advance("2026-12-01 10:00")
    assert [world.name(each.moderator_id) for each in drawn(world)] == ["hanif"]
    world.close()


async def test_a_rhythm_of_its_own_and_a_draw_that_an_outage_lost(begin: Start) -> None:
    world = await begin(with_sample("every: 2 weeks from 2026-11-16, share: 100%, owes: [quality-assurance]"))
    await submitted(world, "green")
    await world.advance("2026-11-27 18:00")
    assert drawn(world) == []
    await world.jump("2026-12-21 10:00")
    assert [each.purpose for each in world.all(Draw, col(Draw.rule) == "ABC-DDL-1")] == ["sample:look:all:2026-11-16"]
    assert len(drawn(world)) == 1
    world.close()


async def test_only_work_for_which_its_condition_holds_is_drawn_from(begin: Start) -> None:
    world = await begin(with_sample("every: month, share: 100%, if: {grade: [blue]}, owes: [quality-assurance]"))
    _, second = await submitted(world, "green", "blue")
    await world.advance("2026-12-01 10:00")
    assert [each.audit_id for each in drawn(world)] == [second.id]
    world.close()


async def test_a_second_sample_takes_nothing_from_the_first_and_overlaps_as_the_file_says(begin: Start) -> None:
    more = f"  again: {{rule: ABC-DDL-2, title: Another, {OF}, every: month, count: 4, overlap: {{look: 50%}}, "
    more += "owes: [quality-assurance]}\n"
    text = with_sample("every: month, count: 4, owes: [slt]").replace("ladders", f"{more}ladders", 1)
    world = await begin(text)
    await submitted(world, *["green"] * 8)
    await world.advance("2026-12-01 10:00")
    one, two = ({each.audit_id for each in drawn(world, layer)} for layer in ("look", "again"))
    assert (len(one), len(two), len(one & two)) == (4, 4, 2)
    world.close()


async def test_a_draw_asks_questions_of_its_own_and_opens_what_follows(begin: Start) -> None:
    more = """
questions:
  sound: {label: Is it sound?, choice: {sound: Sound, weak: Weak}}
  said: {label: What would you add?, type: text, optional: true}
duties:
  talk: {rule: ABC-DDL-2, title: A talk, when: [look.done], if: {answer: {sound: [weak]}}, owes: [auditor],
         due: look.done + 5 working days}
  seen: {rule: ABC-DDL-3, title: Seen, when: [look.drawn], owes: [quality-assurance], due: none}
"""
    world = await begin(with_sample("every: month, share: 100%, ask: [sound, said], owes: [slt]", more))
    (audit,) = await submitted(world, "green")
    await world.advance("2026-12-01 10:00")
    assert world.deadline("seen", audit).state == "open"
    person, deadline = world.name(drawn(world)[0].moderator_id), world.deadline("moderation", audit)
    form = await world.press_token(person, "moderate", deadline.token)
    assert isinstance(form, OpenForm)
    assert [each.name for each in form.form.fields] == ["sound", "said"]
    bad = await world.send_form(person, "moderate", deadline.token, sound="weak", said="NHS number 943 476 5919")
    assert isinstance(bad, OpenForm)
    reply = await world.send_form(person, "moderate", deadline.token, sound="weak", said="A plan")
    assert "recorded" in str(reply)
    assert "talk it through" not in str(reply), "nobody's grade was looked at again"
    assert world.notices(message="moderation-done") == []
    given = {each.question: each.value for each in world.all(Answer, col(Answer.deadline_id) == deadline.id)}
    assert given == {"sound": "weak", "said": "A plan"}
    (look,) = drawn(world)
    assert (look.grade, look.done_by_id) == (None, world.ids[person])
    assert world.deadline("talk", audit).owner_id == world.ids["cyrus"]
    names = [each.name for each in world.all(Moment, col(Moment.subject_id) == audit.id)]
    assert {"look.drawn", "look.opened", "look.done"} <= set(names)
    assert f"{PLR}.moderated" not in names
    world.close()


async def test_a_draw_that_is_late_is_a_moment_too(begin: Start) -> None:
    more = "duties: {late-look: {rule: ABC-DDL-2, title: A late look, when: [look.late], owes: [slt], due: none}}\n"
    world = await begin(with_sample("every: month, share: 100%, owes: [quality-assurance]", more))
    (audit,) = await submitted(world, "green")
    await world.advance("2026-12-15 10:00")
    assert world.deadline("late-look", audit).state == "open"
    world.close()
