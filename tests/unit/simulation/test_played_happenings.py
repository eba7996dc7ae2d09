"""Happenings as they are played: what is refused says where, and what is told in two parts comes in two."""

from datetime import datetime
from pathlib import Path
from typing import TypeVar

import pytest
from pydantic import ValidationError
from sqlmodel import col

from qabot.errors import BadFile
from qabot.framework.calendar import LONDON
from qabot.framework.loader import load
from qabot.models import Alert, AnswerRow, Audit, AuditState, Deadline, Event, Moderation
from qabot.simulation import happenings as performing
from qabot.simulation import scenario as told
from qabot.workflows.core.unit import Unit
from tests.support.world import World

PAGE = (Path(__file__).parents[3] / "docs" / "scenarios.md").read_text("utf-8")


Kind = TypeVar("Kind", told.Submit, told.Help, told.Moderate, told.AnswerDuty, told.Done, told.NotYet, told.Snooze)


def email(person: str) -> str:
    return f"{person}@council.example"


async def play(world: World, does: told.Does, name: str) -> None:
    happening = told.Happening(datetime(2026, 11, 23, 10, tzinfo=LONDON), name, does, 7)
    await world.run(lambda unit: performing.play(unit, "scenario.yaml", happening))


def reassign(audit: Audit, to: str) -> told.Reassign:
    return told.Reassign.model_validate({"audit": {"reference": audit.reference}, "to": email(to)})


@pytest.mark.parametrize(
    ("person", "part"), [("sofia", "is the worker of"), ("ade", "has oversight of"), ("mina", "has oversight of")]
)
async def test_handing_a_case_to_whoever_knows_it_is_refused_at_its_line_as_the_page_says(
    world: World, person: str, part: str
) -> None:
    audit = await world.audit("cyrus", team="stratford")
    with pytest.raises(BadFile) as refused:
        await play(world, reassign(audit, person), "reassign")
    [problem] = refused.value.problems
    assert (problem.file, problem.line, problem.where) == ("scenario.yaml", 7, "reassign")
    name = world.person(person).name
    assert problem.what == (
        f"{name} {part} the case of {audit.reference}, so it cannot be handed to them. Nothing was changed."
    )
    assert problem.what.replace(name, "Dan Reid").replace(audit.reference, "QA-1001") in PAGE
    assert world.all(Audit)[0].auditor_id == world.ids["cyrus"]


async def test_what_is_in_already_is_not_submitted_in_silence(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "green")
    again = told.Submit.model_validate(
        {"audit": {"reference": audit.reference}, "answers": {"manager-overall": "red"}, "immediate": True}
    )
    with pytest.raises(BadFile) as refused:
        await play(world, again, "submit")
    assert "is not waiting to be submitted" in str(refused.value)


async def test_whoever_does_not_know_the_case_takes_it_on(world: World) -> None:
    audit = await world.audit("cyrus", team="stratford")
    await play(world, reassign(audit, "dinah"), "reassign")
    assert world.all(Audit)[0].auditor_id == world.ids["dinah"]


async def test_the_talk_may_follow_the_review(world: World) -> None:
    audit = await world.audit("cyrus", team="stratford")
    await world.submit(audit, "red")
    for spoken, state in ((False, AuditState.submitted), (True, AuditState.finalised)):
        values = {"audit": {"reference": audit.reference}, "grade": "red", "spoken": spoken}
        await play(world, told.Moderate.model_validate(values), "moderate")
        assert world.all(Audit)[0].state == state
    assert len(world.events("moderated")) == 1


async def perform(world: World, kind: type[Kind], name: str, **values: object) -> None:
    await play(world, kind.model_validate(values), name)


async def test_an_immediate_concern_raises_an_alert_without_red(world: World) -> None:
    audit = await world.audit("cyrus", team="stratford")
    grades = {"manager-overall": "green"}
    await perform(world, told.Submit, "submit", audit={"reference": audit.reference}, answers=grades, immediate=True)
    [alert] = world.all(Alert)
    assert (alert.graded, alert.concern) == (False, True)


async def test_help_is_asked_for_once_a_deadline_waits(world: World) -> None:
    audit = await world.audit("cyrus", team="stratford")
    asked = {"audit": {"reference": audit.reference}, "by": email("cyrus")}
    await perform(world, told.Help, "help", **asked)
    assert [each.actor_id for each in world.events("help-asked")] == [world.ids["cyrus"]]
    await world.submit(audit, "green", actions=False)
    with pytest.raises(BadFile, match="waits for nothing with which anybody could help"):
        await perform(world, told.Help, "help", **asked)


async def test_a_withdrawn_audit_is_owed_by_nobody_and_a_waiting_alert_refuses_it(world: World) -> None:
    audit, red = await world.audit("cyrus", team="stratford"), await world.audit("cyrus", team="stratford")
    await world.submit(red, "red")
    for each in (audit, red):
        does = told.Withdraw.model_validate({"audit": {"reference": each.reference}, "by": email("ade"), "why": "case"})
        if each is red:
            with pytest.raises(BadFile, match="has not been acknowledged yet"):
                await play(world, does, "withdraw")
        else:
            await play(world, does, "withdraw")
    assert [each.state for each in world.all(Audit)] == [AuditState.withdrawn, AuditState.submitted]


def test_a_reason_that_is_not_on_the_form_is_refused() -> None:
    with pytest.raises(ValidationError, match="'cas' is not a reason of the form: did you mean 'case'"):
        told.Withdraw.model_validate({"audit": {"reference": "QA-1"}, "by": "a@b.example", "why": "cas"})


async def test_of_two_moderators_the_one_who_is_named_records(world: World) -> None:
    audit = await world.audit("cyrus", team="stratford")
    await world.submit(audit, "green")

    def drawn(unit: Unit) -> None:
        for layer, moderator in (("head-of-service", "mina"), ("qa", "ade")):
            row = Moderation(
                audit_id=audit.id, layer=layer, rule="", moderator_id=world.ids[moderator], drawn_at=unit.now
            )
            unit.session.add(row)

    await world.run(drawn)
    await perform(
        world, told.Moderate, "moderate", audit={"reference": audit.reference}, grade="amber", by=email("ade")
    )
    grades = {each.moderator_id: each.grade for each in world.all(Moderation)}
    assert grades == {world.ids["mina"]: None, world.ids["ade"]: "amber"}


async def test_an_answer_is_refused_at_its_line_as_the_form_refuses_it(world: World) -> None:
    audit = await world.graded("red")
    answered = {"audit": {"reference": audit.reference}, "duty": "pim-date"}
    with pytest.raises(BadFile, match="this has no answer: Chair of PIM"):
        await perform(world, told.AnswerDuty, "answer", **answered, answers={"meeting-date": "2026-12-01"})
    both = {"meeting-date": "2026-11-29", "chair": email("hanif")}
    with pytest.raises(BadFile, match="is not a working day"):
        await perform(world, told.AnswerDuty, "answer", **answered, answers=both)
    await perform(world, told.AnswerDuty, "answer", **answered, answers={**both, "meeting-date": "2026-12-01"})
    assert world.deadline("pim-date", audit, state="met").closed_why == "Meeting on 1 December 2026"


MAKING = """
extends: newham
duties:
  again:
    rule: NEW-ALT-3
    title: Review again
    when: [practice-learning-review.submitted]
    owes: [quality-assurance]
    opens: opened + 7 days
    due: opened + 28 days
    makes: practice-learning-review
"""


async def test_new_work_is_given_to_whom_the_scenario_names_as_the_form_would(tmp_path: Path) -> None:
    path = tmp_path / "council.yaml"
    path.write_text(MAKING, "utf-8")
    world = await World.start(tmp_path, framework=load(path, [Path("frameworks")]))
    audit = await world.graded("green", actions=False)
    of = {"audit": {"reference": audit.reference}, "duty": "again"}
    named = {"goes-to": email("bea")}
    with pytest.raises(BadFile, match="This can be answered from 30 November 2026 on"):
        await perform(world, told.AnswerDuty, "answer", **of, answers=named)
    await world.advance("2026-11-30 12:00")
    with pytest.raises(BadFile, match="this has no answer: Who does the new Practice Learning Review"):
        await perform(world, told.AnswerDuty, "answer", **of)
    with pytest.raises(BadFile, match="Ade Lawal has oversight of this case"):
        await perform(world, told.AnswerDuty, "answer", **of, answers={"goes-to": email("ade")})
    await perform(world, told.AnswerDuty, "answer", **of, answers=named)
    new = world.all(Audit)[-1]
    assert (new.auditor_id, new.case_reference) == (world.ids["bea"], audit.case_reference)
    with pytest.raises(BadFile, match="this was answered already"):
        await perform(world, told.AnswerDuty, "answer", **of, answers=named)
    await perform(
        world, told.Submit, "submit", audit={"reference": new.reference}, answers={"manager-overall": "green"}
    )
    assert world.deadline("again", audit, state="met").closed_why == f"Submitted as {new.reference}"


ACTIONS = """
extends: newham
questions:
  steps: {label: Action, rows: {what: text, owner: person, date: date}}
duties:
  plan: {rule: NEW-ALT-3, title: The plan, when: [practice-learning-review.submitted], owes: [practice-lead],
         due: none, ask: [steps]}
  action: {rule: NEW-ESC-1.1, title: Action, when: [steps.row], owes: [owner], due: date, put-off: {}}
"""


def step(what: str, owner: str, date: str) -> dict[str, str]:
    return {"what": what, "owner": email(owner), "date": date}


async def test_actions_are_entered_answered_and_put_off_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "council.yaml"
    path.write_text(ACTIONS, "utf-8")
    world = await World.start(tmp_path, framework=load(path, [Path("frameworks")]))
    audit = await world.graded("green", actions=False)
    of = {"audit": {"reference": audit.reference}}
    rows = [step("One", "sofia", "2026-12-03"), step("Two", "hanif", "2026-12-10"), step("Three", "bea", "2026-12-11")]
    for wrong, what in (
        ("two of them", "'steps' is answered in rows: expected a list of them, each with its columns"),
        ([{**rows[0], "whose": "x"}], "'steps' has no column 'whose': expected what, owner, date"),
        ([{**rows[0], "owner": email("nobody")}], "nobody with the e-mail nobody@council.example works here"),
        ([{**rows[0], "date": "soon"}], "expected a day such as 2026-11-30, found 'soon'"),
        ([{"what": "One"}], "Fill in the whole row, or leave it empty."),
    ):
        with pytest.raises(BadFile) as refused:
            await perform(world, told.AnswerDuty, "answer", **of, duty="plan", answers={"steps": wrong})
        assert what in refused.value.problems[0].what
    assert world.all(AnswerRow) == []
    await perform(world, told.AnswerDuty, "answer", **of, duty="plan", answers={"steps": rows})
    await perform(world, told.AnswerDuty, "answer", **of, duty="action", row=2)
    await perform(world, told.NotYet, "not_yet", **of, by=email("sofia"), new_date="2026-12-17", row=1)
    await perform(world, told.Snooze, "snooze", **of, by=email("bea"), until="2026-12-01 10:00")
    await perform(world, told.Help, "help", **of, by=email("bea"))
    actions = world.all(Deadline, col(Deadline.kind) == "action")
    assert [(each.state, str(each.expected_on)) for each in actions] == [
        ("open", "2026-12-17"),
        ("met", "None"),
        ("open", "None"),
    ]
    for what in ("snoozed", "help-asked"):
        assert [each.deadline_id for each in world.all(Event, col(Event.what) == what)] == [actions[2].id]
    await perform(world, told.Done, "done", **of, by=email("bea"), row=3)
    with pytest.raises(BadFile, match=f"{audit.reference} waits for nothing of this kind for row 3 on 2026-11-23"):
        await perform(world, told.Done, "done", **of, by=email("bea"), row=3)
