"""Duties of other councils: what follows from a piece of work is lines of their file (docs/frameworks.md).

The rules cited are invented: what is tested is that a file is carried out, not one council's rules.
"""

from pathlib import Path

from sqlmodel import col

from qabot.adapter import OpenForm, Say, ShowCard
from qabot.framework.lint import warn
from qabot.framework.loader import load
from qabot.messaging.card import plain_card
from qabot.messaging.check import texts
from qabot.models import Action, Alert, Answer, Audit, Deadline, Moment, Nomination
from qabot.workflows.access.presses import find
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import withdrawing
from qabot.workflows.verbs import audits, nominations
from tests.support.councils import RULES, Start, answer, kinds
from tests.support.world import World, tools

OVERSIGHT = """
questions:
  oversight-recorded: {label: Is your oversight recorded on the file?, type: tick}
  visit-needed: {label: Does somebody need to visit?, choice: {soon: Within a week, later: Later, none: No visit}}
duties:
  oversight:
    rule: ABC-DDL-1
    title: Management oversight
    when: [practice-learning-review.submitted]
    if: {grade: [amber, green]}
    owes: [practice-lead, service-manager]
    due: submitted + 5 working days
    ask: [oversight-recorded, visit-needed]
    done: "Oversight recorded, visit: {visit-needed}"
    thanks: "Noted: {visit-needed}."
  visit:
    rule: ABC-DDL-2
    title: A visit
    when: [oversight.done]
    if: {answer: {visit-needed: [soon, later]}}
    owes: [practice-lead]
    due: {according-to: visit-needed, soon: oversight.done + 1 week, else: oversight.done + 4 weeks}
    button: "{about} was visited"
"""


async def test_a_duty_is_asked_answered_and_another_one_opens_on_its_answer(start: Start) -> None:
    world = await start(OVERSIGHT)
    audit = await world.graded("green", actions=False)
    duty = world.deadline("oversight", audit)
    assert duty.due_on is not None
    assert duty.due_on.isoformat() == "2026-11-30"
    await world.forward("1 working day")
    assert "duty" in world.messages("ade")
    assert "duty" in world.messages("mina")
    opened = await world.press_token("ade", "answer", duty.token)
    assert isinstance(opened, OpenForm)
    assert [field.name for field in opened.form.fields] == ["oversight-recorded", "visit-needed"]
    said = await answer(world, "mina", "oversight", audit, **{"oversight-recorded": "yes", "visit-needed": "soon"})
    assert isinstance(said, Say)
    assert said.text == "Thank you. Noted: Within a week."
    met = world.deadline("oversight", audit, state="met")
    assert met.closed_why == "Oversight recorded, visit: Within a week"
    visit = world.deadline("visit", audit)
    assert visit.due_on is not None
    assert visit.due_on.isoformat() == "2026-12-01"
    assert {each.question: each.value for each in world.of_duties()} == {
        "oversight-recorded": "yes",
        "visit-needed": "soon",
    }


async def test_one_answer_is_enough_and_the_second_changes_nothing(start: Start) -> None:
    world = await start(OVERSIGHT)
    audit = await world.graded("green", actions=False)
    token = world.deadline("oversight", audit).token
    values = {"oversight-recorded": "yes", "visit-needed": "none"}
    await world.send_form("ade", "answer", token, **values)
    await world.send_form("mina", "answer", token, **{**values, "visit-needed": "soon"})
    assert [each.value for each in world.all(Answer, col(Answer.question) == "visit-needed")] == ["none"]
    assert "visit" not in kinds(world)
    assert [each.why for each in world.events("duty-not-opened") if each.rule == "ABC-DDL-2"] == [
        "its condition does not hold when 'Management oversight' is done"
    ]


async def test_a_condition_that_does_not_hold_opens_nothing_and_is_in_the_log(start: Start) -> None:
    world = await start(OVERSIGHT)
    await world.graded("blue", actions=False)
    assert "oversight" not in kinds(world)
    assert "ABC-DDL-1" in {each.rule for each in world.events("duty-not-opened")}


async def test_the_usual_ladder_tells_reminds_and_tells_quality_once_its_date_has_passed(start: Start) -> None:
    world = await start(OVERSIGHT)
    await world.graded("green", actions=False)
    await world.forward("7 working days")
    assert [each for each in world.messages("ade") if each.startswith("duty")] == ["duty", "duty", "duty-late"]
    assert "duty-late" in world.messages("quinn")


async def test_a_faulty_answer_says_what_was_wrong_and_loses_nothing(start: Start) -> None:
    world = await start(
        """
questions:
  meeting: {label: Day of the meeting, type: date, days: working, earliest: opened, latest: today + 30 days}
  who: {label: Who chairs?, type: person, never: [practitioner], present-on: meeting}
  children: {label: How many?, type: number, least: 1, greatest: 9}
duties:
  meet:
    rule: ABC-DDL-1
    title: A meeting
    when: [practice-learning-review.submitted]
    owes: [practice-lead]
    due: opened + 2 working days
    ask: [meeting, who, children]
"""
    )
    audit = await world.graded("green", actions=False)
    sofia = str(world.ids["sofia"])
    reply = await answer(world, "ade", "meet", audit, meeting="2026-11-28", who=sofia, children="12")
    assert isinstance(reply, OpenForm)
    assert reply.form.errors == {
        "meeting": "Saturday 28 November 2026 is not a working day. Give another date.",
        "who": "This is about the work of Sofia Brandt. Choose somebody else.",
        "children": "Give a number no greater than 9.",
    }
    assert reply.form.values["meeting"] == "2026-11-28"
    reply = await answer(world, "ade", "meet", audit, meeting="2026-11-20", who=sofia, children="1")
    assert isinstance(reply, OpenForm)
    assert "meeting" in reply.form.errors
    assert world.of_duties() == []
    await answer(world, "ade", "meet", audit, meeting="2026-12-01", who=str(world.ids["mina"]), children="2")
    assert world.deadline("meet", audit, state="met").closed_why == "Answered"


async def test_a_date_that_was_answered_is_one_to_count_from(start: Start) -> None:
    world = await start(
        """
questions:
  meeting: {label: Day of the meeting, type: date}
duties:
  meet: {rule: ABC-DDL-1, title: A meeting, when: [practice-learning-review.submitted], owes: [practice-lead],
         due: none, ask: [meeting]}
  minutes: {rule: ABC-DDL-2, title: The minutes, when: [meet.done], owes: [practice-lead],
            due: meeting + 2 working days}
"""
    )
    audit = await world.graded("green", actions=False)
    await answer(world, "ade", "meet", audit, meeting="2026-12-04")
    minutes = world.deadline("minutes", audit)
    assert minutes.due_on is not None
    assert minutes.due_on.isoformat() == "2026-12-08"


async def test_rows_are_kept_whole_or_not_at_all(start: Start) -> None:
    world = await start(
        """
questions:
  plan: {label: Action, rows: {owner: person, date: date}, most: 2}
duties:
  plan-it: {rule: ABC-DDL-1, title: The plan, when: [practice-learning-review.submitted], owes: [practice-lead],
            due: none, ask: [plan]}
"""
    )
    audit = await world.graded("green", actions=False)
    opened = await world.press_token("ade", "answer", world.deadline("plan-it", audit).token)
    assert isinstance(opened, OpenForm)
    assert [field.label for field in opened.form.fields] == [
        "Action 1: owner",
        "Action 1: date",
        "Action 2: owner",
        "Action 2: date",
    ]
    half = await answer(world, "ade", "plan-it", audit, **{"plan.1.owner": str(world.ids["sofia"])})
    assert isinstance(half, OpenForm)
    assert half.form.errors == {"plan.1.date": "Fill in the whole row, or leave it empty."}
    second = await answer(world, "ade", "plan-it", audit, **{"plan.2.owner": str(world.ids["sofia"])})
    assert isinstance(second, OpenForm)
    assert second.form.errors == {"plan.2.date": "Fill in the whole row, or leave it empty."}, "in its own place"
    whole = {"plan.1.owner": str(world.ids["sofia"]), "plan.1.date": "2026-12-10"}
    await answer(world, "ade", "plan-it", audit, **whole)
    (kept,) = world.of_duties()
    assert kept.value == [{"owner": world.ids["sofia"], "date": "2026-12-10"}]


async def test_each_owes_their_own_and_what_follows_comes_with_the_last(start: Start) -> None:
    world = await start(
        """
duties:
  read-it: {rule: ABC-DDL-1, title: Read the review, when: [practice-learning-review.final],
            owes-each: [practice-lead, service-manager], due: opened + 5 working days}
  talk: {rule: ABC-DDL-2, title: A talk, when: [read-it.done], owes: [practice-lead], due: none}
"""
    )
    await world.graded("green", actions=False)
    first, second = world.all(Deadline, col(Deadline.kind) == "read-it")
    assert {first.owner_id, second.owner_id} == {world.ids["ade"], world.ids["mina"]}
    await world.press_token(world.name(first.owner_id), "answer", first.token)
    assert "talk" not in kinds(world)
    await world.press_token(world.name(second.owner_id), "answer", second.token)
    assert kinds(world).count("talk") == 1


HOLDING = """
duties:
  check: {rule: ABC-DDL-1, title: A check, when: [practice-learning-review.submitted], owes: [practice-lead],
          due: opened + 5 working days, holds: final}
"""


async def test_what_holds_the_work_keeps_it_from_becoming_final_until_it_is_done(start: Start) -> None:
    world = await start(HOLDING)
    audit = await world.graded("green")
    assert world.all(Audit, col(Audit.id) == audit.id)[0].state == "submitted"
    assert "actions" not in kinds(world)
    await answer(world, "ade", "check", audit)
    assert world.all(Audit, col(Audit.id) == audit.id)[0].state == "finalised"
    assert "actions" in kinds(world)


async def test_a_deadline_keeps_what_it_asked_when_the_file_changes(start: Start, tmp_path: Path) -> None:
    world = await start(OVERSIGHT)
    audit = await world.graded("green", actions=False)
    (tmp_path / "changed.yaml").write_text(f"{RULES}{OVERSIGHT.replace('visit-needed, ', '')}", "utf-8")
    changed = (RULES + OVERSIGHT).replace("ask: [oversight-recorded, visit-needed]", "ask: [oversight-recorded]")
    changed = changed.replace('"Oversight recorded, visit: {visit-needed}"', '"Recorded"')
    changed = changed.replace('"Noted: {visit-needed}."', '"Noted."').replace("    if: {answer", "    # if: {answer")
    changed = changed.replace(
        "due: {according-to: visit-needed, soon: oversight.done + 1 week, else: oversight.done + 4 weeks}", "due: none"
    )
    (tmp_path / "changed.yaml").write_text(changed, "utf-8")
    world.framework = load(tmp_path / "changed.yaml", [Path("frameworks")])
    world.restart()
    opened = await world.press_token("ade", "answer", world.deadline("oversight", audit).token)
    assert isinstance(opened, OpenForm)
    assert [field.name for field in opened.form.fields] == ["oversight-recorded", "visit-needed"]


async def test_a_window_takes_no_answer_before_it_opens(start: Start) -> None:
    world = await start(
        """
duties:
  later: {rule: ABC-DDL-1, title: A second look at the file, when: [practice-learning-review.submitted],
          owes: [practice-lead], opens: submitted + 6 weeks, due: submitted + 8 weeks}
"""
    )
    audit = await world.graded("green", actions=False)
    early = await answer(world, "ade", "later", audit)
    assert isinstance(early, Say)
    assert early.text.startswith("This can be answered from 4 January 2027 on.")
    await world.forward("1 working day")
    card = plain_card(world.cards("ade")[-1])
    assert "This is yours to answer, from Monday 4 January 2027 on: until then there is nothing to do." in card
    assert "please answer it here by the date below" not in card
    await world.jump("2027-01-04 10:00")
    await answer(world, "ade", "later", audit)
    assert world.deadline("later", audit, state="met")


async def test_what_passes_its_date_is_handed_on_to_the_next_of_the_chain(start: Start) -> None:
    world = await start(
        """
duties:
  first: {rule: ABC-DDL-1, title: First stage, when: [practice-learning-review.submitted], owes: [practice-lead],
          due: opened + 2 working days}
  second: {rule: ABC-DDL-2, title: Second stage, when: [first.late], owes: [service-manager],
           due: opened + 2 working days}
"""
    )
    audit = await world.graded("green", actions=False)
    await world.forward("2 working days")
    assert "second" not in kinds(world)
    await world.forward("1 working day")
    assert world.deadline("first", audit, state="withdrawn").closed_why == "Handed on: Second stage"
    assert world.deadline("second", audit).owner_id == world.ids["mina"]


async def test_who_is_told_of_a_moment_owes_nothing(start: Start) -> None:
    world = await start(
        """
duties:
  outcome: {rule: ABC-DDL-1, title: A review of your service is in, when: [practice-learning-review.submitted],
            tell: [service-manager]}
"""
    )
    await world.graded("green", actions=False)
    await world.forward("1 working day")
    assert "duty-news" in world.messages("mina")
    assert "outcome" not in kinds(world)


async def test_a_new_date_is_given_once_and_those_named_are_told(start: Start) -> None:
    world = await start(
        """
duties:
  plan: {rule: ABC-DDL-1, title: A plan, when: [practice-learning-review.submitted], owes: [practice-lead],
         due: opened + 2 working days, put-off: {times: 1, tell: [head-of-service]}}
  plan-later: {rule: ABC-DDL-2, title: A plan by the new date, when: [plan.put-off], owes: [practice-lead],
               due: new-date}
"""
    )
    audit = await world.graded("green", actions=False)
    reply = await world.send_form("ade", "not-yet", world.deadline("plan", audit).token, new_date="2026-12-09")
    assert isinstance(reply, ShowCard | Say)
    later = world.deadline("plan-later", audit)
    assert later.due_on is not None
    assert later.due_on.isoformat() == "2026-12-09"
    await world.forward("1 working day")
    assert "duty-new-date" in world.messages("hanif")
    assert "plan" not in kinds(world)


async def test_good_practice_that_was_told_of_can_be_somebodys_to_thank_for(start: Start) -> None:
    world = await start(
        """
duties:
  thank: {rule: ABC-DDL-1, title: Thank a colleague, when: [nomination.given], owes: [head-of-service],
          due: opened + 10 working days, button: I have thanked them}
"""
    )
    clean = {
        "what": "Kind and clear.",
        "difference": "It helped.",
        "seen_in": "meeting",
        "tags": [],
        "seen_on": world.clock.now().date(),
        "case_reference": None,
    }
    await world.run(lambda unit: nominations.nominate(unit, world.ids["sofia"], clean, by=world.ids["ben"]))
    (thank,) = world.all(Deadline, col(Deadline.kind) == "thank")
    assert (thank.subject_type, thank.subject_id) == ("nomination", world.all(Nomination)[0].id)
    assert thank.owner_id == world.ids["hanif"]
    await world.press_token("hanif", "answer", thank.token)
    assert kinds(world, "met") == ["thank"]


async def test_a_duty_can_ask_for_a_second_look_that_no_sample_drew(start: Start) -> None:
    world = await start(
        """
duties:
  look: {rule: ABC-DDL-1, title: A second look at every amber review, when: [practice-learning-review.submitted],
         if: {grade: [amber]}, owes: [head-of-service], due: opened + 5 working days, ask: [second-grade]}
  after: {rule: ABC-DDL-2, title: A talk about both grades, when: [look.done], owes: [practice-lead], due: none}
"""
    )
    audit = await world.graded("amber", actions=False)
    look = world.deadline("look", audit)
    assert look.owner_id == world.ids["hanif"]
    await world.send_form("hanif", "moderate", look.token, grade="green")
    assert world.deadline("look", audit, state="met")
    assert world.deadline("after", audit)
    assert [each.name for each in world.all(Moment) if each.name.startswith("look.")] == ["look.opened", "look.done"]


async def test_an_alert_of_another_name_climbs_and_is_acknowledged(start: Start) -> None:
    world = await start(
        """
duties:
  alert: null
  pim-date: null
  red-review: null
  worry: {rule: NEW-ALT-1, title: A worry, when: [practice-learning-review.submitted], if: {any-grade: [amber]},
          owes: [service-manager], due: none, ask: [acknowledged], ladder: red-alert}
ladders: {pim-date: null, red-review: null}
samples: {head-of-service: {counts: []}}
questions: {meeting-date: null, chair: null}
"""
    )
    audit = await world.graded("amber")
    assert "red-alert" in world.messages("mina")
    await world.forward("4 working hours")
    assert "red-alert-again" in world.messages("mina")
    await world.press("mina", "acknowledge", audit, kind="worry")
    assert world.deadline("worry", audit, state="met").closed_why == "Acknowledged"


async def test_withdrawing_the_work_withdraws_what_is_open_on_it(start: Start) -> None:
    world = await start(OVERSIGHT)
    audit = await world.graded("green", actions=False)
    await world.run(
        lambda unit: withdrawing.withdraw(unit, unit.session.get_one(Audit, audit.id), "case", by=world.ids["quinn"])
    )
    assert world.deadline("oversight", audit, state="withdrawn")
    assert [each.name for each in world.all(Moment)][-1] == "practice-learning-review.withdrawn"


async def test_a_moment_is_written_once_for_all_that_happened_and_nothing_changes_it(start: Start) -> None:
    world = await start(OVERSIGHT)
    audit = await world.graded("green")
    await answer(world, "ade", "oversight", audit, **{"oversight-recorded": "yes", "visit-needed": "none"})
    names = [each.name for each in world.all(Moment, col(Moment.subject_id) == audit.id)]
    assert names == [
        "practice-learning-review.given",
        "practice-learning-review.submitted",
        "oversight.opened",
        "practice-learning-review.final",
        "actions.opened",
        "oversight.done",
    ]


async def test_an_old_button_shows_the_card_as_it_is_now(start: Start) -> None:
    world = await start(OVERSIGHT)
    audit = await world.graded("green", actions=False)
    await world.forward("1 working day")
    card = world.card_about("ade", audit, "oversight")
    reply = await world.press_token("ade", "a-button-of-before", card.token)
    assert isinstance(reply, ShowCard)
    assert "answer" in [each.action for each in reply.card.all_buttons()]


STAGES = """
duties:
  first: {rule: ABC-DDL-1, title: First stage, when: [practice-learning-review.submitted], owes: [practice-lead],
          due: opened + 5 working days, judged-by: [service-manager, head-of-service]}
  second: {rule: ABC-DDL-2, title: Second stage, when: [first.refused, first.late], owes: [service-manager],
           due: opened + 5 working days}
  after: {rule: ABC-DDL-3, title: What follows, when: [first.done], owes: [practice-lead], due: none}
"""


def judging(world: World, person: str) -> Deadline:
    found = world.all(Deadline, col(Deadline.kind) == "first-judged", col(Deadline.owner_id) == world.ids[person])
    return found[-1]


async def test_an_answer_that_is_judged_is_done_once_all_are_satisfied(start: Start) -> None:
    world = await start(STAGES)
    audit = await world.graded("green", actions=False)
    await answer(world, "ade", "first", audit)
    assert "after" not in kinds(world)
    await world.send_form("mina", "answer", judging(world, "mina").token, satisfied="yes")
    assert "after" not in kinds(world), "the other judge has not spoken yet"
    await world.send_form("hanif", "answer", judging(world, "hanif").token, satisfied="yes")
    assert world.deadline("after", audit)
    assert "second" not in kinds(world)


async def test_one_who_is_not_satisfied_moves_it_on_as_silence_does(start: Start) -> None:
    world = await start(STAGES)
    audit = await world.graded("green", actions=False)
    await answer(world, "ade", "first", audit)
    await world.send_form("hanif", "answer", judging(world, "hanif").token, satisfied="no")
    assert world.deadline("second", audit)
    assert "after" not in kinds(world)
    assert judging(world, "mina").state == "withdrawn"


async def test_a_judge_who_is_silent_is_told_of_to_quality_after_a_working_day(start: Start) -> None:
    world = await start(STAGES)
    audit = await world.graded("green", actions=False)
    await answer(world, "ade", "first", audit)
    await world.forward("3 working days")
    assert "duty-late" in world.messages("quinn")


async def test_a_due_date_by_an_answer_moves_when_the_answer_comes_and_never_to_the_past(start: Start) -> None:
    world = await start(
        """
questions:
  risk: {label: How soon?, choice: {now: Now, later: Later}}
duties:
  assess: {rule: ABC-DDL-1, title: How soon, when: [practice-learning-review.submitted], owes: [practice-lead],
           due: none, ask: [risk]}
  act: {rule: ABC-DDL-2, title: Act on it, when: [practice-learning-review.submitted], owes: [practice-lead],
        due: {according-to: risk, later: submitted + 20 working days, else: submitted + 10 working days}}
"""
    )
    audit = await world.graded("green", actions=False)
    assert world.deadline("act", audit).due_on.isoformat() == "2026-12-07"  # type: ignore[union-attr]
    await answer(world, "ade", "assess", audit, risk="later")
    moved = world.deadline("act", audit)
    assert moved.due_on.isoformat() == "2026-12-21"  # type: ignore[union-attr]
    assert moved.anchors["due"] == "2026-12-21"
    assert [each.why for each in world.events("due-moved")] == ["it depends on the answer to 'How soon?'"]


async def test_what_is_due_today_is_said_at_once_if_todays_digest_is_out(start: Start) -> None:
    world = await start(
        """
duties:
  now: {rule: ABC-DDL-1, title: A thing of today, when: [practice-learning-review.submitted], owes: [practice-lead],
        due: submitted}
"""
    )
    await world.graded("green", actions=False)
    (first,) = [each for each in world.notices("ade", state="sent") if each.message == "duty"]
    assert first.sent_at == world.clock.now()


async def test_grades_that_two_duties_share_out_badly_are_warned_of(start: Start) -> None:
    world = await start(
        """
duties:
  low: {rule: ABC-DDL-1, title: Low, when: [practice-learning-review.submitted], if: {grade: [red, amber]},
        owes: [practice-lead], due: none}
  high: {rule: ABC-DDL-2, title: High, when: [practice-learning-review.submitted], if: {grade: [amber, green]},
         owes: [practice-lead], due: none}
"""
    )
    assert [each.what for each in warn(world.framework)] == [
        "on practice-learning-review.submitted, 'high' may open for the same grade too: amber",
        "on practice-learning-review.submitted, no duty opens for the grade blue",
    ]


async def test_a_new_date_that_nothing_follows_is_noted_as_often_as_the_file_says(start: Start) -> None:
    world = await start(
        """
duties:
  plan: {rule: ABC-DDL-1, title: A plan, when: [practice-learning-review.submitted], owes: [practice-lead],
         due: opened + 2 working days, put-off: {times: 2, within: today + 30 days}}
"""
    )
    audit = await world.graded("green", actions=False)
    token = world.deadline("plan", audit).token
    late = await world.send_form("ade", "not-yet", token, new_date="2026-12-24")
    assert isinstance(late, OpenForm)
    assert late.form.errors == {"new_date": "Give a date no later than 23 December 2026."}
    for day in ("2026-12-09", "2026-12-16", "2026-12-18"):
        reply = await world.send_form("ade", "not-yet", token, new_date=day)
    assert isinstance(reply, Say | ShowCard)
    assert "was given for this already, on 16 December 2026" in str(reply)
    assert str(world.deadline("plan", audit).expected_on) == "2026-12-16"


TWO_ALERTS = """
duties:
  worry: {rule: ABC-DDL-1, title: A worry, when: [practice-learning-review.submitted], if: {concern: true},
          owes: [director-of-operations], due: none, ask: [acknowledged], ladder: worry}
  after: {rule: ABC-DDL-2, title: What was done, when: [worry.done], if: {concern: true}, owes: [service-manager],
          due: opened + 1 working day}
ladders:
  worry:
    title: A worry
    steps:
      - {rule: ABC-DDL-1, at: opened, to: [director-of-operations], send: red-alert, lane: alert,
         repeat: last + 1 working day}
"""


async def test_two_alerts_about_one_piece_of_work_are_each_told_and_each_acknowledged(start: Start) -> None:
    world = await start(TWO_ALERTS)
    audit = await world.graded("red", immediate=True)
    assert "red-alert" in world.messages("dara"), "the second of the file is no less an alert"
    assert "red-alert" in world.messages("mina")
    await world.press("mina", "acknowledge", audit, kind="alert")
    assert world.deadline("worry", audit), "one is still open"
    assert [each.acknowledged_at for each in world.all(Alert)] == [None]
    await world.press("dara", "acknowledge", audit, kind="worry")
    (alert,) = world.all(Alert)
    assert alert.acknowledged_by_id == world.ids["dara"]
    assert world.deadline("after", audit), "that there was a concern is known later on too"


async def test_only_what_opened_because_of_actions_settles_them(start: Start) -> None:
    world = await start(
        """
duties:
  plan: {rule: ABC-DDL-1, title: A plan, when: [practice-learning-review.submitted], owes: [practice-lead],
         due: opened + 2 working days, put-off: {times: 1}}
"""
    )
    audit = await world.graded("green")
    day = world.clock.now().date()
    await world.run(lambda unit: audits.plan_actions(unit, audit, [(world.ids["sofia"], day)]))
    await answer(world, "ade", "plan", audit)
    assert [each.state for each in world.all(Action)] == ["open"]
    await answer(world, "ade", "actions", audit)
    assert [each.state for each in world.all(Action)] == ["done"]


async def test_what_holds_and_is_judged_holds_until_it_is_judged(start: Start) -> None:
    world = await start(HOLDING.replace("holds: final", "holds: final, judged-by: [service-manager]"))
    audit = await world.graded("green")
    await answer(world, "ade", "check", audit)
    assert world.all(Audit, col(Audit.id) == audit.id)[0].state == "submitted"
    (judged,) = world.all(Deadline, col(Deadline.kind) == "check-judged")
    await world.send_form("mina", "answer", judged.token, satisfied="yes")
    assert world.all(Audit, col(Audit.id) == audit.id)[0].state == "finalised"


IN_WRITING = """
duties:
  worry: {rule: ABC-DDL-1, title: A concern to read, when: [practice-learning-review.submitted], if: {concern: true},
          owes-each: [practitioner, service-manager], due: none, ask: [acknowledged], ladder: worry}
ladders:
  worry:
    title: A concern to read
    steps:
      - {rule: ABC-DDL-1, at: opened, to: [owner], send: duty-alert, lane: alert, repeat: last + 1 working day}
"""


async def test_a_concern_is_told_to_the_practitioner_in_writing_and_each_acknowledges_it(start: Start) -> None:
    world = await start(IN_WRITING)
    audit = await world.graded("green", immediate=True)
    mine, managers = world.all(Deadline, col(Deadline.kind) == "worry")
    assert (mine.owner_id, managers.owner_id) == (audit.practitioner_id, world.ids["mina"])
    assert "duty-alert" in world.messages("sofia")
    (card,) = [each for each in world.cards("sofia") if each.message == "duty-alert"]
    assert "acknowledge" in {each.action for each in card.buttons}
    words = " ".join(texts(card))
    assert "020 7946 0123" in words
    assert not tools().catalogue.house.grade_in(words)
    await world.press_token("sofia", "acknowledge", mine.token)
    assert world.deadline("worry", audit, state="met").closed_why == "Acknowledged"
    assert [each.acknowledged_at for each in world.all(Alert)] == [None], "somebody has still to read it"
    await world.press_token("mina", "acknowledge", managers.token)
    await world.acknowledge("mina", audit)
    assert world.all(Alert)[0].acknowledged_by_id == world.ids["mina"]


async def about_the_work_of(world: World, person: str, grade: str) -> Audit:
    """An audit of somebody's own work, whatever roles they hold."""
    audit = await world.audit("cyrus")

    def theirs(unit: Unit) -> None:
        unit.session.get_one(Audit, audit.id).practitioner_id = world.ids[person]

    await world.run(theirs)
    await world.submit(audit, grade)
    await world.tick()
    return audit


async def test_a_manager_whose_own_work_it_is_about_is_passed_over_until_somebody_has_talked(start: Start) -> None:
    world = await start("")
    audit = await about_the_work_of(world, "mina", "red")
    assert "red-alert" in world.messages("hanif")
    await world.forward("1 working day")
    assert [each for each in world.messages("mina") if each not in ("audit-final", "review-reminder")] == []
    assert world.deadline("pim-date", audit).owner_id == world.ids["hanif"], "the role above the Service Manager's"
    assert "pim-date" in world.messages("hanif")


async def test_their_deputy_does_not_hear_in_their_place_but_they_do_of_what_no_grade_opened(start: Start) -> None:
    world = await start(
        "duties: {read: {rule: ABC-DDL-1, title: Read it, when: [practice-learning-review.submitted], "
        "owes: [service-manager], due: opened + 2 working days}}"
    )
    audit = await about_the_work_of(world, "mina", "red")
    assert world.deadline("read", audit).owner_id == world.ids["mina"]
    assert "red-alert" not in world.messages("ade"), "mina's deputy"


async def test_whoevers_work_it_is_gets_a_card_without_the_grade_whatever_was_sent(start: Start) -> None:
    world = await start("")
    audit = await about_the_work_of(world, "sofia", "red")
    number = world.deadline("alert", audit).id

    def send(unit: Unit) -> None:
        unit.notify(
            "red-alert",
            world.ids["sofia"],
            rule="NEW-ALT-1",
            lane="alert",
            key="by-hand",
            reason="a test",
            subject=("audit", audit.id or 0),
            deadline=number,
        )

    await world.run(send)
    await world.tick()
    house = tools().catalogue.house
    words = {who: " ".join(texts(world.cards(who)[-1])) for who in ("sofia", "hanif")}
    assert house.grade_in(words["hanif"])
    assert "Alert" in world.cards("sofia")[-1].title
    assert not house.grade_in(words["sofia"])


async def test_a_new_date_is_told_to_the_people_of_the_work_as_well_as_to_roles(start: Start) -> None:
    world = await start(
        """
duties:
  plan: {rule: ABC-DDL-1, title: A plan, when: [practice-learning-review.submitted], owes: [practice-lead],
         due: opened + 2 working days, put-off: {tell: [practitioner, practice-lead, auditor, line-manager]}}
"""
    )
    audit = await world.graded("green", actions=False)
    await world.send_form("ade", "not-yet", world.deadline("plan", audit).token, new_date="2026-12-04")
    await world.forward("1 working day")
    told = {each for each in ("sofia", "cyrus", "mina", "ade", "quinn") if "duty-new-date" in world.messages(each)}
    assert told == {"sofia", "cyrus", "mina"}, "and whoever gave it knows it"


TALK = """
duties:
  talk: {rule: ABC-DDL-1, title: Speak with them, when: [practice-learning-review.submitted], if: {grade: [amber]},
         owes: [practice-lead], due: submitted + 5 working days, ask: [told-in-person]}
  then: {rule: ABC-DDL-2, title: What comes of it, when: [talk.done], owes: [practitioner], due: none}
"""


async def test_a_duty_that_asks_for_the_talk_alone_has_a_button_that_says_so(start: Start) -> None:
    world = await start(TALK)
    audit = await world.graded("amber", actions=False)
    token = world.deadline("talk", audit).token

    def label(unit: Unit) -> str:
        button = unit.tools.registry.button(
            "answer", find(unit, unit.directory.people[world.ids["ade"]], token).subject, token, ""
        )
        return button.label if button else ""

    assert await world.run(label) == f"We have spoken in person: {audit.reference}"
    assert "then" not in kinds(world)
    await answer(world, "ade", "talk", audit)
    assert "then" in kinds(world)


BY_A_ROLE_OF_SEVERAL = """
duties:
  note:
    rule: ABC-DDL-1
    title: A note
    when: [practice-learning-review.submitted]
    {owes}: [quality-assurance]
    due: submitted + 5 working days
"""


async def test_sentence_8_all_holders_of_a_role_are_told_and_the_first_answer_closes_it(start: Start) -> None:
    world = await start(BY_A_ROLE_OF_SEVERAL.format(owes="owes"))
    audit = await world.graded("green", actions=False)
    await world.forward("1 working day")
    told = {name for name in ("quinn", "rowan") if "duty" in world.messages(name)}
    assert told == {"quinn", "rowan"}
    owner = world.name(world.deadline("note", audit).owner_id)
    other = ({"quinn", "rowan"} - {owner}).pop()
    home = await world.nodes[0].desk.home(world.who(other))
    assert "A note" in plain_card(home).partition("Waiting for others")[0], "it is theirs to answer"
    await world.press(other, "answer", audit, kind="note")
    assert world.deadline("note", audit, state="met").closed_by_id == world.ids[other]


async def test_where_everybody_owes_one_nobody_is_told_of_anothers(start: Start) -> None:
    world = await start(BY_A_ROLE_OF_SEVERAL.format(owes="owes-each"))
    await world.graded("green", actions=False)
    await world.forward("1 working day")
    assert [len([each for each in world.messages(name) if each == "duty"]) for name in ("quinn", "rowan")] == [1, 1]
