"""New work that a duty makes: whom it goes to, what it is like, and what comes of it (docs/frameworks.md, new work)."""

from collections.abc import Callable, Coroutine
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from qabot.adapter import OpenForm, Reply, Say, ShowCard
from qabot.framework.lint import lint
from qabot.framework.loader import load
from qabot.messaging.card import plain_card
from qabot.models import Audit, Case, CaseInvolvement, Deadline, Draw, Moment, RoleHolding
from qabot.workflows.core.situation import people_changed
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import withdrawing
from qabot.workflows.verbs import answers
from tests.support.world import World

COUNCIL = """
extends: newham
rules:
  ABC-REV-1: {text: A weak review is followed by another one., source: invented}
  ABC-REV-2: {text: What was learned is written down., source: invented}
questions:
  focus: {label: What should it look at?, type: text, optional: true}
duties:
  second-review:
    rule: ABC-REV-1
    title: Review again
    when: [practice-learning-review.submitted]
    if: {grade: [amber]}
    owes: [quality-assurance, head-of-service]
    opens: submitted + 7 days
    due: submitted + 28 days
    ask: [focus]
    makes: practice-learning-review
    thanks: "{goes-to} hears of it."
  learned:
    rule: ABC-REV-2
    title: What was learned
    when: [second-review.done]
    owes: [quality-assurance]
    due: none
"""
OPENS, DUE = "2026-11-30 12:00", date(2026, 12, 21)
Start = Callable[..., Coroutine[Any, Any, World]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Starts a council whose file adds these lines to Newham's."""

    async def begin(text: str = COUNCIL, **more: Any) -> World:
        path = tmp_path / "council.yaml"
        path.write_text(text, "utf-8")
        framework = load(path, [Path("frameworks")])
        assert [str(each) for each in lint(framework)] == []
        return await World.start(None if "url" in more else tmp_path, framework=framework, **more)

    return begin


@pytest.fixture
async def world(start: Start) -> World:
    return await start()


async def opened(world: World, grade: str = "amber") -> Audit:
    """A review by Cyrus of a case of Stratford whose grade asks for another one; its window has come."""
    audit = await world.graded(grade, actions=False)
    await world.advance(OPENS)
    return audit


async def name(world: World, audit: Audit, to: str, *, by: str = "quinn", **values: Any) -> Reply:
    token = world.deadline("second-review", audit).token
    return await world.send_form(by, "answer", token, **{"goes-to": str(world.ids[to]), **values})


async def made(world: World, audit: Audit, to: str = "bea") -> Audit:
    """The new work, once it was given to somebody."""
    said = await name(world, audit, to)
    assert isinstance(said, Say), said
    return world.all(Audit)[-1]


def error(reply: Reply) -> str:
    assert isinstance(reply, OpenForm)
    return reply.form.errors["goes-to"]


def newest(world: World, person: str) -> str:
    return plain_card(world.cards(person)[-1])


def of_duty(world: World, person: str) -> str:
    """The newest card of somebody about the duty, as it is now."""
    return [each for each in map(plain_card, world.cards(person)) if "Review again" in each][-1]


async def test_the_form_asks_who_does_it_and_then_what_the_duty_asks_besides(world: World) -> None:
    audit = await opened(world)
    form = await world.press_token("quinn", "answer", world.deadline("second-review", audit).token)
    assert isinstance(form, OpenForm)
    assert form.form.title == f"Review again: {audit.reference}"
    assert [(each.name, each.kind) for each in form.form.fields] == [("goes-to", "person"), ("focus", "long-text")]
    assert form.form.fields[0].label == "Who does the new Practice Learning Review?"


async def test_the_new_work_is_about_the_same_case_with_the_dutys_date_and_a_reference_of_its_own(world: World) -> None:
    audit = await opened(world)
    assert await name(world, audit, "bea") == Say("Thank you. Bea Novak hears of it.")
    before, after = world.all(Audit)
    assert after.reference != before.reference
    same = ("activity", "case_reference", "team_id", "practitioner_id")
    assert [getattr(after, each) for each in same] == [getattr(before, each) for each in same]
    assert (after.auditor_id, after.due_on, after.state) == (world.ids["bea"], DUE, "allocated")
    work = world.deadline("audit", after)
    assert (work.owner_id, work.due_on) == (world.ids["bea"], DUE)
    assert [each.name for each in world.all(Moment, col(Moment.subject_id) == after.id)] == [
        "practice-learning-review.given"
    ]


async def test_it_fills_no_quota_and_takes_no_case_from_a_cycle(start: Start) -> None:
    world = await start(at="2026-11-30 08:00")
    audit = await world.graded("amber", actions=False)
    await world.advance("2026-12-08 12:00")
    new = await made(world, audit)
    assert new.cycle_id is None
    await world.advance("2027-01-04 12:00")
    given = world.all(Audit, col(Audit.auditor_id) == world.ids["bea"], col(Audit.cycle_id).is_not(None))
    assert len(given) == 3, "the quarter's own quota, whatever was made besides"
    assert world.all(Draw)
    assert all(new.reference not in str(each.result) for each in world.all(Draw))


async def test_it_is_told_as_given_and_never_as_drawn_at_random(world: World) -> None:
    audit = await opened(world)
    new = await made(world, audit)
    await world.forward("1 working day")
    assert world.messages("bea")[-1] == "work-made"
    card = newest(world, "bea")
    assert f"Quinn Marsh has asked you to do this: Practice Learning Review {new.reference}." in card
    assert f"It follows {audit.reference}" in card
    assert "21 December 2026" in card
    every = " ".join(
        plain_card(each) for person in world.ids if person in ("bea", "quinn") for each in world.cards(person)
    )
    assert "random" not in every
    assert all("random" not in each.reason for each in world.notices("bea"))
    assert all("random" not in each.why for each in world.events("work-made"))


async def test_the_activitys_ladder_reminds_from_its_own_dates(world: World) -> None:
    audit = await opened(world)
    new = await made(world, audit)

    def told() -> set[str]:
        return {each.message for each in world.notices(state="sent") if world.is_about(each, new)}

    await world.advance("2026-12-11 12:00")
    assert told() == {"work-made"}
    await world.advance("2026-12-15 12:00")
    assert told() == {"work-made", "outstanding-list"}, "a week before its own date"
    await world.advance("2027-01-04 12:00")
    assert {"past-date", "open-by-service"} <= told(), "its owner at once, senior leaders in the list of the week after"


async def test_the_duty_stays_open_and_shows_to_whom_it_was_handed(world: World) -> None:
    audit = await opened(world)
    new = await made(world, audit)
    duty = world.deadline("second-review", audit)
    assert duty.state == "open"
    assert "learned" not in [each.kind for each in world.all(Deadline)]
    await world.forward("1 working day")
    for person in ("quinn", "rowan", "hanif"):
        card = of_duty(world, person)
        assert f"Handed to Bea Novak ({new.reference})." in card, person
        assert "Answer:" not in card
    home = plain_card(await world.nodes[0].desk.home(world.who("quinn")))
    assert f"handed to Bea Novak ({new.reference})" in home
    assert "Answer:" not in home


async def test_its_submission_is_done_and_opens_what_follows(world: World) -> None:
    audit = await opened(world)
    new = await made(world, audit)
    await world.submit(new, "green", actions=False)
    met = world.deadline("second-review", audit, state="met")
    assert met.closed_why == f"Submitted as {new.reference}"
    assert met.closed_by_id == world.ids["bea"]
    assert world.deadline("learned", audit)
    names = [each.name for each in world.all(Moment, col(Moment.subject_id) == audit.id)]
    assert names.index("second-review.done") < names.index("learned.opened")
    assert "practice-learning-review.submitted" in [
        each.name for each in world.all(Moment, col(Moment.subject_id) == new.id)
    ]


async def test_a_weak_one_opens_the_duty_again_about_the_new_work(world: World) -> None:
    audit = await opened(world)
    new = await made(world, audit)
    await world.submit(new, "amber", actions=False)
    again = world.deadline("second-review", new)
    assert (again.state, again.subject_id) == ("open", new.id)
    assert world.deadline("second-review", audit, state="met")
    await world.forward("8 days")
    third = await made(world, new, "dinah")
    assert third.made_for_id == again.id
    await world.submit(third, "blue", actions=False)
    assert world.deadline("second-review", new, state="met")
    assert [each.kind for each in world.all(Deadline) if each.kind == "second-review" and each.state == "open"] == []


async def test_before_its_window_it_takes_no_answer(world: World) -> None:
    audit = await world.graded("amber", actions=False)
    said = await name(world, audit, "bea")
    assert isinstance(said, Say)
    assert "This can be answered from 30 November 2026 on." in said.text
    assert len(world.all(Audit)) == 1


async def test_who_may_not_audit_the_case_is_refused_with_the_reason(world: World) -> None:
    audit = await opened(world)
    assert error(await name(world, audit, "sofia")) == "This is about the work of Sofia Brandt. Choose somebody else."
    assert error(await name(world, audit, "ade")) == "Ade Lawal has oversight of this case. Choose somebody else."
    assert audit.case_reference is not None
    with world.nodes[0].store.transaction() as session:
        case = Case(reference=audit.case_reference, team_id=world.ids["stratford"], practitioner_id=world.ids["sofia"])
        session.add(case)
        session.flush()
        session.add(CaseInvolvement(case_id=case.id, person_id=world.ids["bea"]))
    said = error(await name(world, audit, "bea"))
    assert said == "Bea Novak is or was involved in this case. Choose somebody else."
    assert len(world.all(Audit)) == 1
    await made(world, audit, "dinah")


async def test_whoever_answers_names_themselves_only_if_it_is_their_role_to_do_it(start: Start) -> None:
    world = await start(COUNCIL.replace("owes: [quality-assurance, head-of-service]", "owes: [auditor]"))
    audit = await opened(world)
    said = await name(world, audit, "cyrus", by="cyrus")
    assert isinstance(said, Say), said
    new = world.all(Audit)[-1]
    assert new.auditor_id == world.ids["cyrus"]
    await world.forward("1 working day")
    assert "You have taken this on" in newest(world, "cyrus")


async def test_whoever_answers_does_not_give_themselves_what_their_role_does_not_do(world: World) -> None:
    audit = await opened(world)
    said = error(await name(world, audit, "quinn"))
    assert said.startswith("Practice learning reviews are done by each Practice Lead")
    assert len(world.all(Audit)) == 1


async def test_the_second_to_name_somebody_changes_nothing(world: World) -> None:
    audit = await opened(world)
    await made(world, audit)
    said = await name(world, audit, "dinah", by="rowan")
    assert said == Say(answers.AGAIN)
    assert len(world.all(Audit)) == 2


async def test_withdrawn_new_work_lets_the_duty_ask_again_and_says_so(world: World) -> None:
    audit = await opened(world)
    new = await made(world, audit)
    await world.forward("1 working day")
    await world.send_form("rowan", "withdraw", new.reference, why="practitioner", sure=True)
    assert world.deadline("second-review", audit).state == "open"
    await world.forward("1 working day")
    card = of_duty(world, "quinn")
    assert f"{new.reference}, to which this was handed, was withdrawn." in card
    assert f"Answer: {audit.reference}" in card
    assert "Handed to" not in card
    assert "no-longer-yours" in world.messages("bea")
    third = await made(world, audit, "dinah")
    assert third.reference not in (audit.reference, new.reference)
    await world.submit(third, "green", actions=False)
    assert world.deadline("second-review", audit, state="met").closed_why == f"Submitted as {third.reference}"


async def test_whoever_knows_the_case_gives_it_back_and_somebody_else_is_asked_for(world: World) -> None:
    audit = await opened(world)
    new = await made(world, audit)
    await world.forward("1 working day")
    said = await world.press("bea", "know-case", new)
    assert isinstance(said, ShowCard)
    assert said.say == f"Thank you. {new.reference} is given back, and somebody else will be asked to do it."
    assert error(await name(world, audit, "bea")) == "Bea Novak knows this case. Choose somebody else."
    assert world.all(Audit)[-1].state == "withdrawn"
    await world.forward("1 working day")
    assert world.notices("quinn")[-1].message == "duty"
    assert "no-case" not in world.messages("quinn")


async def test_withdrawing_the_first_one_withdraws_the_new_work_that_nobody_has_done(world: World) -> None:
    audit = await opened(world)
    new = await made(world, audit)
    await world.forward("1 working day")
    await world.send_form("rowan", "withdraw", audit.reference, why="case", sure=True)
    states = {each.reference: each.state for each in world.all(Audit)}
    assert states == {audit.reference: "withdrawn", new.reference: "withdrawn"}
    assert [each.kind for each in world.all(Deadline) if each.state == "open"] == []
    await world.forward("1 working day")
    assert "no-longer-yours" in world.messages("bea")


async def test_withdrawing_the_first_one_leaves_new_work_that_was_submitted(world: World) -> None:
    audit = await opened(world)
    new = await made(world, audit)
    await world.submit(new, "green", actions=False)
    number = audit.id

    def withdraw(unit: Unit) -> bool:
        return withdrawing.withdraw(unit, unit.session.get_one(Audit, number), "agreed", by=world.ids["quinn"])

    assert await world.run(withdraw)
    assert world.all(Audit)[-1].state != "withdrawn"


async def test_handing_the_new_work_over_shows_on_the_dutys_cards(world: World) -> None:
    audit = await opened(world)
    new = await made(world, audit)
    await world.forward("1 working day")
    assert await world.reassign(new, "dinah")
    await world.forward("1 working day")
    assert f"Handed to Dinah Cole ({new.reference})." in of_duty(world, "quinn")


async def test_late_it_says_who_has_it_and_what_is_missing(world: World) -> None:
    audit = await opened(world)
    new = await made(world, audit)
    await world.advance("2026-12-23 12:00")
    cards = [plain_card(each) for each in world.cards("quinn")]
    (late,) = [each for each in cards if "No answer yet: Review again" in each]
    assert f"This was handed to Bea Novak ({new.reference}), and the grades are not in yet." in late


async def test_work_that_is_named_late_is_due_on_the_next_working_day(world: World) -> None:
    audit = await opened(world)
    await world.advance("2026-12-22 12:00")
    new = await made(world, audit)
    assert new.due_on == date(2026, 12, 23)


async def test_a_duty_that_holds_keeps_the_first_one_from_being_final_until_the_new_work_is_in(start: Start) -> None:
    world = await start(COUNCIL.replace("    ask: [focus]\n", "    ask: [focus]\n    holds: final\n"))
    audit = await opened(world)
    new = await made(world, audit)
    assert world.all(Audit)[0].state == "submitted"
    await world.submit(new, "green", actions=False)
    assert [each.state for each in world.all(Audit)] == ["finalised", "finalised"]


async def test_the_judge_of_a_duty_is_asked_once_the_new_work_is_in(start: Start) -> None:
    world = await start(COUNCIL.replace("    ask: [focus]\n", "    ask: [focus]\n    judged-by: [head-of-service]\n"))
    audit = await opened(world)
    new = await made(world, audit)
    assert "second-review-judged" not in [each.kind for each in world.all(Deadline)]
    await world.submit(new, "green", actions=False)
    judging = world.deadline("second-review-judged", audit)
    assert "learned" not in [each.kind for each in world.all(Deadline)]
    await world.send_form("hanif", "answer", judging.token, satisfied="yes")
    assert world.deadline("learned", audit)


async def test_each_of_several_names_somebody_of_their_own_and_it_is_done_with_the_last(start: Start) -> None:
    world = await start(COUNCIL.replace("owes: [quality-assurance, head-of-service]", "owes-each: [quality-assurance]"))
    audit = await opened(world)
    first, second = world.all(Deadline, col(Deadline.kind) == "second-review")
    await world.send_form("quinn", "answer", first.token, **{"goes-to": str(world.ids["bea"])})
    await world.send_form("rowan", "answer", second.token, **{"goes-to": str(world.ids["dinah"])})
    _, one, other = world.all(Audit)
    await world.submit(one, "green", actions=False)
    assert "learned" not in [each.kind for each in world.all(Deadline)]
    await world.submit(other, "green", actions=False)
    assert world.deadline("learned", audit)


LATER = "    ask: [focus]\n    put-off: {times: 2, approve: [slt]}\n    let-off: {approve: [slt]}\n"


async def test_what_was_handed_on_gets_no_new_date_and_nobody_is_let_off_it(start: Start) -> None:
    world = await start(COUNCIL.replace("    ask: [focus]\n", LATER))
    audit = await opened(world)
    duty = world.deadline("second-review", audit)
    await world.send_form("quinn", "not-yet", duty.token, new_date="2026-12-28", why="workload")
    asking = [each.kind for each in world.all(Deadline) if each.beside_id == duty.id and each.state == "open"]
    assert len(asking) == 1
    new = await made(world, audit)
    assert [each for each in world.all(Deadline) if each.beside_id == duty.id and each.state == "open"] == []
    for form, values in (("not-yet", {"new_date": "2026-12-28", "why": "workload"}), ("let-off", {"why": "changed"})):
        said = await world.send_form("quinn", form, duty.token, **values)
        assert isinstance(said, Say)
        assert said.failed or "othing was changed" in said.text, form
    assert world.deadline("second-review", audit).due_on == DUE
    await world.forward("1 working day")
    card = of_duty(world, "quinn")
    assert f"Handed to Bea Novak ({new.reference})." in card
    assert not [words for words in ("This cannot be done", "Not yet:") if words in card]


ENDS = """    ask: [focus]
    ends-with: [put-right.done]
  put-right: {rule: ABC-REV-2, title: Put right, when: [practice-learning-review.submitted], owes: [slt], due: none}
"""


async def test_a_duty_that_ends_in_another_way_leaves_the_new_work_as_work_like_any_other(start: Start) -> None:
    kept, after = COUNCIL.split("    ask: [focus]\n")
    makes, learned = after.split("  learned:")
    first, second = ENDS.split("  put-right:")
    world = await start(f"{kept}{first}{makes}  put-right:{second}  learned:{learned}")
    audit = await opened(world)
    new = await made(world, audit)
    await world.press_token("dara", "answer", world.deadline("put-right", audit).token)
    assert [each.kind for each in world.all(Deadline) if each.kind == "second-review" and each.state == "open"] == []
    assert world.deadline("audit", new).state == "open"
    await world.submit(new, "amber", actions=False)
    assert world.deadline("second-review", new)
    names = [each.name for each in world.all(Moment, col(Moment.subject_id) == audit.id)]
    assert names.count("second-review.done") == 1, "with what ended it"


ROWS = """
extends: newham
rules:
  ABC-REV-1: {text: A weak review is followed by another one., source: invented}
  ABC-REV-2: {text: What to look at again is put down., source: invented}
questions:
  look-at: {label: Look at, rows: {by-when: date}, most: 3}
duties:
  to-look-at:
    rule: ABC-REV-2
    title: What to look at again
    when: [practice-learning-review.submitted]
    owes: [quality-assurance]
    due: submitted + 28 days
    ask: [look-at]
  second-review:
    rule: ABC-REV-1
    title: Review again
    when: [look-at.row]
    owes: [quality-assurance]
    due: by-when
    makes: practice-learning-review
"""


async def test_each_row_of_an_answer_can_make_new_work_with_its_own_date(start: Start) -> None:
    world = await start(ROWS)
    audit = await world.graded("green", actions=False)
    await world.send_form(
        "quinn",
        "answer",
        world.deadline("to-look-at", audit).token,
        **{"look-at.1.by-when": "2026-12-10", "look-at.2.by-when": "2027-01-14"},
    )
    for duty, person in zip(world.all(Deadline, col(Deadline.kind) == "second-review"), ("bea", "dinah"), strict=True):
        await world.send_form("quinn", "answer", duty.token, **{"goes-to": str(world.ids[person])})
    _, first, second = world.all(Audit)
    assert [(world.name(each.auditor_id), each.due_on.isoformat()) for each in (first, second)] == [
        ("bea", "2026-12-10"),
        ("dinah", "2027-01-14"),
    ]
    assert first.case_reference == second.case_reference == audit.case_reference
    await world.submit(second, "green", actions=False)
    states = [(each.state, each.closed_why) for each in world.all(Deadline, col(Deadline.kind) == "second-review")]
    assert states == [("open", ""), ("met", f"Submitted as {second.reference}")]


async def test_herefordshires_review_audit_comes_six_to_eight_weeks_after_an_inadequate_one(tmp_path: Path) -> None:
    framework = load(Path("frameworks/herefordshire.yaml"), [])
    world = await World.start(tmp_path, framework=framework)
    with world.nodes[0].store.transaction() as session:
        for held in session.exec(select(RoleHolding).where(RoleHolding.role == "practice-lead")):
            held.role = "team-manager"
            session.add(held)
        people_changed(session)
    audit = await world.audit("cyrus")
    graded = {"overall-judgement": "inadequate", "immediate": False}
    await world.send_form("cyrus", "submit-grades", world.deadline("audit", audit).token, **graded)
    duty = world.deadline("further-audit", audit)
    assert (str(duty.opens_on), str(duty.due_on)) == ("2027-01-04", "2027-01-18")
    early = await world.send_form("quinn", "answer", duty.token, **{"goes-to": str(world.ids["dinah"])})
    assert isinstance(early, Say)
    assert "from 4 January 2027 on" in early.text
    await world.jump("2027-01-04 12:00")
    await world.advance("2027-01-05 12:00")
    await world.send_form("quinn", "answer", duty.token, **{"goes-to": str(world.ids["dinah"])})
    (new,) = world.all(Audit, col(Audit.made_for_id) == duty.id)
    assert (new.activity, new.auditor_id, str(new.due_on)) == ("review-audit", world.ids["dinah"], "2027-01-18")
    await world.advance("2027-01-15 12:00")
    told = [each.message for each in world.notices("dinah", state="sent") if world.is_about(each, new)]
    assert told[0] == "work-made"
    assert "duty" in told, "reminded five working days before"
    reminder = plain_card(
        await world.nodes[0].desk.card(world.card_about("dinah", new, "audit").token, world.ids["dinah"])
    )
    assert f"Submit grades for {new.reference}" in reminder
    await world.send_form("dinah", "submit-grades", world.deadline("audit", new).token, **graded)
    closed = world.deadline("further-audit", audit, state="met").closed_why
    assert closed == "The review audit is done by Dinah Cole"
    assert world.deadline("further-audit", new), "the second one is inadequate too"
    assert world.deadline("reflective-meeting", new)


async def correct(world: World, audit: Audit, grade: str) -> Reply:
    grades = dict.fromkeys(world.answers(audit), grade)
    return await world.send_form("quinn", "correct", audit.reference, **grades, actions="no", why="slip")


async def test_a_correction_that_withdraws_the_duty_withdraws_the_new_work_that_is_not_done(world: World) -> None:
    audit = await opened(world)
    new = await made(world, audit)
    await world.forward("1 working day")
    said = await correct(world, audit, "green")
    assert isinstance(said, Say), said
    assert world.deadline("second-review", audit, state="withdrawn")
    assert world.all(Audit, col(Audit.id) == new.id)[0].state == "withdrawn"
    await world.forward("1 working day")
    assert f"The grades of {audit.reference} were corrected" in newest(world, "bea")
    assert "duty" not in [each.message for each in world.notices("quinn") if each.key.startswith("asked-again")]


async def test_a_correction_leaves_new_work_whose_grades_are_in(world: World) -> None:
    audit = await opened(world)
    new = await made(world, audit)
    await world.submit(new, "green", actions=False)
    await correct(world, audit, "green")
    assert world.all(Audit, col(Audit.id) == new.id)[0].state == "finalised"
    assert world.deadline("second-review", audit, state="met")
