"""More time and letting off where somebody must agree, and a date of its own for a whole chain (docs/frameworks.md)."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlmodel import col

from qabot.adapter import OpenForm, Say
from qabot.errors import BadFile
from qabot.framework.calendar import local_day
from qabot.framework.describe import describe
from qabot.framework.lint import lint
from qabot.framework.loader import load
from qabot.messaging.card import plain_card
from qabot.models import Answer, Audit, Deadline, Event, Moment, Person
from qabot.workflows.access.records import given_date
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs import easing
from tests.support.councils import RULES, Start, answer, kinds
from tests.support.world import World

OWED = """
duties:
  check: {rule: ABC-DDL-1, title: Check the file, when: [practice-learning-review.submitted], owes: [practice-lead],
          due: opened + 10 working days, let-off: {approve: [service-manager]},
          put-off: {times: 1, approve: [service-manager]}}
  after: {rule: ABC-DDL-2, title: What follows, when: [check.done], owes: [practice-lead], due: none}
  instead: {rule: ABC-DDL-3, title: What follows then, when: [check.let-off], owes: [practice-lead], due: none}
"""


def check(world: World) -> Deadline:
    return world.all(Deadline, col(Deadline.kind) == "check")[-1]


def agreeing(world: World, end: str) -> Deadline:
    return world.all(Deadline, col(Deadline.kind) == f"check-{end}")[-1]


def log(world: World, what: str) -> list[Event]:
    return world.all(Event, col(Event.what) == what)


async def ask_for_time(world: World, day: date) -> Say:
    said = await world.send_form("ade", "not-yet", check(world).token, new_date=day.isoformat(), why="away")
    assert isinstance(said, Say)
    return said


async def test_until_somebody_agrees_the_old_date_stands(start: Start) -> None:
    world = await start(OWED)
    await world.graded("green", actions=False)
    before, later = check(world).due_on, date(2027, 1, 20)
    said = await ask_for_time(world, later)
    assert "Service Manager" in said.text
    assert check(world).due_on == before
    form = await world.press_token("mina", "answer", agreeing(world, "later").token)
    assert isinstance(form, OpenForm)
    assert "asks for more time, until 20 January 2027" in form.form.intro.replace("Wednesday ", "")
    assert "somebody who is needed for it is away" in form.form.intro
    await world.send_form("mina", "answer", agreeing(world, "later").token, agreed="yes")
    assert check(world).due_on == later
    assert check(world).state == "open"
    (given,), (agreed,) = log(world, "answered-not-yet"), log(world, "agreed")
    assert (given.actor_id, given.why, agreed.actor_id) == (
        world.ids["ade"],
        "Somebody who is needed for it is away",
        world.ids["mina"],
    )
    await world.forward("1 day")
    assert "duty-news" in world.messages("ade")


async def test_agreed_to_late_the_date_is_the_next_working_day(start: Start) -> None:
    world = await start(OWED)
    await world.graded("green", actions=False)
    await ask_for_time(world, local_day(world.clock.now()) + timedelta(days=1))
    await world.forward("3 working days")
    await world.send_form("mina", "answer", agreeing(world, "later").token, agreed="yes")
    due = check(world).due_on
    assert due is not None
    assert due > local_day(world.clock.now())


async def test_who_may_agree_gives_a_new_date_at_once(start: Start) -> None:
    world = await start(OWED.replace("owes: [practice-lead]", "owes: [practice-lead, service-manager]"))
    await world.graded("green", actions=False)
    await world.forward("1 working day")
    said = await world.send_form("mina", "not-yet", check(world).token, new_date="2027-01-20")
    assert isinstance(said, Say)
    assert check(world).due_on == date(2027, 1, 20)
    assert "check-later" not in kinds(world)


async def test_a_line_manager_who_must_agree_is_that_of_whoever_owes_it(start: Start) -> None:
    world = await start(OWED.replace("approve: [service-manager]}}", "approve: [line-manager]}}"))
    await world.graded("green", actions=False)
    await ask_for_time(world, date(2027, 1, 20))
    manager = world.all(Person, col(Person.id) == world.ids["ade"])[0].line_manager_id
    assert manager is not None
    assert agreeing(world, "later").owner_id == manager


async def test_a_line_manager_who_owes_it_is_that_of_whoever_did_the_work(start: Start) -> None:
    world = await start(OWED.replace("owes: [practice-lead]", "owes: [line-manager]", 1))
    audit = await world.graded("green", actions=False)
    manager = world.all(Person, col(Person.id) == audit.practitioner_id)[0].line_manager_id
    assert manager is not None
    assert check(world).owner_id == manager


async def test_where_nobody_agrees_nothing_changes_and_who_asked_is_told(start: Start) -> None:
    world = await start(OWED)
    await world.graded("green", actions=False)
    before = check(world).due_on
    await ask_for_time(world, date(2027, 1, 20))
    await world.send_form("mina", "answer", agreeing(world, "later").token, agreed="no")
    assert check(world).due_on == before
    assert [each.actor_id for each in log(world, "not-agreed")] == [world.ids["mina"]]
    await world.forward("1 day")
    assert "duty-news" in world.messages("ade")
    assert isinstance(await ask_for_time(world, date(2027, 1, 18)), Say), "it may be asked for again"
    assert kinds(world).count("check-later") == 1


async def test_asked_twice_there_is_one_question(start: Start) -> None:
    world = await start(OWED)
    await world.graded("green", actions=False)
    await ask_for_time(world, date(2027, 1, 20))
    said = await ask_for_time(world, date(2027, 1, 21))
    assert "asked for already" in said.text
    assert kinds(world).count("check-later") == 1


async def test_who_must_agree_and_is_silent_is_told_of_to_quality(start: Start) -> None:
    world = await start(OWED)
    await world.graded("green", actions=False)
    await ask_for_time(world, date(2027, 1, 20))
    await world.forward("3 working days")
    assert "duty-late" in world.messages("quinn")


async def test_let_off_it_is_closed_with_the_reason_and_leaves_its_own_moment(start: Start) -> None:
    world = await start(OWED)
    await world.graded("green", actions=False)
    form = await world.press_token("ade", "let-off", check(world).token)
    assert isinstance(form, OpenForm)
    await world.send_form("ade", "let-off", check(world).token, why="otherwise")
    assert check(world).state == "open", "nobody has agreed yet"
    await world.send_form("mina", "answer", agreeing(world, "let-off").token, agreed="yes")
    assert (check(world).state, check(world).closed_why) == ("met", "Let off: it was done in another way")
    assert "check.let-off" in [each.name for each in world.all(Moment)]
    assert "check.done" not in [each.name for each in world.all(Moment)]
    assert "instead" in kinds(world)
    assert "after" not in kinds(world)
    assert [(each.actor_id, each.why) for each in log(world, "let-off")] == [
        (world.ids["ade"], "It was done in another way")
    ]
    assert {"asked-because", "agreed"} <= {each.question for each in world.all(Answer)}


async def test_whoever_owes_it_hears_that_somebody_else_had_them_let_off(start: Start) -> None:
    world = await start(OWED)
    await world.graded("green", actions=False)
    number = check(world).id

    def ask(unit: Unit) -> str:
        deadline = unit.session.get_one(Deadline, number)
        return easing.let_off(unit, deadline, "workload", by=unit.directory.people[world.ids["quinn"]])

    assert "asked to agree" in await world.run(ask)
    await world.send_form("mina", "answer", agreeing(world, "let-off").token, agreed="yes")
    assert check(world).closed_why == "Let off: other work had to come first"
    news = [each.params["title"] for each in world.notices("ade", message="duty-news")]
    assert news == ["You need not do this any more: Check the file"]


async def test_a_new_date_that_was_agreed_to_is_no_date_of_a_meeting(start: Start) -> None:
    world = await start(OWED)
    audit = await world.graded("green", actions=False)
    await ask_for_time(world, date(2027, 1, 20))
    await world.send_form("mina", "answer", agreeing(world, "later").token, agreed="yes")
    assert await world.run(lambda unit: given_date(unit, unit.session.get_one(Audit, audit.id))) is None
    said = await world.send_form("quinn", "change-date", audit.reference, **{"what-became": "off"})
    assert "There is no date here" in str(said)
    assert agreeing(world, "later").state == "met"


async def test_answered_meanwhile_nobody_need_agree_any_more(start: Start) -> None:
    world = await start(OWED)
    audit = await world.graded("green", actions=False)
    await world.send_form("ade", "let-off", check(world).token, why="workload")
    await answer(world, "ade", "check", audit)
    assert agreeing(world, "let-off").state == "withdrawn"
    assert "after" in kinds(world)
    said = await world.send_form("mina", "answer", agreeing(world, "let-off").token, agreed="yes")
    assert isinstance(said, Say)
    assert check(world).closed_why == "Done"


async def test_what_is_let_off_holds_the_work_no_longer(start: Start) -> None:
    world = await start(OWED.replace("let-off:", "holds: final, let-off:", 1))
    audit = await world.graded("green", actions=False)
    assert world.all(Audit, col(Audit.id) == audit.id)[0].state == "submitted"
    await world.send_form("ade", "let-off", check(world).token, why="changed")
    await world.send_form("mina", "answer", agreeing(world, "let-off").token, agreed="yes")
    assert world.all(Audit, col(Audit.id) == audit.id)[0].state == "finalised"


async def test_a_deadline_that_nothing_lets_off_has_no_such_button(start: Start) -> None:
    world = await start(
        OWED.replace("let-off: {approve: [service-manager]},", "").replace("check.let-off", "check.late")
    )
    await world.graded("green", actions=False)
    await world.forward("1 working day")
    said = await world.press_token("ade", "let-off", check(world).token)
    assert not isinstance(said, OpenForm)
    assert check(world).state == "open"


EACH = """
duties:
  check: {rule: ABC-DDL-1, title: Check the file, when: [practice-learning-review.submitted],
          owes-each: [practice-lead, service-manager], due: opened + 10 working days,
          let-off: {approve: [head-of-service]}}
  after: {rule: ABC-DDL-2, title: What follows, when: [check.done], owes: [practice-lead], due: none}
  instead: {rule: ABC-DDL-3, title: What follows then, when: [check.let-off], owes: [practice-lead], due: none}
"""


@pytest.mark.parametrize(("others", "follows"), [("answers", "after"), ("lets off", "instead")])
async def test_where_each_owes_it_is_done_if_one_answered_and_let_off_if_none_did(
    start: Start, others: str, follows: str
) -> None:
    world = await start(EACH)
    await world.graded("green", actions=False)
    lead, manager = world.all(Deadline, col(Deadline.kind) == "check")
    if others == "answers":
        await world.press_token("ade", "answer", lead.token)
    else:
        await world.send_form("ade", "let-off", lead.token, why="away")
        await world.send_form("hanif", "answer", agreeing(world, "let-off").token, agreed="yes")
    assert not {"after", "instead"} & set(kinds(world))
    await world.send_form("mina", "let-off", manager.token, why="away")
    await world.send_form("hanif", "answer", agreeing(world, "let-off").token, agreed="yes")
    assert {"after", "instead"} & set(kinds(world)) == {follows}


CHAIN = """
duties:
  whole: {rule: ABC-DDL-1, title: The whole of it, when: [practice-learning-review.submitted], owes: [service-manager],
          due: submitted + 15 working days, ends-with: [first.done, second.done]}
  first: {rule: ABC-DDL-2, title: First stage, when: [practice-learning-review.submitted], owes: [practice-lead],
          due: opened + 5 working days, judged-by: [head-of-service]}
  second: {rule: ABC-DDL-3, title: Second stage, when: [first.refused, first.late], owes: [service-manager],
           due: opened + 5 working days}
"""


async def test_a_date_of_the_whole_chain_ends_with_the_link_that_ends_it(start: Start) -> None:
    world = await start(CHAIN)
    audit = await world.graded("green", actions=False)
    await answer(world, "ade", "first", audit)
    assert "whole" in kinds(world), "it is not judged yet"
    judged = world.all(Deadline, col(Deadline.kind) == "first-judged")[-1]
    await world.send_form("hanif", "answer", judged.token, satisfied="no")
    assert {"whole", "second"} <= set(kinds(world))
    await answer(world, "mina", "second", audit)
    whole = world.deadline("whole", audit, state="met")
    assert whole.closed_why == "Done with: Second stage"
    assert "whole.done" in [each.name for each in world.all(Moment)]


async def test_what_holds_and_is_handed_on_holds_the_work_no_longer(start: Start) -> None:
    world = await start(CHAIN.replace("judged-by: [head-of-service]", "holds: final").replace("first.refused, ", ""))
    audit = await world.graded("green", actions=False)
    await world.forward("8 working days")
    assert "second" in kinds(world)
    assert world.all(Audit, col(Audit.id) == audit.id)[0].state == "finalised"


async def test_nobody_answers_a_chain_and_its_own_date_is_told_late(start: Start) -> None:
    world = await start(CHAIN)
    await world.graded("green", actions=False)
    await world.forward("17 working days")
    late = {world.name(each.recipient_id) for each in world.notices(message="duty-late") if each.rule == "ABC-DDL-1"}
    assert late == {"mina", "quinn", "rowan"}
    assert "The whole of it, QA-1001" in plain_card(world.cards("mina")[-1])


WRONG = {
    "there is no role 'service-manger'": ("let-off: {approve: [service-manager", "let-off: {approve: [service-manger"),
    "there is no role 'head'": ("times: 1, approve: [service-manager]", "times: 1, approve: [head]"),
    "a duty cannot end with what it leaves itself": ("due: opened + 10", "ends-with: [check.done], due: opened + 10"),
    "there is no 'chek' in this file": ("due: opened + 10", "ends-with: [chek.done], due: opened + 10"),
    "it would end as it opens": (
        "due: opened + 10",
        "ends-with: [practice-learning-review.submitted], due: opened + 10",
    ),
    "nobody can be let off": ("due: opened + 10 working days,", "due: none, ask: [acknowledged], ladder: red-alert,"),
    "somebody must judge here": (
        "due: opened + 10",
        "judged-by: [head-of-service], ends-with: [after.done], due: opened + 10",
    ),
}


@pytest.mark.parametrize("said", WRONG)
def test_what_cannot_be_meant_is_said(tmp_path: Path, said: str) -> None:
    path = tmp_path / "council.yaml"
    path.write_text(RULES + OWED.replace(*WRONG[said]), "utf-8")
    assert any(said in str(each) for each in lint(load(path, [Path("frameworks")])))


def test_a_duty_may_not_have_the_name_of_one_that_stands_beside_another(tmp_path: Path) -> None:
    path = tmp_path / "council.yaml"
    path.write_text(RULES + OWED.replace("  after:", "  check-later:"), "utf-8")
    with pytest.raises(BadFile, match="check-later"):
        load(path, [Path("frameworks")])


def test_it_is_said_in_plain_english(tmp_path: Path) -> None:
    path = tmp_path / "council.yaml"
    path.write_text(RULES + OWED + CHAIN.removeprefix("\nduties:\n"), "utf-8")
    words = str(describe(load(path, [Path("frameworks")])))
    assert "A new date may be given once, at most 60 days ahead, if the Service Manager agrees." in words
    assert "Whoever owes it may be let off, if the Service Manager agrees." in words
    assert "It ends by itself" in words
