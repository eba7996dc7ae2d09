"""What is wrong with forms of work and with samples: each is told in one sentence, once, where it stands."""

from collections.abc import Callable
from pathlib import Path

import pytest

from qabot.framework import load
from qabot.framework.lint import lint, warn
from qabot.framework.vocabulary import hears_concern

SHIPPED = Path(__file__).parents[3] / "frameworks"
Write = Callable[[str, str], Path]
PLR = "practice-learning-review"
SAMPLE = f"rule: NEW-MOD-2, title: Looks, of: [{PLR}], every: month, due: drawn + 5 working days"
RISK = "questions: {risk: {label: Risk?, choice: {raised: Raised, other: Other}}}\n"
UNGRADED = f"""activities:
  visit: {{rule: NEW-QUO-1, title: Visit, plural: Visits, every: month, do: [], ask: [risk]}}
{RISK}"""


def problems(write: Write, text: str) -> list[tuple[int, int, str, str]]:
    path = write("ours", f"extends: newham\n{text}")
    found = lint(load(path, [SHIPPED]))
    assert {each.file for each in found} <= {str(path)}
    return [(each.line, each.column, each.where, each.what) for each in found]


def looks(lines: str) -> str:
    return f"samples:\n  looks: {{{SAMPLE}, {lines}}}\n"


CASES = [
    (
        f"activities: {{{PLR}: {{grade: overall}}}}\n",
        f"activities.{PLR}.grade",
        "the form does not ask 'overall'; did you mean 'manager-overall'?",
    ),
    (
        f"activities: {{{PLR}: {{ask: [risk], grade: risk}}}}\n{RISK}",
        f"activities.{PLR}.grade",
        "'risk' is answered by a choice, and a grade is one of a scale",
    ),
    (
        f"activities: {{{PLR}: {{grade: practitioner-overall}}}}\n",
        f"activities.{PLR}.grade",
        "'practitioner-overall' may be left out, and work without its grade could not be judged; take its 'optional' "
        "out",
    ),
    (
        f"activities: {{{PLR}: {{ask: [manager-overal, manager-overall]}}}}\n",
        f"activities.{PLR}.ask[1]",
        "there is no question 'manager-overal' under 'questions'; did you mean 'manager-overall'?",
    ),
    (
        f"activities: {{{PLR}: {{ask: [manager-overall, manager-overall]}}}}\n",
        f"activities.{PLR}.ask[2]",
        "'manager-overall' is asked here already",
    ),
    (
        f"activities: {{{PLR}: {{ask: [second-grade, manager-overall]}}}}\n",
        f"activities.{PLR}.ask[1]",
        "'second-grade' is asked of whoever looks again or acknowledges, by a duty; take it out here",
    ),
    (
        f"activities: {{{PLR}: {{ask: [due, manager-overall]}}}}\nquestions: {{due: {{label: When?, type: date}}}}\n",
        f"activities.{PLR}.ask[1]",
        "'due' already means something on every form of work, or in a file of audits; call the question something else",
    ),
    (RISK, "questions.risk", "nothing asks this; ask it, or take it out"),
    (looks("share: 10%, owes: [slt]").replace(PLR, "reviews"), "samples.looks.of[1]", "there is no activity 'reviews'"),
    (looks("share: 120%, owes: [slt]"), "samples.looks.share", "120% is no share of the work: expected one from 1% to"),
    (
        looks("share: 0%, owes: [slt]"),
        "samples.looks.share",
        "0% is no share of the work",
    ),
    (
        looks("share: 20%, count: 3, owes: [slt]"),
        "samples.looks.count",
        "'share' says how much is drawn already; leave one of the two out",
    ),
    (looks("owes: [slt]"), "samples.looks", "nothing says how much is drawn: expected 'share', such as 'share: 20%'"),
    (looks("count: 3, least: 4, owes: [slt]"), "samples.looks.least", "this is more than 'count' (3)"),
    (looks("share: 20%"), "samples.looks", "nobody looks again: expected 'owes', or 'shared-by' for roles whose"),
    (looks("share: 20%, owes: [slt], shared-by: [slt]"), "samples.looks.shared-by", "'owes' says who looks again"),
    (
        looks("share: 20%, shared-by: [stl]"),
        "samples.looks.shared-by[1]",
        "there is no role 'stl'",
    ),
    (
        looks("share: 20%, owes: [slt], always: {grade: [rot]}"),
        "samples.looks.always.grade",
        "there is no grade 'rot' in any scale",
    ),
    (
        looks("share: 20%, owes: [slt], if: {answer: {risk: [high]}}"),
        "samples.looks.if.answer.risk",
        "nothing asks 'risk'",
    ),
    (looks("share: 20%, owes: [slt], overlap: {qas: 10%}"), "samples.looks.overlap.qas", "there is no sample 'qas'"),
    (
        looks("share: 20%, owes: [slt], overlap: {looks: 10%}"),
        "samples.looks.overlap.looks",
        "this is the sample itself",
    ),
    (looks("share: 20%, owes: [slt], overlap: {qa: 110%}"), "samples.looks.overlap.qa", "110% is no share of what is"),
    (
        looks("share: 20%, owes: [slt], never: [oversigth]"),
        "samples.looks.never[1]",
        "'oversigth' is nothing that somebody can be kept out for; did you mean 'oversight'?",
    ),
    (looks("share: 20%, owes: [slt], ask: [acknowledged]"), "samples.looks.ask[1]", "a draw is no alert"),
    (looks("share: 20%, owes: [slt], ask: []"), "samples.looks.ask", "whoever looks again is asked nothing"),
    (
        looks("share: 20%, owes: [slt]").replace("every: month", "every: on request"),
        "samples.looks.every",
        "nothing says when it is drawn: expected a rhythm such as 'month', found 'on request'",
    ),
    (
        f"{UNGRADED}{looks('share: 20%, owes: [slt]').replace(PLR, 'visit')}",
        "samples.looks.ask",
        "work of 'visit' has no grade, so nobody can give it a second one; ask something else",
    ),
    (
        f"{UNGRADED}duties:\n  low: {{rule: NEW-ALT-3, title: Low, when: [visit.submitted], if: {{grade: [red]}}, "
        "owes: [slt], due: none}\n",
        "duties.low.if.grade",
        "work of 'visit' has no grade, so this could never hold for it; give it a 'grade', or leave it out",
    ),
    (
        f"{UNGRADED}duties:\n  again: {{rule: NEW-ALT-3, title: Again, when: [visit.submitted], ask: [second-grade], "
        "owes: [slt], due: submitted + 5 working days}\n",
        "duties.again.ask",
        "work of 'visit' has no grade, so nobody can give it a second one; ask something else",
    ),
    (
        f"{looks('share: 20%, owes: [slt], always: {grade: [red]}')}duties:\n  hear: {{rule: NEW-ALT-3, title: Heard, "
        "when: [looks.drawn], tell: [practitioner]}\n",
        "duties.hear.tell",
        "this opens only for some grades, so it would give the grade away to the practitioner",
    ),
]


@pytest.mark.parametrize(("text", "where", "what"), CASES, ids=[f"{where}-{what[:30]}" for _, where, what in CASES])
def test_each_mistake_is_told_once_where_it_stands(write: Write, text: str, where: str, what: str) -> None:
    ((line, column, at, said),) = problems(write, text)
    assert at == where
    assert said.startswith(what)
    assert line >= 2
    assert column >= 1


@pytest.mark.parametrize(
    ("lines", "where"),
    [
        ("owes: [slt, head-of-service]", ["samples.looks.owes[2]"]),
        ("owes: [head-of-service], never: [involved]", []),
        ("shared-by: [head-of-service, slt]", []),  # in turn: the heads of the other services
    ],
)
def test_whoever_oversees_all_that_is_drawn_is_named_in_vain(write: Write, lines: str, where: list[str]) -> None:
    found = warn(load(write("ours", f"extends: newham\n{looks(f'share: 20%, {lines}')}"), [SHIPPED]))
    assert [each.where for each in found if "looks again" in each.what] == where


@pytest.mark.parametrize(
    ("when", "where"), [("visit.submitted", []), ("practice-learning-review.submitted", ["activities.visit"])]
)
def test_work_in_which_nobody_hears_of_a_concern_is_asked_about(write: Write, when: str, where: list[str]) -> None:
    text = f"""
extends: newham
activities:
  visit: {{rule: NEW-ACT-15, title: visit, plural: visits, every: month, about: theme, do: []}}
duties:
  worry: {{rule: NEW-ALT-2, title: Worry, when: [{when}], if: {{concern: true}}, owes: [slt], due: none,
          ask: [acknowledged]}}
"""
    found = [each for each in warn(load(write("ours", text), [SHIPPED])) if "immediate concern" in each.what]
    assert [each.where for each in found] == where


@pytest.mark.parametrize("name", [each.stem for each in sorted(SHIPPED.glob("*.yaml"))])
def test_each_form_of_a_shipped_file_has_somebody_who_hears_of_a_concern(name: str) -> None:
    framework = load(SHIPPED / f"{name}.yaml", [SHIPPED])
    unheard = {each for each in framework.activities if not hears_concern(framework, each)}
    # A blank profile names nobody: its forms say whom to phone.
    assert unheard == ({*framework.activities} if name == "northumberland" else set())
