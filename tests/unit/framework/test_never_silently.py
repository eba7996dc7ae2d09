"""What a file may never do silently: each sentence of the language's list with several faults of its kind.

A fault is laid over Newham's own file, as a council does it, and is told with its place and with what to write.
"""

from pathlib import Path

import pytest

from qabot.framework import lint, load, warn
from qabot.messaging.files import Catalogue
from tests.unit.framework.conftest import SHIPPED, Write

REVIEW = "practice-learning-review"
DUTY = {
    "rule": "NEW-ALT-3",
    "title": "Look into it",
    "when": f"[{REVIEW}.final]",
    "owes": "[slt]",
    "due": "opened + 5 days",
}


@pytest.fixture(scope="module")
def messages() -> Catalogue:
    """The messages that ship."""
    return Catalogue.load([Path("messages").resolve()])


def entry(usual: dict[str, str], **keys: str | None) -> str:
    """An entry with these keys changed, on one line; None takes a key away."""
    given = {**usual, **{name.rstrip("_").replace("_", "-"): value for name, value in keys.items()}}
    return "{" + ", ".join(f"{name}: {value}" for name, value in given.items() if value is not None) + "}"


def duties(**named: str) -> str:
    """Duties by name, each on a line of its own."""
    lines = (f"  {name.replace('_', '-')}: {duty}\n" for name, duty in named.items())
    return "duties:\n" + "".join(lines)


def duty(**keys: str | None) -> str:
    """One duty of the council's own, `look`, with these keys changed."""
    return duties(look=entry(DUTY, **keys))


def problems(write: Write, text: str, messages: Catalogue) -> list[str]:
    """What is wrong with a file laid over Newham's, as people read it; each with a line and a column."""
    found = lint(load(write("ours", f"extends: newham\n{text}"), [SHIPPED], to_lint=True), messages)
    assert all(each.line > 0 and each.column > 0 for each in found)
    return [f"{each.where}: {each.what}" for each in found]


def check(write: Write, messages: Catalogue, text: str, expected: str) -> None:
    """That one problem begins so."""
    found = problems(write, text, messages)
    assert any(each.startswith(expected) for each in found), found


# What one fault brings about is not told beside it.
def test_a_duty_that_nothing_opens_is_told_as_that_alone(write: Write, messages: Catalogue) -> None:
    text = (SHIPPED / "newham.yaml").read_text("utf-8")
    when = "    when: [practice-learning-review.submitted, practice-learning-review.moderated]\n"
    assert text.count(when) == 1
    found = lint(load(write("ours", text.replace(when, "")), [], to_lint=True), messages)
    assert [(each.where, each.what) for each in found] == [
        ("duties.alert", "nothing opens this: expected 'when' with a moment, or 'every' with how often it comes round")
    ]


@pytest.mark.parametrize("due", ["", "    due: 5\n", "    due: {according-to: risk, else: opened, raised: 5}\n"])
def test_a_duty_without_a_right_date_is_told_as_that_alone(write: Write, messages: Catalogue, due: str) -> None:
    text = (SHIPPED / "qpi-board.yaml").read_text("utf-8")
    start = text.index("    due: date\n", text.index("  action:\n"))
    changed = text[:start] + due + text[start + len("    due: date\n") :]
    found = lint(load(write("ours", changed), [], to_lint=True), messages)
    assert [each.where.partition(".due")[0] for each in found] == ["duties.action"], found


def test_two_faults_in_one_list_leave_the_rest_of_their_entry(write: Write, messages: Catalogue) -> None:
    text = (
        (SHIPPED / "qpi-board.yaml").read_text("utf-8").replace("    lists: [open actions, ", "    lists: [5, 6, ", 1)
    )
    found = lint(load(write("ours", text), [], to_lint=True), messages)
    assert [(each.where, each.what) for each in found] == [
        ("gatherings.board.lists[1]", "expected 'open actions', or 'of' with activities, found 5"),
        ("gatherings.board.lists[2]", "expected 'open actions', or 'of' with activities, found 6"),
    ]


# Bounds: a number, a distance or a name that no council means would stop the service, or could not be written.
QUOTA = f"activities: {{{REVIEW}: {{do: [{{rule: NEW-QUO-1, per: practice-lead, count: %s}}]}}}}"
STEP = "{rule: deadline, at: opened, to: [owner], send: duty}"
BOARD = "gatherings: {board: {rule: NEW-QUO-1, title: Board, every: month, to: [slt], announce: %s}}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (QUOTA % 1_000_000_000, f"activities.{REVIEW}.do[1].count: expected 1000 or less, found 1000000000"),
        (
            "samples: {qa: {least: 1001}}",
            "samples.qa.least: expected 1000 or less, found 1001",
        ),
        (
            BOARD % "day - 9999 weeks",
            "gatherings.board.announce: 'day - 9999 weeks' is further than ten years: expected at most 520 weeks",
        ),
        (
            duty(due="opened + 9999 months"),
            "duties.look.due: 'opened + 9999 months' is further than ten years: expected at most 120 months",
        ),
        (
            "questions: {how-many: {rule: NEW-ALT-3, label: How many?, type: number, greatest: .inf}}",
            "questions.how-many.greatest: expected a number, found inf",
        ),
        (
            "questions: {how-many: {rule: NEW-ALT-3, label: How many?, type: number, least: few}}",
            "questions.how-many.least: expected a number, found 'few'",
        ),
        (
            "council: {closure_days: [2026-12-29, 9999-12-31]}",
            "council.closure_days[2]: 9999-12-31 is no day that qabot can plan with: expected one from",
        ),
        (
            "gatherings: {board: {rule: NEW-QUO-1, title: Board, days: [2100-01-01], to: [slt]}}",
            "gatherings.board.days[1]: 2100-01-01 is no day that qabot can plan with: expected one from",
        ),
        (
            'council: {case_reference: ""}',
            "council.case_reference: this pattern takes an empty text, which refers to no case; expected one such as",
        ),
    ],
)
def test_a_number_or_a_distance_has_a_bound(write: Write, messages: Catalogue, text: str, expected: str) -> None:
    check(write, messages, text, expected)


@pytest.mark.parametrize("text", [BOARD % "day - 520 weeks", duty(due="opened + 120 months"), QUOTA % 1000])
def test_what_is_within_the_bound_is_taken(write: Write, messages: Catalogue, text: str) -> None:
    assert problems(write, text, messages) == []


@pytest.mark.parametrize("name", ["a.b", "two words", "second/look", "é", '"a\\nb"', '"1"', "-a", "x" * 61])
def test_a_name_that_could_not_be_told_from_what_stands_around_it_is_refused(
    write: Write, messages: Catalogue, name: str
) -> None:
    whole = {
        "roles": f"roles: {{{name}: {{title: One, of: team}}}}",
        "scales": f"scales: {{{name}: {{version: one-1, labels: {{a: One, b: Two}}}}}}",
        "activities": f"activities: {{{name}: {{rule: NEW-QUO-1, title: one, plural: ones, asked-by: [slt]}}}}",
        "questions": f"questions: {{{name}: {{rule: NEW-QUO-1, label: One, type: text}}}}",
        "duties": "duties: {" + name + ": " + entry(DUTY) + "}",
        "gatherings": f"gatherings: {{{name}: {{rule: NEW-QUO-1, title: One, every: month, to: [slt]}}}}",
        "events": f"events: {{{name}: {{rule: NEW-QUO-1, title: One}}}}",
        "ladders": f"ladders: {{{name}: {{title: One, steps: [{STEP}]}}}}",
    }
    for section, text in whole.items():
        found = problems(write, text, messages)
        assert any(
            each.startswith(f"{section}.") and ": this is no name: expected letters" in each for each in found
        ), text


def test_a_name_may_have_capitals_and_underscores_and_be_counted_from(write: Write, messages: Catalogue) -> None:
    then = DUTY | {"when": "[Look_into.done]", "due": "Look_into.done + 5 days", "title": "Then"}
    text = f"duties:\n  Look_into: {entry(DUTY)}\n  look_2: {entry(then)}\n"
    assert problems(write, text, messages) == []


# A moment that nothing leaves.

UNLEFT = {
    "when it is put off, of what cannot be": (
        duty(when="[pim-date.put-off]"),
        "duties.look.when[1]: nothing leaves the moment 'pim-date.put-off': it has no 'put-off'; expected one of "
        "opened, done, late",
    ),
    "when it is late, of what has no date": (
        duty(when="[alert.late]"),
        "duties.look.when[1]: nothing leaves the moment 'alert.late': it has no date ('due: none'); expected one of "
        "opened, done",
    ),
    "when it is refused, of what nobody judges": (
        duty(when=f"[{REVIEW}.final, red-review.refused]"),
        "duties.look.when[2]: nothing leaves the moment 'red-review.refused': it has no 'judged-by'; expected one of "
        "opened, done, late",
    ),
    "when somebody is let off, of what nobody can be": (
        duty(when="[data-request.let-off]"),
        "duties.look.when[1]: nothing leaves the moment 'data-request.let-off': it has no 'let-off'; expected one of "
        "opened, done, late",
    ),
    "a date from such a moment": (
        duty(due="pim-date.put-off + 5 days"),
        "duties.look.due: 'pim-date.put-off' never has a date here",
    ),
    "an end with such a moment": (
        duty(ends_with="[alert.late]"),
        "duties.look.ends-with[1]: nothing leaves the moment 'alert.late': it has no date ('due: none'); expected one "
        "of opened, done",
    ),
    "a key taken away by the file above, on which another duty opened": (
        "duties:\n  actions: {put-off: null}\n",
        "duties.promised.when[1]: nothing leaves the moment 'actions.put-off': it has no 'put-off'; expected one of "
        "opened, done",
    ),
    "in another case": (
        duty(when=f"[{REVIEW}.Final]"),
        f"duties.look.when[1]: nothing leaves the moment '{REVIEW}.Final'; did you mean 'final'?",
    ),
    "what is told leaves none": (
        duty(when="[final-shared.done]"),
        "duties.look.when[1]: nothing leaves the moment 'final-shared.done': there is no 'final-shared' in this file",
    ),
}


@pytest.mark.parametrize("name", UNLEFT)
def test_a_moment_that_nothing_leaves_is_told(write: Write, messages: Catalogue, name: str) -> None:
    check(write, messages, *UNLEFT[name])


def test_what_has_no_date_and_is_put_off_gets_one_and_may_be_late(write: Write, messages: Catalogue) -> None:
    assert problems(write, duty(when="[actions.late]"), messages) == []


# A window that closes before it opens, and a date that has passed as it comes.

RISK = "questions:\n  risk: {label: How great is it?, choice: {high: High, low: Low}}\n"
CLOSED = "this window closes before it opens: 'due' comes before 'opens'"
CLOSING = {
    "in working days and in days": (
        duty(opens="opened + 10 working days", due="opened + 10 days"),
        f"duties.look.opens: {CLOSED}",
    ),
    "in months and in weeks": (
        duty(opens="opened + 2 months", due="opened + 7 weeks"),
        f"duties.look.opens: {CLOSED}",
    ),
    "from its own moment, by its name and as 'opened'": (
        duty(opens="opened + 3 weeks", due="final + 2 weeks"),
        f"duties.look.opens: {CLOSED}",
    ),
    "from a moment before that": (
        duty(opens="final + 3 weeks", due="submitted + 1 week"),
        f"duties.look.opens: {CLOSED}",
    ),
    "counted from where it opens": (
        duty(opens="opened + 3 weeks", due="opens - 1 day"),
        f"duties.look.opens: {CLOSED}",
    ),
    "for one answer": (
        RISK
        + duties(
            ask=entry(DUTY, ask="[risk]"),
            look=entry(
                DUTY,
                when="[ask.done]",
                opens="opened + 3 weeks",
                due="{according-to: risk, else: opened + 4 weeks, high: opened + 1 day}",
            ),
        ),
        f"duties.look.opens: {CLOSED}",
    ),
    "of another duty's moment": (
        duty(when="[pim-date.done]", opens="pim-date.done + 2 weeks", due="opened + 1 week"),
        f"duties.look.opens: {CLOSED}",
    ),
    "only one end of it laid over the other file's": (
        "duties:\n  pim-date: {opens: opened + 8 working days}\n",
        f"duties.pim-date.opens: {CLOSED}",
    ),
    "in days of the year": (
        duty(when=None, every="year", opens="30 September", due="31 May"),
        f"duties.look.opens: {CLOSED}; in the turn from 1 April 2026 to 31 March 2027 it is 30 September 2026 to "
        "31 May 2026",
    ),
    "from both ends of a turn": (
        duty(when=None, every="quarter", opens="cycle-end", due="cycle-start + 2 days"),
        f"duties.look.opens: {CLOSED}; in the turn from 1 April 2026 to 30 June 2026",
    ),
    "of what is brought to a meeting": (
        "gatherings:\n  board: {rule: NEW-ALT-3, title: Board, every: month, chair: slt, brings: {paper: {rule: "
        "NEW-ALT-3, title: Paper, owes: [slt], opens: day - 2 days, due: day - 9 days}}}\n",
        f"gatherings.board.brings.paper.opens: {CLOSED}",
    ),
    "of days that a question takes": (
        "questions:\n  meeting-date: {earliest: today + 10 days, latest: today + 5 working days}\n",
        "questions.meeting-date.latest: this is before 'earliest', so no day would do",
    ),
    "of an event's day, by both of its names": (
        "events:\n  closing: {rule: NEW-ALT-3, title: Closing, about: case}\n"
        + duty(when="[closing.planned]", opens="closing.day - 1 day", due="day - 1 week"),
        f"duties.look.opens: {CLOSED}",
    ),
    "of a cycle that is planned before it starts": (
        duty(when=f"[{REVIEW}.planned]", opens="cycle-start + 1 week", due="opened + 1 day"),
        f"duties.look.opens: {CLOSED}",
    ),
    "of a new date": (
        "duties:\n  actions: {put-off: {within: today - 5 days}}\n",
        "duties.actions.put-off.within: no day would do: expected some time after 'today'",
    ),
    "of an activity's work": (
        "activities:\n  spot-check: {rule: NEW-ACT-14, title: Spot check, plural: Spot checks, every: month, "
        "ask: [manager-overall], do: [{rule: NEW-QUO-1, per: practice-lead}], opens: cycle-end, "
        "due: cycle-start + 1 week}\n",
        "activities.spot-check.due: this window closes before it opens",
    ),
    "due before it opens": (
        duty(due="opened - 5 days"),
        "duties.look.due: nobody knows 'opened' before it has come, and by then this has passed",
    ),
    "due before what has just happened": (
        duty(due="submitted or final - 2 weeks"),
        "duties.look.due: nobody knows 'submitted' before it has come, and by then this has passed",
    ),
    "due before the turn comes": (
        duty(when=None, every="quarter", due="cycle-start - 2 days"),
        "duties.look.due: this is due before its turn comes: in the turn from 1 April 2026 to 30 June 2026 on "
        "30 March 2026",
    ),
    "due before the meeting of whose end it tells": (
        "gatherings:\n  board: {rule: NEW-ALT-3, title: Board, every: month, chair: slt}\n"
        + duty(when="[board.held]", due="day - 1 day"),
        "duties.look.due: nobody knows 'day' before it has come, and by then this has passed",
    ),
    "due before the meeting is announced": (
        "gatherings:\n  board: {rule: NEW-ALT-3, title: Board, every: month, chair: slt}\n"
        + duty(when="[board.planned]", due="day - 40 days"),
        "duties.look.due: this is due before the gathering is announced (day - 28 days); write an earlier 'announce'",
    ),
    "a second look due before it is drawn": (
        "samples:\n  qa: {due: drawn - 1 day}\n",
        "samples.qa.due: nobody knows 'drawn' before it has come, and by then this has passed",
    ),
    "a step before what it counts from": (
        "ladders:\n  pim-date: {steps: [{rule: NEW-DDL-1, at: opened - 1 day}]}\n",
        "ladders.pim-date.steps[1].at: nobody knows 'opened' before it has come, and by then this has passed",
    ),
}


@pytest.mark.parametrize("name", CLOSING)
def test_what_closes_before_it_opens_is_told(write: Write, messages: Catalogue, name: str) -> None:
    check(write, messages, *CLOSING[name])


OPEN = {
    "of one day": duty(opens="opened + 5 days"),
    "of days of the year": duty(when=None, every="year", opens="31 May", due="30 September"),
    "without an end": duty(opens="opened + 3 weeks", due="none"),
    "from a date that is planned": duty(when=f"[{REVIEW}.planned]", due="cycle-start - 1 working day"),
    "from the planning of a cycle to its start": duty(
        when=f"[{REVIEW}.planned]", opens="opened + 1 week", due="cycle-start - 1 day"
    ),
    "from what may come before or after it opened": duty(opens="final + 3 weeks", due="moderated or final + 1 month"),
}


@pytest.mark.parametrize("name", OPEN)
def test_a_window_that_is_open_for_a_day_is_taken(write: Write, messages: Catalogue, name: str) -> None:
    assert problems(write, OPEN[name], messages) == []


# A due date by an answer that is never asked, or by a date that never comes.

ASKED_LATER = "nothing asks 'risk' before this is due"
BY_RISK = "{according-to: risk, else: opened + 1 day, low: opened + 4 days}"
NEVER_ASKED = {
    "by itself alone": (
        RISK + duty(ask="[risk]", due=BY_RISK),
        f"duties.look.due.according-to: {ASKED_LATER}",
    ),
    "by a duty that only follows it": (
        RISK + duties(look=entry(DUTY, due=BY_RISK), then=entry(DUTY, when="[look.done]", ask="[risk]")),
        f"duties.look.due.according-to: {ASKED_LATER}: 'then' asks it, and this does not open after that",
    ),
    "by a duty on another moment": (
        RISK + duties(look=entry(DUTY, due=BY_RISK), other=entry(DUTY, when="[pim-date.done]", ask="[risk]")),
        f"duties.look.due.according-to: {ASKED_LATER}: 'other' asks it, and this does not open after that",
    ),
    "by a duty beside it that need not open": (
        RISK + duties(look=entry(DUTY, due=BY_RISK), beside=entry(DUTY, if_="{grade: [red]}", ask="[risk]")),
        f"duties.look.due.according-to: {ASKED_LATER}: 'beside' asks it, and this does not open after that",
    ),
    "by another activity's form": (
        f"{RISK}activities:\n  talk: {{rule: NEW-ACT-14, title: Talk, plural: Talks, asked-by: [slt], ask: [risk]}}\n"
        + duty(due=BY_RISK),
        f"duties.look.due.according-to: {ASKED_LATER}: 'talk' asks it, and this does not open after that",
    ),
    "by a question that is none": (
        duty(due="{according-to: manager-overal, else: opened + 1 day, red: opened + 4 days}"),
        "duties.look.due.according-to: nothing asks 'manager-overal' before this is due; did you mean 'manager-overall",
    ),
    "an answer that there is not": (
        duty(due="{according-to: manager-overall, else: opened + 1 day, Red: opened + 4 days}"),
        "duties.look.due.Red: 'Red' is no answer to 'manager-overall'; did you mean 'red'?",
    ),
    "no answer at all": (
        duty(due="{according-to: manager-overall, else: opened + 1 day}"),
        "duties.look.due.according-to: no answer to 'manager-overall' has a date of its own: expected one",
    ),
    "what has no list of answers": (
        duty(when="[pim-date.done]", due="{according-to: chair, else: opened + 1 day, me: opened + 2 days}"),
        "duties.look.due.according-to: 'chair' is answered by a person, and a date goes by a choice or a scale",
    ),
    "a date that only another duty asks": (
        duty(due="meeting-date + 2 days"),
        "duties.look.due: 'meeting-date' need not be there when this opens, or ever",
    ),
    "a date that it asks itself": (
        duty(ask="[meeting-date]", due="meeting-date + 2 days"),
        "duties.look.due: 'meeting-date' is asked here, so it is not known before this is answered",
    ),
    "a date that nothing asks": (
        "questions:\n  seen-on: {label: When?, type: date}\n" + duty(due="seen-on + 2 days"),
        "duties.look.due: 'seen-on' never has a date here",
    ),
    "a moment of a duty that need not open": (
        duty(due="pim-date.done + 2 days"),
        "duties.look.due: 'pim-date.done' need not be there when this opens, or ever",
    ),
    "a second grade that need not come": (
        duty(due="moderated + 2 days"),
        "duties.look.due: 'moderated' need not be there when this opens, or ever",
    ),
    "its own end": (
        duty(due="look.done + 2 days"),
        "duties.look.due: 'look.done' never has a date here; did you mean 'look.opened'?",
    ),
    "a step on its own end": (
        "ladders:\n  pim-date: {steps: [{rule: NEW-DDL-1, at: pim-date.done}]}\n",
        "ladders.pim-date.steps[1].at: 'pim-date.done' never has a date here",
    ),
}


@pytest.mark.parametrize("name", NEVER_ASKED)
def test_a_date_by_what_is_never_known_is_told(write: Write, messages: Catalogue, name: str) -> None:
    check(write, messages, *NEVER_ASKED[name])


ASKED_BEFORE = {
    "up the chain": duties(ask=entry(DUTY, ask="[risk]"), look=entry(DUTY, when="[ask.done]", due=BY_RISK)),
    "two steps up": duties(
        ask=entry(DUTY, ask="[risk]"),
        then=entry(DUTY, when="[ask.late]"),
        look=entry(DUTY, when="[then.done]", due=BY_RISK),
    ),
    "beside it, whenever it opens": duties(ask=entry(DUTY, ask="[risk]"), look=entry(DUTY, due=BY_RISK)),
    "a date, or else another": duties(
        ask=entry(DUTY, ask="[risk]"), look=entry(DUTY, due="meeting-date or opened + 2 days")
    ),
}


@pytest.mark.parametrize("name", ASKED_BEFORE)
def test_a_date_by_what_is_asked_before_is_taken(write: Write, messages: Catalogue, name: str) -> None:
    assert problems(write, RISK + ASKED_BEFORE[name], messages) == []


# `owes`, `counts`, `ladder` and the rest: heeded, or refused. No message without its file.

NOTHING_OWED = "or write 'owes' in place of 'tell'"
TOLD = {
    "a date": ("due", "opened + 5 days"),
    "a window": ("opens", "opened + 5 days"),
    "a question": ("ask", "[chair]"),
    "a ladder": ("ladder", "pim-date"),
    "a hold": ("holds", "final"),
    "putting off": ("put-off", "{times: 1}"),
    "a lapse": ("lapses", "opened + 5 days"),
    "letting off": ("let-off", "{approve: [quality-assurance]}"),
    "judges": ("judged-by", "[quality-assurance]"),
    "a button": ("button", "Done"),
    "what its card says": ("done", "Done"),
    "thanks": ("thanks", "Thank you"),
}


@pytest.mark.parametrize("name", TOLD)
def test_what_only_tells_owes_nothing(write: Write, messages: Catalogue, name: str) -> None:
    key, value = TOLD[name]
    text = duty(owes=None, **{"due": None, "tell": "[slt]", key: value})
    check(write, messages, text, f"duties.look.{key}: nothing is owed here, so nothing heeds '{key}': take it out")


def ladder(*steps: str, **keys: str | None) -> str:
    """The duty `look` with a ladder of its own."""
    lines = "".join(f"      - {step}\n" for step in steps)
    return duty(ladder="own", **keys) + f"ladders:\n  own:\n    title: Ours\n    steps:\n{lines}"


STEP = "{rule: NEW-ALT-3, at: opened, to: [owner], send: duty}"
ALERT = {"ask": "[acknowledged]", "due": "none"}
AGAIN = (
    "{rule: NEW-ALT-2, at: opened + 1 working day, to: [owner], send: duty-alert, lane: alert, repeat: last + 1 day}"
)
UNHEEDED = {
    "a message of what is owed": (
        duty(send="duty-news"),
        "duties.look.send: only 'tell' sends this message",
    ),
    "a roll without a date": (
        duty(due="none", roll="later"),
        "duties.look.roll: this has no date that could fall on another day",
    ),
    "no condition at all": (
        duty(if_="[]"),
        "duties.look.if: this asks nothing; expected a condition such as {any-grade: [red]}, or take 'if' out",
    ),
    "an answer to nothing": (
        duty(if_="{answer: {manager-overall: []}}"),
        "duties.look.if.answer.manager-overall: no answer stands here, so this could never hold; expected one or more "
        "of blue, green",
    ),
    "an answer that no file can know": (
        duty(when="[pim-date.done]", if_="{answer: {chair: [me]}}"),
        "duties.look.if.answer.chair: 'chair' is answered by a person, so no answer can stand here",
    ),
    "an answer that only it asks": (
        "questions:\n  risk: {label: How great is it?, choice: {high: High, low: Low}}\n"
        + duty(ask="[risk]", if_="{answer: {risk: [high]}}"),
        "duties.look.if.answer.risk: only this duty asks 'risk', and not before it opens, so this could never hold",
    ),
    "its own judge": (
        duty(owes="[slt, service-manager]", judged_by="[quality-assurance, slt]"),
        "duties.look.judged-by[2]: 'slt' owes this, and nobody judges their own answer: name another role",
    ),
    "whoever agrees with themselves": (
        duty(put_off="{approve: [slt, quality-assurance]}"),
        "duties.look.put-off.approve: whoever owes this would agree to it themselves: name another role",
    ),
    "whoever lets themselves off": (
        duty(let_off="{approve: [slt]}"),
        "duties.look.let-off.approve: whoever owes this would agree to it themselves: name another role",
    ),
    "a judge of a second look": (
        duty(owes="[head-of-service]", ask="[second-grade]", judged_by="[slt]"),
        "duties.look.judged-by: a second look is a judgement itself, and nobody judges it",
    ),
    "an alert that is put off": (
        "duties:\n  alert: {put-off: {times: 1}}\n",
        "duties.alert.put-off: an alert is open until somebody acknowledges it, and cannot be put off",
    ),
    "an alert that is judged": (
        "duties:\n  alert: {judged-by: [slt]}\n",
        "duties.alert.judged-by: an alert is open until somebody acknowledges it, and has no answer",
    ),
    "an alert with a window": (
        "duties:\n  alert: {opens: opened + 3 days}\n",
        "duties.alert.opens: an alert is open until somebody acknowledges it, and is there at once",
    ),
    "an alert that is told later": (
        ladder(STEP.replace("opened", "opened + 3 days")[:-1] + ", lane: alert}", AGAIN, **ALERT),
        "ladders.own.steps[1]: an alert is told as it is raised: expected 'at: opened' and 'lane: alert' in the first",
    ),
    "an alert that waits for the digest": (
        ladder(STEP, AGAIN, **ALERT),
        "ladders.own.steps[1]: an alert is told as it is raised: expected 'at: opened' and 'lane: alert' in the first",
    ),
    "an alert whose first step is switched off": (
        "without: [OURS-ALT-3]\n"
        + ladder(STEP.replace("NEW-ALT-3", "OURS-ALT-3")[:-1] + ", lane: alert}", AGAIN, **ALERT),
        "ladders.own.steps[2]: an alert is told as it is raised: expected 'at: opened' and 'lane: alert' in the first",
    ),
    "a hold of work that is only planned": (
        duty(when=f"[{REVIEW}.planned]", due="cycle-start", holds="final"),
        "duties.look.holds: this is about no piece of work, so it holds none: take 'holds' out",
    ),
    "a hold of good practice": (
        duty(when="[nomination.given]", holds="final"),
        "duties.look.holds: this is about no piece of work, so it holds none: take 'holds' out",
    ),
    "a hold of work that was withdrawn": (
        duty(when=f"[{REVIEW}.withdrawn]", holds="final"),
        "duties.look.holds: work that was withdrawn never becomes final, so nothing is held",
    ),
    "a lapse of what is owed by a date": (
        duty(due="opened + 3 days", lapses="opened + 5 days"),
        "duties.look.lapses: only what nobody need answer lapses: expected 'due: none'",
    ),
    "a lapse that does not count from the opening": (
        duty(due="none", lapses="submitted + 5 days"),
        "duties.look.lapses: expected days after 'opened', such as 'opened + 20 working days'",
    ),
    "a message for a new date that is not there": (
        duty(put_off="{tell: [service-manager], send: new-date-givn}"),
        "duties.look.put-off.send: there is no message 'new-date-givn'; did you mean 'new-date-given'?",
    ),
    "the same, laid over the other file's": (
        "duties:\n  actions: {put-off: {send: new-date-givn}}\n",
        "duties.actions.put-off.send: there is no message 'new-date-givn'; did you mean 'new-date-given'?",
    ),
    "a message for a new date of which nobody is told": (
        duty(put_off="{send: new-date-given}"),
        "duties.look.put-off.send: nobody is told of a new date here, so nothing heeds this: expected 'tell' too",
    ),
    "a message of a step that is not there": (
        "ladders:\n  pim-date: {steps: [{rule: OURS-PIM-2, send: Pim-Date}]}\n",
        "ladders.pim-date.steps[5].send: there is no message 'Pim-Date'; did you mean 'pim-date'?",
    ),
    "a day of the month of a step that comes once": (
        ladder(STEP[:-1] + ", day: 15}"),
        "ladders.own.steps[1].day: a step 'at' a time comes once, so nothing heeds 'day'",
    ),
    "an end of a step that comes once": (
        ladder(STEP[:-1] + ", until: due}"),
        "ladders.own.steps[1].until: a step 'at' a time comes once, so nothing heeds 'until'",
    ),
    "a repeat of what comes each month": (
        ladder(
            "{rule: NEW-ALT-3, each: month, since: opened, until: due, to: [owner], send: duty, repeat: last + 1 day}"
        ),
        "ladders.own.steps[1].repeat: this comes each month already, so nothing heeds 'repeat'",
    ),
    "an alert in a list of the week": (
        ladder(STEP[:-1] + ", lane: alert, gather: week, repeat: last + 1 day}"),
        "ladders.own.steps[1].gather: an alert waits for no list of the week, so nothing heeds 'gather'",
    ),
    "a duty that counts towards a sample of other work": (
        "activities:\n  talk: {rule: NEW-ACT-14, title: Talk, plural: Talks, asked-by: [slt], ask: [manager-overall], "
        "grade: manager-overall}\nsamples:\n  talks: {rule: NEW-MOD-2, title: Talks, of: [talk], every: month, "
        "share: 20%, owes: [slt], due: drawn + 5 days, counts: [red-review]}\n",
        f"samples.talks.counts[1]: 'red-review' is about '{REVIEW}', of which nothing is drawn here: take it out",
    ),
    "a list that narrows by nothing": (
        "gatherings:\n  board: {rule: NEW-ALT-3, title: Board, every: month, chair: slt, lists: [{of: "
        f"[{REVIEW}], if: {{}}}}]}}\n",
        "gatherings.board.lists[1].if: this asks nothing",
    ),
    "a role twice": (duty(owes="[slt, slt]"), "duties.look.owes[2]: 'slt' stands here twice: once is enough"),
    "a moment twice": (
        duty(when=f"[{REVIEW}.final, {REVIEW}.final]"),
        f"duties.look.when[2]: '{REVIEW}.final' stands here twice: once is enough",
    ),
    "a question twice": (
        "duties:\n  pim-date: {ask: [chair, meeting-date, chair]}\n",
        "duties.pim-date.ask[3]: 'chair' stands here twice: once is enough",
    ),
    "a recipient twice": (
        ladder(STEP.replace("[owner]", "[owner, slt, owner]")),
        "ladders.own.steps[1].to[3]: 'owner' stands here twice: once is enough",
    ),
}


@pytest.mark.parametrize("name", UNHEEDED)
def test_what_nothing_would_heed_is_refused(write: Write, messages: Catalogue, name: str) -> None:
    check(write, messages, *UNHEEDED[name])


# No deadline is first spoken of after it is due.

LATE = "expected a step on 'opened', or before 'due'"
FIRST_WORD = {
    "after the date": ladder(STEP.replace("opened", "due + 1 day")),
    "after the date, counted from the same day": ladder(STEP.replace("opened", "opened + 6 days")),
    "after the date, counted from what opened it by its name": ladder(STEP.replace("opened", "final + 6 days")),
    "in the news of the week, of what is due before that": ladder(STEP[:-1] + ", lane: news}"),
    "on a list of the week, of what is due before that": ladder(STEP[:-1] + ", gather: week}"),
}


@pytest.mark.parametrize("name", FIRST_WORD)
def test_what_is_first_spoken_of_when_it_is_late_is_told(write: Write, messages: Catalogue, name: str) -> None:
    check(write, messages, FIRST_WORD[name], f"ladders.own.steps: nobody hears of look before it is due: {LATE}")


def test_news_of_the_week_may_be_the_first_word_of_what_has_time(write: Write, messages: Catalogue) -> None:
    assert problems(write, ladder(STEP[:-1] + ", lane: news}", due="opened + 2 weeks"), messages) == []


# A role that nobody holds: in another case, by its title, or a word that is nobody where it stands.

TALK = (
    "activities:\n  talk: {rule: NEW-ACT-14, title: Talk, plural: Talks, every: month, about: theme, ask: "
    "[manager-overall], do: [{rule: NEW-QUO-1, per: practice-lead}], ladder: LADDER}\n"
)
TO_ALL = "{rule: NEW-ALT-3, at: opened, to: [owner, practitioner, auditor], send: duty}"
STRANGERS = {
    "a step, in capitals": (
        "ladders:\n  pim-date: {steps: [{rule: OURS-PIM-2, to: [SLT]}]}\n",
        "ladders.pim-date.steps[5].to[1]: there is no role 'SLT'; did you mean 'slt'?",
    ),
    "a step, by the title": (
        "ladders:\n  pim-date: {steps: [{rule: OURS-PIM-2, to: [Senior Leadership Team]}]}\n",
        "ladders.pim-date.steps[5].to[1]: there is no role 'Senior Leadership Team'; did you mean 'slt'?",
    ),
    "a step, of a word of the language": (
        "ladders:\n  pim-date: {steps: [{rule: OURS-PIM-2, to: [Line Manager]}]}\n",
        "ladders.pim-date.steps[5].to[1]: there is no role 'Line Manager'; did you mean 'line-manager'?",
    ),
    "who owes it": (
        duty(owes="[Head_of_Service]"),
        "duties.look.owes[1]: there is no role 'Head_of_Service'; did you mean 'head-of-service'?",
    ),
    "who each owe it": (
        duty(owes=None, owes_each="[Data and Impact Team]"),
        "duties.look.owes-each[1]: there is no role 'Data and Impact Team'; did you mean 'data-and-impact'?",
    ),
    "who judges it": (duty(judged_by="[QA]"), "duties.look.judged-by[1]: there is no role 'QA'"),
    "who agrees to a new date": (
        duty(put_off="{approve: [SLT]}"),
        "duties.look.put-off.approve[1]: there is no role 'SLT'; did you mean 'slt'?",
    ),
    "who hears of a new date": (
        "duties:\n  actions: {put-off: {tell: [Service Manager]}}\n",
        "duties.actions.put-off.tell[1]: there is no role 'Service Manager'; did you mean 'service-manager'?",
    ),
    "who lets off": (
        duty(let_off="{approve: [Slt]}"),
        "duties.look.let-off.approve[1]: there is no role 'Slt'; did you mean 'slt'?",
    ),
    "who stands above": (
        "roles:\n  data-and-impact: {above: Quality Assurance Service}\n",
        "roles.data-and-impact.above: there is no role 'Quality Assurance Service'; did you mean 'quality-assurance'?",
    ),
    "who looks again": (
        "samples:\n  qa: {owes: [Practice Learning Reviewer]}\n",
        "samples.qa.owes[1]: there is no role 'Practice Learning Reviewer'; did you mean 'practice-learning-reviewer'?",
    ),
    "who chairs": (
        "gatherings:\n  board: {rule: NEW-ALT-3, title: Board, every: month, chair: SLT, to: [Practice-Leads]}\n",
        "gatherings.board.chair: there is no role 'SLT'; did you mean 'slt'?",
    ),
    "who picks the cases": (
        f"activities:\n  {REVIEW}: {{cases: {{from: Data and Impact}}}}\n",
        f"activities.{REVIEW}.cases.from: there is no role 'Data and Impact'; did you mean 'data-and-impact'?",
    ),
    "who asks for work": (
        f"activities:\n  {REVIEW}: {{asked-by: [SLT]}}\n",
        f"activities.{REVIEW}.asked-by[1]: there is no role 'SLT'; did you mean 'slt'?",
    ),
    "a role that the file takes away": (
        "roles: {data-and-impact: null}\n",
        "duties.data-request.owes[1]: there is no role 'data-and-impact'",
    ),
    "a function that nobody fills": (
        "roles:\n  quality-assurance: {does: []}\n",
        "roles: no role does 'runs-quality': expected 'does: [runs-quality]' in one of them",
    ),
    "the practitioner of a theme, in a duty's step": (
        TALK.replace("LADDER", "usual") + ladder(TO_ALL, when="[talk.final]"),
        "ladders.own.steps[1].to[2]: nobody is the practitioner here: 'talk' is about a theme, which is nobody's work",
    ),
    "the practitioner of a theme, in the work's own step": (
        TALK.replace("LADDER", "own") + f"ladders:\n  own: {{title: Ours, steps: [{TO_ALL}]}}\n",
        "ladders.own.steps[1].to[2]: nobody is the practitioner here: 'talk' is about a theme, which is nobody's work",
    ),
    "the practitioner of a theme, as judge": (
        TALK.replace("LADDER", "usual") + duty(when="[talk.final]", judged_by="[practitioner]"),
        "duties.look.judged-by[1]: nobody is the practitioner here: 'talk' is about a theme",
    ),
    "the auditor of a cycle": (
        duty(when=f"[{REVIEW}.planned]", due="cycle-start", owes="[auditor]"),
        "duties.look.owes[1]: nobody is the auditor here: this is about a cycle that is only planned",
    ),
    "the auditor of good practice": (
        duty(when="[nomination.given]", owes="[auditor]"),
        "duties.look.owes[1]: nobody is the auditor here: this is about good practice",
    ),
    "the practitioner of a meeting, in a step": (
        "gatherings:\n  board: {rule: NEW-ALT-3, title: Board, every: month, chair: slt}\n"
        + ladder(TO_ALL, when="[board.held]"),
        "ladders.own.steps[1].to[2]: nobody is the practitioner here: this is about 'board'",
    ),
    "the practitioner down the chain of what comes round": (
        duties(turn=entry(DUTY, when=None, every="month"), look=entry(DUTY, when="[turn.done]", owes="[practitioner]")),
        "duties.look.owes[1]: nobody is the practitioner here: this comes round by itself",
    ),
}


@pytest.mark.parametrize("name", STRANGERS)
def test_who_is_nobody_is_told(write: Write, messages: Catalogue, name: str) -> None:
    check(write, messages, *STRANGERS[name])


# A grade that no scale has, wherever one may stand.

NO_GRADE = {
    "a condition": (duty(if_="{grade: [Red]}"), "duties.look.if.grade", "'Red'", "red"),
    "a condition, by its word": (duty(if_="{grade: [Inadequate]}"), "duties.look.if.grade", "'Inadequate'", "red"),
    "a condition on any grade": (duty(if_="{any-grade: [GREEN]}"), "duties.look.if.any-grade", "'GREEN'", "green"),
    "the second of several conditions": (
        duty(if_="[{concern: true}, {any-grade: [ambr]}]"),
        "duties.look.if[2].any-grade",
        "'ambr'",
        "amber",
    ),
    "a sample": ("samples:\n  qa: {if: {grade: [Green]}}\n", "samples.qa.if.grade", "'Green'", "green"),
    "what a sample always draws": (
        "samples:\n  qa: {always: {any-grade: [RED]}}\n",
        "samples.qa.always.any-grade",
        "'RED'",
        "red",
    ),
    "a list of a meeting": (
        "gatherings:\n  board: {rule: NEW-ALT-3, title: Board, every: month, chair: slt, lists: [{of: "
        f"[{REVIEW}], if: {{grade: [Red]}}}}]}}\n",
        "gatherings.board.lists[1].if.grade",
        "'Red'",
        "red",
    ),
}


@pytest.mark.parametrize("name", NO_GRADE)
def test_a_grade_that_no_scale_has_is_told(write: Write, messages: Catalogue, name: str) -> None:
    text, where, grade, meant = NO_GRADE[name]
    check(write, messages, text, f"{where}: there is no grade {grade} in any scale; did you mean '{meant}'?")


NO_ANSWER = {
    "two grades of one word": (
        "scales:\n  brag: {version: ours-1, labels: {amber: good}}\n",
        "scales.brag.labels.amber: 'green' has the word 'good' too, so nobody could tell them apart",
    ),
    "a grade without a word": (
        "scales:\n  brag: {version: ours-1, labels: {amber: ''}}\n",
        "scales.brag.labels.amber: people would read nothing here: expected a word",
    ),
    "two answers of one word": (
        "questions:\n  risk: {label: How great?, choice: {high: Great, low: Great}}\n" + duty(ask="[risk]"),
        "questions.risk.choice.low: 'high' has the word 'Great' too, so nobody could tell them apart",
    ),
    "a role without a title": (
        "roles:\n  slt: {title: ' '}\n",
        "roles.slt.title: people would read nothing here: expected a word",
    ),
    "a condition on an answer": (
        duty(if_="{answer: {manager-overall: [Red]}}"),
        "duties.look.if.answer.manager-overall: 'Red' is no answer to 'manager-overall'; did you mean 'red'?",
    ),
    "a sample's condition on an answer": (
        "samples:\n  qa: {if: {answer: {manager-overall: [Red]}}}\n",
        "samples.qa.if.answer.manager-overall: 'Red' is no answer to 'manager-overall'; did you mean 'red'?",
    ),
    "a scale of a question": (
        "questions:\n  manager-overall: {scale: BRAG}\n",
        "questions.manager-overall.scale: there is no scale 'BRAG' under 'scales'; did you mean 'brag'?",
    ),
    "a grade that the file has renamed": (
        "scales:\n  brag: {version: ours-1, labels: {red: null, crimson: Inadequate}}\n",
        "duties.alert.if[1].any-grade: there is no grade 'red' in any scale",
    ),
    "the last result of a rhythm": (
        "activities:\n  talk: {rule: NEW-ACT-14, title: Talk, plural: Talks, every: since last, about: person, ask: "
        "[manager-overall], grade: manager-overall, do: [{rule: NEW-QUO-1, for-each: practice-lead, owes: [slt]}], "
        "due: {according-to: last.grade, else: last + 12 months, Red: last + 3 months}}\n",
        "activities.talk.due.Red: 'Red' is no answer to 'grade'; did you mean 'red'?",
    ),
}


@pytest.mark.parametrize("name", NO_ANSWER)
def test_an_answer_that_no_scale_has_is_told(write: Write, messages: Catalogue, name: str) -> None:
    check(write, messages, *NO_ANSWER[name])


# Circles, duties that nobody owes, and more.

CIRCLES = {
    "of four": (
        duties(
            one=entry(DUTY, when="[four.done]"),
            two=entry(DUTY, when="[one.late]"),
            three=entry(DUTY, when="[two.opened]"),
            four=entry(DUTY, when=f"[{REVIEW}.final, three.done]"),
        ),
        "duties.one.when: this goes round in a circle: one after four after three after two after one",
    ),
    "of six, through the file that it is laid over": (
        "duties:\n  alert: {when: [five.done]}\n"
        + "".join(
            f"  {name}: {entry(DUTY, when=f'[{last}.done]')}\n"
            for last, name in (("pim-date", "two"), ("two", "three"), ("three", "four"), ("four", "five"))
        ),
        "duties.alert.when: this goes round in a circle: alert after five after four after three after two after "
        "pim-date after alert",
    ),
    "through the rows of a question": (
        "questions:\n  steps: {label: Steps, rows: {what: text, who: person, day: date}}\n"
        + duties(
            plan=entry(DUTY, when="[carry-out.done]", ask="[steps]"),
            carry_out=entry(DUTY, when="[steps.row]", owes="[who]", due="day"),
        ),
        "duties.plan.when: this goes round in a circle: plan after carry-out after plan",
    ),
    "nobody owes it": (duty(owes="[]"), "duties.look: nobody owes this: expected 'owes', 'owes-each' or"),
    "nobody owes it any more": (
        "duties:\n  pim-date: {owes: null}\n",
        "duties.pim-date: nobody owes this: expected 'owes', 'owes-each' or, if nothing is owed, 'tell'",
    ),
    "nobody brings it": (
        "gatherings:\n  board: {rule: NEW-ALT-3, title: Board, every: month, chair: slt, brings: {paper: {rule: "
        "NEW-ALT-3, title: Paper, due: day - 9 days}}}\n",
        "gatherings.board.brings.paper: nobody owes this: expected 'owes', 'owes-each' or",
    ),
    "nothing opens it": (
        duty(when=None),
        "duties.look: nothing opens this: expected 'when' with a moment, or 'every' with how often it comes round",
    ),
}


@pytest.mark.parametrize("name", CIRCLES)
def test_a_chain_without_an_end_or_a_beginning_is_told(write: Write, messages: Catalogue, name: str) -> None:
    check(write, messages, *CIRCLES[name])


def test_a_file_with_a_fault_of_each_kind_is_told_of_all_of_them(write: Write, messages: Catalogue) -> None:
    """One run of the check is enough."""
    lines = [
        entry(DUTY, when="[pim-date.put-off]"),
        entry(DUTY, opens="opened + 3 weeks"),
        entry(DUTY, due="meeting-date + 2 days"),
        entry(DUTY, owes="[SLT]"),
        entry(DUTY, send="duty-news"),
        entry(DUTY, if_="{grade: [Red]}"),
        entry(DUTY, put_off="{tell: [slt], send: nothing-like-it}"),
        entry(DUTY, owes=None),
        entry(DUTY, when="[ninth.done]"),
    ]
    names = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
    found = problems(write, duties(**dict(zip(names, lines, strict=True))), messages)
    assert [each.partition(": ")[0] for each in found] == [
        "duties.first.when[1]",
        "duties.second.opens",
        "duties.third.due",
        "duties.fourth.owes[1]",
        "duties.fifth.send",
        "duties.sixth.if.grade",
        "duties.seventh.put-off.send",
        "duties.eighth",
        "duties.ninth.when",
    ]


def test_what_opens_only_after_what_is_switched_off_is_warned_of(write: Write) -> None:
    text = f"extends: newham\nwithout: [NEW-DDL-1]\n{duty(when='[pim-date.done, pim-date.late]')}"
    found = [f"{each.where}: {each.what}" for each in warn(load(write("ours", text), [SHIPPED]))]
    assert found == [
        "duties.look.when: 'pim-date' is switched off with NEW-DDL-1, and this opens on nothing else, so it never will"
    ]


@pytest.mark.parametrize(
    ("first", "opens_on", "found"),
    [
        ({}, "[first.done]", ["duties.second.holds"]),
        ({}, "[first.late, first.done]", ["duties.second.holds"]),
        ({}, "[first.opened]", []),
        ({"holds": "final"}, "[first.done]", []),
        ({}, f"[first.done, {REVIEW}.submitted]", []),
    ],
)
def test_what_holds_and_opens_once_the_work_is_final_is_warned_of(
    write: Write, first: dict[str, str], opens_on: str, found: list[str]
) -> None:
    before, after = entry(DUTY, when=f"[{REVIEW}.submitted]", **first), entry(DUTY, when=opens_on, holds="final")
    framework = load(write("ours", f"extends: newham\n{duties(first=before, second=after)}"), [SHIPPED])
    assert [each.where for each in warn(framework) if "is final before" in each.what] == found
