"""Every rule of the linter with a file that breaks it: the exact line, key and words."""

from pathlib import Path

import pytest

from qabot.errors import BadFile
from qabot.framework import Framework, lint, load, require
from tests.unit.framework.conftest import SHIPPED, Broken, Write

MESSAGES = frozenset(path.stem for path in Path("messages").rglob("*.md"))

QUOTA = "{rule: NEW-QUO-1, per: practice-lead, count: 3}"
T1 = "T1: moderated or final + 21 days"
SLT = "slt: {title: Senior Leadership Team, of: council, above: quality-assurance}"
ESCALATED = "        send: red-alert-escalated\n        lane: alert\n"
LAST = f"{ESCALATED}        repeat: last + 1 working day\n"
AGAIN = "        deputies: true\n        send: red-alert-again"
CLIMBS = "        at: opened + 1 working day\n        to: [director"

# old text, new text, lines below the change, key path, how the sentence begins
BROKEN = [
    (
        "rule: NEW-SEL-1, never",
        "rule: NEW-SEL-9, never",
        0,
        "activities.practice-learning-review.cases.rule",
        "there is no rule 'NEW-SEL-9' under 'rules'; did you mean 'NEW-SEL-",
    ),
    (
        QUOTA,
        QUOTA.replace("QUO-1", "QUO-7"),
        0,
        "activities.practice-learning-review.do[1].rule",
        "there is no rule 'NEW-QUO-7'",
    ),
    (
        "rule: OURS-MOD-2, at",
        "rule: OURS-MOD-8, at",
        0,
        "ladders.moderation-due.steps[2].rule",
        "there is no rule 'OURS-MOD-8'",
    ),
    (
        "moderation_shared: NEW-MOD-6",
        "moderation_shared: NEW-MOD-66",
        0,
        "processes.moderation_shared",
        "there is no rule 'NEW-MOD-66' under 'rules'; did you mean 'NEW-MOD-6'?",
    ),
    ("questions:\n", "without: [NEW-XYZ-1]\nquestions:\n", 0, "without[1]", "there is no rule 'NEW-XYZ-1'"),
    (
        QUOTA,
        QUOTA.replace("lead", "leads"),
        0,
        "activities.practice-learning-review.do[1].per",
        "there is no role 'practice-leads'; did you mean 'practice-lead'?",
    ),
    (
        "drawn, to: [owner], send: moderation}",
        "drawn, to: [owners], send: moderation}",
        0,
        "ladders.moderation-due.steps[1].to[1]",
        "there is no role 'owners'; did you mean 'owner'?",
    ),
    (
        "owes: [data-and-impact]",
        "owes: [data-and-impacts]",
        0,
        "duties.data-request.owes[1]",
        "there is no role 'data-and-impacts'; did you mean 'data-and-impact'?",
    ),
    (SLT, SLT.replace("quality-assurance", "mayor"), 0, "roles.slt.above", "there is no role 'mayor'"),
    (
        "owes: [head-of-service]\n    never",
        "owes: [head]\n    never",
        0,
        "samples.head-of-service.owes[1]",
        "there is no role 'head'",
    ),
    (
        "ladder: review-due",
        "ladder: reviews-due",
        0,
        "activities.practice-learning-review.ladder",
        "there is no ladder 'reviews-due' under 'ladders'; did you mean 'review-due'?",
    ),
    (
        "when: [practice-learning-review.planned]",
        "when: [practice-learning-reviews.planned]",
        0,
        "duties.data-request.when[1]",
        "nothing leaves the moment 'practice-learning-reviews.planned': there is no 'practice-learning-reviews'",
    ),
    (
        "manager-overall: {label: Overall Grade (Manager), scale: brag}",
        "manager-overall: {label: Overall Grade (Manager), scale: brags}",
        0,
        "questions.manager-overall.scale",
        "there is no scale 'brags' under 'scales'; did you mean 'brag'?",
    ),
    (
        "counts: [red-review]",
        "counts: [red-reviews]",
        0,
        "samples.head-of-service.counts[1]",
        "no duty 'red-reviews' asks for a second grade; did you mean 'red-review'?",
    ),
    (
        "share: 20%\n    owes: [practice-learning-reviewer]\n    due: drawn",
        "share: 20%\n    owes: [practice-learning-reviewer]\n    due: raised",
        2,
        "samples.qa.due",
        "'raised' never has a date here; known: drawn, final, submitted",
    ),
    (
        "if: [{any-grade: [red]}, {concern: true}]",
        "if: [{any-grade: [blue, rot]}, {concern: true}]",
        0,
        "duties.alert.if[1].any-grade",
        "there is no grade 'rot' in any scale",
    ),
    (
        "ask: [meeting-date, chair]",
        "ask: [meeting-dates, chair]",
        0,
        "duties.pim-date.ask[1]",
        "there is no question 'meeting-dates' under 'questions'; did you mean 'meeting-date'?",
    ),
    (
        "  alert:\n    rule: NEW-ALT-1",
        "  moderation:\n    rule: NEW-ALT-1",
        0,
        "duties.moderation",
        "'moderation' already means something else; call the duty something else",
    ),
    (
        AGAIN,
        AGAIN.replace("again", "agian"),
        1,
        "ladders.red-alert.steps[2].send",
        "there is no message 'red-alert-agian'; did you mean 'red-alert-again'?",
    ),
    (
        "at: opened + 4 working hours",
        "at: drawn + 4 working hours",
        0,
        "ladders.red-alert.steps[2].at",
        "'drawn' never has a date here; did you mean 'qa.drawn'?",
    ),
    (
        "final, to: [practitioner]",
        "completed, to: [practitioner]",
        0,
        "ladders.review-actions.steps[1].at",
        "'completed' never has a date here",
    ),
    (
        "at: T1, roll",
        "at: T2, roll",
        0,
        "ladders.review-actions.steps[3].at",
        "'T2' never has a date here; known: T1, final, meeting-date, moderated, opened, submitted, and moments ",
    ),
    (T1, "T1: T2 + 7 days\n      T2: moderated", 0, "ladders.review-actions.points.T1", "'T2' never has a date here"),
    (
        "due: cycle-start - 1 working day",
        "due: due + 10 working days",
        0,
        "duties.data-request.due",
        "'due' never has a date here; known: cycle-start, opened",
    ),
    (
        "until: due - 1 month",
        "until: due - 3 months",
        0,
        "ladders.review-due.steps[1].until",
        "this is before 'since', so the step can never fire",
    ),
    (
        "        since: cycle-start\n",
        "",
        -4,
        "ladders.review-due.steps[1]",
        "a step of each month needs 'since' and 'until'",
    ),
    (
        "        each: month\n",
        "        each: month\n        at: due\n",
        -1,
        "ladders.review-due.steps[1]",
        "expected either 'at' (once) or 'each: month', and not both",
    ),
    ("at: T1, roll", "roll", 0, "ladders.review-actions.steps[3]", "expected either 'at' (once) or 'each: month'"),
    (
        "does: [runs-quality]}",
        "does: [runs-quality], above: quality-assurance}",
        0,
        "roles.quality-assurance.above",
        "the reporting line goes round in a circle: quality-assurance below quality-assurance",
    ),
    ("does: [runs-quality]", "does: []", -6, "roles", "no role does 'runs-quality': expected 'does: [runs-quality]'"),
    ("of: team, does", "of: service, does", 0, "roles.practice-lead.does", "whoever leads a team is looked up by team"),
    (
        SLT,
        f"{SLT}\n  auditor: {{title: Auditor, of: council}}",
        1,
        "roles.auditor",
        "'auditor' already means the auditor of a deadline",
    ),
    (
        LAST,
        ESCALATED,
        -3,
        "ladders.red-alert.steps[4]",
        "this is the last step of an alert, and no alert may end in silence",
    ),
    (
        "questions:\n",
        "without: [OURS-ALT-2, OURS-ALT-3]\nquestions:\n",
        None,
        "ladders.red-alert.steps[2]",
        "this is the last step of an alert",
    ),
    (
        LAST,
        LAST.replace("last +", "opened +"),
        2,
        "ladders.red-alert.steps[4].repeat",
        "expected a time after the last one, such as 'last + 1 working day'",
    ),
    (
        LAST,
        LAST.replace("last +", "last -"),
        2,
        "ladders.red-alert.steps[4].repeat",
        "expected a time after the last one",
    ),
    (
        "rule: NEW-ESC-1.0b, at",
        "rule: NEW-ESC-1.0, at",
        0,
        "ladders.review-actions.steps[2].rule",
        "an earlier step of this ladder has the rule 'NEW-ESC-1.0' too; each needs its own",
    ),
    (
        "at: T1 + 14 days",
        "at: T1 + 35 days",
        None,
        "ladders.review-actions.steps[5].at",
        "this comes before a step above it",
    ),
    (
        CLIMBS,
        CLIMBS.replace("opened + 1 working day", "opened"),
        0,
        "ladders.red-alert.steps[4].at",
        "this comes before a step above it",
    ),
    (
        "at: due - 7 days",
        "at: cycle-start - 1 week",
        0,
        "ladders.review-due.steps[2].at",
        "this comes before a step above it",
    ),
    (
        "    reading: One reminder, on the day that was given.\n",
        "",
        -4,
        "rules.OURS-PRO-1",
        "this rule is ambiguous or a gap (flag A or G), so expected a 'reading': what qabot is to do",
    ),
    (
        "reference: D6, D6a",
        "reference: D6, D6d",
        0,
        "rules.NEW-ESC-1.1.reference",
        "there is no 'D6d' under 'confirm'; did you mean 'D6",
    ),
    (
        '"[0-9]{6,8}"',
        '"[0-9]{6,10}"',
        0,
        "council.case_reference",
        "this pattern takes numbers of ten digits, as an NHS number has",
    ),
    ('"[0-9]{6,8}"', '"[0-9{6,8}"', 0, "council.case_reference", "this is not a regular expression"),
    ('closes: "17:00"', 'closes: "09:00"', 0, "council.closes", "expected a time after 'opens' (09:00)"),
    (
        'digest_latest: "16:00"',
        'digest_latest: "08:00"',
        0,
        "council.digest_latest",
        "expected a time after 'digest_earliest' (08:30)",
    ),
    (
        "grade: manager-overall",
        "grade: manager-overal",
        0,
        "activities.practice-learning-review.grade",
        "the form does not ask 'manager-overal'; did you mean 'manager-overall'?",
    ),
]


def test_the_framework_that_ships_has_no_problem(newham: Framework) -> None:
    assert lint(newham, MESSAGES) == []
    assert require(newham, MESSAGES) is newham


@pytest.mark.parametrize(("old", "new", "below", "where", "what"), BROKEN, ids=lambda value: str(value)[:40])
def test_what_is_wrong_is_found_on_its_line(
    broken: Broken, old: str, new: str, below: int | None, where: str, what: str
) -> None:
    framework, line = broken(old, new)
    found = {problem.where: problem for problem in lint(framework, MESSAGES)}
    assert where in found, sorted(found)
    assert found[where].what.startswith(what)
    if below is not None:
        assert found[where].line == line + below


def test_a_circle_in_the_reporting_line_is_told_once(broken: Broken) -> None:
    framework, line = broken(SLT, SLT.replace("quality-assurance", "practice-lead"))
    [found] = lint(framework)
    assert (found.line, found.where) == (line - 4, "roles.practice-lead.above")
    assert found.what.endswith(
        ": practice-lead below service-manager below head-of-service below director-of-operations below slt"
        " below practice-lead"
    )


def test_two_circles_are_told_one_by_one_and_a_role_that_only_leads_to_one_is_no_part_of_it(broken: Broken) -> None:
    loop = "{{title: A role, of: council, above: {}}}".format
    extra = "\n".join(f"  {name}: {loop(above)}" for name, above in (("one", "two"), ("two", "one"), ("three", "one")))
    framework, line = broken(SLT, f"{SLT.replace('quality-assurance', 'slt')}\n{extra}")
    found = [(each.line, each.what.split(": ")[1]) for each in lint(framework) if "circle" in each.what]
    assert found == [(line, "slt below slt"), (line + 1, "one below two below one")]


def test_a_ladder_that_no_kind_of_deadline_uses_can_never_fire(broken: Broken) -> None:
    framework, _ = broken("    ladder: pim-date\n", "    ladder: red-review\n")
    found = {problem.where: problem.what for problem in lint(framework)}
    assert found["ladders.pim-date"] == "no duty, activity or sample uses this ladder, so it can never fire"


def test_an_anchor_that_one_of_the_kinds_lacks_is_found(broken: Broken) -> None:
    framework, _ = broken("    ladder: pim-date\n", "    ladder: moderation-due\n")
    found = {problem.where: problem.what for problem in lint(framework)}
    assert found["ladders.moderation-due.steps[1].at"] == (
        "one of the kinds of deadline with this ladder never has a date for drawn"
    )


def test_a_ladder_whose_every_step_is_switched_off_can_never_fire(write: Write) -> None:
    path = write("ours", "extends: newham\nwithout: [NEW-REM-1, NEW-REM-2, NEW-REM-3, OURS-OWN-1, OURS-OWN-2]\n")
    (problem,) = lint(load(path, [SHIPPED]))
    assert problem.where == "ladders.review-due.steps"
    assert problem.what == "every step's rule is switched off, so this ladder can never fire"


def test_a_step_that_cites_its_deadline_may_not_repeat_what_another_step_cites(broken: Broken) -> None:
    framework, line = broken("rule: OURS-MOD-2, at", "rule: NEW-MOD-2, at")
    (problem,) = lint(framework)
    assert (problem.line, problem.where) == (line, "ladders.moderation-due.steps[2].rule")
    assert problem.what.startswith("an earlier step of this ladder has the rule 'NEW-MOD-2' too; each needs its own")


def test_a_kind_of_deadline_may_be_switched_off_by_its_rule(write: Write) -> None:
    path = write("ours", "extends: newham\nwithout: [NEW-SEL-2, OURS-DAT-1, OURS-DAT-2]\n")
    assert lint(load(path, [SHIPPED])) == []


def test_the_alert_may_not_be_switched_off_by_its_rule(write: Write) -> None:
    path = write("ours", "extends: newham\nwithout:\n  - NEW-REM-1\n  - NEW-ALT-1\n")
    (problem,) = lint(load(path, [SHIPPED]))
    assert (problem.line, problem.where) == (4, "without[2]")
    assert problem.what.startswith("NEW-ALT-1 opens the alert, so switching it off would silence every alert")


def test_what_opened_on_an_alert_that_is_gone_is_found(write: Write) -> None:
    path = write("ours", "extends: newham\nduties: {alert: null}\nladders: {red-alert: null}\n")
    found = [problem.where for problem in lint(load(path, [SHIPPED]))]
    assert found == ["questions.meeting-date.earliest", "duties.pim-date.when[1]", "duties.red-review.when[1]"]


def test_without_a_list_of_messages_none_is_missed(broken: Broken) -> None:
    framework, _ = broken(AGAIN, AGAIN.replace("red-alert-again", "nothing-like-it"))
    assert lint(framework) == []
    assert [problem.where for problem in lint(framework, MESSAGES)] == ["ladders.red-alert.steps[2].send"]


def test_a_problem_in_a_councils_own_file_names_that_file(write: Write) -> None:
    path = write("ours", "extends: newham\nladders:\n  red-alert:\n    steps: [{rule: OURS-ALT-1, send: nothing}]\n")
    (problem,) = lint(load(path, [SHIPPED]), MESSAGES)
    assert (problem.file, problem.line, problem.column) == (str(path), 4, 32)


def test_a_framework_with_problems_is_refused_with_all_of_them(broken: Broken) -> None:
    slt = SLT.replace("quality-assurance", "slt").replace("council,", "council, does: [leads-team],")
    framework, _ = broken(SLT, slt)
    with pytest.raises(BadFile) as caught:
        require(framework)
    assert [each.where for each in caught.value.problems] == ["roles.slt.does", "roles.slt.above"]
