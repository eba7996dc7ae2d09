"""A framework in plain English."""

import re

import pytest

from qabot.framework import Framework, Offset, describe, load
from qabot.framework.describe import step_sentence
from qabot.framework.describe_words import spoken
from qabot.framework.sections import Item, Section, listed
from tests.unit.framework.conftest import SHIPPED, Write


def section(framework: Framework, title: str) -> Section:
    return next(each for each in describe(framework) if each.title.startswith(title))


def item(framework: Framework, title: str, rule: str) -> Item:
    return next(each for each in section(framework, title).items if each.rule == rule)


@pytest.mark.parametrize(
    ("ladder", "rule", "sentence"),
    [
        (
            "review-due",
            "NEW-REM-1",
            "On day 15 of each month, rolled to the working day after, from the start of the cycle to 1 month "
            "before the due "
            "date: send 'review-reminder' to whoever owes it, one list for each person (NEW-REM-1)",
        ),
        (
            "review-due",
            "NEW-REM-2",
            "7 days before the due date, rolled to the working day before: send 'outstanding-list' to whoever owes it, "
            "the Practice Lead, the Service Manager and the Head of Service, one list for each person (NEW-REM-2)",
        ),
        (
            "red-alert",
            "OURS-ALT-1",
            "4 working hours after it is opened: send 'red-alert-again' to the Service Manager and Head of "
            "Service and their "
            "deputies, as an alert; closure days do not stop the clock (OURS-ALT-1)",
        ),
        (
            "red-alert",
            "OURS-ALT-2",
            "1 working day after it is opened: send 'red-alert-escalated' to the Director of Operations and "
            "Quality Assurance "
            "Service, as an alert, and again 1 working day after the time before until it is closed; closure days "
            "do not stop "
            "the clock (OURS-ALT-2)",
        ),
        (
            "red-review",
            "NEW-ALT-3",
            "When it is opened: send 'red-review' to whoever owes it (NEW-ALT-3)",
        ),
        (
            "review-actions",
            "NEW-ESC-1.1",
            "On T1, rolled to the working day after: send 'actions-confirm' to the practitioner and the Practice "
            "Lead "
            "(NEW-ESC-1.1)",
        ),
        (
            "moderation-due",
            "deadline",
            "When it is drawn: send 'moderation' to whoever owes it (NEW-MOD-3 or NEW-MOD-2)",
        ),
    ],
)
def test_a_step_is_one_sentence(newham: Framework, ladder: str, rule: str, sentence: str) -> None:
    (step,) = [each for each in newham.ladders[ladder].steps if each.rule == rule]
    assert step_sentence(newham, ladder, step) == sentence


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        ("due", "on the due date"),
        ("due - 1 working day", "1 working day before the due date"),
        ("cycle-start - 14 days", "14 days before the start of the cycle"),
        ("moderated or final + 21 days", "21 days after it is moderated or final"),
        ("T1", "on T1"),
    ],
)
def test_an_offset_in_words(offset: str, words: str) -> None:
    assert spoken(Offset.parse(offset)) == words


def test_a_list_in_words() -> None:
    assert [listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_every_rule_is_told_with_source_flag_and_reading(newham: Framework) -> None:
    assert [each.rule for each in section(newham, "Rules").items] == list(newham.rules)
    told = item(newham, "Rules", "NEW-ESC-1.2")
    assert told.notes == (
        "Source: section 14, line 505 (explicit and ambiguous)",
        "Reading: 14 days after the first contact.",
        "See D6 below",
    )
    assert told.confirm


def test_what_is_explicit_needs_no_confirmation(newham: Framework) -> None:
    assert not item(newham, "Rules", "NEW-ESC-1.0b").confirm
    assert not item(newham, "Ladder: Actions", "NEW-ESC-1.0b").confirm
    assert item(newham, "Ladder: Actions", "NEW-ESC-1.1").confirm


def test_a_step_that_cites_its_deadline_tells_every_rule_that_may_be(newham: Framework) -> None:
    step = item(newham, "Ladder: Moderation", "NEW-MOD-3 or NEW-MOD-2")
    assert step.confirm
    ours = newham.model_copy(update={"without": ("NEW-MOD-2",)})
    assert section(ours, "Ladder: Moderation").items[-1].text == "Switched off by this council: NEW-MOD-2"


def test_a_rule_that_nothing_cites_says_so(newham: Framework) -> None:
    assert item(newham, "Rules", "NEW-ACT-15").notes[-1] == "Nothing cites it"


def test_quotas_samples_and_deadlines_are_sentences(newham: Framework) -> None:
    assert item(newham, "Practice Learning Review", "NEW-QUO-1").text == (
        "Each Practice Lead does 3 Practice Learning Reviews each quarter of the financial year, fewer for "
        "somebody who is "
        "away or joins late."
    )
    assert item(newham, "Samples", "NEW-MOD-3").text == (
        "Head of Service moderation: each month, 20% of the Practice Learning Reviews of each team, rounded up, that "
        "came in over the cycle so far are looked at again by the Head of Service, never by whoever did the work or "
        "was involved in the case; at least 1; what Head of Service review looks at counts too. Due 10 working days "
        "after it is drawn. Asked: second grade. Ladder: Moderation of a review."
    )
    assert item(newham, "Duties", "NEW-ALT-3").text == (
        "Head of Service review (red-review): when 'Alert to acknowledge' opens, if any grade is RED (Inadequate), the "
        "Head of Service owes it, due 5 working days after it is opened. Asked: second grade and told in person. The "
        "work is not final before. Ladder: Head of Service review of a RED (Inadequate) review."
    )


OURS = """extends: newham
rules: {ABC-DDL-1: {text: A rule of another council., source: invented}}
questions:
  how-soon: {label: How soon?, choice: {today: Today, week: This week}}
  visit: {label: Day of the visit, type: date, days: working, earliest: today, latest: alert.opened + 5 working days}
  chair: {label: Who goes?, type: person, never: [practitioner, auditor], present-on: visit}
  hours: {label: Hours, type: number, least: 1, greatest: 7.5}
  miles: {label: Miles, type: number, greatest: 50}
  jobs: {label: Jobs, rows: {what: text, done-by: person, by: date}, never: [practitioner]}
duties:
  asking:
    {rule: ABC-DDL-1, title: How soon, when: [practice-learning-review.submitted], owes: [practice-lead], due: none,
     ask: [how-soon]}
  going:
    rule: ABC-DDL-1
    title: The visit
    when: [alert.opened]
    owes: [practice-lead]
    due: {according-to: how-soon, today: alert.opened + 1 working day, else: alert.opened + 5 working days}
    ask: [visit, chair, hours, miles, jobs]
    put-off: {times: 2, within: today + 30 days, tell: [service-manager], approve: [head-of-service]}
"""


def test_what_a_question_does_not_take_is_said(write: Write) -> None:
    texts = [each.text for each in section(load(write("ours", OURS), [SHIPPED]), "Questions").items]
    for sentence in (
        "Day of the visit (visit): a working day, not before today and not after 5 working days after 'Alert to "
        "acknowledge' opens",
        "Who goes? (chair): a colleague, not the practitioner or the auditor, who is not away on the day under “Day of "
        "the visit”",
        "Hours (hours): a number from 1 to 7.5",
        "Miles (miles): a number of at most 50",
        "Jobs (jobs): up to 4 times what, done by and by, not the practitioner",
    ):
        assert sentence in texts


def test_a_duty_says_its_answers_in_words_and_how_far_a_new_date_may_be(write: Write) -> None:
    framework = load(write("ours", OURS), [SHIPPED])
    [text] = [each.text for each in section(framework, "Duties").items if each.text.startswith("The visit")]
    assert "due 1 working day after 'Alert to acknowledge' opens for “Today”, else 5 working days after" in text
    assert (
        "A new date may be given twice, at most 30 days ahead, if the Head of Service agrees. It is told to the "
        "Service Manager." in text
    )


def test_every_process_is_told_with_its_rule(newham: Framework) -> None:
    assert (
        item(newham, "Processes", "NEW-MOD-6").text
        == "A moderation is done, and the first reviewer and their manager are asked to talk it through."
    )
    told = section(newham, "Processes").items
    assert [each.rule for each in told] == [rule for _, rule in newham.processes]
    assert item(newham, "Rules", "NEW-MOD-6").notes == ("Source: section 11, line 475 (explicit)",)


def test_what_a_council_switched_off_or_set_is_told(write: Write) -> None:
    path = write(
        "ours",
        "extends: newham\nwithout: [OURS-PIM-1]\ncouncil: {alerts_outside_hours: hold, closure_days: [2026-12-29]}\n",
    )
    ours = load(path, [SHIPPED])
    assert section(ours, "Ladder: The date").items[-1].text == "Switched off by this council: OURS-PIM-1"
    assert item(ours, "Rules", "OURS-PIM-1").notes[-1] == "Nothing cites it"
    texts = [each.text for each in describe(ours)[0].items]
    assert "Alerts outside working hours are sent from 08:30 on the next working day" in texts
    assert "Working hours: 09:00 to 17:00; closure days: 29 December 2026" in texts


def test_every_reading_is_told(newham: Framework) -> None:
    readings = section(newham, "Readings to confirm before go-live").items
    assert {each.rule: each.text for each in readings} == newham.confirm
    assert all(each.confirm for each in readings)


@pytest.mark.parametrize("council", sorted(each.stem for each in SHIPPED.glob("*.yaml")))
def test_no_sentence_ends_twice_and_no_part_is_empty(council: str) -> None:
    for part in describe(load(council, [SHIPPED])):
        assert part.items, part.title
        for each in part.items:
            assert not re.search(r"[?!.]\.(?!\w)", each.text), each.text
