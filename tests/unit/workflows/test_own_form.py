"""What a piece of work asks on its own form: questions of every type, and what follows from their answers."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from qabot.adapter import OpenForm, Say
from qabot.errors import BadRequest
from qabot.models import Answer, AnswerRow, Audit, Deadline, LadderSnapshot
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs import audits
from tests.support.councils import Start, council
from tests.support.world import World

PLR = "practice-learning-review"
EVERY = f"""
activities:
  {PLR}: {{ask: [manager-overall, risk, seen-on, lead, children, learned, visited, plan], ladder: usual}}
ladders: {{review-due: null, review-actions: null, promised-date: null}}
questions:
  practitioner-part-a: null
  practitioner-overall: null
  manager-part-a: null
  risk: {{label: How great is it?, choice: {{immediate: Immediate, raised: Raised, other: Other}}, optional: true}}
  seen-on: {{label: When was the child seen?, type: date, latest: today, optional: true}}
  lead: {{label: Who leads?, type: person, never: [auditor], optional: true}}
  children: {{label: How many files?, type: number, least: 1, greatest: 9, optional: true}}
  learned: {{label: What was learned?, type: text, optional: true}}
  visited: {{label: Was there a visit?, type: tick, optional: true}}
  plan: {{label: Action, rows: {{what: text, owner: person, date: date}}, most: 2}}
duties:
  actions: null
  promised: null
  final-shared: null
  final-shared-lead: null
  action: {{rule: ABC-DDL-1, title: An action, when: [plan.row], owes: [owner], due: date}}
  by-risk:
    rule: ABC-DDL-2
    title: Oversight
    when: [{PLR}.submitted]
    owes: [practice-lead]
    due:
      according-to: risk
      raised: submitted + 2 working days
      other: submitted + 5 working days
      else: submitted + 1 working day
  raised: {{rule: ABC-DDL-3, title: Raised risk, when: [{PLR}.submitted], if: {{answer: {{risk: [raised]}}}},
            owes: [service-manager], due: seen-on + 60 days}}
"""
UNGRADED = f"""
activities: {{{PLR}: {{ask: [risk], grade: null, ladder: usual}}}}
ladders: {{review-due: null, red-alert: null, pim-date: null, red-review: null, moderation-due: null}}
samples: {{head-of-service: null, qa: null}}
questions:
  practitioner-part-a: null
  practitioner-overall: null
  manager-part-a: null
  manager-overall: null
  meeting-date: null
  chair: null
  risk: {{label: How great is the risk?, choice: {{raised: Raised, other: Other}}}}
duties:
  alert: null
  pim-date: null
  red-review: null
"""


@pytest.fixture
def begin(tmp_path: Path) -> Start:
    return council(tmp_path)


async def send(world: World, audit: Audit, **values: Any) -> Any:
    token = world.deadline("audit", audit).token
    return await world.send_form("cyrus", "submit-grades", token, **{"immediate": False, **values})


async def test_a_form_asks_questions_of_every_type_and_keeps_their_answers(begin: Start) -> None:
    world = await begin(EVERY)
    audit = await world.audit("cyrus")
    form = await world.press_token("cyrus", "submit-grades", world.deadline("audit", audit).token)
    assert isinstance(form, OpenForm)
    kinds = {each.name: each.kind for each in form.form.fields}
    assert kinds["risk"] == kinds["visited"] == kinds["manager-overall"] == "choice"
    assert (kinds["seen-on"], kinds["lead"], kinds["children"], kinds["learned"]) == (
        "date",
        "person",
        "number",
        "long-text",
    )
    assert kinds["plan.2.owner"] == "person"
    assert "actions" not in kinds  # its rows say whether there are some
    given = {
        "manager-overall": "green",
        "risk": "raised",
        "seen-on": "2026-11-20",
        "lead": str(world.ids["sofia"]),
        "children": "3",
        "learned": "To listen first",
        "visited": "yes",
        "plan.1.what": "Write it up",
        "plan.1.owner": str(world.ids["sofia"]),
        "plan.1.date": "2026-12-03",
    }
    assert await send(world, audit, **given) == Say("Thank you. The grades are in.")
    assert world.answers(audit) == {
        "manager-overall": "green",
        "risk": "raised",
        "seen-on": "2026-11-20",
        "lead": world.ids["sofia"],
        "children": 3,
        "learned": "To listen first",
        "visited": "yes",
        "plan": [{"what": "Write it up", "owner": world.ids["sofia"], "date": "2026-12-03"}],
    }
    (grade,) = world.all(Answer, col(Answer.question) == "manager-overall")
    assert (grade.given["version"], grade.deadline_id) == ("newham-brag-1", None)
    world.close()


async def test_rows_given_with_the_work_open_duties_of_their_own(begin: Start) -> None:
    world = await begin(EVERY)
    audit = await world.audit("cyrus")
    rows = {"what": "Write it up", "owner": str(world.ids["sofia"]), "date": "2026-12-03"}
    await send(world, audit, **{"manager-overall": "green"}, **{f"plan.1.{name}": each for name, each in rows.items()})
    (row,) = world.all(AnswerRow)
    action = world.deadline("action", audit)
    assert (action.subject_type, action.subject_id, action.owner_id) == ("row", row.id, world.ids["sofia"])
    assert action.due_on is not None
    assert action.due_on.isoformat() == "2026-12-03"
    world.close()


@pytest.mark.parametrize(
    ("risk", "due"),
    [("raised", "2026-11-25"), ("other", "2026-11-30"), ("immediate", "2026-11-24"), ("", "2026-11-24")],
)
async def test_a_due_date_by_an_answer_that_came_with_the_work(begin: Start, risk: str, due: str) -> None:
    world = await begin(EVERY)
    audit = await world.audit("cyrus")
    await send(world, audit, **{"manager-overall": "green", "risk": risk})
    assert str(world.deadline("by-risk", audit).due_on) == due
    opened = [each.kind for each in world.all(Deadline, col(Deadline.kind) == "raised")]
    assert opened == (["raised"] if risk == "raised" else [])
    world.close()


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("children", "12", "Give a number no greater than 9."),
        ("lead", "auditor", "This is about the work of Cyrus Patel. Choose somebody else."),
        ("plan.1.what", "Half a row", "Fill in the whole row, or leave it empty."),
        ("seen-on", "2026-12-24", "Give a date no later than 23 November 2026."),
        ("learned", "NHS number 943 476 5919", "NHS number"),
        ("manager-overall", "", "Choose one."),
    ],
)
async def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_kept(
    begin: Start, field: str, value: str, what: str
) -> None:
    world = await begin(EVERY)
    audit = await world.audit("cyrus")
    value = str(world.ids["cyrus"]) if value == "auditor" else value
    again = await send(world, audit, **{"manager-overall": "green", field: value})
    assert isinstance(again, OpenForm)
    assert any(what in said for said in again.form.errors.values()), again.form.errors
    assert world.all(Answer) == []
    assert world.deadline("audit", audit).state == "open"
    world.close()


async def test_a_correction_asks_all_but_rows_and_judges_again(begin: Start) -> None:
    world = await begin(EVERY)
    audit = await world.audit("cyrus")
    await send(world, audit, **{"manager-overall": "green", "risk": "other", "children": "3"})
    form = await world.send_form("cyrus", "correct", audit.reference, why="slip", **{"manager-overall": "green"})
    assert form == Say(f"Thank you. The grades of {audit.reference} are corrected.")
    assert world.answers(audit) == {"manager-overall": "green", "plan": []}
    again = {"manager-overall": "green", "risk": "raised", "seen-on": "2026-11-20"}
    await world.send_form("cyrus", "correct", audit.reference, why="slip", **again)
    assert world.answers(audit) == {**again, "plan": []}
    assert str(world.deadline("raised", audit).due_on) == "2027-01-19"
    assert str(world.deadline("by-risk", audit).due_on) == "2026-11-25"
    world.close()


async def test_work_without_a_grade_is_submitted_without_one(begin: Start) -> None:
    world = await begin(UNGRADED)
    audit = await world.audit("cyrus")
    form = await world.press_token("cyrus", "submit-grades", world.deadline("audit", audit).token)
    assert isinstance(form, OpenForm)
    assert (form.form.title, form.form.submit) == (f"Answers of {audit.reference}", "Submit answers")
    assert await send(world, audit, risk="raised", actions="no") == Say("Thank you. The answers are in.")
    (found,) = world.all(Audit, col(Audit.id) == audit.id)
    assert (found.state, found.grade, found.scale_version) == ("finalised", None, "")
    await world.tick()
    assert "Correct the answers of" in str(await world.run(lambda unit: labels(unit, audit)))
    world.close()


def labels(unit: Unit, audit: Audit) -> list[str]:
    from qabot.workflows.core.subjects import load

    deadlines = unit.session.exec(select(Deadline).where(Deadline.subject_id == audit.id)).all()
    return [
        label
        for each in load(unit.session, deadlines, unit.framework)
        for label in unit.tools.registry.labels(each).values()
    ]


async def test_what_was_asked_when_the_work_was_given_is_asked_later(begin: Start) -> None:
    """Sentence 13: a deadline keeps its questions as opened."""
    world = await begin(EVERY)
    audit = await world.audit("cyrus")
    snapshot = next(each for each in world.all(LadderSnapshot) if each.id == world.deadline("audit", audit).ladder_id)
    assert list(snapshot.duty["questions"]) == list(world.framework.activities[PLR].ask)
    assert snapshot.duty["grade"] == "manager-overall"

    def without_the_answer(unit: Unit) -> None:
        activities = {**unit.framework.activities}
        activities[PLR] = activities[PLR].model_copy(update={"ask": ("risk",), "grade": None})
        changed = unit.framework.model_copy(update={"activities": activities})
        unit = replace(unit, situation=replace(unit.situation, framework=changed))
        with pytest.raises(BadRequest, match="This has no answer: Overall Grade"):
            audits.submit(unit, unit.session.get_one(Audit, audit.id), {}, by=world.ids["cyrus"])

    await world.run(without_the_answer)
    world.close()


async def test_what_is_not_asked_is_refused(begin: Start) -> None:
    world = await begin(EVERY)
    audit = await world.audit("cyrus")

    def wrong(unit: Unit) -> None:
        given = {"manager-overall": "green", "risks": "raised"}
        with pytest.raises(BadRequest, match="'risks' is not asked of QA-"):
            audits.submit(unit, unit.session.get_one(Audit, audit.id), given, by=world.ids["cyrus"])
        with pytest.raises(BadRequest, match="'pink' is no answer to 'Overall Grade"):
            audits.submit(unit, unit.session.get_one(Audit, audit.id), {"manager-overall": "pink"}, by=None)

    await world.run(wrong)
    world.close()
